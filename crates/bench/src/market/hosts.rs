//! The hostnodes of a made-up market, in the shape of the provider's own answers.

use std::io::{self, Write};

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::catalogue::{CITIES, MODELS, Model, OPERATORS};

/// A hostnode.
#[derive(Serialize)]
pub struct Host {
    id: String,
    location_id: String,
    engine: &'static str,
    uptime_percentage: f64,
    available_resources: Resources,
    pricing: Pricing,
    location: Location,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
struct Resources {
    gpus: Vec<Gpu>,
    vcpu_count: u64,
    ram_gb: u64,
    storage_gb: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_ports: Option<Vec<u16>>,
    has_public_ip_available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_vcpus_per_gpu: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_ram_per_gpu: Option<u64>,
}

#[derive(Serialize)]
struct Gpu {
    #[serde(rename = "v0Name")]
    name: &'static str,
    #[serde(rename = "availableCount")]
    free: u64,
    price_per_hr: f64,
}

#[derive(Serialize)]
struct Pricing {
    per_vcpu_hr: f64,
    per_gb_ram_hr: f64,
    per_gb_storage_hr: f64,
}

#[derive(Serialize)]
struct Location {
    uuid: String,
    city: &'static str,
    stateprovince: &'static str,
    country: &'static str,
    has_network_storage: bool,
    network_speed_gbps: u32,
    network_speed_upload_gbps: u32,
    organization: String,
    #[serde(rename = "organizationName")]
    organization_name: String,
    tier: u8,
}

/// Draws `count` hosts with `free_gpus` free GPUs in all, or all they have if that is less.
pub fn draw(count: u32, free_gpus: u64, dice: &mut ChaCha8Rng) -> Vec<Host> {
    let mut hosts: Vec<Host> = (0..count).map(|number| host(number, dice)).collect();
    let mut order: Vec<usize> = (0..hosts.len()).collect();
    order.shuffle(dice);
    let mut sold = 0u64;
    for at in order {
        for gpu in &mut hosts[at].available_resources.gpus {
            gpu.free = gpu.free.min(free_gpus - sold);
            sold += gpu.free;
        }
    }
    hosts
}

/// Writes a snapshot, host by host.
pub fn write(out: &mut dyn Write, hosts: &[Host], seed: u64) -> io::Result<()> {
    write!(
        out,
        r#"{{"schema":"gpu-place/snapshot/1","provider":"tensordock","taken_at":"2026-01-01T00:00:00Z","source":"made up from seed {seed}","hostnodes":["#
    )?;
    for (at, host) in hosts.iter().enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, host)?;
    }
    out.write_all(b"\n]}\n")
}

fn host(number: u32, dice: &mut ChaCha8Rng) -> Host {
    let operator = dice.random_range(0..OPERATORS.len());
    let place = dice.random_range(0..CITIES.len());
    let gpus = gpus(operator, dice);
    let available_resources = resources(gpus, dice);
    let name = OPERATORS[operator];
    let (city, stateprovince, country) = CITIES[place];
    Host {
        id: id(1, number),
        location_id: id(2, (operator * CITIES.len() + place) as u32),
        engine: "kvm",
        uptime_percentage: hundredths(dice.random_range(96.5..100.0)),
        available_resources,
        pricing: Pricing {
            per_vcpu_hr: dice.random_range(10..=40) as f64 / 10_000.0,
            per_gb_ram_hr: dice.random_range(8..=30) as f64 / 10_000.0,
            per_gb_storage_hr: dice.random_range(30..=100) as f64 / 1_000_000.0,
        },
        location: Location {
            uuid: id(2, (operator * CITIES.len() + place) as u32),
            city,
            stateprovince,
            country,
            has_network_storage: dice.random_bool(0.3),
            network_speed_gbps: 10,
            network_speed_upload_gbps: 10,
            organization: name.to_lowercase(),
            organization_name: format!("{name} Compute"),
            tier: dice.random_range(1..=4),
        },
    }
}

/// An id that looks like the provider's: `kind` tells hosts from locations.
fn id(kind: u32, number: u32) -> String {
    let scattered = u64::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "{:08x}-{:04x}-4{kind:03x}-8000-{number:012x}",
        scattered >> 32,
        (scattered >> 16) & 0xffff
    )
}

/// One model, on one host in ten two. Operators have prices of their own, hosts vary about them.
fn gpus(operator: usize, dice: &mut ChaCha8Rng) -> Vec<Gpu> {
    let first = drawn_model(dice);
    let mut gpus = vec![gpu(first, operator, dice)];
    if dice.random_bool(0.1) {
        let second = drawn_model(dice);
        if second.name != first.name {
            gpus.push(gpu(second, operator, dice));
        }
    }
    gpus
}

fn drawn_model(dice: &mut ChaCha8Rng) -> &'static Model {
    let total: u32 = MODELS.iter().map(|model| model.share).sum();
    let mut at = dice.random_range(0..total);
    for model in &MODELS {
        if at < model.share {
            return model;
        }
        at -= model.share;
    }
    &MODELS[0]
}

fn gpu(model: &'static Model, operator: usize, dice: &mut ChaCha8Rng) -> Gpu {
    let dear = (operator * 7 % OPERATORS.len()) as f64 / OPERATORS.len() as f64;
    let level = 0.6 * dear + 0.4 * dice.random_range(0.0..1.0);
    let price = model.low + (model.high - model.low) * level;
    Gpu {
        name: model.name,
        free: dice.random_range(1..=8),
        price_per_hr: (price * 1000.0).round() / 1000.0,
    }
}

/// Enough of everything for the GPUs, but on most hosts of one thing too little.
fn resources(gpus: Vec<Gpu>, dice: &mut ChaCha8Rng) -> Resources {
    let free: u64 = gpus.iter().map(|gpu| gpu.free).sum();
    let per_gpu = |least, most, dice: &mut ChaCha8Rng| free * dice.random_range(least..=most);
    let (mut vcpu, mut ram) = (per_gpu(8, 16, dice), per_gpu(40, 120, dice));
    let (mut storage, mut ports) = (per_gpu(300, 900, dice), 4 * free + 4);
    match dice.random_range(0..6) {
        0 => vcpu = per_gpu(3, 7, dice),
        1 => ram = per_gpu(12, 36, dice),
        2 => storage = per_gpu(60, 200, dice),
        3 => ports = free + 1,
        _ => {}
    }
    let base = dice.random_range(20_000..60_000);
    let ports: Vec<u16> = (base..).take(ports as usize).collect();
    let limits = dice.random_bool(0.3);
    Resources {
        gpus,
        vcpu_count: vcpu,
        ram_gb: ram,
        storage_gb: storage,
        available_ports: dice.random_bool(0.98).then_some(ports),
        has_public_ip_available: dice.random_bool(0.2),
        max_vcpus_per_gpu: limits.then(|| dice.random_range(8..=20)),
        max_ram_per_gpu: limits.then(|| dice.random_range(48..=128)),
    }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
