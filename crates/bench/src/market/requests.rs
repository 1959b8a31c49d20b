//! The fleet that is asked of a made-up market.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::Recipe;
use super::catalogue::WISHES;

/// The ports that a VM may ask for.
const PORTS: [&[u16]; 4] = [&[22], &[22, 80], &[22, 80, 443], &[22, 80, 443, 8080, 8888]];

/// A fleet file.
#[derive(Serialize)]
pub struct Fleet {
    schema: &'static str,
    sizes: &'static str,
    partial: bool,
    vm: Vec<Vm>,
}

#[derive(Serialize)]
struct Vm {
    name: String,
    replicas: u32,
    weight: u32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    gpu: &'static [&'static str],
    count: u32,
    vcpu: u32,
    ram_gb: u32,
    storage_gb: u32,
    ports: &'static [u16],
    #[serde(skip_serializing_if = "Option::is_none")]
    min_uptime: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_tier: Option<u8>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    countries: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<Spread>,
}

#[derive(Serialize)]
struct Spread {
    by: &'static str,
    max: u32,
}

impl Fleet {
    /// How many GPUs are asked for in all.
    pub fn gpus(&self) -> u64 {
        self.vm
            .iter()
            .map(|vm| u64::from(vm.replicas) * u64::from(vm.count))
            .sum()
    }
}

/// Draws a fleet, as much of which as possible is to be placed.
pub fn draw(recipe: &Recipe, dice: &mut ChaCha8Rng) -> Fleet {
    let replicas = split(recipe.vms, recipe.requests, dice);
    let vm = (1..)
        .zip(replicas)
        .map(|(number, replicas)| vm(number, replicas, dice))
        .collect();
    Fleet {
        schema: "gpu-place/fleet/1",
        sizes: "exact",
        partial: true,
        vm,
    }
}

/// `total` in `parts` random parts of at least 1 each.
fn split(total: u32, parts: u32, dice: &mut ChaCha8Rng) -> Vec<u32> {
    let parts = parts.clamp(1, total.max(1));
    let mut sizes = vec![1; parts as usize];
    for _ in parts..total {
        let part = dice.random_range(0..sizes.len());
        sizes[part] += 1;
    }
    sizes
}

fn vm(number: u32, replicas: u32, dice: &mut ChaCha8Rng) -> Vm {
    let count = one_of(&[1, 1, 1, 2, 2, 3, 4, 4, 8], dice);
    let tight = dice.random_bool(0.4);
    Vm {
        name: format!("job-{number:05}"),
        replicas,
        weight: one_of(&[1, 1, 1, 2, 3, 5, 8], dice),
        gpu: wish(dice),
        count,
        vcpu: count * dice.random_range(if tight { 6..=13 } else { 2..=8 }),
        ram_gb: count * dice.random_range(if tight { 30..=80 } else { 8..=40 }),
        storage_gb: one_of(&[50, 100, 130, 200, 350, 500, 900], dice),
        ports: one_of(&PORTS, dice),
        min_uptime: dice.random_bool(0.2).then(|| one_of(&[98.0, 99.0, 99.5], dice)),
        min_tier: dice.random_bool(0.15).then(|| one_of(&[2, 3], dice)),
        countries: if dice.random_bool(0.12) {
            &["United States", "Canada"]
        } else {
            &[]
        },
        spread: dice.random_bool(0.05).then(|| Spread {
            by: "host",
            max: dice.random_range(1..=2),
        }),
    }
}

fn wish(dice: &mut ChaCha8Rng) -> &'static [&'static str] {
    let total = WISHES.iter().map(|(_, share)| share).sum();
    let mut at = dice.random_range(0..total);
    for (models, share) in WISHES {
        if at < share {
            return models;
        }
        at -= share;
    }
    &[]
}

fn one_of<T: Copy>(items: &[T], dice: &mut ChaCha8Rng) -> T {
    items[dice.random_range(0..items.len())]
}
