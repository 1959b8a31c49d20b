//! The trade-off between offers: those that no other beats on all of price, uptime, tier and network.

use rust_decimal::Decimal;

use crate::candidate::Candidate;
use crate::fleet::Fleet;
use crate::money::Money;

/// Of ranked candidates those that no other is at least as good as in everything and better in something: real cost, uptime, tier,
/// download speed; what a host does not state counts as nothing. Of equals the first is kept. The order stays.
pub fn pareto(fleet: &Fleet, ranked: &[Candidate]) -> Vec<Candidate> {
    let merits: Vec<Merits> = ranked.iter().map(|candidate| Merits::of(fleet, candidate)).collect();
    let mut by_cost: Vec<usize> = (0..ranked.len()).collect();
    // Whoever beats a candidate costs no more and is no worse in the rest, so it comes before.
    by_cost.sort_by(|a, b| merits[*a].order().cmp(&merits[*b].order()).then(a.cmp(b)));
    let mut front: Vec<usize> = Vec::new();
    for at in by_cost {
        if !front.iter().any(|other| merits[*other].covers(&merits[at])) {
            front.push(at);
        }
    }
    front.sort_unstable();
    front.into_iter().map(|at| ranked[at]).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Merits {
    cost: Money,
    uptime: Decimal,
    tier: Decimal,
    network: Decimal,
}

impl Merits {
    fn of(fleet: &Fleet, candidate: &Candidate) -> Merits {
        let host = fleet.host(candidate.host);
        Merits {
            cost: candidate.way.cost.total,
            uptime: host.uptime.unwrap_or_default(),
            tier: host.tier.unwrap_or_default(),
            network: host.network_gbps.unwrap_or_default(),
        }
    }

    fn order(&self) -> impl Ord {
        use std::cmp::Reverse;
        (
            self.cost,
            Reverse(self.uptime),
            Reverse(self.tier),
            Reverse(self.network),
        )
    }

    /// At least as good in everything.
    fn covers(&self, other: &Merits) -> bool {
        self.cost <= other.cost
            && self.uptime >= other.uptime
            && self.tier >= other.tier
            && self.network >= other.network
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::candidate::candidates;
    use crate::explain::world;
    use crate::fit::Matcher;

    proptest! {
        /// Exactly those are left out that some other beats, or equals and comes before.
        #[test]
        fn the_front_is_what_nothing_beats(fleet in world::markets(12)) {
            let request = world::request(vec![world::vm("vm", "*", 1)]);
            let ranked = candidates(&fleet, &Matcher::new(&fleet, &request, &request.vms()[0])).ranked;
            let front = pareto(&fleet, &ranked);
            let merits: Vec<Merits> = ranked.iter().map(|c| Merits::of(&fleet, c)).collect();
            let kept = |at: usize| !(0..ranked.len()).any(|other| {
                merits[other].covers(&merits[at]) && (merits[other] != merits[at] || other < at)
            });
            let expected: Vec<Candidate> = (0..ranked.len()).filter(|at| kept(*at)).map(|at| ranked[at]).collect();
            prop_assert_eq!(front, expected);
        }
    }
}
