//! `gpu-place plan FLEET_FILE`: a whole fleet, on the same road as a single VM.

use clap::ArgMatches;
use gpu_place_core::explain::text::Spelling;

use crate::args::PlanFlags;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::out::Out;
use crate::planning::{self, Asked};
use crate::retyped;
use crate::watch::Interrupt;

pub async fn run(flags: &PlanFlags, typed: &ArgMatches, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    let request = input::fleet_file(&flags.fleet_file)?;
    if flags.check {
        return checked(flags, &request, out);
    }
    let asked = Asked {
        request,
        market: &flags.market,
        solving: &flags.solving,
        buying: &flags.buying,
        spelling: Spelling::Keys,
        explaining: retyped::explaining(typed),
    };
    planning::run(asked, out, interrupt).await
}

fn checked(flags: &PlanFlags, request: &gpu_place_core::request::Request, out: Out) -> Result<Exit, Failure> {
    let (entries, vms) = (request.vms().len(), request.total_replicas());
    if out.json {
        let document = serde_json::json!({ "schema": "gpu-place/check/1", "entries": entries, "vms": vms });
        return out.answer(&format!("{document}\n")).map(|()| Exit::Done);
    }
    let file = flags.fleet_file.display();
    out.answer(&format!("{file}: good: {entries} entries, {vms} VMs\n"))
        .map(|()| Exit::Done)
}
