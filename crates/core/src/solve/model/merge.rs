//! Which options are worth considering, and which demands are the same.

use std::cmp::Ordering;

use super::super::problem::{Opt, OptIx, Problem};
use super::Wanted;

/// The options that no other option of the same demand on the same host beats in every need and price, by demand.
pub(super) struct Kept<'p> {
    problem: &'p Problem,
    options: Vec<OptIx>,
    starts: Vec<usize>,
}

impl<'p> Kept<'p> {
    pub(super) fn new(problem: &'p Problem) -> Self {
        let mut kept = Kept {
            problem,
            options: Vec::with_capacity(problem.options.len()),
            starts: vec![0; problem.demands.len() + 1],
        };
        let same = |a: &Opt, b: &Opt| (a.demand, a.host) == (b.demand, b.host);
        let mut start = 0;
        for run in problem.options.chunk_by(same) {
            for (i, option) in run.iter().enumerate() {
                let beats = |(j, other): (usize, &Opt)| j != i && beats(other, option, j < i);
                if !run.iter().enumerate().any(beats) {
                    kept.options.push((start + i) as OptIx);
                    kept.starts[option.demand as usize + 1] += 1;
                }
            }
            start += run.len();
        }
        for demand in 0..problem.demands.len() {
            kept.starts[demand + 1] += kept.starts[demand];
        }
        kept
    }

    /// The options of a demand, by host.
    pub(super) fn of(&self, demand: u32) -> &[OptIx] {
        let demand = demand as usize;
        &self.options[self.starts[demand]..self.starts[demand + 1]]
    }

    /// Orders demands by where they may go, what they take there and at what price.
    fn compare(&self, a: u32, b: u32) -> Ordering {
        let ways = |demand| {
            let options = self.of(demand).iter().map(|&o| &self.problem.options[o as usize]);
            options.map(|o| (o.host, &o.needs, o.cost, o.spend))
        };
        let lengths = self.of(a).len().cmp(&self.of(b).len());
        lengths.then_with(|| ways(a).cmp(ways(b)))
    }
}

/// Whether `a` is at least as good as `b` in everything; of two equals only the earlier beats the other.
fn beats(a: &Opt, b: &Opt, earlier: bool) -> bool {
    let need = |dim| b.needs.iter().find(|&&(d, _)| d == dim).map_or(0, |&(_, n)| n);
    let no_more = a.cost <= b.cost && a.spend <= b.spend && a.needs.iter().all(|&(dim, n)| n <= need(dim));
    let equal = a.cost == b.cost && a.spend == b.spend && a.needs == b.needs;
    no_more && (earlier || !equal)
}

/// Demands merged, and for each of the problem's demands where it went.
pub(super) struct Merged {
    pub(super) wanted: Vec<Wanted>,
    pub(super) of: Vec<u32>,
}

impl Merged {
    /// Merges demands of the same weight under the same rules with the same ways. Like ones keep the order of the problem.
    pub(super) fn new(problem: &Problem, kept: &Kept<'_>) -> Self {
        let rules = rules_of(problem);
        let compare = |a: u32, b: u32| {
            let key = |d: u32| (problem.demands[d as usize].weight, &rules[d as usize]);
            key(a).cmp(&key(b)).then_with(|| kept.compare(a, b))
        };
        let mut order: Vec<u32> = (0..problem.demands.len() as u32).collect();
        order.sort_by(|&a, &b| compare(a, b));
        let mut first = vec![0; order.len()];
        for alike in order.chunk_by(|&a, &b| compare(a, b).is_eq()) {
            alike.iter().for_each(|&d| first[d as usize] = alike[0]);
        }
        let mut merged = Merged {
            wanted: Vec::new(),
            of: Vec::new(),
        };
        for ((d, demand), first) in (0u32..).zip(&problem.demands).zip(first) {
            let group = if first == d {
                merged.wanted.push(Wanted {
                    copies: 0,
                    weight: demand.weight,
                    elsewhere: None,
                    members: Vec::new(),
                });
                merged.wanted.len() as u32 - 1
            } else {
                merged.of[first as usize]
            };
            let wanted = &mut merged.wanted[group as usize];
            wanted.copies = wanted.copies.saturating_add(demand.copies);
            wanted.members.push(d);
            merged.of.push(group);
        }
        merged
    }
}

/// The rules that each demand is under.
fn rules_of(problem: &Problem) -> Vec<Vec<u32>> {
    let spreads = problem.spreads.iter().map(|rule| &rule.demands);
    let togethers = problem.togethers.iter().map(|rule| &rule.demands);
    let mut rules = vec![Vec::new(); problem.demands.len()];
    for (rule, demands) in (0..).zip(spreads.chain(togethers)) {
        demands.iter().for_each(|&d| rules[d as usize].push(rule));
    }
    rules
}
