//! Small made-up markets with every trait that a host can have, and what is left of them, counted out plainly.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use gpu_place_core::fleet::{
    Fleet, FleetBuilder, HostReading, HostRecord, Most, OfferRecord, Origin, Resources, SizeSteps, UnitPrices,
};
use gpu_place_core::money::UnitPrice;
use gpu_place_core::plan::Placement;
use gpu_place_core::ports::{Port, PortSet};
use gpu_place_core::request::Vm;
use proptest::prelude::*;
use rust_decimal::Decimal;

pub const HOSTS: usize = 24;
pub const MODELS: [&str; 4] = [
    "geforcertx4090-pcie-24gb",
    "a100-pcie-80gb",
    "h100-sxm5-80gb",
    "l40-pcie-48gb",
];
pub const COUNTRIES: [&str; 3] = ["Norway", "norway ", "Chile"];
const STEPS: SizeSteps = SizeSteps {
    vcpu_step: 2,
    vcpu_least: 2,
    storage_least_gb: 100,
};

/// Ids that differ late, so that their first bytes tell nothing.
pub fn id(host: usize) -> String {
    format!("a-host-of-the-market-{:02}", host * 7 % HOSTS)
}

/// A host as the marketplace lists it.
#[derive(Debug, Clone)]
pub struct Listing {
    offers: Vec<(usize, Option<(u64, UnitPrice)>)>,
    free: (u64, u64, u64),
    prices: (u64, u64),
    most: (u64, u64, u64),
    ports: Option<Vec<u16>>,
    uptime: Option<Decimal>,
    tier: Option<Decimal>,
    country: Option<usize>,
    location: Option<usize>,
    network: Option<u32>,
    storage_and_ip: (bool, bool),
}

impl Listing {
    /// A host with nothing special about it.
    pub fn plain(gpus: u64, price: u64) -> Listing {
        Listing {
            offers: vec![(0, Some((gpus, UnitPrice::from_nanos(price))))],
            free: (64, 512, 5000),
            prices: (0, 0),
            most: (0, 0, 0),
            ports: Some(vec![1, 2, 3, 4]),
            uptime: None,
            tier: None,
            country: None,
            location: None,
            network: None,
            storage_and_ip: (false, false),
        }
    }

    pub fn record(&self, host: usize) -> HostRecord<'static> {
        let offer = |(model, stock): &(usize, Option<(u64, UnitPrice)>)| OfferRecord {
            model: MODELS[*model].into(),
            stock: *stock,
        };
        let cents = |n: u64| UnitPrice::from_nanos(n * 10_000_000);
        let port = |number: &u16| Port::new(u64::from(*number));
        HostRecord {
            id: id(host).into(),
            offers: self.offers.iter().map(offer).collect(),
            free: Resources {
                vcpu: self.free.0,
                ram_gb: self.free.1,
                storage_gb: self.free.2,
            },
            most: Most {
                vcpu_per_gpu: NonZeroU64::new(self.most.0),
                ram_gb_per_gpu: NonZeroU64::new(self.most.1),
                vcpu: NonZeroU64::new(self.most.2),
                ..Most::default()
            },
            prices: UnitPrices {
                vcpu: cents(self.prices.0),
                ram_gb: cents(self.prices.1),
                storage_gb: cents(0),
            },
            ports: self.ports.as_ref().map(|ports| ports.iter().filter_map(port).collect()),
            uptime: self.uptime,
            tier: self.tier,
            location: self.location.map(|at| format!("place-{at}").into()),
            city: self.location.map(|at| format!("City {}", at % 2).into()),
            country: self.country.map(|at| COUNTRIES[at].into()),
            organization_name: self.location.map(|at| format!("Operator {}", at / 2).into()),
            network_gbps: self.network.map(Decimal::from),
            upload_gbps: self.network.map(|speed| Decimal::from(speed) / Decimal::from(2)),
            network_storage: self.storage_and_ip.0,
            public_ip: self.storage_and_ip.1,
            ..HostRecord::default()
        }
    }
}

