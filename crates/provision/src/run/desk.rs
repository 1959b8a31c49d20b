//! What is being done, in words for a person.

use crate::buyer::Action;
use crate::id::InstanceId;
use crate::journal::{Change, Ending};
use crate::market::Fault;

/// A line on an action, where it is worth one.
pub fn describe(action: &Action) -> Option<String> {
    match action {
        Action::LookAtHost(host) => Some(format!("taking a last look at host {host}")),
        Action::Create(order) => Some(format!(
            "creating {} as `{}` on host {} for {} USD/h",
            order.slot, order.name, order.deal.host, order.deal.cost
        )),
        Action::Delete(id) => Some(format!("deleting instance {id}")),
        Action::LookForInstances => Some("looking at the list of instances".to_owned()),
        Action::Plan(_) => Some("planning again what is missing".to_owned()),
        Action::Record(changes) => changes.iter().find_map(change),
        _ => None,
    }
}

/// A line on a delete call that failed, or whose answer did.
pub(super) fn unconfirmed(id: &InstanceId, fault: &Fault) -> String {
    format!(
        "instance {id}: its deletion was not confirmed ({}); looking whether it is gone",
        fault.message
    )
}

fn change(change: &Change) -> Option<String> {
    match change {
        Change::Lost { name, note } => Some(format!("`{name}`: no answer ({note}); looking for it")),
        Change::Doubted { name, note } => Some(format!("`{name}`: {note}; looking whether it exists")),
        Change::Created { name, id } => Some(format!("`{name}` exists as instance {id}")),
        Change::Closed {
            name,
            ending: Ending::Refused | Ending::Vanished | Ending::NotSent,
            note,
        } => Some(format!("`{name}`: {note}")),
        Change::Remove { id, note, .. } => Some(format!("instance {id} has to go: {note}")),
        Change::Removed { id, .. } => Some(format!("instance {id} is gone")),
        _ => None,
    }
}
