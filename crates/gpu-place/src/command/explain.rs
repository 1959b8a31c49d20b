//! `gpu-place explain`: why a request has no placement, or not a cheaper one.

use gpu_place_core::explain::text::{Line, Role, Spelling, lines};
use gpu_place_core::explain::{Explanation, News, explain_plan, shadow_prices, why_not};
use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::place::Effort;
use gpu_place_core::plan::Plan;
use gpu_place_core::request::Request;

use crate::args::ExplainFlags;
use crate::failure::{Exit, Failure};
use crate::market::Market;
use crate::out::Out;
use crate::planning::limits;
use crate::show::style::{STRONG, paint};
use crate::watch::{Interrupt, SolverWatch};
use crate::{input, patterns};

/// Changed fleets that are planned to see what is scarce.
const SHADOWS: usize = 12;

pub async fn run(flags: &ExplainFlags, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    let (request, spelling) = asked(flags)?;
    let market = Market::open(&flags.market)?;
    let watch = SolverWatch::new(out.draws_progress(), flags.solving.time_limit, interrupt);
    let effort = Effort {
        limits: limits(&flags.solving),
        watch: &watch,
    };
    // Live, the details that a plan needs are fetched; the rest counts as if its ports sufficed.
    let (view, plan) = market.plan(&request, effort, out).await?;
    let plan = plan.into_plan();
    for warning in patterns::check(&view.fleet, &request).unwrap_or_default() {
        out.warn(&warning);
    }
    let mut told = explained(&view.fleet, &request, &plan, effort, out);
    if let Some(host) = &flags.why_not {
        told.why_not = Some(why_not(&view.fleet, &request, &plan, &HostId::new(host), effort));
    }
    if plan.status.has_plan() && request.total_replicas() > 1 {
        told.shadow_prices = shadow_prices(&view.fleet, &request, &plan, SHADOWS, effort);
    }
    watch.rest();
    if out.json {
        return out.answer(&told.to_json()).map(|()| Exit::Done);
    }
    let text = text(&lines(&view.fleet, &request, &plan, &told, spelling));
    out.answer(&format!("{text}\n{}\n", view.data)).map(|()| Exit::Done)
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

/// The explanation of a plan, with a word on each thing that becomes known.
fn explained(fleet: &Fleet, request: &Request, plan: &Plan, effort: Effort<'_>, out: Out) -> Explanation {
    let mut listener = |news: News<'_>| {
        if let News::Conflict(members) = news {
            out.note(&format!("{} constraints clash; looking for ways out", members.len()));
        }
    };
    explain_plan(fleet, request, plan, effort, &mut listener)
}

/// The lines with their heads emphasised.
fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        match line.role {
            Role::Heading => text += &format!("\n{}\n", paint(STRONG, &line.text)),
            Role::Item => text += &format!("  {}\n", line.text),
            Role::Answer => text += &format!("{}\n", paint(STRONG, &line.text)),
            Role::Note => text += &format!("{}\n", line.text),
        }
    }
    text
}
