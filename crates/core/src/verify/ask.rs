//! What one VM needs, as verification reads it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::pattern::{answers, memory_gb};
use crate::fleet::{Fleet, HostId, SizeSteps};
use crate::ports::{Port, PortAsk};
use crate::request::{Request, SizeMode, Vm};

/// Amounts of what a VM takes besides GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Amounts {
    pub vcpu: u128,
    pub ram_gb: u128,
    pub storage_gb: u128,
}

/// One VM of the request.
pub(super) struct Ask<'a> {
    pub vm: &'a Vm,
    /// The steps that its sizes are raised to; `None` where they are taken as asked.
    steps: Option<SizeSteps>,
    pub ports: Cow<'a, [PortAsk]>,
    /// By model of the fleet: the fewest GPUs that are asked for and have the memory; `None` where no number of them is right.
    pub fewest: Vec<Option<u32>>,
    /// What an hour of downtime costs, in nano-dollars.
    pub downtime_cost: i128,
    pub hosts: BTreeSet<&'a HostId>,
    pub exclude_hosts: BTreeSet<&'a HostId>,
    pub countries: Vec<String>,
    pub exclude_countries: Vec<String>,
    pub locations: Vec<String>,
    pub organizations: Vec<String>,
}

impl<'a> Ask<'a> {
    pub fn new(fleet: &Fleet, request: &Request, vm: &'a Vm) -> Ask<'a> {
        let folded = |texts: &[String]| texts.iter().map(|text| folded(text)).collect();
        Ask {
            vm,
            steps: (request.sizes == SizeMode::Provider).then(|| fleet.steps()),
            ports: forwarded(vm),
            fewest: fleet.models().iter().map(|model| fewest(vm, model.name())).collect(),
            downtime_cost: request.downtime_cost_per_hr.nanos(),
            hosts: vm.hosts.iter().collect(),
            exclude_hosts: vm.exclude_hosts.iter().collect(),
            countries: folded(&vm.countries),
            exclude_countries: folded(&vm.exclude_countries),
            locations: folded(&vm.locations),
            organizations: folded(&vm.organizations),
        }
    }

    /// What the VM takes with this many GPUs.
    pub fn amounts(&self, gpus: u32) -> Amounts {
        let per_gpu = |amount: u64| u128::from(amount) * u128::from(gpus);
        let asked = Amounts {
            vcpu: self.vm.vcpu.map_or(per_gpu(4), u128::from),
            ram_gb: self.vm.ram_gb.map_or(per_gpu(16), u128::from),
            storage_gb: self.vm.storage_gb.map_or(100, u128::from),
        };
        let Some(steps) = self.steps else { return asked };
        let step = u128::from(steps.vcpu_step.max(1));
        let vcpu = asked.vcpu.max(u128::from(steps.vcpu_least));
        Amounts {
            vcpu: vcpu.div_ceil(step) * step,
            storage_gb: asked.storage_gb.max(u128::from(steps.storage_least_gb)),
            ..asked
        }
    }

    /// The external ports that it asks for by number.
    pub fn fixed_ports(&self) -> impl Iterator<Item = Port> + '_ {
        self.ports.iter().filter_map(|ask| ask.external)
    }
}

/// The form in which places and operators are compared.
pub(super) fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The ports that are forwarded: none to a VM with an address of its own, and 22 where nothing is said.
fn forwarded(vm: &Vm) -> Cow<'_, [PortAsk]> {
    if vm.public_ip {
        return Cow::Borrowed(&[]);
    }
    match &vm.ports {
        Some(ports) => Cow::Borrowed(ports),
        None => Cow::Owned(
            Port::new(22)
                .map(|internal| PortAsk {
                    internal,
                    external: None,
                })
                .into_iter()
                .collect(),
        ),
    }
}

/// The fewest GPUs of a model, within the VM's range, that satisfy what it asks of model and memory.
fn fewest(vm: &Vm, model: &str) -> Option<u32> {
    let name = model.to_lowercase();
    if !vm.gpu.is_empty() && !vm.gpu.iter().any(|pattern| answers(&name, pattern.as_str())) {
        return None;
    }
    let (each, all) = (vm.min_vram_gb.unwrap_or(0), vm.min_total_vram_gb.unwrap_or(0));
    let (least, most) = (vm.count.least(), vm.count.most());
    if each == 0 && all == 0 {
        return Some(least);
    }
    let memory = memory_gb(&name).filter(|memory| *memory >= each)?;
    let enough = |count: u32| u128::from(memory) * u128::from(count) >= u128::from(all);
    enough(most).then(|| first(least, most, enough))
}

/// The first count from `least` to `most` for which something holds that holds for `most`, and from some count on for all.
pub(super) fn first(least: u32, most: u32, holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (least, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    high
}
