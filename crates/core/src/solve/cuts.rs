//! Cutting planes: what whole numbers imply and the linear program does not know.
//!
//! Any combination of the program's equations, its coefficients rounded down, holds for every plan (Chvátal and Gomory). The rows of the
//! simplex tableau tell which combinations the present fractional solution breaks (Gomory). The multipliers are brought to fractions with a
//! small denominator and everything is rounded in integers, so a cut is true however it was found.
//!
//! Cuts need the patterns of all classes to be listed: what a cut charges for a pattern is no sum over its items, so the search for the
//! best filling of a host could not see it.

use std::collections::HashSet;
use std::sync::Arc;

use smallvec::SmallVec;

use super::knapsack::Pattern;
use super::model::{Item, Model};
use super::relax::Relaxation;
use super::simplex::FREE;

/// The largest denominator of a multiplier.
const MOST_DENOMINATOR: i64 = 48;
/// The most cuts of a program.
pub(crate) const MOST_CUTS: usize = 160;
/// The most cuts that are added at once.
const MOST_AT_ONCE: usize = 24;
/// By how much the present solution must break a cut.
const VIOLATION: f64 = 0.02;
/// Entries and right-hand sides stay below this.
const LARGEST: f64 = 1e9;

/// The cuts of a program, in exact integers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cuts {
    cuts: Vec<Cut>,
    /// What leaving out one copy of each demand counts for, by cut.
    left_out: Vec<Counts>,
    /// How many rows stand before those of the cuts.
    rows: usize,
}

/// What something counts for in each cut where that is not nothing: (cut, count), ascending.
pub(crate) type Counts = SmallVec<[(u32, i32); 8]>;

/// One cut: which combination of the equations is rounded down, and to what.
#[derive(Debug, Clone)]
struct Cut {
    multipliers: Multipliers,
    /// The right-hand side, as if no decision had left anything out.
    limit: i64,
}

