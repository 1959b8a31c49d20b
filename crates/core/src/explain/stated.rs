//! Which keys of a request constrain it, and what the request is without one.
//!
//! A size that is gone stands at its default or at the least that the provider sells, whichever asks less, under exact sizes too.
//! Sizes that were defaulted constrain a plan as much as stated ones do, so they are keys too; an exact size below that least
//! constrains nothing, so it is none.

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

/// What is left of keys that are given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// What the format says: one GPU, and of each size its default or the provider's least, whatever `sizes` is. Either can be harder
    /// to have than what was asked: one GPU has less memory and a lower limit per GPU, and exact sizes may ask less than is sold.
    AsDefined,
    /// Never more than what was asked, so that a request without a key admits all that it admits with it.
    NoHarder,
}

/// Takes a key away from a VM.
fn drop_from(vm: &mut Vm, field: Field, gone: Gone, steps: SizeSteps) {
    let least = least(steps);
    let size = |asked: Option<u64>, least: u64| match gone {
        Gone::AsDefined => Some(least),
        Gone::NoHarder => Some(asked.map_or(least, |asked| asked.min(least))),
    };
    match field {
        Field::Count => {
            let most = if gone == Gone::AsDefined { 1 } else { vm.count.most() };
            vm.count = CountRange::new(1, most).unwrap_or(vm.count);
        }
        Field::Vcpu => vm.vcpu = size(vm.vcpu, least.vcpu),
        Field::RamGb => vm.ram_gb = size(vm.ram_gb, least.ram_gb),
        Field::StorageGb => vm.storage_gb = size(vm.storage_gb, least.storage_gb),
        Field::Ports => vm.ports = Some(Vec::new()),
        _ => Value::Nothing.put_vm(vm, field),
    }
}

/// The request without one key; it admits all that the request does.
pub(super) fn without(request: &Request, key: Key, steps: SizeSteps) -> Request {
    match key.vm {
        Some(at) => request.with_vm(at, |vm| drop_from(vm, key.field, Gone::NoHarder, steps)),
        None => Value::Nothing.put(request, key),
    }
}

/// The request with none of `all`, the keys in force, but those of `kept`.
pub(super) fn only(request: &Request, all: &[Key], kept: &[Key], gone: Gone, steps: SizeSteps) -> Request {
    let kept: BTreeSet<Key> = kept.iter().copied().collect();
    let mut dropped: Vec<Vec<Field>> = match gone {
        // What constrains nothing goes too: an exact size below the least, a group of one.
        Gone::AsDefined => vec![Field::OF_VM.to_vec(); request.vms().len()],
        Gone::NoHarder => by_vm(all, request.vms().len()),
    };
    for (at, fields) in dropped.iter_mut().enumerate() {
        fields.retain(|field| {
            !kept.contains(&Key {
                field: *field,
                vm: Some(at),
            })
        });
    }
    let mut next = request.with_each_vm(|at, vm| {
        // Behind a public IP no port is asked for; none comes back with it gone.
        let bare = vm.public_ip && dropped[at].contains(&Field::PublicIp);
        let ports = [Field::Ports].into_iter().filter(|_| bare);
        for field in dropped[at].iter().copied().chain(ports) {
            drop_from(vm, field, gone, steps);
        }
    });
    let budget = Key {
        field: Field::BudgetPerHr,
        vm: None,
    };
    next.budget_per_hr = request.budget_per_hr.filter(|_| kept.contains(&budget));
    next
}

fn by_vm(keys: &[Key], vms: usize) -> Vec<Vec<Field>> {
    let mut fields = vec![Vec::new(); vms];
    for key in keys {
        if let Some(of_vm) = key.vm.and_then(|at| fields.get_mut(at)) {
            of_vm.push(key.field);
        }
    }
    fields
}
