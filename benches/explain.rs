//! How long it takes to explain a request for one VM on 1,000 hosts, with a plan and without.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gpu_place_core::explain::explain;
use gpu_place_core::fleet::Fleet;
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::money::Money;
use gpu_place_core::place::Effort;
use gpu_place_core::request::{CountRange, Request, Vm, VmName};
use rust_decimal::Decimal;

fn market() -> Fleet {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/synth-scarce/1000x200-s11.snapshot.json.zst"
    );
    let bytes = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    gpu_place_tensordock::read(&bytes).unwrap().fleet
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
    let fleet = market();
    let mut group = c.benchmark_group("explain one VM on 1000 hosts");
    for (what, cap) in [("without plan", 1), ("with a plan", 100)] {
        let request = request(cap);
        group.bench_function(what, |b| {
            b.iter(|| explain(black_box(&fleet), &request, Effort::default(), &mut |_| ()));
        });
    }
    group.finish();
}

criterion_group!(benches, one_vm);
criterion_main!(benches);
