//! The integer problem that every solver gets, with names for what its numbers mean.

use std::path::Path;

use gpu_place_core::candidate::model_name;
use gpu_place_core::fleet::Fleet;
use gpu_place_core::place::{Compiled, compile};
use gpu_place_core::plan::Plan;
use gpu_place_core::request::{Request, Vm};
use gpu_place_core::sizes::Sizes;
use gpu_place_core::solve::problem::{Cost, Opt, OptIx};
use serde::Serialize;

use crate::input::{Failure, Instance};

/// A whole problem. Lists are in the order of the solver's own problem, so indices mean the same.
#[derive(Serialize)]
pub struct Stated {
    demands: Vec<Demand>,
    hosts: Vec<Host>,
    options: Vec<Way>,
    spreads: Vec<Spread>,
    togethers: Vec<Together>,
    budget: Option<Cost>,
    partial: bool,
}

#[derive(Serialize)]
struct Demand {
    name: String,
    copies: u32,
    weight: u64,
    /// GPUs, vCPUs and GB of memory of one copy at its smallest: what first-fit decreasing sorts by.
    size: [u64; 3],
}

#[derive(Serialize)]
struct Host {
    id: String,
    capacities: Vec<u64>,
}

#[derive(Serialize)]
struct Way {
    demand: u32,
    host: u32,
    gpu: String,
    needs: Vec<(u16, u64)>,
    cost: Cost,
    spend: Cost,
}

#[derive(Serialize)]
struct Spread {
    demands: Vec<u32>,
    place_of: Vec<u32>,
    room: Vec<u32>,
}

#[derive(Serialize)]
struct Together {
    demands: Vec<u32>,
    place_of: Vec<u32>,
}

/// States the problem of an instance.
pub fn state(instance: &Instance) -> Stated {
    let Instance { fleet, request } = instance;
    let compiled = compile(fleet, request, &[]);
    let problem = &compiled.problem;
    let demands = problem.demands.iter().zip(request.vms());
    let hosts = problem.hosts.iter().zip(fleet.hosts());
    Stated {
        demands: demands
            .map(|(d, vm)| demand(fleet, request, vm, d.copies, d.weight))
            .collect(),
        hosts: hosts
            .map(|(capacities, host)| Host {
                id: host.id.as_str().into(),
                capacities: capacities.clone(),
            })
            .collect(),
        options: (0..)
            .zip(&problem.options)
            .map(|(ix, opt)| way(fleet, &compiled, ix, opt))
            .collect(),
        spreads: problem.spreads.iter().map(spread).collect(),
        togethers: problem.togethers.iter().map(together).collect(),
        budget: problem.budget,
        partial: problem.partial,
    }
}

/// The plan of a choice that somebody made among the options of the problem.
pub fn plan(instance: &Instance, choice: &Path) -> Result<Plan, Failure> {
    let Instance { fleet, request } = instance;
    let read = |error| Failure::Read(choice.into(), error);
    let text = std::fs::read_to_string(choice).map_err(read)?;
    let chosen: Vec<(OptIx, u32)> = serde_json::from_str(&text).map_err(|error| read(error.into()))?;
    let compiled = compile(fleet, request, &[]);
    compiled
        .unproved(fleet, request, chosen)
        .map_err(|error| Failure::Unsound(error.to_string()))
}

fn demand(fleet: &Fleet, request: &Request, vm: &Vm, copies: u32, weight: u64) -> Demand {
    let count = vm.count.least();
    let size = Sizes::of(vm, request.sizes, fleet.steps()).at(count);
    Demand {
        name: vm.name.as_str().into(),
        copies,
        weight,
        size: [count.into(), size.vcpu, size.ram_gb],
    }
}

fn way(fleet: &Fleet, compiled: &Compiled, ix: OptIx, opt: &Opt) -> Way {
    Way {
        demand: opt.demand,
        host: opt.host,
        gpu: model_name(fleet, compiled.candidate(ix)).into(),
        needs: opt.needs.to_vec(),
        cost: opt.cost,
        spend: opt.spend,
    }
}

fn spread(rule: &gpu_place_core::solve::problem::Spread) -> Spread {
    Spread {
        demands: rule.demands.clone(),
        place_of: rule.place_of.clone(),
        room: rule.room.clone(),
    }
}

fn together(rule: &gpu_place_core::solve::problem::Together) -> Together {
    Together {
        demands: rule.demands.clone(),
        place_of: rule.place_of.clone(),
    }
}
