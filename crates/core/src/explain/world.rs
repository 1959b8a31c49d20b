//! Small markets and requests for tests: by hand, and at random.

use std::num::{NonZeroU32, NonZeroU64};

use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

use crate::fleet::{
    Fleet, FleetBuilder, HostId, HostReading, HostRecord, Most, OfferRecord, Origin, PlaceKind, Resources, SizeSteps,
    UnitPrices,
};
use crate::gpu::GpuPattern;
use crate::money::{Money, UnitPrice};
use crate::ports::{Port, PortAsk};
use crate::request::{CountRange, Request, SizeMode, SpreadRule, Vm, VmName};

/// Steps as TensorDock has them.
pub const STEPS: SizeSteps = SizeSteps {
    vcpu_step: 2,
    vcpu_least: 2,
    storage_least_gb: 100,
};

/// So many cents.
pub fn cents(amount: u64) -> UnitPrice {
    UnitPrice::from_nanos(amount * 10_000_000)
}

/// A roomy host of good standing with GPUs (model, free, cents each) and nothing else to pay for.
pub fn host(id: &str, offers: &[(&str, u64, u64)]) -> HostRecord<'static> {
    let offer = |(model, free, price): &(&str, u64, u64)| OfferRecord {
        model: (*model).to_owned().into(),
        stock: Some((*free, cents(*price))),
    };
    HostRecord {
        id: id.to_owned().into(),
        offers: offers.iter().map(offer).collect(),
        free: Resources {
            vcpu: 128,
            ram_gb: 512,
            storage_gb: 4000,
        },
        ports: Some((20000..20010).filter_map(Port::new).collect()),
        uptime: Some(Decimal::new(999, 1)),
        tier: Some(Decimal::from(4)),
        country: Some("Canada".into()),
        location: Some(format!("loc-{id}").into()),
        city: Some("Toronto".into()),
        organization: Some("acme".into()),
        network_gbps: Some(Decimal::from(10)),
        upload_gbps: Some(Decimal::from(10)),
        network_storage: true,
        public_ip: true,
        ..HostRecord::default()
    }
}

/// A market of these hosts.
pub fn market(hosts: Vec<HostRecord<'_>>) -> Fleet {
    let mut builder = FleetBuilder::default();
    for host in hosts {
        builder.push(HostReading::Host(Box::new(host)));
    }
    let origin = Origin {
        taken_at: Some("2026-11-23T12:00:00Z".into()),
        ..Origin::default()
    };
    builder.finish(STEPS, origin)
}

/// A VM of this name with GPUs of a pattern.
pub fn vm(name: &str, gpu: &str, count: u32) -> Vm {
    let mut vm = Vm::new(VmName::new(name).unwrap());
    vm.gpu = vec![GpuPattern::new(gpu).unwrap()];
    vm.count = CountRange::exactly(count).unwrap();
    vm
}

/// A request of these VMs.
pub fn request(vms: Vec<Vm>) -> Request {
    Request::new(vms).unwrap()
}

const MODELS: [&str; 3] = ["a100-pcie-40gb", "h100-sxm5-80gb", "rtx4090-pcie-24gb"];
const COUNTRIES: [&str; 2] = ["Canada", "France"];

fn some<T: std::fmt::Debug + Clone + 'static>(values: Vec<T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.75, select(values))
}

fn tenths(values: &[i64]) -> Vec<Decimal> {
    values.iter().map(|v| Decimal::new(*v, 1)).collect()
}

