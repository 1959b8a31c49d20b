//! Search among plans that overbook hosts at a price: the way to tight packings leads through plans that do not quite fit.
//!
//! Every limit is a row with a room that may fall below zero: what a host has, what a spread rule admits, the budget. A copy moves to
//! another option, and one that stands in its way trades places with it. What is worse is accepted less and less readily, while
//! rows that stay overbooked grow dearer, so that in the end nothing is overbooked.

pub mod rows;
mod state;
mod trade;

use std::sync::Arc;

use rayon::prelude::*;

use super::super::assignment::{Assignment, Score};
use super::super::problem::OptIx;
use super::WorkMeter;
use super::measure::typical_cost;
use super::random::Dice;
use rows::Rows;
use state::{CopyIx, Move, OUT, State, standing};
use trade::Trade;

/// A round cools down in so many steps.
const STEPS: u32 = 300;
/// What overbooking costs at least, in typical copies for the need of one. The softer hosts are, the more the cost alone
/// decides at first, and the fuller they end where that is to be had.
const SOFTNESS: [f64; 4] = [0.3, 0.1, 0.03, 0.01];
/// The same for rows that are counted in a few whole units, such as GPUs: trades can keep those exactly.
const HARD: f64 = 1.0;
/// A row of which a typical copy needs so much or less is counted.
const COUNTED: f64 = 4.0;
/// How much worse a change may be, on average, when a round starts and ends, by the price of overbooking.
const HEAT: (f64, f64) = (0.02, 0.005);
/// A row's price grows so much at each step that finds it overbooked, and falls so much at others.
const DEARER: f64 = 1.01;
const CHEAPER: f64 = 0.99;
/// What a unit of weight costs, in typical copies.
const WEIGHT: f64 = 10.0;
/// So many copies are asked to trade places before a move is given up.
const PARTNERS: usize = 2;

/// Several searches side by side, each of a softness of its own.
pub struct Overbooks<'p> {
    all: Vec<Overbook<'p>>,
}

impl<'p> Overbooks<'p> {
    pub fn new(plan: &Assignment<'p>, seed: u64) -> Self {
        let rows = Arc::new(Rows::new(plan.problem(), plan.index()));
        let own = |(seed, softness)| Overbook::new(plan, Arc::clone(&rows), softness, seed);
        Self {
            all: (seed..).zip(SOFTNESS).map(own).collect(),
        }
    }

    /// Each searches for `length` units of work from `plan` on. Returns the best of the better plans that they find; one that is as
    /// good as `enough` ends its search.
    pub fn round(
        &mut self,
        plan: &Assignment<'p>,
        meter: &mut WorkMeter,
        length: u64,
        enough: Score,
    ) -> Option<Assignment<'p>> {
        let length = length.min(meter.left() / self.all.len() as u64);
        let found: Vec<_> = self
            .all
            .par_iter_mut()
            .map(|overbook| {
                let mut own = meter.share(length);
                (overbook.round(plan, &mut own, length, enough), own.done())
            })
            .collect();
        found.iter().for_each(|(_, done)| meter.add(*done));
        let plans = found.into_iter().filter_map(|(plan, _)| plan);
        plans.reduce(|best, other| if other.score() < best.score() { other } else { best })
    }
}

/// A search over overbooked plans.
struct Overbook<'p> {
    state: State<'p>,
    best: Score,
    best_at: Vec<OptIx>,
    /// Overbooking by what a typical copy needs, by unit, before prices.
    unit: Vec<f64>,
    /// The least price of each row.
    least: Vec<f64>,
    softness: f64,
    dice: Dice,
}

impl<'p> Overbook<'p> {
    /// A search by `rows`, those of the problem of `plan`.
    pub fn new(plan: &Assignment<'p>, rows: Arc<Rows<'p>>, softness: f64, seed: u64) -> Self {
        let state = State::new(plan, rows);
        Self {
            best: plan.score(),
            best_at: Vec::new(),
            unit: units(&state),
            least: Vec::new(),
            softness,
            state,
            dice: Dice::new(seed),
        }
    }

