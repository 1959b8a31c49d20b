//! From a choice of candidates to the plan that a user sees: numbers, ports, sums.

use std::collections::BTreeSet;

use super::compile::missing_replicas;
use super::ports;
use super::standing::Standing;
use crate::candidate::{Candidate, Rejections, model_name};
use crate::fleet::Fleet;
use crate::money::Money;
use crate::plan::{Gap, Objective, Placement, Plan, SCHEMA, SnapshotRef, SolverNote, Status, Unplaced};
use crate::ports::PortForward;
use crate::request::Request;

/// One replica and its candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    /// Position of the VM in the request.
    pub vm: usize,
    /// Which replica.
    pub replica: u32,
    /// Where it goes.
    pub candidate: Candidate,
}

/// What the solver says of a choice.
pub(super) struct Proof {
    pub status: Status,
    pub unplaced_weight: u128,
    pub weight_bound: u128,
    pub cost_bound: Money,
    pub method: &'static str,
    pub work: u64,
}

pub(super) fn plan(
    fleet: &Fleet,
    request: &Request,
    standing: &[Standing],
    mut chosen: Vec<Chosen>,
    rejections: Vec<Rejections>,
    proof: Proof,
) -> Plan {
    chosen.sort_by_key(|c| (c.vm, c.replica));
    let forwards = ports::allocate(fleet, request, &chosen);
    let unplaced = unplaced(request, standing, &chosen);
    let objective = proof.status.has_plan().then(|| objective(&chosen, &proof));
    let placements = chosen
        .iter()
        .zip(forwards)
        .map(|(c, port_forwards)| placement(fleet, request, c, port_forwards))
        .collect();
    Plan {
        schema: SCHEMA,
        status: proof.status,
        objective,
        snapshot: snapshot_ref(fleet),
        placements,
        unplaced,
        rejections,
        solver: SolverNote {
            method: proof.method.to_owned(),
            work: proof.work,
        },
    }
}

/// The placement of a VM that stands alone.
pub(crate) fn placement_of(fleet: &Fleet, request: &Request, candidate: Candidate) -> Placement {
    let alone = Chosen {
        vm: 0,
        replica: 0,
        candidate,
    };
    let forwards = ports::allocate(fleet, request, &[alone]).pop();
    placement(fleet, request, &alone, forwards.unwrap_or_default())
}

fn placement(fleet: &Fleet, request: &Request, chosen: &Chosen, port_forwards: Vec<PortForward>) -> Placement {
    let host = fleet.host(chosen.candidate.host);
    let way = &chosen.candidate.way;
    Placement {
        vm: request.vms()[chosen.vm].name.clone(),
        replica: chosen.replica,
        host_id: host.id.clone(),
        location_id: host.place.location_id.map(|n| fleet.names().text(n).to_owned()),
        gpu: model_name(fleet, &chosen.candidate).to_owned(),
        gpu_count: way.count,
        vcpu_count: way.sizes.vcpu,
        ram_gb: way.sizes.ram_gb,
        storage_gb: way.sizes.storage_gb,
        port_forwards,
        cost_per_hr: way.cost,
    }
}

fn objective(chosen: &[Chosen], proof: &Proof) -> Objective {
    let effective: Money = chosen.iter().map(|c| c.candidate.way.effective).sum();
    Objective {
        unplaced_weight: proof.unplaced_weight,
        unplaced_weight_bound: proof.weight_bound,
        cost_per_hr: chosen.iter().map(|c| c.candidate.way.cost.total).sum(),
        effective_cost_per_hr: effective,
        lower_bound_per_hr: proof.cost_bound,
        gap: Gap::between(effective, proof.cost_bound),
    }
}

fn unplaced(request: &Request, standing: &[Standing], chosen: &[Chosen]) -> Vec<Unplaced> {
    let placed: BTreeSet<(usize, u32)> = chosen.iter().map(|c| (c.vm, c.replica)).collect();
    let left = |(at, vm): (usize, &crate::request::Vm)| {
        let missing = missing_replicas(vm, standing)
            .into_iter()
            .filter(|r| !placed.contains(&(at, *r)));
        missing
            .map(|replica| Unplaced {
                vm: vm.name.clone(),
                replica,
            })
            .collect::<Vec<_>>()
    };
    request.vms().iter().enumerate().flat_map(left).collect()
}

fn snapshot_ref(fleet: &Fleet) -> SnapshotRef {
    SnapshotRef {
        taken_at: fleet.origin().taken_at.clone(),
        digest: fleet.origin().digest.clone(),
        hosts: fleet.listed() as u64,
        malformed: fleet.malformed().len() as u64,
        details: fleet.origin().details,
    }
}
