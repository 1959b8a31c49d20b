//! The least change of one key that is enough.
//!
//! What "enough" means is the caller's: a plan at all, or one as cheap as may be. It is asked of whole requests, and has to hold for
//! every greater change where it holds for a smaller one; values without such an order are gone through one by one.

use super::field::{Field, Key};
use super::lists;
use super::probe::{Outcome, Probe};
use super::rungs;
use super::stated;
use super::value::Value;
use crate::money::Money;
use crate::request::{CountRange, Request};

/// Judges a changed request.
pub(super) type Enough<'e> = dyn FnMut(&Request) -> bool + 'e;

/// Counts up to this are gone through one by one: fewer GPUs also mean less memory and lower limits per GPU, so that they have no
/// order in which they get easier.
const COUNTS_TRIED: u32 = 16;

/// The least change of a key that is enough; `None` if none is. `free` is the best plan without the key, where the caller knows it.
pub(super) fn least(
    probe: &Probe<'_>,
    request: &Request,
    key: Key,
    free: Option<&Outcome>,
    enough: &mut Enough<'_>,
) -> Option<Value> {
    match key.field {
        Field::BudgetPerHr => budget(probe, request).map(Value::Money),
        Field::Partial => None,
        Field::Vcpu | Field::RamGb | Field::StorageGb => {
            let (least, asked) = rungs::size_range(probe.fleet, request, key)?;
            let set = |amount: u64| Value::Whole(amount).put(request, key);
            highest(least, asked, &mut |amount| enough(&set(amount))).map(Value::Whole)
        }
        Field::Ports => lists::ports(request, key, enough),
        Field::Count if exact_count(request, key).is_some() => count(request, key, enough),
        _ if lists::is_list(key.field) => lists::least(probe, request, key, free, enough),
        _ => first(&rungs::rungs(probe.fleet, request, key), request, key, enough).cloned(),
    }
}

/// The cheapest that the request can be had at without its budget. Downtime counts for nothing here: a budget caps real cost.
fn budget(probe: &Probe<'_>, request: &Request) -> Option<Money> {
    let mut unbounded = request.clone();
    unbounded.budget_per_hr = None;
    unbounded.downtime_cost_per_hr = Money::ZERO;
    probe.best(&unbounded).map(|outcome| outcome.cost)
}

/// The highest amount from `least` to below `asked` that is enough.
fn highest(least: u64, asked: u64, enough: &mut dyn FnMut(u64) -> bool) -> Option<u64> {
    if least >= asked || !enough(least) {
        return None;
    }
    let (mut low, mut high) = (least, asked);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}

/// The first value that is enough, where all after it are too.
pub(super) fn first<'v>(
    values: &'v [Value],
    request: &Request,
    key: Key,
    enough: &mut Enough<'_>,
) -> Option<&'v Value> {
    if key.field == Field::Together {
        // A host may tell its location but no country, so that these have no order.
        return values.iter().find(|value| enough(&value.put(request, key)));
    }
    let last = values.last()?;
    if !enough(&last.put(request, key)) {
        return None;
    }
    let at = values.partition_point(|value| !std::ptr::eq(value, last) && !enough(&value.put(request, key)));
    values.get(at)
}

fn exact_count(request: &Request, key: Key) -> Option<u32> {
    let count = request.vms().get(key.vm?)?.count;
    (count.least() == count.most()).then_some(count.least())
}

fn count(request: &Request, key: Key, enough: &mut Enough<'_>) -> Option<Value> {
    let asked = exact_count(request, key)?;
    let value = |count: u32| CountRange::exactly(count).map(Value::Count);
    let mut fits = |count: u32| value(count).is_some_and(|value| enough(&value.put(request, key)));
    let nearest = asked.saturating_sub(COUNTS_TRIED).max(1);
    let near = (nearest..asked).rev().find(|count| fits(*count));
    let found = near.or_else(|| {
        let far = highest(1, u64::from(nearest), &mut |count| fits(count as u32))?;
        u32::try_from(far).ok()
    });
    found.and_then(value)
}

/// The request without a key, to see whether anything about it could be enough.
pub(super) fn without(probe: &Probe<'_>, request: &Request, key: Key) -> Request {
    stated::without(request, key, probe.fleet.steps())
}
