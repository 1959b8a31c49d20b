//! One way to place a VM: a model, a count, and what it costs.

use serde::Serialize;

use crate::fleet::{Host, Resources};
use crate::money::{Money, UnitPrice};

/// What a VM costs per hour, part by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CostParts {
    /// The GPUs.
    pub gpus: Money,
    /// The vCPUs.
    pub vcpus: Money,
    /// The RAM.
    pub ram: Money,
    /// The storage.
    pub storage: Money,
    /// The sum.
    pub total: Money,
}

impl CostParts {
    /// The cost of so many GPUs at a price, and the rest at the host's unit prices.
    pub fn new(count: u32, price: UnitPrice, sizes: Resources, host: &Host) -> CostParts {
        let gpus = price * u64::from(count);
        let vcpus = host.prices.vcpu * sizes.vcpu;
        let ram = host.prices.ram_gb * sizes.ram_gb;
        let storage = host.prices.storage_gb * sizes.storage_gb;
        CostParts {
            gpus,
            vcpus,
            ram,
            storage,
            total: gpus + vcpus + ram + storage,
        }
    }
}

/// One matching model of a host with one allowed count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Position of the model among the host's offers.
    pub offer: usize,
    /// GPUs taken.
    pub count: u32,
    /// What else is taken.
    pub sizes: Resources,
    /// What it costs.
    pub cost: CostParts,
    /// Cost and the price of the host's downtime: what ranks it.
    pub effective: Money,
}
