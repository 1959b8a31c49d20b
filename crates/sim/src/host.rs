//! One hostnode: what it was listed with, and what machines hold of it.
//!
//! The listed object is never lost: a figure is replaced only while something is held,
//! so that giving everything back shows the host exactly as it was.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    money::Nanos,
    shelf::{self, Offer, Position, Shelf},
};

/// Resources that one machine takes from its host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    pub gpus: Option<(String, u64)>,
    pub vcpu: u64,
    pub ram_gb: u64,
    pub storage_gb: u64,
    pub ports: BTreeSet<u16>,
    pub public_ip: bool,
}

impl Claim {
    pub fn gpu_count(&self) -> u64 {
        self.gpus.as_ref().map_or(0, |(_, count)| *count)
    }
}

/// What keeps a claim from being met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    Gpus,
    /// vCPU, RAM or storage, by amount or by the limit for one machine.
    Capacity,
    Port(u16),
    PublicIp,
}

/// A hostnode of the market.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub id: Option<String>,
    /// The object as the snapshot, or a later edit, has it.
    listing: Value,
    /// None where the listing can't be sold from.
    shelf: Option<Shelf>,
    held: Held,
    /// The list's entry, kept current; it lacks the ports unless the market lists them.
    shown: Value,
    list_ports: bool,
    /// No longer shown or sold; what is held may still be given back.
    pub withdrawn: bool,
}

#[derive(Clone, Debug, Default)]
struct Held {
    gpus: BTreeMap<String, u64>,
    vcpu: u64,
    ram_gb: u64,
    storage_gb: u64,
    ports: BTreeSet<u16>,
    public_ip: bool,
}

impl Host {
    pub fn new(listing: Value, list_ports: bool) -> Self {
        let mut host = Self {
            id: listing.get("id").and_then(Value::as_str).map(str::to_owned),
            shelf: Shelf::read(&listing),
            listing,
            held: Held::default(),
            shown: Value::Null,
            list_ports,
            withdrawn: false,
        };
        host.shown = host.render(list_ports);
        host
    }

    /// The entry of the list of hostnodes.
    pub fn entry(&self) -> &Value {
        &self.shown
    }

    /// The object that the host's detail shows, with its free ports.
    pub fn detail(&self) -> Value {
        self.render(true)
    }

    pub fn location_id(&self) -> Option<&str> {
        ["/location_id", "/location/uuid", "/location/id"]
            .into_iter()
            .find_map(|path| self.listing.pointer(path)?.as_str())
    }

    pub fn shelf(&self) -> Option<&Shelf> {
        self.shelf.as_ref()
    }

