//! The two passes over one problem: least weight left out, then least cost.

use super::assignment::Index;
use super::goal::Goal;
use super::limits::Meter;
use super::model::Model;
use super::plan::{Best, Builder};
use super::prices::NEVER;
use super::problem::{Cost, Problem};
use super::relax::Relaxation;
use super::solution::{Solution, Status};
use super::tree::Tree;

/// Solves a problem as far as the meter allows.
pub(crate) fn solve(problem: &Problem, meter: &Meter) -> Solution {
    let index = Index::new(problem);
    let merged = Model::new(problem, true);
    let mut builder = Builder::new(problem, &index, &merged);
    builder.fill_up();
    let mut proof = Proof {
        best: Best::of(&builder.assignment),
        weight_bound: 0,
        cost_bound: 0,
        work: 0,
    };
    let complete = pass(problem, &index, &merged, meter, &mut proof);
    if !complete && !meter.exhausted() && merged.classes.iter().any(|c| c.hosts.len() > 1) {
        let single = Model::new(problem, false);
        pass(problem, &index, &single, meter, &mut proof);
    }
    proof.work = meter.done();
    proof.answer(problem)
}

/// What is known of a problem.
struct Proof {
    best: Best,
    weight_bound: u128,
    cost_bound: Cost,
    work: u64,
}

/// Both passes on one model. Returns whether everything is proved.
fn pass(problem: &Problem, index: &Index, model: &Model, meter: &Meter, proof: &mut Proof) -> bool {
    let mut tree = Tree::new(problem, index, model, meter, proof.best.clone());
    if tree.best.score.weight_out > proof.weight_bound {
        let goal = Goal::weight(model);
        let step = goal.step;
        let bound = tree.run(Relaxation::new(model, goal));
        let proved = if bound >= NEVER {
            tree.best.score.weight_out
        } else {
            (bound.max(0) as u128).div_ceil(step as u128)
        };
        proof.weight_bound = proof.weight_bound.max(proved.min(tree.best.score.weight_out));
    }
    proof.best = tree.best.clone();
    let weight = proof.best.score.weight_out;
    if !problem.partial && weight > 0 {
        return proof.weight_bound > 0;
    }
    let slack = u64::try_from(weight).unwrap_or(u64::MAX);
    let bound = tree.run(Relaxation::new(model, Goal::cost(model, slack)));
    let cost = tree.best.score.cost;
    let proved = if bound >= NEVER && model.scale.exact() {
        cost
    } else {
        model.scale.least(bound.min(model.scale.down(cost)))
    };
    proof.cost_bound = if tree.best.score.weight_out < weight {
        0
    } else {
        proof.cost_bound.max(proved.min(cost))
    };
    proof.best = tree.best.clone();
    proof.weight_bound == proof.best.score.weight_out && proof.cost_bound == cost
}

impl Proof {
    fn answer(self, problem: &Problem) -> Solution {
        let placed = problem.partial || self.best.score.weight_out == 0;
        let mut solution = if placed {
            Solution::of_plan(problem, self.best.chosen)
        } else if self.weight_bound > 0 {
            Solution::without_plan(problem, Status::Infeasible)
        } else {
            Solution::without_plan(problem, Status::Unknown)
        };
        solution.weight_bound = self.weight_bound;
        if placed {
            solution.cost_bound = self.cost_bound;
            if self.weight_bound == solution.unplaced_weight && self.cost_bound == solution.cost {
                solution.status = Status::Optimal;
            }
        }
        solution.work = self.work;
        solution.method = "branch and price";
        solution
    }
}
