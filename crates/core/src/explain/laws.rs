//! What every explanation owes its reader, checked against planning anew and against brute force on small markets.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::world::{self, STEPS};
use super::*;
use crate::place::place;
use crate::request::{CountRange, SpreadRule};

fn planned(fleet: &Fleet, request: &Request) -> Plan {
    place(fleet, request, &[], Effort::default()).unwrap().into_plan()
}

fn explained(fleet: &Fleet, request: &Request) -> Explanation {
    explain(fleet, request, Effort::default(), &mut |_| ())
}

fn effective(plan: &Plan) -> Option<Money> {
    plan.objective.as_ref().map(|o| o.effective_cost_per_hr)
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

/// Each way out, planned anew, costs what it says, on the hosts that it says.
fn claims_hold(fleet: &Fleet, request: &Request, told: &Explanation) {
    let base = planned(fleet, request);
    for way in &told.relaxations {
        let plan = planned(fleet, &apply(request, &way.changes));
        let outcome = Outcome::of(&plan).unwrap();
        assert_eq!(
            (outcome.cost, outcome.effective),
            (way.cost_per_hr, way.effective_cost_per_hr),
            "{way:?}"
        );
        assert_eq!(outcome.spots, way.placements, "{way:?}");
        match &base.objective {
            Some(objective) => {
                assert_eq!(objective.cost_per_hr - way.cost_per_hr, way.saves_per_hr);
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

/// Every change one step smaller than the one told gives no plan, or a dearer one.
fn changes_are_least(fleet: &Fleet, request: &Request, told: &Explanation) {
    for way in &told.relaxations {
        for (at, change) in way.changes.iter().enumerate() {
            let key = key_of(request, change.vm.as_ref(), change.field);
            for value in smaller_steps(fleet, change) {
                let mut changes = way.changes.clone();
                changes[at].to = value;
                let plan = planned(fleet, &apply(request, &changes));
                let dearer = effective(&plan).is_none_or(|cost| cost > way.effective_cost_per_hr);
                assert!(dearer, "{:?} is enough for {key:?} instead of {way:?}", changes[at].to);
            }
        }
    }
}

/// Smaller changes than the one told, found without the code under test. Values between two that a host states make no difference.
fn smaller_steps(fleet: &Fleet, change: &Change) -> Vec<Value> {
    use rust_decimal::Decimal;
    let tiny = Decimal::new(1, 6);
    match (&change.from, &change.to) {
        (_, Value::Whole(to)) => vec![Value::Whole(to + 1)],
        (_, Value::Money(to)) => vec![Value::Money(*to - Money::from_nanos(1))],
        (_, Value::Number(to)) => vec![Value::Number(*to + tiny)],
        (Value::Number(_), Value::Nothing) => vec![Value::Number(Decimal::ZERO)],
        (Value::Count(from), Value::Count(to)) if from.least() == from.most() => (to.least() + 1..from.least())
            .filter_map(CountRange::exactly)
            .map(Value::Count)
            .collect(),
        (_, Value::Count(to)) => CountRange::new(to.least() + 1, to.most())
            .map(Value::Count)
            .into_iter()
            .collect(),
        (Value::Spread(_), Value::Spread(to)) => NonZeroU32::new(to.max.get() - 1)
            .map(|max| Value::Spread(SpreadRule { by: to.by, max }))
            .into_iter()
            .collect(),
        (Value::Texts(from), Value::Texts(to)) => shorter(from, to),
        (Value::Texts(from), Value::Nothing) if change.field != Field::Group => fleet
            .hosts()
            .iter()
            .map(|h| [from.clone(), vec![h.id.to_string()]].concat())
            .map(Value::Texts)
            .collect(),
        (Value::Ports(from), Value::Ports(to)) => more_ports(from, to),
        _ => Vec::new(),
    }
}

/// Lists that lack one of the names added, or still hold one of those taken away.
fn shorter(from: &[String], to: &[String]) -> Vec<Value> {
    let without = |gone: &String| Value::Texts(to.iter().filter(|t| *t != gone).cloned().collect());
    let with = |kept: &String| Value::Texts([to, std::slice::from_ref(kept)].concat());
    let added = to.iter().filter(|t| !from.contains(t)).map(without);
    let taken = from.iter().filter(|t| !to.contains(t)).map(with);
    added.chain(taken).collect()
}

fn more_ports(from: &[crate::ports::PortAsk], to: &[crate::ports::PortAsk]) -> Vec<Value> {
    let mut all = Vec::new();
    for at in 0..to.len() {
        let mut ports = to.to_vec();
        ports[at] = from[at];
        all.extend((ports != to).then_some(Value::Ports(ports)));
    }
    if to.len() < from.len() {
        let loose = crate::ports::PortAsk {
            external: None,
            ..from[to.len()]
        };
        all.push(Value::Ports([to, &[loose]].concat()));
    }
    all
}

/// With all other keys gone the conflict has no plan; with any of its own gone too, there is one.
fn conflict_is_irreducible(fleet: &Fleet, request: &Request, told: &Explanation) {
    let Some(members) = &told.conflict else {
        return assert_ne!(told.status, Status::Infeasible);
    };
    assert_eq!(told.status, Status::Infeasible);
    let keys: Vec<Key> = members
        .iter()
        .map(|m| key_of(request, m.vm.as_ref(), m.field))
        .collect();
    assert_eq!(
        planned(fleet, &bare_but(request, &keys)).status,
        Status::Infeasible,
        "{members:?}"
    );
    for at in 0..keys.len() {
        let mut fewer = keys.clone();
        fewer.remove(at);
        assert!(
            planned(fleet, &bare_but(request, &fewer)).status.has_plan(),
            "{members:?} without {at}"
        );
    }
}

/// The request with nothing stated but these keys, built up from nothing instead of taken down.
fn bare_but(request: &Request, kept: &[Key]) -> Request {
    let vms = request.vms().iter().map(|vm| {
        let mut bare = crate::request::Vm::new(vm.name.clone());
        (bare.replicas, bare.weight) = (vm.replicas, vm.weight);
        bare.vcpu = Some(STEPS.vcpu_least);
        bare.ram_gb = Some(1);
        bare.storage_gb = Some(100.min(STEPS.storage_least_gb));
        bare.ports = Some(Vec::new());
        bare
    });
    let mut bare = Request::new(vms.collect()).unwrap();
    (bare.sizes, bare.downtime_cost_per_hr) = (request.sizes, request.downtime_cost_per_hr);
    for key in kept {
        bare = match (key.vm, key.field) {
            (Some(at), field @ (Field::Vcpu | Field::RamGb | Field::StorageGb | Field::Ports)) => {
                let asked = request.vms()[at].clone();
                bare.with_vm(at, |vm| match field {
                    Field::Vcpu => vm.vcpu = asked.vcpu,
                    Field::RamGb => vm.ram_gb = asked.ram_gb,
                    Field::StorageGb => vm.storage_gb = asked.storage_gb,
                    _ => vm.ports = asked.ports,
                })
            }
            _ => Value::of(request, *key).put(&bare, *key),
        };
    }
    // A size below what is taken for the least is no constraint, so it stands whether kept or not.
    bare.with_each_vm(|at, vm| {
        let asked = &request.vms()[at];
        vm.vcpu = asked.vcpu.filter(|n| *n < 2).or(vm.vcpu);
        vm.storage_gb = asked.storage_gb.filter(|n| *n < 100).or(vm.storage_gb);
    })
}

/// Where a key alone has any value that helps, a way out names it.
fn no_single_key_is_missed(fleet: &Fleet, request: &Request, told: &Explanation) {
    if told.status != Status::Infeasible {
        return;
    }
    for key in stated::keys(request, STEPS) {
        let gone = stated::without(request, key, STEPS);
        let name = key.vm.map(|at| request.vms()[at].name.clone());
        let named = told
            .relaxations
            .iter()
            .any(|w| matches!(&w.changes[..], [c] if (&c.vm, c.field) == (&name, key.field)));
        assert!(named || !planned(fleet, &gone).status.has_plan(), "{key:?} is missing");
    }
}

/// Where the loss of a key would lower both costs, a saving of that key goes all the way.
fn no_saving_is_missed(fleet: &Fleet, request: &Request, told: &Explanation) {
    let Some(base) = Outcome::of(&planned(fleet, request)) else {
        return;
    };
    let single = |key: &Key| !key.field.is_size() && key.field != Field::BudgetPerHr;
    for key in stated::keys(request, STEPS).into_iter().filter(single) {
        // Without a public IP the ports that come back may be too many.
        let Some(free) = Outcome::of(&planned(fleet, &stated::without(request, key, STEPS))) else {
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

/// With what a shortage says more on its host, more can be placed; with one less, not.
fn shortages_hold(fleet: &Fleet, request: &Request, told: &Explanation) {
    let mut lenient = request.clone();
    (lenient.partial, lenient.budget_per_hr) = (true, None);
    let left_out = |fleet: &Fleet| planned(fleet, &lenient).objective.unwrap().unplaced_weight;
    for shortage in told.shortages.iter().filter(|s| s.host_id.is_some()) {
        let with = |amount| left_out(&with_more(fleet, shortage, amount));
        assert!(with(shortage.short) < left_out(fleet), "{shortage:?}");
        let lone = request.total_replicas() == 1;
        assert!(!lone || with(shortage.short - 1) == left_out(fleet), "{shortage:?}");
    }
    for shortage in told.shortages.iter().filter(|s| s.host_id.is_none()) {
        assert_eq!(told.status, Status::Infeasible, "{shortage:?}");
    }
}

fn with_more(fleet: &Fleet, shortage: &Shortage, amount: u64) -> Fleet {
    let mut fleet = fleet.clone();
    let at = fleet.find(shortage.host_id.as_ref().unwrap()).unwrap();
    let models = fleet.models().to_vec();
    let host = &mut fleet.hosts[at.0 as usize];
    match shortage.resource {
        Resource::Vcpu => host.free.vcpu += amount,
        Resource::Ram => host.free.ram_gb += amount,
        Resource::Storage => host.free.storage_gb += amount,
        Resource::Ports => {
            let more = (1..=amount).filter_map(crate::ports::Port::new);
            host.ports = Some(host.ports.iter().flat_map(|p| p.iter()).chain(more).collect());
        }
        Resource::Gpu => {
            let mine = |offer: &&mut crate::fleet::Offer| {
                shortage.gpu.as_deref() == Some(models[offer.model.0 as usize].name())
            };
            let offer = host.offers.iter_mut().find(mine).unwrap();
            offer.stock.as_mut().unwrap().free += amount;
        }
    }
    fleet
}

/// What more of something saves is what the plan on the changed fleet costs less.
fn shadow_prices_hold(fleet: &Fleet, request: &Request) {
    let plan = planned(fleet, request);
    for price in shadow_prices(fleet, request, &plan, 5, Effort::default()) {
        let shortage = Shortage {
            resource: price.resource,
            gpu: price.gpu.clone(),
            host_id: Some(price.host_id.clone()),
            short: price.more,
            vm: price.vm.clone(),
        };
        let better = planned(&with_more(fleet, &shortage, price.more), request)
            .objective
            .unwrap();
        let saved = plan.objective.as_ref().unwrap().cost_per_hr - better.cost_per_hr;
        assert_eq!(saved, price.saves_per_hr, "{price:?}");
        assert!(saved > Money::ZERO);
    }
}

/// For each host: it fails rules exactly where it does not fit; it is dearer by what binding the VM to it costs more.
fn why_not_holds(fleet: &Fleet, request: &Request) {
    let plan = planned(fleet, request);
    for host in fleet.hosts() {
        let told = why_not(fleet, request, &plan, &host.id, Effort::default());
        for (at, vm) in told.vms.iter().enumerate() {
            let matcher = crate::fit::Matcher::new(fleet, request, &request.vms()[at]);
            match (&vm.because, matcher.judge(host)) {
                (Because::Fails { rules }, crate::fit::Verdict::Fails(codes)) => {
                    let mut named: Vec<_> = rules.iter().map(|r| r.code).collect();
                    named.dedup();
                    assert_eq!(named, codes.iter().collect::<Vec<_>>(), "{rules:?}");
                }
                (_, crate::fit::Verdict::Fails(_)) => panic!("{vm:?} does not say what it fails"),
                (Because::Dearer { by_per_hr, .. }, _) if request.total_replicas() == 1 => {
                    let there = request.with_vm(0, |vm| vm.hosts = vec![host.id.clone()]);
                    let by = effective(&planned(fleet, &there)).unwrap() - effective(&plan).unwrap();
                    assert_eq!(by, *by_per_hr);
                }
                (Because::Dearer { by_per_hr, .. }, _) => assert!(*by_per_hr >= Money::ZERO),
                (Because::Chosen, _) => assert!(plan.placements.iter().any(|p| p.host_id == host.id)),
                (Because::Blocks { .. } | Because::Fits { .. }, _) => {}
                (Because::Fails { .. }, crate::fit::Verdict::Fits(_)) => panic!("{vm:?} fits"),
            }
        }
    }
}

/// The counts of rejections are those of judging one host at a time.
fn counts_agree(fleet: &Fleet, request: &Request, told: &Explanation) {
    use crate::fit::{Code, Matcher, Verdict};
    for (vm, counted) in request.vms().iter().zip(&told.rejections) {
        let matcher = Matcher::new(fleet, request, vm);
        let verdicts: Vec<_> = fleet.hosts().iter().map(|host| matcher.judge(host)).collect();
        for code in Code::ALL {
            let failing = |v: &&Verdict| matches!(v, Verdict::Fails(codes) if codes.contains(code));
            let alone = |v: &&Verdict| matches!(v, Verdict::Fails(codes) if codes.contains(code) && codes.len() == 1);
            let counts = (
                verdicts.iter().filter(failing).count() as u64,
                verdicts.iter().filter(alone).count() as u64,
            );
            let told = counted
                .reasons
                .iter()
                .find(|r| r.code == code)
                .map_or((0, 0), |r| (r.hosts, r.only));
            assert_eq!(told, counts, "{code}");
        }
    }
}

fn check(fleet: &Fleet, request: &Request) {
    let told = explained(fleet, request);
    assert!(told.complete);
    claims_hold(fleet, request, &told);
    changes_are_least(fleet, request, &told);
    conflict_is_irreducible(fleet, request, &told);
    no_single_key_is_missed(fleet, request, &told);
    no_saving_is_missed(fleet, request, &told);
    counts_agree(fleet, request, &told);
    shortages_hold(fleet, request, &told);
    shadow_prices_hold(fleet, request);
    why_not_holds(fleet, request);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn of_one_vm(fleet in world::markets(6), request in world::lone_requests()) {
        check(&fleet, &request);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn of_a_fleet(fleet in world::markets(4), request in world::fleet_requests()) {
        check(&fleet, &request);
    }
}
