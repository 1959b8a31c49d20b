//! `gpu-place explain`: why a request has no placement, or not a cheaper one.

use gpu_place_core::explain::text::{Spelling, lines, way};
use gpu_place_core::explain::{News, ShadowPrice, explain_plan, shadow_prices, why_not};
use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::place::Effort;
use gpu_place_core::plan::Plan;
use gpu_place_core::request::Request;
use gpu_place_fetch::store;

use crate::args::ExplainFlags;
use crate::failure::{Exit, Failure};
use crate::market::Market;
use crate::out::Out;
use crate::planning::{limits, within_budget};
use crate::report::{self, Report};
use crate::show::explained::text;
use crate::show::table::stdout_width;
use crate::watch::{Interrupt, SolverWatch};
use crate::{input, patterns};

/// Changed fleets that are planned to see what is scarce.
const SHADOWS: usize = 12;

pub async fn run(flags: &ExplainFlags, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    let (mut request, spelling) = asked(flags)?;
    within_budget(&mut request, flags.budget);
    let market = Market::open(&flags.market)?;
    let watch = SolverWatch::new(out.draws_progress(), flags.solving.time_limit, interrupt);
    let effort = Effort {
        limits: limits(&flags.solving),
        watch: &watch,
    };
    // Live, the details that a plan needs are fetched; the rest counts as if its ports sufficed.
    let (view, plan) = market.plan(&request, effort, out).await?;
    let plan = plan.plan();
    for warning in patterns::check(&view.fleet, &request).unwrap_or_default() {
        out.warn(&warning);
    }
    let mut told = explain_plan(&view.fleet, &request, plan, effort, &mut |news| {
        watch.aside(|| say(&request, spelling, news, out))
    });
    if let Some(host) = &flags.why_not {
        told.why_not = Some(why_not(&view.fleet, &request, plan, &HostId::new(host), effort));
    }
    told.shadow_prices = scarce(&view.fleet, &request, plan, effort);
    watch.rest();
    if let Some(file) = &flags.solving.save_snapshot {
        store::save(file, &view.document).map_err(|e| Failure::could_not(e.to_string()))?;
    }
    if let Some(file) = &flags.solving.report {
        let page = Report {
            fleet: &view.fleet,
            request: &request,
            plan,
            explanation: Some(&told),
            spelling,
        };
        report::write(&page, file)?;
    }
    if out.json {
        return out.answer(&told.to_json()).map(|()| Exit::Done);
    }
    let text = text(&lines(&view.fleet, &request, plan, &told, spelling), stdout_width());
    out.answer(&format!("{text}\n{}\n", view.data)).map(|()| Exit::Done)
}

/// The shadow prices of a fleet that has a plan.
pub fn scarce(fleet: &Fleet, request: &Request, plan: &Plan, effort: Effort<'_>) -> Vec<ShadowPrice> {
    if plan.status.has_plan() && request.total_replicas() > 1 {
        shadow_prices(fleet, request, plan, SHADOWS, effort)
    } else {
        Vec::new()
    }
}

/// A word at the terminal on each thing that becomes known about several VMs, as the whole may take a while.
fn say(request: &Request, spelling: Spelling, news: News<'_>, out: Out) {
    if request.total_replicas() == 1 || !out.draws_progress() {
        return;
    }
    match news {
        News::Plan(plan) if !plan.status.has_plan() => {
            let vms = request.total_replicas();
            out.note(&format!("no plan places all {vms} VMs; looking for what clashes"));
        }
        News::Conflict(members) => out.note(&format!("{} constraints clash; looking for ways out", members.len())),
        News::Relaxation(found) => out.note(&format!("found: {}", way(request, found, spelling))),
        News::Plan(_) | News::Shortages(_) => {}
    }
}

fn asked(flags: &ExplainFlags) -> Result<(Request, Spelling), Failure> {
    match &flags.fleet_file {
        Some(_) if flags.request.states_something() => {
            Err(Failure::bad_input("a fleet file and request flags both say what is asked").help("give one of them"))
        }
        Some(file) => Ok((input::fleet_file(file)?, Spelling::Keys)),
        None => Ok((
            flags.request.request().map_err(|e| Failure::bad_input(e.to_string()))?,
            Spelling::Flags,
        )),
    }
}
