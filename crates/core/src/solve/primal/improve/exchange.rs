//! A copy moves to a cheaper option, and whoever stands in its way goes to where it came from.

use smallvec::SmallVec;

use super::super::super::problem::{Cost, DimIx, Opt, OptIx};
use super::super::WorkMeter;
use super::Search;

/// So many cheaper options are looked at for one copy.
const WINDOW: usize = 64;

impl Search<'_, '_> {
    /// Trades places once, if a trade is found that costs less than `slack` more.
    pub(super) fn exchange(&mut self, meter: &mut WorkMeter, slack: Cost) {
        let Some(from) = self.dice.pick(self.used.items()) else {
            return;
        };
        let demand = self.demand(from);
        let cheaper = &self.plan.index().by_cost(demand)[..self.open.position(demand, from)];
        let start = self.dice.below(cheaper.len());
        let (after, before) = (&cheaper[start..], &cheaper[..start]);
        for &to in after.iter().chain(before).take(WINDOW) {
            let partners: SmallVec<[OptIx; 8]> = self.plan.on_host(self.host(to)).into();
            meter.add(1 + partners.len() as u64);
            if partners.into_iter().any(|partner| self.trade(from, to, partner, slack)) {
                return;
            }
        }
    }

    /// Moves a copy from `from` to `to` and one of `partner`'s, which stands there, to the host of `from`.
    fn trade(&mut self, from: OptIx, to: OptIx, partner: OptIx, slack: Cost) -> bool {
        let problem = self.plan.problem();
        let opt = |ix: OptIx| &problem.options[ix as usize];
        let (a, b, displaced) = (opt(from), opt(to), opt(partner));
        if a.host == b.host || a.demand == displaced.demand || !self.has_room(b, displaced) {
            return false;
        }
        let limit = a.cost + displaced.cost - b.cost + slack;
        let here = self.plan.index().by_host(a.host);
        let first = here.partition_point(|&ix| opt(ix).demand < displaced.demand);
        let mut ways = here[first..]
            .iter()
            .take_while(|&&ix| opt(ix).demand == displaced.demand);
        ways.any(|&back| {
            opt(back).cost < limit && self.has_room(opt(back), a) && self.carry_out(from, to, partner, back)
        })
    }

    /// Makes the four steps of a trade, or none if a rule forbids it.
    fn carry_out(&mut self, from: OptIx, to: OptIx, partner: OptIx, back: OptIx) -> bool {
        let mark = self.log.len();
        self.take(from, 1);
        self.take(partner, 1);
        for opt in [to, back] {
            if !self.plan.fits(opt) {
                self.undo(mark);
                return false;
            }
            self.put(opt, 1);
        }
        self.touch(self.host(from));
        self.touch(self.host(to));
        true
    }

    /// Whether the host has room for `incoming` once a copy on `outgoing` has left.
    fn has_room(&self, incoming: &Opt, outgoing: &Opt) -> bool {
        let room = self.plan.room(incoming.host);
        let given_back = |dim: DimIx| {
            outgoing
                .needs
                .iter()
                .find(|need| need.0 == dim)
                .map_or(0, |need| need.1)
        };
        incoming
            .needs
            .iter()
            .all(|&(dim, amount)| room[usize::from(dim)] + given_back(dim) >= amount)
    }
}
