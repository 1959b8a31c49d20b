//! Whether several VMs have any plan at all: what is seen at a glance first, the solver last.

use std::sync::atomic::{AtomicBool, Ordering};

use super::probe::Answer;
use crate::fleet::Fleet;
use crate::money::Money;
use crate::place::{Effort, compile, first_fit};
use crate::request::Request;
use crate::solve::problem::{Cost, DemandIx, Opt, Problem};
use crate::solve::{self, Progress, Solution, Status, Watch};

/// The answer, and the solver's work for it. A budget is kept if the least real cost is within it, which is easier to see than to
/// plan under it.
pub(super) fn feasible(fleet: &Fleet, request: &Request, effort: Effort<'_>) -> (Answer, u64) {
    let mut open = request.clone();
    (open.budget_per_hr, open.downtime_cost_per_hr, open.partial) = (None, Money::ZERO, false);
    let mut problem = compile(fleet, &open, &[]).problem;
    let budget = request.budget_per_hr.map(Money::nanos);
    if is_short(&problem) || budget.is_some_and(|budget| least_spend(&problem) > budget) {
        return (Answer::No, 0);
    }
    let easy = first_fit(fleet, &open, &problem);
    let within = |cost: Cost| budget.is_none_or(|budget| cost <= budget);
    if easy.unplaced_weight == 0 && within(easy.cost_per_hr.nanos()) {
        return (Answer::Yes, 0);
    }
    for demand in &mut problem.demands {
        demand.weight = 1;
    }
    if budget.is_none() {
        make_free(&mut problem);
    }
    let watch = Settled {
        outer: effort.watch,
        budget,
        settled: AtomicBool::new(false),
    };
    let solution = solve::solve(&problem, &effort.limits, &watch);
    (judged(&solution, within), solution.work)
}

/// The least weight that a plan without budget may leave out, as far as one was found, and the solver's work for it.
pub(super) fn left_out(fleet: &Fleet, request: &Request, effort: Effort<'_>) -> (Option<u128>, u64) {
    let mut open = request.clone();
    (open.budget_per_hr, open.downtime_cost_per_hr, open.partial) = (None, Money::ZERO, true);
    let mut problem = compile(fleet, &open, &[]).problem;
    make_free(&mut problem);
    let solution = solve::solve(&problem, &effort.limits, effort.watch);
    let found = matches!(solution.status, Status::Optimal | Status::Feasible);
    (found.then_some(solution.unplaced_weight), solution.work)
}

/// Where any plan will do: with nothing to pay, the first is the best.
fn make_free(problem: &mut Problem) {
    for option in &mut problem.options {
        (option.cost, option.spend) = (0, 0);
    }
}

fn judged(solution: &Solution, within: impl Fn(Cost) -> bool) -> Answer {
    match solution.status {
        Status::Infeasible => Answer::No,
        Status::Unknown => Answer::Unknown,
        Status::Optimal | Status::Feasible if within(solution.cost) => Answer::Yes,
        Status::Optimal | Status::Feasible if !within(solution.cost_bound) => Answer::No,
        Status::Optimal | Status::Feasible => Answer::Unknown,
    }
}

/// Whether empty hosts, or the places of a rule of spread, would take too few copies of a demand even if it had them to itself.
fn is_short(problem: &Problem) -> bool {
    let mut room = vec![vec![0_u64; problem.hosts.len()]; problem.demands.len()];
    for option in &problem.options {
        let taken = &mut room[option.demand as usize][option.host as usize];
        *taken = taken.saturating_add(copies(problem, option));
    }
    let wanted = |demand: DemandIx| u64::from(problem.demands[demand as usize].copies);
    let lacks = |(demand, taken): (usize, &Vec<u64>)| sum(taken.iter().copied()) < wanted(demand as DemandIx);
    let crowded = |rule: &solve::problem::Spread| {
        let mut places: Vec<u64> = vec![0; rule.room.len()];
        for demand in &rule.demands {
            for (host, taken) in room[*demand as usize].iter().enumerate() {
                let place = &mut places[rule.place_of[host] as usize];
                *place = place.saturating_add(*taken);
            }
        }
        let open = places
            .iter()
            .zip(&rule.room)
            .map(|(taken, room)| (*taken).min(u64::from(*room)));
        sum(open) < sum(rule.demands.iter().map(|demand| wanted(*demand)))
    };
    room.iter().enumerate().any(lacks) || problem.spreads.iter().any(crowded)
}

fn sum(amounts: impl Iterator<Item = u64>) -> u64 {
    amounts.fold(0, u64::saturating_add)
}

/// How many copies one host would take this way, empty as it is.
fn copies(problem: &Problem, option: &Opt) -> u64 {
    let capacity = &problem.hosts[option.host as usize];
    let fit = option
        .needs
        .iter()
        .map(|(dim, amount)| capacity[*dim as usize] / amount);
    fit.min().unwrap_or(u64::MAX)
}

/// What all would spend if each had its cheapest way to itself.
fn least_spend(problem: &Problem) -> Cost {
    let mut least: Vec<Option<Cost>> = vec![None; problem.demands.len()];
    for option in &problem.options {
        let least = &mut least[option.demand as usize];
        *least = Some(least.map_or(option.spend, |spend| spend.min(option.spend)));
    }
    let spends = problem.demands.iter().zip(least);
    spends
        .map(|(demand, least)| least.unwrap_or(0).saturating_mul(Cost::from(demand.copies)))
        .sum()
}

/// Stops a solve as soon as it is seen whether there is a plan within a budget.
struct Settled<'a> {
    outer: &'a dyn Watch,
    budget: Option<Cost>,
    settled: AtomicBool,
}

impl Watch for Settled<'_> {
    fn progress(&self, progress: &Progress) {
        let all = progress.unplaced_weight == Some(0);
        let cheap = |cost: Cost| self.budget.is_none_or(|budget| cost <= budget);
        if all && (progress.cost.is_some_and(cheap) || !cheap(progress.cost_bound)) {
            self.settled.store(true, Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        self.settled.load(Ordering::Relaxed) || self.outer.stop()
    }
}
