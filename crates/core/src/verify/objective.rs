//! The sums, the bounds beside them, and the status they earn.

use super::case::Case;
use super::finding::Finding;
use super::placement::Seat;
use crate::money::{Money, NANO};
use crate::plan::{Objective, Status};

/// How far a printed gap may be from the exact one, in 10⁻⁹: plans may round it.
const GAP_TOLERANCE: i128 = 1_000;

pub(super) fn check(case: &Case<'_>, seats: &[Seat<'_>], findings: &mut Vec<Finding>) {
    // A seat that could not be judged is noted already, and no sum is right without it.
    let complete = seats.len() == case.plan.placements.len();
    if complete {
        check_budget(case, seats, findings);
    }
    match (&case.plan.objective, case.plan.status.has_plan()) {
        (Some(objective), true) => {
            check_weight(case, objective, findings);
            if complete {
                check_sums(objective, seats, findings);
            }
            check_bounds(objective, findings);
            check_gap(objective, findings);
            check_earned(case, objective, findings);
        }
        (None, false) => {}
        (objective, _) => {
            findings.push(Finding::Objective {
                status: case.plan.status,
                stated: objective.is_some(),
            });
        }
    }
}

fn check_budget(case: &Case<'_>, seats: &[Seat<'_>], findings: &mut Vec<Finding>) {
    let (cost, standing) = (sum(seats.iter().map(|s| s.cost.total())), case.standing_cost());
    let Some(budget) = case.request.budget_per_hr else {
        return;
    };
    if !seats.is_empty() && cost.saturating_add(standing) > budget.nanos() {
        let (cost, standing) = (Money::from_nanos(cost), Money::from_nanos(standing));
        findings.push(Finding::Budget { cost, standing, budget });
    }
}

fn check_weight(case: &Case<'_>, objective: &Objective, findings: &mut Vec<Finding>) {
    let weights = case.plan.unplaced.iter().filter_map(|left_out| {
        let vm = case.position(&left_out.vm).and_then(|at| case.request.vms().get(at))?;
        Some(u128::from(vm.weight.get()))
    });
    let expected = weights.fold(0, u128::saturating_add);
    let (found, bound) = (objective.unplaced_weight, objective.unplaced_weight_bound);
    if found != expected {
        let (found, expected) = (found.to_string(), expected.to_string());
        findings.push(Finding::Sum {
            field: "unplaced_weight",
            found,
            expected,
        });
    }
    if bound > found {
        let (bound, reached) = (bound.to_string(), found.to_string());
        findings.push(Finding::Bound {
            field: "unplaced_weight_bound",
            bound,
            reached,
        });
    }
}

fn check_sums(objective: &Objective, seats: &[Seat<'_>], findings: &mut Vec<Finding>) {
    let cost = sum(seats.iter().map(|s| s.cost.total()));
    let effective = sum(seats.iter().map(|s| s.effective));
    for (field, found, expected) in [
        ("cost_per_hr", objective.cost_per_hr, cost),
        ("effective_cost_per_hr", objective.effective_cost_per_hr, effective),
    ] {
        if found.nanos() != expected {
            let (found, expected) = (found.to_string(), Money::from_nanos(expected).to_string());
            findings.push(Finding::Sum { field, found, expected });
        }
    }
}

fn check_bounds(objective: &Objective, findings: &mut Vec<Finding>) {
    let (bound, reached) = (objective.lower_bound_per_hr, objective.effective_cost_per_hr);
    if bound > reached || bound < Money::ZERO {
        let (bound, reached) = (bound.to_string(), reached.to_string());
        findings.push(Finding::Bound {
            field: "lower_bound_per_hr",
            bound,
            reached,
        });
    }
}

fn check_gap(objective: &Objective, findings: &mut Vec<Finding>) {
    let effective = objective.effective_cost_per_hr.nanos();
    let open = effective.saturating_sub(objective.lower_bound_per_hr.nanos());
    let found = objective.gap.share().nanos();
    // Both sides of found / 10⁹ = open / effective, multiplied out; a gap outside 0 to 1 is wrong in any case.
    let sound = (0..=NANO).contains(&found) && effective >= 0;
    let exact = open.saturating_mul(NANO);
    let off = if effective == 0 {
        found
    } else {
        found.saturating_mul(effective).saturating_sub(exact)
    };
    let near = off.saturating_abs() <= GAP_TOLERANCE.saturating_mul(effective);
    let tiny = exact <= effective;
    if !sound || !near || ((open > 0) != (found > 0) && !tiny) {
        findings.push(Finding::Gap {
            found: objective.gap.share(),
            open: Money::from_nanos(open),
        });
    }
}

/// A plan is optimal exactly if its bounds say so.
fn check_earned(case: &Case<'_>, objective: &Objective, findings: &mut Vec<Finding>) {
    let proved = objective.lower_bound_per_hr == objective.effective_cost_per_hr
        && objective.unplaced_weight_bound == objective.unplaced_weight;
    if proved != (case.plan.status == Status::Optimal) {
        findings.push(Finding::Earned {
            status: case.plan.status,
            proved,
        });
    }
}

fn sum(amounts: impl Iterator<Item = i128>) -> i128 {
    amounts.fold(0, i128::saturating_add)
}
