//! A second opinion: the plain model of a problem, handed to a general integer solver through good_lp.
//!
//! One variable counts the copies on each option. It is what anybody would write first, and shares nothing with the solver beside it. A
//! general solver counts in floats, so its answer is a plan to compare with, not a proof. By default it is microlp; with the feature
//! `highs` it is HiGHS. For problems of a few hundred options at the most: it knows no limit.

use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution as _, SolverModel, Variable, constraint, variable,
};

use super::assignment::{Assignment, Index, Score};
use super::problem::{OptIx, Problem};

/// The largest amount of money in a model, in its own unit: small enough for floats, and far above the tolerances of general solvers,
/// which would otherwise take one nano-dollar over the budget for nothing.
const DEAREST: f64 = 1e6;

/// The score of the plan that a general solver takes for the best, counted anew in integers. None if it takes the problem for infeasible.
///
/// # Errors
///
/// What the solver says if it fails for another reason, or if its plan does not hold.
pub fn solve(problem: &Problem) -> Result<Option<Score>, String> {
    let Some(lightest) = Model::new(problem).least(problem, Model::weight)? else {
        return Ok(None);
    };
    let mut model = Model::new(problem);
    let weight = model.weight(problem);
    model.rows.push(constraint!(weight <= lightest.weight_out as f64 + 0.5));
    model.least(problem, Model::cost)
}

struct Model {
    variables: ProblemVariables,
    /// Copies on each option, and copies left out of each demand.
    copies: Vec<Variable>,
    left_out: Vec<Variable>,
    rows: Vec<good_lp::Constraint>,
    /// Nano-dollars in the unit of money; never less than one.
    unit: f64,
}

impl Model {
    fn new(problem: &Problem) -> Self {
        let mut variables = ProblemVariables::new();
        let most = |d: u32| f64::from(problem.demands[d as usize].copies);
        let mut count = |most: f64| variables.add(variable().integer().min(0).max(most));
        let copies = problem.options.iter().map(|o| count(most(o.demand))).collect();
        let out = |d: usize| if problem.partial { most(d as u32) } else { 0.0 };
        let left_out = (0..problem.demands.len()).map(|d| count(out(d))).collect();
        let dearest = problem.options.iter().map(|o| o.cost.max(o.spend)).max().unwrap_or(0);
        let mut model = Model {
            variables,
            copies,
            left_out,
            rows: Vec::new(),
            unit: (dearest as f64 / DEAREST).max(1.0),
        };
        model.fill_demands(problem);
        model.fit_hosts(problem);
        model.keep_rules(problem);
        model
    }

    /// The sum of what `of` says of each option, for those of which it says anything.
    fn sum(&self, problem: &Problem, of: impl Fn(&super::problem::Opt) -> f64) -> Expression {
        let terms = self.copies.iter().zip(&problem.options).map(|(&v, o)| (of(o), v));
        terms.filter(|(n, _)| *n != 0.0).map(|(n, v)| n * v).sum()
    }

    fn weight(&self, problem: &Problem) -> Expression {
        let terms = self.left_out.iter().zip(&problem.demands);
        terms.map(|(&v, d)| d.weight as f64 * v).sum()
    }

    fn cost(&self, problem: &Problem) -> Expression {
        self.sum(problem, |o| o.cost as f64 / self.unit)
    }

    fn fill_demands(&mut self, problem: &Problem) {
        for (d, demand) in problem.demands.iter().enumerate() {
            let placed = self.sum(problem, |o| f64::from(u8::from(o.demand as usize == d)));
            self.rows.push(constraint!(placed + self.left_out[d] == demand.copies));
        }
    }

    fn fit_hosts(&mut self, problem: &Problem) {
        for (h, capacities) in problem.hosts.iter().enumerate() {
            for (dim, &capacity) in capacities.iter().enumerate() {
                let need = |o: &super::problem::Opt| {
                    let mine = o.needs.iter().find(|n| usize::from(n.0) == dim && o.host as usize == h);
                    mine.map_or(0.0, |n| n.1 as f64)
                };
                let used = self.sum(problem, need);
                self.rows.push(constraint!(used <= capacity as f64));
            }
        }
    }

    fn keep_rules(&mut self, problem: &Problem) {
        for rule in &problem.spreads {
            for (place, &room) in rule.room.iter().enumerate() {
                let here = |o: &super::problem::Opt| {
                    rule.place_of[o.host as usize] as usize == place && rule.demands.contains(&o.demand)
                };
                let standing = self.sum(problem, |o| f64::from(u8::from(here(o))));
                self.rows.push(constraint!(standing <= room));
            }
        }
        for rule in &problem.togethers {
            let places = rule.place_of.iter().max().map_or(0, |p| p + 1);
            let chosen: Vec<Variable> = (0..places).map(|_| self.variables.add(variable().binary())).collect();
            self.rows.push(constraint!(chosen.iter().sum::<Expression>() <= 1));
            for (&v, o) in self.copies.iter().zip(&problem.options) {
                if rule.demands.contains(&o.demand) {
                    let most = f64::from(problem.demands[o.demand as usize].copies);
                    let place = chosen[rule.place_of[o.host as usize] as usize];
                    self.rows.push(constraint!(v <= most * place));
                }
            }
        }
        if let Some(budget) = problem.budget {
            let spend = self.sum(problem, |o| o.spend as f64 / self.unit);
            self.rows.push(constraint!(spend <= budget as f64 / self.unit));
        }
    }

    fn least(self, problem: &Problem, goal: impl Fn(&Self, &Problem) -> Expression) -> Result<Option<Score>, String> {
        let goal = goal(&self, problem);
        let mut program = self.variables.minimise(goal).using(SOLVER);
        for row in self.rows {
            program = program.with(row);
        }
        let solution = match program.solve() {
            Ok(solution) => solution,
            Err(ResolutionError::Infeasible) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let index = Index::new(problem);
        let mut plan = Assignment::empty(problem, &index);
        for (opt, &v) in (0..).zip(&self.copies) {
            let n = solution.value(v).round().max(0.0) as u32;
            if plan.copies_that_fit(opt as OptIx, n) < n {
                return Err(format!("option {opt} has no room for {n} copies"));
            }
            plan.place_copies(opt, n);
        }
        Ok(Some(plan.score()))
    }
}

#[cfg(not(feature = "highs"))]
const SOLVER: fn(good_lp::variable::UnsolvedProblem) -> good_lp::solvers::microlp::MicroLpProblem = good_lp::microlp;
/// Left to itself HiGHS is content with a gap of 0.01 %.
#[cfg(feature = "highs")]
const SOLVER: fn(good_lp::variable::UnsolvedProblem) -> good_lp::solvers::highs::HighsProblem =
    |program| good_lp::highs(program).set_option("mip_rel_gap", 0.0);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Limits, Silent, Status, random};
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        /// A general solver finds the same weight and cost as ours, or none where ours proves that there is none.
        #[test]
        fn a_general_solver_agrees(problem in random::problems()) {
            let ours = super::super::solve(&problem, &Limits::default(), &Silent);
            let theirs = solve(&problem);
            let ours = (ours.status == Status::Optimal).then_some(Score { weight_out: ours.unplaced_weight, cost: ours.cost });
            prop_assert_eq!(theirs, Ok(ours));
        }
    }
}
