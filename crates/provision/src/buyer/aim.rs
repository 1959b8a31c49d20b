//! A placement that is about to be bought.

use gpu_place_core::money::Money;

use super::Placed;
use crate::id::Slot;
use crate::journal::Deal;

/// A placement that is about to be bought, for a VM and at a price that were agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The VM that it is for.
    pub slot: Slot,
    /// The placement.
    pub placed: Placed,
    /// What it may cost per hour.
    pub agreed: Money,
    /// How often its host could not be looked at.
    pub(super) tries: u32,
}

impl Aim {
    /// A placement for its own VM.
    pub fn new(placed: Placed, agreed: Money) -> Aim {
        let slot = Slot {
            vm: placed.placement.vm.clone(),
            replica: placed.placement.replica,
        };
        Aim::at(slot, placed, agreed)
    }

    /// A placement for any VM of the same entry.
    pub(super) fn at(slot: Slot, placed: Placed, agreed: Money) -> Aim {
        Aim {
            slot,
            placed,
            agreed,
            tries: 0,
        }
    }

    /// The deal, at the price of the last look.
    pub(super) fn deal(&self, cost: Money, public_ip: bool) -> Deal {
        let (placement, standing) = (&self.placed.placement, &self.placed.standing);
        Deal {
            host: placement.host_id.clone(),
            location: standing.location.clone(),
            organization: standing.organization.clone(),
            country: standing.country.clone(),
            gpu: placement.gpu.clone(),
            gpu_count: placement.gpu_count,
            vcpu: placement.vcpu_count,
            ram_gb: placement.ram_gb,
            storage_gb: placement.storage_gb,
            ports: placement.port_forwards.clone(),
            public_ip,
            cost,
            agreed: self.agreed,
        }
    }
}
