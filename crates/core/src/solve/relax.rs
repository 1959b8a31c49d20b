//! The relaxation: how little the demands can cost if hosts may be filled with fractions of patterns.
//!
//! Column generation (Dantzig and Wolfe): a small linear program over the patterns known so far gives prices; every host answers with its
//! best pattern at those prices; what improves joins the program. Each answer also yields an exact bound, see [`prices`](super::prices).
//! Prices are smoothed towards those of the best bound so far (Wentges), without which they swing wildly.
//!
//! Once a complete list of the patterns that can still matter is known, the program is *closed*: pricing only looks through the list.

mod climb;

use std::collections::HashMap;
use std::sync::Arc;

use super::cuts::{Cuts, MOST_CUTS};
use super::domain::Domain;
use super::features::{self, Features};
use super::goal::Goal;
use super::knapsack::Pattern;
use super::limits::Meter;
use super::model::Model;
use super::pool::Pool;
use super::prices::{self, Effort, NEVER, Priced, Prices, Scene};
use super::simplex::{Column, Entries, FREE, Simplex};

/// The most steps that pricing takes for one host.
const MOST_STEPS: u64 = 3_000_000;
/// The most steps that one round of pricing may take in all.
const ROUND_STEPS: u64 = 200_000_000;
/// The fewest.
const FEWEST_STEPS: u64 = 300;

/// Pivots between two looks at the limits.
const FEW_PIVOTS: usize = 200;
/// Pivots for a fresh domain.
const MANY_PIVOTS: usize = 5_000;
/// The share of the gap to the cutoff that the coarse program may miss.
const COARSE: f64 = 0.002;
/// Columns of the coarse program with a reduced cost below this are taken over.
const NEAR: f64 = 1e-4;
/// With more rows than this the coarse program is the only one.
const MOST_ROWS: usize = 2500;
/// How far prices may first go from the center, relative to their mean, and how far at last.
const BAND: f64 = 0.01;
const WIDEST: f64 = 1.0;
/// The share of the gap to the cutoff that a program with confined prices may miss, where they were guessed at first.
const ROUGH: f64 = 0.05;
/// With so many classes of hosts it is better to guess prices than to find them from nothing.
pub(crate) const MANY_CLASSES: usize = 4_000;

/// No demand is worth more.
const DEAREST: i64 = 1 << 56;
/// A host that is empty against the rules costs as much as so many penalised copies.
const DEARER: f64 = 4.0;

/// A pattern on a class of hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Filled {
    pub(crate) class: u32,
    pub(crate) pattern: Pattern,
}

/// The linear program with what it was made from.
#[derive(Clone)]
pub(crate) struct Relaxation<'a> {
    pub(crate) model: &'a Model,
    pub(crate) goal: Arc<Goal>,
    pub(crate) domain: Domain,
    pub(crate) simplex: Simplex,
    /// The pattern of each pattern column, from column `first` on.
    pub(crate) filled: Arc<Vec<Filled>>,
    pub(crate) first: u32,
    known: Arc<HashMap<Filled, u32>>,
    pub(super) rows: Rows,
    pub(super) cuts: Arc<Cuts>,
    /// What the first rows ask of the demands.
    pub(super) features: Arc<Features>,
    /// How far prices may go from the center.
    band: Option<f64>,
    /// Whether the first prices were guessed from a plan.
    guessed: bool,
    /// The patterns that can matter at all.
    pub(crate) pool: Arc<Pool>,
    /// Scaled integers per unit of the linear program.
    unit: f64,
    /// The most that a copy of each demand may be worth: beyond it, it goes where the problem names no options.
    most_paid: Arc<Vec<i64>>,
    /// The best bound so far, with its prices.
    pub(crate) bound: i64,
    pub(crate) center: Option<Prices>,
    /// What leaving out a copy against the rules costs, relative to the demand's dearest item.
    penalty: f64,
    pub(crate) steps: u64,
    /// Whether the listed patterns are all that matter.
    pub(crate) closed: bool,
    /// The share of the gap to the cutoff that the bound may miss.
    pub(crate) sloppiness: f64,
    /// With a gap of this or more, listing the patterns that matter was or would be in vain.
    pub(crate) hopeless: i64,
}

