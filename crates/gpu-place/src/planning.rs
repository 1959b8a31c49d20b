//! The one road from a request to its end: look at the market, plan, show, and buy if that is wanted.

use gpu_place_core::explain::text::{Spelling, brief};
use gpu_place_core::explain::{Explanation, explain_plan};
use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::money::Money;
use gpu_place_core::place::{Effort, greedy};
use gpu_place_core::plan::{Plan, Status};
use gpu_place_core::request::Request;
use gpu_place_core::solve::Limits;
use gpu_place_core::verify::VerifiedPlan;
use gpu_place_fetch::store;

use crate::args::SolvingFlags;
use crate::args::buying::BuyingFlags;
use crate::args::market::MarketFlags;
use crate::buying::{self, Counter, Intent, Purchase};
use crate::command::explain::scarce;
use crate::failure::{Exit, Failure};
use crate::market::{Market, View};
use crate::out::Out;
use crate::report::Report;
use crate::show::explained::text;
use crate::show::fleet_plan::Whole;
use crate::show::plan::Single;
use crate::show::table::stdout_width;
use crate::watch::{Interrupt, SolverWatch};
use crate::{asking, dry_run, patterns, report, show, waiting};

/// What is asked for, and how to go about it.
pub struct Asked<'a> {
    pub request: Request,
    pub market: &'a MarketFlags,
    pub solving: &'a SolvingFlags,
    pub buying: &'a BuyingFlags,
    /// How changes of it are spelled.
    pub spelling: Spelling,
    /// What to type to have the plan explained.
    pub explaining: String,
}

/// A verified plan, what it was made from, and why it is no better, where that is to be told.
struct Planned {
    view: View,
    plan: VerifiedPlan,
    told: Option<Explanation>,
}

/// The share of the work for the plan that goes into explaining it unasked.
const FOR_WHY: u64 = 4;

pub async fn run(mut asked: Asked<'_>, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    within_budget(&mut asked.request, asked.buying.budget);
    let intent = Intent::of(asked.buying, out, asked.market.snapshot.is_some())?;
    let launch = match intent {
        Intent::PlanOnly => None,
        _ => Some(buying::launch(asked.buying, &asked.request)?),
    };
    for vm in asked
        .request
        .vms()
        .iter()
        .filter(|vm| vm.public_ip && vm.ports.as_ref().is_some_and(|p| !p.is_empty()))
    {
        out.warn(&format!(
            "{}: a VM with a public IP is reached at it directly; its ports are not forwarded",
            vm.name
        ));
    }
    let market = Market::open(asked.market)?;
    let watch = SolverWatch::new(out.draws_progress(), asked.solving.time_limit, interrupt.clone());
    let effort = Effort {
        limits: limits(asked.solving),
        watch: &watch,
    };
    match (&market, launch) {
        (Market::Live(live), Some(launch)) if intent.buys() => {
            let mut counter = Counter {
                client: live.client.clone(),
                effort,
                interrupt: &interrupt,
                out,
            };
            let mut purchase = Purchase::begin(asked.buying, &asked.request, launch, live)?;
            purchase.look_first(&mut counter).await?;
            if purchase.session.is_unfinished() {
                watch.rest();
                out.note("an earlier run left this request unfinished; it is taken up");
                return purchase.buy(asked.buying, &asked.request, None, counter).await;
            }
            let set_aside: Vec<HostId> = purchase.set_aside()?.into_iter().map(|s| s.host).collect();
            let Planned { view, plan, told } = planned(&asked, &market, effort, &set_aside, &interrupt, out).await?;
            watch.rest();
            if !plan.plan().status.has_plan() || plan.plan().placements.is_empty() {
                return finish(&asked, &view, plan.plan(), told.as_ref(), out);
            }
            if intent == Intent::Ask || !out.json {
                show(&asked, &view, plan.plan(), out)?;
            }
            if intent == Intent::Ask && !asking::agreed(plan.plan(), &interrupt).await {
                out.note("nothing was created");
                return Ok(Exit::Done);
            }
            if interrupt.pressed() {
                return Err(Failure::could_not("stopped by Ctrl-C before anything was created"));
            }
            let bought = purchase
                .buy(asked.buying, &asked.request, Some((&view, &plan)), counter)
                .await?;
            Ok(if bought == Exit::Done {
                exit(plan.plan())
            } else {
                bought
            })
        }
        (_, launch) => {
            let Planned { view, plan, told } = planned(&asked, &market, effort, &[], &interrupt, out).await?;
            watch.rest();
            if let Some(launch) = launch {
                dry_run::print(&asked.request, plan.plan(), &launch, out)?;
                return Ok(exit(plan.plan()));
            }
            let exit = finish(&asked, &view, plan.plan(), told.as_ref(), out)?;
            if matches!(market, Market::Live(_)) && exit == Exit::Done && !out.json {
                out.note("nothing was created; --yes creates it, with --ssh-key or --ssh-key-id");
            }
            Ok(exit)
        }
    }
}

