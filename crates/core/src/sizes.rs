//! What a VM takes: what was asked, what is assumed where nothing was, and what the provider's steps raise it to.

use crate::fleet::{Resources, SizeSteps};
use crate::ports::{Port, PortAsk};
use crate::request::{SizeMode, Vm};

/// vCPUs per GPU where none are asked.
pub const DEFAULT_VCPU_PER_GPU: u64 = 4;
/// GB of RAM per GPU where none is asked.
pub const DEFAULT_RAM_GB_PER_GPU: u64 = 16;
/// GB of storage where none is asked.
pub const DEFAULT_STORAGE_GB: u64 = 100;
/// The internal port that is forwarded where none is asked.
pub const DEFAULT_PORT: u64 = 22;

/// The sizes of one VM as a function of its GPU count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    vcpu: PerCount,
    ram_gb: PerCount,
    storage_gb: u64,
    steps: SizeSteps,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PerCount {
    Fixed(u64),
    PerGpu(u64),
}

impl PerCount {
    fn at(self, count: u32) -> u64 {
        match self {
            PerCount::Fixed(amount) => amount,
            PerCount::PerGpu(amount) => amount * u64::from(count),
        }
    }
}

impl Sizes {
    /// The sizes of a VM on a provider with these steps.
    pub fn of(vm: &Vm, mode: SizeMode, steps: SizeSteps) -> Sizes {
        let steps = if mode == SizeMode::Exact { SizeSteps::ANY } else { steps };
        Sizes {
            vcpu: vm.vcpu.map_or(PerCount::PerGpu(DEFAULT_VCPU_PER_GPU), PerCount::Fixed),
            ram_gb: vm
                .ram_gb
                .map_or(PerCount::PerGpu(DEFAULT_RAM_GB_PER_GPU), PerCount::Fixed),
            storage_gb: vm.storage_gb.unwrap_or(DEFAULT_STORAGE_GB).max(steps.storage_least_gb),
            steps,
        }
    }

    /// What a VM with this many GPUs takes.
    pub fn at(&self, count: u32) -> Resources {
        let step = self.steps.vcpu_step.max(1);
        let vcpu = self.vcpu.at(count).max(self.steps.vcpu_least);
        Resources {
            vcpu: vcpu.checked_next_multiple_of(step).unwrap_or(vcpu),
            ram_gb: self.ram_gb.at(count),
            storage_gb: self.storage_gb,
        }
    }
}

/// The ports that a VM asks for: none with a public IP, port 22 where nothing is stated.
pub fn ports(vm: &Vm) -> Vec<PortAsk> {
    match &vm.ports {
        _ if vm.public_ip => Vec::new(),
        Some(ports) => ports.clone(),
        None => Port::new(DEFAULT_PORT)
            .map(|internal| PortAsk {
                internal,
                external: None,
            })
            .into_iter()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::VmName;

    const STEPS: SizeSteps = SizeSteps {
        vcpu_step: 2,
        vcpu_least: 2,
        storage_least_gb: 100,
    };

    #[test]
    fn defaults_grow_with_the_gpus_and_steps_raise() {
        let mut vm = Vm::new(VmName::new("vm").unwrap());
        let sizes = |vm: &Vm, mode| Sizes::of(vm, mode, STEPS).at(3);
        assert_eq!(
            sizes(&vm, SizeMode::Provider),
            Resources {
                vcpu: 12,
                ram_gb: 48,
                storage_gb: 100
            }
        );
        (vm.vcpu, vm.ram_gb, vm.storage_gb) = (Some(5), Some(7), Some(40));
        assert_eq!(
            sizes(&vm, SizeMode::Provider),
            Resources {
                vcpu: 6,
                ram_gb: 7,
                storage_gb: 100
            }
        );
        assert_eq!(
            sizes(&vm, SizeMode::Exact),
            Resources {
                vcpu: 5,
                ram_gb: 7,
                storage_gb: 40
            }
        );
        vm.vcpu = Some(1);
        assert_eq!(sizes(&vm, SizeMode::Provider).vcpu, 2);
    }

    #[test]
    fn a_public_ip_needs_no_ports() {
        let mut vm = Vm::new(VmName::new("vm").unwrap());
        assert_eq!(ports(&vm).len(), 1);
        vm.public_ip = true;
        assert!(ports(&vm).is_empty());
    }
}
