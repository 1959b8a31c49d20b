//! Small random markets and requests: crowded enough that rules bind, small enough that every plan is proved.

use std::num::{NonZeroU32, NonZeroU64};

use gpu_place_core::fleet::{
    Fleet, FleetBuilder, HostReading, HostRecord, Most, OfferRecord, Origin, PlaceKind, Resources, SizeSteps,
    UnitPrices,
};
use gpu_place_core::fleet_file::value;
use gpu_place_core::money::{Money, UnitPrice};
use gpu_place_core::ports::{Port, PortSet};
use gpu_place_core::request::{CountRange, Request, SizeMode, SpreadRule, Vm, VmName};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const MODELS: [&str; 4] = ["h100-sxm5-80gb", "geforcertx4090-pcie-24gb", "L4-pcie-24gb", "b200"];

fn price() -> impl Strategy<Value = UnitPrice> {
    (0u64..40).prop_map(|cents| UnitPrice::from_nanos(cents * 10_000_000))
}

fn limit(most: u64) -> impl Strategy<Value = Option<NonZeroU64>> {
    weighted(0.1, (1..most).prop_map(|n| NonZeroU64::new(n).unwrap()))
}

fn place_name() -> impl Strategy<Value = Option<String>> {
    weighted(
        0.8,
        select(vec!["Ulm", "ULM ", "Łódź", "łódź", "x"]).prop_map(str::to_owned),
    )
}

fn ports() -> impl Strategy<Value = Option<PortSet>> {
    let free = subsequence((20_000u64..20_007).collect::<Vec<_>>(), 2..=7);
    weighted(
        0.9,
        free.prop_map(|list| list.into_iter().filter_map(Port::new).collect()),
    )
}

prop_compose! {
    fn offers()(
        models in subsequence(MODELS.to_vec(), 1..=3), stock in vec(weighted(0.95, (0u64..9, price())), 3),
    ) -> Vec<OfferRecord<'static>> {
        models.into_iter().zip(stock).map(|(model, stock)| OfferRecord { model: model.into(), stock }).collect()
    }
}

prop_compose! {
    fn resources()(
        free in (4u64..60, 16u64..250, 100u64..700),
        most in (limit(8), limit(32), limit(40), limit(160), limit(500)),
        prices in (price(), price(), price()),
        ports in ports(),
        public_ip: bool,
    ) -> HostRecord<'static> {
        HostRecord {
            free: Resources { vcpu: free.0, ram_gb: free.1, storage_gb: free.2 },
            most: Most {
                vcpu_per_gpu: most.0, ram_gb_per_gpu: most.1, vcpu: most.2, ram_gb: most.3, storage_gb: most.4,
            },
            prices: UnitPrices { vcpu: prices.0, ram_gb: prices.1, storage_gb: prices.2 },
            ports,
            public_ip,
            ..HostRecord::default()
        }
    }
}

prop_compose! {
    fn hosts()(
        record in resources(), offers in offers(),
        quality in (of(900u32..1001), of(0u32..5), of(0u32..3), of(0u32..3)),
        names in (place_name(), place_name(), place_name(), place_name(), place_name(), place_name()),
        network_storage: bool,
    ) -> HostRecord<'static> {
        let text = |name: Option<String>| name.map(Into::into);
        HostRecord {
            offers,
            uptime: quality.0.map(|tenths| rust_decimal::Decimal::new(i64::from(tenths), 1)),
            tier: quality.1.map(Into::into),
            network_gbps: quality.2.map(Into::into),
            upload_gbps: quality.3.map(Into::into),
            location_id: text(names.0), location: text(names.1), city: text(names.2), country: text(names.3),
            organization: text(names.4), organization_name: text(names.5),
            network_storage,
            ..record
        }
    }
}

