//! A plan: which VM stands where, at what cost, and what is proved about it. Its JSON is `gpu-place/plan/1`.

use serde::Serialize;

use crate::candidate::Rejections;
use crate::fit::CostParts;
use crate::fleet::HostId;
use crate::json;
use crate::money::Money;
use crate::ports::PortForward;
use crate::request::VmName;

/// The number of the plan's format.
pub const SCHEMA: &str = "gpu-place/plan/1";

/// What is proved about a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing better exists.
    Optimal,
    /// A plan, with a bound on how much better another could be.
    Feasible,
    /// No plan exists.
    Infeasible,
    /// No plan was found, and none was ruled out.
    Unknown,
}

impl Status {
    /// Whether there is a plan.
    pub const fn has_plan(self) -> bool {
        matches!(self, Status::Optimal | Status::Feasible)
    }

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Optimal => "optimal",
            Status::Feasible => "feasible",
            Status::Infeasible => "infeasible",
            Status::Unknown => "unknown",
        }
    }
}

/// What a plan reaches, and what no plan can beat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Objective {
    /// Weight of what is left out.
    pub unplaced_weight: u128,
    /// No plan leaves out less.
    pub unplaced_weight_bound: u128,
    /// What is paid.
    pub cost_per_hr: Money,
    /// What is paid, and the price of downtime.
    pub effective_cost_per_hr: Money,
    /// No plan with the same unplaced weight has a lower effective cost.
    pub lower_bound_per_hr: Money,
    /// (effective − bound) / effective; 0 when optimal.
    pub gap: Gap,
}

/// A share between 0 and 1, in whole 10⁻⁹, rounded up so that it is 0 only when nothing is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Gap(Money);

impl Gap {
    /// The gap between an effective cost and its bound.
    pub fn between(effective: Money, bound: Money) -> Gap {
        let (cost, open) = (effective.nanos(), (effective - bound).nanos().max(0));
        if cost <= 0 {
            return Gap(Money::ZERO);
        }
        let scaled = open.saturating_mul(crate::money::NANO);
        Gap(Money::from_nanos(scaled / cost + i128::from(scaled % cost > 0)))
    }

    /// The gap that is this share; an amount of 1 is the whole.
    pub const fn from_share(share: Money) -> Gap {
        Gap(share)
    }

    /// The share as an amount of which 1 is the whole.
    pub const fn share(self) -> Money {
        self.0
    }

    /// The share as a float, for display.
    pub fn to_f64(self) -> f64 {
        self.0.to_f64()
    }
}

/// The snapshot that a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotRef {
    /// The time of the list call.
    pub taken_at: Option<String>,
    /// `sha256:…` of its uncompressed bytes.
    pub digest: String,
    /// Hosts listed.
    pub hosts: u64,
    /// Hosts that could not be read.
    pub malformed: u64,
    /// Planned live: hosts whose detail was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<u32>,
}

/// One VM and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// The VM.
    pub vm: VmName,
    /// Which of its replicas, from 0.
    pub replica: u32,
    /// The host.
    pub host_id: HostId,
    /// Where the host stands, as the provider names it.
    pub location_id: Option<String>,
    /// The model, as the provider writes it.
    pub gpu: String,
    /// GPUs.
    pub gpu_count: u32,
    /// vCPUs, as bought.
    pub vcpu_count: u64,
    /// GB of RAM, as bought.
    pub ram_gb: u64,
    /// GB of storage, as bought.
    pub storage_gb: u64,
    /// Ports, in the order asked.
    pub port_forwards: Vec<PortForward>,
    /// What it costs.
    pub cost_per_hr: CostParts,
}

/// A VM that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unplaced {
    /// The VM.
    pub vm: VmName,
    /// Which of its replicas.
    pub replica: u32,
}

/// How the plan was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SolverNote {
    /// The method that closed it.
    pub method: String,
    /// Work done, in the solver's own units: the same on every machine.
    pub work: u64,
}

/// A plan, as printed with `--json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What is proved.
    pub status: Status,
    /// What it reaches; `None` where there is no plan.
    pub objective: Option<Objective>,
    /// What it was made from.
    pub snapshot: SnapshotRef,
    /// In the fleet file's order, then by replica.
    pub placements: Vec<Placement>,
    /// In the fleet file's order, then by replica.
    pub unplaced: Vec<Unplaced>,
    /// For each VM, why hosts were excluded.
    pub rejections: Vec<Rejections>,
    /// How it was found.
    pub solver: SolverNote,
}

impl Plan {
    /// The plan as a JSON document of one line per field, ending in a line break.
    pub fn to_json(&self) -> String {
        json::document(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_zero_only_when_closed() {
        let usd = |n| Money::from_nanos(n);
        assert_eq!(Gap::between(usd(100), usd(100)), Gap(Money::ZERO));
        assert_eq!(Gap::between(usd(0), usd(0)), Gap(Money::ZERO));
        assert!(Gap::between(usd(i128::from(u64::MAX)), usd(i128::from(u64::MAX) - 1)) > Gap(Money::ZERO));
        assert_eq!(
            serde_json::to_string(&Gap::between(usd(1000), usd(999))).unwrap(),
            "0.001"
        );
    }
}