impl Cuts {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.cuts.len()
    }

    /// What a pattern of a class counts for.
    pub(crate) fn counts(&self, model: &Model, class: usize, pattern: &Pattern) -> Counts {
        let mut counts = Counts::new();
        self.count_new(model, class, pattern, 0, &mut counts);
        counts
    }

    /// Adds what a pattern counts for in the cuts from `first` on.
    pub(crate) fn count_new(&self, model: &Model, class: usize, pattern: &Pattern, first: usize, counts: &mut Counts) {
        for c in first..self.cuts.len() {
            let m = &self.cuts[c].multipliers;
            let mut sum = m.sets[class];
            for &(i, n) in pattern {
                let item = &model.items[model.classes[class].first + i as usize];
                let rooms = item.rows.iter().map(|&r| m.rows[model.wanted.len() + r as usize]);
                sum += i64::from(n) * (m.rows[item.demand as usize] + rooms.sum::<i64>());
            }
            self.count(c, sum, counts);
        }
    }

    /// What leaving out a copy of a demand counts for.
    fn counts_left_out(&self, model: &Model, weight_row: Option<usize>, demand: usize) -> Counts {
        let mut counts = Counts::new();
        for (c, cut) in self.cuts.iter().enumerate() {
            let m = &cut.multipliers;
            let weight = weight_row.map_or(0, |row| m.rows[row] * model.wanted[demand].weight as i64);
            self.count(
                c,
                m.sets[model.classes.len() + demand] + m.rows[demand] + weight,
                &mut counts,
            );
        }
        counts
    }

    /// Rounds down what the equations and the earlier cuts sum up to.
    fn count(&self, cut: usize, sum: i64, counts: &mut Counts) {
        let m = &self.cuts[cut].multipliers;
        let earlier: i64 = counts
            .iter()
            .map(|&(c, n)| m.rows[self.rows + c as usize] * i64::from(n))
            .sum();
        let count = (sum + earlier).div_euclid(m.denominator);
        if count != 0 {
            counts.push((cut as u32, i32::try_from(count).unwrap_or(0)));
        }
    }

    /// The cuts that have a price, and those that they are made of, as one class sees them.
    pub(crate) fn tariff(&self, model: &Model, class: usize, prices: &[i64]) -> Tariff {
        let mut needed: Vec<bool> = (0..self.cuts.len()).map(|c| price(prices, c as u32) > 0).collect();
        for c in (0..self.cuts.len()).rev() {
            if needed[c] {
                let earlier = &self.cuts[c].multipliers.rows[self.rows..];
                needed[..c].iter_mut().zip(earlier).for_each(|(n, &u)| *n |= u != 0);
            }
        }
        let kept: Vec<usize> = (0..self.cuts.len()).filter(|&c| needed[c]).collect();
        let fare = |&c: &usize| {
            let m = &self.cuts[c].multipliers;
            let of_item = |item: &Item| {
                let rooms = item.rows.iter().map(|&r| m.rows[model.wanted.len() + r as usize]);
                m.rows[item.demand as usize] + rooms.sum::<i64>()
            };
            Fare {
                price: price(prices, c as u32),
                denominator: m.denominator,
                set: m.sets[class],
                items: model.items_of(class).iter().map(of_item).collect(),
                earlier: kept
                    .iter()
                    .take_while(|&&e| e < c)
                    .map(|&e| m.rows[self.rows + e])
                    .collect(),
            }
        };
        Tariff(kept.iter().map(fare).collect())
    }

    /// What leaving out a copy of a demand is charged at the given prices of cuts.
    pub(crate) fn charge_left_out(&self, demand: usize, prices: &[i64]) -> i128 {
        let entries = self.left_out.get(demand).into_iter().flatten();
        entries
            .map(|&(cut, n)| i128::from(price(prices, cut)) * i128::from(n))
            .sum()
    }

    /// The right-hand side of each cut once so many copies of each demand are left out by decision.
    pub(crate) fn limits(&self, out: &[u32]) -> Vec<i64> {
        let mut limits: Vec<i64> = self.cuts.iter().map(|c| c.limit).collect();
        for (counts, &n) in self.left_out.iter().zip(out).filter(|(_, n)| **n > 0) {
            counts
                .iter()
                .for_each(|&(c, a)| limits[c as usize] -= i64::from(a) * i64::from(n));
        }
        limits
    }
}

/// What cuts charge for the patterns of one class.
pub(crate) struct Tariff(Vec<Fare>);

struct Fare {
    price: i64,
    denominator: i64,
    set: i64,
    items: Vec<i64>,
    earlier: Vec<i64>,
}

impl Tariff {
    /// Whether nothing is charged.
    pub(crate) fn is_free(&self) -> bool {
        self.0.is_empty()
    }

    /// What a pattern is charged.
    pub(crate) fn charge(&self, pattern: &Pattern) -> i64 {
        let mut counts: SmallVec<[i64; 64]> = SmallVec::new();
        let mut total = 0i64;
        for fare in &self.0 {
            let own: i64 = pattern
                .iter()
                .map(|&(i, n)| fare.items[i as usize] * i64::from(n))
                .sum();
            let earlier: i64 = counts.iter().zip(&fare.earlier).map(|(n, u)| n * u).sum();
            let count = (fare.set + own + earlier).div_euclid(fare.denominator);
            total = total.saturating_add(fare.price.saturating_mul(count));
            counts.push(count);
        }
        total
    }
}

/// What counts are charged at the given prices of cuts.
pub(crate) fn charge(counts: &Counts, prices: &[i64]) -> i64 {
    let charges = counts
        .iter()
        .map(|&(c, n)| price(prices, c).saturating_mul(i64::from(n)));
    charges.fold(0, i64::saturating_add)
}

/// The price of a cut; one that came after the prices were made has none.
fn price(prices: &[i64], cut: u32) -> i64 {
    prices.get(cut as usize).copied().unwrap_or(0)
}

