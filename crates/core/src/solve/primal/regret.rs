//! Regret insertion: always the copy that would lose most if its best option were gone.
//!
//! A demand with one option left counts by its weight and comes before all that have a second.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::assignment::{Assignment, Index};
use super::super::problem::{Cost, DemandIx, HostIx, OptIx, Problem};
use super::open::Open;

/// What waiting could cost: the weight that is lost without a second option, else the difference to it.
type Regret = (u64, Cost);

/// A demand's claim on its best option; outdated once the demand has a newer stamp.
type Claim = (Regret, Reverse<DemandIx>, u32);

/// Claims between two looks at whether to stop.
const PATIENCE: usize = 64;

/// Places copies in order of regret until nothing fits any more, or `stop` says so.
pub fn regret_insertion<'p>(problem: &'p Problem, index: &'p Index, stop: &dyn Fn() -> bool) -> Assignment<'p> {
    let mut insertion = Insertion::new(problem, index);
    for demand in 0..problem.demands.len() as DemandIx {
        insertion.claim(demand);
    }
    let mut settled = 0usize;
    while let Some((_, Reverse(demand), stamp)) = insertion.claims.pop() {
        settled += 1;
        if settled.is_multiple_of(PATIENCE) && stop() {
            break;
        }
        if insertion.stamps[demand as usize] == stamp {
            insertion.settle(demand);
        }
    }
    insertion.plan
}

struct Insertion<'p> {
    plan: Assignment<'p>,
    open: Open,
    claims: BinaryHeap<Claim>,
    stamps: Vec<u32>,
    best: Vec<OptIx>,
    watchers: Vec<Vec<DemandIx>>,
}

impl<'p> Insertion<'p> {
    fn new(problem: &'p Problem, index: &'p Index) -> Self {
        Self {
            plan: Assignment::empty(problem, index),
            open: Open::new(problem, index),
            claims: BinaryHeap::new(),
            stamps: vec![0; problem.demands.len()],
            best: vec![0; problem.demands.len()],
            watchers: vec![Vec::new(); problem.hosts.len()],
        }
    }

    fn host(&self, opt: OptIx) -> HostIx {
        self.plan.problem().options[opt as usize].host
    }

    /// Places a copy where it was claimed. If a rule has closed that option meanwhile, claims anew.
    fn settle(&mut self, demand: DemandIx) {
        let opt = self.best[demand as usize];
        if !self.plan.fits(opt) {
            return self.claim(demand);
        }
        self.plan.place(opt);
        let host = self.host(opt) as usize;
        let mut watchers = std::mem::take(&mut self.watchers[host]);
        watchers.push(demand);
        watchers.sort_unstable();
        watchers.dedup();
        for watcher in watchers {
            self.claim(watcher);
        }
    }

    /// Looks up the two best options of a demand on different hosts and claims the first.
    fn claim(&mut self, demand: DemandIx) {
        self.stamps[demand as usize] += 1;
        let (Some((position, best)), _) = self.open.first_fit(&self.plan, demand, 0) else {
            return;
        };
        let second = self.second(demand, position, self.host(best));
        let problem = self.plan.problem();
        let regret = match second {
            Some(second) => (
                0,
                problem.options[second as usize].cost - problem.options[best as usize].cost,
            ),
            None => (problem.demands[demand as usize].weight, 0),
        };
        self.best[demand as usize] = best;
        for opt in [Some(best), second].into_iter().flatten() {
            self.watchers[problem.options[opt as usize].host as usize].push(demand);
        }
        self.claims
            .push((regret, Reverse(demand), self.stamps[demand as usize]));
    }

    /// The cheapest option after `position` that fits on another host than `host`.
    fn second(&mut self, demand: DemandIx, mut position: usize, host: HostIx) -> Option<OptIx> {
        loop {
            let (found, _) = self.open.first_fit(&self.plan, demand, position + 1);
            let (at, opt) = found?;
            if self.host(opt) != host {
                return Some(opt);
            }
            position = at;
        }
    }
}
