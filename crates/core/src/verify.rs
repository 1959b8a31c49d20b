//! A second opinion on every plan, before anybody relies on it.
//!
//! [`verify`] judges a plan from nothing but the fleet, the request and what stands already. It has rules, prices, capacities and
//! sums of its own and takes none from the code that made the plan, so that a mistake there does not pass here as well. What takes
//! a solver to know is not checked: whether a bound holds. But what plain search can refute is refuted: a VM left out that would
//! have had room, a cheaper host that was free, a plan for what was called infeasible.

mod ask;
mod capacity;
mod case;
mod cost;
mod finding;
mod group;
mod objective;
mod pattern;
mod placement;
mod ports;
mod read;
mod refute;
mod rejections;
mod roster;
mod rules;
mod snapshot;

pub use finding::{Finding, List, Replica, Resource};
pub use read::{PlanReadError, read_plan};

use crate::fleet::Fleet;
use crate::place::Standing;
use crate::plan::Plan;
use crate::request::Request;

/// A plan that [`verify`] found nothing wrong with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPlan(Plan);

impl VerifiedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }

    /// The plan, without the knowledge that it was verified.
    pub fn into_plan(self) -> Plan {
        self.0
    }
}

/// Judges a plan anew.
///
/// `standing` are VMs of the request that exist already: they count for `spread`, `together`, the budget and the numbers of
/// replicas, and take nothing from the fleet.
///
/// # Errors
///
/// Everything that is wrong with the plan; never an empty list.
pub fn verify(
    fleet: &Fleet,
    request: &Request,
    standing: &[Standing],
    plan: &Plan,
) -> Result<VerifiedPlan, Vec<Finding>> {
    let case = case::Case::new(fleet, request, standing, plan);
    let mut findings = Vec::new();
    snapshot::check(&case, &mut findings);
    roster::check(&case, &mut findings);
    let seats = placement::check(&case, &mut findings);
    let loads = capacity::Loads::of(&case, &seats);
    let groups = group::Groups::of(&case, &seats);
    loads.check(&case, &mut findings);
    ports::check(&case, &seats, &mut findings);
    groups.check(&mut findings);
    objective::check(&case, &seats, &mut findings);
    let room = refute::Room {
        case: &case,
        seats: &seats,
        loads: &loads,
        groups: &groups,
    };
    // Searching for something better makes sense only in a plan that is sound so far.
    refute::survey(&room, findings.is_empty(), &mut findings);
    if findings.is_empty() {
        Ok(VerifiedPlan(plan.clone()))
    } else {
        Err(findings)
    }
}
