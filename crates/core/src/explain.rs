//! Why a request has no plan, why not a cheaper one, and what would change that. Its JSON is `gpu-place/explain/1`.
//!
//! Every figure comes from planning the changed request, so that anyone can check it the same way; nothing is estimated. The answer
//! grows: what is known first is told first, and whoever has a clock may stop the rest.

mod change;
mod conflict;
mod failure;
mod feasible;
mod field;
mod lists;
mod more;
mod needed;
mod pareto;
mod probe;
mod relax;
mod rungs;
mod save;
mod shadow;
mod shortage;
mod stated;
pub mod text;
mod value;
mod versus;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod world;

use serde::Serialize;

pub use failure::{Failure, failures};
pub use field::{Field, Key};
pub use more::Resource;
pub use pareto::pareto;
pub use probe::Spot;
pub use shadow::{ShadowPrice, shadow_prices};
pub use shortage::Shortage;
pub use value::Value;
pub use versus::{Because, Choice, Listed, Offered, VmWhyNot, WhyNot, choice, why_not};

use crate::candidate::Rejections;
use crate::fleet::Fleet;
use crate::money::Money;
use crate::place::Effort;
use crate::plan::{Plan, Status};
use crate::request::{Request, VmName};
use conflict::Conflicts;
use probe::{Outcome, Probe, lone};

/// The number of the explanation's format.
pub const SCHEMA: &str = "gpu-place/explain/1";

/// One member of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The VM; absent for a key of the whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm: Option<VmName>,
    /// Its key.
    pub field: Field,
}

/// One key set to another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The VM; absent for a key of the whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm: Option<VmName>,
    /// The key.
    pub field: Field,
    /// What it is.
    pub from: Value,
    /// What it would have to be; nothing where it has to go.
    pub to: Value,
}

/// Changes that give a plan, or a cheaper one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Relaxation {
    /// One change, or two that only help together.
    pub changes: Vec<Change>,
    /// What the changed request costs.
    pub cost_per_hr: Money,
    /// The same with the price of downtime.
    pub effective_cost_per_hr: Money,
    /// How much less that is than the plan as it is; nothing where there is none.
    pub saves_per_hr: Money,
    /// The plan of the changed request.
    pub placements: Vec<Spot>,
}

/// An explanation, as printed with `--json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What is proved about the request as it is.
    pub status: Status,
    /// For each VM, why hosts were excluded.
    pub rejections: Vec<Rejections>,
    /// Keys that together leave no plan, although any of them gone would; absent where there is a plan, or the limits left it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Vec<Member>>,
    /// Cheapest effective cost first.
    pub relaxations: Vec<Relaxation>,
    /// What there is too little of, where not all VMs can be placed.
    pub shortages: Vec<Shortage>,
    /// The chosen host against the next best, for one VM alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// Why not a host that was asked after; see [`why_not`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
    /// What is scarce in a fleet; see [`shadow_prices`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shadow_prices: Vec<ShadowPrice>,
    /// Whether all was looked at within the limits; told only where it was not.
    #[serde(skip_serializing_if = "is_true")]
    pub complete: bool,
}

