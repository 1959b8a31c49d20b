//! The values that a key could be relaxed to, from the least change to the greatest: those at which some host starts to pass.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::field::{Field, Key};
use super::stated;
use super::value::Value;
use crate::fit::{Matcher, Verdict};
use crate::fleet::{Fleet, Host, PlaceKind};
use crate::money::Money;
use crate::request::{CountRange, Request, SpreadRule, Vm};

/// The values of a key in the order of relaxation; each lets pass all that the one before did. Empty for keys whose values have no
/// such order: lists, ports, an exact count, and keys of the whole request.
pub(super) fn rungs(fleet: &Fleet, request: &Request, key: Key) -> Vec<Value> {
    let Some((at, vm)) = key.vm.and_then(|at| Some((at, request.vms().get(at)?))) else {
        return Vec::new();
    };
    match key.field {
        Field::Count => counts(vm.count),
        Field::MinUptime => below(fleet, vm.min_uptime, |host| host.uptime),
        Field::MinTier => below(fleet, vm.min_tier, |host| host.tier),
        Field::MinNetworkGbps => below(fleet, vm.min_network_gbps, |host| host.network_gbps),
        Field::MinUploadGbps => below(fleet, vm.min_upload_gbps, |host| host.upload_gbps),
        Field::MinVramGb => memory(fleet, vm.min_vram_gb, 1),
        Field::MinTotalVramGb => memory(fleet, vm.min_total_vram_gb, most_gpus(fleet, vm)),
        Field::NetworkStorage | Field::PublicIp => vec![Value::Flag(false)],
        Field::MaxPricePerHr => caps(fleet, request, at),
        Field::Spread => vm.spread.map_or_else(Vec::new, |rule| wider(request, vm, rule)),
        Field::Together => vm.together.map_or_else(Vec::new, looser),
        Field::Group => vec![Value::Nothing],
        _ => Vec::new(),
    }
}

/// Whole sizes have too many values to list; these are the ends of their range: what is asked, and the least there is.
pub(super) fn size_range(fleet: &Fleet, request: &Request, key: Key) -> Option<(u64, u64)> {
    let vm = request.vms().get(key.vm?)?;
    let least = |request: &Request| match Value::of(request, key) {
        Value::Whole(amount) => Some(amount),
        _ => None,
    };
    let dropped = stated::without(request, key, fleet.steps());
    let most_gpus = u64::from(vm.count.most());
    let asked = least(request).unwrap_or(match key.field {
        Field::Vcpu => crate::sizes::DEFAULT_VCPU_PER_GPU * most_gpus,
        _ => crate::sizes::DEFAULT_RAM_GB_PER_GPU * most_gpus,
    });
    Some((least(&dropped)?, asked))
}

/// A range opens downwards, one GPU at a time.
fn counts(count: CountRange) -> Vec<Value> {
    if count.least() == count.most() {
        return Vec::new();
    }
    let fewer = (1..count.least()).rev();
    fewer
        .filter_map(|least| CountRange::new(least, count.most()))
        .map(Value::Count)
        .collect()
}

/// What hosts state below a minimum, the highest first; then no minimum at all, for hosts that state nothing.
fn below(fleet: &Fleet, least: Option<Decimal>, stated: impl Fn(&Host) -> Option<Decimal>) -> Vec<Value> {
    let lower = |value: &Decimal| least.is_some_and(|least| *value < least);
    let values: BTreeSet<Decimal> = fleet.hosts().iter().filter_map(stated).filter(lower).collect();
    let numbers = values.into_iter().rev().map(Value::Number);
    numbers.chain([Value::Nothing]).collect()
}

/// Memory that up to `most` GPUs of a model on offer have, below what is asked; then none, for models that tell none.
fn memory(fleet: &Fleet, least: Option<u64>, most: u32) -> Vec<Value> {
    let each = fleet.models().iter().filter_map(|model| model.vram_gb());
    let sums = each.flat_map(|gb| (1..=u64::from(most)).map_while(move |n| gb.checked_mul(n)));
    let lower = |gb: &u64| *gb > 0 && least.is_some_and(|least| *gb < least);
    let values: BTreeSet<u64> = sums.filter(lower).collect();
    let amounts = values.into_iter().rev().map(Value::Whole);
    amounts.chain([Value::Nothing]).collect()
}

/// The most GPUs of one model that any host has free, as far as the VM may have them.
fn most_gpus(fleet: &Fleet, vm: &Vm) -> u32 {
    let offers = fleet.hosts().iter().flat_map(|host| &host.offers);
    let free = offers.filter_map(|offer| offer.stock).map(|stock| stock.free).max();
    free.map_or(0, |free| u32::try_from(free).unwrap_or(u32::MAX))
        .min(vm.count.most())
}

/// What the VM would cost where it fits but for its cap, the cheapest first.
fn caps(fleet: &Fleet, request: &Request, at: usize) -> Vec<Value> {
    let uncapped = request.with_vm(at, |vm| vm.max_price_per_hr = None);
    let matcher = Matcher::new(fleet, &uncapped, &uncapped.vms()[at]);
    let cap = request.vms()[at].max_price_per_hr;
    let mut costs: BTreeSet<Money> = BTreeSet::new();
    for host in fleet.hosts() {
        if let Verdict::Fits(ways) = matcher.judge(host) {
            costs.extend(ways.iter().map(|way| way.cost.total));
        }
    }
    let above = costs.into_iter().filter(|cost| cap.is_none_or(|cap| *cost > cap));
    above.map(Value::Money).collect()
}

/// One VM more in a place at a time, until all of the group may share one.
fn wider(request: &Request, vm: &Vm, rule: SpreadRule) -> Vec<Value> {
    let members = request.vms().iter().filter(|other| other.group() == vm.group());
    let all: u64 = members.map(|other| u64::from(other.replicas.get())).sum();
    let most = u32::try_from(all).unwrap_or(u32::MAX);
    let more = (rule.max.get()..most).filter_map(|max| std::num::NonZeroU32::new(max + 1));
    more.map(|max| Value::Spread(SpreadRule { by: rule.by, max })).collect()
}

/// From the nearest to the farthest: one machine stands in one location, one location in one country.
fn looser(kind: PlaceKind) -> Vec<Value> {
    let kinds: &[PlaceKind] = match kind {
        PlaceKind::Host => &[PlaceKind::Location, PlaceKind::Country],
        PlaceKind::Location => &[PlaceKind::Country],
        PlaceKind::Organization | PlaceKind::Country => &[],
    };
    let kinds = kinds.iter().map(|kind| Value::Place(*kind));
    kinds.chain([Value::Nothing]).collect()
}
