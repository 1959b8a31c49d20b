//! The problem as the exact solver works on it: like things merged, rules turned into capacities or rows, money in machine integers.
//!
//! Identical demands become one with more copies; identical hosts become one class with a count. A rule that concerns one host alone is
//! one more capacity of that host; a rule across hosts is a row. The model keeps what it takes to translate a plan back.

mod hosts;
mod merge;

use smallvec::SmallVec;

use super::knapsack::Pattern;
use super::problem::{DimIx, HostIx, OptIx, PlaceIx, Problem};
use super::scale::Scale;
use hosts::{HostRules, Rules};
use merge::{Kept, Merged};

/// Identical demands.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) copies: u32,
    pub(crate) weight: u64,
    /// What a copy costs at least on options that the problem does not name, scaled and rounded down.
    pub(crate) elsewhere: Option<i64>,
    /// The problem's demands that are merged here.
    pub(crate) members: Vec<u32>,
}

/// Identical hosts.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) hosts: Vec<HostIx>,
    pub(crate) caps: Vec<u64>,
    /// Its items, as a range of [`Model::items`].
    pub(crate) first: usize,
    pub(crate) end: usize,
    /// Its place under each together rule.
    pub(crate) places: SmallVec<[PlaceIx; 2]>,
}

/// One way to place one copy of a demand on a host of a class.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) class: u32,
    pub(crate) demand: u32,
    pub(crate) needs: SmallVec<[(DimIx, u64); 6]>,
    /// The most copies that one empty host takes.
    pub(crate) max: u32,
    /// Scaled by [`Model::scale`], rounded down.
    pub(crate) cost: i64,
    /// Scaled by [`Model::spend_scale`], rounded down.
    pub(crate) spend: i64,
    /// The room rows it counts in.
    pub(crate) rows: SmallVec<[u32; 2]>,
    /// Where its options start in the list of all.
    options: usize,
}

/// A together rule over merged demands.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// Whether each demand is bound.
    pub(crate) binds: Vec<bool>,
}

/// The whole model.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) classes: Vec<Class>,
    pub(crate) items: Vec<Item>,
    /// The demand of each item again: a list so short is quick to go through.
    pub(crate) demands: Vec<u32>,
    /// The problem's option for each (item, host of its class, member of its demand), items outermost.
    options: Vec<OptIx>,
    /// Right-hand sides of the room rows: at most this many copies of the items that count.
    pub(crate) rooms: Vec<u32>,
    pub(crate) togethers: Vec<Bound>,
    /// The budget, scaled by [`Model::spend_scale`] and rounded down.
    pub(crate) budget: Option<i64>,
    pub(crate) scale: Scale,
    pub(crate) spend_scale: Scale,
}

impl Model {
    /// Merges like demands, and like hosts too if asked, and translates.
    pub(crate) fn new(problem: &Problem, merge_hosts: bool) -> Self {
        let kept = Kept::new(problem);
        let merged = Merged::new(problem, &kept);
        let rules = Rules::new(problem, &merged, &kept);
        let mut model = Model {
            scale: Scale::new(problem, |o| o.cost),
            spend_scale: Scale::new(problem, |o| o.spend),
            budget: None,
            togethers: bind(problem, &merged),
            wanted: Vec::new(),
            classes: Vec::new(),
            items: Vec::new(),
            demands: Vec::new(),
            options: Vec::new(),
            rooms: rules.rooms.clone(),
        };
        model.budget = problem.budget.map(|b| model.spend_scale.down(b));
        model.wanted = merged.wanted;
        for wanted in &mut model.wanted {
            let elsewhere = wanted
                .members
                .iter()
                .filter_map(|&d| problem.demands[d as usize].elsewhere);
            wanted.elsewhere = elsewhere.map(|e| model.scale.down(e.cost)).min();
        }
        for hosts in rules.classes(problem, merge_hosts) {
            model.add_class(problem, &kept, &rules.hosts, &hosts);
        }
        model
    }

    /// The items of a class.
    pub(crate) fn items_of(&self, class: usize) -> &[Item] {
        &self.items[self.classes[class].first..self.classes[class].end]
    }

    /// The problem's options for an item on the host of its class with the given number, one for each member of its demand.
    pub(crate) fn options(&self, item: usize, host: usize) -> &[OptIx] {
        let item = &self.items[item];
        let members = self.wanted[item.demand as usize].members.len();
        &self.options[item.options + host * members..][..members]
    }

    /// What stands on each host, as patterns by class. Options that are not worth considering are passed over.
    pub(crate) fn patterns(&self, chosen: &[(OptIx, u32)]) -> Vec<(usize, Pattern)> {
        let last = chosen.last().map_or(0, |c| c.0 as usize + 1);
        let mut taken = vec![0; last];
        chosen.iter().for_each(|&(option, n)| taken[option as usize] = n);
        let mut patterns = Vec::new();
        for (k, class) in self.classes.iter().enumerate() {
            for host in 0..class.hosts.len() {
                let copies = |item: usize| -> u32 {
                    let options = self.options(item, host).iter();
                    options.filter_map(|&o| taken.get(o as usize)).sum()
                };
                let counts = (0..).zip((class.first..class.end).map(copies));
                let pattern: Pattern = counts.filter(|&(_, n)| n > 0).collect();
                if !pattern.is_empty() {
                    patterns.push((k, pattern));
                }
            }
        }
        patterns
    }

    fn add_class(&mut self, problem: &Problem, kept: &Kept<'_>, rules: &[HostRules], hosts: &[usize]) {
        let (class, first) = (self.classes.len() as u32, self.items.len());
        let lead = &rules[hosts[0]];
        for (i, item) in lead.items.iter().enumerate() {
            let option = &problem.options[item.lead as usize];
            let wanted = &self.wanted[item.demand as usize];
            let mut needs: SmallVec<[(DimIx, u64); 6]> = SmallVec::from_slice(&option.needs);
            needs.extend(item.ones.iter().map(|&dim| (dim, 1)));
            let fit = needs
                .iter()
                .map(|&(dim, n)| lead.caps[dim as usize] / n)
                .min()
                .unwrap_or(u64::MAX);
            let max = fit.min(u64::from(wanted.copies)) as u32;
            if max == 0 {
                continue;
            }
            let options = self.options.len();
            for &h in hosts {
                let way = rules[h].items[i].way as usize;
                self.options
                    .extend(wanted.members.iter().map(|&member| kept.of(member)[way]));
            }
            self.demands.push(item.demand);
            self.items.push(Item {
                class,
                demand: item.demand,
                needs,
                max,
                cost: self.scale.down(option.cost),
                spend: self.spend_scale.down(option.spend),
                rows: item.rows.clone(),
                options,
            });
        }
        if self.items.len() > first {
            self.classes.push(Class {
                hosts: hosts.iter().map(|&h| h as HostIx).collect(),
                caps: lead.caps.clone(),
                first,
                end: self.items.len(),
                places: problem.togethers.iter().map(|t| t.place_of[hosts[0]]).collect(),
            });
        }
    }
}

fn bind(problem: &Problem, merged: &Merged) -> Vec<Bound> {
    let bound = |members: &[u32]| {
        let mut binds = vec![false; merged.wanted.len()];
        for &d in members {
            binds[merged.of[d as usize] as usize] = true;
        }
        Bound { binds }
    };
    problem.togethers.iter().map(|t| bound(&t.demands)).collect()
}