/// Something that became known while an explanation is made.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// Whether there is a plan, and why hosts were excluded.
    Plan(&'a Plan),
    /// What more there is too little of.
    Shortages(&'a [Shortage]),
    /// What clashes.
    Conflict(&'a [Member]),
    /// A way out, or a saving.
    Relaxation(&'a Relaxation),
}

/// Told of what becomes known, in the order in which it does.
pub type Listener<'l> = dyn FnMut(News<'_>) + 'l;

/// Explains a request on a fleet: what excluded the hosts, what clashes and the ways out where there is no plan; what would save
/// money where there is one. With `partial`, a plan that leaves VMs out is explained as if all of them were wanted.
///
/// `effort` limits each plan made on the way; its watch ends the whole.
pub fn explain(fleet: &Fleet, request: &Request, effort: Effort<'_>, listener: &mut Listener<'_>) -> Explanation {
    let plan = Probe::new(fleet, effort).plan(request);
    explain_plan(fleet, request, &plan, effort, listener)
}

/// The same for a request that was planned on this fleet already.
pub fn explain_plan(
    fleet: &Fleet,
    request: &Request,
    plan: &Plan,
    effort: Effort<'_>,
    listener: &mut Listener<'_>,
) -> Explanation {
    let probe = &Probe::new(fleet, effort);
    listener(News::Plan(plan));
    let mut told = Explanation {
        schema: SCHEMA,
        status: plan.status,
        rejections: plan.rejections.clone(),
        conflict: None,
        relaxations: Vec::new(),
        shortages: Vec::new(),
        choice: choice(probe.fleet, request),
        why_not: None,
        shadow_prices: Vec::new(),
        complete: true,
    };
    let mut whole = request.clone();
    whole.partial = false;
    let mut collect = |way: Relaxation| {
        listener(News::Relaxation(&way));
        told.relaxations.push(way);
    };
    match Outcome::as_it_is(plan).filter(|_| plan.unplaced.is_empty()) {
        Some(base) => save::savings(probe, &whole, &base, &mut collect),
        None => ways_out(probe, &whole, plan, &mut told, listener),
    }
    told.relaxations.sort_by_key(order);
    told.complete = !probe.left_open();
    told
}

fn order(way: &Relaxation) -> (Money, usize, Money) {
    (way.effective_cost_per_hr, way.changes.len(), way.cost_per_hr)
}

fn ways_out(probe: &Probe<'_>, request: &Request, plan: &Plan, told: &mut Explanation, listener: &mut Listener<'_>) {
    told.shortages = shortage::counted(probe.fleet, request);
    listener(News::Shortages(&told.shortages));
    let conflicts = Conflicts::of(probe, request);
    let to_break = conflicts.to_break();
    if plan.status == Status::Infeasible
        && let Some(keys) = to_break.as_deref().and_then(|keys| conflicts.to_tell(keys))
    {
        let members = keys.iter().map(|key| member(request, *key)).collect::<Vec<_>>();
        listener(News::Conflict(&members));
        told.conflict = Some(members);
    }
    let mut collect = |way: Relaxation| {
        listener(News::Relaxation(&way));
        told.relaxations.push(way);
    };
    let mut singles = relax::budget(probe, request, &mut collect);
    let lenient = several_as_far_as_can_be(probe, request);
    if let Some(lenient) = lenient.as_ref().filter(|_| !plan.status.has_plan()) {
        relax::partial(request, lenient, &mut collect);
    }
    let beside = match request.budget_per_hr {
        Some(_) => several_as_far_as_can_be(probe, &Value::Nothing.put(request, BUDGET)),
        None => lenient,
    };
    let more = shortage::on_hosts(probe, request, beside.as_ref());
    listener(News::Shortages(&more));
    told.shortages.extend(more);
    let mut collect = |way: Relaxation| {
        listener(News::Relaxation(&way));
        told.relaxations.push(way);
    };
    singles += relax::singles(probe, request, to_break.as_deref(), &mut collect);
    if let Some(keys) = to_break.filter(|_| singles == 0) {
        relax::pairs(probe, request, &keys, &mut collect);
    }
}

const BUDGET: Key = Key {
    field: Field::BudgetPerHr,
    vm: None,
};

/// The best plan of several VMs that may leave some out.
fn several_as_far_as_can_be(probe: &Probe<'_>, request: &Request) -> Option<Plan> {
    (lone(request).is_none() && !probe.stopped()).then(|| probe.plan_lenient(request))
}

fn member(request: &Request, key: Key) -> Member {
    Member {
        vm: key.vm.and_then(|at| Some(request.vms().get(at)?.name.clone())),
        field: key.field,
    }
}

impl Explanation {
    /// The explanation as a JSON document of one line per field, ending in a line break.
    pub fn to_json(&self) -> String {
        crate::json::document(self)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_true(flag: &bool) -> bool {
    *flag
}
