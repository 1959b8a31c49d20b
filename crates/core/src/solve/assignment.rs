//! A placement in the making: how many copies each option takes, and what room that leaves.
//!
//! Every rule of the problem is kept at every step, except that an unfinished assignment may leave out copies even where the problem
//! is all or nothing: [`Assignment::complete`] tells. What to place where is decided elsewhere.

mod check;
mod index;

pub use check::{Totals, Violation, check};
pub use index::Index;

use smallvec::SmallVec;

use super::problem::{Cost, DemandIx, HostIx, Opt, OptIx, PlaceIx, Problem};

/// What an assignment is judged by: less is better, weight before cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score {
    /// Total weight of the copies left out.
    pub weight_out: u128,
    /// Total cost of the copies placed.
    pub cost: Cost,
}

/// Where the copies under a together rule stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gathered {
    place: PlaceIx,
    copies: u32,
}

/// Copies taken by each option, with the room left, kept up to date.
#[derive(Debug, Clone)]
pub struct Assignment<'p> {
    problem: &'p Problem,
    index: &'p Index,
    taken: Vec<u32>,
    in_use: Vec<SmallVec<[OptIx; 4]>>,
    room: Vec<u64>,
    left: Vec<u32>,
    spread_room: Vec<u32>,
    gathered: Vec<Gathered>,
    score: Score,
    spend: Cost,
}

impl<'p> Assignment<'p> {
    /// Nothing placed. `index` is that of `problem`.
    pub fn empty(problem: &'p Problem, index: &'p Index) -> Self {
        let weight_out = problem
            .demands
            .iter()
            .map(|d| u128::from(d.weight) * u128::from(d.copies))
            .sum();
        Self {
            problem,
            index,
            taken: vec![0; problem.options.len()],
            in_use: vec![SmallVec::new(); problem.hosts.len()],
            room: problem.hosts.concat(),
            left: problem.demands.iter().map(|d| d.copies).collect(),
            spread_room: problem.spreads.iter().flat_map(|s| s.room.iter().copied()).collect(),
            gathered: vec![Gathered { place: 0, copies: 0 }; problem.togethers.len()],
            score: Score { weight_out, cost: 0 },
            spend: 0,
        }
    }

