//! Which offer serves a VM best, without looking at every host.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::summary::{Rank, Summary, Wish};
use super::tree::{Entry, Node, Tree};
use crate::candidate::{Candidate, rank_by};
use crate::fit::Matcher;
use crate::fleet::{Fleet, HostIx, Offer};
use crate::gpu::ModelIx;
use crate::money::Money;

/// Every offer of a fleet, by model.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    trees: Vec<Tree>,
    /// Where each host's offers stand in the trees, by the host's place in the fleet.
    seats: Vec<SmallVec<[Seat; 2]>>,
}

#[derive(Debug, Clone, Copy)]
struct Seat {
    model: ModelIx,
    at: u32,
}

impl Index {
    /// The index of all hosts of a fleet.
    pub fn new(fleet: &Fleet) -> Index {
        let mut by_model: Vec<Vec<Entry>> = vec![Vec::new(); fleet.models().len()];
        for (at, host) in (0..).zip(fleet.hosts()) {
            for (offer, offered) in (0..).zip(&host.offers) {
                by_model[offered.model.0 as usize].push(Entry { host: at, offer });
            }
        }
        let mut seats = vec![SmallVec::new(); fleet.hosts().len()];
        let trees = (0..).map(ModelIx).zip(by_model).map(|(model, mut entries)| {
            entries.sort_by_cached_key(|entry| typical_price(fleet, *entry));
            for (at, entry) in (0..).zip(&entries) {
                seats[entry.host as usize].push(Seat { model, at });
            }
            let summary = |entry| (entry, Summary::of(fleet, host_of(fleet, entry), offer_of(fleet, entry)));
            Tree::new(entries.into_iter().map(summary))
        });
        Index {
            trees: trees.collect(),
            seats,
        }
    }

    /// Takes note of how a host stands now.
    pub fn put(&mut self, fleet: &Fleet, at: HostIx) {
        let host = fleet.host(at);
        self.seats
            .resize_with(self.seats.len().max(at.0 as usize + 1), SmallVec::new);
        self.trees
            .resize_with(self.trees.len().max(fleet.models().len()), Tree::default);
        let mut before = std::mem::take(&mut self.seats[at.0 as usize]);
        for (offer, offered) in (0..).zip(&host.offers) {
            let (entry, summary) = (Entry { host: at.0, offer }, Summary::of(fleet, host, offered));
            let tree = &mut self.trees[offered.model.0 as usize];
            let seat = before.iter().position(|seat| seat.model == offered.model);
            let seat = match seat.map(|seat| before.swap_remove(seat)) {
                Some(seat) => {
                    tree.set(seat.at, entry, summary);
                    seat
                }
                None => Seat {
                    model: offered.model,
                    at: tree.insert(entry, summary),
                },
            };
            self.seats[at.0 as usize].push(seat);
        }
        for seat in before {
            self.trees[seat.model.0 as usize].remove(seat.at);
        }
    }

    /// Forgets a host.
    pub fn remove(&mut self, at: HostIx) {
        for seat in std::mem::take(&mut self.seats[at.0 as usize]) {
            self.trees[seat.model.0 as usize].remove(seat.at);
        }
    }

    /// The best candidate of all that cost at most `budget`.
    pub fn best(&self, fleet: &Fleet, matcher: &Matcher<'_>, budget: Option<Money>) -> Option<Candidate> {
        let mut search = Search {
            fleet,
            matcher,
            budget,
            best: None,
        };
        let mut roots: SmallVec<[(Rank, Wish, usize); 16]> = SmallVec::new();
        for (at, tree) in self.trees.iter().enumerate() {
            let Some(count) = matcher.least_count(ModelIx(at as u32)) else {
                continue;
            };
            let wish = Wish::new(matcher, count);
            let rank = tree.root().and_then(|root| wish.best_rank(tree.summary(root)));
            roots.extend(rank.map(|rank| (rank, wish, at)));
        }
        roots.sort_unstable_by_key(|(rank, ..)| *rank);
        for (rank, wish, at) in roots {
            let tree = &self.trees[at];
            if let Some(root) = tree.root().filter(|_| search.hopeful(&rank)) {
                search.descend(tree, &wish, root);
            }
        }
        search.best.map(|(_, candidate)| candidate)
    }
}

