//! From fleet and request to the solver's [`Problem`], and back from its choice.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use smallvec::SmallVec;

use super::assemble::Chosen;
use super::likely::Likely;
use super::standing::Standing;
use crate::candidate::{Candidate, Rejections, by_host, rank};
use crate::fit::Matcher;
use crate::fleet::{Fleet, HostIx, PlaceKind};
use crate::names::fold;
use crate::ports::Port;
use crate::request::{Request, SpreadRule, Vm};
use crate::solve::Solution;
use crate::solve::problem::{Cost, Demand, DemandIx, DimIx, Opt, OptIx, PlaceIx, Problem, Spread, Together};

/// So many VMs are judged together at most: the ways of all of them are kept until the last host.
const MOST_AT_ONCE: usize = 16;

/// A problem, and what its indices mean.
pub struct Compiled {
    /// What the solver sees.
    pub problem: Problem,
    /// For each VM of the request, why hosts were excluded.
    pub rejections: Vec<Rejections>,
    /// The candidate behind each option.
    candidates: Vec<Candidate>,
    /// The replicas of each demand that do not stand yet, ascending.
    missing: Vec<Vec<u32>>,
    /// How many options there are, those that the problem does not name included.
    pub(super) options_in_all: usize,
}

/// Judges all hosts for all VMs and states the problem, with every option named.
pub fn compile(fleet: &Fleet, request: &Request, standing: &[Standing]) -> Compiled {
    state(fleet, request, standing, None)
}

/// The same, but where there are very many options, only the [`likely`](super::likely) ones are named.
pub(super) fn compile_likely(fleet: &Fleet, request: &Request, standing: &[Standing]) -> Compiled {
    state(fleet, request, standing, Some(Likely::new(fleet, request)))
}