    /// The problem it belongs to.
    pub fn problem(&self) -> &'p Problem {
        self.problem
    }

    /// The look-ups of its problem.
    pub fn index(&self) -> &'p Index {
        self.index
    }

    fn opt(&self, opt: OptIx) -> &'p Opt {
        &self.problem.options[opt as usize]
    }

    /// Whether one more copy may take `opt`.
    pub fn fits(&self, opt: OptIx) -> bool {
        let o = self.opt(opt);
        self.left[o.demand as usize] > 0 && self.host_has_room(opt) && self.rules_admit(o) && self.budget_allows(o)
    }

    /// Whether the host of `opt` has room for one more copy on it, whatever the other rules say.
    pub fn host_has_room(&self, opt: OptIx) -> bool {
        let o = self.opt(opt);
        let room = &self.room[self.index.room(o.host)];
        o.needs.iter().all(|&(dim, amount)| room[usize::from(dim)] >= amount)
    }

    /// Whether host and rules would admit one more copy on `opt`, were one wanted and paid for.
    pub fn has_place(&self, opt: OptIx) -> bool {
        self.host_has_room(opt) && self.rules_admit(self.opt(opt))
    }

    fn rules_admit(&self, o: &Opt) -> bool {
        let spread = |&rule: &u32| self.spread_room[self.spread_place(rule, o.host)] > 0;
        let together = |&rule: &u32| {
            let gathered = self.gathered[rule as usize];
            gathered.copies == 0 || gathered.place == self.together_place(rule, o.host)
        };
        self.index.spreads(o.demand).iter().all(spread) && self.index.togethers(o.demand).iter().all(together)
    }

    fn budget_allows(&self, o: &Opt) -> bool {
        self.problem.budget.is_none_or(|budget| self.spend + o.spend <= budget)
    }

    fn spread_place(&self, rule: u32, host: HostIx) -> usize {
        let place = self.problem.spreads[rule as usize].place_of[host as usize];
        self.index.spread_room(rule).start + place as usize
    }

    fn together_place(&self, rule: u32, host: HostIx) -> PlaceIx {
        self.problem.togethers[rule as usize].place_of[host as usize]
    }

    /// How many more copies may take `opt`, at most `wanted`.
    pub fn copies_that_fit(&self, opt: OptIx, wanted: u32) -> u32 {
        let o = self.opt(opt);
        if wanted == 0 || !self.rules_admit(o) {
            return 0;
        }
        let room = &self.room[self.index.room(o.host)];
        let by_host = o
            .needs
            .iter()
            .map(|&(dim, amount)| room[usize::from(dim)] / amount.max(1));
        let by_spread = self
            .index
            .spreads(o.demand)
            .iter()
            .map(|&rule| self.spread_room[self.spread_place(rule, o.host)].into());
        let by_budget = self.copies_within_budget(o);
        let most = by_host.chain(by_spread).fold(by_budget, u64::min);
        let wanted = wanted.min(self.left[o.demand as usize]);
        u32::try_from(most).map_or(wanted, |most| most.min(wanted))
    }

    fn copies_within_budget(&self, o: &Opt) -> u64 {
        match self.problem.budget {
            Some(budget) if self.spend > budget => 0,
            Some(budget) if o.spend > 0 => u64::try_from((budget - self.spend) / o.spend).unwrap_or(u64::MAX),
            _ => u64::MAX,
        }
    }

    /// Places `copies` copies. They must fit, which debug builds check.
    pub fn place_copies(&mut self, opt: OptIx, copies: u32) {
        debug_assert!(
            self.copies_that_fit(opt, copies) == copies,
            "option {opt} has no room for {copies} copies"
        );
        if copies == 0 {
            return;
        }
        let o = self.opt(opt);
        let room = &mut self.room[self.index.room(o.host)];
        for &(dim, amount) in &o.needs {
            room[usize::from(dim)] -= amount * u64::from(copies);
        }
        for &rule in self.index.spreads(o.demand) {
            let place = self.spread_place(rule, o.host);
            self.spread_room[place] -= copies;
        }
        for &rule in self.index.togethers(o.demand) {
            let place = self.together_place(rule, o.host);
            let gathered = &mut self.gathered[rule as usize];
            *gathered = Gathered {
                place,
                copies: gathered.copies + copies,
            };
        }
        if self.taken[opt as usize] == 0 {
            self.in_use[o.host as usize].push(opt);
        }
        self.taken[opt as usize] += copies;
        self.left[o.demand as usize] -= copies;
        self.count(o, copies, 1);
    }

    /// Takes `copies` placed copies away again. So many must stand there, which debug builds check.
    pub fn remove_copies(&mut self, opt: OptIx, copies: u32) {
        debug_assert!(
            self.taken[opt as usize] >= copies,
            "option {opt} holds fewer than {copies} copies"
        );
        if copies == 0 {
            return;
        }
        let o = self.opt(opt);
        let room = &mut self.room[self.index.room(o.host)];
        for &(dim, amount) in &o.needs {
            room[usize::from(dim)] += amount * u64::from(copies);
        }
        for &rule in self.index.spreads(o.demand) {
            let place = self.spread_place(rule, o.host);
            self.spread_room[place] += copies;
        }
        for &rule in self.index.togethers(o.demand) {
            self.gathered[rule as usize].copies -= copies;
        }
        self.taken[opt as usize] -= copies;
        if self.taken[opt as usize] == 0 {
            self.in_use[o.host as usize].retain(|used| *used != opt);
        }
        self.left[o.demand as usize] += copies;
        self.count(o, copies, -1);
    }

    /// Brings the totals up to date after `copies` copies came (`sign` 1) or went (-1).
    fn count(&mut self, o: &Opt, copies: u32, sign: Cost) {
        let copies_signed = sign * Cost::from(copies);
        self.score.cost += o.cost * copies_signed;
        self.spend += o.spend * copies_signed;
        let weight = u128::from(self.problem.demands[o.demand as usize].weight) * u128::from(copies);
        if sign > 0 {
            self.score.weight_out -= weight;
        } else {
            self.score.weight_out += weight;
        }
    }

    /// Places one copy. It must fit.
    pub fn place(&mut self, opt: OptIx) {
        self.place_copies(opt, 1);
    }

    /// Takes one placed copy away again.
    pub fn remove(&mut self, opt: OptIx) {
        self.remove_copies(opt, 1);
    }

    /// Weight left out, then cost.
    pub fn score(&self) -> Score {
        self.score
    }

    /// What the budget counts of the copies placed.
    pub fn spend(&self) -> Cost {
        self.spend
    }

    /// How many copies of a demand are not placed.
    pub fn left(&self, demand: DemandIx) -> u32 {
        self.left[demand as usize]
    }

    /// How many copies stand on `opt`.
    pub fn taken(&self, opt: OptIx) -> u32 {
        self.taken[opt as usize]
    }

    /// The options in use on a host, in no particular but always the same order.
    pub fn on_host(&self, host: HostIx) -> &[OptIx] {
        &self.in_use[host as usize]
    }

    /// What a host has left, by dimension.
    pub fn room(&self, host: HostIx) -> &[u64] {
        &self.room[self.index.room(host)]
    }

    /// Whether every copy is placed.
    pub fn complete(&self) -> bool {
        self.score.weight_out == 0
    }

    /// Whether it answers its problem: complete, or leaving out is allowed.
    pub fn admissible(&self) -> bool {
        self.problem.partial || self.complete()
    }

    /// The options in use with their copies, by option.
    pub fn chosen(&self) -> Vec<(OptIx, u32)> {
        (0..)
            .zip(&self.taken)
            .filter(|&(_, &copies)| copies > 0)
            .map(|(opt, &copies)| (opt, copies))
            .collect()
    }
}

#[cfg(test)]
mod tests;
