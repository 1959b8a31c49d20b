//! First fit: the demands in a given order, each copy on the cheapest option with room. What a simple scheduler does.

use std::cmp::Reverse;

use super::super::assignment::{Assignment, Index};
use super::super::problem::{DemandIx, Problem};

/// Takes the demands in `order`, places each copy on the cheapest option with room, and never looks back.
///
/// With the demands by falling size this is first-fit decreasing.
pub fn first_fit<'p>(problem: &'p Problem, index: &'p Index, order: &[DemandIx]) -> Assignment<'p> {
    let mut plan = Assignment::empty(problem, index);
    first_fit_into(&mut plan, order);
    plan
}

/// Adds to `plan` what fits, the demands in `order`.
pub fn first_fit_into(plan: &mut Assignment, order: &[DemandIx]) {
    for &demand in order {
        place_all(plan, demand);
    }
}

/// Places as many copies of `demand` as have room.
fn place_all(plan: &mut Assignment, demand: DemandIx) {
    for &opt in plan.index().by_cost(demand) {
        let left = plan.left(demand);
        if left == 0 {
            break;
        }
        plan.place_copies(opt, plan.copies_that_fit(opt, left));
    }
}

/// `order` with the heavier demands first, otherwise unchanged.
pub fn by_weight(problem: &Problem, order: &[DemandIx]) -> Vec<DemandIx> {
    let mut order = order.to_vec();
    order.sort_by_key(|&demand| Reverse(problem.demands[demand as usize].weight));
    order
}