pub(super) fn state(fleet: &Fleet, request: &Request, standing: &[Standing], likely: Option<Likely>) -> Compiled {
    let matchers: Vec<Matcher<'_>> = request
        .vms()
        .iter()
        .map(|vm| Matcher::new(fleet, request, vm))
        .collect();
    let missing: Vec<Vec<u32>> = request.vms().iter().map(|vm| missing_replicas(vm, standing)).collect();
    let groups = Groups::new(fleet, request, standing);
    let keep = |(demand, (mut ways, rejections)): (usize, (Vec<Candidate>, Rejections))| {
        groups.retain_admitted(demand, &mut ways);
        let all = ways.len();
        let elsewhere = likely.and_then(|likely| likely.keep(&mut ways, missing[demand].len()));
        // Options are ordered by host; among those of one host the ranking decides.
        ways.sort_by(|a, b| a.host.cmp(&b.host).then_with(|| rank(fleet, a, b)));
        (ways, rejections, elsewhere, all)
    };
    let several = (matchers.len() / rayon::current_num_threads() / 4).clamp(1, MOST_AT_ONCE);
    let judge = |(first, matchers): (usize, &[Matcher<'_>])| -> Vec<_> {
        let judged = by_host(fleet, matchers);
        (first * several..).zip(judged).map(keep).collect()
    };
    let judged: Vec<_> = matchers.par_chunks(several).enumerate().flat_map_iter(judge).collect();
    let mut dims = Dims::new(fleet);
    let mut demands = demands(request, &missing);
    let named = judged.iter().map(|(ways, ..)| ways.len()).sum();
    let (mut options, mut behind) = (Vec::with_capacity(named), Vec::with_capacity(named));
    let (mut rejections, mut all) = (Vec::new(), 0);
    for (demand, ((ways, why, elsewhere, of_demand), matcher)) in judged.into_iter().zip(&matchers).enumerate() {
        for way in ways {
            options.push(dims.option(demand as DemandIx, matcher, &way));
            behind.push(way);
        }
        rejections.push(why);
        demands[demand].elsewhere = elsewhere;
        all += of_demand;
    }
    let hosts: Vec<HostIx> = (0..fleet.hosts().len() as u32).map(HostIx).collect();
    let problem = Problem {
        demands,
        spreads: groups.spreads(&hosts),
        togethers: groups.togethers(&hosts),
        hosts: dims.capacity,
        options,
        budget: request.budget_per_hr.map(|budget| {
            let spent: Cost = standing.iter().map(|s| s.cost_per_hr.nanos()).sum();
            budget.nanos() - spent
        }),
        partial: request.partial,
    };
    Compiled {
        problem,
        rejections,
        candidates: behind,
        missing,
        options_in_all: all,
    }
}

impl Compiled {
    /// The candidate behind an option of the problem.
    pub fn candidate(&self, option: OptIx) -> &Candidate {
        &self.candidates[option as usize]
    }

    /// The options of a demand on a host.
    pub(crate) fn options_on(&self, demand: DemandIx, host: HostIx) -> impl Iterator<Item = OptIx> {
        let (options, here) = (&self.problem.options, (demand, host.0));
        let first = options.partition_point(|o| (o.demand, o.host) < here);
        let same = options[first..].iter().take_while(move |o| (o.demand, o.host) == here);
        (first as OptIx..).zip(same).map(|(at, _)| at)
    }

    /// A choice of options as a choice of those of another statement of the same problem.
    pub(super) fn carried_to(&self, other: &Compiled, chosen: &[(OptIx, u32)]) -> Vec<(OptIx, u32)> {
        let carry = |&(option, copies): &(OptIx, u32)| {
            let (demand, candidate) = (self.problem.options[option as usize].demand, self.candidate(option));
            let mut there = other.options_on(demand, candidate.host);
            Some((there.find(|&at| other.candidate(at) == candidate)?, copies))
        };
        chosen.iter().filter_map(carry).collect()
    }

    /// Which replica goes where. Replicas are numbered in the order of hosts, so that the same choice always gives the same plan.
    pub(super) fn chosen(&self, fleet: &Fleet, solution: &Solution) -> Vec<Chosen> {
        let mut by_demand: BTreeMap<DemandIx, Vec<Candidate>> = BTreeMap::new();
        for (option, copies) in &solution.chosen {
            let (opt, candidate) = (
                &self.problem.options[*option as usize],
                self.candidates[*option as usize],
            );
            by_demand
                .entry(opt.demand)
                .or_default()
                .extend(std::iter::repeat_n(candidate, *copies as usize));
        }
        let mut chosen = Vec::new();
        for (demand, mut found) in by_demand {
            found.sort_by(|a, b| rank(fleet, a, b));
            let replicas = self.missing[demand as usize].iter();
            chosen.extend(found.into_iter().zip(replicas).map(|(candidate, replica)| Chosen {
                vm: demand as usize,
                replica: *replica,
                candidate,
            }));
        }
        chosen
    }
}

/// The replicas of a VM that do not stand yet.
pub(super) fn missing_replicas(vm: &Vm, standing: &[Standing]) -> Vec<u32> {
    let there: BTreeSet<u32> = standing.iter().filter(|s| s.vm == vm.name).map(|s| s.replica).collect();
    (0..vm.replicas.get())
        .filter(|replica| !there.contains(replica))
        .collect()
}

fn demands(request: &Request, missing: &[Vec<u32>]) -> Vec<Demand> {
    let demand = |(vm, missing): (&Vm, &Vec<u32>)| Demand::of(missing.len() as u32, vm.weight.get());
    request.vms().iter().zip(missing).map(demand).collect()
}

/// What a dimension of a host stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dim {
    Vcpu,
    Ram,
    Storage,
    Ports,
    PublicIp,
    Gpu(usize),
    Port(Port),
}

/// Numbers the resources of each host as options come to need them. Hosts keep the fleet's numbers.
struct Dims<'a> {
    fleet: &'a Fleet,
    dims: Vec<Vec<Dim>>,
    capacity: Vec<Vec<u64>>,
}