/// Where each kind of row starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    room: usize,
    pub(super) budget: Option<usize>,
    pub(super) weight: Option<usize>,
    /// How many there are, cuts apart.
    pub(super) count: usize,
}

/// How a relaxation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The bound passed the cutoff: no plan of interest is left.
    Closed,
    /// Prices and bound have converged.
    Converged,
    /// Work ran out.
    Cut,
}

impl<'a> Relaxation<'a> {
    /// The relaxation with empty hosts only.
    pub(crate) fn new(model: &'a Model, goal: Goal) -> Self {
        let features = Features::each(model.wanted.len());
        Relaxation::with_features(model, Arc::new(goal), features)
    }

    fn with_features(model: &'a Model, goal: Arc<Goal>, features: Features) -> Self {
        let rows = Rows::new(model, &goal, features.rows);
        let dearest = goal
            .item
            .iter()
            .copied()
            .chain(goal.left_out.iter().flatten().copied())
            .max()
            .unwrap_or(1)
            .max(1);
        let mut relaxation = Relaxation {
            simplex: Simplex::new(Vec::new(), Vec::new(), Vec::new(), &[], Vec::new()),
            model,
            domain: Domain::new(model, &goal),
            goal,
            filled: Arc::default(),
            first: 0,
            known: Arc::default(),
            pool: Arc::default(),
            cuts: Arc::default(),
            rows,
            features: Arc::new(features),
            band: None,
            guessed: false,
            unit: dearest as f64,
            most_paid: Arc::default(),
            bound: -NEVER,
            center: None,
            penalty: 3.0,
            steps: FEWEST_STEPS,
            closed: false,
            hopeless: i64::MAX,
            sloppiness: 0.0,
        };
        relaxation.most_paid = Arc::new(relaxation.most_paid());
        relaxation.start();
        relaxation
    }

    fn most_paid(&self) -> Vec<i64> {
        let most = |elsewhere: Option<i64>| match elsewhere {
            // Weight is left out nowhere that something else can be had.
            Some(_) if self.goal.slack.is_none() => 0,
            Some(cost) => cost,
            None => DEAREST,
        };
        self.model.wanted.iter().map(|w| most(w.elsewhere)).collect()
    }

    /// Columns in order: empty hosts by class, places of left-out copies and left-out copies by demand, penalised copies by demand, slacks
    /// by row, slacks of cuts to come, penalised empty hosts by class, then patterns.
    fn start(&mut self) {
        let (classes, demands) = (self.model.classes.len(), self.model.wanted.len());
        let mut columns: Vec<Column> = Vec::new();
        let mut column = |set: usize, cost: f64, entries: &[(u32, f64)]| {
            let set = if set == usize::MAX { FREE } else { set as u32 };
            columns.push(Column {
                set,
                cost,
                entries: Entries::from_slice(entries),
            });
        };
        (0..classes + demands).for_each(|set| column(set, 0.0, &[]));
        for d in 0..demands {
            column(classes + d, self.left_out_cost(d), &self.left_out_entries(d));
        }
        let asked = self.features.rows;
        for r in 0..asked {
            column(usize::MAX, self.penalty_of(r), &[(r as u32, 1.0)]);
        }
        for r in 0..self.rows.count {
            column(usize::MAX, 0.0, &[(r as u32, if r < asked { -1.0 } else { 1.0 })]);
        }
        (0..MOST_CUTS).for_each(|_| column(usize::MAX, 0.0, &[]));
        for k in 0..classes {
            column(k, self.penalty * DEARER, &[]);
        }
        let penalised = classes + 2 * demands;
        let starts: Vec<u32> = (0..self.rows.count)
            .map(|r| (penalised + if r < asked { r } else { asked + r }) as u32)
            .collect();
        let keys = (0..(classes + demands) as u32).collect();
        self.first = columns.len() as u32;
        let (rhs, sizes) = (self.right_hand_sides(), self.sizes());
        self.simplex = Simplex::new(rhs, sizes, columns, &starts, keys);
        for cut in 0..MOST_CUTS {
            self.simplex.ban(self.cut_column(cut), true);
        }
    }

