//! The two passes over one problem: least weight left out, then least cost.

use std::cmp::Reverse;
use std::sync::Arc;

use super::assignment::{Assignment, Index};
use super::goal::Goal;
use super::limits::Meter;
use super::model::Model;
use super::plan::Best;
use super::pool::Pool;
use super::prices::{NEVER, Scene};
use super::primal::{self, Guide, WorkMeter};
use super::problem::{Cost, DemandIx, OptIx, Problem};
use super::relax::Relaxation;
use super::solution::{Solution, Status};
use super::tree::Tree;

/// Work for each copy that the local search at the start does.
const START_WORK: u64 = 500;
/// The same for a part of a problem that leaves something out: what can is soon proved, while a part that takes all is hard to pack.
const SHORT_START_WORK: u64 = 25;
/// After so many nodes with shallow cuts, deep ones are tried.
const SHALLOW_NODES: u64 = 150;
/// The most patterns that are listed for one host where weight is left out, and for all hosts where none is: then lists save less than it
/// takes to make them.
const MOST_LISTED: usize = 5_000;
const MOST_LISTED_IN_ALL: usize = 1_000_000;
/// Work units of a probe of the local search.
pub(crate) const PROBE: u64 = 50;

/// Solves a problem as far as the meter allows, from a known plan if there is one.
pub(crate) fn solve(problem: &Problem, known: &[(OptIx, u32)], meter: &Meter) -> Solution {
    let index = Index::new(problem);
    let first = start(problem, &index, known, meter);
    let mut proof = Proof {
        best: Best::of(&first),
        weight_bound: 0,
        cost_bound: 0,
        work: 0,
    };
    // Where weight is left out, options that are not named might take it.
    let open = problem.is_whole() || proof.best.score.weight_out == 0;
    if open && !meter.exhausted() {
        prove(problem, &index, meter, &mut proof);
    }
    proof.work = meter.done();
    proof.answer(problem)
}

/// Proves what the meter allows: with like hosts merged, then, if that leaves something open, with each by itself.
fn prove(problem: &Problem, index: &Index, meter: &Meter, proof: &mut Proof) {
    let merged = Model::new(problem, true);
    let complete = pass(problem, index, &merged, meter, proof);
    if !complete && !meter.exhausted() && merged.classes.iter().any(|c| c.hosts.len() > 1) {
        let single = Model::new(problem, false);
        pass(problem, index, &single, meter, proof);
    }
}

/// A plan to start from: the known one or a quick construction, bettered by a short local search.
fn start<'p>(problem: &'p Problem, index: &'p Index, known: &[(OptIx, u32)], meter: &Meter) -> Assignment<'p> {
    let sizes = primal::sizes(problem, index);
    let mut order: Vec<DemandIx> = (0..problem.demands.len() as DemandIx).collect();
    order.sort_by_key(|&d| Reverse(sizes[d as usize]));
    let stop = || meter.exhausted();
    let mut first = primal::construct(problem, index, &order, &stop);
    let mut given = Assignment::empty(problem, index);
    for &(option, copies) in known {
        given.place_copies(option, given.copies_that_fit(option, copies));
    }
    if given.score() < first.score() {
        first = given;
    }
    let copies: u64 = problem.demands.iter().map(|d| u64::from(d.copies)).sum();
    let short = meter.is_part() && first.score().weight_out > 0;
    let per_copy = if short { SHORT_START_WORK } else { START_WORK };
    let mut work = WorkMeter::stoppable(copies.saturating_mul(per_copy), &stop);
    let plan = primal::improve(first, &mut work, 1, Guide::default());
    meter.add(work.done() * PROBE);
    plan
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
    tree.weight_bound = proof.weight_bound;
    let pool = if tree.best.score.weight_out > proof.weight_bound {
        let pool = Arc::new(Pool::new(model, MOST_LISTED, meter));
        prove_weight(&mut tree, pool.clone(), proof);
        pool
    } else {
        let share = MOST_LISTED_IN_ALL / model.classes.len().max(1);
        Arc::new(Pool::new(model, share.min(MOST_LISTED), meter))
    };
    proof.best = tree.best.clone();
    if !problem.partial && proof.best.score.weight_out > 0 {
        return proof.weight_bound > 0;
    }
    prove_cost(&mut tree, pool, proof);
    proof.weight_bound == proof.best.score.weight_out && proof.cost_bound == proof.best.score.cost
}

/// The first pass: what weight must be left out.
fn prove_weight<'a>(tree: &mut Tree<'a>, pool: Arc<Pool>, proof: &mut Proof) {
    let mut root = Relaxation::new(tree.model, Goal::weight(tree.model));
    let goal = root.goal.clone();
    root.pool = pool;
    tree.prepare(&mut root);
    let bound = tree.run(root, u64::MAX);
    let proved = if bound >= NEVER {
        tree.best.score.weight_out
    } else {
        goal.least_weight(bound)
    };
    proof.weight_bound = proof.weight_bound.max(proved.min(tree.best.score.weight_out));
    tree.weight_bound = proof.weight_bound;
}

/// The second pass: what a plan that leaves out as little as the best one must cost.
fn prove_cost<'a>(tree: &mut Tree<'a>, pool: Arc<Pool>, proof: &mut Proof) {
    let (model, weight) = (tree.model, tree.best.score.weight_out);
    let slack = u64::try_from(weight).unwrap_or(u64::MAX);
    let mut root = Relaxation::new(model, Goal::cost(model, slack));
    root.pool = pool;
    if let Some(ledger) = tree.ledger.take() {
        let value = i64::try_from(weight)
            .unwrap_or(NEVER)
            .saturating_mul(Goal::weight(model).step);
        let weight = Goal::weight(model);
        let scene = Scene {
            goal: &weight,
            ..root.scene()
        };
        root.pool = Arc::new(ledger.pool(model, scene, ledger.slack(value), tree.meter));
        let mut domain = root.domain.clone();
        ledger.narrow(model, &mut domain, &root.goal, value);
        root.narrow(domain);
        root.repair(20_000);
    }
    tree.prepare(&mut root);
    // Shallow cuts first; if that does not settle it soon, deep ones with the better plan that is known by then.
    let mut bound = tree.run(root.clone(), SHALLOW_NODES);
    if bound < NEVER && tree.nodes > 0 && !tree.meter.exhausted() {
        tree.deep = true;
        bound = bound.max(tree.run(root, u64::MAX));
    }
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