impl<'a> Dims<'a> {
    fn new(fleet: &'a Fleet) -> Dims<'a> {
        let hosts = fleet.hosts().len();
        Dims {
            fleet,
            dims: vec![Vec::new(); hosts],
            capacity: vec![Vec::new(); hosts],
        }
    }

    fn option(&mut self, demand: DemandIx, matcher: &Matcher<'_>, candidate: &Candidate) -> Opt {
        let way = &candidate.way;
        let mut needs: SmallVec<[(DimIx, u64); 6]> = SmallVec::new();
        let mut need = |dim, amount| {
            if amount > 0 {
                needs.push((self.dim(candidate.host, dim), amount));
            }
        };
        need(Dim::Gpu(way.offer), u64::from(way.count));
        need(Dim::Vcpu, way.sizes.vcpu);
        need(Dim::Ram, way.sizes.ram_gb);
        need(Dim::Storage, way.sizes.storage_gb);
        need(Dim::Ports, matcher.ports().len() as u64);
        need(Dim::PublicIp, u64::from(matcher.vm().public_ip));
        for port in matcher.ports().iter().filter_map(|p| p.external) {
            need(Dim::Port(port), 1);
        }
        needs.sort_unstable();
        Opt {
            demand,
            host: candidate.host.0,
            needs,
            cost: way.effective.nanos(),
            spend: way.cost.total.nanos(),
        }
    }

    fn dim(&mut self, host: HostIx, dim: Dim) -> DimIx {
        let at = host.0 as usize;
        let known = self.dims[at].iter().position(|d| *d == dim);
        let ix = known.unwrap_or_else(|| {
            let room = self.room(host, dim);
            self.dims[at].push(dim);
            self.capacity[at].push(room);
            self.dims[at].len() - 1
        });
        ix as DimIx
    }

    fn room(&self, at: HostIx, dim: Dim) -> u64 {
        let host = self.fleet.host(at);
        match dim {
            Dim::Vcpu => host.free.vcpu,
            Dim::Ram => host.free.ram_gb,
            Dim::Storage => host.free.storage_gb,
            // Unknown ports are only let pass where they count as sufficient.
            Dim::Ports => host.ports.as_ref().map_or(u64::from(u16::MAX), |p| p.len() as u64),
            Dim::PublicIp => u64::from(host.public_ip),
            Dim::Gpu(offer) => host.offers.get(offer).and_then(|o| o.stock).map_or(0, |s| s.free),
            Dim::Port(port) => u64::from(host.ports.as_ref().is_none_or(|p| p.contains(port))),
        }
    }
}

/// The rules of all groups, and how far standing VMs have used them up.
struct Groups<'a> {
    fleet: &'a Fleet,
    groups: BTreeMap<&'a str, Group<'a>>,
}

#[derive(Default)]
struct Group<'a> {
    members: Vec<usize>,
    spreads: BTreeSet<SpreadRule>,
    togethers: BTreeSet<PlaceKind>,
    standing: Vec<&'a Standing>,
}

/// A place under a rule, comparable between hosts and standing VMs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum PlaceKey {
    Text(String),
    Unstated,
    UnstatedOf(String),
}

