//! Single changes that would make a plan cheaper, each the least for what it saves.

use super::Relaxation;
use super::change::{self, least};
use super::field::{Field, Key};
use super::probe::{Outcome, Probe, lone};
use super::relax::relaxation;
use super::rungs::rungs;
use super::stated;
use super::value::Value;
use crate::candidate::{Candidate, candidates};
use crate::fit::Matcher;
use crate::money::Money;
use crate::request::Request;

/// How many steps of savings are told for one key.
const STEPS_TOLD: usize = 4;

/// Every change that saves money, key by key, those that promise most first.
pub(super) fn savings(probe: &Probe<'_>, request: &Request, base: &Outcome, found: &mut dyn FnMut(Relaxation)) {
    for key in by_promise(probe, request, base) {
        if probe.stopped() {
            return;
        }
        let saving = Saving {
            probe,
            near: probe.within(&change::without(probe, request, key)),
            request,
            base,
            key,
        };
        saving.tell(found);
    }
}

/// The keys whose loss could save anything, by how much it saves at most where VMs do not compete.
fn by_promise(probe: &Probe<'_>, request: &Request, base: &Outcome) -> Vec<Key> {
    let mut keys: Vec<(Money, Key)> = stated::keys(request, probe.fleet.steps())
        .into_iter()
        .filter(|key| !matches!(key.field, Field::BudgetPerHr | Field::Partial))
        .filter_map(|key| Some((promise(probe, request, base, key)?, key)))
        .collect();
    keys.sort_by_key(|(promise, key)| (std::cmp::Reverse(*promise), *key));
    keys.into_iter().map(|(_, key)| key).collect()
}

/// `None` where no host is won by losing the key, so that nothing can change.
fn promise(probe: &Probe<'_>, request: &Request, base: &Outcome, key: Key) -> Option<Money> {
    let at = key.vm?;
    let vm = &request.vms()[at];
    let free = change::without(probe, request, key);
    let ways =
        |request: &Request| candidates(probe.fleet, &Matcher::new(probe.fleet, request, &request.vms()[at])).ranked;
    let open = ways(&free);
    let same = !key.field.is_size() && key.field != Field::PublicIp && open == ways(request);
    if same && (!key.field.is_rule() || lone(request).is_some()) {
        return None;
    }
    let cheapest = |c: &Candidate| c.way.effective.nanos().saturating_mul(i128::from(vm.replicas.get()));
    let least = Money::from_nanos(open.first().map_or(0, cheapest));
    Some(base.effective - least)
}

/// One key that may cost money.
struct Saving<'a> {
    probe: &'a Probe<'a>,
    /// The same for changes of this key alone.
    near: Probe<'a>,
    request: &'a Request,
    base: &'a Outcome,
    key: Key,
}

impl Saving<'_> {
    fn tell(&self, found: &mut dyn FnMut(Relaxation)) {
        let free = change::without(self.probe, self.request, self.key);
        let Some(best) = self.probe.best(&free) else { return };
        if self.key.field.is_size() {
            return self.move_of_size(&best, found);
        }
        let mut goal = best.effective;
        let mut values = rungs(self.probe.fleet, self.request, self.key);
        for _ in 0..STEPS_TOLD {
            if goal >= self.base.effective {
                return;
            }
            let Some((value, outcome)) = self.reaching(goal, &best, &values) else {
                return;
            };
            self.report(&value, outcome, found);
            // One step less saves less; what it saves still is the next goal.
            values.truncate(values.iter().position(|v| *v == value).unwrap_or(0));
            let Some(less) = values.last().and_then(|value| self.outcome(value)) else {
                return;
            };
            goal = less.effective;
        }
    }

    /// The least change that brings the effective cost down to a goal.
    fn reaching(&self, goal: Money, best: &Outcome, values: &[Value]) -> Option<(Value, Outcome)> {
        let cheap = &mut |r: &Request| self.near.least_effective(r).is_some_and(|cost| cost <= goal);
        let value = if values.is_empty() {
            least(self.probe, self.request, self.key, Some(best), cheap)?
        } else {
            change::first(values, self.request, self.key, cheap)?.clone()
        };
        let outcome = self.outcome(&value)?;
        Some((value, outcome))
    }

    /// Asking for less always costs less. It is worth telling where it opens other hosts or models.
    fn move_of_size(&self, best: &Outcome, found: &mut dyn FnMut(Relaxation)) {
        if self.same_places(best) {
            return;
        }
        let moves = &mut |r: &Request| self.probe.best(r).is_some_and(|o| !self.same_places(&o));
        let value = least(self.probe, self.request, self.key, Some(best), moves);
        if let Some(value) = value
            && let Some(outcome) = self.outcome(&value)
        {
            self.report(&value, outcome, found);
        }
    }

    fn same_places(&self, other: &Outcome) -> bool {
        let places = |outcome: &Outcome| {
            let mut places: Vec<_> = outcome
                .spots
                .iter()
                .map(|s| (s.vm.clone(), s.host_id.clone(), s.gpu.clone()))
                .collect();
            places.sort_unstable();
            places
        };
        places(other) == places(self.base)
    }

    fn outcome(&self, value: &Value) -> Option<Outcome> {
        self.probe.best(&value.put(self.request, self.key))
    }

    fn report(&self, value: &Value, outcome: Outcome, found: &mut dyn FnMut(Relaxation)) {
        let saves = self.base.cost - outcome.cost;
        if saves > Money::ZERO {
            found(relaxation(self.request, &[(self.key, value.clone())], outcome, saves));
        }
    }
}
