//! Branch and bound over relaxations.
//!
//! A node is a relaxation with a narrowed domain. Its exact bound may close it; its fractional solution is rounded to plans; when the gap
//! is small enough, the patterns that can still matter are listed, which makes everything below cheap. Otherwise it is split in two.

mod better;
mod narrow;
mod prepare;
mod round;
mod split;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::assignment::Index;
use super::domain::Domain;
use super::limits::{Meter, Progress};
use super::model::Model;
use super::plan::Best;
use super::pool::Ledger;
use super::prices::NEVER;
use super::problem::Problem;
use super::relax::{End, Relaxation};

/// The most bytes that open nodes may keep.
const MOST_KEPT: usize = 1 << 30;
/// After so many nodes without an end, one dive looks more closely.
const PATIENT_AT: u64 = 50;
/// Work in proving after which better plans are searched for.
const SEARCH_AFTER: u64 = 20_000_000;

/// What a tree works on.
pub(crate) struct Tree<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) index: &'a Index,
    pub(crate) model: &'a Model,
    pub(crate) meter: &'a Meter<'a>,
    pub(crate) best: Best,
    /// Open nodes by bound, in whole steps of the goal, the oldest first.
    open: BTreeMap<(i64, u64), Node<'a>>,
    made: u64,
    /// The root once it was split, and the bytes that open nodes keep.
    root: Option<Arc<Relaxation<'a>>>,
    kept: usize,
    pub(crate) nodes: u64,
    /// The least bound of the nodes that could not be split although they are not closed.
    pub(crate) stuck: i64,
    /// Whether cuts are made of cuts: far stronger, and far slower.
    pub(crate) deep: bool,
    /// No plan leaves out less, as far as earlier runs tell.
    pub(crate) weight_bound: u128,
    /// What the root of the first pass proved.
    pub(crate) ledger: Option<Ledger>,
    /// The work that was done when plans were last searched for, and how much more has to be done first.
    searched_at: u64,
    search_after: u64,
}

