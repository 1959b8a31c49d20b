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
    /// About a minute on a small machine.
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
}

impl<'a> Meter<'a> {
    pub(crate) fn new(limit: u64, watch: &'a dyn Watch) -> Self {
        Meter {
            done: AtomicU64::new(0),
            limit,
            watch,
        }
    }

    /// A meter for a part of the work, which ends with the whole. What it counts is to be added.
    pub(crate) fn part(&self, limit: u64) -> Meter<'a> {
        Meter::new(limit.min(self.limit.saturating_sub(self.done())), self.watch)
    }

    pub(crate) fn add(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(crate) fn exhausted(&self) -> bool {
        self.done() >= self.limit || self.stopped()
    }

    /// Whether whoever looks on has called it off. This may be asked anywhere.
    pub(crate) fn stopped(&self) -> bool {
        self.watch.stop()
    }
}
