//! Whether every VM asked for is named once, in order, and whether the status allows for those left out.

use std::collections::BTreeMap;

use super::case::Case;
use super::finding::{Finding, List, Replica};
use crate::plan::Status;
use crate::request::VmName;

/// Position in the request, and replica.
type Key = (usize, u32);

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let placed = keys(case, case.plan.placements.iter().map(|p| (&p.vm, p.replica)), findings);
    let left_out = keys(case, case.plan.unplaced.iter().map(|u| (&u.vm, u.replica)), findings);
    check_order(&placed, List::Placements, findings);
    check_order(&left_out, List::Unplaced, findings);
    check_named_once(case, &placed, &left_out, findings);
    check_numbering(case, &placed, &left_out, findings);
    check_status(case, findings);
}

fn keys<'p>(case: &Case<'_>, named: impl Iterator<Item = (&'p VmName, u32)>, findings: &mut Vec<Finding>) -> Vec<Key> {
    let mut keys = Vec::new();
    for (vm, replica) in named {
        match case.position(vm) {
            Some(at) => keys.push((at, replica)),
            None => findings.push(Finding::UnknownVm(Replica::new(vm, replica))),
        }
    }
    keys
}

fn check_order(keys: &[Key], list: List, findings: &mut Vec<Finding>) {
    if !keys.is_sorted() {
        findings.push(Finding::Order(list));
    }
}

fn check_named_once(case: &Case<'_>, placed: &[Key], left_out: &[Key], findings: &mut Vec<Finding>) {
    let mut times: BTreeMap<Key, usize> = case.wanted().into_iter().map(|key| (key, 0)).collect();
    let wanted = times.len();
    for key in placed.iter().chain(left_out) {
        *times.entry(*key).or_default() += 1;
    }
    if times.len() == wanted && times.values().all(|n| *n == 1) {
        return;
    }
    let wanted = case.wanted();
    for (key, times) in times {
        let expected = usize::from(wanted.contains(&key));
        if times != expected {
            findings.push(Finding::Named {
                who: who(case, key),
                times,
                expected,
            });
        }
    }
}

/// Of one entry, the replicas placed come before those left out.
fn check_numbering(case: &Case<'_>, placed: &[Key], left_out: &[Key], findings: &mut Vec<Finding>) {
    let mut last: BTreeMap<usize, u32> = BTreeMap::new();
    for (at, replica) in placed {
        let last = last.entry(*at).or_insert(*replica);
        *last = (*last).max(*replica);
    }
    for key in left_out {
        if last.get(&key.0).is_some_and(|last| *last > key.1) {
            findings.push(Finding::Numbering(who(case, *key)));
        }
    }
}

fn check_status(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let plan = case.plan;
    let (placed, left_out) = (plan.placements.len(), plan.unplaced.len());
    let contradicts = if plan.status.has_plan() {
        left_out > 0 && !case.request.partial
    } else {
        placed > 0
    };
    if contradicts {
        findings.push(Finding::Status {
            status: plan.status,
            placed,
            left_out,
        });
    }
    let affordable = case
        .request
        .budget_per_hr
        .is_none_or(|budget| case.standing_cost() <= budget.nanos());
    if plan.status == Status::Infeasible && case.request.partial && affordable {
        findings.push(Finding::NothingIsAPlan);
    }
}

pub(super) fn who(case: &Case<'_>, (at, replica): Key) -> Replica {
    let vm = case.asks.get(at).map_or(String::new(), |ask| ask.vm.name.to_string());
    Replica { vm, replica }
}
