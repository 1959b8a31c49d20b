//! The problem as the exact solver works on it: like things merged, rules turned into capacities or rows, money in machine integers.
//!
//! Identical demands become one with more copies; identical hosts become one class with a count. A rule that concerns one host alone is
//! one more capacity of that host; a rule across hosts is a row. The model keeps what it takes to translate a plan back.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::problem::{Cost, DimIx, HostIx, Opt, OptIx, PlaceIx, Problem};
use super::scale::Scale;

/// Identical demands.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) copies: u32,
    pub(crate) weight: u64,
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
    /// The problem's option for each (host of the class, member of the demand), hosts outermost.
    pub(crate) options: Vec<OptIx>,
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
        let options = undominated(problem);
        let merged = merge_demands(problem, &options);
        let (rooms, rules) = Rules::gather(problem, &merged, &options);
        let mut model = Model {
            scale: Scale::new(problem, |o| o.cost),
            spend_scale: Scale::new(problem, |o| o.spend),
            budget: None,
            togethers: bind(problem, &merged),
            wanted: merged.wanted,
            classes: Vec::new(),
            items: Vec::new(),
            rooms,
        };
        model.budget = problem.budget.map(|b| model.spend_scale.down(b));
        model.add_hosts(problem, &rules, merge_hosts);
        model
    }

    /// The items of a class.
    pub(crate) fn items_of(&self, class: usize) -> &[Item] {
        &self.items[self.classes[class].first..self.classes[class].end]
    }

    fn add_hosts(&mut self, problem: &Problem, rules: &[HostRules], merge: bool) {
        let mut classes: BTreeMap<(HostKey<'_>, usize), Vec<usize>> = BTreeMap::new();
        for (h, rule) in rules.iter().enumerate() {
            if !rule.items.is_empty() {
                let alone = if merge { 0 } else { h };
                classes.entry((host_key(problem, h, rule), alone)).or_default().push(h);
            }
        }
        let mut ordered: Vec<Vec<usize>> = classes.into_values().collect();
        ordered.sort_unstable();
        for hosts in ordered {
            self.add_class(problem, rules, &hosts);
        }
    }

    fn add_class(&mut self, problem: &Problem, rules: &[HostRules], hosts: &[usize]) {
        let (class, first) = (self.classes.len() as u32, self.items.len());
        let lead = &rules[hosts[0]];
        for (i, item) in lead.items.iter().enumerate() {
            let option = &problem.options[item.options[0] as usize];
            let fit = item
                .needs
                .iter()
                .map(|&(dim, n)| lead.caps[dim as usize] / n)
                .min()
                .unwrap_or(u64::MAX);
            let max = fit.min(u64::from(self.wanted[item.demand as usize].copies)) as u32;
            if max > 0 {
                self.items.push(Item {
                    class,
                    demand: item.demand,
                    needs: item.needs.clone(),
                    max,
                    cost: self.scale.down(option.cost),
                    spend: self.spend_scale.down(option.spend),
                    rows: item.rows.clone(),
                    options: hosts
                        .iter()
                        .flat_map(|&h| rules[h].items[i].options.iter().copied())
                        .collect(),
                });
            }
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

/// What makes two hosts the same: capacities, items and places.
type HostKey<'a> = (
    &'a [u64],
    Vec<(u32, &'a [(DimIx, u64)], Cost, Cost, &'a [u32])>,
    Vec<PlaceIx>,
);

fn host_key<'a>(problem: &Problem, host: usize, rule: &'a HostRules) -> HostKey<'a> {
    let items = rule.items.iter().map(|item| {
        let option = &problem.options[item.options[0] as usize];
        (item.demand, &item.needs[..], option.cost, option.spend, &item.rows[..])
    });
    (
        &rule.caps,
        items.collect(),
        problem.togethers.iter().map(|t| t.place_of[host]).collect(),
    )
}

/// Options that no other option of the same demand on the same host beats in every need and price.
fn undominated(problem: &Problem) -> Vec<OptIx> {
    let mut kept: Vec<OptIx> = Vec::with_capacity(problem.options.len());
    let same = |a: &Opt, b: &Opt| (a.demand, a.host) == (b.demand, b.host);
    let mut start = 0;
    for run in problem.options.chunk_by(same) {
        for (i, option) in run.iter().enumerate() {
            let beaten = run
                .iter()
                .enumerate()
                .any(|(j, other)| j != i && beats(other, option, j < i));
            if !beaten {
                kept.push((start + i) as OptIx);
            }
        }
        start += run.len();
    }
    kept
}

/// Whether `a` is at least as good as `b` in everything; of two equals only the earlier beats the other.
fn beats(a: &Opt, b: &Opt, earlier: bool) -> bool {
    let need = |dim| b.needs.iter().find(|&&(d, _)| d == dim).map_or(0, |&(_, n)| n);
    let no_more = a.cost <= b.cost && a.spend <= b.spend && a.needs.iter().all(|&(dim, n)| n <= need(dim));
    let equal = a.cost == b.cost && a.spend == b.spend && a.needs == b.needs;
    no_more && (earlier || !equal)
}

/// Demands merged, and for each of the problem's demands where it went.
struct Merged {
    wanted: Vec<Wanted>,
    of: Vec<u32>,
}

