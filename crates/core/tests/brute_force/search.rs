//! All plans there are, and what makes a plan hold.

use std::collections::{BTreeMap, BTreeSet};

use super::market::{Host, Market};
use super::rules::Way;
use super::wish::{Kind, Vm, Wish};

/// What the best plan leaves out and costs, in nano-dollars per hour. Less is better, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Best {
    pub weight: u128,
    pub cost: i128,
}

/// The best of all plans that hold; none if there is none.
pub fn best(market: &Market, wish: &Wish, ways: &[Vec<Way>]) -> Option<Best> {
    let mut search = Search {
        market,
        wish,
        ways,
        chosen: Vec::new(),
        best: None,
    };
    search.entry(0, Best { weight: 0, cost: 0 });
    search.best
}

struct Search<'a> {
    market: &'a Market,
    wish: &'a Wish,
    ways: &'a [Vec<Way>],
    /// With the entry that each belongs to.
    chosen: Vec<(usize, &'a Way)>,
    best: Option<Best>,
}

impl<'a> Search<'a> {
    fn entry(&mut self, at: usize, so_far: Best) {
        match self.wish.vms.get(at) {
            Some(vm) => self.copies(at, 0, vm.replicas, so_far),
            None => self.best = Some(self.best.map_or(so_far, |best| best.min(so_far))),
        }
    }

    /// Places the copies that are left of an entry, which are all alike, on its ways from the given one on, or leaves them out.
    fn copies(&mut self, at: usize, from: usize, left: u64, so_far: Best) {
        if self.best.is_some_and(|best| so_far >= best) {
            return;
        }
        if left == 0 {
            return self.entry(at + 1, so_far);
        }
        for (i, way) in self.ways[at].iter().enumerate().skip(from) {
            self.chosen.push((at, way));
            if holds(self.market, self.wish, &self.chosen) {
                let cost = so_far.cost + way.effective;
                self.copies(at, i, left - 1, Best { cost, ..so_far });
            }
            self.chosen.pop();
        }
        if self.wish.partial {
            let weight = so_far.weight + u128::from(left * self.wish.vms[at].weight);
            self.entry(at + 1, Best { weight, ..so_far });
        }
    }
}

/// Whether placements may stand side by side, each of them allowed by itself. More of them never hold where fewer do not.
pub fn holds(market: &Market, wish: &Wish, chosen: &[(usize, &Way)]) -> bool {
    let spent: i128 = chosen.iter().map(|(_, way)| way.cost).sum();
    let affordable = wish.budget_per_hr.is_none_or(|budget| spent <= i128::from(budget));
    let roomy = |(at, host): (usize, &Host)| {
        let here: Vec<&Way> = chosen
            .iter()
            .map(|(_, way)| *way)
            .filter(|way| way.host == at)
            .collect();
        has_room(host, &here)
    };
    affordable && market.hosts.iter().enumerate().all(roomy) && rules_kept(market, wish, chosen)
}

fn has_room(host: &Host, here: &[&Way]) -> bool {
    let sum = |of: fn(&Way) -> u64| here.iter().map(|way| of(way)).sum::<u64>();
    let gpus = |offer: usize| {
        here.iter()
            .filter(|way| way.offer == offer)
            .map(|way| way.gpus)
            .sum::<u64>()
    };
    let ports: Vec<Option<u16>> = here.iter().flat_map(|way| way.ports.iter().copied()).collect();
    let fixed: Vec<u16> = ports.iter().flatten().copied().collect();
    (0..host.offers.len()).all(|offer| gpus(offer) <= host.offers[offer].free)
        && sum(|way| way.vcpu) <= host.vcpu
        && sum(|way| way.ram_gb) <= host.ram_gb
        && sum(|way| way.storage_gb) <= host.storage_gb
        && sum(|way| u64::from(way.public_ip)) <= 1
        && ports.len() <= host.ports.as_ref().map_or(0, Vec::len)
        && fixed.iter().collect::<BTreeSet<_>>().len() == fixed.len()
}

/// The rules of every member bind all members of its group.
fn rules_kept(market: &Market, wish: &Wish, chosen: &[(usize, &Way)]) -> bool {
    wish.vms.iter().all(|vm| {
        let mates = || chosen.iter().filter(|(at, _)| wish.vms[*at].group() == vm.group());
        let hosts: Vec<&Host> = mates().map(|(_, way)| &market.hosts[way.host]).collect();
        spread_kept(vm, &hosts) && together_kept(vm, &hosts)
    })
}

/// Hosts that state no place are one place.
fn spread_kept(vm: &Vm, hosts: &[&Host]) -> bool {
    let Some(spread) = vm.spread else { return true };
    let mut standing: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for host in hosts {
        *standing.entry(place(host, spread.by)).or_default() += 1;
    }
    standing.values().all(|n| *n <= spread.max)
}

/// A host that states no place is a place of its own.
fn together_kept(vm: &Vm, hosts: &[&Host]) -> bool {
    let Some(kind) = vm.together else { return true };
    let places: BTreeSet<_> = hosts.iter().map(|host| place(host, kind).ok_or(&host.id)).collect();
    places.len() <= 1
}

fn place(host: &Host, kind: Kind) -> Option<String> {
    let name = match kind {
        Kind::Host => Some(host.id.as_str()),
        Kind::Location => host.location,
        Kind::Organization => host.organization,
        Kind::Country => host.country,
    };
    name.map(str::to_lowercase)
}