pub fn limits(solving: &SolvingFlags) -> Limits {
    solving.effort.map_or_else(Limits::default, |work| Limits { work })
}

/// A budget of this run binds the plan as well: what could not be bought is not planned.
pub fn within_budget(request: &mut Request, budget: Option<Money>) {
    let stated = [request.budget_per_hr, budget];
    request.budget_per_hr = stated.into_iter().flatten().min();
}

/// The plan, once there is one to be had within the time that may be waited.
async fn planned(
    asked: &Asked<'_>,
    market: &Market,
    effort: Effort<'_>,
    set_aside: &[HostId],
    interrupt: &Interrupt,
    out: Out,
) -> Result<Planned, Failure> {
    let request = without(&asked.request, set_aside);
    if let Some(warning) = show::set_aside(set_aside) {
        out.warn(&warning);
    }
    let (view, plan) = match asked.buying.wait {
        None => market.plan(&request, effort, out).await?,
        Some(wait) => tokio::select! {
            found = waiting::planned(market, &request, effort, wait, asked.buying.poll, out) => found?,
            () = interrupt.wait() => {
                return Err(Failure::could_not("stopped by Ctrl-C while waiting for stock; nothing was created"));
            }
        },
    };
    for warning in patterns::check(&view.fleet, &request)? {
        out.warn(&warning);
    }
    if let Some(file) = &asked.solving.save_snapshot {
        store::save(file, &view.document).map_err(|e| Failure::could_not(e.to_string()))?;
    }
    let failed = !plan.plan().unplaced.is_empty() && !out.json;
    let wanted = failed || asked.solving.report.is_some();
    let told = wanted.then(|| why(&view.fleet, &request, plan.plan(), effort));
    if let Some(file) = &asked.solving.report {
        let page = Report {
            fleet: &view.fleet,
            request: &request,
            plan: plan.plan(),
            explanation: told.as_ref(),
            spelling: asked.spelling,
        };
        report::write(&page, file)?;
    }
    Ok(Planned { view, plan, told })
}

/// Why the plan is as it is, as far as a part of the effort for the plan tells.
fn why(fleet: &Fleet, request: &Request, plan: &Plan, effort: Effort<'_>) -> Explanation {
    let limits = Limits {
        work: effort.limits.work / FOR_WHY,
    };
    let effort = Effort { limits, ..effort };
    let mut told = explain_plan(fleet, request, plan, effort, &mut |_| ());
    told.shadow_prices = scarce(fleet, request, plan, effort);
    told
}

/// The same request without hosts that failed lately.
fn without(request: &Request, hosts: &[HostId]) -> Request {
    request.with_each_vm(|_, vm| vm.exclude_hosts.extend_from_slice(hosts))
}

fn finish(asked: &Asked<'_>, view: &View, plan: &Plan, told: Option<&Explanation>, out: Out) -> Result<Exit, Failure> {
    show(asked, view, plan, out)?;
    if let Some(told) = told.filter(|_| !out.json && !plan.unplaced.is_empty() && view.fleet.listed() > 0) {
        let lines = brief(&asked.request, plan, told, asked.spelling);
        let more = format!("\nMore: {}\n", asked.explaining);
        out.answer(&(text(&lines, stdout_width()) + &more))?;
    }
    Ok(exit(plan))
}

fn show(asked: &Asked<'_>, view: &View, plan: &Plan, out: Out) -> Result<(), Failure> {
    if out.json {
        return out.answer(&plan.to_json());
    }
    let (request, fleet, data, width) = (&asked.request, &view.fleet, view.data.clone(), stdout_width());
    let one = request.vms().len() == 1 && request.total_replicas() == 1;
    let text = if one {
        Single {
            fleet,
            request,
            plan,
            data,
            width,
        }
        .text()
    } else {
        Whole {
            fleet,
            plan,
            greedy: Some(greedy(fleet, request)),
            data,
            width,
        }
        .text()
    };
    out.answer(&text)
}

fn exit(plan: &Plan) -> Exit {
    match plan.status {
        Status::Optimal | Status::Feasible if plan.unplaced.is_empty() => Exit::Done,
        _ => Exit::NoPlacement,
    }
}
