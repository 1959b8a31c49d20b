//! A plan back from its JSON.
//!
//! Strict in what it knows, so that nothing is taken for what it was not: money in plain digits, whole numbers whole, names that
//! could have been asked for. Fields that it does not know are let pass.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::candidate::{Reason, Rejections};
use crate::fit::{Code, CostParts};
use crate::fleet::HostId;
use crate::money::Money;
use crate::plan::{Gap, Objective, Placement, Plan, SCHEMA, SnapshotRef, SolverNote, Status, Unplaced};
use crate::ports::{Port, PortForward};
use crate::request::VmName;

/// A text that is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanReadError {
    /// It is no JSON, or not of a plan's shape.
    #[error("this is no plan: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is of another format, or of another version of it.
    #[error("this is no plan of the format \"{SCHEMA}\": its schema is \"{}\"", .0.escape_debug())]
    Schema(String),
}

/// Reads a plan from the JSON that `--json` prints.
pub fn read_plan(text: &str) -> Result<Plan, PlanReadError> {
    let head: Head = serde_json::from_str(text)?;
    if head.schema != SCHEMA {
        return Err(PlanReadError::Schema(head.schema));
    }
    let wire: WirePlan = serde_json::from_str(text)?;
    Ok(wire.into())
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

#[derive(Deserialize)]
struct WirePlan {
    status: WireStatus,
    #[serde(deserialize_with = "present")]
    objective: Option<WireObjective>,
    snapshot: WireSnapshot,
    placements: Vec<WirePlacement>,
    unplaced: Vec<WireUnplaced>,
    rejections: Vec<WireRejections>,
    solver: WireSolver,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireStatus {
    Optimal,
    Feasible,
    Infeasible,
    Unknown,
}

#[derive(Deserialize)]
struct WireObjective {
    unplaced_weight: u128,
    unplaced_weight_bound: u128,
    cost_per_hr: Amount,
    effective_cost_per_hr: Amount,
    lower_bound_per_hr: Amount,
    gap: Amount,
}

#[derive(Deserialize)]
struct WireSnapshot {
    #[serde(deserialize_with = "present")]
    taken_at: Option<String>,
    digest: String,
    hosts: u64,
    malformed: u64,
    details: Option<u32>,
}

#[derive(Deserialize)]
struct WirePlacement {
    vm: Name,
    replica: u32,
    host_id: HostId,
    #[serde(deserialize_with = "present")]
    location_id: Option<String>,
    gpu: String,
    gpu_count: u32,
    vcpu_count: u64,
    ram_gb: u64,
    storage_gb: u64,
    port_forwards: Vec<WireForward>,
    cost_per_hr: WireCost,
}

#[derive(Deserialize)]
struct WireForward {
    internal_port: PortNumber,
    external_port: PortNumber,
}

#[derive(Deserialize)]
struct WireCost {
    gpus: Amount,
    vcpus: Amount,
    ram: Amount,
    storage: Amount,
    total: Amount,
}

#[derive(Deserialize)]
struct WireUnplaced {
    vm: Name,
    replica: u32,
}

#[derive(Deserialize)]
struct WireRejections {
    vm: String,
    hosts: u64,
    fit: u64,
    reasons: Vec<WireReason>,
}

#[derive(Deserialize)]
struct WireReason {
    code: WireCode,
    hosts: u64,
    only: u64,
}

#[derive(Deserialize)]
struct WireSolver {
    method: String,
    work: u64,
}

/// Money in the one form that it is printed in.
struct Amount(Money);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let money = Money::parse(raw.get())
            .ok()
            .filter(|money| money.to_string() == raw.get());
        money.map(Amount).ok_or_else(|| {
            let short: String = raw.get().chars().take(40).collect();
            let short = short.escape_debug();
            D::Error::custom(format!(
                "expected a plain number of at most 9 decimals that is not negative, found {short}"
            ))
        })
    }
}

/// A VM's name.
struct Name(VmName);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let text = String::deserialize(deserializer)?;
        let error = || D::Error::custom(format!("expected a VM's name, found \"{}\"", text.escape_debug()));
        VmName::new(&text).map(Name).ok_or_else(error)
    }
}

