//! Relaxing lists: names to add to what is wanted, to take from what is shunned, ports to do without.

use std::collections::BTreeSet;

use super::change::Enough;
use super::field::{Field, Key};
use super::needed::needed;
use super::probe::{Outcome, Probe, lone};
use super::value::Value;
use crate::candidate::{Candidate, candidates, model_name};
use crate::fit::Matcher;
use crate::fleet::{Fleet, Host, HostId};
use crate::gpu::GpuPattern;
use crate::names::{Name, fold};
use crate::ports::PortAsk;
use crate::request::Request;

/// Single names tried for a list before the names of one good plan are thinned out instead.
const NAMES_TRIED: usize = 64;
/// Names that would do for a fleet of which the cheapest is looked for.
const NAMES_COMPARED: usize = 4;
/// Sets of names tried to see whether fewer will do than a set from which none can be spared.
const SETS_TRIED: usize = 64;

/// Whether a key holds a list of names.
pub(super) fn is_list(field: Field) -> bool {
    is_shunned(field)
        || matches!(
            field,
            Field::Gpu | Field::Countries | Field::Locations | Field::Organizations | Field::Hosts
        )
}

fn is_shunned(field: Field) -> bool {
    matches!(field, Field::ExcludeCountries | Field::ExcludeHosts)
}

/// The least change of a list that is enough: one name if one will do, else as few names as can be; no list at all
/// where hosts have no name to be listed by.
pub(super) fn least(
    probe: &Probe<'_>,
    request: &Request,
    key: Key,
    free: Option<&Outcome>,
    enough: &mut Enough<'_>,
) -> Option<Value> {
    let List { before, wanted, all } = List::new(probe.fleet, request, key, free)?;
    let value = |names: &[String]| Value::Texts(changed(&before, names, key.field));
    let mut suits = |names: &[String]| enough(&value(names).put(request, key));
    if let [name] = &wanted[..]
        && suits(std::slice::from_ref(name))
    {
        return Some(value(&wanted));
    }
    let mut singles = all
        .iter()
        .take(NAMES_TRIED)
        .filter(|name| suits(std::slice::from_ref(*name)));
    // The names come cheapest first; that settles it for a VM alone.
    let singles: Vec<&String> = if lone(request).is_some() {
        singles.next().into_iter().collect()
    } else {
        singles.take(NAMES_COMPARED).collect()
    };
    if let Some(name) = cheapest(probe, &singles, |name| {
        value(std::slice::from_ref(name)).put(request, key)
    }) {
        return Some(value(&[name]));
    }
    // Where the good plan goes by hosts that have no name, all other names may do as well.
    let start = [wanted, all.clone()]
        .into_iter()
        .find(|names| names.len() > 1 && suits(names));
    let few = start.and_then(|names| needed(names, &mut |fewer| Some(suits(fewer))));
    if let Some(few) = few {
        return Some(value(&fewer(&all, few, &mut suits)));
    }
    enough(&Value::Nothing.put(request, key)).then_some(Value::Nothing)
}

/// Fewer names than these if any other will do, as far as sets of them are tried.
fn fewer(all: &[String], few: Vec<String>, suits: &mut dyn FnMut(&[String]) -> bool) -> Vec<String> {
    let mut tried = (2..few.len()).flat_map(|size| sets(all, size)).take(SETS_TRIED);
    tried.find(|names| suits(names)).unwrap_or(few)
}

/// The sets of so many names, the first names first.
fn sets(names: &[String], size: usize) -> Box<dyn Iterator<Item = Vec<String>> + '_> {
    if size == 0 {
        return Box::new(std::iter::once(Vec::new()));
    }
    Box::new((0..names.len()).flat_map(move |first| {
        let rest = sets(&names[first + 1..], size - 1);
        rest.map(move |rest| [&names[first..=first], &rest].concat())
    }))
}

fn cheapest(probe: &Probe<'_>, names: &[&String], request: impl Fn(&String) -> Request) -> Option<String> {
    if let [only] = names {
        return Some((*only).clone());
    }
    let costs = names
        .iter()
        .filter_map(|name| Some((probe.best(&request(name))?.effective, *name)));
    costs
        .min_by_key(|(effective, _)| *effective)
        .map(|(_, name)| name.clone())
}

