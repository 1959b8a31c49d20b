//! The relaxation: how little the demands can cost if hosts may be filled with fractions of patterns.
//!
//! Column generation (Dantzig and Wolfe): a small linear program over the patterns known so far gives prices; every host answers with its
//! best pattern at those prices; what improves joins the program. Each answer also yields an exact bound, see [`prices`](super::prices).
//! Prices are smoothed towards those of the best bound so far (Wentges), without which they swing wildly.

use std::collections::HashMap;

use super::goal::Goal;
use super::knapsack::Pattern;
use super::limits::Meter;
use super::model::Model;
use super::prices::{self, Priced, Prices};
use super::simplex::{Column, Entries, FREE, Simplex};

/// How pricing is cut off: steps for each host.
pub(crate) const STEPS: u64 = 20_000;

/// A pattern on a class of hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Filled {
    pub(crate) class: u32,
    pub(crate) pattern: Pattern,
}

/// The linear program with what it was made from.
pub(crate) struct Relaxation<'a> {
    pub(crate) model: &'a Model,
    pub(crate) goal: Goal,
    pub(crate) simplex: Simplex,
    /// The pattern of each pattern column, from column `first` on.
    pub(crate) filled: Vec<Filled>,
    first: u32,
    known: HashMap<Filled, u32>,
    rows: Rows,
    /// Scaled integers per unit of the linear program.
    unit: f64,
    /// The best bound so far, with its prices.
    pub(crate) bound: i64,
    pub(crate) center: Option<Prices>,
    /// What a copy left out costs in the program where the goal itself forbids it.
    penalty: f64,
}