/// `coefficients · x <= limit`, over the present columns.
struct Found {
    multipliers: Multipliers,
    coefficients: Vec<(u32, i64)>,
    limit: i64,
    /// How far the present solution breaks it, for the length of its coefficients.
    depth: f64,
}

/// Multipliers with a common denominator, each below it.
#[derive(Debug, Clone)]
struct Multipliers {
    denominator: i64,
    rows: Vec<i64>,
    sets: Vec<i64>,
}

impl Relaxation<'_> {
    /// Adds cuts that the present solution breaks, the deepest first. Returns how many. Deep cuts are made of
    /// earlier cuts too. The program must be solved.
    pub(crate) fn cut(&mut self, deep: bool) -> usize {
        if !self.features.worth.is_empty() {
            // The rows of a coarse program are sums of fractions.
            return 0;
        }
        let (mut integral, limits) = self.whole_rows();
        if !deep {
            integral[self.rows.count..].fill(0.0);
        }
        let mut cuts: Vec<Found> = Vec::new();
        for row in 0..self.simplex.rows() {
            let value = self.simplex.working_value(row);
            if (value - value.round()).abs() < 0.01 {
                continue;
            }
            let (rows, sets) = self.simplex.tableau(row);
            if let Some(multipliers) = Multipliers::new(&rows, &sets, &integral) {
                for times in 1..multipliers.denominator.min(8) {
                    cuts.extend(self.round_down(multipliers.times(times), &integral, &limits));
                }
            }
        }
        cuts.sort_by(|a, b| {
            b.depth
                .total_cmp(&a.depth)
                .then_with(|| a.coefficients.cmp(&b.coefficients))
        });
        let mut seen = HashSet::new();
        cuts.retain(|cut| seen.insert((cut.coefficients.clone(), cut.limit)));
        cuts.truncate(MOST_AT_ONCE.min(MOST_CUTS - self.cuts.len()));
        let found = cuts.len();
        self.add_cuts(cuts);
        found
    }

    /// For each row, what its coefficients are multiplied by to be whole (0 where they can't be), and its right-hand side then.
    fn whole_rows(&self) -> (Vec<f64>, Vec<i64>) {
        let (mut factors, mut limits) = (vec![1.0; self.simplex.rows()], vec![0; self.simplex.rows()]);
        let demands = self.model.wanted.len();
        for (limit, &copies) in limits.iter_mut().zip(&self.domain.copies) {
            *limit = i64::from(copies);
        }
        for (limit, &room) in limits[demands..].iter_mut().zip(&self.model.rooms) {
            *limit = i64::from(room);
        }
        if let Some(row) = self.rows.budget {
            factors[row] = 0.0;
        }
        if let Some(row) = self.rows.weight {
            let heaviest = self.model.wanted.iter().map(|w| w.weight).max().unwrap_or(0);
            let small = (heaviest as f64) < LARGEST && (self.domain.slack.unwrap_or(0) as f64) < LARGEST;
            factors[row] = if small { self.weight_scale() } else { 0.0 };
            limits[row] = if small {
                self.domain.slack.unwrap_or(0) as i64
            } else {
                0
            };
        }
        limits[self.rows.count..].copy_from_slice(&self.cuts.limits(&self.domain.out));
        (factors, limits)
    }

    /// The combination of all equations, rounded down, if the present solution breaks it.
    fn round_down(&self, m: Multipliers, factors: &[f64], limits: &[i64]) -> Option<Found> {
        let mut total: i64 = m.rows.iter().zip(limits).map(|(&u, &b)| u * b).sum();
        for (&u, &size) in m.sets.iter().zip(self.domain.hosts.iter().chain(&self.domain.most_out)) {
            total += u * i64::from(size);
        }
        let limit = total.div_euclid(m.denominator);
        let (mut lhs, mut length, mut coefficients) = (0.0, 0.0, Vec::new());
        let left_out = (0..self.model.wanted.len()).map(|d| self.left_out_column(d));
        let patterns = self.first..self.first + self.filled.len() as u32;
        for column in left_out.chain(patterns) {
            let sum: i64 = self
                .simplex
                .entries(column)
                .iter()
                .map(|&(r, a)| m.rows[r as usize] * (a * factors[r as usize]).round() as i64)
                .sum();
            let set = self.simplex.set_of(column);
            let sum = sum + if set == FREE { 0 } else { m.sets[set as usize] };
            let coefficient = sum.div_euclid(m.denominator);
            if coefficient != 0 {
                let value = self.simplex.value(column);
                lhs += coefficient as f64 * value;
                length += (coefficient * coefficient) as f64 * if value > 1e-6 { 1.0 } else { 0.05 };
                coefficients.push((column, coefficient));
            }
        }
        let violation = lhs - limit as f64;
        (violation > VIOLATION).then(|| Found {
            multipliers: m,
            depth: violation / length.max(1.0).sqrt(),
            coefficients,
            limit,
        })
    }

    fn add_cuts(&mut self, found: Vec<Found>) {
        let mut cuts = (*self.cuts).clone();
        cuts.rows = self.rows.count;
        let rows: Vec<(Vec<(u32, f64)>, f64)> = found
            .iter()
            .map(|cut| {
                let coefficients = cut.coefficients.iter().map(|&(c, n)| (c, n as f64)).collect();
                (coefficients, cut.limit as f64)
            })
            .collect();
        let first = cuts.cuts.len();
        let mut limits: Vec<i64> = found.iter().map(|cut| cut.limit).collect();
        let padding = found.len();
        cuts.cuts.extend(found.into_iter().map(|mut cut| {
            cut.multipliers.rows.resize(self.rows.count + first + padding, 0);
            Cut {
                multipliers: cut.multipliers,
                limit: 0,
            }
        }));
        cuts.left_out = (0..self.model.wanted.len())
            .map(|d| cuts.counts_left_out(self.model, self.rows.weight, d))
            .collect();
        for (counts, &out) in cuts.left_out.iter().zip(&self.domain.out) {
            let new = counts.iter().filter(|(c, _)| *c as usize >= first);
            new.for_each(|&(c, n)| limits[c as usize - first] += i64::from(n) * i64::from(out));
        }
        for (cut, limit) in cuts.cuts[first..].iter_mut().zip(limits) {
            cut.limit = limit;
        }
        self.pool = Arc::new(self.pool.recounted(self.model, &cuts, first));
        self.cuts = Arc::new(cuts);
        let slacks = self.cut_column(first)..self.cut_column(first + rows.len());
        self.simplex.add_rows(&rows, slacks);
    }
}

impl Multipliers {
    /// The fractional parts, if they have a small common denominator.
    fn new(rows: &[f64], sets: &[f64], factors: &[f64]) -> Option<Self> {
        let row = |(&v, &f): (&f64, &f64)| if f == 0.0 { 0.0 } else { v / f };
        let rows: Vec<f64> = rows.iter().zip(factors).map(row).collect();
        let whole = |v: f64, q: i64| (v * q as f64 - (v * q as f64).round()).abs() < 1e-5;
        let fits = |&q: &i64| rows.iter().chain(sets).all(|&v| v.abs() < LARGEST && whole(v, q));
        let denominator = (2..=MOST_DENOMINATOR).find(fits)?;
        let part = |&v: &f64| ((v * denominator as f64).round() as i64).rem_euclid(denominator);
        Some(Multipliers {
            rows: rows.iter().map(part).collect(),
            sets: sets.iter().map(part).collect(),
            denominator,
        })
    }

    fn times(&self, n: i64) -> Self {
        let part = |&u: &i64| (u * n).rem_euclid(self.denominator);
        Multipliers {
            denominator: self.denominator,
            rows: self.rows.iter().map(part).collect(),
            sets: self.sets.iter().map(part).collect(),
        }
    }
}
