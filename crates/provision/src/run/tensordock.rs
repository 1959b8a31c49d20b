//! TensorDock as a marketplace that can be bought from, over its client.

use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::place::{Effort, needs_detail, place, propose};
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

/// Plans what is missing on the market as it is now, with the fewest calls.
pub async fn plan_again(client: &Client, again: &Again, effort: Effort<'_>) -> Result<Vec<Placed>, Fault> {
    let planner = |fleet: &Fleet| {
        let plan = propose(fleet, &again.request, &again.standing, effort);
        let wanted = needs_detail(fleet, &again.request, &plan);
        (plan, wanted)
    };
    let planned = live::plan(client, planner, |_, _| {}).await.map_err(fault)?;
    let fleet = &planned.fleet;
    let plan =
        place(fleet, &again.request, &again.standing, effort).map_err(|error| Fault::passing(error.to_string()))?;
    Ok(plan
        .plan()
        .placements
        .iter()
        .map(|placement| Placed::of(fleet, placement))
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
