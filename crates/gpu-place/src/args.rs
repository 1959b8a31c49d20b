//! The command line as typed. What it means is decided in `intent`, once; nothing after that looks at flags.

pub mod buying;
pub mod market;
pub mod request;
pub mod values;

use std::path::PathBuf;

use clap::{Arg, Args, Parser, Subcommand, ValueEnum};
use gpu_place_core::fleet_file::value;
use gpu_place_core::money::Money;

use buying::BuyingFlags;
use market::MarketFlags;
use request::RequestFlags;

/// Place GPU virtual machines at proven least cost, and buy them safely.
///
/// Without a subcommand: plans one VM (or several replicas of it), shows the plan, and creates it on `--yes` or on a `y` typed at a
/// terminal.
#[derive(Debug, Parser)]
#[command(
    name = "gpu-place",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
#[command(after_help = EXAMPLES)]
pub struct Cli {
    /// What to do; without it, one VM is placed.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub place: PlaceFlags,
    #[command(flatten)]
    pub output: OutputFlags,
}

const EXAMPLES: &str = "\
Examples:
  gpu-place --market sim --gpu h100-sxm5-80gb --count 4 --max-price 12
  gpu-place --gpu rtx4090,rtx3090 --min-uptime 99 --ssh-key ~/.ssh/id.pub
  gpu-place plan fleet.toml --snapshot market.json.zst --json
  gpu-place explain --gpu a100 --count 8 --max-price 10

Durations are seconds, or have a unit: 90s, 10m, 2h. Prices are USD per hour.

Exit codes:
  0  done: planned, created, explained, or `n` answered
  1  could not work: network, token refused, file, another process at it
  2  bad usage or bad input
  3  no placement; nothing was bought
  4  there was a plan, but it could not be bought; nothing exists
  5  some of the VMs exist and some do not
  6  it is unknown whether something was created; the next run settles it";

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Place a whole fleet at proven least cost; --yes creates it.
    Plan(PlanFlags),
    /// List the fitting hosts, cheapest first.
    Offers(OffersFlags),
    /// Tell why a request has no placement, or not a cheaper one.
    Explain(ExplainFlags),
    /// Check a plan file against its snapshot.
    Verify(VerifyFlags),
    /// Record every hostnode with its detail.
    #[command(mut_args(without_snapshots))]
    Snapshot(SnapshotFlags),
    /// Serve a marketplace from a snapshot, on loopback.
    Simulate(SimulateFlags),
    /// Show what this tool has bought, what it costs, and what is still open.
    Status(StatusFlags),
    /// Find out what became of creates in doubt, and finish deletions; buys nothing.
    #[command(mut_args(without_snapshots))]
    Settle(SettleFlags),
    /// Delete instances that this tool has bought, after asking.
    #[command(mut_args(without_snapshots))]
    Destroy(DestroyFlags),
    /// Print a completion script for a shell.
    Completions(CompletionsFlags),
}

/// Hides flags that mean nothing where no snapshot can be taken for a marketplace.
fn without_snapshots(arg: Arg) -> Arg {
    let hidden = ["snapshot", "max_age"].contains(&arg.get_id().as_str());
    if hidden { arg.hide(true) } else { arg }
}

/// Flags of the command without a name.
#[derive(Debug, Args)]
pub struct PlaceFlags {
    #[command(flatten)]
    pub request: RequestFlags,
    #[command(flatten)]
    pub market: MarketFlags,
    #[command(flatten)]
    pub solving: SolvingFlags,
    #[command(flatten)]
    pub buying: BuyingFlags,
}

/// Flags of `plan`.
#[derive(Debug, Args)]
pub struct PlanFlags {
    /// The fleet file, TOML or JSON; `-` reads standard input.
    pub fleet_file: PathBuf,
    /// Read and check the fleet file only.
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    pub market: MarketFlags,
    #[command(flatten)]
    pub solving: SolvingFlags,
    #[command(flatten)]
    pub buying: BuyingFlags,
}

