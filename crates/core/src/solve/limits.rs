//! How far the solver may go, and how the edge looks on.
//!
//! The solver knows no clock: its limit is counted in work units, so that an answer depends on the problem alone. Whoever has a clock
//! stops it through a [`Watch`], at the price of an answer that depends on the machine.

use std::sync::atomic::{AtomicU64, Ordering};

use super::problem::Cost;

/// How much work a solve may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Work units. One unit is one elementary step of a search or a numeric update; a current machine does some hundred million a
    /// second.
    pub work: u64,
}

impl Default for Limits {
    /// A minute or two on a small machine, up to five on the largest fleets.
    fn default() -> Self {
        Limits { work: 20_000_000_000 }
    }
}

/// What is known so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Weight left out by the best plan, if there is one.
    pub unplaced_weight: Option<u128>,
    /// No plan leaves out less than this.
    pub weight_bound: u128,
    /// Cost of the best plan, if there is one, in nano-dollars per hour.
    pub cost: Option<Cost>,
    /// No plan that leaves out as much as the best one costs less than this.
    pub cost_bound: Cost,
    /// Work units done.
    pub work: u64,
}

/// Looks on while the solver runs, and may stop it.
pub trait Watch: Sync {
    /// Called now and then with what is known so far.
    fn progress(&self, _: &Progress) {}

    /// Asked often; `true` ends the solve with what is known so far.
    fn stop(&self) -> bool {
        false
    }
}

/// Watches nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {}

/// Counts work against a limit.
///
/// Parallel parts count through the same meter; the limit is only tested between them, where the count does not depend on the order
/// in which they ran.
pub(crate) struct Meter<'a> {
    done: AtomicU64,
    limit: u64,
    watch: &'a dyn Watch,
    /// Whether it counts for the whole problem, which is all that whoever looks on is told of.
    whole: bool,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(limit: u64, watch: &'a dyn Watch) -> Self {
        Meter {
            done: AtomicU64::new(0),
            limit,
            watch,
            whole: true,
        }
    }

    /// A meter for a part of the work, which ends with the whole. What it counts is to be added.
    pub(crate) fn part(&self, limit: u64) -> Meter<'a> {
        let limit = limit.min(self.left());
        Meter {
            whole: false,
            ..Meter::new(limit, self.watch)
        }
    }

    /// Whether it counts for a part only.
    pub(crate) fn is_part(&self) -> bool {
        !self.whole
    }

    pub(crate) fn add(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Units that may still be done.
    pub(crate) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.done())
    }

    pub(crate) fn exhausted(&self) -> bool {
        self.done() >= self.limit || self.stopped()
    }

    /// Tells whoever looks on what is known of the whole problem.
    pub(crate) fn tell(&self, progress: &Progress) {
        if self.whole {
            self.watch.progress(progress);
        }
    }

    /// Whether whoever looks on has called it off. This may be asked anywhere.
    pub(crate) fn stopped(&self) -> bool {
        self.watch.stop()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::super::{random, solve};
    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<Progress>>);

    impl Watch for Heard {
        fn progress(&self, progress: &Progress) {
            self.0.lock().unwrap().push(progress.clone());
        }
    }

    proptest! {
        /// What is told on the way never promises more than comes true, and plans only get better.
        #[test]
        fn what_is_told_is_true(problem in random::problems()) {
            let heard = Heard::default();
            let end = solve(&problem, &Limits::default(), &heard);
            let told = heard.0.into_inner().unwrap();
            for now in &told {
                let Some(plan) = now.unplaced_weight.zip(now.cost) else { continue };
                let last = (end.unplaced_weight, end.cost);
                prop_assert!(now.weight_bound <= last.0 && plan >= last);
                prop_assert!(plan.0 > last.0 || now.cost_bound <= last.1);
            }
            prop_assert!(told.is_sorted_by_key(|now| now.work));
            let plans = || told.iter().filter_map(|now| now.unplaced_weight.zip(now.cost));
            prop_assert!(plans().is_sorted_by(|before, after| before >= after));
        }
    }
}
