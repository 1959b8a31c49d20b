//! What is known before a fleet is solved again, and the solve that begins there.

use crate::solve::assignment::{Assignment, Index};
use crate::solve::problem::{Cost, OptIx, Problem};
use crate::solve::{self, Limits, Solution, Status, Watch};

/// What is known of a problem before it is solved.
#[derive(Debug, Clone, Default)]
pub(super) struct Start {
    /// Copies of options that can stand together, all rules kept. Copies may be missing even where none may be left out.
    pub chosen: Vec<(OptIx, u32)>,
    /// What was proved of the problem by other means, if anything.
    pub known: Option<Known>,
}

/// Bounds on every plan of a problem.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Whether there is no plan at all.
    pub infeasible: bool,
    /// No plan leaves out less weight.
    pub weight_bound: u128,
    /// The weight that `cost_bound` speaks of.
    pub weight: u128,
    /// No plan that leaves out `weight` costs less.
    pub cost_bound: Cost,
}

impl Start {
    /// Of `wanted`, in its order, what can stand together.
    pub fn keeping(problem: &Problem, wanted: impl IntoIterator<Item = (OptIx, u32)>, known: Option<Known>) -> Start {
        let index = Index::new(problem);
        let mut kept = Assignment::empty(problem, &index);
        for (option, copies) in wanted {
            let copies = kept.copies_that_fit(option, copies);
            kept.place_copies(option, copies);
        }
        Start {
            chosen: kept.chosen(),
            known,
        }
    }
}

/// Solves a problem of which something is known: nothing is solved where that settles it, and the search begins from its plan else.
pub(super) fn solve_from(problem: &Problem, start: &Start, limits: &Limits, watch: &dyn Watch) -> Solution {
    settled(problem, start).unwrap_or_else(|| solve::solve_from(problem, &start.chosen, limits, watch))
}

/// The answer, where what is known is one.
fn settled(problem: &Problem, start: &Start) -> Option<Solution> {
    let known = start.known?;
    if known.infeasible {
        return Some(Solution {
            status: Status::Infeasible,
            method: "last plan",
            ..as_solution(problem, &[])
        });
    }
    let plan = as_plan(problem, start)?;
    let closed = plan.unplaced_weight == known.weight_bound
        && plan.unplaced_weight == known.weight
        && plan.cost == known.cost_bound;
    closed.then_some(Solution {
        status: Status::Optimal,
        weight_bound: known.weight_bound,
        cost_bound: known.cost_bound,
        method: "last plan",
        ..plan
    })
}

/// The start as a plan, if it is one.
fn as_plan(problem: &Problem, start: &Start) -> Option<Solution> {
    let plan = as_solution(problem, &start.chosen);
    (problem.partial || plan.unplaced.iter().all(|left| *left == 0)).then_some(plan)
}

fn as_solution(problem: &Problem, chosen: &[(OptIx, u32)]) -> Solution {
    let mut unplaced: Vec<u32> = problem.demands.iter().map(|demand| demand.copies).collect();
    let mut cost = 0;
    for &(option, copies) in chosen {
        let option = &problem.options[option as usize];
        unplaced[option.demand as usize] -= copies;
        cost += option.cost * Cost::from(copies);
    }
    let weight = |(demand, left): (&solve::problem::Demand, &u32)| u128::from(demand.weight) * u128::from(*left);
    Solution {
        status: Status::Feasible,
        chosen: chosen.to_vec(),
        unplaced_weight: problem.demands.iter().zip(&unplaced).map(weight).sum(),
        unplaced,
        weight_bound: 0,
        cost,
        cost_bound: 0,
        work: 0,
        method: "last plan",
    }
}
