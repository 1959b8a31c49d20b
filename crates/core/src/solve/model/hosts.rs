//! Hosts with their rules turned into capacities, and which of them are the same.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::super::problem::{DimIx, OptIx, PlaceIx, Problem, Spread};
use super::merge::{Kept, Merged};

/// A host with its rules turned into capacities.
pub(super) struct HostRules {
    pub(super) caps: Vec<u64>,
    /// By demand.
    pub(super) items: Vec<RawItem>,
}

/// A way to place one copy of a merged demand on a host.
#[derive(Clone)]
pub(super) struct RawItem {
    pub(super) demand: u32,
    /// Its number among the ways of each member of the demand, and the option of the first member.
    pub(super) way: u32,
    pub(super) lead: OptIx,
    /// The dimensions that rules have added, of which it takes one each.
    pub(super) ones: SmallVec<[DimIx; 4]>,
    /// The room rows it counts in.
    pub(super) rows: SmallVec<[u32; 2]>,
}

/// All hosts with all rules.
pub(super) struct Rules {
    pub(super) hosts: Vec<HostRules>,
    /// How many copies each room row admits.
    pub(super) rooms: Vec<u32>,
}

impl Rules {
    pub(super) fn new(problem: &Problem, merged: &Merged, kept: &Kept<'_>) -> Self {
        let host = |caps: &Vec<u64>| HostRules {
            caps: caps.clone(),
            items: Vec::new(),
        };
        let mut rules = Rules {
            hosts: problem.hosts.iter().map(host).collect(),
            rooms: Vec::new(),
        };
        for (demand, wanted) in (0..).zip(&merged.wanted) {
            for (way, &lead) in (0..).zip(kept.of(wanted.members[0])) {
                let host = problem.options[lead as usize].host;
                rules.hosts[host as usize].items.push(RawItem {
                    demand,
                    way,
                    lead,
                    ones: SmallVec::new(),
                    rows: SmallVec::new(),
                });
            }
        }
        rules.hosts.iter_mut().for_each(|host| host.share_copies(merged));
        for spread in &problem.spreads {
            rules.limit_places(problem, spread, merged, kept);
        }
        rules
    }

    /// Turns a spread rule into capacities of hosts, and into rows where a place has several hosts.
    fn limit_places(&mut self, problem: &Problem, rule: &Spread, merged: &Merged, kept: &Kept<'_>) {
        let mut bound: Vec<u32> = rule.demands.iter().map(|&d| merged.of[d as usize]).collect();
        bound.sort_unstable();
        bound.dedup();
        let wanted = |&d: &u32| &merged.wanted[d as usize];
        let copies: u64 = bound.iter().map(|d| u64::from(wanted(d).copies)).sum();
        let options = bound.iter().flat_map(|d| kept.of(wanted(d).members[0]));
        let mut places: Vec<(PlaceIx, u32)> = options
            .map(|&o| problem.options[o as usize].host)
            .map(|host| (rule.place_of[host as usize], host))
            .collect();
        places.sort_unstable();
        places.dedup();
        for members in places.chunk_by(|a, b| a.0 == b.0) {
            let room = rule.room[members[0].0 as usize];
            if u64::from(room) < copies {
                let row = (members.len() > 1).then_some(self.rooms.len() as u32);
                self.rooms.extend(row.map(|_| room));
                for &(_, host) in members {
                    self.hosts[host as usize].limit(&bound, room, row);
                }
            }
        }
    }

    /// The hosts that can take anything, those that are the same together if asked. The order is that of the problem.
    pub(super) fn classes(&self, problem: &Problem, merge: bool) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.hosts.len())
            .filter(|&h| !self.hosts[h].items.is_empty())
            .collect();
        if !merge {
            return order.into_iter().map(|h| vec![h]).collect();
        }
        order.sort_by(|&a, &b| self.compare(problem, a, b));
        let same = |&a: &usize, &b: &usize| self.compare(problem, a, b).is_eq();
        let mut classes: Vec<Vec<usize>> = order.chunk_by(same).map(<[usize]>::to_vec).collect();
        classes.sort_unstable();
        classes
    }

    /// Orders hosts by all that makes a difference: capacities, items and places.
    fn compare(&self, problem: &Problem, a: usize, b: usize) -> Ordering {
        let places = |h: usize| problem.togethers.iter().map(move |t| t.place_of[h]);
        let items = |h: usize| {
            self.hosts[h].items.iter().map(|item| {
                let option = &problem.options[item.lead as usize];
                let prices = (option.cost, option.spend);
                (item.demand, prices, &option.needs, &item.ones, &item.rows)
            })
        };
        let caps = self.hosts[a].caps.cmp(&self.hosts[b].caps);
        caps.then_with(|| places(a).cmp(places(b)))
            .then_with(|| items(a).cmp(items(b)))
    }
}

impl HostRules {
    /// Where a demand has several items, they share its copies.
    fn share_copies(&mut self, merged: &Merged) {
        for run in self.items.chunk_by_mut(|a, b| a.demand == b.demand) {
            if run.len() > 1 {
                let dim = self.caps.len() as DimIx;
                self.caps.push(u64::from(merged.wanted[run[0].demand as usize].copies));
                run.iter_mut().for_each(|item| item.ones.push(dim));
            }
        }
    }

    /// Admits no more than `room` copies of the bound demands, which also count in a row if there is one.
    fn limit(&mut self, bound: &[u32], room: u32, row: Option<u32>) {
        let dim = self.caps.len() as DimIx;
        self.caps.push(u64::from(room));
        for &demand in bound {
            let first = self.items.partition_point(|item| item.demand < demand);
            for item in self.items[first..].iter_mut().take_while(|item| item.demand == demand) {
                item.ones.push(dim);
                item.rows.extend(row);
            }
        }
    }
}
