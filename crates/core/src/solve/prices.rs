//! Prices of what is scarce, in integers, and the exact bound that they give.
//!
//! For any prices (what placing a copy earns, what a place in a spread row costs, what a unit of budget costs, what a unit of weight left
//! out costs) each host can be filled by itself as is best for it. What all hosts gain so, taken from what all wanted copies earn, is a
//! lower bound on every plan: weak duality. Nothing here is rounded the wrong way, so however the prices were found, the bound is true.

use rayon::prelude::*;

use super::goal::Goal;
use super::knapsack::{self, Filling, Piece};
use super::model::{Item, Model};

/// Budget prices are in units of 2^-20 per unit of spend.
const BUDGET_SHIFT: u32 = 20;

/// Non-negative integer prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prices {
    /// What placing one copy of each demand earns.
    pub(crate) demand: Vec<i64>,
    /// What each row's place costs.
    pub(crate) room: Vec<i64>,
    /// What a unit of spend costs, shifted.
    pub(crate) budget: i64,
    /// What a unit of weight left out costs.
    pub(crate) weight: i64,
}

impl Prices {
    /// What one copy of an item earns net of its cost; never less than it truly does.
    pub(crate) fn value(&self, item: &Item, cost: i64) -> i64 {
        let room: i64 = item.rows.iter().map(|&r| self.room[r as usize]).sum();
        let spend = (i128::from(self.budget) * i128::from(item.spend)) >> BUDGET_SHIFT;
        self.demand[item.demand as usize] - cost - room - spend as i64
    }

    /// The part of the bound that does not depend on the hosts.
    pub(crate) fn constant(&self, model: &Model, goal: &Goal) -> i128 {
        let mut bound = 0i128;
        for (d, wanted) in model.wanted.iter().enumerate() {
            let price = i128::from(self.demand[d]);
            bound += price * i128::from(wanted.copies);
            let penalty = match &goal.left_out {
                Some(costs) => i128::from(costs[d]),
                None => i128::from(self.weight) * i128::from(wanted.weight),
            };
            bound += i128::from(goal.most_left_out(model, d)) * (penalty - price).min(0);
        }
        for (&price, &room) in self.room.iter().zip(&model.rooms) {
            bound -= i128::from(price) * i128::from(room);
        }
        if let Some(budget) = model.budget {
            bound -= ((i128::from(self.budget) * i128::from(budget)) >> BUDGET_SHIFT) + 1;
        }
        bound - i128::from(self.weight) * i128::from(goal.slack.unwrap_or(0))
    }
}

/// A bound with the fillings that gave it, by class.
pub(crate) struct Priced {
    pub(crate) bound: i64,
    pub(crate) fillings: Vec<Filling>,
    pub(crate) work: u64,
}

/// Fills every host at the given prices. `allowed` tells how many copies of an item a host may take.
pub(crate) fn price(model: &Model, goal: &Goal, prices: &Prices, steps: u64) -> Priced {
    let fill = |k: usize| knapsack::best(&model.classes[k].caps, pieces(model, goal, prices, k), steps);
    let fillings: Vec<Filling> = (0..model.classes.len())
        .into_par_iter()
        .with_min_len(16)
        .map(fill)
        .collect();
    let gain: i128 = fillings
        .iter()
        .zip(&model.classes)
        .map(|(f, c)| i128::from(f.most) * c.hosts.len() as i128)
        .sum();
    let bound = prices.constant(model, goal) - gain;
    let work = fillings.iter().map(|f| f.steps).sum();
    Priced {
        bound: bound.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64,
        fillings,
        work,
    }
}

/// The items of a class with their values.
pub(crate) fn pieces<'a>(model: &'a Model, goal: &Goal, prices: &Prices, class: usize) -> Vec<Piece<'a>> {
    let first = model.classes[class].first;
    let items = model.items_of(class).iter().enumerate();
    let piece = |(i, item): (usize, &'a Item)| Piece {
        item: i as u32,
        needs: &item.needs,
        max: item.max,
        value: prices.value(item, goal.item[first + i]),
    };
    items.map(piece).collect()
}

/// The budget price nearest to a float, in its shifted unit.
pub(crate) fn budget_price(price: f64) -> i64 {
    (price.max(0.0) * f64::from(1u32 << BUDGET_SHIFT)).round().min(1e15) as i64
}
