//! The ground truth, for those who test a client; and the hands that change a market.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use super::{LogEntry, Market};
use crate::{call::Op, faults::Faults, host::Host, instance::Instance, money::Nanos, options::Options};

impl Market {
    /// The machines that exist, in the order of their creation.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// The machines that existed once, in the order of their end.
    pub fn gone(&self) -> &[Instance] {
        &self.gone
    }

    /// What all machines together cost per hour.
    pub fn rate(&self) -> Nanos {
        Nanos(
            self.instances
                .iter()
                .fold(0, |sum, instance| sum.saturating_add(instance.rate.0)),
        )
    }

    /// The calls received so far.
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    /// How many calls of a kind were received.
    pub fn calls(&self, op: Op) -> u64 {
        self.calls_of.get(&op).copied().unwrap_or_default()
    }

    /// How many effects are still to land.
    pub fn landing(&self) -> usize {
        self.landings.len()
    }

    /// Lets time pass until every effect has landed; gives the time then.
    pub fn drain(&mut self) -> Duration {
        let last = self.landings.iter().map(|landing| landing.at).max();
        self.advance(last.unwrap_or(self.now));
        self.now
    }

    /// The latest time that the market has seen.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Ids of the hosts on offer, in the order of the list.
    pub fn host_ids(&self) -> impl Iterator<Item = &str> {
        self.hosts
            .iter()
            .filter(|host| !host.withdrawn)
            .filter_map(|host| host.id.as_deref())
    }

    /// A host's object as its detail shows it now.
    pub fn hostnode(&self, id: &str) -> Option<Value> {
        self.host(id).map(Host::detail)
    }

    /// Free GPUs of a model on a host.
    pub fn free_gpus(&self, id: &str, model: &str) -> u64 {
        self.host(id).map_or(0, |host| host.free_gpus(model))
    }

    /// Free external ports of a host.
    pub fn free_ports(&self, id: &str) -> BTreeSet<u16> {
        self.host(id).map(Host::free_ports).unwrap_or_default()
    }

    /// Sets what one GPU of a model costs on a host; false where it is not offered.
    pub fn set_gpu_price(&mut self, id: &str, model: &str, price: Nanos) -> bool {
        self.host_mut(id).is_some_and(|host| host.set_gpu_price(model, price))
    }

    /// Sets how many GPUs of a model are free on a host; false where it is not offered.
    pub fn set_free_gpus(&mut self, id: &str, model: &str, free: u64) -> bool {
        self.host_mut(id).is_some_and(|host| host.set_free_gpus(model, free))
    }

    /// Takes external ports off a host's list.
    pub fn remove_ports(&mut self, id: &str, ports: &BTreeSet<u16>) -> bool {
        self.host_mut(id).map(|host| host.remove_ports(ports)).is_some()
    }

    /// Changes a host's object as its owner would; what machines hold stays held.
    /// False where there is no such host.
    pub fn edit_host(&mut self, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        self.host_mut(id).map(|host| host.edit(change)).is_some()
    }

    /// Takes a host off the market; its machines stay. False where there is no such host.
    pub fn remove_host(&mut self, id: &str) -> bool {
        self.host_mut(id).map(|host| host.withdrawn = true).is_some()
    }

    /// Replaces the faults; calls are counted on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// The behaviour, to be changed while the market is open; but for `list_ports` and `seed`,
    /// which hold from its opening.
    pub fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    pub(super) fn host(&self, id: &str) -> Option<&Host> {
        let host = self.by_id.get(id).and_then(|index| self.hosts.get(*index));
        host.filter(|host| !host.withdrawn)
    }

    pub(super) fn host_mut(&mut self, id: &str) -> Option<&mut Host> {
        let host = self.by_id.get(id).and_then(|index| self.hosts.get_mut(*index));
        host.filter(|host| !host.withdrawn)
    }
}
