//! Better plans from the best one: by local search, and part by part.

use super::super::assignment::Score;
use super::super::exact::PROBE;
use super::super::neighbourhood;
use super::super::plan::Best;
use super::super::primal::{Duals, Guide, WorkMeter, improve};
use super::super::problem::Cost;
use super::super::relax::Relaxation;
use super::Tree;

/// Problems of more hosts are bettered part by part.
const LARGE: usize = 30;
/// Work for bettering parts at the root.
const PARTS: u64 = 1_000_000_000;

impl<'a> Tree<'a> {
    /// Betters the best plan by local search, guided by the prices.
    pub(super) fn search(&mut self, r: &Relaxation<'a>, work: u64) {
        let plan = self.best.assignment(self.problem, self.index);
        let duals = r.center.as_ref().filter(|_| r.goal.slack.is_some()).map(|center| {
            let mut duals = vec![0; self.problem.demands.len()];
            for (wanted, &price) in self.model.wanted.iter().zip(&center.demand) {
                wanted
                    .members
                    .iter()
                    .for_each(|&d| duals[d as usize] = self.model.scale.least(price));
            }
            Duals(duals)
        });
        let work = work.min(self.meter.left() / PROBE);
        let stop = || self.meter.exhausted();
        let mut meter = WorkMeter::stoppable(work, &stop);
        let guide = Guide {
            duals: duals.as_ref(),
            enough: self.enough(r),
            first_round: work / 16,
        };
        let plan = improve(plan, &mut meter, 1, guide);
        self.meter.add(meter.done() * PROBE);
        self.best.improve(&plan);
        self.searched_at = self.meter.done();
    }

    /// Searches longer and longer, as long as that closes a good part of the gap; any part that is worth naming where nothing else will.
    pub(super) fn search_while_it_pays(&mut self, r: &Relaxation<'a>) {
        let good = if r.can_converge() { 10 } else { 200 };
        let mut work = 2_000_000.min(50 * self.problem.options.len() as u64);
        loop {
            self.tell(r, r.bound);
            let before = self.gap(r);
            self.search(r, work);
            let gap = self.gap(r);
            if self.meter.exhausted() || gap <= 0 || before - gap < gap / good {
                return;
            }
            work *= 2;
        }
    }

    /// How much a plan of interest may lie above the bound.
    pub(super) fn gap(&self, r: &Relaxation<'a>) -> i64 {
        self.cutoff(r).saturating_sub(r.bound)
    }

    /// No plan is better than this.
    pub(super) fn enough(&self, r: &Relaxation<'a>) -> Score {
        match r.goal.slack {
            None => Score {
                weight_out: r.goal.least_weight(r.bound),
                cost: Cost::MAX,
            },
            Some(slack) => Score {
                weight_out: slack.into(),
                cost: self.model.scale.least(r.bound.max(0)),
            },
        }
    }

    /// Searches for better plans each time as much work again was done in proving, for half of it.
    pub(super) fn search_in_turn(&mut self, r: &Relaxation<'a>) {
        let since = self.meter.done() - self.searched_at;
        if since >= self.search_after {
            self.search_after = since.saturating_mul(2);
            self.search(r, since / 2 / PROBE);
        }
    }

    /// Betters the best plan a few hosts at a time. Parts are too small for parts of their own.
    pub(super) fn improve_parts(&mut self, r: &Relaxation<'a>) {
        if self.problem.hosts.len() > LARGE {
            let (bound, mut best) = (r.bound, self.best.clone());
            let tree = &*self;
            let settled = |best: &Best| bound > tree.cutoff_of(r, best);
            neighbourhood::improve(self.problem, self.index, &mut best, self.meter, PARTS, settled);
            self.best = best;
        }
    }
}
