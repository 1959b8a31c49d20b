//! What a root begins with: patterns, and first prices for large problems.

use super::super::assignment::Assignment;
use super::super::model::{Model, Wanted};
use super::super::primal;
use super::super::relax::Relaxation;
use super::Tree;

/// First prices say little if their gap is more than this part of the cost.
const TELLING: i64 = 50;
/// A full program of so few rows is soon solved.
const SOON: usize = 300;
/// With fewer items than this the full program is as quick as one with fewer rows.
const MANY_ITEMS: usize = 20_000;

impl<'a> Tree<'a> {
    /// Gives a root the patterns of the best plan, and that of a large problem first prices: those that the best plan pays, or, where
    /// those say little, by what demands need. They are enough for much better plans, and with those the rest is quicker.
    pub(crate) fn prepare(&mut self, root: &mut Relaxation<'a>) {
        if self.meter.exhausted() {
            return;
        }
        let patterns = self.model.patterns(&self.best.chosen);
        let whole = self.best.score.weight_out == 0;
        if root.is_large() && root.goal.slack.is_some() && whole {
            let plan = self.best.assignment(self.problem, self.index);
            let prices = marginal_prices(self.model, &plan);
            root.start_from(prices, &patterns, self.cutoff(root), self.meter);
        } else {
            for (class, pattern) in &patterns {
                root.add(*class, pattern);
            }
        }
        let blind = self.gap(root) > self.cutoff(root) / TELLING;
        if !root.is_large() || (blind && self.model.items.len() < MANY_ITEMS) {
            return;
        }
        if blind {
            root.start_coarse(self.cutoff(root), self.meter);
        }
        // The full program's solution makes better plans, but it comes late if many rows have to begin with prices that say little.
        if !root.can_converge() || (blind && root.features.rows > SOON) {
            self.search_while_it_pays(root);
        }
    }
}

/// Prices of demands, guessed from what one more copy of each would cost.
fn marginal_prices(model: &Model, plan: &Assignment<'_>) -> Vec<i64> {
    let costs = primal::marginal_costs(plan);
    let dearest = |wanted: &Wanted| wanted.members.iter().map(|&d| costs[d as usize]).max();
    let wanted = model.wanted.iter();
    wanted.map(|w| model.scale.down(dearest(w).unwrap_or(0))).collect()
}
