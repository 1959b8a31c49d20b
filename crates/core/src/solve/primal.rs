//! Plans without proof: quick constructions, and a local search that betters them.
//!
//! Nothing here knows how far a plan is from the best one. Effort is counted in probes of an option, never in seconds, and every choice
//! is drawn from a seed: the same problem, work and seed give the same plan.

mod greedy;
mod improve;
mod measure;
mod open;
mod overbook;
mod pack;
mod random;
mod regret;
mod repack;
mod set;

pub use greedy::{by_weight, first_fit};
pub use improve::improve;
pub use measure::{marginal_costs, sizes};
pub(crate) use random::Dice;
pub use regret::regret_insertion;

use super::assignment::{Assignment, Index, Score};
use super::problem::{Cost, DemandIx, Problem};

/// Whether to stop early is asked once in about so many units of work: every few tenths of a millisecond.
const PATIENCE: u64 = 4096;

/// Work done and allowed, in probes of an option, and somebody who may call it off.
pub struct WorkMeter<'a> {
    done: u64,
    limit: u64,
    stop: &'a (dyn Fn() -> bool + Sync),
    /// When to ask again.
    next: u64,
    stopped: bool,
}

impl<'a> WorkMeter<'a> {
    /// Allows `limit` units.
    pub fn new(limit: u64) -> Self {
        Self::stoppable(limit, &|| false)
    }

    /// Allows `limit` units, or fewer if `stop` says so, which is asked often. The answer then depends on when it does.
    pub fn stoppable(limit: u64, stop: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self {
            done: 0,
            limit,
            stop,
            next: PATIENCE,
            stopped: false,
        }
    }

    /// Units done so far. May pass the limit by the last step.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Whether the limit is reached, or it was called off.
    pub fn spent(&self) -> bool {
        self.stopped || self.done >= self.limit
    }

    /// Units that may still be done.
    fn left(&self) -> u64 {
        if self.stopped {
            0
        } else {
            self.limit.saturating_sub(self.done)
        }
    }

    /// A meter of its own for a part of the work.
    fn share(&self, limit: u64) -> WorkMeter<'a> {
        Self::stoppable(limit, self.stop)
    }

    fn add(&mut self, units: u64) {
        self.done = self.done.saturating_add(units);
        if self.done >= self.next {
            self.next = self.done.saturating_add(PATIENCE);
            self.stopped = self.stopped || (self.stop)();
        }
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

/// What helps a search, and what ends it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guide<'a> {
    /// What placing copies is worth; otherwise that is judged by where else they could stand.
    pub duals: Option<&'a Duals>,
    /// A plan as good as this is good enough.
    pub enough: Score,
    /// The work of the first round, if that should be longer than usual.
    pub first_round: u64,
}

/// The best of the quick constructions, of the first alone if `stop` says so. `order` is the order in which first-fit decreasing takes
/// the demands.
pub fn construct<'p>(
    problem: &'p Problem,
    index: &'p Index,
    order: &[DemandIx],
    stop: &dyn Fn() -> bool,
) -> Assignment<'p> {
    let mut best = first_fit(problem, index, order);
    let heavy_first = by_weight(problem, order);
    let others: [&dyn Fn() -> Assignment<'p>; 2] = [&|| first_fit(problem, index, &heavy_first), &|| {
        regret_insertion(problem, index, stop)
    }];
    for other in others {
        if stop() {
            break;
        }
        let other = other();
        if other.score() < best.score() {
            best = other;
        }
    }
    best
}

#[cfg(test)]
mod tests;
