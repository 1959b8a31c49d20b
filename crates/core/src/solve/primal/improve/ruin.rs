//! Emptying a few hosts that compete for the same copies.

use smallvec::SmallVec;

use super::super::super::problem::{DemandIx, HostIx, OptIx};
use super::super::WorkMeter;
use super::Search;

/// At most so many hosts are emptied at once.
const MOST_HOSTS: usize = 3;
/// From each host at most about so many options are emptied.
const MOST_PER_HOST: usize = 12;
/// A placed copy looks for something better among the cheaper options and so many more.
const DEARER: usize = 3;

/// A demand in want of one of its cheapest so many options.
#[derive(Debug, Clone, Copy)]
struct Wish {
    demand: DemandIx,
    below: usize,
}

impl Search<'_, '_> {
    /// Empties a host that somebody wishes for, then one that somebody from there wishes for, and so on.
    pub(super) fn ruin(&mut self, meter: &mut WorkMeter) {
        let mark = self.log.len();
        let Some(mut wish) = self.first_wish() else {
            return;
        };
        for _ in 0..1 + self.dice.below(MOST_HOSTS) {
            let options = self.plan.index().by_cost(wish.demand);
            let Some(opt) = self.dice.pick(&options[..wish.below]) else {
                return;
            };
            self.empty(self.host(opt));
            meter.add(4);
            if let Some(step) = self.dice.pick(&self.log[mark..]) {
                wish = self.wish_for_better(step.opt);
            }
        }
    }

    /// Half of the time that of a demand left out, else that of a placed copy for something better; it is lifted at once.
    fn first_wish(&mut self) -> Option<Wish> {
        let waiting = self.dice.pick(self.waiting.items());
        let placed = self.dice.pick(self.used.items());
        match (waiting, placed) {
            (Some(demand), Some(_)) if self.dice.chance(1, 2) => Some(self.wish_for_any(demand)),
            (_, Some(opt)) => {
                self.take(opt, 1);
                self.touch(self.host(opt));
                Some(self.wish_for_better(opt))
            }
            (waiting, None) => waiting.map(|demand| self.wish_for_any(demand)),
        }
    }

    fn wish_for_any(&self, demand: DemandIx) -> Wish {
        Wish {
            demand,
            below: self.plan.index().by_cost(demand).len(),
        }
    }

    fn wish_for_better(&self, opt: OptIx) -> Wish {
        let demand = self.demand(opt);
        let any = self.wish_for_any(demand);
        Wish {
            below: any.below.min(self.open.position(demand, opt) + DEARER),
            ..any
        }
    }

    /// Takes everything off a host, or a random part if there is much.
    fn empty(&mut self, host: HostIx) {
        let used: SmallVec<[OptIx; 16]> = self.plan.on_host(host).into();
        for &opt in &used {
            if used.len() <= MOST_PER_HOST || self.dice.chance(MOST_PER_HOST, used.len()) {
                self.take(opt, self.plan.taken(opt));
            }
        }
        self.touch(host);
        self.emptied.push(host);
    }

    /// Notes that a host has room again, and who may want it.
    pub(super) fn touch(&mut self, host: HostIx) {
        self.open.reopen(self.plan.index(), host);
        for &opt in self.plan.index().by_host(host) {
            let demand = self.demand(opt);
            if self.plan.left(demand) > 0 && self.pool.last() != Some(&demand) {
                self.pool.push(demand);
            }
        }
    }
}
