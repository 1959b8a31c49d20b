//! First prices for large problems: guessed, then bettered step by step, with an exact bound at each.

use super::super::knapsack::Pattern;
use super::super::limits::Meter;
use super::super::prices::{self, Effort, Priced, Prices};
use super::{FEWEST_STEPS, Relaxation};

/// How many steps lead from guessed prices to better ones, how much of the last one goes into the next, and how far the first goes,
/// relative to what would close the gap if all went straight. After so many steps in vain they are halved.
const STEPS: usize = 80;
const INERTIA: f64 = 0.7;
const BOLD: f64 = 0.5;
const PATIENCE: usize = 4;
/// Where the gap is still above this part of the cost after the first steps, more of them will not make the prices tell much.
const FIRST_STEPS: usize = 10;
const HOPEFUL: i64 = 10;
/// Patterns met on the way are worth keeping if they lose no more than this, relative to the mean price.
const LOSS: f64 = 0.003;
/// The share of the gap to the cutoff that the program may miss after a guess, and how far prices may first go from it.
const GUESSED: f64 = 0.02;
const GUESSED_BAND: f64 = 0.001;

impl<'a> Relaxation<'a> {
    /// Takes prices of demands for the best ones known, betters them step by step, and adds patterns that go with them.
    pub(crate) fn start_from(&mut self, demand: Vec<i64>, patterns: &[(usize, Pattern)], cutoff: i64, meter: &Meter) {
        let most = |(price, most): (i64, &i64)| price.min(*most);
        let demand = demand.into_iter().zip(self.most_paid.iter()).map(most).collect();
        let prices = Prices {
            demand,
            ..Prices::none(self.model)
        };
        let mut found = self.climb(prices, cutoff, meter);
        found.extend_from_slice(patterns);
        self.add_near(&found);
        self.guessed = true;
        self.sloppiness = GUESSED;
        self.set_band(Some(GUESSED_BAND));
    }

    /// Steps from prices towards better ones: up for demands that the best fillings place too rarely, down for others, and on in much
    /// the direction of the last step (Camerini, Fratta and Maffioli). Returns the patterns met on the way.
    fn climb(&mut self, start: Prices, cutoff: i64, meter: &Meter) -> Vec<(usize, Pattern)> {
        let mut met = Vec::new();
        let (mut at, mut boldness, mut vain) = (start, BOLD, 0);
        let mut direction = vec![0.0; at.demand.len()];
        for step in 0..STEPS {
            let effort = Effort {
                steps: FEWEST_STEPS,
                tolerance: self.unit as i64 / 10_000,
            };
            let known = vec![0; self.model.classes.len()];
            let priced = prices::price_unless(&|| meter.stopped(), self.scene(), &at, &known, effort);
            meter.add(priced.work);
            if priced.bound > self.bound || self.center.is_none() {
                self.bound = self.bound.max(priced.bound);
                self.center = Some(at.clone());
                vain = 0;
                let found = priced.fillings.iter().enumerate();
                met.extend(found.flat_map(|(k, f)| f.patterns.iter().map(move |(_, p)| (k, p.clone()))));
            } else {
                vain += 1;
            }
            if meter.exhausted() || self.bound > cutoff {
                break;
            }
            if step == FIRST_STEPS && cutoff.saturating_sub(self.bound) > cutoff / HOPEFUL {
                break;
            }
            let missing = self.missing(&priced);
            // The guess may be worse than what is known already.
            if vain == PATIENCE || (vain > 0 && step == 0) {
                (boldness, vain) = (if step == 0 { BOLD } else { boldness / 2.0 }, 0);
                at = self.center.clone().unwrap_or(at);
                direction.iter_mut().for_each(|d| *d = 0.0);
                continue;
            }
            for (d, missing) in direction.iter_mut().zip(&missing) {
                *d = INERTIA * *d + missing;
            }
            let square: f64 = direction.iter().map(|d| d * d).sum();
            let length = boldness * (cutoff as f64 - priced.bound as f64) / square.max(1.0);
            let prices = at.demand.iter_mut().zip(self.most_paid.iter());
            for ((price, &most), d) in prices.zip(&direction) {
                *price = ((*price as f64 + length * d).max(0.0) as i64).min(most);
            }
        }
        met
    }

    /// Adds the patterns that lose little against the best ones of their classes at the best prices known.
    fn add_near(&mut self, patterns: &[(usize, Pattern)]) {
        let Some(center) = &self.center else { return };
        let value = |(k, pattern): &(usize, Pattern)| -> i64 {
            let first = self.model.classes[*k].first;
            let copies = pattern.iter().map(|&(i, n)| (first + i as usize, i64::from(n)));
            let worth = |item: usize| center.value(&self.model.items[item], self.goal.item[item]);
            copies.map(|(item, n)| worth(item) * n).sum()
        };
        let values: Vec<i64> = patterns.iter().map(value).collect();
        let mut best = vec![0; self.model.classes.len()];
        for ((k, _), &value) in patterns.iter().zip(&values) {
            best[*k] = value.max(best[*k]);
        }
        let mean = center.demand.iter().sum::<i64>() as f64 / center.demand.len().max(1) as f64;
        let least = |k: usize| best[k].saturating_sub((LOSS * mean) as i64);
        for ((k, pattern), value) in patterns.iter().zip(values) {
            if value >= least(*k) {
                self.add(*k, pattern);
            }
        }
    }

    /// How many copies of each demand the best fillings lack; negative where they have too many.
    fn missing(&self, priced: &Priced) -> Vec<f64> {
        let mut missing: Vec<f64> = self.domain.copies.iter().map(|&n| f64::from(n)).collect();
        for (k, filling) in priced.fillings.iter().enumerate() {
            let first = self.model.classes[k].first;
            let hosts = f64::from(self.domain.hosts[k]);
            for &(i, n) in filling.patterns.last().into_iter().flat_map(|(_, p)| p) {
                missing[self.model.demands[first + i as usize] as usize] -= hosts * f64::from(n);
            }
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::goal::Goal;
    use super::super::super::limits::Silent;
    use super::super::super::model::Model;
    use super::super::super::prices::NEVER;
    use super::super::super::{oracle, random};
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        /// Whatever prices are guessed, no plan is better than the bound that they are climbed to.
        #[test]
        fn guessed_bounds_are_true(problem in random::problems(), guess in 0i64..1 << 40) {
            let model = Model::new(&problem, true);
            if let Some((weight, cost)) = oracle::best(&problem) {
                let mut relaxation = Relaxation::new(&model, Goal::cost(&model, weight as u64));
                let guess = vec![guess; model.wanted.len()];
                let meter = Meter::new(10_000_000, &Silent);
                relaxation.start_from(guess, &[], model.scale.down(cost), &meter);
                prop_assert!(model.scale.least(relaxation.bound) <= cost);
                relaxation.converge(NEVER, &meter);
                prop_assert!(model.scale.least(relaxation.bound) <= cost);
            }
        }
    }
}
