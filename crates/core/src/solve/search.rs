//! A plain depth-first search over the copies of each demand, complete but only quick enough for small problems.

use super::limits::Meter;
use super::problem::{Cost, OptIx, Problem};
use super::solution::{Solution, Status};

/// What the search may do on top of what was done before.
pub(crate) const WORK: u64 = 50_000_000;
/// Most copies of a small problem: the search goes as deep as there are copies.
const MOST_COPIES: u64 = 64;
/// Most options of a small problem.
const MOST_OPTIONS: usize = 2_000;

/// Whether a complete search is worth trying.
pub(crate) fn is_small(problem: &Problem) -> bool {
    let copies: u64 = problem.demands.iter().map(|d| u64::from(d.copies)).sum();
    copies <= MOST_COPIES && problem.options.len() <= MOST_OPTIONS
}

/// Searches until everything was tried or the work is used up.
pub(crate) fn solve(problem: &Problem, meter: &Meter) -> Solution {
    let mut by_demand: Vec<Vec<OptIx>> = vec![Vec::new(); problem.demands.len()];
    for (o, option) in problem.options.iter().enumerate() {
        by_demand[option.demand as usize].push(o as OptIx);
    }
    for options in &mut by_demand {
        options.sort_by_key(|&o| problem.options[o as usize].cost);
    }
    let mut search = Search {
        problem,
        meter,
        by_demand,
        room: problem.hosts.clone(),
        spread: problem.spreads.iter().map(|s| s.room.clone()).collect(),
        standing: problem.togethers.iter().map(|t| vec![0; t.place_of.len()]).collect(),
        spend: 0,
        cost: 0,
        weight: 0,
        chosen: Vec::new(),
        best: None,
        cut: false,
    };
    search.demand(0);
    search.answer()
}

struct Search<'a> {
    problem: &'a Problem,
    meter: &'a Meter<'a>,
    by_demand: Vec<Vec<OptIx>>,
    room: Vec<Vec<u64>>,
    spread: Vec<Vec<u32>>,
    /// For each together rule, how many copies stand on each host.
    standing: Vec<Vec<u32>>,
    spend: Cost,
    cost: Cost,
    weight: u128,
    chosen: Vec<OptIx>,
    best: Option<(u128, Cost, Vec<OptIx>)>,
    cut: bool,
}

impl Search<'_> {
    fn demand(&mut self, d: usize) {
        match self.problem.demands.get(d) {
            None => self.whole(),
            Some(demand) => self.copy(d, 0, demand.copies),
        }
    }

    fn whole(&mut self) {
        if self
            .best
            .as_ref()
            .is_none_or(|(w, c, _)| (self.weight, self.cost) < (*w, *c))
        {
            self.best = Some((self.weight, self.cost, self.chosen.clone()));
        }
    }

    /// Places the remaining copies of a demand on options from the given one on, then leaves the rest out.
    fn copy(&mut self, d: usize, from: usize, left: u32) {
        self.meter.add(1);
        if self.meter.exhausted() {
            self.cut = true;
        }
        if self.cut
            || self
                .best
                .as_ref()
                .is_some_and(|(w, c, _)| (self.weight, self.cost) >= (*w, *c))
        {
            return;
        }
        if left == 0 {
            return self.demand(d + 1);
        }
        for i in from..self.by_demand[d].len() {
            let o = self.by_demand[d][i];
            if self.fits(o) {
                self.shift(o, true);
                self.copy(d, i, left - 1);
                self.shift(o, false);
            }
        }
        if self.problem.partial {
            let weight = u128::from(self.problem.demands[d].weight) * u128::from(left);
            self.weight += weight;
            self.demand(d + 1);
            self.weight -= weight;
        }
    }

    fn fits(&self, o: OptIx) -> bool {
        let option = &self.problem.options[o as usize];
        let host = option.host as usize;
        let room = option
            .needs
            .iter()
            .all(|&(dim, amount)| self.room[host][dim as usize] >= amount);
        let spread = self
            .problem
            .spreads
            .iter()
            .zip(&self.spread)
            .all(|(rule, room)| !rule.demands.contains(&option.demand) || room[rule.place_of[host] as usize] > 0);
        let together = self
            .problem
            .togethers
            .iter()
            .zip(&self.standing)
            .all(|(rule, standing)| {
                let elsewhere = |h: usize| standing[h] > 0 && rule.place_of[h] != rule.place_of[host];
                !rule.demands.contains(&option.demand) || !(0..standing.len()).any(elsewhere)
            });
        room && spread && together && self.problem.budget.is_none_or(|b| self.spend + option.spend <= b)
    }

    fn shift(&mut self, o: OptIx, place: bool) {
        let option = &self.problem.options[o as usize];
        let host = option.host as usize;
        for &(dim, amount) in &option.needs {
            let room = &mut self.room[host][dim as usize];
            *room = if place { *room - amount } else { *room + amount };
        }
        for (rule, room) in self.problem.spreads.iter().zip(&mut self.spread) {
            if rule.demands.contains(&option.demand) {
                let room = &mut room[rule.place_of[host] as usize];
                *room = if place { *room - 1 } else { *room + 1 };
            }
        }
        for (rule, standing) in self.problem.togethers.iter().zip(&mut self.standing) {
            if rule.demands.contains(&option.demand) {
                standing[host] = if place { standing[host] + 1 } else { standing[host] - 1 };
            }
        }
        let sign = if place { 1 } else { -1 };
        self.spend += sign * option.spend;
        self.cost += sign * option.cost;
        if place {
            self.chosen.push(o);
        } else {
            self.chosen.pop();
        }
    }

    fn answer(self) -> Solution {
        let mut solution = match self.best {
            None => Solution::without_plan(
                self.problem,
                if self.cut { Status::Unknown } else { Status::Infeasible },
            ),
            Some((_, _, mut chosen)) => {
                chosen.sort_unstable();
                let counted = chosen
                    .chunk_by(|a, b| a == b)
                    .map(|run| (run[0], run.len() as u32))
                    .collect();
                Solution::of_plan(self.problem, counted)
            }
        };
        if solution.status == Status::Feasible && !self.cut {
            solution.status = Status::Optimal;
            solution.weight_bound = solution.unplaced_weight;
            solution.cost_bound = solution.cost;
        }
        solution.method = "search";
        solution.work = self.meter.done();
        solution
    }
}
