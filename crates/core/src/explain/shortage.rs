//! What the market is short of: how much, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::more::{More, Resource, lacking, left_on};
use super::probe::{Answer, Probe, lone};
use crate::fit::Matcher;
use crate::fleet::{Fleet, HostId, HostIx};
use crate::gpu::ModelIx;
use crate::plan::{Plan, Status};
use crate::request::{Request, Vm, VmName};

/// Hosts told for one resource.
const HOSTS_TOLD: usize = 3;
/// Changed fleets planned to see whether more of something on a host helps a request of several VMs.
const PLANS_TRIED: usize = 4;

/// Something that there is too little of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shortage {
    /// What.
    pub resource: Resource,
    /// Which GPUs, where it is GPUs: the model on a host, or what the VM asks for by.
    pub gpu: Option<String>,
    /// Where: with that much more free on this host, the VM (one more of its replicas) could be placed. `None`: all hosts together
    /// have that much less than is asked for.
    pub host_id: Option<HostId>,
    /// How much.
    pub short: u64,
    /// For which VM.
    pub vm: VmName,
}

/// What is short by count: GPUs that are wanted by all who can do with nothing else, beyond those free anywhere.
pub(super) fn counted(fleet: &Fleet, request: &Request) -> Vec<Shortage> {
    let wants: Vec<Want> = request.vms().iter().map(|vm| Want::of(fleet, request, vm)).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    // Where the models are there but have too little memory, it is not their number that is short.
    let told = wants.iter().filter(|want| !want.too_small);
    for want in told.filter(|want| seen.insert(want.models.clone())) {
        let rivals = wants.iter().filter(|other| other.models.is_subset(&want.models));
        let asked: u64 = rivals.map(|other| other.gpus).sum();
        let free = free_of(fleet, &want.models);
        if asked > free {
            found.push(Shortage {
                resource: Resource::Gpu,
                gpu: want.name.clone(),
                host_id: None,
                short: asked - free,
                vm: want.vm.clone(),
            });
        }
    }
    found
}

/// Where a little more on one host would help. For several VMs `lenient` is the best plan that may leave some out; without a budget,
/// as it is not money that hosts are short of.
pub(super) fn on_hosts(probe: &Probe<'_>, request: &Request, lenient: Option<&Plan>) -> Vec<Shortage> {
    let mut unbounded = request.clone();
    unbounded.budget_per_hr = None;
    match (lone(request), lenient) {
        (Some(_), _) if probe.possible(&unbounded) == Answer::Yes => Vec::new(),
        (Some(vm), _) => {
            let nearest = nearest(&near_misses(probe.fleet, request, vm, &[]), HOSTS_TOLD);
            nearest.iter().map(|more| shortage(probe.fleet, vm, *more)).collect()
        }
        (None, Some(plan)) => beside_the_best(probe, &unbounded, plan),
        (None, None) => Vec::new(),
    }
}

fn shortage(fleet: &Fleet, vm: &Vm, more: More) -> Shortage {
    Shortage {
        resource: more.resource,
        gpu: more.model.map(|model| fleet.model(model).name().to_owned()),
        host_id: Some(fleet.host(more.host).id.clone()),
        short: more.amount,
        vm: vm.name.clone(),
    }
}

/// The models that a VM can do with, and how many GPUs it takes at least.
struct Want {
    vm: VmName,
    models: BTreeSet<ModelIx>,
    name: Option<String>,
    gpus: u64,
    /// Whether models match, but none has memory enough.
    too_small: bool,
}

impl Want {
    fn of(fleet: &Fleet, request: &Request, vm: &Vm) -> Want {
        let matcher = Matcher::new(fleet, request, vm);
        let models = (0..fleet.models().len() as u32).map(ModelIx);
        let models: BTreeSet<ModelIx> = models.filter(|m| matcher.least_count(*m).is_some()).collect();
        let patterns: Vec<&str> = vm.gpu.iter().map(|pattern| pattern.as_str()).collect();
        let least = models
            .iter()
            .filter_map(|m| matcher.least_count(*m))
            .min()
            .unwrap_or(vm.count.least());
        Want {
            vm: vm.name.clone(),
            too_small: models.is_empty() && matcher.any_model() && !fleet.models().is_empty(),
            models,
            name: (!patterns.is_empty()).then(|| patterns.join(", ")),
            gpus: u64::from(vm.replicas.get()) * u64::from(least),
        }
    }
}

fn free_of(fleet: &Fleet, models: &BTreeSet<ModelIx>) -> u64 {
    let offers = fleet.hosts().iter().flat_map(|host| &host.offers);
    let free = offers
        .filter(|offer| models.contains(&offer.model))
        .filter_map(|offer| offer.stock);
    free.map(|stock| stock.free).fold(0, u64::saturating_add)
}

/// Hosts that beside the given placements lack one thing alone for a VM.
fn near_misses(fleet: &Fleet, request: &Request, vm: &Vm, placements: &[crate::plan::Placement]) -> Vec<More> {
    let matcher = Matcher::new(fleet, request, vm);
    let at = (0..fleet.hosts().len() as u32).map(HostIx);
    at.filter_map(|at| {
        let left = left_on(fleet.host(at), fleet, request, placements);
        lacking(&matcher, at, &left).map(|(more, _)| more)
    })
    .collect()
}

/// Of each resource the few that need least.
fn nearest(misses: &[More], few: usize) -> Vec<More> {
    let mut by_resource: BTreeMap<(Resource, Option<ModelIx>), Vec<More>> = BTreeMap::new();
    for more in misses {
        by_resource.entry((more.resource, more.model)).or_default().push(*more);
    }
    let told = by_resource.into_values().flat_map(|mut found| {
        found.sort_by_key(|more| (more.amount, more.host));
        found.truncate(few);
        found
    });
    told.collect()
}

/// Looks where each VM that is left out nearly fits beside a plan that places as much as can be.
fn beside_the_best(probe: &Probe<'_>, request: &Request, plan: &Plan) -> Vec<Shortage> {
    if plan.status != Status::Optimal {
        return Vec::new();
    }
    let left_out: BTreeSet<&VmName> = plan.unplaced.iter().map(|u| &u.vm).collect();
    let vms = request.vms().iter().filter(|vm| left_out.contains(&vm.name));
    let misses = vms.flat_map(|vm| {
        let near = near_misses(probe.fleet, request, vm, &plan.placements);
        nearest(&near, 1).into_iter().map(move |more| (vm, more))
    });
    let mut misses: Vec<(&Vm, More)> = misses.collect();
    misses.sort_by_key(|(_, more)| (more.amount, *more));
    misses.dedup_by_key(|(_, more)| *more);
    let helps = |(_, more): &(&Vm, More)| !probe.stopped() && fewer_left_out(probe, request, *more, plan);
    let told = misses.into_iter().take(PLANS_TRIED).filter(helps);
    told.map(|(vm, more)| shortage(probe.fleet, vm, more)).collect()
}

fn fewer_left_out(probe: &Probe<'_>, request: &Request, more: More, plan: &Plan) -> bool {
    let weight = plan.objective.as_ref().map(|o| o.unplaced_weight);
    let fleet = more.added_to(probe.fleet);
    let then = probe.on(&fleet).left_out(request);
    then.zip(weight).is_some_and(|(then, now)| then < now)
}
