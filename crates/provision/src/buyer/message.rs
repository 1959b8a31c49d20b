//! What the buyer is told, and what it wants done.

use std::time::Duration;

use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::money::Money;
use gpu_place_core::place::Standing;
use gpu_place_core::plan::Placement;
use gpu_place_core::request::Request;

use crate::id::{AttemptName, InstanceId, Slot};
use crate::journal::{Attempt, Change, Deal, JournalError, Purse, Reservation, Stamp};
use crate::market::{Answer, Census, Fault, HostLook, Presence};
use crate::outcome::Outcome;

/// The two clocks. Whatever is decided is decided by the first, which never jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Time since the run began.
    pub elapsed: Duration,
    /// The time of day, for what is written down.
    pub wall: Stamp,
}

/// What the buyer wants done next. Each is answered by one event, but for [`Action::Finish`].
#[derive(Debug, Clone)]
pub enum Action {
    /// Write down a new attempt and promise its price.
    Intend {
        /// The attempt.
        attempt: Box<Attempt>,
        /// What there is room for.
        purse: Purse,
    },
    /// Note that its create is sent now.
    Sending(AttemptName),
    /// Send the create.
    Create(Box<Order>),
    /// Write down what an instance really costs.
    Granted {
        /// Whose.
        name: AttemptName,
        /// How much per hour.
        rate: Money,
        /// What there is room for.
        purse: Purse,
    },
    /// Write down what has become known.
    Record(Vec<Change>),
    /// Fetch the list of instances.
    LookForInstances,
    /// Fetch one instance.
    LookAtInstance(InstanceId),
    /// Fetch one host.
    LookAtHost(HostId),
    /// Delete an instance.
    Delete(InstanceId),
    /// See whether something answers at a port.
    Knock {
        /// The address.
        address: String,
        /// The port.
        port: u16,
    },
    /// Plan what is missing on the market as it is now.
    Plan(Box<Again>),
    /// Ask the person whether this may be bought.
    Ask(Vec<Placed>),
    /// Wait.
    Wait(Duration),
    /// Nothing is left to do.
    Finish(Box<Outcome>),
}

/// What came of an action.
#[derive(Debug)]
pub enum Event {
    /// The run begins.
    Begin,
    /// Of [`Action::Intend`] and [`Action::Granted`].
    Reserved(Result<Reservation, JournalError>),
    /// Of [`Action::Sending`] and [`Action::Record`].
    Recorded(Result<(), JournalError>),
    /// Of [`Action::Create`].
    Answer(Answer),
    /// Of [`Action::LookForInstances`].
    Instances(Result<Census, Fault>),
    /// Of [`Action::LookAtInstance`].
    Instance(Result<Presence, Fault>),
    /// Of [`Action::LookAtHost`].
    Host(Result<HostLook, Fault>),
    /// Of [`Action::Delete`]; only a later look proves anything.
    Deleted(Result<(), Fault>),
    /// Of [`Action::Knock`].
    Knocked(bool),
    /// Of [`Action::Plan`]: what can be placed, which may be less than was asked.
    Planned(Result<Vec<Placed>, Fault>),
    /// Of [`Action::Ask`].
    Answered(bool),
    /// Of [`Action::Wait`].
    Waited,
}

/// A create call, as far as the buyer decides it. Image, keys and cloud-init are added on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The name that the instance gets.
    pub name: AttemptName,
    /// The VM that it is for.
    pub slot: Slot,
    /// What is bought.
    pub deal: Deal,
}

/// What has to be planned again.
#[derive(Debug, Clone)]
pub struct Again {
    /// What is asked for, with hosts that failed excluded and prices capped as agreed.
    pub request: Request,
    /// What exists already, or may exist.
    pub standing: Vec<Standing>,
}

/// A placement, with the places of its host that later planning counts by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The placement.
    pub placement: Placement,
    /// What it becomes once it exists.
    pub standing: Standing,
}

impl Placed {
    /// A placement of a plan made on this fleet.
    pub fn of(fleet: &Fleet, placement: &Placement) -> Placed {
        Placed {
            placement: placement.clone(),
            standing: Standing::of(fleet, placement),
        }
    }

    /// What it costs per hour.
    pub fn cost(&self) -> Money {
        self.placement.cost_per_hr.total
    }
}
