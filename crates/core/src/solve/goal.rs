//! What is minimised at the moment: weight left out, or cost at a given weight.
//!
//! The lexicographic objective is met in two passes. The first leaves costs aside. The second may leave out no more than the first
//! proved necessary, or than the best plan known does; its bound then holds for every plan that leaves out that much or less.

use super::model::Model;

/// The objective of one pass, in scaled machine integers.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    /// Cost of each item.
    pub(crate) item: Vec<i64>,
    /// What leaving out one copy of each demand costs. None where nothing may be left out, or where only [`Goal::slack`] limits it.
    pub(crate) left_out: Option<Vec<i64>>,
    /// The most weight that may be left out; none in the first pass.
    pub(crate) slack: Option<u64>,
    /// Two different plans differ by at least this.
    pub(crate) step: i64,
}

/// Sums of scaled weights stay below this.
const MOST: u128 = 1 << 48;

impl Goal {
    /// Least weight left out.
    pub(crate) fn weight(model: &Model) -> Self {
        let total: u128 = model
            .wanted
            .iter()
            .map(|w| u128::from(w.weight) * u128::from(w.copies))
            .sum();
        let factor = (MOST / total.max(1)).clamp(1, 1 << 30) as i64;
        let scaled = |w: u64| i64::try_from(w).unwrap_or(i64::MAX).saturating_mul(factor).min(1 << 56);
        Goal {
            item: vec![0; model.items.len()],
            left_out: Some(model.wanted.iter().map(|w| scaled(w.weight)).collect()),
            slack: None,
            step: factor,
        }
    }

    /// Least cost of the plans that leave out no more than `slack`.
    pub(crate) fn cost(model: &Model, slack: u64) -> Self {
        Goal {
            item: model.items.iter().map(|i| i.cost).collect(),
            left_out: None,
            slack: Some(slack),
            step: model.scale.step(),
        }
    }

    /// The least weight that any plan leaves out if none is worth less than `bound`, in the first pass.
    pub(crate) fn least_weight(&self, bound: i64) -> u128 {
        (bound.max(0) as u128).div_ceil(self.step as u128)
    }

    /// The most copies of a demand that a plan of interest leaves out.
    pub(crate) fn most_left_out(&self, model: &Model, demand: usize) -> u32 {
        let wanted = &model.wanted[demand];
        let by_weight = self.slack.map_or(u64::MAX, |s| s / wanted.weight.max(1));
        wanted.copies.min(u32::try_from(by_weight).unwrap_or(u32::MAX))
    }
}
