//! Look-ups over a problem, built once: which options a demand or a host has, which rules bind a demand.
//!
//! It knows nothing of any assignment; many assignments share one index.

use std::ops::Range;

use rayon::prelude::*;

use super::super::problem::{DemandIx, HostIx, OptIx, Problem};

/// Fewer lists are not worth a thread.
const MIN_LISTS: usize = 64;

/// Lists of `u32` per key, stored in one piece.
#[derive(Debug, Clone)]
struct Lists {
    starts: Vec<usize>,
    items: Vec<u32>,
}

impl Lists {
    /// Sorts `(key, item)` pairs into lists by key, keeping the order in which a key's items come.
    fn group(keys: usize, pairs: impl Iterator<Item = (usize, u32)> + Clone) -> Self {
        let mut starts = vec![0; keys + 1];
        for (key, _) in pairs.clone() {
            starts[key + 1] += 1;
        }
        for key in 0..keys {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        let mut items = vec![0; starts[keys]];
        for (key, item) in pairs {
            items[next[key]] = item;
            next[key] += 1;
        }
        Self { starts, items }
    }

    /// Sorts each list by cost and place in the problem.
    fn sort_by_cost(&mut self, problem: &Problem) {
        let (mut rest, mut lists) = (&mut self.items[..], Vec::new());
        for bounds in self.starts.windows(2) {
            let (list, others) = rest.split_at_mut(bounds[1] - bounds[0]);
            lists.push(list);
            rest = others;
        }
        let sort = |list: &mut [u32]| list.sort_by_cached_key(|&ix| (problem.options[ix as usize].cost, ix));
        lists.into_par_iter().with_min_len(MIN_LISTS).for_each(sort);
    }

    fn of(&self, key: u32) -> &[u32] {
        let key = key as usize;
        &self.items[self.starts[key]..self.starts[key + 1]]
    }
}

/// Look-ups over one [`Problem`].
#[derive(Debug, Clone)]
pub struct Index {
    by_cost: Lists,
    by_host: Lists,
    spreads: Lists,
    togethers: Lists,
    room_starts: Vec<usize>,
    spread_starts: Vec<usize>,
}

impl Index {
    /// Builds the look-ups for `problem`.
    pub fn new(problem: &Problem) -> Self {
        let demands = problem.demands.len();
        let options = || problem.options.iter().zip(0u32..);
        let mut by_cost = Lists::group(demands, options().map(|(o, ix)| (o.demand as usize, ix)));
        by_cost.sort_by_cost(problem);
        Self {
            by_cost,
            by_host: Lists::group(problem.hosts.len(), options().map(|(o, ix)| (o.host as usize, ix))),
            spreads: Lists::group(demands, members(problem.spreads.iter().map(|s| &s.demands))),
            togethers: Lists::group(demands, members(problem.togethers.iter().map(|t| &t.demands))),
            room_starts: running_sum(problem.hosts.iter().map(Vec::len)),
            spread_starts: running_sum(problem.spreads.iter().map(|s| s.room.len())),
        }
    }

    /// A demand's options, cheapest first; equal costs in the order of the problem.
    pub fn by_cost(&self, demand: DemandIx) -> &[OptIx] {
        self.by_cost.of(demand)
    }

    /// A host's options, by demand.
    pub fn by_host(&self, host: HostIx) -> &[OptIx] {
        self.by_host.of(host)
    }

    /// The spread rules that count a demand's copies.
    pub fn spreads(&self, demand: DemandIx) -> &[u32] {
        self.spreads.of(demand)
    }

    /// The together rules that bind a demand's copies.
    pub fn togethers(&self, demand: DemandIx) -> &[u32] {
        self.togethers.of(demand)
    }

    /// Where a host's capacities stand in a list of those of all hosts.
    pub fn room(&self, host: HostIx) -> Range<usize> {
        let host = host as usize;
        self.room_starts[host]..self.room_starts[host + 1]
    }

    /// Where a spread rule's places stand in a list of those of all rules.
    pub fn spread_room(&self, spread: u32) -> Range<usize> {
        let spread = spread as usize;
        self.spread_starts[spread]..self.spread_starts[spread + 1]
    }
}

/// `(demand, rule)` for each demand of each rule.
fn members<'a>(rules: impl Iterator<Item = &'a Vec<DemandIx>> + Clone) -> impl Iterator<Item = (usize, u32)> + Clone {
    rules
        .zip(0u32..)
        .flat_map(|(demands, rule)| demands.iter().map(move |&d| (d as usize, rule)))
}

fn running_sum(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let ends = lengths.scan(0, |sum, length| {
        *sum += length;
        Some(*sum)
    });
    std::iter::once(0).chain(ends).collect()
}