    /// Searches for `length` units of work from `plan` on, and returns a better plan if it finds one; one that is as good as `enough`
    /// ends the round.
    pub fn round(
        &mut self,
        plan: &Assignment<'p>,
        meter: &mut WorkMeter,
        length: u64,
        enough: Score,
    ) -> Option<Assignment<'p>> {
        let typical = typical_cost(plan) as f64;
        self.best = plan.score();
        self.best_at = standing(plan).1;
        self.state.stand(&self.best_at);
        for (price, demand) in self.state.out_price.iter_mut().zip(&plan.problem().demands) {
            *price = WEIGHT * typical * demand.weight as f64;
        }
        // While something is left out, room is worth as much as what it would take in.
        let scale = if plan.complete() { typical } else { WEIGHT * typical };
        let price = |unit: &f64| {
            let hard = unit * COUNTED >= 1.0;
            unit * scale * if hard { HARD } else { self.softness }
        };
        self.least = self.unit.iter().map(price).collect();
        self.state.price.clone_from(&self.least);
        self.anneal(meter, length, self.softness * scale, enough);
        self.settle();
        Some(self.best_plan()).filter(|better| better.score() < plan.score())
    }

    fn best_plan(&self) -> Assignment<'p> {
        let mut plan = Assignment::empty(self.state.rows.problem, self.state.rows.index);
        for &opt in self.best_at.iter().filter(|&&opt| opt != OUT) {
            // Amounts too large for a float to count exactly might not fit after all.
            if plan.fits(opt) {
                plan.place(opt);
            }
        }
        plan
    }

    /// Changes the plan for `length` units of work while cooling down.
    fn anneal(&mut self, meter: &mut WorkMeter, length: u64, price: f64, enough: Score) {
        let start = meter.done();
        let (mut heat, cooling) = (HEAT.0 * price, nth_root(HEAT.1 / HEAT.0, STEPS));
        for step in 1..=STEPS {
            let until = start + length / u64::from(STEPS) * u64::from(step);
            while meter.done() < until && !meter.spent() {
                let slack = heat * self.dice.exponential() as f64 / 65536.0;
                if self.attempt(meter, slack) && self.state.overbooked == 0 && self.state.score() < self.best {
                    self.best = self.state.score();
                    self.best_at.clone_from(&self.state.at);
                    if self.best <= enough {
                        return;
                    }
                }
            }
            heat *= cooling;
            self.reprice();
            meter.add(self.unit.len() as u64 / 8);
        }
    }

    /// Makes a plan of the state at hand: what does not fit where it stands goes elsewhere or stays out.
    fn settle(&mut self) {
        let rows = &self.state.rows;
        let mut plan = Assignment::empty(rows.problem, rows.index);
        let weight = |demand: u32| rows.problem.demands[demand as usize].weight;
        let mut placed: Vec<CopyIx> = (0..self.state.at.len() as CopyIx)
            .filter(|&c| self.state.at[c as usize] != OUT)
            .collect();
        placed.sort_by_key(|&copy| std::cmp::Reverse(weight(self.state.demand[copy as usize])));
        for copy in placed {
            let opt = self.state.at[copy as usize];
            if plan.fits(opt) {
                plan.place(opt);
            }
        }
        let all: Vec<u32> = (0..rows.problem.demands.len() as u32).collect();
        super::greedy::first_fit_into(&mut plan, &super::by_weight(rows.problem, &all));
        if plan.score() < self.best {
            self.best = plan.score();
            self.best_at = standing(&plan).1;
        }
    }

    /// Makes overbooked rows dearer and all others a little cheaper, down to the price at the start.
    fn reprice(&mut self) {
        for ((price, room), &least) in self.state.price.iter_mut().zip(&self.state.room).zip(&self.least) {
            let factor = if *room < 0.0 { DEARER } else { CHEAPER };
            *price = (*price * factor).max(least);
        }
    }

    /// Changes the plan once. Returns whether it did.
    fn attempt(&mut self, meter: &mut WorkMeter, slack: f64) -> bool {
        meter.add(2);
        let out = self.state.out.len();
        let copy = if out > 0 && self.dice.chance(1, 4) {
            self.state.out[self.dice.below(out)]
        } else {
            self.dice.below(self.state.at.len()) as CopyIx
        };
        let Some(m) = self.wish(copy) else { return false };
        if self.state.is_bound(m) {
            return false;
        }
        if self.state.worse_by_moving(m) <= slack {
            self.state.carry_out(m);
            return true;
        }
        if self.dice.chance(1, 2) {
            return self.attempt_trade(meter, m, slack);
        }
        let there = self.state.rows.host(m.to) as usize;
        for _ in 0..PARTNERS {
            let Some(other) = self.dice.pick(&self.state.on_host[there]) else {
                return false;
            };
            let Some(back) = self.way_back(other, m) else { continue };
            if self.state.worse_by_trading(m, back) <= slack {
                self.state.carry_out(m);
                self.state.carry_out(back);
                return true;
            }
        }
        false
    }

    /// Moves a copy and whatever has to give way to it.
    fn attempt_trade(&mut self, meter: &mut WorkMeter, m: Move, slack: f64) -> bool {
        if m.from != OUT && self.state.rows.host(m.from) == self.state.rows.host(m.to) {
            return false;
        }
        meter.add(2);
        let trade = Trade::around(&self.state, m, &mut self.dice);
        let good = trade.worse(&self.state) <= slack;
        if good {
            trade.moves.iter().for_each(|&m| self.state.carry_out(m));
        }
        good
    }

    /// Where the copy at hand would leave room for `other`.
    fn way_back(&self, other: CopyIx, m: Move) -> Option<Move> {
        let to = match m.from {
            OUT => OUT,
            from => self
                .state
                .rows
                .on(self.state.demand[other as usize], self.state.rows.host(from))?,
        };
        let back = Move {
            copy: other,
            from: self.state.at[other as usize],
            to,
        };
        let same_host = m.from != OUT && self.state.rows.host(m.from) == self.state.rows.host(m.to);
        (other != m.copy && !same_host && !self.state.is_bound(back)).then_some(back)
    }

    /// Where a copy might go: cheaper or a little dearer options.
    fn wish(&mut self, copy: CopyIx) -> Option<Move> {
        let options = self.state.rows.index.by_cost(self.state.demand[copy as usize]);
        let from = self.state.at[copy as usize];
        let below = if from == OUT {
            options.len()
        } else {
            let rank = self.state.rows.rank(from);
            (rank + 4 + rank / 8).min(options.len())
        };
        let to = options[self.dice.below(below)];
        (to != from).then_some(Move { copy, from, to })
    }
}

/// For each row, 1 by the mean of what options need of it.
fn units(state: &State) -> Vec<f64> {
    let rows = &state.rows;
    let (mut total, mut count) = (vec![0.0; rows.room.len()], vec![0.0f64; rows.room.len()]);
    for opt in 0..rows.problem.options.len() as OptIx {
        let own = (rows.start(opt)..).zip(rows.needs(opt).iter().copied());
        for (row, need) in own.chain(rows.needs_beyond(opt)).filter(|(_, need)| *need > 0.0) {
            total[row] += need;
            count[row] += 1.0;
        }
    }
    total
        .iter()
        .zip(&count)
        .map(|(total, count)| if *total > 0.0 { count / total } else { 1.0 })
        .collect()
}

/// The `n`-th root of `x` between 0 and 1, by halving: the same everywhere.
fn nth_root(x: f64, n: u32) -> f64 {
    let (mut low, mut high) = (0.0f64, 1.0f64);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let power = (0..n).fold(1.0, |power, _| power * middle);
        if power > x {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