impl<'a> Groups<'a> {
    fn new(fleet: &'a Fleet, request: &'a Request, standing: &'a [Standing]) -> Groups<'a> {
        let mut groups: BTreeMap<&str, Group<'a>> = BTreeMap::new();
        for (at, vm) in request.vms().iter().enumerate() {
            let group = groups.entry(vm.group()).or_default();
            group.members.push(at);
            group.spreads.extend(vm.spread);
            group.togethers.extend(vm.together);
            group.standing.extend(standing.iter().filter(|s| s.vm == vm.name));
        }
        groups.retain(|_, g| !g.spreads.is_empty() || !g.togethers.is_empty());
        Groups { fleet, groups }
    }

    fn place(&self, host: HostIx, kind: PlaceKind, each_unstated: bool) -> PlaceKey {
        let host = self.fleet.host(host);
        let name = match kind {
            PlaceKind::Host => return PlaceKey::Text(host.id.as_str().to_owned()),
            PlaceKind::Location => host.place.location.or(host.place.location_id),
            PlaceKind::Organization => host.place.organization.or(host.place.organization_name),
            PlaceKind::Country => host.place.country,
        };
        match name {
            Some(name) => PlaceKey::Text(fold(self.fleet.names().text(name))),
            None if each_unstated => PlaceKey::UnstatedOf(host.id.as_str().to_owned()),
            None => PlaceKey::Unstated,
        }
    }

    /// Keeps the ways of a demand that lead where its groups stand.
    fn retain_admitted(&self, demand: usize, ways: &mut Vec<Candidate>) {
        let bound = |group: &&Group<'_>| !group.standing.is_empty() && group.members.contains(&demand);
        for group in self.groups.values().filter(bound) {
            for kind in &group.togethers {
                ways.retain(|way| {
                    let here = self.place(way.host, *kind, true);
                    group.standing.iter().all(|s| standing_place(s, *kind, true) == here)
                });
            }
        }
    }

    fn spreads(&self, hosts: &[HostIx]) -> Vec<Spread> {
        let (mut rules, mut places) = (Vec::new(), Places::default());
        for group in self.groups.values() {
            for rule in &group.spreads {
                let (place_of, keys) = places.of(self, hosts, rule.by, false);
                let mut room = vec![rule.max.get(); keys.len()];
                for standing in &group.standing {
                    if let Some(place) = keys.get(&standing_place(standing, rule.by, false)) {
                        let left = &mut room[*place as usize];
                        *left = left.saturating_sub(1);
                    }
                }
                rules.push(Spread {
                    demands: demand_list(group),
                    place_of: place_of.clone(),
                    room,
                });
            }
        }
        rules
    }

    fn togethers(&self, hosts: &[HostIx]) -> Vec<Together> {
        let (mut rules, mut places) = (Vec::new(), Places::default());
        for group in self.groups.values() {
            for kind in &group.togethers {
                rules.push(Together {
                    demands: demand_list(group),
                    place_of: places.of(self, hosts, *kind, true).0.clone(),
                });
            }
        }
        rules
    }

    fn number_places(&self, hosts: &[HostIx], kind: PlaceKind, each: bool) -> Numbered {
        let mut keys: HashMap<PlaceKey, PlaceIx> = HashMap::new();
        let mut number = |host: &HostIx| {
            let next = keys.len() as PlaceIx;
            *keys.entry(self.place(*host, kind, each)).or_insert(next)
        };
        let place_of = hosts.iter().map(&mut number).collect();
        (place_of, keys)
    }
}

/// The place of each host, and the number of each place.
type Numbered = (Vec<PlaceIx>, HashMap<PlaceKey, PlaceIx>);

/// Places that are numbered already, by kind: many groups have the same rules.
#[derive(Default)]
struct Places(BTreeMap<PlaceKind, Numbered>);

impl Places {
    fn of(&mut self, groups: &Groups<'_>, hosts: &[HostIx], kind: PlaceKind, each: bool) -> &Numbered {
        let number = || groups.number_places(hosts, kind, each);
        self.0.entry(kind).or_insert_with(number)
    }
}

fn demand_list(group: &Group<'_>) -> Vec<DemandIx> {
    group.members.iter().map(|at| *at as DemandIx).collect()
}

fn standing_place(standing: &Standing, kind: PlaceKind, each_unstated: bool) -> PlaceKey {
    match standing.place(kind) {
        Some(text) if kind == PlaceKind::Host => PlaceKey::Text(text.to_owned()),
        Some(text) => PlaceKey::Text(fold(text)),
        None if each_unstated => PlaceKey::UnstatedOf(standing.host_id.as_str().to_owned()),
        None => PlaceKey::Unstated,
    }
}