fn merge_demands(problem: &Problem, options: &[OptIx]) -> Merged {
    type Way<'a> = (HostIx, &'a [(DimIx, u64)], Cost, Cost);
    let mut ways: Vec<Vec<Way<'_>>> = vec![Vec::new(); problem.demands.len()];
    for &o in options {
        let option = &problem.options[o as usize];
        ways[option.demand as usize].push((option.host, &option.needs, option.cost, option.spend));
    }
    let mut groups: BTreeMap<(u64, Vec<bool>, Vec<Way<'_>>), u32> = BTreeMap::new();
    let mut merged = Merged {
        wanted: Vec::new(),
        of: Vec::new(),
    };
    for (d, (demand, ways)) in problem.demands.iter().zip(ways).enumerate() {
        let fresh = merged.wanted.len() as u32;
        let group = *groups
            .entry((demand.weight, memberships(problem, d as u32), ways))
            .or_insert(fresh);
        if group == fresh {
            merged.wanted.push(Wanted {
                copies: 0,
                weight: demand.weight,
                members: Vec::new(),
            });
        }
        let wanted = &mut merged.wanted[group as usize];
        wanted.copies = wanted.copies.saturating_add(demand.copies);
        wanted.members.push(d as u32);
        merged.of.push(group);
    }
    merged
}

/// The rules that a demand is under.
fn memberships(problem: &Problem, demand: u32) -> Vec<bool> {
    let spreads = problem.spreads.iter().map(|rule| &rule.demands);
    let togethers = problem.togethers.iter().map(|rule| &rule.demands);
    spreads
        .chain(togethers)
        .map(|members| members.binary_search(&demand).is_ok())
        .collect()
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

/// A host with its rules turned into capacities.
struct HostRules {
    caps: Vec<u64>,
    items: Vec<RawItem>,
}

struct RawItem {
    demand: u32,
    needs: SmallVec<[(DimIx, u64); 6]>,
    rows: SmallVec<[u32; 2]>,
    options: Vec<OptIx>,
}

struct Rules;

impl Rules {
    fn gather(problem: &Problem, merged: &Merged, options: &[OptIx]) -> (Vec<u32>, Vec<HostRules>) {
        let mut hosts: Vec<HostRules> = problem
            .hosts
            .iter()
            .map(|caps| HostRules {
                caps: caps.clone(),
                items: Vec::new(),
            })
            .collect();
        for &o in options {
            let option = &problem.options[o as usize];
            add_item(&mut hosts[option.host as usize], merged, o, option);
        }
        for host in &mut hosts {
            host.items.sort_by_key(|item| item.demand);
            limit_copies(host, merged);
        }
        let rooms = limit_places(problem, merged, &mut hosts);
        (rooms, hosts)
    }
}

/// Adds an option; those of merged demands share one item. The members come in the same order on every host, because the problem's
/// options are sorted by demand.
fn add_item(host: &mut HostRules, merged: &Merged, o: OptIx, option: &Opt) {
    let demand = merged.of[option.demand as usize];
    let lead = merged.wanted[demand as usize].members[0];
    if option.demand == lead {
        host.items.push(RawItem {
            demand,
            needs: option.needs.clone(),
            rows: SmallVec::new(),
            options: vec![o],
        });
    } else {
        let members = merged.wanted[demand as usize]
            .members
            .iter()
            .position(|&d| d == option.demand)
            .unwrap_or(0);
        let mine = host
            .items
            .iter_mut()
            .filter(|item| item.demand == demand && item.options.len() == members);
        if let Some(item) = mine.into_iter().next() {
            item.options.push(o);
        }
    }
}

/// Where a demand has several items on a host, they share its copies.
fn limit_copies(host: &mut HostRules, merged: &Merged) {
    let HostRules { caps, items } = host;
    for run in items.chunk_by_mut(|a, b| a.demand == b.demand) {
        if run.len() > 1 {
            let dim = caps.len() as DimIx;
            caps.push(u64::from(merged.wanted[run[0].demand as usize].copies));
            run.iter_mut().for_each(|item| item.needs.push((dim, 1)));
        }
    }
}

/// Turns spread rules into capacities of hosts, and into rows where a place has several hosts.
fn limit_places(problem: &Problem, merged: &Merged, hosts: &mut [HostRules]) -> Vec<u32> {
    let mut rooms = Vec::new();
    for rule in &problem.spreads {
        let mut binds = vec![false; merged.wanted.len()];
        rule.demands
            .iter()
            .for_each(|&d| binds[merged.of[d as usize] as usize] = true);
        let copies: u64 = merged
            .wanted
            .iter()
            .zip(&binds)
            .filter(|&(_, &b)| b)
            .map(|(w, _)| u64::from(w.copies))
            .sum();
        let mut in_place: BTreeMap<PlaceIx, Vec<usize>> = BTreeMap::new();
        for (h, host) in hosts.iter().enumerate() {
            if host.items.iter().any(|item| binds[item.demand as usize]) {
                in_place.entry(rule.place_of[h]).or_default().push(h);
            }
        }
        for (place, members) in in_place {
            let room = rule.room[place as usize];
            if u64::from(room) < copies {
                let row = (members.len() > 1).then_some(rooms.len() as u32);
                rooms.extend(row.map(|_| room));
                members
                    .iter()
                    .for_each(|&h| limit_host(&mut hosts[h], &binds, room, row));
            }
        }
    }
    rooms
}

fn limit_host(host: &mut HostRules, binds: &[bool], room: u32, row: Option<u32>) {
    let dim = host.caps.len() as DimIx;
    host.caps.push(u64::from(room));
    for item in host.items.iter_mut().filter(|item| binds[item.demand as usize]) {
        item.needs.push((dim, 1));
        item.rows.extend(row);
    }
}
