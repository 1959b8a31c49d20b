//! All patterns that can still matter, of the classes where they are few enough to be listed.

mod every;

use std::sync::Arc;

use rayon::prelude::*;

use super::cuts::{Counts, Cuts};
use super::domain::Domain;
use super::goal::Goal;
use super::knapsack::Pattern;
use super::limits::Meter;
use super::model::Model;
use super::prices::{self, Prices, Scene};

/// Lists of patterns by class; a class without a list may use any pattern.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pool {
    lists: Vec<Option<Vec<Listed>>>,
}

/// A pattern with what it counts for in the cuts.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) pattern: Pattern,
    pub(crate) counts: Counts,
}

impl Pool {
    /// The patterns that matter of a class, if they are known.
    pub(crate) fn of(&self, class: usize) -> Option<&[Listed]> {
        self.lists.get(class)?.as_deref()
    }

    /// The same with counts for the cuts from `first` on.
    pub(crate) fn recounted(&self, model: &Model, cuts: &Cuts, first: usize) -> Self {
        let recount = |(k, list): (usize, &Option<Vec<Listed>>)| {
            let mut list = list.clone();
            for listed in list.iter_mut().flatten() {
                cuts.count_new(model, k, &listed.pattern, first, &mut listed.counts);
            }
            list
        };
        Pool {
            lists: self.lists.par_iter().enumerate().map(recount).collect(),
        }
    }

    /// Lists all patterns of each class, if there are no more than `most`.
    pub(crate) fn new(model: &Model, most: usize, meter: &Meter) -> Self {
        let steps = LIST_STEPS.min(ALL_STEPS / model.classes.len().max(1) as u64);
        if steps < FEWEST_STEPS {
            return Pool::default();
        }
        Pool::list(model, meter, |found, k| {
            every::every(model.items_of(k), &model.classes[k].caps, (most, steps), found)
        })
    }

    fn list(
        model: &Model,
        meter: &Meter,
        list: impl Fn(&mut Vec<Pattern>, usize) -> (Option<Vec<Listed>>, u64) + Sync,
    ) -> Self {
        let lists = (0..model.classes.len())
            .into_par_iter()
            .map_init(Vec::new, |scratch, k| {
                // Without a list any pattern may be used, which is slower but no less true.
                if meter.stopped() || model.items_of(k).len() > MOST_ITEMS {
                    return None;
                }
                let (list, work) = list(scratch, k);
                meter.add(work);
                list
            });
        Pool { lists: lists.collect() }
    }
}

/// The most patterns that are listed for one class.
const MOST_LISTED: usize = 5_000;
/// Steps for listing the patterns of one class, and of all of them.
const LIST_STEPS: u64 = 50_000;
const ALL_STEPS: u64 = 100_000_000;
/// With so few steps for each class listing is not worth while.
const FEWEST_STEPS: u64 = 20_000;
/// A class with more items than this has too many patterns.
const MOST_ITEMS: usize = 1_000;

/// What one pass proved, held against the plans of the next.
///
/// At the prices of a bound, every pattern loses something against the best that its host could do, and so does every copy that is left
/// out or placed against the better. What all parts of a plan lose is what the plan exceeds the bound by. A plan of the second pass leaves
/// out no more than the first pass allows, so no part of it loses more than that less the bound. The linear program does not know: it
/// could mix parts that lose much with parts that lose nothing. Few patterns pass, and what is left is far tighter.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    goal: Arc<Goal>,
    prices: Prices,
    /// What the best pattern of each class is worth at most.
    most: Vec<i64>,
    bound: i64,
}

impl Ledger {
    /// Keeps a bound with its prices. Nothing decided may be in it.
    pub(crate) fn new(
        scene: Scene<'_>,
        goal: Arc<Goal>,
        prices: &Prices,
        known: &[i64],
        effort: prices::Effort,
    ) -> Self {
        let priced = prices::price(scene, prices, known, effort);
        Ledger {
            goal,
            prices: prices.clone(),
            most: priced.fillings.iter().map(|f| f.most).collect(),
            bound: priced.bound,
        }
    }

    /// What a plan of this value may lose. Negative where there is none.
    pub(crate) fn slack(&self, value: i64) -> i64 {
        value.saturating_sub(self.bound)
    }

    /// Lists the patterns of a scene that lose no more than `slack`.
    pub(crate) fn pool(&self, model: &Model, scene: Scene<'_>, slack: i64, meter: &Meter) -> Pool {
        Pool::list(model, meter, |_, k| {
            let least = self.most[k].saturating_sub(slack);
            prices::near_best(scene, &self.prices, k, least, (MOST_LISTED, LIST_STEPS))
        })
    }

    /// Limits how many copies a plan of this value may leave out of each demand, from both sides.
    pub(crate) fn narrow(&self, model: &Model, domain: &mut Domain, goal: &Goal, value: i64) -> bool {
        let slack = i128::from(self.slack(value));
        let mut changed = false;
        for d in 0..model.wanted.len() {
            let reduced = self.prices.left_out(model, &self.goal, &Cuts::default(), d);
            changed |= domain.limit_left_out(model, goal, d, reduced, slack);
        }
        changed
    }
}