    /// Changes the listing, as its owner would; what is held stays held.
    pub fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.listing);
        self.shelf = Shelf::read(&self.listing);
        self.shown = self.render(self.list_ports);
    }

    /// Sets the price of a model; false where the host does not offer it.
    pub fn set_gpu_price(&mut self, model: &str, price: Nanos) -> bool {
        self.edit_offer(model, |entry, offer| set(entry, offer.price_field, price.to_json()))
    }

    /// Sets how many GPUs of a model are free, besides those that machines hold.
    pub fn set_free_gpus(&mut self, model: &str, free: u64) -> bool {
        let listed = free.saturating_add(self.held_gpus(model));
        self.edit_offer(model, |entry, offer| set(entry, offer.count_field, listed.into()))
    }

    /// Makes every offer dearer.
    pub fn raise_prices(&mut self, percent: u32) {
        for offer in self.offers() {
            self.set_gpu_price(&offer.model, offer.price.dearer_by(percent));
        }
    }

    /// Leaves no GPU free, as if others had taken them all.
    pub fn sell_out(&mut self) {
        for offer in self.offers() {
            self.set_free_gpus(&offer.model, 0);
        }
    }

    /// Takes ports off the list of free ones.
    pub fn remove_ports(&mut self, ports: &BTreeSet<u16>) {
        self.edit(|listing| {
            retain_ports(listing, |port| port.is_none_or(|port| !ports.contains(&port)));
        });
    }

    fn offers(&self) -> Vec<Offer> {
        self.shelf
            .as_ref()
            .map(|shelf| shelf.offers.clone())
            .unwrap_or_default()
    }

    fn edit_offer(&mut self, model: &str, change: impl FnOnce(&mut Value, &Offer)) -> bool {
        let found = self.shelf.as_ref().and_then(|shelf| shelf.offer(model)).cloned();
        let Some(offer) = found else { return false };
        self.edit(|listing| {
            let resources = listing.get_mut("available_resources");
            if let Some(entry) = resources.and_then(|resources| entry_of(resources, &offer)) {
                change(entry, &offer);
            }
        });
        true
    }

    /// Free GPUs of a model.
    pub fn free_gpus(&self, model: &str) -> u64 {
        let offer = self.shelf.as_ref().and_then(|shelf| shelf.offer(model));
        offer.map_or(0, |offer| self.free(offer))
    }

    /// External ports that nobody holds.
    pub fn free_ports(&self) -> BTreeSet<u16> {
        let listed = self.shelf.as_ref().map(|shelf| &shelf.ports);
        listed
            .into_iter()
            .flatten()
            .filter(|port| !self.held.ports.contains(port))
            .copied()
            .collect()
    }

    /// The exact price per hour of a claim; none where the host can't be priced.
    pub fn rate(&self, claim: &Claim) -> Option<Nanos> {
        let shelf = self.shelf.as_ref()?;
        let gpus = match &claim.gpus {
            Some((model, count)) => shelf.offer(model)?.price.times(*count)?,
            None => Nanos::default(),
        };
        gpus.plus(shelf.prices.vcpu.times(claim.vcpu)?)?
            .plus(shelf.prices.ram_gb.times(claim.ram_gb)?)?
            .plus(shelf.prices.storage_gb.times(claim.storage_gb)?)
    }

    /// Whether a claim can be met now.
    pub fn check(&self, claim: &Claim) -> Result<(), Shortage> {
        let shelf = self.shelf.as_ref().ok_or(Shortage::Gpus)?;
        if let Some((model, count)) = &claim.gpus
            && self.free_gpus(model) < *count
        {
            return Err(Shortage::Gpus);
        }
        if !self.has_capacity(shelf, claim) || exceeds_limits(shelf, claim) {
            return Err(Shortage::Capacity);
        }
        if claim.public_ip && (!shelf.public_ip || self.held.public_ip) {
            return Err(Shortage::PublicIp);
        }
        let free = self.free_ports();
        match claim.ports.iter().find(|port| !free.contains(port)) {
            Some(port) => Err(Shortage::Port(*port)),
            None => Ok(()),
        }
    }

    fn has_capacity(&self, shelf: &Shelf, claim: &Claim) -> bool {
        shelf.vcpu.saturating_sub(self.held.vcpu) >= claim.vcpu
            && shelf.ram_gb.saturating_sub(self.held.ram_gb) >= claim.ram_gb
            && shelf.storage_gb.saturating_sub(self.held.storage_gb) >= claim.storage_gb
    }

    /// Takes a claim that `check` has passed.
    pub fn take(&mut self, claim: &Claim) {
        let held = &mut self.held;
        if let Some((model, count)) = &claim.gpus {
            *held.gpus.entry(model.to_lowercase()).or_default() += count;
        }
        held.vcpu += claim.vcpu;
        held.ram_gb += claim.ram_gb;
        held.storage_gb += claim.storage_gb;
        held.ports.extend(&claim.ports);
        held.public_ip |= claim.public_ip;
        self.shown = self.render(self.list_ports);
    }

    /// Gives back a claim that was taken.
    pub fn give_back(&mut self, claim: &Claim) {
        let held = &mut self.held;
        if let Some((model, count)) = &claim.gpus
            && let Some(gpus) = held.gpus.get_mut(&model.to_lowercase())
        {
            *gpus = gpus.saturating_sub(*count);
        }
        held.vcpu = held.vcpu.saturating_sub(claim.vcpu);
        held.ram_gb = held.ram_gb.saturating_sub(claim.ram_gb);
        held.storage_gb = held.storage_gb.saturating_sub(claim.storage_gb);
        held.ports.retain(|port| !claim.ports.contains(port));
        held.public_ip &= !claim.public_ip;
        self.shown = self.render(self.list_ports);
    }

    fn free(&self, offer: &Offer) -> u64 {
        offer.free.saturating_sub(self.held_gpus(&offer.model))
    }

    fn held_gpus(&self, model: &str) -> u64 {
        self.held.gpus.get(&model.to_lowercase()).copied().unwrap_or_default()
    }

    fn render(&self, with_ports: bool) -> Value {
        let mut object = self.listing.clone();
        if !with_ports {
            remove_ports(&mut object);
        }
        if let Some(shelf) = &self.shelf {
            self.show_free(shelf, &mut object, with_ports);
        }
        object
    }

    /// Replaces each figure of which something is held.
    fn show_free(&self, shelf: &Shelf, object: &mut Value, with_ports: bool) {
        if with_ports {
            self.show_ports(object);
        }
        let Some(resources) = object.get_mut("available_resources") else {
            return;
        };
        for (name, listed, held) in [
            ("vcpu_count", shelf.vcpu, self.held.vcpu),
            ("ram_gb", shelf.ram_gb, self.held.ram_gb),
            ("storage_gb", shelf.storage_gb, self.held.storage_gb),
        ] {
            if held > 0 {
                set(resources, name, listed.saturating_sub(held).into());
            }
        }
        if self.held.public_ip {
            set(resources, "has_public_ip_available", false.into());
        }
        for offer in shelf.offers.iter().filter(|offer| self.held_gpus(&offer.model) > 0) {
            show_gpus(resources, offer, self.free(offer));
        }
    }

    fn show_ports(&self, object: &mut Value) {
        let held = &self.held.ports;
        if !held.is_empty() {
            retain_ports(object, |port| port.is_none_or(|port| !held.contains(&port)));
        }
    }
}

