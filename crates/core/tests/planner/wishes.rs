//! Requests with everything that can be asked of a VM.

use std::num::NonZeroU32;

use gpu_place_core::fleet::{HostId, PlaceKind};
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::money::Money;
use gpu_place_core::ports::PortAsk;
use gpu_place_core::request::{CountRange, Request, SizeMode, SpreadRule, Vm, VmName};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::market::{COUNTRIES, HOSTS, id};

const PATTERNS: [&str; 5] = ["4090", "*-80gb", "a100", "l40", "h100-*"];
const PORTS: [&str; 4] = ["22", "80", "9000:2", "9001:3"];

fn named(name: &str) -> Vm {
    Vm::new(VmName::new(name).unwrap())
}

/// One VM of so many GPUs.
pub fn plain(gpus: u32) -> Vm {
    let mut vm = named("vm");
    vm.count = CountRange::exactly(gpus).unwrap();
    vm
}

/// So many replicas of a VM with one GPU.
pub fn replicas(count: u32) -> Request {
    let mut vm = plain(1);
    vm.replicas = NonZeroU32::new(count).unwrap();
    Request::new(vec![vm]).unwrap()
}

/// One wish, put into a VM.
#[derive(Clone)]
struct Wish(std::sync::Arc<dyn Fn(&mut Vm)>);

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a wish")
    }
}

fn wish() -> impl Strategy<Value = Wish> {
    fn to(change: impl Fn(&mut Vm) + 'static) -> Wish {
        Wish(std::sync::Arc::new(change))
    }
    let hosts =
        || prop::collection::vec(0..HOSTS, 1..4).prop_map(|all| all.into_iter().map(|h| HostId::new(&id(h))).collect());
    let country = || (0..COUNTRIES.len()).prop_map(|at| vec![COUNTRIES[at].to_uppercase(), "Atlantis".into()]);
    prop_oneof![
        (1..20u64).prop_map(|n| to(move |vm| vm.vcpu = Some(n))),
        (1..90u64).prop_map(|n| to(move |vm| vm.ram_gb = Some(n))),
        (1..250u64).prop_map(|n| to(move |vm| vm.storage_gb = Some(n))),
        (0..90u64).prop_map(|n| to(move |vm| vm.min_vram_gb = Some(n))),
        (0..200u64).prop_map(|n| to(move |vm| vm.min_total_vram_gb = Some(n))),
        prop::sample::subsequence(&PORTS, 0..=PORTS.len())
            .prop_map(|ports| to(move |vm| vm.ports = Some(ports.iter().filter_map(|p| PortAsk::parse(p)).collect()))),
        (9_800_000_000..10_000_000_001i64).prop_map(|n| to(move |vm| vm.min_uptime = Some(Decimal::new(n, 8)))),
        (-1..4i64).prop_map(|n| to(move |vm| vm.min_tier = Some(Decimal::from(n)))),
        (0..5u32).prop_map(|n| to(move |vm| vm.min_network_gbps = Some(Decimal::from(n)))),
        (0..3u32).prop_map(|n| to(move |vm| vm.min_upload_gbps = Some(Decimal::from(n)))),
        (0..12i128).prop_map(|n| to(move |vm| vm.max_price_per_hr = Some(Money::from_nanos(n * 100_000_000)))),
        country().prop_map(|all| to(move |vm| vm.countries = all.clone())),
        country().prop_map(|all| to(move |vm| vm.exclude_countries = all.clone())),
        (0..4usize).prop_map(|at| to(move |vm| vm.locations = vec![format!("city {at}"), format!("PLACE-{at}")])),
        (0..2usize).prop_map(|at| to(move |vm| vm.organizations = vec![format!("operator {at}")])),
        hosts().prop_map(|all: Vec<HostId>| to(move |vm| vm.hosts = all.clone())),
        hosts().prop_map(|all: Vec<HostId>| to(move |vm| vm.exclude_hosts = all.clone())),
        Just(to(|vm| vm.network_storage = true)),
        Just(to(|vm| vm.public_ip = true)),
    ]
}

fn vm(name: &'static str) -> impl Strategy<Value = Vm> {
    let models = prop::sample::subsequence(&PATTERNS, 0..=2);
    (models, 1..4u32, 0..3u32, prop::collection::vec(wish(), 0..4)).prop_map(move |(models, least, more, wishes)| {
        let mut vm = named(name);
        vm.gpu = models.iter().filter_map(|pattern| GpuPattern::new(pattern)).collect();
        vm.count = CountRange::new(least, least + more).unwrap();
        wishes.iter().for_each(|wish| (wish.0)(&mut vm));
        vm
    })
}

/// What is asked of a whole request.
fn whole() -> impl Strategy<Value = (Option<i128>, Option<i128>, bool, bool)> {
    (
        prop::option::weighted(0.2, 0..20i128),
        prop::option::weighted(0.4, 0..200i128),
        any::<bool>(),
        any::<bool>(),
    )
}

fn request(vms: Vec<Vm>, (budget, downtime, partial, exact): (Option<i128>, Option<i128>, bool, bool)) -> Request {
    let mut request = Request::new(vms).unwrap();
    request.budget_per_hr = budget.map(|n| Money::from_nanos(n * 100_000_000));
    request.downtime_cost_per_hr = Money::from_nanos(downtime.unwrap_or(0) * 100_000_000);
    request.partial = partial;
    request.sizes = if exact { SizeMode::Exact } else { SizeMode::Provider };
    request
}

/// A request for one VM.
pub fn single() -> impl Strategy<Value = Request> {
    (vm("vm"), whole()).prop_map(|(vm, whole)| request(vec![vm], whole))
}

/// A request for some VMs of two kinds.
pub fn fleet_request() -> impl Strategy<Value = Request> {
    (
        vm("a"),
        vm("b"),
        1..4u32,
        prop::option::of(1..3u32),
        any::<bool>(),
        whole(),
    )
        .prop_map(|(mut a, mut b, replicas, spread, together, whole)| {
            a.replicas = NonZeroU32::new(replicas).unwrap();
            a.spread = spread.and_then(NonZeroU32::new).map(|max| SpreadRule {
                by: PlaceKind::Host,
                max,
            });
            b.replicas = NonZeroU32::new(2).unwrap();
            b.together = together.then_some(PlaceKind::Country);
            request(vec![a, b], whole)
        })
}
