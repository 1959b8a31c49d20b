//! From fleet and request to a plan: judge, compile, solve, assemble.
//!
//! A request for one VM needs no solver: the best candidate is the plan. Everything else becomes a [`Problem`](crate::solve::Problem).

mod assemble;
mod compile;
mod greedy;
mod likely;
mod ports;
mod standing;

use crate::candidate::{self, Candidate, Rejections};
use crate::fit::Matcher;
use crate::fleet::{Fleet, HostId};
use crate::money::Money;
use crate::plan::{Plan, Status};
use crate::request::Request;
use crate::solve::assignment::{Violation, check};
use crate::solve::problem::OptIx;
use crate::solve::{self, Limits, Solution, Watch};
use crate::verify::{Finding, VerifiedPlan, verify};

pub(crate) use assemble::placement_of;
pub use compile::{Compiled, compile};
pub(crate) use greedy::first_fit;
pub use greedy::{Greedy, greedy};
pub use standing::Standing;

use assemble::{Chosen, Proof};

/// With more options than this, those that are unlikely are not even tried.
const MOST_OPTIONS: usize = 4_000_000;

/// How far to go, and who looks on.
#[derive(Clone, Copy)]
pub struct Effort<'a> {
    /// Where the solver stops.
    pub limits: Limits,
    /// Who sees progress and may stop it early.
    pub watch: &'a dyn Watch,
}

impl Default for Effort<'_> {
    fn default() -> Self {
        Effort {
            limits: Limits::default(),
            watch: &solve::Silent,
        }
    }
}

/// A plan that failed its own examination: a defect of this library, never of the input.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the plan did not pass its examination, so it is withheld: {}", list(.findings))]
pub struct Unsound {
    /// All that is wrong with it.
    pub findings: Vec<Finding>,
}

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .take(5)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Plans what is asked for and does not stand yet, at proven least cost as far as the limits allow, and has the plan examined by
/// code that shares nothing with the choice.
///
/// VMs in `standing` exist already: they count for `spread`, `together`, the budget and the numbers of replicas, but take nothing
/// from the fleet, which no longer lists what they hold.
///
/// # Errors
///
/// [`Unsound`] if the examination finds anything; no input should bring that about.
pub fn place(
    fleet: &Fleet,
    request: &Request,
    standing: &[Standing],
    effort: Effort<'_>,
) -> Result<VerifiedPlan, Unsound> {
    examine(fleet, request, standing, &propose(fleet, request, standing, effort))
}

/// The examination alone, of a plan that [`propose`] made on this very fleet.
///
/// # Errors
///
/// [`Unsound`] if the examination finds anything.
pub fn examine(fleet: &Fleet, request: &Request, standing: &[Standing], plan: &Plan) -> Result<VerifiedPlan, Unsound> {
    verify(fleet, request, standing, plan).map_err(|findings| Unsound { findings })
}

/// The same without the examination: for what-if questions, and while ports are still unknown.
pub fn propose(fleet: &Fleet, request: &Request, standing: &[Standing], effort: Effort<'_>) -> Plan {
    match single(fleet, request, standing) {
        Some(plan) => plan,
        None => solved(fleet, request, standing, effort),
    }
}