prop_compose! {
    pub fn any_host()(
        offers in proptest::collection::vec((select(&MODELS[..]), 0u64..6, 1u64..400), 1..3),
        free in (select(vec![1u64, 2, 4, 8, 30]), select(vec![8u64, 16, 64, 200]), select(vec![50u64, 100, 500])),
        prices in (0u64..3, 0u64..2),
        ports in proptest::option::weighted(0.9, proptest::collection::btree_set(20000u64..20004, 0..4)),
        standing in (some(tenths(&[950, 990, 999])), some(tenths(&[10, 20, 40]))),
        place in (some(COUNTRIES.to_vec()), some(vec!["x", "y", "z"]), some(vec!["acme", "orb"])),
        network in (some(tenths(&[10, 100])), some(tenths(&[10, 100])), any::<bool>(), any::<bool>()),
        most in (proptest::option::weighted(0.2, 2u64..9), proptest::option::weighted(0.2, 8u64..40)),
    ) -> HostRecord<'static> {
        let offers: Vec<_> = offers.iter().map(|(m, n, p)| (*m, *n, *p)).collect();
        let mut host = host("", &offers);
        host.free = Resources { vcpu: free.0, ram_gb: free.1, storage_gb: free.2 };
        host.prices = UnitPrices { vcpu: cents(prices.0), ram_gb: UnitPrice::from_nanos(prices.1 * 1000), storage_gb: UnitPrice::default() };
        host.ports = ports.map(|p| p.into_iter().filter_map(Port::new).collect());
        (host.uptime, host.tier) = standing;
        host.country = place.0.map(Into::into);
        host.location = place.1.map(Into::into);
        host.organization = place.2.map(Into::into);
        (host.network_gbps, host.upload_gbps) = (network.0, network.1);
        (host.network_storage, host.public_ip) = (network.2, network.3);
        host.most = Most {
            vcpu_per_gpu: most.0.and_then(NonZeroU64::new),
            ram_gb: most.1.and_then(NonZeroU64::new),
            ..Most::default()
        };
        host
    }
}

/// Any market of a few hosts.
pub fn markets(most: usize) -> impl Strategy<Value = Fleet> {
    proptest::collection::vec(any_host(), 0..=most).prop_map(|mut hosts| {
        for (at, host) in hosts.iter_mut().enumerate() {
            host.id = format!("h{at}").into();
        }
        market(hosts)
    })
}

/// Something that is stated with these odds.
fn maybe<T: std::fmt::Debug>(odds: f64, value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(odds, value)
}

prop_compose! {
    /// A VM with each of its own keys stated with these odds.
    fn any_vm(odds: f64)(
        gpu in proptest::collection::vec(select(vec!["a100", "h100", "rtx4090", "*-80gb", "nothing"]), 0..2),
        count in (1u32..5, 0u32..3),
        memory in (maybe(odds, select(vec![24u64, 40, 80])), maybe(odds, select(vec![48u64, 160, 320]))),
        sizes in (maybe(odds, 1u64..20), maybe(odds, 1u64..100), maybe(odds, select(vec![40u64, 120, 600]))),
        ports in maybe(odds, proptest::collection::vec(select(vec!["22", "80", "90:20001", "91:20002"]), 0..4)),
        standing in (maybe(odds, select(tenths(&[940, 990, 995]))), maybe(odds, select(tenths(&[10, 30, 40])))),
        countries in (maybe(odds, select(&COUNTRIES[..])), maybe(odds, select(&COUNTRIES[..]))),
        places in (maybe(odds, select(vec!["x", "q"])), maybe(odds, select(vec!["orb"]))),
        hosts in (maybe(odds, select(vec!["h0", "h2", "h9"])), maybe(odds, select(vec!["h0", "h1"]))),
        speeds in (maybe(odds, select(tenths(&[10, 50, 100]))), maybe(odds, select(tenths(&[10, 100])))),
        needs in (proptest::bool::weighted(odds / 2.0), proptest::bool::weighted(odds / 2.0)),
        cap in maybe(odds, 1u64..1200),
    ) -> Vm {
        let text = |t: Option<&str>| t.map(str::to_owned).into_iter().collect::<Vec<_>>();
        let ids = |t: Option<&str>| t.map(HostId::new).into_iter().collect::<Vec<_>>();
        let mut vm = Vm::new(VmName::new("vm").unwrap());
        vm.gpu = gpu.iter().filter_map(|g| GpuPattern::new(g)).collect();
        vm.count = CountRange::new(count.0, count.0 + count.1).unwrap();
        (vm.min_vram_gb, vm.min_total_vram_gb) = memory;
        (vm.vcpu, vm.ram_gb, vm.storage_gb) = sizes;
        vm.ports = ports.map(|p| p.iter().filter_map(|p| PortAsk::parse(p)).collect());
        (vm.min_uptime, vm.min_tier) = standing;
        (vm.countries, vm.exclude_countries) = (text(countries.0), text(countries.1));
        (vm.locations, vm.organizations) = (text(places.0), text(places.1));
        (vm.hosts, vm.exclude_hosts) = (ids(hosts.0), ids(hosts.1));
        (vm.min_network_gbps, vm.min_upload_gbps) = speeds;
        (vm.network_storage, vm.public_ip) = needs;
        vm.max_price_per_hr = cap.map(|c| Money::from(cents(c)));
        vm
    }
}

