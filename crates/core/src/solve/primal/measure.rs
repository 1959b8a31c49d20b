//! Figures that tell the search what is large and what is dear in this problem.

use super::super::assignment::{Assignment, Index};
use super::super::problem::{Cost, DemandIx, DimIx, OptIx, Problem};

/// What a copy costs on average, at least 1: of those placed, or of all options while nothing is placed.
pub fn typical_cost(plan: &Assignment) -> Cost {
    let options = &plan.problem().options;
    let placed: u64 = plan.chosen().iter().map(|&(_, copies)| u64::from(copies)).sum();
    let (cost, copies) = match placed {
        0 => (options.iter().map(|o| o.cost).sum(), options.len() as u64),
        _ => (plan.score().cost, placed),
    };
    (cost / Cost::from(copies.max(1))).max(1)
}

/// What one more copy of each demand would cost beside what the plan places; where it leaves no room, what the dearest one costs.
pub fn marginal_costs(plan: &Assignment) -> Vec<Cost> {
    let options = |demand| plan.index().by_cost(demand).iter().copied();
    let marginal = |demand| {
        let open = options(demand).find(|&opt| plan.has_place(opt));
        let opt = open.or_else(|| options(demand).rev().find(|&opt| plan.taken(opt) > 0));
        opt.map_or(0, |opt| plan.problem().options[opt as usize].cost)
    };
    (0..plan.problem().demands.len() as DemandIx).map(marginal).collect()
}

/// How much of an empty host a copy of each demand fills in its scarcest dimension, in 65,536ths, on average over its options.
pub fn sizes(problem: &Problem, index: &Index) -> Vec<u64> {
    let size = |demand| {
        let options = index.by_cost(demand);
        let total: u128 = options.iter().map(|&opt| share(problem, opt)).sum();
        u64::try_from(total / options.len().max(1) as u128).unwrap_or(u64::MAX)
    };
    (0..problem.demands.len() as DemandIx).map(size).collect()
}

fn share(problem: &Problem, opt: OptIx) -> u128 {
    let o = &problem.options[opt as usize];
    let capacities = &problem.hosts[o.host as usize];
    let share =
        |&(dim, amount): &(DimIx, u64)| (u128::from(amount) << 16) / u128::from(capacities[usize::from(dim)].max(1));
    o.needs.iter().map(share).max().unwrap_or(0)
}