/// Keeps the ports that pass; those that can't be read are passed as none.
fn retain_ports(object: &mut Value, keep: impl Fn(Option<u16>) -> bool) {
    for path in ["/available_resources/available_ports", "/available_ports"] {
        if let Some(Value::Array(ports)) = object.pointer_mut(path) {
            ports.retain(|port| keep(shelf::port(port)));
        }
    }
}

fn exceeds_limits(shelf: &Shelf, claim: &Claim) -> bool {
    let limits = shelf.limits;
    let over = |asked: u64, most: Option<u64>| most.is_some_and(|most| asked > most);
    let per_gpu = |limit: Option<u64>| limit.map(|limit| limit.saturating_mul(claim.gpu_count()));
    over(claim.vcpu, limits.vcpu)
        || over(claim.ram_gb, limits.ram_gb)
        || over(claim.storage_gb, limits.storage_gb)
        || claim.gpus.is_some()
            && (over(claim.vcpu, per_gpu(limits.vcpu_per_gpu)) || over(claim.ram_gb, per_gpu(limits.ram_gb_per_gpu)))
}

fn show_gpus(resources: &mut Value, offer: &Offer, free: u64) {
    if let Some(entry) = entry_of(resources, offer) {
        set(entry, offer.count_field, free.into());
    }
}

/// The object of an offer within `available_resources`.
fn entry_of<'a>(resources: &'a mut Value, offer: &Offer) -> Option<&'a mut Value> {
    let gpus = resources.get_mut("gpus")?;
    match &offer.position {
        Position::Index(index) => gpus.get_mut(*index),
        Position::Key(key) => gpus.get_mut(key),
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    }
}

fn remove_ports(object: &mut Value) {
    for path in ["", "/available_resources"] {
        if let Some(Value::Object(fields)) = object.pointer_mut(path) {
            fields.remove("available_ports");
        }
    }
}