    fn right_hand_sides(&self) -> Vec<f64> {
        let mut rhs: Vec<f64> = (0..self.features.rows).map(jitter).collect();
        for (&n, entries) in self.domain.copies.iter().zip(&self.features.of) {
            entries.iter().for_each(|&(r, a)| rhs[r as usize] += a * f64::from(n));
        }
        rhs.extend(
            self.model
                .rooms
                .iter()
                .enumerate()
                .map(|(r, &room)| f64::from(room) + jitter(r)),
        );
        rhs.extend(self.rows.budget.map(|_| 1.0));
        rhs.extend(
            self.rows
                .weight
                .map(|_| self.domain.slack.unwrap_or(0) as f64 / self.weight_scale()),
        );
        let cuts = self.cuts.limits(&self.domain.out);
        rhs.extend(cuts.into_iter().enumerate().map(|(c, limit)| limit as f64 + jitter(c)));
        rhs
    }

    fn sizes(&self) -> Vec<f64> {
        let size = |(i, &n): (usize, &u32)| if n == 0 { 0.0 } else { f64::from(n) + jitter(i) };
        let hosts = self.domain.hosts.iter().enumerate().map(size);
        hosts.chain(self.domain.most_out.iter().enumerate().map(size)).collect()
    }

    /// Weights enter their row relative to the mean.
    pub(super) fn weight_scale(&self) -> f64 {
        let copies: f64 = self.model.wanted.iter().map(|w| f64::from(w.copies)).sum();
        let total: f64 = self
            .model
            .wanted
            .iter()
            .map(|w| w.weight as f64 * f64::from(w.copies))
            .sum();
        (total / copies.max(1.0)).max(1.0)
    }

    fn left_out_cost(&self, d: usize) -> f64 {
        self.goal
            .left_out
            .as_ref()
            .map_or(0.0, |costs| costs[d] as f64 / self.unit)
    }

    fn left_out_entries(&self, d: usize) -> Entries {
        let mut entries = self.features.of[d].clone();
        entries.extend(
            self.rows
                .weight
                .map(|row| (row as u32, self.model.wanted[d].weight as f64 / self.weight_scale())),
        );
        entries
    }

    /// What a copy against the rules costs in a row that asks for demands.
    fn penalty_of(&self, row: usize) -> f64 {
        match self.features.worth.get(row) {
            Some(&worth) if worth > 0.0 => self.penalty * worth / self.unit,
            Some(_) => self.penalty,
            None => (self.penalty * self.left_out_cost(row).max(1.0)).min(self.most_paid[row] as f64 / self.unit),
        }
    }

    /// Whether copies that no pattern takes keep a row's price down, although it may rise.
    fn is_held(&self, row: usize) -> bool {
        let column = self.penalty_column(row);
        let free =
            !self.features.worth.is_empty() || self.simplex.cost(column) < self.most_paid[row] as f64 / self.unit;
        free && self.simplex.value(column) > 1e-5
    }

    /// The column that leaves out copies of a demand.
    pub(crate) fn left_out_column(&self, d: usize) -> u32 {
        (self.model.classes.len() + self.model.wanted.len() + d) as u32
    }

    fn penalty_column(&self, row: usize) -> u32 {
        (self.model.classes.len() + 2 * self.model.wanted.len() + row) as u32
    }