/// The best candidate of those that stand on these hosts.
pub(super) fn best_on(
    fleet: &Fleet,
    matcher: &Matcher<'_>,
    budget: Option<Money>,
    hosts: impl Iterator<Item = HostIx>,
) -> Option<Candidate> {
    let mut search = Search {
        fleet,
        matcher,
        budget,
        best: None,
    };
    for host in hosts {
        for offer in 0..fleet.host(host).offers.len() {
            search.look(Entry {
                host: host.0,
                offer: offer as u32,
            });
        }
    }
    search.best.map(|(_, candidate)| candidate)
}

struct Search<'a> {
    fleet: &'a Fleet,
    matcher: &'a Matcher<'a>,
    budget: Option<Money>,
    best: Option<(Rank, Candidate)>,
}

impl Search<'_> {
    /// Whether something of this rank may be better than the best so far.
    fn hopeful(&self, rank: &Rank) -> bool {
        self.best.as_ref().is_none_or(|(best, _)| rank <= best)
    }

    /// Looks at all that stands under a node, the most promising first.
    fn descend(&mut self, tree: &Tree, wish: &Wish, node: Node) {
        if node.level == 0 {
            return self.look(tree.entry(node.at));
        }
        let ranked = |below: Node| Some((wish.best_rank(tree.summary(below))?, below));
        let mut below: SmallVec<[(Rank, Node); 8]> = tree
            .below(node)
            .filter_map(ranked)
            .filter(|(rank, _)| self.hopeful(rank))
            .collect();
        below.sort_unstable_by_key(|(rank, _)| *rank);
        for (rank, node) in below {
            if !self.hopeful(&rank) {
                return;
            }
            self.descend(tree, wish, node);
        }
    }

    /// Judges one offer by every rule.
    fn look(&mut self, entry: Entry) {
        let host = HostIx(entry.host);
        let way = self.matcher.fit(self.fleet.host(host), entry.offer as usize);
        let affordable = |way: &crate::fit::Way| self.budget.is_none_or(|budget| way.cost.total <= budget);
        let Some(way) = way.filter(affordable) else {
            return;
        };
        let candidate = Candidate { host, way };
        let better = match &self.best {
            None => true,
            Some((_, best)) => self.order(&candidate, best) == Ordering::Less,
        };
        if better {
            self.best = Some((Rank::of(self.fleet, &candidate), candidate));
        }
    }

    /// The fleet may be out of order for the time being, so hosts are compared by id.
    fn order(&self, a: &Candidate, b: &Candidate) -> Ordering {
        let ids = |a: HostIx, b: HostIx| self.fleet.host(a).id.cmp(&self.fleet.host(b).id);
        rank_by(self.fleet, a, b, ids)
    }
}

fn host_of(fleet: &Fleet, entry: Entry) -> &crate::fleet::Host {
    fleet.host(HostIx(entry.host))
}

fn offer_of(fleet: &Fleet, entry: Entry) -> &Offer {
    &host_of(fleet, entry).offers[entry.offer as usize]
}

/// What one GPU costs with the sizes that come with it where none are asked.
fn typical_price(fleet: &Fleet, entry: Entry) -> u128 {
    use crate::sizes::{DEFAULT_RAM_GB_PER_GPU, DEFAULT_VCPU_PER_GPU};
    let (prices, stock) = (host_of(fleet, entry).prices, offer_of(fleet, entry).stock);
    stock.map_or(u128::MAX, |stock| {
        u128::from(stock.price.nanos())
            + u128::from(prices.vcpu.nanos()) * u128::from(DEFAULT_VCPU_PER_GPU)
            + u128::from(prices.ram_gb.nanos()) * u128::from(DEFAULT_RAM_GB_PER_GPU)
    })
}
