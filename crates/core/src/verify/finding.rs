//! What can be wrong with a plan. A finding holds the things themselves; its text is made when it is shown.

use std::fmt;

use crate::fit::Code;
use crate::fleet::{HostId, PlaceKind};
use crate::money::Money;
use crate::plan::Status;
use crate::ports::Port;
use crate::request::{SpreadRule, VmName};

/// One VM of a plan: an entry of the request, and which of its replicas.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replica {
    /// The entry's name.
    pub vm: String,
    /// Which replica, from 0.
    pub replica: u32,
}

impl Replica {
    pub(super) fn new(vm: &VmName, replica: u32) -> Replica {
        Replica {
            vm: vm.to_string(),
            replica,
        }
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.vm, self.replica)
    }
}

/// A list of a plan that has an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The VMs that are placed.
    Placements,
    /// The VMs that are left out.
    Unplaced,
}

/// What VMs take of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// GPUs of one model.
    Gpu,
    /// Virtual CPUs.
    Vcpu,
    /// GB of memory.
    Ram,
    /// GB of disk.
    Storage,
    /// External ports.
    Ports,
    /// The public address.
    PublicIp,
}

/// One thing that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The plan speaks of another fleet or format.
    #[error("{field} is {found}, should be {expected}")]
    Snapshot {
        /// The field.
        field: &'static str,
        /// What the plan says.
        found: String,
        /// What is so.
        expected: String,
    },
    /// A VM that is not of the request.
    #[error("{0}: no such VM was asked for")]
    UnknownVm(Replica),
    /// A list is out of order.
    #[error("{} are not in the order of the request, then by replica", match .0 { List::Placements => "placements", List::Unplaced => "unplaced VMs" })]
    Order(List),
    /// A VM is named too often or not at all.
    #[error("{who}: named {times} times among placed and unplaced VMs, should be {expected}")]
    Named {
        /// The VM.
        who: Replica,
        /// How often it is named.
        times: usize,
        /// How often it should be.
        expected: usize,
    },
    /// A VM is left out although a later replica is placed.
    #[error("{0}: left out although a later replica is placed")]
    Numbering(Replica),
    /// The status does not go with what is placed and left out.
    #[error("status {} with {placed} placed and {left_out} left out", .status.word())]
    Status {
        /// The plan's status.
        status: Status,
        /// How many VMs are placed.
        placed: usize,
        /// How many are left out.
        left_out: usize,
    },
    /// `infeasible` where leaving everything out is allowed.
    #[error("status infeasible cannot be: where VMs may be left out, placing nothing is a plan")]
    NothingIsAPlan,
    /// A host that is not in the fleet, or could not be read.
    #[error("{who}: no such host {}", shown(.host))]
    UnknownHost {
        /// The VM placed there.
        who: Replica,
        /// The host's id.
        host: HostId,
    },
    /// A model that the host does not offer.
    #[error("{who}: host {} offers no {}", shown(.host), .gpu.escape_debug())]
    NoSuchGpu {
        /// The VM.
        who: Replica,
        /// Its host.
        host: HostId,
        /// The model.
        gpu: String,
    },
    /// The host fails rules of fit.
    #[error("{who}: does not fit on host {}: {}", shown(.host), words(.codes))]
    DoesNotFit {
        /// The VM.
        who: Replica,
        /// Its host.
        host: HostId,
        /// The rules that fail.
        codes: Vec<Code>,
    },
    /// A number of GPUs that was not asked for.
    #[error("{who}: has {found} GPUs, asked for were {least} to {most}")]
    Count {
        /// The VM.
        who: Replica,
        /// GPUs in the plan.
        found: u32,
        /// The fewest asked for.
        least: u32,
        /// The most asked for.
        most: u32,
    },
    /// A size, price or place of a placement is wrong.
    #[error("{who}: {field} is {found}, should be {expected}")]
    Figure {
        /// The VM.
        who: Replica,
        /// The field.
        field: &'static str,
        /// What the plan says.
        found: String,
        /// What is so.
        expected: String,
    },
    /// A host gives more than it has.
    #[error("host {}: {taken} of {free} {}", shown(.host), resource_name(.resource))]
    Capacity {
        /// The host.
        host: HostId,
        /// Of what.
        resource: Resource,
        /// How much the plan takes.
        taken: u128,
        /// How much is free.
        free: u128,
    },
    /// Other internal ports than asked for.
    #[error("{who}: forwards the ports {}, asked for were {}", words(.found), words(.expected))]
    InternalPorts {
        /// The VM.
        who: Replica,
        /// What the plan forwards.
        found: Vec<Port>,
        /// What was asked.
        expected: Vec<Port>,
    },
    /// An external port that the host does not have free.
    #[error("{who}: external port {external} is not free on its host")]
    PortNotFree {
        /// The VM.
        who: Replica,
        /// The port.
        external: Port,
    },
    /// An external port that another VM of the host has.
    #[error("{who}: external port {external} is given twice")]
    PortTwice {
        /// The VM.
        who: Replica,
        /// The port.
        external: Port,
    },
    /// Another external port than the fixed one, or than the lowest that is free.
    #[error("{who}: external port of {internal} is {found}, should be {}", .expected.map_or("another".to_owned(), |p| p.to_string()))]
    WrongPort {
        /// The VM.
        who: Replica,
        /// The port inside.
        internal: Port,
        /// The port in the plan.
        found: Port,
        /// The right one.
        expected: Option<Port>,
    },
    /// Too many VMs of a group in one place.
    #[error("group {}: {found} VMs in one {} ({place}), at most {} may be", .group.escape_debug(), .rule.by.word(), .rule.max)]
    Spread {
        /// The group.
        group: String,
        /// The rule.
        rule: SpreadRule,
        /// The place.
        place: String,
        /// How many VMs are there.
        found: u64,
    },
    /// A group is not in one place.
    #[error("group {} is not in one {}: {}", .group.escape_debug(), .kind.word(), .places.join(", "))]
    NotTogether {
        /// The group.
        group: String,
        /// What it should share.
        kind: PlaceKind,
        /// Where it is.
        places: Vec<String>,
    },
    /// The plan costs more than the budget.
    #[error("the plan costs {cost} and standing VMs {standing} USD/h, more than the budget of {budget}")]
    Budget {
        /// What the plan costs.
        cost: Money,
        /// What stands already costs.
        standing: Money,
        /// The budget.
        budget: Money,
    },
    /// There is an objective without a plan, or a plan without objective.
    #[error("status {} {} an objective", .status.word(), if *.stated { "with" } else { "without" })]
    Objective {
        /// The plan's status.
        status: Status,
        /// Whether an objective is stated.
        stated: bool,
    },
    /// A sum of the objective is wrong.
    #[error("objective.{field} is {found}, should be {expected}")]
    Sum {
        /// The field.
        field: &'static str,
        /// What the plan says.
        found: String,
        /// What is so.
        expected: String,
    },
    /// A bound that is above what the plan reaches, or below nothing.
    #[error("objective.{field} {bound} is not within 0 to {reached}")]
    Bound {
        /// The field.
        field: &'static str,
        /// The bound.
        bound: String,
        /// What the plan reaches.
        reached: String,
    },
    /// The gap is not what cost and bound say.
    #[error("objective.gap {found} does not go with {open} USD/h between cost and bound")]
    Gap {
        /// The gap in the plan.
        found: Money,
        /// Cost less bound.
        open: Money,
    },
    /// The bounds say otherwise than the status.
    #[error("status {}, but the bounds {} it optimal", .status.word(), if *.proved { "prove" } else { "do not prove" })]
    Earned {
        /// The plan's status.
        status: Status,
        /// Whether the bounds prove it optimal.
        proved: bool,
    },
    /// A VM is left out of an optimal plan that would have had room.
    #[error("not optimal: {who} still fits on host {} ({gpus} GPUs)", shown(.host))]
    StillFits {
        /// The VM.
        who: Replica,
        /// A host with room.
        host: HostId,
        /// GPUs it would have there.
        gpus: u32,
    },
    /// A VM of an optimal plan could be had for less.
    #[error("not optimal: {who} costs {saves} USD/h less on host {} ({gpus} GPUs)", shown(.host))]
    Cheaper {
        /// The VM.
        who: Replica,
        /// The cheaper host.
        host: HostId,
        /// GPUs it would have there.
        gpus: u32,
        /// Effective cost saved.
        saves: Money,
    },
    /// Among equals, another way comes first.
    #[error("{who}: among ways of equal cost, host {} ({gpus} GPUs) comes first", shown(.host))]
    AmongEquals {
        /// The VM.
        who: Replica,
        /// The host that comes first.
        host: HostId,
        /// GPUs it would have there.
        gpus: u32,
    },
    /// There is a plan where none was said to be.
    #[error("not infeasible: plain first fit places all {placed} VMs")]
    NotInfeasible {
        /// How many VMs.
        placed: usize,
    },
    /// Rejections are told of other VMs than were asked for.
    #[error("rejections are those of {}, should be one for each VM of the request in its order", .found.escape_debug())]
    RejectionsOf {
        /// The VMs that are told of.
        found: String,
    },
    /// A count of rejections is wrong.
    #[error("rejections of {}: {what} is {found}, should be {expected}", .vm.escape_debug())]
    Rejections {
        /// The VM.
        vm: String,
        /// Which count.
        what: String,
        /// What the plan says.
        found: u64,
        /// What is so.
        expected: u64,
    },
    /// Reasons are not in the order of the reference, or tell of no host.
    #[error("rejections of {}: codes are out of order, told twice, or told without a host", .vm.escape_debug())]
    RejectionOrder {
        /// The VM.
        vm: String,
    },
}

fn shown(host: &HostId) -> String {
    host.as_str().escape_debug().to_string()
}

fn words<T: ToString>(things: &[T]) -> String {
    if things.is_empty() {
        return "none".to_owned();
    }
    things.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn resource_name(resource: &Resource) -> &'static str {
    match resource {
        Resource::Gpu => "GPUs of one model",
        Resource::Vcpu => "vCPUs",
        Resource::Ram => "GB of RAM",
        Resource::Storage => "GB of storage",
        Resource::Ports => "external ports",
        Resource::PublicIp => "public addresses",
    }
}
