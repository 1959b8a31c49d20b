//! How fast a snapshot becomes a fleet: bytes a second, on all cores and on one.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// A snapshot of this many hosts, each with about a dozen free ports.
fn snapshot(hosts: usize) -> String {
    let mut text = String::from(
        "{\"schema\": \"gpu-place/snapshot/1\", \"provider\": \"tensordock\", \"taken_at\": \"2026-11-23T12:00:00Z\", \"hostnodes\": [",
    );
    for i in 0..hosts {
        let comma = if i == 0 { "" } else { ", " };
        let ports: Vec<String> = (0..4 + i % 17).map(|p| (20_000 + i % 40_000 + p).to_string()).collect();
        let _ = write!(
            text,
            "{comma}{{\"id\": \"{i:08x}-4fbe-59f5-bc83-bcf1cd0c5095\", \"location_id\": \"ece1f94c-{place:04}-58e0-99cd-5c640b8ec52a\", \
             \"engine\": \"kvm\", \"uptime_percentage\": 99.{uptime:02}, \"available_resources\": {{\"gpus\": [{{\"v0Name\": \
             \"geforcertx4090-pcie-24gb\", \"availableCount\": {free}, \"price_per_hr\": 0.{price:04}}}], \"vcpu_count\": 64, \
             \"ram_gb\": 250.5, \"storage_gb\": 3500, \"max_vcpus_per_gpu\": 16, \"available_ports\": [{ports}], \
             \"has_public_ip_available\": false}}, \"pricing\": {{\"per_vcpu_hr\": 0.0035, \"per_gb_ram_hr\": 0.0023, \
             \"per_gb_storage_hr\": 5.6e-05}}, \"location\": {{\"uuid\": \"ece1f94c-{place:04}-58e0-99cd-5c640b8ec52a\", \"city\": \
             \"Frankfurt\", \"stateprovince\": \"Hesse\", \"country\": \"Germany\", \"has_network_storage\": true, \
             \"network_speed_gbps\": 25, \"network_speed_upload_gbps\": 25, \"organization\": \"org-{org}\", \"organizationName\": \
             \"Alder Compute\", \"tier\": 4}}}}",
            place = i % 300,
            uptime = i % 100,
            free = i % 9,
            price = 1 + i * 7 % 9999,
            ports = ports.join(", "),
            org = i % 50,
        );
    }
    text.push_str("]}");
    text
}

fn read(c: &mut Criterion) {
    let text = snapshot(10_000);
    let mut group = c.benchmark_group("read");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(30);
    for threads in [1, rayon::current_num_threads()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        group.bench_function(BenchmarkId::new("10000 hosts, threads", threads), |b| {
            b.iter(|| pool.install(|| gpu_place_tensordock::read(black_box(text.as_bytes())).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
