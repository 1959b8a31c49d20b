//! Flags that say which marketplace is looked at.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values;

/// Which marketplace.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Market")]
pub struct MarketFlags {
    /// Where to look and buy [default: tensordock, where a token is at hand]
    #[arg(long, value_name = "MARKET")]
    pub market: Option<MarketName>,
    /// Plan on a recorded snapshot; nothing can be created. `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["market", "api_url", "token_file"])]
    pub snapshot: Option<PathBuf>,
    /// The API's whole base URL, /api/v2 included.
    #[arg(long, value_name = "URL", conflicts_with = "market")]
    pub api_url: Option<String>,
    /// A file that holds the API token, instead of TENSORDOCK_API_TOKEN.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Calls a minute, at most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: u32,
    /// Longest wait for an answer [default: 30s to look, 120s to create, 60s to delete]
    #[arg(long, value_name = "DURATION", env = "GPU_PLACE_HTTP_TIMEOUT", value_parser = values::some_time)]
    pub http_timeout: Option<Duration>,
    /// Refuse a snapshot that is older than this.
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub max_age: Option<Duration>,
}

/// The marketplaces that can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MarketName {
    /// The TensorDock marketplace.
    Tensordock,
    /// A marketplace inside this program, with made-up stock: no account needed, nothing is spent.
    Sim,
}
