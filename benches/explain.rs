//! How long explanations take: of one VM on 1,000 hosts, and of fleets without plan on some hundred.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gpu_place_core::explain::{Explanation, News, explain};
use gpu_place_core::fleet::{Fleet, PlaceKind};
use gpu_place_core::fleet_file;
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::money::Money;
use gpu_place_core::place::{Effort, propose};
use gpu_place_core::request::{CountRange, Request, SpreadRule, Vm, VmName};
use rust_decimal::Decimal;

fn fixture(name: &str) -> String {
    format!("{}/../../fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn market(name: &str) -> Fleet {
    let file = std::fs::File::open(fixture(&format!("{name}.snapshot.json.zst"))).unwrap();
    gpu_place_tensordock::read(&zstd::decode_all(file).unwrap())
        .unwrap()
        .fleet
}

/// A recorded fleet that has to be placed as a whole, cut after so many entries.
fn wanted(name: &str, entries: usize) -> Request {
    let text = std::fs::read_to_string(fixture(&format!("{name}.fleet.toml"))).unwrap();
    let all = fleet_file::read(&text, name).unwrap();
    let first: Vec<usize> = (0..entries.min(all.vms().len())).collect();
    let mut request = all.only_vms(&first).unwrap();
    request.partial = false;
    request
}

/// A request with many wishes, capped at so many dollars an hour.
fn request(cap: i128) -> Request {
    let mut vm = Vm::new(VmName::new("vm").unwrap());
    vm.gpu = ["h100", "a100"].into_iter().filter_map(GpuPattern::new).collect();
    vm.count = CountRange::exactly(4).unwrap();
    (vm.vcpu, vm.ram_gb, vm.storage_gb) = (Some(32), Some(128), Some(300));
    (vm.min_uptime, vm.min_tier) = (Some(Decimal::new(985, 1)), Some(Decimal::from(2)));
    vm.exclude_countries = vec!["France".to_owned()];
    vm.max_price_per_hr = Some(Money::from_nanos(cap * 1_000_000_000));
    Request::new(vec![vm]).unwrap()
}

fn one_vm(c: &mut Criterion) {
    let fleet = market("synth-scarce/1000x200-s11");
    let mut group = c.benchmark_group("explain one VM on 1000 hosts");
    for (what, cap) in [("without plan", 1), ("with a plan", 100)] {
        let request = request(cap);
        group.bench_function(what, |b| {
            b.iter(|| explain(black_box(&fleet), &request, Effort::default(), &mut |_| ()));
        });
    }
    group.finish();
}

/// One run each, as a run takes seconds: when the first answer came, when the conflict, when all.
fn fleets(_: &mut Criterion) {
    println!("case: first answer, conflict (members), all (ways out, shortages, complete), in seconds");
    for (what, fleet, request) in cases() {
        let (began, mut first, mut clash) = (Instant::now(), None, None);
        let told = explain(&fleet, &request, Effort::default(), &mut |news| {
            first.get_or_insert(began.elapsed());
            if let News::Conflict(_) = news {
                clash = Some(began.elapsed());
            }
        });
        println!("{what}: {}", figures(&told, first, clash, began.elapsed()));
    }
}

fn figures(told: &Explanation, first: Option<Duration>, clash: Option<Duration>, all: Duration) -> String {
    let seconds = |time: Option<Duration>| time.map_or_else(|| "-".to_owned(), |t| format!("{:.2}", t.as_secs_f64()));
    let members = told.conflict.as_ref().map_or(0, Vec::len);
    format!(
        "{}, {} ({members}), {} ({}, {}, {})",
        seconds(first),
        seconds(clash),
        seconds(Some(all)),
        told.relaxations.len(),
        told.shortages.len(),
        told.complete
    )
}

/// Fleets without plan: for want of GPUs, of money, of places, and of something that only two keys clash about.
fn cases() -> Vec<(&'static str, Fleet, Request)> {
    let hosts = || market("fleet-alibaba/300x300-scarce");
    let hundred = || wanted("fleet-alibaba/300x300-scarce", 8);
    let mut cases = Vec::new();

    let big = hundred().with_vm(0, |vm| {
        (vm.count, vm.replicas) = (CountRange::exactly(8).unwrap(), 40.try_into().unwrap())
    });
    cases.push(("139 VMs on 300 hosts, GPUs short", hosts(), big));

    let mut poor = hundred();
    let cost = propose(&hosts(), &poor, &[], Effort::default())
        .objective
        .unwrap()
        .cost_per_hr;
    poor.budget_per_hr = Some(cost - Money::from_nanos(10_000_000));
    cases.push(("100 VMs on 300 hosts, budget a cent short", hosts(), poor.clone()));
    poor.budget_per_hr = Some(Money::from_nanos(cost.nanos() / 4 * 3));
    cases.push(("100 VMs on 300 hosts, a quarter of the budget short", hosts(), poor));

    let by = PlaceKind::Location;
    let rule = SpreadRule {
        by,
        max: 1.try_into().unwrap(),
    };
    cases.push((
        "100 VMs on 300 hosts, too few places",
        hosts(),
        hundred().with_vm(3, |vm| vm.spread = Some(rule)),
    ));

    let clash = hundred().with_vm(3, |vm| {
        (vm.together, vm.count) = (Some(PlaceKind::Host), CountRange::exactly(1).unwrap());
    });
    cases.push(("100 VMs on 300 hosts, 76 together on one host", hosts(), clash));

    for name in [
        "synth-scarce/100x120-s11",
        "synth-scarce/200x200-s11",
        "synth-scarce/200x200-s12",
    ] {
        cases.push((name, market(name), wanted(name, usize::MAX)));
    }
    cases
}

criterion_group!(benches, one_vm, fleets);
criterion_main!(benches);