prop_compose! {
    /// What holds for all VMs of a request.
    fn any_whole()(
        budget in maybe(0.25, 1u64..2500),
        downtime in proptest::bool::weighted(0.2),
        exact in proptest::bool::weighted(0.4),
        partial in proptest::bool::weighted(0.2),
    ) -> Request {
        let mut whole = request(vec![Vm::new(VmName::new("vm").unwrap())]);
        whole.budget_per_hr = budget.map(|c| Money::from(cents(c)));
        whole.downtime_cost_per_hr = Money::from(cents(if downtime { 500 } else { 0 }));
        whole.sizes = if exact { SizeMode::Exact } else { SizeMode::Provider };
        whole.partial = partial;
        whole
    }
}

fn of_these(vms: Vec<Vm>, whole: &Request) -> Request {
    let mut request = request(vms);
    (request.budget_per_hr, request.downtime_cost_per_hr) = (whole.budget_per_hr, whole.downtime_cost_per_hr);
    (request.sizes, request.partial) = (whole.sizes, whole.partial);
    request
}

/// Any request for one VM.
pub fn lone_requests() -> impl Strategy<Value = Request> {
    (any_vm(0.25), any_whole()).prop_map(|(vm, whole)| of_these(vec![vm], &whole))
}

prop_compose! {
    /// Replicas under rules that bind them to each other. Most of their own keys are not stated, so that plans are not too rare.
    fn any_entry()(
        mut vm in any_vm(0.08),
        (gpu, count) in (proptest::collection::vec(select(vec!["a100", "h100", "rtx4090"]), 0..2), 1u32..4),
        (replicas, weight) in (1u32..4, 1u64..3),
        spread in maybe(0.25, (select(&PlaceKind::ALL[..]), 1u32..3)),
        together in maybe(0.25, select(&PlaceKind::ALL[..])),
        group in maybe(0.3, select(vec!["g", "v0", "v1"])),
    ) -> Vm {
        vm.gpu = gpu.iter().filter_map(|g| GpuPattern::new(g)).collect();
        vm.count = CountRange::new(count, count.max(vm.count.most().min(count + 1))).unwrap();
        (vm.replicas, vm.weight) = (NonZeroU32::new(replicas).unwrap(), NonZeroU64::new(weight).unwrap());
        vm.spread = spread.map(|(by, max)| SpreadRule { by, max: NonZeroU32::new(max).unwrap() });
        (vm.together, vm.group) = (together, group.map(str::to_owned));
        vm
    }
}

/// Any request for a few VMs.
pub fn fleet_requests() -> impl Strategy<Value = Request> {
    (proptest::collection::vec(any_entry(), 1..4), any_whole()).prop_map(|(mut vms, whole)| {
        for (at, vm) in vms.iter_mut().enumerate() {
            vm.name = VmName::new(&format!("v{at}")).unwrap();
        }
        of_these(vms, &whole)
    })
}
