//! Plans without proof: quick constructions, and a local search that betters them.
//!
//! Nothing here knows how far a plan is from the best one. Effort is counted in probes of an option, never in seconds, and every choice
//! is drawn from a seed: the same problem, work and seed give the same plan.

mod greedy;
mod improve;
mod measure;
mod open;
mod pack;
mod random;
mod regret;
mod set;

pub use greedy::{by_weight, first_fit};
pub use improve::improve;
pub use regret::regret_insertion;

use super::assignment::{Assignment, Index};
use super::problem::{Cost, DemandIx, Problem};

/// Work done and allowed, in probes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkMeter {
    done: u64,
    limit: u64,
}

impl WorkMeter {
    /// Allows `limit` units.
    pub fn new(limit: u64) -> Self {
        Self { done: 0, limit }
    }

    /// Units done so far. May pass the limit by the last step.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Whether the limit is reached.
    pub fn spent(&self) -> bool {
        self.done >= self.limit
    }

    fn add(&mut self, units: u64) {
        self.done = self.done.saturating_add(units);
    }
}

/// What placing one more copy of each demand is worth, by some relaxation. Only a guide: any values give a valid plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duals(pub Vec<Cost>);

impl Duals {
    /// The worth of one more copy; nothing is known of a demand beyond the list.
    fn of(&self, demand: DemandIx) -> Cost {
        self.0.get(demand as usize).copied().unwrap_or(0)
    }
}

/// The best of the quick constructions. `order` is the order in which first-fit decreasing takes the demands.
pub fn construct<'p>(problem: &'p Problem, index: &'p Index, order: &[DemandIx]) -> Assignment<'p> {
    let first = first_fit(problem, index, order);
    let others = [
        first_fit(problem, index, &by_weight(problem, order)),
        regret_insertion(problem, index),
    ];
    others.into_iter().fold(
        first,
        |best, other| {
            if other.score() < best.score() { other } else { best }
        },
    )
}

#[cfg(test)]
mod tests;
