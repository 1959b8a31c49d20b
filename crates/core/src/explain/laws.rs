//! What every explanation owes its reader, checked against planning anew and against brute force on small markets.

mod conflict;
mod hosts;
mod least;
mod scarcity;
mod ways;

use proptest::prelude::*;

use super::world::{self, STEPS};
use super::*;
use crate::place::place;

fn planned(fleet: &Fleet, request: &Request) -> Plan {
    place(fleet, request, &[], Effort::default()).unwrap().into_plan()
}

fn explained(fleet: &Fleet, request: &Request) -> Explanation {
    explain(fleet, request, Effort::default(), &mut |_| ())
}

fn effective(plan: &Plan) -> Option<Money> {
    plan.objective.as_ref().map(|o| o.effective_cost_per_hr)
}

/// The proved plan of all VMs, if there is one.
fn whole(plan: &Plan) -> Option<Outcome> {
    Outcome::of(plan).filter(|_| plan.unplaced.is_empty())
}

fn key_of(request: &Request, vm: Option<&VmName>, field: Field) -> Key {
    let vm = vm.map(|name| request.vms().iter().position(|vm| vm.name == *name).unwrap());
    Key { field, vm }
}

fn apply(request: &Request, changes: &[Change]) -> Request {
    changes.iter().fold(request.clone(), |request, change| {
        change
            .to
            .put(&request, key_of(&request, change.vm.as_ref(), change.field))
    })
}

fn check(fleet: &Fleet, request: &Request) {
    let told = explained(fleet, request);
    assert!(told.complete);
    ways::claims_hold(fleet, request, &told);
    ways::no_single_key_is_missed(fleet, request, &told);
    ways::no_saving_is_missed(fleet, request, &told);
    least::changes_are_least(fleet, request, &told);
    conflict::is_irreducible(fleet, request, &told);
    hosts::counts_agree(fleet, request, &told);
    hosts::why_not_holds(fleet, request);
    scarcity::shortages_hold(fleet, request, &told);
    scarcity::shadow_prices_hold(fleet, request);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn of_one_vm(fleet in world::markets(6), request in world::lone_requests()) {
        check(&fleet, &request);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn of_a_fleet(fleet in world::markets(4), request in world::fleet_requests()) {
        check(&fleet, &request);
    }
}