/// The hosts that a plan uses although their ports are unknown and are needed: what has to be fetched before it can be trusted.
pub fn needs_detail(fleet: &Fleet, request: &Request, plan: &Plan) -> Vec<HostId> {
    let asks_ports = |name: &crate::request::VmName| {
        request
            .vms()
            .iter()
            .any(|vm| vm.name == *name && !crate::sizes::ports(vm).is_empty())
    };
    let unknown = |id: &HostId| fleet.find(id).is_some_and(|at| fleet.host(at).ports.is_none());
    let mut hosts: Vec<HostId> = plan
        .placements
        .iter()
        .filter(|p| asks_ports(&p.vm) && unknown(&p.host_id))
        .map(|p| p.host_id.clone())
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// The plan for a request of one VM; `None` if there are more or rules reach beyond it.
pub(crate) fn single(fleet: &Fleet, request: &Request, standing: &[Standing]) -> Option<Plan> {
    let [vm] = request.vms() else { return None };
    if vm.replicas.get() > 1 || !standing.is_empty() {
        return None;
    }
    let matcher = Matcher::new(fleet, request, vm);
    let (best, rejections) = match request.budget_per_hr {
        None => candidate::best(fleet, &matcher),
        Some(budget) => best_within(fleet, &matcher, budget),
    };
    let chosen: Vec<Chosen> = best
        .map(|candidate| Chosen {
            vm: 0,
            replica: 0,
            candidate,
        })
        .into_iter()
        .collect();
    let effective = best.map_or(Money::ZERO, |c| c.way.effective);
    let unplaced_weight = if best.is_some() { 0 } else { u128::from(vm.weight.get()) };
    let proof = Proof {
        status: if best.is_some() || request.partial {
            Status::Optimal
        } else {
            Status::Infeasible
        },
        unplaced_weight,
        weight_bound: unplaced_weight,
        cost_bound: effective,
        method: "best candidate",
        work: fleet.hosts().len() as u64,
    };
    Some(assemble::plan(
        fleet,
        request,
        standing,
        chosen,
        vec![rejections],
        proof,
    ))
}

fn best_within(fleet: &Fleet, matcher: &Matcher<'_>, budget: Money) -> (Option<Candidate>, Rejections) {
    let all = candidate::candidates(fleet, matcher);
    (
        all.ranked.into_iter().find(|c| c.way.cost.total <= budget),
        all.rejections,
    )
}

fn solved(fleet: &Fleet, request: &Request, standing: &[Standing], effort: Effort<'_>) -> Plan {
    let likely = compile::compile_likely(fleet, request, standing);
    let solution = solve::solve(&likely.problem, &effort.limits, effort.watch);
    let done = likely.problem.is_whole() || solution.status == solve::Status::Optimal;
    let left = effort.limits.work.saturating_sub(solution.work);
    if done || left == 0 || effort.watch.stop() || likely.options_in_all > MOST_OPTIONS {
        return of_solution(fleet, request, standing, likely, &solution);
    }
    // What the likely options do not settle, all of them do.
    let whole = compile::compile(fleet, request, standing);
    let known = likely.carried_to(&whole, &solution.chosen);
    let mut settled = solve::solve_from(&whole.problem, &known, &Limits { work: left }, effort.watch);
    settled.work += solution.work;
    of_solution(fleet, request, standing, whole, &settled)
}

impl Compiled {
    /// The plan that a choice of options stands for, with nothing proved of it: how many copies of which option, by whomever it was
    /// chosen. The plan is not examined yet.
    ///
    /// # Errors
    ///
    /// The rule of the problem that the choice breaks.
    pub fn unproved(self, fleet: &Fleet, request: &Request, chosen: Vec<(OptIx, u32)>) -> Result<Plan, Violation> {
        check(&self.problem, &chosen)?;
        let solution = Solution::of_plan(&self.problem, chosen);
        Ok(of_solution(fleet, request, &[], self, &solution))
    }
}

/// The plan that a solution of the compiled problem stands for.
pub(crate) fn of_solution(
    fleet: &Fleet,
    request: &Request,
    standing: &[Standing],
    compiled: Compiled,
    solution: &Solution,
) -> Plan {
    let chosen = if matches!(solution.status, solve::Status::Optimal | solve::Status::Feasible) {
        compiled.chosen(fleet, solution)
    } else {
        Vec::new()
    };
    let proof = Proof {
        status: match solution.status {
            solve::Status::Optimal => Status::Optimal,
            solve::Status::Feasible => Status::Feasible,
            solve::Status::Infeasible => Status::Infeasible,
            solve::Status::Unknown => Status::Unknown,
        },
        unplaced_weight: solution.unplaced_weight,
        weight_bound: solution.weight_bound,
        cost_bound: Money::from_nanos(solution.cost_bound),
        method: solution.method,
        work: solution.work,
    };
    assemble::plan(fleet, request, standing, chosen, compiled.rejections, proof)
}
