//! The command `gpu-place`.
#![forbid(unsafe_code)]

mod args;
mod asking;
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
mod retyped;
mod show;
mod waiting;
mod watch;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use args::{Cli, Command};
use failure::{Exit, Failure};
use out::Out;
use tracing_subscriber::EnvFilter;
use watch::Interrupt;

#[tokio::main]
async fn main() {
    let typed = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&typed).unwrap_or_else(|e| e.exit());
    let out = Out::new(&cli.output);
    trace(cli.output.verbose);
    let exit = match run(cli, &typed, out).await {
        Ok(exit) => exit,
        Err(failure) => {
            out.failure(&failure);
            failure.exit
        }
    };
    // At once: once a request is noted as ended, what is killed and repeated buys anew, so nothing is taken down slowly here.
    std::process::exit(u8::from(exit).into())
}

/// Traces on stderr, the more the oftener `-v` was given; `RUST_LOG` says it finer.
fn trace(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(anstream::stderr)
        .init();
}

async fn run(cli: Cli, typed: &ArgMatches, out: Out) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen();
    match &cli.command {
        None => command::place::run(&cli.place, typed, out, interrupt).await,
        Some(Command::Plan(flags)) => command::plan::run(flags, typed, out, interrupt).await,
        Some(Command::Offers(flags)) => command::offers::run(flags, out).await,
        Some(Command::Verify(flags)) => command::verify::run(flags, out),
        Some(Command::Simulate(flags)) => command::simulate::run(flags, out, interrupt).await,
        Some(Command::Completions(flags)) => command::completions::run(flags, out),
        Some(Command::Snapshot(flags)) => command::snapshot::run(flags, out, interrupt).await,
        Some(Command::Status(flags)) => command::holdings::status(flags, out),
        Some(Command::Settle(flags)) => command::holdings::settle(flags, out, interrupt).await,
        Some(Command::Destroy(flags)) => command::holdings::destroy(flags, out, interrupt).await,
        Some(Command::Explain(flags)) => command::explain::run(flags, out, interrupt).await,
    }
}