    /// The slack of a cut. It waits, banned, until there is one.
    pub(super) fn cut_column(&self, cut: usize) -> u32 {
        self.first - (self.model.classes.len() + MOST_CUTS - cut) as u32
    }

    /// The column of a host that is empty although it must not be.
    fn void_column(&self, k: usize) -> u32 {
        self.first - self.model.classes.len() as u32 + k as u32
    }

    /// Adds a pattern, unless it is known. Returns its column, and whether it is new.
    pub(crate) fn add(&mut self, class: usize, pattern: &Pattern) -> (u32, bool) {
        let filled = Filled {
            class: class as u32,
            pattern: pattern.clone(),
        };
        if let Some(&column) = self.known.get(&filled) {
            return (column, false);
        }
        let column = self.simplex.add(self.column(class, pattern));
        Arc::make_mut(&mut self.known).insert(filled.clone(), column);
        Arc::make_mut(&mut self.filled).push(filled);
        (column, true)
    }

    fn column(&self, class: usize, pattern: &Pattern) -> Column {
        let first = self.model.classes[class].first;
        let (mut cost, mut spend) = (0.0, 0.0);
        let mut dense: Entries = Entries::new();
        let mut put = |row: u32, n: f64| match dense.iter_mut().find(|e| e.0 == row) {
            Some(entry) => entry.1 += n,
            None => dense.push((row, n)),
        };
        for &(i, n) in pattern {
            let item = &self.model.items[first + i as usize];
            let n = f64::from(n);
            cost += n * self.goal.item[first + i as usize] as f64 / self.unit;
            spend += n * item.spend as f64;
            let asked = &self.features.of[item.demand as usize];
            asked.iter().for_each(|&(r, a)| put(r, a * n));
            item.rows
                .iter()
                .for_each(|&r| put((self.rows.room + r as usize) as u32, n));
        }
        if let (Some(row), Some(budget)) = (self.rows.budget, self.model.budget) {
            put(row as u32, spend / budget.max(1) as f64);
        }
        if self.cuts.len() > 0 {
            let counts = self.cuts.counts(self.model, class, pattern);
            dense.extend(
                counts
                    .iter()
                    .map(|&(c, n)| ((self.rows.count + c as usize) as u32, f64::from(n))),
            );
        }
        Column {
            set: class as u32,
            cost,
            entries: dense,
        }
    }

    /// Integer prices from those of the program.
    fn prices(&self) -> Prices {
        let raw = self.simplex.prices();
        let whole = |x: f64| (x * self.unit).round().clamp(0.0, DEAREST as f64) as i64;
        let budget = match (self.rows.budget, self.model.budget) {
            (Some(row), Some(budget)) => prices::budget_price(-raw[row] * self.unit / budget.max(1) as f64),
            _ => 0,
        };
        Prices {
            demand: (0..self.model.wanted.len())
                .map(|d| whole(self.demand_price(d)).min(self.most_paid[d]))
                .collect(),
            room: raw[self.rows.room..self.rows.room + self.model.rooms.len()]
                .iter()
                .map(|&p| whole(-p))
                .collect(),
            budget,
            weight: self.rows.weight.map_or(0, |row| whole(-raw[row] / self.weight_scale())),
            cuts: raw[self.rows.count..].iter().map(|&p| whole(-p)).collect(),
        }
    }

    /// What the program pays for a copy of a demand.
    fn demand_price(&self, d: usize) -> f64 {
        let raw = self.simplex.prices();
        self.features.of[d].iter().map(|&(r, a)| raw[r as usize] * a).sum()
    }

    /// Generates columns until the bound exceeds `cutoff` or nothing improves. Very many demands are left at the coarse program's bound.
    pub(crate) fn converge(&mut self, cutoff: i64, meter: &Meter) -> End {
        if !self.can_converge() {
            return if self.bound > cutoff { End::Closed } else { End::Cut };
        }
        self.generate(cutoff, meter)
    }