/// A port's number.
struct PortNumber(Port);

impl<'de> Deserialize<'de> for PortNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PortNumber, D::Error> {
        let number = u64::deserialize(deserializer)?;
        let error = || D::Error::custom(format!("expected a port from 1 to 65535, found {number}"));
        Port::new(number).map(PortNumber).ok_or_else(error)
    }
}

/// The code of a rule.
struct WireCode(Code);

impl<'de> Deserialize<'de> for WireCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WireCode, D::Error> {
        let word = String::deserialize(deserializer)?;
        let error = || D::Error::custom(format!("unknown code of rejection \"{}\"", word.escape_debug()));
        Code::ALL
            .into_iter()
            .find(|code| code.word() == word)
            .map(WireCode)
            .ok_or_else(error)
    }
}

/// A field that may be null, but not missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

impl From<WirePlan> for Plan {
    fn from(wire: WirePlan) -> Plan {
        Plan {
            schema: SCHEMA,
            status: match wire.status {
                WireStatus::Optimal => Status::Optimal,
                WireStatus::Feasible => Status::Feasible,
                WireStatus::Infeasible => Status::Infeasible,
                WireStatus::Unknown => Status::Unknown,
            },
            objective: wire.objective.map(Objective::from),
            snapshot: SnapshotRef {
                taken_at: wire.snapshot.taken_at,
                digest: wire.snapshot.digest,
                hosts: wire.snapshot.hosts,
                malformed: wire.snapshot.malformed,
                details: wire.snapshot.details,
            },
            placements: wire.placements.into_iter().map(Placement::from).collect(),
            unplaced: wire.unplaced.into_iter().map(Unplaced::from).collect(),
            rejections: wire.rejections.into_iter().map(Rejections::from).collect(),
            solver: SolverNote {
                method: wire.solver.method,
                work: wire.solver.work,
            },
        }
    }
}

impl From<WireObjective> for Objective {
    fn from(wire: WireObjective) -> Objective {
        Objective {
            unplaced_weight: wire.unplaced_weight,
            unplaced_weight_bound: wire.unplaced_weight_bound,
            cost_per_hr: wire.cost_per_hr.0,
            effective_cost_per_hr: wire.effective_cost_per_hr.0,
            lower_bound_per_hr: wire.lower_bound_per_hr.0,
            gap: Gap::from_share(wire.gap.0),
        }
    }
}

impl From<WirePlacement> for Placement {
    fn from(wire: WirePlacement) -> Placement {
        let forward = |wire: WireForward| PortForward {
            internal_port: wire.internal_port.0,
            external_port: wire.external_port.0,
        };
        Placement {
            vm: wire.vm.0,
            replica: wire.replica,
            host_id: wire.host_id,
            location_id: wire.location_id,
            gpu: wire.gpu,
            gpu_count: wire.gpu_count,
            vcpu_count: wire.vcpu_count,
            ram_gb: wire.ram_gb,
            storage_gb: wire.storage_gb,
            port_forwards: wire.port_forwards.into_iter().map(forward).collect(),
            cost_per_hr: CostParts {
                gpus: wire.cost_per_hr.gpus.0,
                vcpus: wire.cost_per_hr.vcpus.0,
                ram: wire.cost_per_hr.ram.0,
                storage: wire.cost_per_hr.storage.0,
                total: wire.cost_per_hr.total.0,
            },
        }
    }
}

impl From<WireUnplaced> for Unplaced {
    fn from(wire: WireUnplaced) -> Unplaced {
        Unplaced {
            vm: wire.vm.0,
            replica: wire.replica,
        }
    }
}

impl From<WireRejections> for Rejections {
    fn from(wire: WireRejections) -> Rejections {
        let reason = |wire: WireReason| Reason {
            code: wire.code.0,
            hosts: wire.hosts,
            only: wire.only,
        };
        Rejections {
            vm: wire.vm,
            hosts: wire.hosts,
            fit: wire.fit,
            reasons: wire.reasons.into_iter().map(reason).collect(),
        }
    }
}
