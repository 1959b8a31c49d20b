//! What is still open at a point of the search: the part of the problem that no decision has settled.

use super::goal::Goal;
use super::knapsack::Pattern;
use super::model::Model;

/// Bounds on what a plan may still do. The root leaves everything open; decisions only ever narrow it.
#[derive(Debug, Clone)]
pub(crate) struct Domain {
    /// Copies of each demand that are neither placed nor left out by decision.
    pub(crate) copies: Vec<u32>,
    /// Copies that are left out by decision.
    pub(crate) out: Vec<u32>,
    /// How many of the open copies may be left out.
    pub(crate) most_out: Vec<u32>,
    /// Weight that may be left out beyond what decisions leave out; none where the goal sets no limit.
    pub(crate) slack: Option<u64>,
    /// Hosts of each class that no decision has filled.
    pub(crate) hosts: Vec<u32>,
    /// The most copies of each item on one host.
    pub(crate) item_most: Vec<u32>,
    /// The fewest copies of each item on each host of its class.
    pub(crate) item_least: Vec<u32>,
    /// What decisions have cost so far, in the goal's unit.
    pub(crate) base: i64,
}

impl Domain {
    /// Everything open.
    pub(crate) fn new(model: &Model, goal: &Goal) -> Self {
        Domain {
            copies: model.wanted.iter().map(|w| w.copies).collect(),
            out: vec![0; model.wanted.len()],
            most_out: (0..model.wanted.len()).map(|d| goal.most_left_out(model, d)).collect(),
            slack: goal.slack,
            hosts: model.classes.iter().map(|c| c.hosts.len() as u32).collect(),
            item_most: model.items.iter().map(|i| i.max).collect(),
            item_least: vec![0; model.items.len()],
            base: 0,
        }
    }

    /// Decides that at least `n` copies of a demand are left out.
    pub(crate) fn leave_out(&mut self, model: &Model, goal: &Goal, demand: usize, n: u32) {
        self.copies[demand] -= n;
        self.out[demand] += n;
        self.most_out[demand] -= n;
        let weight = model.wanted[demand].weight.saturating_mul(u64::from(n));
        self.slack = self.slack.map(|s| s.saturating_sub(weight));
        self.base += goal
            .left_out
            .as_ref()
            .map_or(0, |costs| costs[demand].saturating_mul(i64::from(n)));
    }

    /// Limits how many copies of a demand are left out to what a plan may lose by it: `reduced` is what each one left out loses, or, if
    /// negative, what each one placed does. Returns whether that narrowed anything.
    pub(crate) fn limit_left_out(
        &mut self,
        model: &Model,
        goal: &Goal,
        demand: usize,
        reduced: i128,
        slack: i128,
    ) -> bool {
        let most = self.most_out[demand];
        let affordable = |loss: i128| (slack / loss).clamp(0, i128::from(most)) as u32;
        if reduced > 0 {
            self.most_out[demand] = affordable(reduced);
            return self.most_out[demand] < most;
        }
        let least = if reduced < 0 { most - affordable(-reduced) } else { 0 };
        if least > 0 {
            self.leave_out(model, goal, demand, least);
        }
        least > 0
    }

    /// Whether a host of a class may be filled so.
    pub(crate) fn admits(&self, model: &Model, class: usize, pattern: &Pattern) -> bool {
        let first = model.classes[class].first;
        let within = |&(i, n): &(u32, u32)| {
            let item = first + i as usize;
            n <= self.item_most[item] && n <= self.copies[model.items[item].demand as usize]
        };
        pattern.iter().all(within) && self.has_least(model, class, pattern)
    }

    fn has_least(&self, model: &Model, class: usize, pattern: &Pattern) -> bool {
        let c = &model.classes[class];
        self.item_least[c.first..c.end]
            .iter()
            .zip(0u32..)
            .all(|(&least, i)| least == 0 || pattern.iter().any(|&(item, n)| item == i && n >= least))
    }
}