/// Flags of `offers`.
#[derive(Debug, Args)]
pub struct OffersFlags {
    /// Show this many at most.
    #[arg(long, value_name = "K", default_value_t = 20)]
    pub top: usize,
    /// Only offers that no other beats on all of price, uptime, tier and network.
    #[arg(long)]
    pub pareto: bool,
    /// Folder of the journal, which remembers hosts that failed lately [default: where this platform keeps state]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub request: RequestFlags,
    #[command(flatten)]
    pub market: MarketFlags,
}

/// Flags of `explain`.
#[derive(Debug, Args)]
pub struct ExplainFlags {
    /// A fleet file; without it the request flags say what is asked.
    pub fleet_file: Option<PathBuf>,
    /// Most that all VMs together may cost per hour.
    #[arg(long, value_name = "USD_PER_HR", value_parser = value::amount)]
    pub budget: Option<Money>,
    /// Tell why this host was not chosen.
    #[arg(long, value_name = "HOST_ID")]
    pub why_not: Option<String>,
    #[command(flatten)]
    pub request: RequestFlags,
    #[command(flatten)]
    pub market: MarketFlags,
    #[command(flatten)]
    pub solving: SolvingFlags,
}

/// Flags of `verify`.
#[derive(Debug, Args)]
pub struct VerifyFlags {
    /// The plan, as printed with `--json`; `-` reads standard input.
    pub plan: PathBuf,
    /// The fleet file that was planned; without it the request flags say what was asked.
    #[arg(long, value_name = "FILE")]
    pub fleet: Option<PathBuf>,
    /// The snapshot that the plan was made from.
    #[arg(long, value_name = "FILE")]
    pub snapshot: PathBuf,
    #[command(flatten)]
    pub request: RequestFlags,
}

/// Flags of `snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotFlags {
    /// Where to write; `.zst` and `.gz` compress. Without it, standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Record the list alone, without details (so without ports).
    #[arg(long)]
    pub list_only: bool,
    #[command(flatten)]
    pub market: MarketFlags,
}

/// Flags of `simulate`.
#[derive(Debug, Args)]
pub struct SimulateFlags {
    /// The snapshot to serve; without it, the fleet shipped in the program.
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Address to listen on, loopback only; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: std::net::SocketAddr,
    /// The token that clients have to show.
    #[arg(long, default_value = "sim")]
    pub token: String,
    /// Calls a minute before it answers 429; 0 for no limit.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub rate_limit: u32,
    /// Misbehave, drawn from this seed.
    #[arg(long, value_name = "SEED")]
    pub faults: Option<u64>,
}

/// Where the journal is.
#[derive(Debug, Args)]
pub struct StatusFlags {
    /// Folder of the journal of what was bought [default: where this platform keeps state]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
}

/// Flags of `settle`.
#[derive(Debug, Args)]
pub struct SettleFlags {
    /// Close a create in doubt that you have looked into: it does not exist, or is not to be kept track of.
    #[arg(long, value_name = "NAME")]
    pub abandon: Option<String>,
    /// Folder of the journal of what was bought [default: where this platform keeps state]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub market: MarketFlags,
}

/// Flags of `destroy`.
#[derive(Debug, Args)]
pub struct DestroyFlags {
    /// Name of the instance, as `status` shows it.
    #[arg(required_unless_present = "all_from")]
    pub name: Option<String>,
    /// Delete all that a plan names by VM and host, or an outcome by instance, as --json printed them.
    #[arg(long, value_name = "PLAN|OUTCOME", conflicts_with = "name")]
    pub all_from: Option<PathBuf>,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Folder of the journal of what was bought [default: where this platform keeps state]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub market: MarketFlags,
}

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsFlags {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// How far the solver goes, and what is kept of the run.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Solving")]
pub struct SolvingFlags {
    /// Stop after this long with the best plan so far; the answer then depends on the machine.
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub time_limit: Option<std::time::Duration>,
    /// How hard to try: quick, normal, thorough, or a number of work units [default: normal]
    #[arg(long, value_name = "EFFORT", value_parser = values::effort)]
    pub effort: Option<u64>,
    /// Keep what the plan was made from.
    #[arg(long, value_name = "FILE")]
    pub save_snapshot: Option<PathBuf>,
    /// Write a page with the plan in pictures.
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
}

/// How the answer is shown.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputFlags {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Say more on stderr; -vvv for all there is.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing on stderr but errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// At a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
