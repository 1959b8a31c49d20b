//! `spread` and `together`: where the VMs of each group stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ask::folded;
use super::case::Case;
use super::finding::Finding;
use super::placement::Seat;
use crate::fleet::{Fleet, HostIx, PlaceKind};
use crate::place::Standing;
use crate::request::SpreadRule;

/// A place under some kind of rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place {
    /// A place that is stated.
    Of(String),
    /// The one place of all hosts that state none.
    Unstated,
    /// The place of one host that states none.
    Alone(String),
}

/// How a host that states no place is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IfUnstated {
    Shared,
    Apart,
}

fn place(text: Option<&str>, host: &str, kind: PlaceKind, if_unstated: IfUnstated) -> Place {
    match (kind, text, if_unstated) {
        (PlaceKind::Host, ..) => Place::Of(host.to_owned()),
        (_, Some(text), _) => Place::Of(folded(text)),
        (_, None, IfUnstated::Shared) => Place::Unstated,
        (_, None, IfUnstated::Apart) => Place::Alone(host.to_owned()),
    }
}

fn host_place(fleet: &Fleet, at: HostIx, kind: PlaceKind, if_unstated: IfUnstated) -> Place {
    let host = fleet.host(at);
    let stated = match kind {
        PlaceKind::Host => None,
        PlaceKind::Location => host.place.location.or(host.place.location_id),
        PlaceKind::Organization => host.place.organization.or(host.place.organization_name),
        PlaceKind::Country => host.place.country,
    };
    place(
        stated.map(|name| fleet.names().text(name)),
        host.id.as_str(),
        kind,
        if_unstated,
    )
}

fn standing_place(standing: &Standing, kind: PlaceKind, if_unstated: IfUnstated) -> Place {
    let stated = match kind {
        PlaceKind::Host => None,
        PlaceKind::Location => standing.location.as_deref(),
        PlaceKind::Organization => standing.organization.as_deref(),
        PlaceKind::Country => standing.country.as_deref(),
    };
    place(stated, standing.host_id.as_str(), kind, if_unstated)
}

/// How many VMs of a group are in one place.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// Placed by the plan.
    placed: u64,
    /// Placed or standing.
    all: u64,
}

/// One group that some rule binds.
#[derive(Default)]
struct Group<'a> {
    name: &'a str,
    spreads: BTreeMap<SpreadRule, HashMap<Place, Count>>,
    togethers: BTreeMap<PlaceKind, HashMap<Place, Count>>,
    total: Count,
}

/// All groups, with their rules and where they stand.
pub(super) struct Groups<'a> {
    fleet: &'a Fleet,
    groups: Vec<Group<'a>>,
    /// By VM of the request.
    group_of: Vec<Option<usize>>,
}

impl<'a> Groups<'a> {
    pub fn of(case: &Case<'a>, seats: &[Seat<'_>]) -> Groups<'a> {
        let mut groups = Groups {
            fleet: case.fleet,
            groups: Vec::new(),
            group_of: Vec::new(),
        };
        groups.collect_rules(case);
        for seat in seats {
            groups.add(seat.vm, seat.host);
        }
        for standing in case.standing {
            if let Some(vm) = case.position(&standing.vm) {
                let places = |kind, if_unstated| standing_place(standing, kind, if_unstated);
                groups.count(vm, 0, places);
            }
        }
        groups
    }

    /// Every rule that a member states binds the whole group.
    fn collect_rules(&mut self, case: &Case<'a>) {
        let vms = case.request.vms();
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        for vm in vms.iter().filter(|vm| vm.spread.is_some() || vm.together.is_some()) {
            let next = self.groups.len();
            let index = *at.entry(vm.group()).or_insert(next);
            if index == next {
                self.groups.push(Group {
                    name: vm.group(),
                    ..Group::default()
                });
            }
            let Some(group) = self.groups.get_mut(index) else {
                continue;
            };
            group.spreads.extend(vm.spread.map(|rule| (rule, HashMap::new())));
            group.togethers.extend(vm.together.map(|kind| (kind, HashMap::new())));
        }
        self.group_of = vms.iter().map(|vm| at.get(vm.group()).copied()).collect();
    }

    /// Counts one placed VM more.
    pub fn add(&mut self, vm: usize, host: HostIx) {
        let fleet = self.fleet;
        self.count(vm, 1, |kind, if_unstated| host_place(fleet, host, kind, if_unstated));
    }

    fn count(&mut self, vm: usize, placed: u64, place_of: impl Fn(PlaceKind, IfUnstated) -> Place) {
        let Some(group) = self
            .group_of
            .get(vm)
            .copied()
            .flatten()
            .and_then(|g| self.groups.get_mut(g))
        else {
            return;
        };
        let add = |count: &mut Count| {
            count.placed += placed;
            count.all += 1;
        };
        for (rule, counts) in &mut group.spreads {
            add(counts.entry(place_of(rule.by, IfUnstated::Shared)).or_default());
        }
        for (kind, counts) in &mut group.togethers {
            add(counts.entry(place_of(*kind, IfUnstated::Apart)).or_default());
        }
        add(&mut group.total);
    }

    /// Notes every rule that the plan breaks. What standing VMs break among themselves is not the plan's doing.
    pub fn check(&self, findings: &mut Vec<Finding>) {
        for group in &self.groups {
            for (rule, counts) in &group.spreads {
                let full: BTreeSet<_> = counts
                    .iter()
                    .filter(|(_, count)| count.placed > 0 && count.all > u64::from(rule.max.get()))
                    .map(|(place, count)| (place, count.all))
                    .collect();
                findings.extend(full.into_iter().map(|(place, found)| Finding::Spread {
                    group: group.name.to_owned(),
                    rule: *rule,
                    place: place.shown(),
                    found,
                }));
            }
            for (kind, counts) in &group.togethers {
                if group.total.placed > 0 && counts.len() > 1 {
                    let places: BTreeSet<&Place> = counts.keys().collect();
                    findings.push(Finding::NotTogether {
                        group: group.name.to_owned(),
                        kind: *kind,
                        places: places.into_iter().map(Place::shown).collect(),
                    });
                }
            }
        }
    }

    /// Whether the rules admit one VM more on a host, had the VM `leaving`, of the same entry, left its place.
    pub fn admit(&self, vm: usize, host: HostIx, leaving: Option<&Seat<'_>>) -> bool {
        let Some(group) = self
            .group_of
            .get(vm)
            .copied()
            .flatten()
            .and_then(|g| self.groups.get(g))
        else {
            return true;
        };
        let here_without_leaving = |counts: &HashMap<Place, Count>, kind: PlaceKind, if_unstated: IfUnstated| {
            let here = host_place(self.fleet, host, kind, if_unstated);
            let left = leaving.is_some_and(|seat| host_place(self.fleet, seat.host, kind, if_unstated) == here);
            counts
                .get(&here)
                .map_or(0, |count| count.all)
                .saturating_sub(u64::from(left))
        };
        let others = group.total.all.saturating_sub(u64::from(leaving.is_some()));
        group
            .spreads
            .iter()
            .all(|(rule, counts)| here_without_leaving(counts, rule.by, IfUnstated::Shared) < u64::from(rule.max.get()))
            && group
                .togethers
                .iter()
                .all(|(kind, counts)| here_without_leaving(counts, *kind, IfUnstated::Apart) == others)
    }
}

impl Place {
    fn shown(&self) -> String {
        match self {
            Place::Of(name) => name.escape_debug().to_string(),
            Place::Unstated => "hosts that state none".to_owned(),
            Place::Alone(host) => format!("host {}, which states none", host.escape_debug()),
        }
    }
}
