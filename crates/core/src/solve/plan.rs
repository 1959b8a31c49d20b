//! The best plan so far, and how patterns become one.

use super::assignment::{Assignment, Index, Score};
use super::knapsack::Pattern;
use super::model::Model;
use super::problem::{OptIx, Problem};

/// The best plan so far.
#[derive(Debug, Clone)]
pub(crate) struct Best {
    pub(crate) score: Score,
    pub(crate) chosen: Vec<(OptIx, u32)>,
}

impl Best {
    pub(crate) fn of(assignment: &Assignment<'_>) -> Self {
        Best {
            score: assignment.score(),
            chosen: assignment.chosen(),
        }
    }

    /// The plan as an assignment.
    pub(crate) fn assignment<'p>(&self, problem: &'p Problem, index: &'p Index) -> Assignment<'p> {
        let mut assignment = Assignment::empty(problem, index);
        for &(option, copies) in &self.chosen {
            assignment.place_copies(option, copies);
        }
        assignment
    }

    /// Takes over a better plan. Returns whether it was better.
    pub(crate) fn improve(&mut self, assignment: &Assignment<'_>) -> bool {
        let better = assignment.score() < self.score;
        if better {
            *self = Best::of(assignment);
        }
        better
    }
}

/// Puts patterns on hosts, as far as they fit together.
pub(crate) struct Builder<'p> {
    model: &'p Model,
    pub(crate) assignment: Assignment<'p>,
    used: Vec<usize>,
}

impl<'p> Builder<'p> {
    pub(crate) fn new(problem: &'p Problem, index: &'p Index, model: &'p Model) -> Self {
        Builder {
            model,
            assignment: Assignment::empty(problem, index),
            used: vec![0; model.classes.len()],
        }
    }

    /// Fills the next host of a class, leaving out what does not fit. Returns whether there was a host.
    pub(crate) fn put(&mut self, class: usize, pattern: &Pattern) -> bool {
        let host = self.used[class];
        if host >= self.model.classes[class].hosts.len() {
            return false;
        }
        self.used[class] += 1;
        for &(i, n) in pattern {
            self.put_item(self.model.classes[class].first + i as usize, host, n);
        }
        true
    }

    fn put_item(&mut self, item: usize, host: usize, mut n: u32) {
        for &option in self.model.options(item, host) {
            let fit = self.assignment.copies_that_fit(option, n);
            self.assignment.place_copies(option, fit);
            n -= fit;
        }
    }

    /// Places what is left wherever it is cheapest, the weightiest demands first.
    pub(crate) fn fill_up(&mut self) {
        let problem = self.assignment.problem();
        let mut order: Vec<OptIx> = (0..problem.options.len() as OptIx)
            .filter(|&o| self.assignment.left(problem.options[o as usize].demand) > 0)
            .collect();
        let key = |o: OptIx| {
            let option = &problem.options[o as usize];
            (
                std::cmp::Reverse(problem.demands[option.demand as usize].weight),
                option.demand,
                option.cost,
                o,
            )
        };
        order.sort_by_key(|&o| key(o));
        for o in order {
            let left = self.assignment.left(problem.options[o as usize].demand);
            let fit = self.assignment.copies_that_fit(o, left);
            self.assignment.place_copies(o, fit);
        }
    }
}
