//! What a marketplace can say, in words that no provider owns.
//!
//! The buyer decides on these alone. Whoever speaks to a provider turns its answers into them, so that a second provider changes
//! nothing here.

use std::time::Duration;

use gpu_place_core::fleet::Fleet;
use gpu_place_core::money::Money;
use gpu_place_core::ports::PortForward;

use crate::id::InstanceId;

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Coming up.
    Starting,
    /// Up.
    Running,
    /// Down or on its way there, broken, or taken back by its host.
    Stopped,
    /// Being deleted; it still exists.
    Deleting,
    /// Deleted.
    Gone,
    /// A word that is not known.
    Unknown,
}

/// An instance as the marketplace shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Its id.
    pub id: InstanceId,
    /// Its name, where it is shown.
    pub name: Option<String>,
    /// Where it is in its life.
    pub life: Life,
    /// The marketplace's own word for that, clean enough for a terminal.
    pub word: String,
    /// Ports granted; `None` where they are not shown.
    pub ports: Option<Vec<PortForward>>,
    /// What it costs per hour, where it is shown.
    pub rate: Option<Money>,
    /// Its address, where it has one.
    pub address: Option<String>,
}

/// A list of the account's instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// What could be read of it.
    pub instances: Vec<Sighting>,
    /// Whether it proves that what it lacks does not exist: it was all there and every entry could be read.
    pub complete: bool,
}

/// One instance, asked for by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It exists.
    Here(Sighting),
    /// The marketplace knows no such instance.
    Missing,
}

/// One host, asked for by its id.
#[derive(Debug, Clone)]
pub enum HostLook {
    /// A fleet of this host alone, with its detail.
    Here(Box<Fleet>),
    /// The marketplace knows no such host.
    Gone,
}

/// What became of a create call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The marketplace says that it created this instance.
    Created(InstanceId),
    /// It says that it did not.
    Refused(Refusal),
    /// The call surely never reached it, and why.
    NotSent(String),
    /// It failed and says so in words of its own: refused, if complete lists lack the name.
    Doubtful(Refusal),
    /// It is not known; what was seen instead of an answer.
    Lost(String),
}

/// Why a create was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind of reason.
    pub kind: RefusalKind,
    /// The marketplace's words, clean enough for a terminal.
    pub message: String,
    /// When to come back, where it says so.
    pub retry_after: Option<Duration>,
}

/// Kinds of refusal that have different next steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The stock that was shown is gone.
    SoldOut,
    /// The host has no public address left.
    NoPublicIp,
    /// The host lacks vCPU, RAM or disk.
    Capacity,
    /// An external port that was asked for is taken.
    PortsTaken,
    /// The host is not on the market any more.
    HostGone,
    /// The deployment failed, without a reason.
    Deployment,
    /// The image, or another named choice, is not offered.
    ImageNotOffered,
    /// A port that the image needs is not forwarded.
    PortRule,
    /// The request is wrong in some other way.
    BadRequest,
    /// The account lacks money.
    NoMoney,
    /// The token is refused.
    Unauthorised,
    /// Too many calls.
    RateLimited,
    /// Anything else.
    Other,
}

/// A call that brought nothing to rely on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whether the token was refused.
    pub unauthorised: bool,
    /// When to come back, where the marketplace says so.
    pub retry_after: Option<Duration>,
    /// What went wrong, and what to do about it.
    pub message: String,
}

impl Fault {
    /// A fault that may pass.
    pub fn passing(message: impl Into<String>) -> Fault {
        Fault {
            unauthorised: false,
            retry_after: None,
            message: message.into(),
        }
    }
}
