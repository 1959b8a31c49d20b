//! The one road from a request to its end: look at the market, plan, show, and buy if that is wanted.

use gpu_place_core::place::Effort;
use gpu_place_core::plan::{Plan, Status};
use gpu_place_core::request::Request;
use gpu_place_core::solve::Limits;

use crate::args::SolvingFlags;
use crate::args::buying::BuyingFlags;
use crate::args::market::MarketFlags;
use crate::failure::{Exit, Failure};
use crate::market::{Market, View};
use crate::out::Out;
use crate::patterns;
use crate::show::fleet_plan::Whole;
use crate::show::greedy;
use crate::show::plan::Single;
use crate::show::table::stdout_width;
use crate::watch::{Interrupt, SolverWatch};

/// What is asked for, and how to go about it.
pub struct Asked<'a> {
    pub request: Request,
    pub market: &'a MarketFlags,
    pub solving: &'a SolvingFlags,
    pub buying: &'a BuyingFlags,
}

pub async fn run(mut asked: Asked<'_>, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    within_budget(&mut asked);
    let market = Market::open(asked.market)?;
    let watch = SolverWatch::new(out.draws_progress(), asked.solving.time_limit, interrupt);
    let limits = asked.solving.effort.map_or_else(Limits::default, |work| Limits { work });
    let effort = Effort { limits, watch: &watch };
    let (view, plan) = market.plan(&asked.request, effort, out).await?;
    drop(watch);
    for warning in patterns::check(&view.fleet, &asked.request)? {
        out.warn(&warning);
    }
    let plan = plan.plan();
    show(&asked, &view, plan, out)?;
    Ok(exit(&asked.request, plan))
}

/// A budget of this run binds the plan as well: what could not be bought is not planned.
fn within_budget(asked: &mut Asked<'_>) {
    let stated = [asked.request.budget_per_hr, asked.buying.budget];
    asked.request.budget_per_hr = stated.into_iter().flatten().min();
}

fn show(asked: &Asked<'_>, view: &View, plan: &Plan, out: Out) -> Result<(), Failure> {
    if out.json {
        return out.answer(&plan.to_json());
    }
    let (request, fleet, data, width) = (&asked.request, &view.fleet, view.data.clone(), stdout_width());
    let one = request.vms().len() == 1 && request.total_replicas() == 1;
    let text = if one {
        Single { fleet, request, plan, data, width }.text()
    } else {
        Whole { fleet, plan, greedy: Some(greedy::greedy(fleet, request)), data, width }.text()
    };
    out.answer(&text)
}

fn exit(request: &Request, plan: &Plan) -> Exit {
    match plan.status {
        Status::Optimal | Status::Feasible if plan.unplaced.is_empty() => Exit::Done,
        Status::Optimal | Status::Feasible => {
            debug_assert!(request.partial);
            Exit::NoPlacement
        }
        Status::Infeasible | Status::Unknown => Exit::NoPlacement,
    }
}