struct Node<'a> {
    bound: i64,
    /// What it counts for in [`Tree::kept`].
    kept: usize,
    parent: Arc<Relaxation<'a>>,
    domain: Domain,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(
        problem: &'a Problem,
        index: &'a Index,
        model: &'a Model,
        meter: &'a Meter<'a>,
        best: Best,
    ) -> Self {
        Tree {
            problem,
            index,
            model,
            meter,
            best,
            open: BTreeMap::new(),
            made: 0,
            root: None,
            kept: 0,
            nodes: 0,
            stuck: NEVER,
            deep: false,
            weight_bound: 0,
            ledger: None,
            searched_at: meter.done(),
            search_after: SEARCH_AFTER,
        }
    }

    /// The objective value that a plan of interest may at most have.
    fn cutoff(&self, r: &Relaxation<'a>) -> i64 {
        self.cutoff_of(r, &self.best)
    }

    fn cutoff_of(&self, r: &Relaxation<'a>, best: &Best) -> i64 {
        match r.goal.slack {
            None => {
                let weight = i64::try_from(best.score.weight_out).unwrap_or(NEVER);
                weight.saturating_sub(1).saturating_mul(r.goal.step).clamp(-1, NEVER)
            }
            Some(slack) if best.score.weight_out > u128::from(slack) => NEVER - 1,
            Some(_) => {
                let step = if self.model.scale.exact() { r.goal.step } else { 0 };
                self.model.scale.down(best.score.cost) - step
            }
        }
    }

    /// Searches until no plan of interest is left, or the work or the number of nodes runs out. Returns the proved bound.
    pub(crate) fn run(&mut self, mut root: Relaxation<'a>, most_nodes: u64) -> i64 {
        self.open.clear();
        (self.root, self.kept) = (None, 0);
        (self.stuck, self.nodes) = (NEVER, 0);
        self.tell(&root, root.bound);
        let end = root.converge(self.cutoff(&root), self.meter);
        let mut bound = root.bound;
        if end == End::Cut {
            return bound;
        }
        if root.goal.slack.is_none() {
            self.ledger = Tree::keep(&root);
        }
        let mut next = self.settle(root, -NEVER);
        loop {
            let node = match next.take() {
                Some(node) => Some(node),
                None => self.open.pop_first().map(|(_, node)| node),
            };
            let Some(node) = node else { return self.stuck };
            // Nodes are kept by whole steps, rounded up.
            let step = node.parent.goal.step;
            let kept = self.open.first_key_value();
            let lowest = kept
                .map_or(NEVER, |(key, _)| (key.0 - 1).saturating_mul(step))
                .min(node.bound);
            bound = bound.max(lowest);
            self.tell(&node.parent, bound);
            let cutoff = self.cutoff(&node.parent);
            if bound > cutoff {
                return self.stuck;
            }
            if self.meter.exhausted() || self.nodes >= most_nodes {
                return bound.min(self.stuck);
            }
            if node.bound > cutoff {
                continue;
            }
            self.kept -= node.kept;
            let mut r = (*node.parent).clone();
            r.narrow(node.domain);
            r.sloppiness = 0.1;
            // Where the repair fails, converging starts from what it left.
            r.repair(20_000);
            r.converge(cutoff, self.meter);
            self.nodes += 1;
            self.search_in_turn(&r);
            next = self.settle(r, node.bound);
        }
    }

    /// Tells whoever looks on the best plan and what this run has proved.
    fn tell(&self, r: &Relaxation<'a>, bound: i64) {
        let score = self.best.score;
        let planned = self.problem.partial || score.weight_out == 0;
        let (weight_bound, cost_bound) = match r.goal.slack {
            None => (r.goal.least_weight(bound), 0),
            Some(_) => (self.weight_bound, self.model.scale.least(bound)),
        };
        self.meter.tell(&Progress {
            unplaced_weight: planned.then_some(score.weight_out),
            weight_bound: weight_bound.min(score.weight_out),
            cost: planned.then_some(score.cost),
            cost_bound: cost_bound.clamp(0, score.cost.max(0)),
            work: self.meter.done(),
        });
    }

    /// Whether no plan of interest is left in a node.
    fn is_settled(&self, r: &Relaxation<'a>) -> bool {
        r.bound > self.cutoff(r)
    }

    /// Rounds, narrows, lists and splits a converged node. Returns the child to go on with.
    fn settle(&mut self, mut r: Relaxation<'a>, floor: i64) -> Option<Node<'a>> {
        if self.is_settled(&r) {
            return None;
        }
        self.find_plans(&r);
        if self.is_settled(&r) {
            return None;
        }
        if self.meter.exhausted() {
            self.stuck = self.stuck.min(r.bound.max(floor));
            return None;
        }
        self.strengthen(&mut r);
        if self.is_settled(&r) {
            return None;
        }
        let mut split = self.choose(&r);
        if split.is_none() {
            // Whole at last: the bound must say so, and listing may have moved the solution to another plan.
            r.sloppiness = 0.0;
            r.converge(self.cutoff(&r), self.meter);
            self.round_amounts(&r);
            if self.is_settled(&r) {
                return None;
            }
            split = self.choose(&r);
        }
        let Some(split) = split else {
            self.stuck = self.stuck.min(r.bound.max(floor));
            return None;
        };
        self.open_children(r, split, floor)
    }

    /// Plans near the fractional solution.
    fn find_plans(&mut self, r: &Relaxation<'a>) {
        self.round(r);
        self.round_amounts(r);
        if self.nodes == 0 {
            // Costs are settled by cuts, which come with plans of their own.
            if r.goal.slack.is_none() {
                self.dive(r, 0);
            }
            self.search(r, 200_000.min(20 * self.problem.options.len() as u64));
        }
    }

    /// Brings the bound nearer to the best plan, and that nearer to the bound.
    fn strengthen(&mut self, r: &mut Relaxation<'a>) {
        self.narrow_left_out(r, self.cutoff(r));
        let root_of_costs = self.nodes == 0 && r.goal.slack.is_some();
        if root_of_costs {
            self.cut(r);
            if self.is_settled(r) {
                return;
            }
            self.narrow_left_out(r, self.cutoff(r));
        }
        if r.closed {
            self.drop_listed(r, self.cutoff(r));
            return;
        }
        let gap = self.gap(r);
        if gap < r.hopeless {
            r.hopeless = gap / 2;
            self.list(r, self.cutoff(r));
        }
        if root_of_costs && !r.closed {
            self.improve_parts(r);
        }
        if self.nodes == PATIENT_AT && !r.closed {
            self.dive(r, 40);
        }
    }

    /// Opens both parts of a split node. Returns the one to go on with.
    fn open_children(&mut self, r: Relaxation<'a>, split: Vec<(i64, Domain)>, floor: i64) -> Option<Node<'a>> {
        let parent = Arc::new(r);
        let child = |(estimate, domain)| {
            let node = Node {
                bound: parent.bound.max(floor),
                kept: 0,
                parent: parent.clone(),
                domain,
            };
            (estimate, node)
        };
        let mut children: Vec<(i64, Node<'a>)> = split.into_iter().map(child).collect();
        children.sort_by_key(|c| std::cmp::Reverse(c.0));
        let best = children.pop();
        for (_, mut node) in children {
            self.made += 1;
            self.slim(&mut node);
            let steps =
                node.bound.div_euclid(parent.goal.step) + i64::from(node.bound.rem_euclid(parent.goal.step) > 0);
            self.open.insert((steps, self.made), node);
        }
        best.map(|b| b.1)
    }

    /// Counts what a node keeps in memory. Beyond a limit, nodes go back to the root's program, which costs time alone.
    fn slim(&mut self, node: &mut Node<'a>) {
        let root = self.root.get_or_insert_with(|| node.parent.clone());
        if self.kept + node.parent.size() > MOST_KEPT {
            node.parent = root.clone();
        } else {
            node.kept = node.parent.size();
            self.kept += node.kept;
        }
    }
}
