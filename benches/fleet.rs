//! How long whole fleets take: from the built fleet to the examined plan, for the first time and again after a change.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gpu_place_bench::Instance;
use gpu_place_bench::market::{Market, Recipe, Supply};
use gpu_place_core::fleet::HostId;
use gpu_place_core::fleet_file;
use gpu_place_core::place::{Effort, compile, place};
use gpu_place_core::planner::{Change, Planner};

/// Recorded markets that are proved in well under a second: snapshot and fleet.
const RECORDED: [(&str, &str); 6] = [
    ("synth-scarce/100x120-s11", "synth-scarce/100x120-s11"),
    ("synth-scarce/1000x200-s11", "synth-scarce/1000x200-s11"),
    ("fleet-alibaba/100x100-scarce", "fleet-alibaba/100x100-scarce"),
    ("fleet-alibaba/300x300-scarce", "fleet-alibaba/300x300-scarce"),
    ("fleet-alibaba/300x300-ample", "fleet-alibaba/300x300-ample"),
    ("fleet-vast/vast-409", "fleet-vast/vast-409-medium"),
];

/// Made-up markets: hosts, VMs, different VMs.
const MADE: [(u32, u32, u32, Supply); 3] = [
    (100, 120, 40, Supply::Scarce),
    (1000, 200, 60, Supply::Ample),
    (2000, 400, 60, Supply::Ample),
];

fn recorded(snapshot: &str, fleet: &str) -> Instance {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"));
    let file = |name: &str, ending: &str| -> PathBuf { fixtures.join(format!("{name}.{ending}")) };
    Instance::read(&file(snapshot, "snapshot.json.zst"), &file(fleet, "fleet.toml")).unwrap()
}

fn made((hosts, vms, requests, supply): (u32, u32, u32, Supply)) -> Instance {
    let recipe = Recipe {
        hosts,
        vms,
        requests,
        supply,
        seed: 1,
    };
    let market = Market::draw(&recipe).unwrap();
    Instance {
        fleet: gpu_place_tensordock::read(&market.snapshot).unwrap().fleet,
        request: fleet_file::read(&market.fleet, "fleet.json").unwrap(),
    }
}

fn instances() -> Vec<(String, Instance)> {
    let recorded = RECORDED.map(|(snapshot, fleet)| (fleet.to_owned(), recorded(snapshot, fleet)));
    let made = MADE.map(|shape| {
        let (hosts, vms, requests, supply) = shape;
        (format!("made/{hosts}x{vms}-{requests}-{supply:?}"), made(shape))
    });
    recorded.into_iter().chain(made).collect()
}

fn candidates(c: &mut Criterion) {
    let mut group = c.benchmark_group("candidates of a fleet");
    for (name, Instance { fleet, request }) in &instances() {
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter_with_large_drop(|| compile(black_box(fleet), request, &[]));
        });
    }
    group.finish();
}

fn plans(c: &mut Criterion) {
    let mut group = c.benchmark_group("plan of a fleet");
    group.sample_size(10);
    for (name, Instance { fleet, request }) in &instances() {
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| place(black_box(fleet), request, &[], Effort::default()).unwrap());
        });
    }
    group.finish();
}

/// With a host gone that the last plan used, and with one gone that it did not.
fn plans_again(c: &mut Criterion) {
    let mut group = c.benchmark_group("plan again without a host");
    group.sample_size(10);
    for (name, Instance { fleet, request }) in instances() {
        let hosts: Vec<HostId> = fleet.hosts().iter().map(|host| host.id.clone()).collect();
        let mut planner = Planner::new(fleet);
        let plan = planner.plan(&request, &[], Effort::default()).unwrap().plan.into_plan();
        let is_used = |id: &HostId| plan.placements.iter().any(|placed| placed.host_id == *id);
        let (used, unused): (Vec<HostId>, Vec<HostId>) = hosts.into_iter().partition(is_used);
        for (what, id) in [("of the plan", used.first()), ("beside the plan", unused.first())] {
            let Some(id) = id else { continue };
            let without = |planner: &mut Planner| {
                planner.apply(Change::Gone(id.clone())).unwrap();
                planner.plan(&request, &[], Effort::default()).unwrap()
            };
            group.bench_function(BenchmarkId::new(what, &name), |b| b.iter(|| planner.what_if(without)));
        }
    }
    group.finish();
}

criterion_group!(benches, candidates, plans, plans_again);
criterion_main!(benches);