    /// Whether it has few enough rows for the program to be solved in full.
    pub(crate) fn can_converge(&self) -> bool {
        self.features.rows <= MOST_ROWS
    }

    /// Whether there is so much that good prices are worth guessing.
    pub(crate) fn is_large(&self) -> bool {
        self.model.wanted.len() > features::MANY || self.model.classes.len() > MANY_CLASSES
    }

    fn generate(&mut self, cutoff: i64, meter: &Meter) -> End {
        let (mut smoothing, mut exact) = (0.0, false);
        loop {
            if self.bound > cutoff {
                return End::Closed;
            }
            if meter.exhausted() {
                return End::Cut;
            }
            self.solve_program(meter);
            let objective = self.simplex.objective() * self.unit + self.domain.base as f64;
            let at = self.smoothed(smoothing);
            let priced = self.price(&at, if exact { f64::NEG_INFINITY } else { objective }, meter);
            meter.add(priced.work);
            let added = self.take_columns(&priced);
            if priced.bound > self.bound || self.center.is_none() {
                self.bound = priced.bound.max(self.bound);
                self.center = Some(at);
            }
            if self.bound > cutoff {
                return End::Closed;
            }
            if meter.exhausted() {
                return End::Cut;
            }
            let precision = (self.goal.step as f64 * 0.01)
                .max(objective * 1e-9)
                .max(self.tolerated() * (cutoff as f64 - self.bound as f64));
            let close = objective - self.bound as f64 <= precision;
            if !close && added > 0 {
                // Prices that hardly anything answers to need no smoothing.
                let few = 20 * added < self.model.classes.len();
                if few && !self.features.worth.is_empty() {
                    self.raise_penalty();
                }
                smoothing = if few || !self.features.worth.is_empty() || (self.bound as f64) < 0.3 * objective {
                    0.0
                } else {
                    0.5
                };
                exact = false;
            } else if !close && smoothing > 0.0 {
                smoothing = 0.0;
            } else if !close && !exact && !self.closed {
                exact = true;
            } else if !close && priced.cut > 0 && self.steps < MOST_STEPS && priced.cut * self.steps * 6 < ROUND_STEPS {
                self.steps = (self.steps * 6).min(MOST_STEPS);
            } else if !self.move_band() && !self.raise_penalty() {
                return End::Converged;
            }
        }
    }

    /// The share of the gap to the cutoff that the bound may miss at the moment: what a band confines need not be exact.
    fn tolerated(&self) -> f64 {
        match self.band {
            Some(_) if self.guessed => self.sloppiness.max(ROUGH),
            _ => self.sloppiness,
        }
    }

