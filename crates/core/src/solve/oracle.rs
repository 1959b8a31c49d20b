//! An exhaustive search, written to be obviously right, against which the solver is judged on tiny problems.
//!
//! It tries every multiset of options for every demand and checks each whole choice from the statement of the problem alone.

use super::problem::{Cost, Problem};

/// Least (weight left out, cost) over all plans, or none if there is no plan.
pub(crate) fn best(problem: &Problem) -> Option<(u128, Cost)> {
    let mut search = Search {
        problem,
        copies: vec![0; problem.options.len()],
        best: None,
    };
    search.demand(0);
    search.best
}

struct Search<'a> {
    problem: &'a Problem,
    copies: Vec<u32>,
    best: Option<(u128, Cost)>,
}

impl Search<'_> {
    fn demand(&mut self, d: usize) {
        if !respects_limits(self.problem, &self.copies) {
            return;
        }
        match self.problem.demands.get(d) {
            None => self.whole(),
            Some(demand) => self.option(d, 0, demand.copies),
        }
    }

    fn option(&mut self, d: usize, from: usize, left: u32) {
        let next = (from..self.problem.options.len()).find(|&o| self.problem.options[o].demand as usize == d);
        let Some(o) = next else {
            return self.demand(d + 1);
        };
        for n in 0..=left {
            self.copies[o] = n;
            self.option(d, o + 1, left - n);
        }
        self.copies[o] = 0;
    }

    fn whole(&mut self) {
        let value = (
            unplaced_weight(self.problem, &self.copies),
            cost(self.problem, &self.copies),
        );
        if (self.problem.partial || value.0 == 0) && self.best.is_none_or(|best| value < best) {
            self.best = Some(value);
        }
    }
}

/// Cost of a choice.
pub(crate) fn cost(problem: &Problem, copies: &[u32]) -> Cost {
    problem
        .options
        .iter()
        .zip(copies)
        .map(|(o, &n)| o.cost * Cost::from(n))
        .sum()
}

/// Weight that a choice leaves out.
pub(crate) fn unplaced_weight(problem: &Problem, copies: &[u32]) -> u128 {
    let placed = |d: usize| -> u32 { sum_where(problem, copies, |o| problem.options[o].demand as usize == d) };
    problem
        .demands
        .iter()
        .enumerate()
        .map(|(d, demand)| u128::from(demand.weight) * u128::from(demand.copies - placed(d)))
        .sum()
}

/// Whether a choice respects copies, capacities, rules and budget. Leaving something out is allowed here.
pub(crate) fn respects_limits(problem: &Problem, copies: &[u32]) -> bool {
    within_copies(problem, copies)
        && within_capacity(problem, copies)
        && within_spreads(problem, copies)
        && within_togethers(problem, copies)
        && within_budget(problem, copies)
}

fn within_copies(problem: &Problem, copies: &[u32]) -> bool {
    (0..problem.demands.len())
        .all(|d| sum_where(problem, copies, |o| problem.options[o].demand as usize == d) <= problem.demands[d].copies)
}

fn within_capacity(problem: &Problem, copies: &[u32]) -> bool {
    let mut used: Vec<Vec<u64>> = problem.hosts.iter().map(|caps| vec![0; caps.len()]).collect();
    for (option, &n) in problem.options.iter().zip(copies) {
        for &(dim, amount) in &option.needs {
            used[option.host as usize][dim as usize] += amount * u64::from(n);
        }
    }
    used.iter()
        .zip(&problem.hosts)
        .all(|(used, caps)| used.iter().zip(caps).all(|(u, c)| u <= c))
}

fn within_spreads(problem: &Problem, copies: &[u32]) -> bool {
    problem.spreads.iter().all(|spread| {
        spread.room.iter().enumerate().all(|(place, &room)| {
            let here = |o: usize| {
                let option = &problem.options[o];
                spread.demands.contains(&option.demand) && spread.place_of[option.host as usize] as usize == place
            };
            sum_where(problem, copies, here) <= room
        })
    })
}

fn within_togethers(problem: &Problem, copies: &[u32]) -> bool {
    problem.togethers.iter().all(|together| {
        let mut places = problem
            .options
            .iter()
            .zip(copies)
            .filter(|&(option, &n)| n > 0 && together.demands.contains(&option.demand));
        let first = places.next().map(|(option, _)| together.place_of[option.host as usize]);
        places.all(|(option, _)| Some(together.place_of[option.host as usize]) == first)
    })
}

fn within_budget(problem: &Problem, copies: &[u32]) -> bool {
    let spend: Cost = problem
        .options
        .iter()
        .zip(copies)
        .map(|(o, &n)| o.spend * Cost::from(n))
        .sum();
    problem.budget.is_none_or(|budget| spend <= budget)
}

fn sum_where(problem: &Problem, copies: &[u32], belongs: impl Fn(usize) -> bool) -> u32 {
    (0..problem.options.len())
        .filter(|&o| belongs(o))
        .map(|o| copies[o])
        .sum()
}
