//! What is measured, and the tool behind the comparison with general solvers: it makes markets up, states what the solvers get, and
//! times our own road.
//!
//! It is no part of what users install, and it knows nothing of the solvers it is compared with: `benches/compare` runs those.
#![forbid(unsafe_code)]

pub mod hot;
mod input;
pub mod market;
mod problem;
mod trace;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use input::{Failure, Instance};
use market::Market;

#[derive(Parser)]
#[command(about = "Made-up markets, and problems and traces for the comparison with general solvers")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a made-up market: OUT.snapshot.json and OUT.fleet.json
    Market {
        #[command(flatten)]
        recipe: market::Recipe,
        /// Where to write, without the endings
        out: PathBuf,
    },
    /// Print the integer problem of a fleet on a snapshot, with the names of what its numbers mean
    Problem {
        /// Snapshot file, plain or zstd
        snapshot: PathBuf,
        /// Fleet file
        fleet: PathBuf,
    },
    /// Print the plan that a choice of options of the problem stands for, to be verified like any other
    Plan {
        /// Snapshot file, plain or zstd
        snapshot: PathBuf,
        /// Fleet file
        fleet: PathBuf,
        /// File of the choice: a JSON list of [option, copies]
        choice: PathBuf,
    },
    /// Place a fleet and print when which plan and which bound was known
    Trace {
        /// Snapshot file, plain or zstd
        snapshot: PathBuf,
        /// Fleet file
        fleet: PathBuf,
        /// Stop after this many seconds
        #[arg(long)]
        seconds: Option<f64>,
    },
}

/// Runs the tool on the arguments of this process.
pub fn run() -> ExitCode {
    match carry_out(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("gpu-place-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(command: Command) -> Result<(), Failure> {
    match command {
        Command::Market { recipe, out } => Market::draw(&recipe)
            .map_err(|e| Failure::Write(out.clone(), e))?
            .write(&out),
        Command::Problem { snapshot, fleet } => print(&problem::state(&Instance::read(&snapshot, &fleet)?)),
        Command::Plan {
            snapshot,
            fleet,
            choice,
        } => print(&problem::plan(&Instance::read(&snapshot, &fleet)?, &choice)?),
        Command::Trace {
            snapshot,
            fleet,
            seconds,
        } => print(&trace::run(&snapshot, &fleet, seconds)?),
    }
}

fn print(document: &impl serde::Serialize) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, document).map_err(|e| Failure::Write("standard output".into(), e.into()))?;
    out.write_all(b"\n")
        .and_then(|()| out.flush())
        .map_err(|e| Failure::Write("standard output".into(), e))
}
