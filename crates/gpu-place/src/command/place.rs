//! `gpu-place` without a subcommand: one VM, planned, shown, and created if that is wanted.

use clap::ArgMatches;
use gpu_place_core::explain::text::Spelling;

use crate::args::PlaceFlags;
use crate::failure::{Exit, Failure};
use crate::out::Out;
use crate::planning::{self, Asked};
use crate::retyped;
use crate::watch::Interrupt;

pub async fn run(flags: &PlaceFlags, typed: &ArgMatches, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    let request = flags.request.request().map_err(|e| Failure::bad_input(e.to_string()))?;
    let asked = Asked {
        request,
        market: &flags.market,
        solving: &flags.solving,
        buying: &flags.buying,
        spelling: Spelling::Flags,
        explaining: retyped::explaining(typed),
    };
    planning::run(asked, out, interrupt).await
}
