//! The fleet solver: from a [`Problem`] to a placement with its proof.

pub mod assignment;
pub mod limits;
pub mod plain;
pub mod primal;
pub mod problem;
pub mod solution;

mod cuts;
mod domain;
mod exact;
mod features;
mod goal;
mod knapsack;
mod model;
mod neighbourhood;
#[cfg(test)]
mod oracle;
mod plan;
mod pool;
mod prices;
#[cfg(test)]
mod random;
mod relax;
mod rent;
mod scale;
mod search;
mod simplex;
#[cfg(test)]
mod testing;
mod tree;

pub use limits::{Limits, Progress, Silent, Watch};
use problem::OptIx;
pub use problem::Problem;
pub use solution::{Solution, Status};

/// Places the demands at least unplaced weight, then least cost, and proves as much as the limits allow.
pub fn solve(problem: &Problem, limits: &Limits, watch: &dyn Watch) -> Solution {
    solve_from(problem, &[], limits, watch)
}

/// The same from a plan that is known, as copies by option; what of it does not fit is passed over. The answer is never worse than it.
pub fn solve_from(problem: &Problem, known: &[(OptIx, u32)], limits: &Limits, watch: &dyn Watch) -> Solution {
    let meter = limits::Meter::new(limits.work, watch);
    let solution = exact::solve(problem, known, &meter);
    let open = matches!(solution.status, Status::Feasible | Status::Unknown);
    if !open || meter.exhausted() || !problem.is_whole() || !search::is_small(problem) {
        return solution;
    }
    // What branch and price could not close on a small problem, a complete search does.
    let rest = limits::Meter::new(search::WORK, watch);
    let searched = search::solve(problem, &rest);
    let work = solution.work + searched.work;
    let closed = matches!(searched.status, Status::Optimal | Status::Infeasible);
    Solution {
        work,
        ..if closed { searched } else { solution }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::problem::Elsewhere;
    use super::*;

    /// The problem with only the first few options of each demand by cost, and what is known of the others.
    fn with_few_options(problem: &Problem, most: usize) -> Problem {
        let mut few = problem.clone();
        few.options.clear();
        for (d, demand) in (0u32..).zip(&mut few.demands) {
            let mut options: Vec<_> = problem.options.iter().filter(|o| o.demand == d).collect();
            options.sort_by_key(|o| o.cost);
            let unnamed = options.split_off(most.min(options.len()));
            demand.elsewhere = Elsewhere::of(unnamed.iter().map(|o| o.cost));
            options.sort_by_key(|o| o.host);
            few.options.extend(options.into_iter().cloned());
        }
        few
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

        /// What is proved of a problem that does not name all its options holds with those it does not name.
        #[test]
        fn unnamed_options_are_in_view(problem in random::problems(), most in 1usize..4) {
            let few = with_few_options(&problem, most);
            let solution = solve(&few, &Limits::default(), &Silent);
            let best = oracle::best(&problem);
            match solution.status {
                Status::Optimal => prop_assert_eq!(best, Some((solution.unplaced_weight, solution.cost))),
                Status::Infeasible => prop_assert_eq!(best, None),
                Status::Unknown => {}
                Status::Feasible => {
                    let (weight, cost) = best.unwrap();
                    prop_assert!(solution.weight_bound <= weight);
                    prop_assert!(weight < solution.unplaced_weight || solution.cost_bound <= cost);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

        /// Exhaustive search and the solver agree on what is possible, what is left out and what it costs.
        #[test]
        fn agrees_with_exhaustive_search(problem in random::problems()) {
            let solution = solve(&problem, &Limits::default(), &Silent);
            let mut copies = vec![0; problem.options.len()];
            for &(o, n) in &solution.chosen {
                copies[o as usize] += n;
            }
            match oracle::best(&problem) {
                None => prop_assert_eq!(solution.status, Status::Infeasible),
                Some((weight, cost)) => {
                    prop_assert_eq!(solution.status, Status::Optimal);
                    prop_assert_eq!((solution.unplaced_weight, solution.cost), (weight, cost));
                    prop_assert_eq!((solution.weight_bound, solution.cost_bound), (weight, cost));
                    prop_assert!(oracle::respects_limits(&problem, &copies));
                    prop_assert_eq!(oracle::unplaced_weight(&problem, &copies), weight);
                    prop_assert_eq!(oracle::cost(&problem, &copies), cost);
                }
            }
        }
    }
}
