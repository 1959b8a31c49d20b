//! What may happen to a host of a market, and how the planner takes note of it.

use super::Planner;
use super::hold::Held;
use crate::fleet::{Host, HostId, HostIx, HostRecord};
use crate::gpu::ModelIx;
use crate::money::UnitPrice;
use crate::ports::PortSet;

/// Something that happened to one host of the marketplace. What is listed there says nothing of reservations: these are taken off
/// whatever is listed.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// It is listed like this now, whether it is new or not.
    Listed(Box<HostRecord<'a>>),
    /// It is no longer listed.
    Gone(HostId),
    /// So many GPUs of a model are free on it now.
    Stock {
        /// The host.
        host: HostId,
        /// The provider's name of the model.
        gpu: &'a str,
        /// How many are free.
        free: u64,
    },
    /// One GPU of a model costs this much now.
    Price {
        /// The host.
        host: HostId,
        /// The provider's name of the model.
        gpu: &'a str,
        /// What one costs per hour.
        price: UnitPrice,
    },
}

/// A change speaks of an offer that is not there, or was not readable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("host {host} has no readable offer of {gpu}; list the whole host again")]
pub struct NoSuchOffer {
    /// The host.
    pub host: HostId,
    /// The model.
    pub gpu: String,
}

/// How one host stood.
#[derive(Debug, Clone)]
pub(super) struct Before {
    id: HostId,
    host: Option<Host>,
    held: Option<Held>,
}

impl Planner {
    /// Takes note of a change: microseconds, whatever the size of the fleet. A host that is not there can go.
    ///
    /// # Errors
    ///
    /// [`NoSuchOffer`] if stock or price is told of an offer that the host does not have. Nothing is changed then.
    pub fn apply(&mut self, change: Change<'_>) -> Result<(), NoSuchOffer> {
        match change {
            Change::Listed(record) => {
                let id = HostId::new(&record.id);
                let host = self.fleet.vocabulary.host(id.clone(), *record);
                self.list(&id, Some(host));
            }
            Change::Gone(id) => self.list(&id, None),
            Change::Stock { host, gpu, free } => self.offer(&host, gpu, |stock| stock.free = free)?,
            Change::Price { host, gpu, price } => self.offer(&host, gpu, |stock| stock.price = price)?,
        }
        Ok(())
    }

    /// Changes one offer as it is listed.
    fn offer(
        &mut self,
        id: &HostId,
        gpu: &str,
        change: impl FnOnce(&mut crate::fleet::Stock),
    ) -> Result<(), NoSuchOffer> {
        let missing = || NoSuchOffer {
            host: id.clone(),
            gpu: gpu.to_owned(),
        };
        let model = self.fleet.vocabulary.find_model(gpu).ok_or_else(missing)?;
        let mut host = self.listed(id).cloned().ok_or_else(missing)?;
        change(stock_of(&mut host, model).ok_or_else(missing)?);
        self.list(id, Some(host));
        Ok(())
    }

    /// The host as the marketplace lists it.
    fn listed(&self, id: &HostId) -> Option<&Host> {
        match self.held.get(id) {
            Some(held) => held.listed.as_ref(),
            None => self.host(id),
        }
    }

    fn list(&mut self, id: &HostId, listed: Option<Host>) {
        self.remember(id);
        let left = match self.held.get_mut(id) {
            Some(held) => {
                held.listed = listed;
                held.left()
            }
            None => listed,
        };
        self.set(id, left);
    }

    /// Keeps what a host is now, if somebody will want it back.
    pub(super) fn remember(&mut self, id: &HostId) {
        if self.what_ifs > 0 {
            self.undo.push(Before {
                id: id.clone(),
                host: self.host(id).cloned(),
                held: self.held.get(id).cloned(),
            });
        }
    }

    pub(super) fn restore(&mut self, before: Before) {
        let Before { id, host, held } = before;
        match held {
            Some(held) => drop(self.held.insert(id.clone(), held)),
            None => drop(self.held.remove(&id)),
        }
        self.set(&id, host);
    }

    /// Makes `host` what is free under this id.
    pub(super) fn set(&mut self, id: &HostId, host: Option<Host>) {
        let place = self.fleet.find(id);
        self.eased |= match (place, &host) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(at), Some(new)) => !is_no_better(new, self.fleet.host(at)),
        };
        match (place, host) {
            (None, None) => {}
            (Some(at), None) => self.vacate(at, id),
            (Some(at), Some(host)) => {
                self.fleet.hosts[at.0 as usize] = host;
                self.index.put(&self.fleet, at);
            }
            (None, Some(host)) => self.settle_in(id, host),
        }
    }

    fn vacate(&mut self, at: HostIx, id: &HostId) {
        self.index.remove(at);
        self.fleet.by_id.remove(id);
        self.vacant.push(at);
        self.in_order = false;
    }

    fn settle_in(&mut self, id: &HostId, host: Host) {
        let at = match self.vacant.pop() {
            Some(at) => {
                self.fleet.hosts[at.0 as usize] = host;
                at
            }
            None => {
                self.fleet.hosts.push(host);
                HostIx(self.fleet.hosts.len() as u32 - 1)
            }
        };
        self.fleet.by_id.insert(id.clone(), at);
        self.index.put(&self.fleet, at);
        self.in_order = false;
    }
}

/// What is known of a host's offer of a model.
pub(super) fn stock_of(host: &mut Host, model: ModelIx) -> Option<&mut crate::fleet::Stock> {
    let offer = host.offers.iter_mut().find(|offer| offer.model == model)?;
    offer.stock.as_mut()
}

/// Whether whatever can stand on `new` could stand on `old`, for no more. Says no where it would take thought.
fn is_no_better(new: &Host, old: &Host) -> bool {
    let (free, had) = (new.free, old.free);
    let (now, before) = (new.prices, old.prices);
    let offers = new.offers.iter().all(|offer| {
        let Some(stock) = offer.stock else { return true };
        let known = old.offers.iter().find(|known| known.model == offer.model);
        known
            .and_then(|known| known.stock)
            .is_some_and(|known| stock.free <= known.free && stock.price >= known.price)
    });
    offers
        && free.vcpu <= had.vcpu
        && free.ram_gb <= had.ram_gb
        && free.storage_gb <= had.storage_gb
        && now.vcpu >= before.vcpu
        && now.ram_gb >= before.ram_gb
        && now.storage_gb >= before.storage_gb
        && new.public_ip <= old.public_ip
        && new.uptime <= old.uptime
        && new.tier <= old.tier
        && no_more_ports(new.ports.as_ref(), old.ports.as_ref())
        && new.most == old.most
        && new.place == old.place
        && new.network_gbps == old.network_gbps
        && new.upload_gbps == old.upload_gbps
        && new.network_storage == old.network_storage
}

fn no_more_ports(new: Option<&PortSet>, old: Option<&PortSet>) -> bool {
    match (new, old) {
        (Some(new), Some(old)) => new == old || new.iter().all(|port| old.contains(port)),
        (None, None) => true,
        _ => false,
    }
}