/// A wanted list with names added, or a shunned list with names taken away.
fn changed(before: &[String], names: &[String], field: Field) -> Vec<String> {
    let folded: BTreeSet<String> = names.iter().map(|name| fold(name)).collect();
    let listed = before.iter().cloned();
    if is_shunned(field) {
        listed.filter(|name| !folded.contains(&fold(name))).collect()
    } else {
        listed.chain(names.iter().cloned()).collect()
    }
}

/// A list, and what could be changed about it.
struct List {
    before: Vec<String>,
    /// The names that a good plan without the list goes by.
    wanted: Vec<String>,
    /// All names that could make a difference, cheapest host first.
    all: Vec<String>,
}

impl List {
    fn new(fleet: &Fleet, request: &Request, key: Key, free: Option<&Outcome>) -> Option<List> {
        let vm = request.vms().get(key.vm?)?;
        let before = Value::of(request, key).texts().to_vec();
        let listed: BTreeSet<String> = before.iter().map(|name| fold(name)).collect();
        let telling = |name: &String| match key.field {
            Field::Gpu => !name.is_empty() && !vm.gpu.iter().any(|pattern| answers(pattern, name)),
            field => listed.contains(&fold(name)) == is_shunned(field),
        };
        let mine = free
            .iter()
            .flat_map(|free| &free.spots)
            .filter(|spot| spot.vm == vm.name);
        let used = mine.filter_map(|spot| match key.field {
            Field::Gpu => Some(spot.gpu.trim().to_owned()),
            field => name_of(fleet, field, fleet.host(fleet.find(&spot.host_id)?)),
        });
        let used: BTreeSet<String> = used.filter(|name| telling(name)).collect();
        Some(List {
            before,
            wanted: used.into_iter().collect(),
            all: distinct(open_names(fleet, request, key).into_iter().filter(telling)),
        })
    }
}

/// The names of all hosts that the VM fits without the list, cheapest first.
fn open_names(fleet: &Fleet, request: &Request, key: Key) -> Vec<String> {
    let open = Value::Nothing.put(request, key);
    let Some(vm) = key.vm.and_then(|at| open.vms().get(at)) else {
        return Vec::new();
    };
    let ranked = candidates(fleet, &Matcher::new(fleet, &open, vm)).ranked;
    let name = |candidate: &Candidate| match key.field {
        Field::Gpu => Some(model_name(fleet, candidate).trim().to_owned()),
        field => name_of(fleet, field, fleet.host(candidate.host)),
    };
    ranked.iter().filter_map(name).collect()
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

fn answers(pattern: &GpuPattern, name: &str) -> bool {
    pattern.matches(&crate::gpu::Model::new(name))
}

/// The name by which a list would admit a host.
fn name_of(fleet: &Fleet, field: Field, host: &Host) -> Option<String> {
    let text = |name: Option<Name>| {
        let text = fleet.names().text(name?).trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let place = &host.place;
    match field {
        Field::Countries | Field::ExcludeCountries => text(place.country),
        Field::Locations => text(place.location)
            .or_else(|| text(place.location_id))
            .or_else(|| text(place.city)),
        Field::Organizations => text(place.organization).or_else(|| text(place.organization_name)),
        Field::Hosts | Field::ExcludeHosts => Some(HostId::to_string(&host.id)),
        _ => None,
    }
}

/// As many ports as can be kept, in the order asked; of those, as many at their fixed numbers as can be.
pub(super) fn ports(request: &Request, key: Key, enough: &mut Enough<'_>) -> Option<Value> {
    let Value::Ports(asked) = Value::of(request, key) else {
        return None;
    };
    let free = |port: &PortAsk| PortAsk {
        internal: port.internal,
        external: None,
    };
    let mut suits = |ports: &[PortAsk]| enough(&Value::Ports(ports.to_vec()).put(request, key));
    let loose: Vec<PortAsk> = asked.iter().map(free).collect();
    let most = if loose == asked {
        asked.len().checked_sub(1)?
    } else {
        asked.len()
    };
    let kept = (0..=most).rev().find(|kept| suits(&loose[..*kept]))?;
    let mut ports = loose[..kept].to_vec();
    for at in 0..kept {
        let mut tighter = ports.clone();
        tighter[at] = asked[at];
        if tighter != ports && suits(&tighter) {
            ports = tighter;
        }
    }
    Some(Value::Ports(ports))
}
