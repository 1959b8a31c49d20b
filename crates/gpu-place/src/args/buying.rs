//! Flags that say what is created, and within which limits.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use gpu_place_core::fleet_file::value;
use gpu_place_core::money::Money;

use super::values;

/// How to create, and how far to go.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Buying")]
pub struct BuyingFlags {
    /// Create without asking.
    #[arg(long)]
    pub yes: bool,
    /// Print the exact create requests; create nothing.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Operating system image.
    #[arg(long, value_name = "IMAGE", default_value = "ubuntu2404")]
    pub image: String,
    /// Id of an SSH key that the provider keeps.
    #[arg(long, value_name = "ID", conflicts_with = "ssh_key")]
    pub ssh_key_id: Option<String>,
    /// A public SSH key: its text, or a file that holds it.
    #[arg(long, value_name = "KEY|FILE")]
    pub ssh_key: Option<String>,
    /// A cloud-init file, YAML or JSON: runcmd, packages, package_update, package_upgrade, write_files.
    #[arg(long, value_name = "FILE")]
    pub cloud_init: Option<PathBuf>,
    /// Most that this run may spend per hour.
    #[arg(long, value_name = "USD_PER_HR", value_parser = value::amount)]
    pub budget: Option<Money>,
    /// Most that all that this tool has running may cost per hour.
    #[arg(long, value_name = "USD_PER_HR", env = "GPU_PLACE_CEILING", value_parser = value::amount)]
    pub ceiling: Option<Money>,
    /// Folder of the journal of what was bought [default: where this platform keeps state]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The request's key: the same key takes up an unfinished request again.
    #[arg(long, value_name = "KEY")]
    pub request_id: Option<String>,
    /// How often creating a VM is tried, each time elsewhere.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: u32,
    /// Keep what was created even if the rest cannot be.
    #[arg(long)]
    pub keep_partial: bool,
    /// How long a create without an answer is looked for.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub settle_for: u64,
    /// Wait this long for stock.
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub wait: Option<Duration>,
    /// How often to look while waiting.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = values::duration)]
    pub poll: Duration,
    /// Wait this long until an instance runs and its SSH port answers; else it is placed elsewhere.
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub wait_ready: Option<Duration>,
}
