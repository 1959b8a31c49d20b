//! What the solver answers: a plan, and what is proved about it.

use super::problem::{Cost, OptIx, Problem};

/// How much is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The plan leaves out the least weight, and costs the least among those that do. Proved.
    Optimal,
    /// There is a plan; the bounds tell how far off it may be.
    Feasible,
    /// There is no plan. Proved.
    Infeasible,
    /// No plan was found within the limits, nor a proof that there is none.
    Unknown,
}

/// A plan with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// What is proved.
    pub status: Status,
    /// How many copies each used option places, by option. Empty without a plan.
    pub chosen: Vec<(OptIx, u32)>,
    /// Copies left out, by demand.
    pub unplaced: Vec<u32>,
    /// Total weight of the copies left out.
    pub unplaced_weight: u128,
    /// No plan leaves out less weight than this.
    pub weight_bound: u128,
    /// Total cost of the plan, in nano-dollars per hour.
    pub cost: Cost,
    /// No plan that leaves out the same weight costs less than this.
    pub cost_bound: Cost,
    /// Work units done.
    pub work: u64,
    /// What settled it, in a word or two.
    pub method: &'static str,
}

impl Solution {
    /// A plan with trivial bounds; cost and weights are counted from the choice itself.
    pub(crate) fn of_plan(problem: &Problem, chosen: Vec<(OptIx, u32)>) -> Self {
        let mut unplaced: Vec<u32> = problem.demands.iter().map(|d| d.copies).collect();
        let mut cost = 0;
        for &(o, copies) in &chosen {
            let option = &problem.options[o as usize];
            unplaced[option.demand as usize] -= copies;
            cost += option.cost * Cost::from(copies);
        }
        Solution {
            status: Status::Feasible,
            unplaced_weight: weight_of(problem, &unplaced),
            chosen,
            unplaced,
            weight_bound: 0,
            cost,
            cost_bound: 0,
            work: 0,
            method: "greedy",
        }
    }

    /// No plan, and whether that is proved.
    pub(crate) fn without_plan(problem: &Problem, status: Status) -> Self {
        let mut none = Solution::of_plan(problem, Vec::new());
        none.status = status;
        none
    }
}

/// Total weight of the given copies.
fn weight_of(problem: &Problem, unplaced: &[u32]) -> u128 {
    problem
        .demands
        .iter()
        .zip(unplaced)
        .map(|(d, &n)| u128::from(d.weight) * u128::from(n))
        .sum()
}
