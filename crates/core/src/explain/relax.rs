//! The ways out of a request without plan: single keys, and pairs where no single one is enough.

use std::collections::BTreeSet;

use super::change::{self, least};
use super::conflict::Conflicts;
use super::field::{Field, Key};
use super::probe::{Answer, Outcome, Probe};
use super::stated;
use super::value::Value;
use super::{Change, Relaxation};
use crate::money::Money;
use crate::plan::Plan;
use crate::request::Request;

/// Rounds after which two keys of a pair have to agree on their least changes. Each but the last makes a change smaller.
const ROUNDS: usize = 8;

/// The least budget that gives a plan, where there is one; tells how many ways that is. One plan tells it, so it is asked first.
pub(super) fn budget(probe: &Probe<'_>, request: &Request, found: &mut dyn FnMut(Relaxation)) -> usize {
    let key = Key {
        field: Field::BudgetPerHr,
        vm: None,
    };
    let way = request.budget_per_hr.and_then(|_| single(probe, request, key));
    way.into_iter().map(found).count()
}

/// Every key but the budget that alone can be relaxed far enough, by its least change; tells how many. `conflict`, if it is known,
/// tells which keys to look at.
pub(super) fn singles(
    probe: &Probe<'_>,
    request: &Request,
    conflict: Option<&[Key]>,
    found: &mut dyn FnMut(Relaxation),
) -> usize {
    let mut ways = 0;
    let mut hopeless = BTreeSet::new();
    let mut hopeful = BTreeSet::new();
    for key in promising(probe, request, conflict) {
        if probe.stopped() {
            break;
        }
        if let Some(vm) = key.vm
            && !hopeful.contains(&vm)
            && (hopeless.contains(&vm) || !others_fit(probe, request, vm))
        {
            hopeless.insert(vm);
            continue;
        }
        hopeful.extend(key.vm);
        if let Some(way) = single(probe, request, key) {
            ways += 1;
            found(way);
        }
    }
    ways
}

/// Whether the rest has a plan without one of several VMs. Where it has none, no change of that VM is enough; one question answers
/// for all its keys.
fn others_fit(probe: &Probe<'_>, request: &Request, vm: usize) -> bool {
    let others: Vec<usize> = (0..request.vms().len()).filter(|at| *at != vm).collect();
    let others = request.only_vms(&others);
    others.is_none_or(|others| probe.possible(&others) == Answer::Yes)
}

/// A relaxation that helps alone has to break every conflict. For a fleet that spares most of the work.
fn promising(probe: &Probe<'_>, request: &Request, conflict: Option<&[Key]>) -> Vec<Key> {
    let keys = stated::keys(request, probe.fleet.steps()).into_iter().rev();
    let keys = keys.filter(|key| key.field != Field::BudgetPerHr);
    keys.filter(|key| conflict.is_none_or(|conflict| conflict.contains(key)))
        .collect()
}

fn single(probe: &Probe<'_>, request: &Request, key: Key) -> Option<Relaxation> {
    let free = change::without(probe, request, key);
    let near = probe.within(&free);
    if near.possible(&free) != Answer::Yes {
        return None;
    }
    let hint = super::lists::is_list(key.field).then(|| probe.best(&free)).flatten();
    let value = least(probe, request, key, hint.as_ref(), &mut |r| {
        probe.possible(r) == Answer::Yes
    })?;
    let outcome = probe.best(&value.put(request, key))?;
    Some(relaxation(request, &[(key, value)], outcome, Money::ZERO))
}

/// Pairs of keys that are enough together. One of each pair has to be in `conflict`; what still clashes without it holds the other.
pub(super) fn pairs(probe: &Probe<'_>, request: &Request, first: &[Key], found: &mut dyn FnMut(Relaxation)) {
    let mut seen = BTreeSet::new();
    for one in first {
        let open = change::without(probe, request, *one);
        let Some(rest) = Conflicts::of(probe, &open).to_break() else {
            continue;
        };
        for other in rest {
            if probe.stopped() {
                return;
            }
            let names = if *one < other { (*one, other) } else { (other, *one) };
            if other != *one
                && seen.insert(names)
                && let Some(way) = pair(probe, request, *one, other)
            {
                found(way);
            }
        }
    }
}

/// Relaxes one key as little as can be with the other gone, then the other as little as can be with that; and again from there, as
/// a smaller change of a count can leave more to the other key than its loss.
fn pair(probe: &Probe<'_>, request: &Request, one: Key, other: Key) -> Option<Relaxation> {
    let open = change::without(probe, request, other);
    let near = probe.within(&change::without(probe, &open, one));
    let enough = &mut |r: &Request| near.possible(r) == Answer::Yes;
    let mut first = least(probe, &open, one, None, enough)?;
    for _ in 0..ROUNDS {
        let halfway = first.put(request, one);
        let second = least(probe, &halfway, other, None, enough)?;
        let again = least(probe, &second.put(request, other), one, None, enough)?;
        if again == first {
            let outcome = probe.best(&second.put(&halfway, other))?;
            return Some(relaxation(
                request,
                &[(one, first), (other, second)],
                outcome,
                Money::ZERO,
            ));
        }
        first = again;
    }
    None
}

/// Placing what can be placed and leaving out the rest, as in this plan of several VMs.
pub(super) fn partial(request: &Request, lenient: &Plan, found: &mut dyn FnMut(Relaxation)) {
    let key = Key {
        field: Field::Partial,
        vm: None,
    };
    if let Some(outcome) = Outcome::of(lenient).filter(|outcome| !outcome.spots.is_empty()) {
        found(relaxation(request, &[(key, Value::Flag(true))], outcome, Money::ZERO));
    }
}

/// Changes and what they come to. What each changes from is what the ones before it leave: without a public IP, ports are asked.
pub(super) fn relaxation(request: &Request, to: &[(Key, Value)], outcome: Outcome, saves: Money) -> Relaxation {
    let mut so_far = request.clone();
    let mut change = |(key, value): &(Key, Value)| {
        let from = Value::of(&so_far, *key);
        so_far = value.put(&so_far, *key);
        Change {
            vm: key.vm.and_then(|at| Some(request.vms().get(at)?.name.clone())),
            field: key.field,
            from,
            to: value.clone(),
        }
    };
    Relaxation {
        changes: to.iter().map(&mut change).collect(),
        cost_per_hr: outcome.cost,
        effective_cost_per_hr: outcome.effective,
        saves_per_hr: saves,
        placements: outcome.spots,
    }
}