    /// The same relaxation with fewer rows, see [`features`].
    fn coarse(&self) -> Relaxation<'a> {
        let features = Features::coarse(self.model, &self.goal);
        let mut coarse = Relaxation::with_features(self.model, self.goal.clone(), features);
        coarse.domain = self.domain.clone();
        coarse.pool = self.pool.clone();
        coarse.start();
        coarse
    }

    /// Takes over bound, prices and patterns of the coarse program.
    pub(crate) fn start_coarse(&mut self, cutoff: i64, meter: &Meter) {
        let mut coarse = self.coarse();
        coarse.sloppiness = COARSE;
        coarse.generate(cutoff, meter);
        if coarse.bound > self.bound || self.center.is_none() {
            (self.bound, self.center) = (coarse.bound, coarse.center.clone());
        }
        for (column, filled) in (coarse.first..).zip(coarse.filled.iter()) {
            if coarse.simplex.reduced_cost(column) < NEAR {
                self.add(filled.class as usize, &filled.pattern);
            }
        }
        if self.can_converge() {
            self.set_band(Some(BAND));
        }
    }

    /// Keeps the prices of demands within so much of the center (du Merle and others): beyond it, copies are had and got rid of at will.
    fn set_band(&mut self, band: Option<f64>) {
        let Some(center) = &self.center else { return };
        let mean = center.demand.iter().sum::<i64>() as f64 / self.unit / center.demand.len().max(1) as f64;
        for d in 0..self.features.rows {
            let price = center.demand[d] as f64 / self.unit;
            let (dear, cheap) = match band {
                Some(share) => {
                    let most = self.most_paid[d] as f64 / self.unit;
                    ((price + share * mean).min(most), (price - share * mean).max(0.0))
                }
                None => (self.penalty_of(d), 0.0),
            };
            self.simplex.set_cost(self.penalty_column(d), dear);
            self.simplex.set_cost(self.slack_column(d), -cheap);
        }
        self.simplex.reprice();
        self.band = band;
    }

    /// Moves the band to the best prices known while it holds prices back, and lifts it when it no longer does. Returns whether it did either.
    fn move_band(&mut self) -> bool {
        let Some(band) = self.band else { return false };
        let held = (0..self.features.rows).any(|d| self.is_held(d) || self.simplex.value(self.slack_column(d)) > 1e-5);
        self.set_band((held && band < WIDEST).then_some(band * if self.guessed { 2.0 } else { 1.5 }));
        true
    }

    fn slack_column(&self, row: usize) -> u32 {
        self.penalty_column(self.features.rows + row)
    }

    /// Solves the program of the columns known, as far as the limits allow.
    fn solve_program(&mut self, meter: &Meter) {
        loop {
            let done = self.simplex.optimise(FEW_PIVOTS);
            meter.add(self.simplex.take_work());
            if done || meter.exhausted() {
                return;
            }
        }
    }

    /// About how many bytes a copy takes.
    pub(crate) fn size(&self) -> usize {
        self.simplex.size()
            + 2 * self.domain.item_most.len() * size_of::<u32>()
            + self.filled.len() * size_of::<Filled>()
    }

    /// What its prices are held against.
    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene {
            model: self.model,
            goal: &self.goal,
            domain: &self.domain,
            pool: &self.pool,
            cuts: &self.cuts,
        }
    }

    /// The value of the program, in the goal's unit.
    pub(crate) fn objective(&self) -> f64 {
        self.simplex.objective() * self.unit + self.domain.base as f64
    }

    /// A few quick rounds for a fresh domain, without regard to bounds.
    pub(crate) fn freshen(&mut self, rounds: usize, meter: &Meter) {
        for _ in 0..rounds {
            self.pivot_on(meter);
            if self.closed || meter.exhausted() {
                return;
            }
            let at = self.prices();
            let priced = prices::price(
                self.scene(),
                &at,
                &self.known_values(&at),
                Effort {
                    steps: FEWEST_STEPS,
                    tolerance: self.unit as i64 / 10_000,
                },
            );
            meter.add(priced.work);
            if self.take_columns(&priced) == 0 || meter.exhausted() {
                return;
            }
        }
        self.pivot_on(meter);
    }

    /// Some thousand pivots, as far as the limits allow.
    fn pivot_on(&mut self, meter: &Meter) {
        for _ in 0..MANY_PIVOTS / FEW_PIVOTS {
            let done = self.simplex.optimise(FEW_PIVOTS);
            meter.add(self.simplex.take_work());
            if done || meter.exhausted() {
                return;
            }
        }
    }

    fn price(&self, at: &Prices, objective: f64, meter: &Meter) -> Priced {
        if self.closed {
            self.price_listed(at)
        } else {
            let hosts: u32 = self.domain.hosts.iter().sum();
            let gap = (objective - (self.bound as f64).max(0.0)).max(0.0);
            let tolerance = (gap / f64::from(hosts.max(1)) / 10.0) as i64;
            prices::price_unless(
                &|| meter.stopped(),
                self.scene(),
                at,
                &self.known_values(at),
                Effort {
                    steps: self.steps,
                    tolerance,
                },
            )
        }
    }

    /// The exact bound where the listed patterns are all that matter.
    fn price_listed(&self, at: &Prices) -> Priced {
        let best = self.known_values(at);
        let gain: i128 = best
            .iter()
            .zip(&self.domain.hosts)
            .map(|(&b, &n)| i128::from(b) * i128::from(n))
            .sum();
        let bound = prices::clamp(at.constant(self.scene()) - gain);
        Priced {
            bound,
            work: 4 * self.filled.len() as u64,
            ..Priced::default()
        }
    }

    /// What the best known pattern of each class is worth, the empty one included unless it is forbidden.
    pub(crate) fn known_values(&self, at: &Prices) -> Vec<i64> {
        let empty = |k: usize| if self.simplex.banned(k as u32) { -NEVER } else { 0 };
        let mut best: Vec<i64> = (0..self.model.classes.len()).map(empty).collect();
        for (value, filled, _) in self.listed(at) {
            best[filled.class as usize] = best[filled.class as usize].max(value);
        }
        best
    }

    /// The patterns that may be used, with their exact values and columns.
    pub(crate) fn listed<'b>(&'b self, at: &'b Prices) -> impl Iterator<Item = (i64, &'b Filled, u32)> {
        let open = (self.first..)
            .zip(self.filled.iter())
            .filter(|(column, _)| !self.simplex.banned(*column));
        open.map(move |(column, filled)| {
            let first = self.model.classes[filled.class as usize].first;
            let value: i64 = filled
                .pattern
                .iter()
                .map(|&(i, n)| (first + i as usize, i64::from(n)))
                .map(|(item, n)| at.value(&self.model.items[item], self.goal.item[item]) * n)
                .sum();
            (value - self.charge(&at.cuts, column), filled, column)
        })
    }

    /// What the cuts charge for a column.
    fn charge(&self, prices: &[i64], column: u32) -> i64 {
        let cut = |&&(row, _): &&(u32, f64)| row as usize >= self.rows.count;
        let entries = self.simplex.entries(column).iter().filter(cut);
        let price = |row: u32| prices.get(row as usize - self.rows.count).copied().unwrap_or(0);
        entries.map(|&(row, a)| price(row).saturating_mul(a as i64)).sum()
    }

    /// Where the program still leaves out what it may not, that must cost more. Returns whether it did.
    fn raise_penalty(&mut self) -> bool {
        let asked = 0..self.features.rows;
        let classes = 0..self.model.classes.len();
        let used = asked.clone().any(|r| self.is_held(r))
            || classes.clone().any(|k| self.simplex.value(self.void_column(k)) > 1e-5);
        if !used || self.penalty > 1e6 {
            return false;
        }
        self.penalty *= 6.0;
        for r in asked {
            self.simplex.set_cost(self.penalty_column(r), self.penalty_of(r));
        }
        for k in classes {
            self.simplex.set_cost(self.void_column(k), self.penalty * DEARER);
        }
        self.simplex.reprice();
        true
    }

    fn smoothed(&self, smoothing: f64) -> Prices {
        let latest = self.prices();
        match &self.center {
            Some(center) if smoothing > 0.0 => blend(center, &latest, smoothing),
            _ => latest,
        }
    }

    fn take_columns(&mut self, priced: &Priced) -> usize {
        let mut added = 0;
        for (k, filling) in priced.fillings.iter().enumerate() {
            for (_, pattern) in &filling.patterns {
                let column = self.column(k, pattern);
                let prices = self.simplex.prices();
                let worth: f64 = column.cost - column.entries.iter().map(|&(r, a)| prices[r as usize] * a).sum::<f64>();
                if worth - self.simplex.set_price(k) < -1e-9 && self.add(k, pattern).1 {
                    added += 1;
                }
            }
        }
        added
    }

    /// Takes over a narrowed domain: forbids what it excludes and restores a feasible basis.
    pub(crate) fn narrow(&mut self, domain: Domain) {
        let changed = |i: &usize| {
            self.domain.item_most[*i] != domain.item_most[*i] || self.domain.item_least[*i] != domain.item_least[*i]
        };
        let items: Vec<usize> = (0..self.model.items.len()).filter(changed).collect();
        self.domain = domain;
        for i in items {
            self.ban_by_item(i);
        }
        for (r, rhs) in self.right_hand_sides().into_iter().enumerate() {
            self.simplex.set_rhs(r, rhs);
        }
        for (s, size) in self.sizes().into_iter().enumerate() {
            self.simplex.set_size(s, size);
        }
    }

    fn ban_by_item(&mut self, item: usize) {
        let class = self.model.items[item].class;
        let local = (item - self.model.classes[class as usize].first) as u32;
        let (least, most) = (self.domain.item_least[item], self.domain.item_most[item]);
        if least > 0 {
            self.simplex.ban(class, true);
        }
        for (column, filled) in (self.first..).zip(self.filled.iter()).filter(|(_, f)| f.class == class) {
            let n = filled.pattern.iter().find(|e| e.0 == local).map_or(0, |e| e.1);
            if n < least || n > most {
                self.simplex.ban(column, true);
            }
        }
    }

    /// Restores a feasible basis after [`Relaxation::narrow`]; from scratch if need be.
    pub(crate) fn repair(&mut self, pivots: usize) -> bool {
        self.simplex.repair(pivots)
    }
}

