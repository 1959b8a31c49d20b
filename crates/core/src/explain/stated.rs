//! Which keys of a request constrain it, and what the request is without one.
//!
//! A size that is gone stands at its default or at the least that the provider sells, whichever asks less. Sizes that were defaulted
//! constrain a plan as much as stated ones do, so they are keys too.

use std::collections::BTreeSet;

use super::field::{Field, Key};
use super::value::Value;
use crate::fleet::{Resources, SizeSteps};
use crate::request::{CountRange, Request, Vm};
use crate::sizes::{self, DEFAULT_STORAGE_GB, DEFAULT_VCPU_PER_GPU};

/// The least RAM that can be asked for. No provider is known to ask for more.
const LEAST_RAM_GB: u64 = 1;

/// The keys in force, in the order in which a conflict gives them up: defaults before what was stated, the budget last.
pub(super) fn keys(request: &Request, steps: SizeSteps) -> Vec<Key> {
    let mut keys: Vec<(bool, Key)> = Vec::new();
    for (at, vm) in request.vms().iter().enumerate() {
        let in_force = Field::OF_VM
            .into_iter()
            .filter(|field| binds(request, at, *field, steps));
        keys.extend(in_force.map(|field| (!is_default(vm, field), Key { field, vm: Some(at) })));
    }
    if request.budget_per_hr.is_some() {
        let field = Field::BudgetPerHr;
        keys.push((true, Key { field, vm: None }));
    }
    // Stable: the VMs of a fleet stay side by side, so that whole entries are given up at once.
    keys.sort_by_key(|(stated, _)| *stated);
    keys.into_iter().map(|(_, key)| key).collect()
}

/// Whether a key is in force that nobody stated.
pub(super) fn is_default(vm: &Vm, field: Field) -> bool {
    match field {
        Field::Vcpu => vm.vcpu.is_none(),
        Field::RamGb => vm.ram_gb.is_none(),
        Field::StorageGb => vm.storage_gb.is_none(),
        Field::Ports => vm.ports.is_none(),
        _ => false,
    }
}

fn binds(request: &Request, at: usize, field: Field, steps: SizeSteps) -> bool {
    let vm = &request.vms()[at];
    let asked = sizes::Sizes::of(vm, request.sizes, steps).at(vm.count.least());
    let least = least(steps);
    match field {
        Field::Gpu => !vm.gpu.is_empty(),
        Field::Count => vm.count.most() > 1,
        Field::MinVramGb => vm.min_vram_gb.is_some_and(|gb| gb > 0),
        Field::MinTotalVramGb => vm.min_total_vram_gb.is_some_and(|gb| gb > 0),
        Field::Vcpu => asked.vcpu > least.vcpu,
        Field::RamGb => asked.ram_gb > least.ram_gb,
        Field::StorageGb => asked.storage_gb > least.storage_gb,
        Field::Ports => !sizes::ports(vm).is_empty(),
        Field::MinUptime => vm.min_uptime.is_some(),
        Field::MinTier => vm.min_tier.is_some(),
        Field::Countries => !vm.countries.is_empty(),
        Field::ExcludeCountries => !vm.exclude_countries.is_empty(),
        Field::Locations => !vm.locations.is_empty(),
        Field::Organizations => !vm.organizations.is_empty(),
        Field::Hosts => !vm.hosts.is_empty(),
        Field::ExcludeHosts => !vm.exclude_hosts.is_empty(),
        Field::MinNetworkGbps => vm.min_network_gbps.is_some(),
        Field::MinUploadGbps => vm.min_upload_gbps.is_some(),
        Field::NetworkStorage => vm.network_storage,
        Field::PublicIp => vm.public_ip,
        Field::MaxPricePerHr => vm.max_price_per_hr.is_some(),
        Field::Spread => vm.spread.is_some(),
        Field::Together => vm.together.is_some(),
        Field::Group => vm.group.is_some() && shares_group(request, at),
        Field::BudgetPerHr | Field::Partial => false,
    }
}

fn shares_group(request: &Request, at: usize) -> bool {
    let group = request.vms()[at].group();
    let mut others = request.vms().iter().enumerate().filter(|(other, _)| *other != at);
    others.any(|(_, vm)| vm.group() == group)
}

/// The sizes of a VM of one GPU that asks for as little as it can.
fn least(steps: SizeSteps) -> Resources {
    Resources {
        vcpu: steps.vcpu_least.clamp(1, DEFAULT_VCPU_PER_GPU),
        ram_gb: LEAST_RAM_GB,
        storage_gb: steps.storage_least_gb.min(DEFAULT_STORAGE_GB),
    }
}

/// What is left of a count that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// One GPU, as the format has it. That can be harder than more: one GPU has less memory, and a limit per GPU weighs more.
    One,
    /// Any number up to what is asked, so that a request without a key admits all that it admits with it.
    UpToAsked,
}

impl Counts {
    fn of(self, asked: CountRange) -> CountRange {
        let most = if self == Counts::One { 1 } else { asked.most() };
        CountRange::new(1, most).unwrap_or(asked)
    }
}

/// Takes a key away from a VM.
fn drop_from(vm: &mut Vm, field: Field, counts: Counts, steps: SizeSteps) {
    let least = least(steps);
    match field {
        Field::Count => vm.count = counts.of(vm.count),
        Field::Vcpu => vm.vcpu = Some(least.vcpu),
        Field::RamGb => vm.ram_gb = Some(least.ram_gb),
        Field::StorageGb => vm.storage_gb = Some(least.storage_gb),
        Field::Ports => vm.ports = Some(Vec::new()),
        _ => Value::Nothing.put_vm(vm, field),
    }
}

/// The request without one key; it admits all that the request does.
pub(super) fn without(request: &Request, key: Key, steps: SizeSteps) -> Request {
    match key.vm {
        Some(at) => request.with_vm(at, |vm| drop_from(vm, key.field, Counts::UpToAsked, steps)),
        None => Value::Nothing.put(request, key),
    }
}

/// The request with none of `all` but those of `kept`.
pub(super) fn only(request: &Request, all: &[Key], kept: &[Key], counts: Counts, steps: SizeSteps) -> Request {
    let kept: BTreeSet<Key> = kept.iter().copied().collect();
    let mut dropped: Vec<Vec<Field>> = vec![Vec::new(); request.vms().len()];
    for key in all.iter().filter(|key| !kept.contains(key)) {
        if let Some(fields) = key.vm.and_then(|at| dropped.get_mut(at)) {
            fields.push(key.field);
        }
    }
    let mut next = request.with_each_vm(|at, vm| {
        for field in dropped.get(at).into_iter().flatten() {
            drop_from(vm, *field, counts, steps);
            // Behind a public IP no port is asked for; none comes back with it gone.
            if *field == Field::PublicIp {
                drop_from(vm, Field::Ports, counts, steps);
            }
        }
    });
    let budget = Key {
        field: Field::BudgetPerHr,
        vm: None,
    };
    next.budget_per_hr = request.budget_per_hr.filter(|_| kept.contains(&budget));
    next
}
