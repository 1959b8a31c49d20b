//! What an easy plan would have been: first-fit decreasing, as a measure of what planning is worth.

use std::cmp::Reverse;

use super::compile::compile;
use crate::fleet::Fleet;
use crate::money::Money;
use crate::request::Request;
use crate::sizes::Sizes;
use crate::solve::assignment::Index;
use crate::solve::primal;
use crate::solve::problem::Problem;

/// What first-fit decreasing reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greedy {
    /// Weight of what it leaves out.
    pub unplaced_weight: u128,
    /// Real cost of what it places.
    pub cost_per_hr: Money,
}

/// Places the largest VMs first, each on the cheapest host that still has room, and never looks back.
pub fn greedy(fleet: &Fleet, request: &Request) -> Greedy {
    first_fit(fleet, request, &compile(fleet, request, &[]).problem)
}

/// The same for a request that is stated as a problem already.
pub fn first_fit(fleet: &Fleet, request: &Request, problem: &Problem) -> Greedy {
    let mut order: Vec<u32> = (0..request.vms().len() as u32).collect();
    order.sort_by_key(|at| {
        let vm = &request.vms()[*at as usize];
        let count = vm.count.least();
        let sizes = Sizes::of(vm, request.sizes, fleet.steps()).at(count);
        (Reverse((count, sizes.vcpu, sizes.ram_gb)), *at)
    });
    let index = Index::new(problem);
    let plan = primal::first_fit(problem, &index, &order);
    Greedy {
        unplaced_weight: plan.score().weight_out,
        cost_per_hr: Money::from_nanos(plan.spend()),
    }
}
