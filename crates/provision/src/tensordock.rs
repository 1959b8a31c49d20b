//! TensorDock's answers in the words of [`crate::market`], and the buyer's order in TensorDock's.

use gpu_place_core::plan::{Placement, Plan};
use gpu_place_core::request::Request;
use gpu_place_tensordock as td;
use gpu_place_tensordock::{CreateAnswer, CreateRequest, DeleteAnswer, GetAnswer, Launch, ListAnswer, Network};

use crate::buyer::Order;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::id::{AttemptName, InstanceId, Slot};
use crate::journal::JournalError;
use crate::market::{Answer, Census, Fault, HostLook, Life, Presence, Refusal, RefusalKind, Sighting};
use crate::run::seed;

/// The create call of an order.
pub fn create_request(order: &Order, launch: &Launch) -> CreateRequest {
    let deal = &order.deal;
    CreateRequest {
        name: order.name.as_str().to_owned(),
        host_id: deal.host.clone(),
        gpu: deal.gpu.clone(),
        gpu_count: deal.gpu_count,
        vcpu_count: deal.vcpu,
        ram_gb: deal.ram_gb,
        storage_gb: deal.storage_gb,
        network: if deal.public_ip {
            Network::PublicIp
        } else {
            Network::Forwards(deal.ports.clone())
        },
        launch: launch.clone(),
    }
}

/// What became of a create call.
pub fn answer(answer: CreateAnswer) -> Answer {
    match answer {
        CreateAnswer::Created(created) => Answer::Created(InstanceId::new(created.id.as_str())),
        CreateAnswer::Refused(refusal) => Answer::Refused(self::refusal(refusal)),
        CreateAnswer::ServerText(refusal) => Answer::Doubtful(self::refusal(refusal)),
        CreateAnswer::Lost { why } => Answer::Lost(why),
    }
}

/// One instance.
pub fn presence(answer: GetAnswer) -> Result<Presence, Fault> {
    match answer {
        GetAnswer::Found(instance) => Ok(Presence::Here(sighting(*instance))),
        GetAnswer::Gone => Ok(Presence::Missing),
        GetAnswer::Refused(refusal) => Err(fault(refusal)),
        GetAnswer::Unknown { why } => Err(Fault::passing(why)),
    }
}

/// The list of instances. One that shows a nameless instance proves no absence.
pub fn census(answer: ListAnswer) -> Result<Census, Fault> {
    match answer {
        ListAnswer::Listed(list) => {
            let named = list.instances.iter().all(|instance| !instance.name.is_empty());
            Ok(Census {
                complete: list.is_complete() && named,
                instances: list.instances.into_iter().map(sighting).collect(),
            })
        }
        ListAnswer::Refused(refusal) => Err(fault(refusal)),
        ListAnswer::Unknown { why } => Err(Fault::passing(why)),
    }
}

/// What became of a delete call.
pub fn deletion(answer: DeleteAnswer) -> Result<(), Fault> {
    match answer {
        DeleteAnswer::Accepted | DeleteAnswer::Gone => Ok(()),
        DeleteAnswer::Refused(refusal) => Err(fault(refusal)),
        DeleteAnswer::Unknown { why } => Err(Fault::passing(why)),
    }
}

/// One host, from the body of its detail.
pub fn host(body: &[u8]) -> Result<HostLook, Fault> {
    let read = td::read(body).map_err(|error| Fault::passing(format!("the host's detail cannot be read: {error}")))?;
    Ok(HostLook::Here(Box::new(read.fleet)))
}

fn sighting(instance: td::Instance) -> Sighting {
    Sighting {
        id: InstanceId::new(instance.id.as_str()),
        name: Some(instance.name).filter(|name| !name.is_empty()),
        life: life(instance.state),
        word: instance.status,
        ports: instance.port_forwards,
        rate: instance.rate_hourly,
        address: instance.address,
    }
}

fn life(state: td::InstanceState) -> Life {
    match state {
        td::InstanceState::Creating | td::InstanceState::Starting => Life::Starting,
        td::InstanceState::Running => Life::Running,
        td::InstanceState::Stopping
        | td::InstanceState::Stopped
        | td::InstanceState::Released
        | td::InstanceState::Error => Life::Stopped,
        td::InstanceState::Deleting => Life::Deleting,
        td::InstanceState::Deleted => Life::Gone,
        td::InstanceState::Unknown => Life::Unknown,
    }
}

/// A refused read: it may pass, but for a refused token.
fn fault(refusal: td::Refusal) -> Fault {
    let refusal = self::refusal(refusal);
    Fault {
        unauthorised: refusal.kind == RefusalKind::Unauthorised,
        retry_after: refusal.retry_after,
        message: refusal.message,
    }
}

fn refusal(refusal: td::Refusal) -> Refusal {
    let mut message = refusal.to_string();
    let mut retry_after = None;
    let kind = match refusal.kind {
        td::RefusalKind::SoldOut => RefusalKind::SoldOut,
        td::RefusalKind::NoPublicIp => RefusalKind::NoPublicIp,
        td::RefusalKind::DeploymentFailed => RefusalKind::Deployment,
        td::RefusalKind::Capacity => RefusalKind::Capacity,
        td::RefusalKind::SshPortRule => RefusalKind::PortRule,
        td::RefusalKind::PortsTaken => RefusalKind::PortsTaken,
        td::RefusalKind::ImageNotOffered { allowed } => {
            if !allowed.is_empty() {
                message = format!("on offer: {}", allowed.join(", "));
            }
            RefusalKind::ImageNotOffered
        }
        td::RefusalKind::Invalid { path, allowed } => {
            if let Some(path) = path {
                message = format!("{message} at {path}");
            }
            if !allowed.is_empty() {
                message = format!("{message}; allowed: {}", allowed.join(", "));
            }
            RefusalKind::BadRequest
        }
        td::RefusalKind::NoMoney => RefusalKind::NoMoney,
        td::RefusalKind::Unauthorised => RefusalKind::Unauthorised,
        td::RefusalKind::Gone => RefusalKind::HostGone,
        td::RefusalKind::RateLimited { retry_after: after } => {
            retry_after = after;
            RefusalKind::RateLimited
        }
        td::RefusalKind::Other => RefusalKind::Other,
    };
    Refusal {
        kind,
        message,
        retry_after,
    }
}

/// The create calls that would make a plan real, each under a name as it would be drawn.
pub fn requests(request: &Request, plan: &Plan, launch: &Launch) -> Result<Vec<CreateRequest>, JournalError> {
    let mut names = StdRng::from_seed(seed()?);
    let public_ip = |placement: &Placement| request.vms().iter().any(|vm| vm.name == placement.vm && vm.public_ip);
    let one = |placement: &Placement| {
        let slot = Slot {
            vm: placement.vm.clone(),
            replica: placement.replica,
        };
        let name = AttemptName::draw(&slot, &mut names);
        CreateRequest::new(name.as_str(), placement, public_ip(placement), launch.clone())
    };
    Ok(plan.placements.iter().map(one).collect())
}
