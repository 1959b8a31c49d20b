//! The command `gpu-place`.
#![forbid(unsafe_code)]

mod args;
mod buying;
mod command;
mod dry_run;
mod failure;
mod input;
mod market;
mod out;
mod patterns;
mod planning;
mod report;
mod show;
mod waiting;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::{Exit, Failure};
use out::Out;
use watch::Interrupt;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let out = Out::new(&cli.output);
    let exit = match run(cli, out).await {
        Ok(exit) => exit,
        Err(failure) => {
            out.failure(&failure);
            failure.exit
        }
    };
    exit.into()
}

async fn run(cli: Cli, out: Out) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen();
    match &cli.command {
        None => command::place::run(&cli.place, out, interrupt).await,
        Some(Command::Plan(flags)) => command::plan::run(flags, out, interrupt).await,
        Some(Command::Offers(flags)) => command::offers::run(flags, out).await,
        Some(Command::Verify(flags)) => command::verify::run(flags, out),
        Some(Command::Simulate(flags)) => command::simulate::run(flags, out, interrupt).await,
        Some(Command::Completions(flags)) => command::completions::run(flags, out),
        Some(Command::Snapshot(flags)) => command::snapshot::run(flags, out, interrupt).await,
        Some(Command::Status(flags)) => command::holdings::status(flags, out),
        Some(Command::Settle(flags)) => command::holdings::settle(flags, out).await,
        Some(Command::Destroy(flags)) => command::holdings::destroy(flags, out).await,
        Some(Command::Explain(_)) => Err(Failure::bad_input("not yet")),
    }
}
