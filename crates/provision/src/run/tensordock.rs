//! TensorDock as a marketplace that can be bought from, over its client.

use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::place::{Effort, Standing, Unsound, examine, needs_detail, propose};
use gpu_place_core::request::Request;
use gpu_place_core::verify::VerifiedPlan;
use gpu_place_fetch::live::Planned;
use gpu_place_fetch::{Client, FetchError, live};
use gpu_place_tensordock::{self as td, Launch, RefusalKind};

use super::Market;
use crate::buyer::{Again, Order, Placed};
use crate::id::InstanceId;
use crate::market::{Answer, Census, Fault, HostLook, Presence};
use crate::tensordock as wire;

/// TensorDock, and what every instance is started with.
#[derive(Debug, Clone)]
pub struct TensorDock {
    /// Makes the calls.
    pub client: Client,
    /// Image, key and cloud-init; `None` where nothing will be created.
    pub launch: Option<Launch>,
}

impl Market for TensorDock {
    async fn instances(&self) -> Result<Census, Fault> {
        wire::census(self.client.instances().await)
    }

    async fn instance(&self, id: &InstanceId) -> Result<Presence, Fault> {
        wire::presence(self.client.instance(&known(id)?).await)
    }

    async fn host(&self, id: &HostId) -> Result<HostLook, Fault> {
        let detail = self.client.hostnode(id).await.map_err(fault)?;
        detail.map_or(Ok(HostLook::Gone), |detail| {
            let fleet = detail
                .fleet()
                .map_err(|error| Fault::passing(format!("the host's detail cannot be read: {error}")))?;
            Ok(HostLook::Here(Box::new(fleet)))
        })
    }

    async fn create(&self, order: &Order) -> Answer {
        let Some(launch) = &self.launch else {
            return Answer::NotSent("no image and key were given".to_owned());
        };
        match self.client.create(&wire::create_request(order, launch)).await {
            Ok(answer) => wire::answer(answer),
            Err(error) => Answer::NotSent(error.to_string()),
        }
    }

    async fn delete(&self, id: &InstanceId) -> Result<(), Fault> {
        wire::deletion(self.client.delete(&known(id)?).await)
    }
}

/// Plans a request on the market as it is now, with the fewest calls, and has the plan examined.
pub async fn plan_live(
    client: &Client,
    request: &Request,
    standing: &[Standing],
    effort: Effort<'_>,
) -> Result<Planned<Result<VerifiedPlan, Unsound>>, FetchError> {
    let planner = |fleet: &Fleet| {
        let plan = propose(fleet, request, standing, effort);
        let wanted = needs_detail(fleet, request, &plan);
        (plan, wanted)
    };
    let Planned {
        plan,
        fleet,
        document,
        listing,
        dropped,
    } = live::plan(client, planner, |_, _| {}).await?;
    Ok(Planned {
        plan: examine(&fleet, request, standing, &plan),
        fleet,
        document,
        listing,
        dropped,
    })
}

/// Plans what is missing on the market as it is now.
pub async fn plan_again(client: &Client, again: &Again, effort: Effort<'_>) -> Result<Vec<Placed>, Fault> {
    let planned = plan_live(client, &again.request, &again.standing, effort)
        .await
        .map_err(fault)?;
    let plan = planned.plan.map_err(|error| Fault::passing(error.to_string()))?;
    Ok(plan
        .plan()
        .placements
        .iter()
        .map(|placement| Placed::of(&planned.fleet, placement))
        .collect())
}

/// An id as the client takes it. One that it could not send safely never came from the marketplace.
fn known(id: &InstanceId) -> Result<td::InstanceId, Fault> {
    td::InstanceId::new(id.as_str()).ok_or_else(|| Fault::passing(format!("`{id}` is no instance id")))
}

/// A call that failed, as the buyer sees it.
pub fn fault(error: FetchError) -> Fault {
    let retry_after = match &error {
        FetchError::RateLimited { refusal, .. } => match refusal.kind {
            RefusalKind::RateLimited { retry_after } => retry_after,
            _ => None,
        },
        _ => None,
    };
    Fault {
        unauthorised: matches!(error, FetchError::Unauthorised { .. }),
        retry_after,
        message: error.to_string(),
    }
}
