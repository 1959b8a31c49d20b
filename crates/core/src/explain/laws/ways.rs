//! Ways out and savings: they cost what they claim, and none is missing.

use super::*;

/// Each way, planned anew, costs what it says, on the hosts that it says.
pub(super) fn claims_hold(fleet: &Fleet, request: &Request, told: &Explanation) {
    let base = whole(&planned(fleet, request));
    for way in &told.relaxations {
        let outcome = Outcome::of(&planned(fleet, &apply(request, &way.changes))).unwrap();
        assert_eq!(
            (outcome.cost, outcome.effective),
            (way.cost_per_hr, way.effective_cost_per_hr),
            "{way:?}"
        );
        assert_eq!(outcome.spots, way.placements, "{way:?}");
        match &base {
            Some(base) => {
                assert_eq!(base.cost - way.cost_per_hr, way.saves_per_hr);
                assert!(way.saves_per_hr > Money::ZERO);
            }
            None => assert_eq!(way.saves_per_hr, Money::ZERO),
        }
        let mut so_far = request.clone();
        for change in &way.changes {
            let key = key_of(request, change.vm.as_ref(), change.field);
            assert_eq!(change.from, Value::of(&so_far, key));
            so_far = change.to.put(&so_far, key);
        }
    }
    let order: Vec<_> = told.relaxations.iter().map(|way| way.effective_cost_per_hr).collect();
    assert!(order.is_sorted());
}

/// Where a key alone has any value that helps, a way out names it.
pub(super) fn no_single_key_is_missed(fleet: &Fleet, request: &Request, told: &Explanation) {
    if whole(&planned(fleet, request)).is_some() {
        return;
    }
    for key in stated::keys(request, STEPS) {
        let gone = stated::without(request, key, STEPS);
        let name = key.vm.map(|at| request.vms()[at].name.clone());
        let named = told
            .relaxations
            .iter()
            .any(|w| matches!(&w.changes[..], [c] if (&c.vm, c.field) == (&name, key.field)));
        assert!(named || whole(&planned(fleet, &gone)).is_none(), "{key:?} is missing");
    }
}

/// Where the loss of a key would lower both costs, a saving of that key goes all the way.
pub(super) fn no_saving_is_missed(fleet: &Fleet, request: &Request, told: &Explanation) {
    let Some(base) = whole(&planned(fleet, request)) else {
        return;
    };
    let single = |key: &Key| !key.field.is_size() && key.field != Field::BudgetPerHr;
    for key in stated::keys(request, STEPS).into_iter().filter(single) {
        // Without a public IP the ports that come back may be too many.
        let Some(free) = whole(&planned(fleet, &stated::without(request, key, STEPS))) else {
            continue;
        };
        if free.effective < base.effective && free.cost < base.cost {
            let name = key.vm.map(|at| request.vms()[at].name.clone());
            let ways = told
                .relaxations
                .iter()
                .filter(|w| (&w.changes[0].vm, w.changes[0].field) == (&name, key.field));
            let least = ways.map(|way| way.effective_cost_per_hr).min();
            assert_eq!(least, Some(free.effective), "{key:?}");
        }
    }
}