pub fn listing() -> impl Strategy<Value = Listing> {
    let price = (0..4u64).prop_map(|n| UnitPrice::from_nanos(n * 100_000_000));
    let stock = prop::option::weighted(0.9, (0..6u64, price));
    let decimal =
        |units: std::ops::Range<i64>, scale| prop::option::of(units.prop_map(move |n| Decimal::new(n, scale)));
    // Uptimes that differ in the eighth decimal alone are told apart by the exact rule and by no summary.
    let uptime = prop_oneof![decimal(98..101, 0), decimal(9_900_000_000..9_900_000_003, 8)];
    let what = (
        prop::collection::vec((0..MODELS.len(), stock), 0..3),
        (0..40u64, 0..200u64, 90..300u64),
        (0..2u64, 0..2u64),
        (0..8u64, 0..30u64, 0..40u64),
        prop::option::weighted(0.9, prop::collection::vec(1..6u16, 0..4)),
    );
    let whence = (
        uptime,
        decimal(-1..4, 0),
        prop::option::of(0..COUNTRIES.len()),
        prop::option::of(0..4usize),
        prop::option::of(0..4u32),
        any::<(bool, bool)>(),
    );
    (what, whence).prop_map(
        |((offers, free, prices, most, ports), (uptime, tier, country, location, network, storage_and_ip))| Listing {
            offers,
            free,
            prices,
            most,
            ports,
            uptime,
            tier,
            country,
            location,
            network,
            storage_and_ip,
        },
    )
}

/// What one VM takes of its host.
#[derive(Debug, Clone)]
pub struct Taken {
    placement: Placement,
    public_ip: bool,
}

impl Taken {
    pub fn of(vm: &Vm, placement: &Placement) -> Taken {
        Taken {
            placement: placement.clone(),
            public_ip: vm.public_ip,
        }
    }
}

/// What is listed, and what is taken of it.
#[derive(Debug, Clone, Default)]
pub struct Market {
    pub listed: BTreeMap<usize, Listing>,
    pub taken: Vec<Taken>,
}

impl Market {
    /// Changes the first offer of a model; tells whether there was one.
    pub fn offer(&mut self, host: usize, gpu: &str, change: impl FnOnce(&mut (u64, UnitPrice))) -> bool {
        let offers = self.listed.get_mut(&host).map(|listing| &mut listing.offers);
        let found = offers.and_then(|offers| offers.iter_mut().find(|(model, _)| MODELS[*model] == gpu));
        let stock = found.and_then(|(_, stock)| stock.as_mut());
        let there = stock.is_some();
        stock.map(change);
        there
    }

    /// The fleet that is left, built anew.
    pub fn fleet(&self) -> Fleet {
        let mut builder = FleetBuilder::default();
        for (host, listing) in &self.listed {
            let mut record = listing.record(*host);
            self.taken.iter().for_each(|taken| taken.take_from(&mut record));
            builder.push(HostReading::Host(Box::new(record)));
        }
        builder.finish(STEPS, Origin::default())
    }
}

impl Taken {
    fn take_from(&self, host: &mut HostRecord<'_>) {
        let placement = &self.placement;
        if placement.host_id.as_str() != host.id {
            return;
        }
        let less = |free: &mut u64, taken: u64| *free = free.saturating_sub(taken);
        less(&mut host.free.vcpu, placement.vcpu_count);
        less(&mut host.free.ram_gb, placement.ram_gb);
        less(&mut host.free.storage_gb, placement.storage_gb);
        host.public_ip &= !self.public_ip;
        if let Some(ports) = &host.ports {
            let given: Vec<Port> = placement.port_forwards.iter().map(|p| p.external_port).collect();
            host.ports = Some(ports.iter().filter(|port| !given.contains(port)).collect::<PortSet>());
        }
        let offer = host.offers.iter_mut().find(|offer| offer.model == placement.gpu);
        if let Some((free, _)) = offer.and_then(|offer| offer.stock.as_mut()) {
            less(free, u64::from(placement.gpu_count));
        }
    }
}
