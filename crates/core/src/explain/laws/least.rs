//! No change is greater than it has to be: smaller ones, found without the code under test, give no plan or a dearer one.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use rust_decimal::Decimal;

use super::*;
use crate::fleet::PlaceKind;
use crate::ports::PortAsk;
use crate::request::{CountRange, SpreadRule};

pub(super) fn changes_are_least(fleet: &Fleet, request: &Request, told: &Explanation) {
    for way in &told.relaxations {
        for (at, change) in way.changes.iter().enumerate() {
            for value in smaller(fleet, change) {
                let mut changes = way.changes.clone();
                changes[at].to = value;
                let plan = planned(fleet, &apply(request, &changes));
                let dearer = whole(&plan).is_none_or(|o| o.effective > way.effective_cost_per_hr);
                let dearer = dearer || (change.field == Field::Partial);
                assert!(dearer, "{:?} is enough instead of {way:?}", changes[at].to);
            }
        }
    }
}

/// Smaller changes than the one told. Values between two that hosts tell apart make no difference, so the nearest stand for all.
fn smaller(fleet: &Fleet, change: &Change) -> Vec<Value> {
    let tiny = Decimal::new(1, 6);
    match (&change.from, &change.to) {
        (_, Value::Whole(to)) => vec![Value::Whole(to + 1)],
        (_, Value::Money(to)) => vec![Value::Money(*to - Money::from_nanos(1))],
        (_, Value::Number(to)) => vec![Value::Number(*to + tiny)],
        (Value::Number(_), Value::Nothing) => vec![Value::Number(Decimal::ZERO)],
        (Value::Whole(_), Value::Nothing) => vec![Value::Whole(1)],
        (Value::Count(from), Value::Count(to)) if from.least() == from.most() => (to.least() + 1..from.least())
            .filter_map(CountRange::exactly)
            .map(Value::Count)
            .collect(),
        (Value::Count(from), Value::Count(to)) => (to.least() + 1..from.least())
            .filter_map(|least| CountRange::new(least, to.most()))
            .map(Value::Count)
            .collect(),
        (Value::Spread(from), Value::Spread(to)) => (from.max.get()..to.max.get())
            .filter_map(NonZeroU32::new)
            .map(|max| Value::Spread(SpreadRule { by: to.by, max }))
            .collect(),
        (Value::Place(PlaceKind::Host), Value::Nothing) => {
            vec![Value::Place(PlaceKind::Location), Value::Place(PlaceKind::Country)]
        }
        (Value::Place(PlaceKind::Host), Value::Place(PlaceKind::Country)) => vec![Value::Place(PlaceKind::Location)],
        (Value::Place(PlaceKind::Location), Value::Nothing) => vec![Value::Place(PlaceKind::Country)],
        (Value::Texts(from), to) if change.field != Field::Group => lists(fleet, change.field, from, to),
        (Value::Ports(from), Value::Ports(to)) => more_ports(from, to),
        _ => Vec::new(),
    }
}

/// All lists that add fewer names, or take fewer away; with no list at all, the longest that names could make.
fn lists(fleet: &Fleet, field: Field, from: &[String], to: &Value) -> Vec<Value> {
    let shunned = matches!(field, Field::ExcludeCountries | Field::ExcludeHosts);
    let choice: BTreeSet<String> = if shunned {
        from.iter().cloned().collect()
    } else {
        names(fleet, field).into_iter().collect()
    };
    let choice: Vec<String> = choice.into_iter().collect();
    let changed = |picked: Vec<String>| {
        let list = if shunned {
            from.iter().filter(|name| !picked.contains(name)).cloned().collect()
        } else {
            [from.to_vec(), picked].concat()
        };
        Value::Texts(list)
    };
    let Value::Texts(to) = to else {
        return if shunned { Vec::new() } else { vec![changed(choice)] };
    };
    let fewer = to.len().abs_diff(from.len());
    subsets(&choice)
        .filter(|picked| picked.len() < fewer)
        .map(changed)
        .collect()
}

fn subsets(names: &[String]) -> impl Iterator<Item = Vec<String>> {
    (0..1_u32 << names.len()).map(|bits| {
        let picked = names.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        picked.map(|(_, name)| name.clone()).collect()
    })
}

/// Every name on the market that a list could have.
fn names(fleet: &Fleet, field: Field) -> Vec<String> {
    let text = |name: Option<crate::names::Name>| name.map(|name| fleet.names().text(name).to_owned());
    let hosts = fleet.hosts().iter();
    match field {
        Field::Gpu => fleet.models().iter().map(|model| model.name().to_owned()).collect(),
        Field::Countries => hosts.filter_map(|host| text(host.place.country)).collect(),
        Field::Locations => hosts.filter_map(|host| text(host.place.location)).collect(),
        Field::Organizations => hosts.filter_map(|host| text(host.place.organization)).collect(),
        _ => hosts.map(|host| host.id.to_string()).collect(),
    }
}

/// Ports of which one more stands at its number, or is asked for at all.
fn more_ports(from: &[PortAsk], to: &[PortAsk]) -> Vec<Value> {
    let tighter = (0..to.len()).map(|at| {
        let mut ports = to.to_vec();
        ports[at] = from[at];
        ports
    });
    let mut all: Vec<Vec<PortAsk>> = tighter.filter(|ports| ports != to).collect();
    if to.len() < from.len() {
        let loose = PortAsk {
            external: None,
            ..from[to.len()]
        };
        all.push([to, &[loose]].concat());
    }
    all.into_iter().map(Value::Ports).collect()
}