/// Where each kind of row starts.
#[derive(Debug, Clone, Copy)]
struct Rows {
    room: usize,
    budget: Option<usize>,
    weight: Option<usize>,
    count: usize,
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
        let rows = Rows::new(model, &goal);
        let dearest = goal
            .item
            .iter()
            .copied()
            .chain(goal.left_out.iter().flatten().copied())
            .max()
            .unwrap_or(1)
            .max(1);
        let unit = dearest as f64;
        let mut relaxation = Relaxation {
            simplex: Simplex::new(Vec::new(), Vec::new(), Vec::new(), &[], Vec::new()),
            model,
            goal,
            filled: Vec::new(),
            first: 0,
            known: HashMap::new(),
            rows,
            unit,
            bound: 0,
            center: None,
            penalty: 3.0,
        };
        relaxation.start();
        relaxation
    }

    fn start(&mut self) {
        let (model, rows) = (self.model, self.rows);
        let mut rhs: Vec<f64> = model
            .wanted
            .iter()
            .enumerate()
            .map(|(d, w)| f64::from(w.copies) + jitter(d))
            .collect();
        rhs.extend(
            model
                .rooms
                .iter()
                .enumerate()
                .map(|(r, &room)| f64::from(room) + jitter(r)),
        );
        rhs.extend(rows.budget.and(model.budget).map(|_| 1.0));
        let weight_scale = self.weight_scale();
        rhs.extend(rows.weight.map(|_| self.goal.slack.unwrap_or(0) as f64 / weight_scale));
        let sizes = model
            .classes
            .iter()
            .enumerate()
            .map(|(k, c)| c.hosts.len() as f64 + jitter(k))
            .collect();
        let mut columns: Vec<Column> = (0..model.classes.len())
            .map(|k| Column {
                set: k as u32,
                cost: 0.0,
                entries: Entries::new(),
            })
            .collect();
        let keys = (0..model.classes.len() as u32).collect();
        let mut starts = Vec::new();
        for d in 0..model.wanted.len() {
            starts.push(columns.len() as u32);
            columns.push(self.left_out_column(d));
        }
        for r in rows.room..rows.count {
            starts.push(columns.len() as u32);
            columns.push(Column {
                set: FREE,
                cost: 0.0,
                entries: Entries::from_slice(&[(r as u32, 1.0)]),
            });
        }
        for d in 0..model.wanted.len() {
            columns.push(Column {
                set: FREE,
                cost: 0.0,
                entries: Entries::from_slice(&[(d as u32, -1.0)]),
            });
        }
        if let Some(w) = rows.weight {
            let total: f64 = model.wanted.iter().map(|x| x.weight as f64 * f64::from(x.copies)).sum();
            columns.push(Column {
                set: FREE,
                cost: self.penalty,
                entries: Entries::from_slice(&[(w as u32, -1.0)]),
            });
            if total > self.goal.slack.unwrap_or(0) as f64 {
                starts[w] = columns.len() as u32 - 1;
            }
        }
        self.first = columns.len() as u32;
        self.simplex = Simplex::new(rhs, sizes, columns, &starts, keys);
    }

    /// Weights enter their row relative to the mean.
    fn weight_scale(&self) -> f64 {
        let copies: f64 = self.model.wanted.iter().map(|w| f64::from(w.copies)).sum();
        let total: f64 = self
            .model
            .wanted
            .iter()
            .map(|w| w.weight as f64 * f64::from(w.copies))
            .sum();
        (total / copies.max(1.0)).max(1.0)
    }

    fn left_out_column(&self, d: usize) -> Column {
        let mut entries = Entries::from_slice(&[(d as u32, 1.0)]);
        let cost = match (&self.goal.left_out, self.rows.weight) {
            (Some(costs), _) => costs[d] as f64 / self.unit,
            (None, Some(row)) => {
                entries.push((row as u32, self.model.wanted[d].weight as f64 / self.weight_scale()));
                0.0
            }
            (None, None) => self.penalty,
        };
        Column {
            set: FREE,
            cost,
            entries,
        }
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
        self.known.insert(filled.clone(), column);
        self.filled.push(filled);
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
            put(item.demand, n);
            item.rows
                .iter()
                .for_each(|&r| put((self.rows.room + r as usize) as u32, n));
        }
        if let (Some(row), Some(budget)) = (self.rows.budget, self.model.budget) {
            put(row as u32, spend / budget.max(1) as f64);
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
        let whole = |x: f64| (x * self.unit).round().clamp(0.0, (1i64 << 56) as f64) as i64;
        let budget = match (self.rows.budget, self.model.budget) {
            (Some(row), Some(budget)) => prices::budget_price(-raw[row] * self.unit / budget.max(1) as f64),
            _ => 0,
        };
        Prices {
            demand: raw[..self.rows.room].iter().map(|&p| whole(p)).collect(),
            room: raw[self.rows.room..self.rows.room + self.model.rooms.len()]
                .iter()
                .map(|&p| whole(-p))
                .collect(),
            budget,
            weight: self.rows.weight.map_or(0, |row| whole(-raw[row] / self.weight_scale())),
        }
    }

    /// Generates columns until the bound exceeds `cutoff` or nothing improves.
    pub(crate) fn converge(&mut self, cutoff: i64, meter: &Meter) -> End {
        let mut smoothing = 0.0;
        let mut rounds = 0;
        loop {
            rounds += 1;
            self.simplex.optimise(usize::MAX);
            meter.add(self.simplex.take_work());
            let objective = self.simplex.objective() * self.unit;
            let at = self.smoothed(smoothing);
            let priced = prices::price(self.model, &self.goal, &at, STEPS);
            meter.add(priced.work);
            let added = self.take_columns(&priced);
            let better = priced.bound > self.bound || self.center.is_none();
            if better {
                self.bound = priced.bound.max(self.bound);
                self.center = Some(at);
            }
            if std::env::var_os("TRACE").is_some() {
                eprintln!(
                    "   round {rounds} obj {} bound {} this {} added {added} cols {} smooth {smoothing}",
                    objective,
                    self.bound,
                    priced.bound,
                    self.filled.len()
                );
            }
            if self.bound > cutoff {
                return End::Closed;
            }
            if objective - self.bound as f64 <= (self.goal.step as f64 * 0.01).max(objective * 1e-9) {
                if !self.raise_penalty() {
                    return End::Converged;
                }
                continue;
            }
            if meter.exhausted() {
                return End::Cut;
            }
            if added == 0 && smoothing == 0.0 {
                if !self.raise_penalty() {
                    return End::Converged;
                }
                continue;
            }
            smoothing = if added == 0 || (self.bound as f64) < 0.3 * objective {
                0.0
            } else {
                0.5
            };
        }
    }

    /// Where the program leaves out what it may not, that must cost more. Returns whether it did.
    fn raise_penalty(&mut self) -> bool {
        false
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
}

impl Rows {
    fn new(model: &Model, goal: &Goal) -> Self {
        let room = model.wanted.len();
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
    }
}

/// A tiny fixed irregularity for each right-hand side, against ties that would let the simplex method stall.
fn jitter(i: usize) -> f64 {
    let hash = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    1e-6 * (1.0 + hash as f64 / f64::from(1u32 << 24))
}
