//! What a host has left beside a plan, and how much more of one thing it would need to take a VM.

use serde::{Serialize, Serializer};

use crate::fit::{Code, Matcher, Verdict, Way};
use crate::fleet::{Fleet, Host, HostIx};
use crate::gpu::ModelIx;
use crate::plan::Placement;
use crate::ports::{Port, PortSet};
use crate::request::Request;

/// Something that VMs use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// GPUs of one model.
    Gpu,
    /// Virtual CPUs.
    Vcpu,
    /// Memory, in GB.
    Ram,
    /// Disk, in GB.
    Storage,
    /// External ports.
    Ports,
}

impl Resource {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Resource::Gpu => "gpu",
            Resource::Vcpu => "vcpu",
            Resource::Ram => "ram",
            Resource::Storage => "storage",
            Resource::Ports => "ports",
        }
    }

    const fn of(code: Code) -> Option<Resource> {
        match code {
            Code::GpuCount => Some(Resource::Gpu),
            Code::Vcpu => Some(Resource::Vcpu),
            Code::Ram => Some(Resource::Ram),
            Code::Storage => Some(Resource::Storage),
            Code::Ports => Some(Resource::Ports),
            _ => None,
        }
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// More of one resource, free on one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct More {
    pub resource: Resource,
    pub amount: u64,
    pub host: HostIx,
    /// Which GPUs, where it is GPUs.
    pub model: Option<ModelIx>,
}

impl More {
    /// The fleet with that much more.
    pub fn added_to(self, fleet: &Fleet) -> Fleet {
        let mut fleet = fleet.clone();
        if let Some(host) = fleet.hosts.get_mut(self.host.0 as usize) {
            self.add(host);
        }
        fleet
    }

    fn add(self, host: &mut Host) {
        let more = |free: &mut u64| *free = free.saturating_add(self.amount);
        match self.resource {
            Resource::Vcpu => more(&mut host.free.vcpu),
            Resource::Ram => more(&mut host.free.ram_gb),
            Resource::Storage => more(&mut host.free.storage_gb),
            Resource::Ports => host.ports = host.ports.as_ref().map(|ports| with_more(ports, self.amount)),
            Resource::Gpu => {
                let mut stocks = host.offers.iter_mut().filter(|offer| Some(offer.model) == self.model);
                if let Some(stock) = stocks.next().and_then(|offer| offer.stock.as_mut()) {
                    more(&mut stock.free);
                }
            }
        }
    }
}

/// The ports and some more: the highest that are not among them.
fn with_more(ports: &PortSet, amount: u64) -> PortSet {
    let others = (1..=u64::from(u16::MAX))
        .rev()
        .filter_map(Port::new)
        .filter(|port| !ports.contains(*port));
    ports
        .iter()
        .chain(others.take(usize::try_from(amount).unwrap_or(usize::MAX)))
        .collect()
}

/// The host with only what the placements on it leave.
pub(super) fn left_on(host: &Host, fleet: &Fleet, request: &Request, placements: &[Placement]) -> Host {
    let mut left = host.clone();
    for placement in placements.iter().filter(|p| p.host_id == host.id) {
        left.free.vcpu = left.free.vcpu.saturating_sub(placement.vcpu_count);
        left.free.ram_gb = left.free.ram_gb.saturating_sub(placement.ram_gb);
        left.free.storage_gb = left.free.storage_gb.saturating_sub(placement.storage_gb);
        let taken: PortSet = placement.port_forwards.iter().map(|p| p.external_port).collect();
        left.ports = left
            .ports
            .map(|ports| ports.iter().filter(|port| !taken.contains(*port)).collect());
        let asks_ip = request.vms().iter().any(|vm| vm.name == placement.vm && vm.public_ip);
        left.public_ip &= !asks_ip;
        for offer in &mut left.offers {
            let mine = fleet.model(offer.model).name() == placement.gpu;
            if let Some(stock) = offer.stock.as_mut().filter(|_| mine) {
                stock.free = stock.free.saturating_sub(u64::from(placement.gpu_count));
            }
        }
    }
    left
}

/// The one thing that a host is short of for a VM, as the least amount that would do, with the cheapest way that it opens.
pub(super) fn lacking(matcher: &Matcher<'_>, at: HostIx, host: &Host) -> Option<(More, Way)> {
    let Verdict::Fails(codes) = matcher.judge(host) else {
        return None;
    };
    let mut codes = codes.iter();
    let (resource, None) = (Resource::of(codes.next()?)?, codes.next()) else {
        return None;
    };
    let more = amounts(matcher, host, resource)
        .into_iter()
        .map(|(amount, model)| More {
            resource,
            amount,
            host: at,
            model,
        });
    let opened = more.filter_map(|more| {
        let mut roomier = host.clone();
        more.add(&mut roomier);
        match matcher.judge(&roomier) {
            Verdict::Fits(ways) => Some((more, ways.into_iter().min_by_key(|way| way.effective)?)),
            Verdict::Fails(_) => None,
        }
    });
    opened.min_by_key(|(more, way)| (more.amount, way.effective))
}

/// What is missing of a resource for the fewest GPUs that are asked for of each matching offer.
fn amounts(matcher: &Matcher<'_>, host: &Host, resource: Resource) -> Vec<(u64, Option<ModelIx>)> {
    let missing = |(at, offer): (usize, &crate::fleet::Offer)| {
        let count = matcher.least_count(offer.model)?;
        let sizes = matcher.way(host, at, count).1?.sizes;
        let ports = host.ports.as_ref().map_or(0, |ports| ports.len() as u64);
        let (asked, free, model) = match resource {
            Resource::Gpu => (u64::from(count), offer.stock?.free, Some(offer.model)),
            Resource::Vcpu => (sizes.vcpu, host.free.vcpu, None),
            Resource::Ram => (sizes.ram_gb, host.free.ram_gb, None),
            Resource::Storage => (sizes.storage_gb, host.free.storage_gb, None),
            Resource::Ports => (matcher.ports().len() as u64, ports, None),
        };
        asked
            .checked_sub(free)
            .filter(|amount| *amount > 0)
            .map(|amount| (amount, model))
    };
    host.offers.iter().enumerate().filter_map(missing).collect()
}
