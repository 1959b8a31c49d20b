//! The command `gpu-place`.
#![forbid(unsafe_code)]

mod args;
mod failure;
mod out;
mod show;

use clap::Parser;

fn main() {
    let cli = args::Cli::parse();
    println!("{cli:?}");
}
