//! The fleet solver: from a [`Problem`](problem::Problem) to a placement with its proof.

pub mod assignment;
pub mod limits;
pub mod primal;
pub mod problem;
pub mod solution;

mod goal;
mod knapsack;
mod model;
#[cfg(test)]
mod oracle;
mod prices;
#[cfg(test)]
mod random;
mod relax;
mod scale;
mod search;
mod simplex;
#[cfg(test)]
mod testing;

pub use limits::{Limits, Progress, Silent, Watch};
pub use problem::Problem;
pub use solution::{Solution, Status};

/// Places the demands at least unplaced weight, then least cost, and proves as much as the limits allow.
pub fn solve(problem: &Problem, limits: &Limits, watch: &dyn Watch) -> Solution {
    let meter = limits::Meter::new(limits.work.min(20_000_000), watch);
    search::solve(problem, &meter)
}

/// probe
pub fn probe(problem: &Problem, weight: u64, cost: i128) {
    let meter = limits::Meter::new(u64::MAX, &Silent);
    let model = model::Model::new(problem);
    eprintln!(
        "classes {} items {} wanted {} rooms {}",
        model.classes.len(),
        model.items.len(),
        model.wanted.len(),
        model.rooms.len()
    );
    let goal = goal::Goal::weight(&model);
    let step = goal.step;
    if weight > 0 {
        let t = std::time::Instant::now();
        let mut r = relax::Relaxation::new(&model, goal);
        let end = r.converge((weight as i64 - 1) * step, &meter);
        eprintln!(
            "weight: {:?} {} of {} in {:?}",
            end,
            r.bound as f64 / step as f64,
            weight,
            t.elapsed()
        );
    }
    let t = std::time::Instant::now();
    let mut r = relax::Relaxation::new(&model, goal::Goal::cost(&model, weight));
    let target = model.scale.down(cost);
    let end = r.converge(target - model.scale.step(), &meter);
    eprintln!(
        "cost: {:?} gap {:.6}% in {:?} work {}",
        end,
        (target - r.bound) as f64 / target as f64 * 100.0,
        t.elapsed(),
        meter.done()
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
