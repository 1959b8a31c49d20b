//! Made-up markets, scarce or ample, of any size, repeatable from a seed.
//!
//! They have what makes real ones hard: on most hosts one of vCPU, memory, storage or ports runs out before the GPUs do, prices differ
//! by operator and host, wishes overlap in part, and weights differ. Which host is sold out is drawn last, to meet the scarcity asked.

mod catalogue;
mod hosts;
mod requests;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::input::Failure;

/// What market to make.
#[derive(Debug, Clone, Args)]
pub struct Recipe {
    /// How many hostnodes
    #[arg(long)]
    pub hosts: u32,
    /// How many VMs in all
    #[arg(long)]
    pub vms: u32,
    /// How many different VMs among them
    #[arg(long)]
    pub requests: u32,
    /// How much is on offer
    #[arg(long, value_enum)]
    pub supply: Supply,
    /// Same seed, same market
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// How much is on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Supply {
    /// Hosts are sold out until the free GPUs are little more than those asked for: something has to be left out
    Scarce,
    /// No host is sold out: cheap ones are contended, and size is real
    Ample,
}

impl Supply {
    /// How many GPUs may be free where `asked` are wanted.
    fn free_gpus(self, asked: u64) -> u64 {
        match self {
            Supply::Scarce => asked + asked / 5,
            Supply::Ample => u64::MAX,
        }
    }
}

/// A made-up market: the files that state it.
#[derive(Debug, PartialEq, Eq)]
pub struct Market {
    /// A snapshot.
    pub snapshot: Vec<u8>,
    /// A fleet file in JSON, as much of which as possible is to be placed.
    pub fleet: String,
}

impl Market {
    /// Draws a market: the same for the same recipe.
    pub fn draw(recipe: &Recipe) -> io::Result<Market> {
        let mut dice = ChaCha8Rng::seed_from_u64(recipe.seed);
        let fleet = requests::draw(recipe, &mut dice);
        let hosts = hosts::draw(recipe.hosts, recipe.supply.free_gpus(fleet.gpus()), &mut dice);
        let mut snapshot = Vec::new();
        hosts::write(&mut snapshot, &hosts, recipe.seed)?;
        Ok(Market {
            snapshot,
            fleet: serde_json::to_string(&fleet)?,
        })
    }

    /// Writes OUT.snapshot.json and OUT.fleet.json.
    pub fn write(&self, out: &Path) -> Result<(), Failure> {
        to_file(out, "fleet.json", self.fleet.as_bytes())?;
        to_file(out, "snapshot.json", &self.snapshot)
    }
}

fn to_file(out: &Path, ending: &str, body: &[u8]) -> Result<(), Failure> {
    let mut path = PathBuf::from(out).into_os_string();
    path.push(".");
    path.push(ending);
    let path = PathBuf::from(path);
    std::fs::write(&path, body).map_err(|e| Failure::Write(path, e))
}

#[cfg(test)]
mod tests;