prop_compose! {
    /// A fleet of up to five hosts, some of which cannot be read.
    pub fn fleets()(
        hosts in vec(weighted(0.93, hosts()), 1..6), steps: bool, taken_at in of(Just("2026-11-23T12:00:00Z".to_owned())),
        details in weighted(0.2, 0u32..9),
    ) -> Fleet {
        let mut builder = FleetBuilder::default();
        for (i, host) in hosts.into_iter().enumerate() {
            let id = format!("host-{i}");
            builder.push(match host {
                Some(host) => HostReading::Host(Box::new(HostRecord { id: id.into(), ..host })),
                None => HostReading::Malformed { id: Some(id.into()), reason: "no price".to_owned() },
            });
        }
        let stepped = SizeSteps { vcpu_step: 2, vcpu_least: 2, storage_least_gb: 100 };
        let origin = Origin { taken_at, digest: "sha256:0".to_owned(), details };
        builder.finish(if steps { stepped } else { SizeSteps::ANY }, origin)
    }
}

fn kinds() -> impl Strategy<Value = PlaceKind> {
    select(PlaceKind::ALL.to_vec())
}

fn wish<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    weighted(0.07, strategy)
}

prop_compose! {
    fn shapes()(
        gpu in subsequence(vec!["h100", "4090", "l4-*", "*"], 0..=4), least in 1u32..3, more in 0u32..3,
        sizes in (of(1u64..12), of(1u64..40), of(0u64..200)), memory in (wish(0u64..90), wish(0u64..200)),
        ports in of(subsequence(vec!["22", "80", "443:20001", "8080:20002", "9:20001"], 0..=2)),
    ) -> Vm {
        let mut vm = Vm::new(VmName::new("vm").unwrap());
        vm.gpu = gpu.into_iter().map(|text| value::gpu(text).unwrap()).collect();
        vm.count = CountRange::new(least, least + more).unwrap();
        (vm.vcpu, vm.ram_gb, vm.storage_gb) = sizes;
        (vm.min_vram_gb, vm.min_total_vram_gb) = memory;
        vm.ports = ports.map(|list| list.into_iter().map(|text| value::port(text).unwrap()).collect());
        vm
    }
}

prop_compose! {
    fn vms()(
        vm in shapes(), replicas in 1u32..4, weight in 1u64..4,
        minima in (wish(900u32..1000), wish(0u32..4), wish(0u32..2), wish(0u32..2)),
        places in (wish(select(vec!["ulm", " ŁÓDŹ"])), wish(select(vec!["ulm", "x"])), wish(select(vec!["ULM", "x"]))),
        flags in (weighted(0.05, Just(())), weighted(0.15, Just(()))), cap in wish(100i128..2000),
        spread in weighted(0.3, (kinds(), 1u32..3)), together in weighted(0.2, kinds()), shared in any::<bool>(),
    ) -> Vm {
        let list = |text: Option<&str>| text.map(str::to_owned).into_iter().collect();
        Vm {
            replicas: NonZeroU32::new(replicas).unwrap(),
            weight: NonZeroU64::new(weight).unwrap(),
            min_uptime: minima.0.map(|tenths| rust_decimal::Decimal::new(i64::from(tenths), 1)),
            min_tier: minima.1.map(Into::into),
            min_network_gbps: minima.2.map(Into::into),
            min_upload_gbps: minima.3.map(Into::into),
            locations: list(places.0), exclude_countries: list(places.1), organizations: list(places.2),
            network_storage: flags.0.is_some(), public_ip: flags.1.is_some(),
            max_price_per_hr: cap.map(|cents| Money::from_nanos(cents * 10_000_000)),
            spread: spread.map(|(by, max)| SpreadRule { by, max: NonZeroU32::new(max).unwrap() }),
            together, group: shared.then(|| "g".to_owned()),
            ..vm
        }
    }
}

prop_compose! {
    /// A request for up to three entries.
    pub fn requests()(
        vms in vec(vms(), 1..4), budget in weighted(0.2, 0i128..9000), downtime in of(0i128..100), partial: bool, exact: bool,
    ) -> Request {
        let named = |(i, vm): (usize, Vm)| Vm { name: VmName::new(&format!("vm-{i}")).unwrap(), ..vm };
        let mut request = Request::new(vms.into_iter().enumerate().map(named).collect()).unwrap();
        let cents = |cents: i128| Money::from_nanos(cents * 10_000_000);
        request.budget_per_hr = budget.map(cents);
        request.downtime_cost_per_hr = downtime.map(cents).unwrap_or_default();
        request.partial = partial;
        request.sizes = if exact { SizeMode::Exact } else { SizeMode::Provider };
        request
    }
}