impl Rows {
    fn new(model: &Model, goal: &Goal, room: usize) -> Self {
        let mut count = room + model.rooms.len();
        let mut next = |needed: bool| {
            count += usize::from(needed);
            needed.then(|| count - 1)
        };
        let budget = next(model.budget.is_some());
        let weight = next(goal.slack.is_some_and(|s| s > 0));
        Rows {
            room,
            budget,
            weight,
            count,
        }
    }
}

fn blend(center: &Prices, latest: &Prices, share: f64) -> Prices {
    let mix = |a: i64, b: i64| (a as f64 * share + b as f64 * (1.0 - share)) as i64;
    let mix_all = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(&a, &b)| mix(a, b)).collect();
    Prices {
        demand: mix_all(&center.demand, &latest.demand),
        room: mix_all(&center.room, &latest.room),
        budget: mix(center.budget, latest.budget),
        weight: mix(center.weight, latest.weight),
        // The centre may be older than the latest cuts.
        cuts: (0..latest.cuts.len())
            .map(|c| mix(center.cuts.get(c).copied().unwrap_or(0), latest.cuts[c]))
            .collect(),
    }
}

/// A tiny fixed irregularity for each right-hand side, against ties that would let the simplex method stall.
fn jitter(i: usize) -> f64 {
    let hash = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    1e-7 * (1.0 + hash as f64 / f64::from(1u32 << 24))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::limits::Silent;
    use super::super::{oracle, random};
    use super::*;

    fn bound_of_coarse(model: &Model, goal: Goal) -> i64 {
        let mut coarse = Relaxation::new(model, goal).coarse();
        coarse.generate(NEVER, &Meter::new(10_000_000, &Silent));
        coarse.bound
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        /// However few rows a program has, no plan is better than its bound.
        #[test]
        fn coarse_bounds_are_true(problem in random::problems()) {
            let model = Model::new(&problem, true);
            if let Some((weight, cost)) = oracle::best(&problem) {
                let goal = Goal::weight(&model);
                let step = i128::from(goal.step);
                prop_assert!(i128::from(bound_of_coarse(&model, goal)) <= weight as i128 * step);
                let bound = bound_of_coarse(&model, Goal::cost(&model, weight as u64));
                prop_assert!(model.scale.least(bound) <= cost);
            }
        }
    }
}
