//! Reservations: what a scheduler has promised and the marketplace does not know of yet.

use std::collections::BTreeMap;

use super::Planner;
use super::change::stock_of;
use crate::fleet::{Host, HostId, Resources};
use crate::gpu::ModelIx;
use crate::plan::Placement;
use crate::ports::Port;
use crate::request::Vm;

/// A reservation, to be released by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reservation {
    host: HostId,
    number: u64,
}

impl Reservation {
    /// The host that it holds something on.
    pub fn host(&self) -> &HostId {
        &self.host
    }
}

/// Why nothing was reserved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The host is not there.
    #[error("host {0} is not listed; ask again for a placement")]
    NoSuchHost(HostId),
    /// The host has no longer what the placement takes.
    #[error("host {0} no longer has room for it; ask again for a placement")]
    NoRoom(HostId),
}

/// A host as listed, and what is reserved of it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub listed: Option<Host>,
    holds: BTreeMap<u64, Hold>,
}

/// What one VM takes.
#[derive(Debug, Clone)]
struct Hold {
    model: ModelIx,
    gpus: u64,
    sizes: Resources,
    ports: Vec<Port>,
    public_ip: bool,
}

impl Planner {
    /// Sets aside what a placement of `vm` takes, until it is released or the planner ends.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the host does not have all of it any more. Nothing is set aside then.
    pub fn reserve(&mut self, vm: &Vm, placement: &Placement) -> Result<Reservation, Refused> {
        let id = &placement.host_id;
        let no_room = || Refused::NoRoom(id.clone());
        let host = self.host(id).ok_or_else(|| Refused::NoSuchHost(id.clone()))?;
        let model = self.fleet.vocabulary.find_model(&placement.gpu).ok_or_else(no_room)?;
        let hold = Hold {
            model,
            gpus: u64::from(placement.gpu_count),
            sizes: Resources {
                vcpu: placement.vcpu_count,
                ram_gb: placement.ram_gb,
                storage_gb: placement.storage_gb,
            },
            ports: placement.port_forwards.iter().map(|p| p.external_port).collect(),
            public_ip: vm.public_ip,
        };
        let mut left = host.clone();
        if !hold.fits(&mut left) {
            return Err(no_room());
        }
        hold.take_from(&mut left);
        self.remember(id);
        let number = self.next_reservation;
        self.next_reservation += 1;
        let listed = self.host(id).cloned();
        let held = self.held.entry(id.clone()).or_insert_with(|| Held {
            listed,
            holds: BTreeMap::new(),
        });
        held.holds.insert(number, hold);
        self.set(id, Some(left));
        Ok(Reservation {
            host: id.clone(),
            number,
        })
    }

    /// Gives back what was reserved: the VM is not wanted any more, or the marketplace lists its host without it by now. Tells
    /// whether the reservation still stood.
    pub fn release(&mut self, reservation: &Reservation) -> bool {
        let id = &reservation.host;
        let stands = |held: &&Held| held.holds.contains_key(&reservation.number);
        if self.held.get(id).filter(stands).is_none() {
            return false;
        }
        self.remember(id);
        let Some(held) = self.held.get_mut(id) else {
            return false;
        };
        held.holds.remove(&reservation.number);
        let left = held.left();
        if held.holds.is_empty() {
            self.held.remove(id);
        }
        self.set(id, left);
        true
    }
}

impl Held {
    /// What is left of the host as listed. Where less is listed than is reserved, nothing is.
    pub fn left(&self) -> Option<Host> {
        let mut left = self.listed.clone()?;
        self.holds.values().for_each(|hold| hold.take_from(&mut left));
        Some(left)
    }
}

impl Hold {
    fn fits(&self, host: &mut Host) -> bool {
        let known_ports = host.ports.as_ref();
        self.sizes.vcpu <= host.free.vcpu
            && self.sizes.ram_gb <= host.free.ram_gb
            && self.sizes.storage_gb <= host.free.storage_gb
            && self.public_ip <= host.public_ip
            && known_ports.is_none_or(|free| self.ports.iter().all(|port| free.contains(*port)))
            && stock_of(host, self.model).is_some_and(|stock| self.gpus <= stock.free)
    }

    fn take_from(&self, host: &mut Host) {
        let free = &mut host.free;
        free.vcpu = free.vcpu.saturating_sub(self.sizes.vcpu);
        free.ram_gb = free.ram_gb.saturating_sub(self.sizes.ram_gb);
        free.storage_gb = free.storage_gb.saturating_sub(self.sizes.storage_gb);
        host.public_ip &= !self.public_ip;
        if let Some(ports) = host.ports.as_mut().filter(|_| !self.ports.is_empty()) {
            *ports = ports.iter().filter(|port| !self.ports.contains(port)).collect();
        }
        if let Some(stock) = stock_of(host, self.model) {
            stock.free = stock.free.saturating_sub(self.gpus);
        }
    }
}
