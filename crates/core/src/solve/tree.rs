//! Branch and bound over relaxations.
//!
//! A node is a relaxation with a narrowed domain. Its exact bound may close it; its fractional solution is rounded to plans; when the gap
//! is small enough, the patterns that can still matter are listed, which makes everything below cheap. Otherwise it is split in two.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::assignment::{Assignment, Index, Score};
use super::cuts::MOST_CUTS;
use super::domain::Domain;
use super::exact::{PROBE, marginal_prices};
use super::knapsack::Pattern;
use super::limits::{Meter, Progress};
use super::model::Model;
use super::neighbourhood;
use super::plan::{Best, Builder};
use super::pool::{Ledger, Listed};
use super::prices::{self, Effort, NEVER};
use super::primal::{Duals, Guide, WorkMeter, improve};
use super::problem::{Cost, Problem};
use super::relax::{End, Relaxation};

/// The most patterns that are listed.
const MOST_LISTED: usize = 3_000;
/// The most bytes that open nodes may keep.
const MOST_KEPT: usize = 1 << 30;
/// After so many nodes without an end, one dive looks more closely.
const PATIENT_AT: u64 = 50;
/// So many rounds of cuts may pass with hardly any gain.
const MOST_IDLE: usize = 6;
/// First prices say little if their gap is more than this part of the cost.
const TELLING: i64 = 50;
/// Problems of more hosts are bettered part by part.
const LARGE: usize = 30;
/// Work for bettering parts at the root.
const PARTS: u64 = 1_000_000_000;
/// Work in proving after which better plans are searched for.
const SEARCH_AFTER: u64 = 20_000_000;
/// Steps for listing the patterns of one host.
const LIST_STEPS: u64 = 200_000;

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

/// A way to split a node.
#[derive(Debug, Clone)]
enum Split {
    /// At most so many copies of a demand left out, or more.
    LeftOut(usize, u32),
    /// At most so many copies of an item on its host, or more.
    Item(usize, u32),
    /// The copies under a together rule in this place, or elsewhere.
    Together(usize, u32),
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

    /// Gives the root of a large problem first prices: those that the best plan pays, or, where those say little, by what demands need.
    /// They are enough for much better plans, and with those the rest is quicker.
    pub(crate) fn prepare(&mut self, root: &mut Relaxation<'a>) {
        if !root.is_large() || self.meter.exhausted() {
            return;
        }
        if root.goal.slack.is_some() && self.best.score.weight_out == 0 {
            let plan = self.best.assignment(self.problem, self.index);
            let prices = marginal_prices(self.model, &plan);
            let patterns = self.model.patterns(&self.best.chosen);
            root.start_from(prices, &patterns, self.cutoff(root), self.meter);
        }
        if self.gap(root) > self.cutoff(root) / TELLING {
            root.start_coarse(self.cutoff(root), self.meter);
        }
        self.search_while_it_pays(root);
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
        let mut next = self.settle(root, end, -NEVER);
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
            let end = r.converge(cutoff, self.meter);
            self.nodes += 1;
            self.search_in_turn(&r);
            next = self.settle(r, end, node.bound);
        }
    }

    /// Tells whoever looks on the best plan and what this run has proved.
    fn tell(&self, r: &Relaxation<'a>, bound: i64) {
        let score = self.best.score;
        let planned = self.problem.partial || score.weight_out == 0;
        let (weight_bound, cost_bound) = match r.goal.slack {
            None => ((bound.max(0) as u128).div_ceil(r.goal.step as u128), 0),
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

    /// Keeps what a root proved, for the next pass.
    fn keep(root: &Relaxation<'a>) -> Option<Ledger> {
        let center = root.center.as_ref()?;
        let effort = Effort {
            steps: root.steps.max(50_000),
            tolerance: 0,
        };
        let known = root.known_values(center);
        Some(Ledger::new(root.scene(), root.goal.clone(), center, &known, effort))
    }

    /// Rounds, narrows, lists and splits a converged node. Returns the child to go on with.
    fn settle(&mut self, mut r: Relaxation<'a>, end: End, floor: i64) -> Option<Node<'a>> {
        let mut cutoff = self.cutoff(&r);
        if end == End::Closed || r.bound > cutoff {
            return None;
        }
        self.round(&r);
        self.round_amounts(&r);
        if self.nodes == 0 {
            self.dive(&r, 0);
            self.search(&r, 200_000.min(20 * self.problem.options.len() as u64));
        }
        cutoff = self.cutoff(&r);
        if r.bound > cutoff {
            return None;
        }
        if self.meter.exhausted() {
            self.stuck = self.stuck.min(r.bound.max(floor));
            return None;
        }
        self.narrow_left_out(&mut r, cutoff);
        if self.nodes == 0 && r.goal.slack.is_some() {
            if self.cut(&mut r) {
                return None;
            }
            cutoff = self.cutoff(&r);
            self.narrow_left_out(&mut r, cutoff);
        }
        if r.closed {
            self.drop_listed(&mut r, cutoff);
        } else {
            let gap = cutoff.saturating_sub(r.bound);
            if gap < r.hopeless {
                r.hopeless = gap / 2;
                self.list(&mut r, cutoff);
            }
            if self.nodes == PATIENT_AT && !r.closed {
                self.dive(&r, 40);
                cutoff = self.cutoff(&r);
            }
        }
        let mut split = self.choose(&r, cutoff);
        if split.is_none() {
            // Whole at last: the bound must say so, and listing may have moved the solution to another plan.
            r.sloppiness = 0.0;
            let end = r.converge(cutoff, self.meter);
            self.round_amounts(&r);
            cutoff = self.cutoff(&r);
            if end == End::Closed || r.bound > cutoff {
                return None;
            }
            split = self.choose(&r, cutoff);
        }
        let Some(split) = split else {
            self.stuck = self.stuck.min(r.bound.max(floor));
            return None;
        };
        let parent = Arc::new(r);
        let mut children: Vec<(i64, Node<'a>)> = Vec::new();
        for (estimate, domain) in split {
            children.push((
                estimate,
                Node {
                    bound: parent.bound.max(floor),
                    kept: 0,
                    parent: parent.clone(),
                    domain,
                },
            ));
        }
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

    /// Turns the fractional solution into a plan: whole patterns first, then the fullest, then whatever fits.
    fn round(&mut self, r: &Relaxation<'a>) {
        let mut used: Vec<(f64, u32)> = (r.first..)
            .zip(r.filled.iter())
            .map(|(c, _)| (r.simplex.value(c), c))
            .filter(|u| u.0 > 1e-5)
            .collect();
        used.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut builder = Builder::new(self.problem, self.index, self.model);
        for (x, c) in used {
            let filled = &r.filled[(c - r.first) as usize];
            for _ in 0..((x + 0.5).floor() as u32).max(u32::from(x > 0.3)) {
                builder.put(filled.class as usize, &filled.pattern);
            }
        }
        builder.fill_up();
        self.meter.add(1000);
        self.accept(&builder);
    }

    /// The copies of each item on hosts that are alone in their class. If all are whole, they are a plan: costs and needs are linear.
    fn amounts(&self, r: &Relaxation<'a>) -> BTreeMap<usize, f64> {
        let mut amount: BTreeMap<usize, f64> = BTreeMap::new();
        for (c, filled) in (r.first..).zip(r.filled.iter()) {
            let (x, k) = (r.simplex.value(c), filled.class as usize);
            if x > 1e-6 && r.domain.hosts[k] == 1 {
                for &(i, n) in &filled.pattern {
                    *amount.entry(self.model.classes[k].first + i as usize).or_default() += x * f64::from(n);
                }
            }
        }
        amount
    }

    /// Takes the whole part of each amount, then whatever fits.
    fn round_amounts(&mut self, r: &Relaxation<'a>) {
        let mut builder = Builder::new(self.problem, self.index, self.model);
        for (c, filled) in (r.first..).zip(r.filled.iter()) {
            let k = filled.class as usize;
            if r.domain.hosts[k] > 1 {
                for _ in 0..(r.simplex.value(c) + 1e-3).floor() as u32 {
                    builder.put(k, &filled.pattern);
                }
            }
        }
        let mut patterns: BTreeMap<usize, Pattern> = BTreeMap::new();
        for (item, x) in self.amounts(r) {
            let class = self.model.items[item].class as usize;
            let n = (x + 1e-3).floor() as u32;
            if n > 0 {
                patterns
                    .entry(class)
                    .or_default()
                    .push(((item - self.model.classes[class].first) as u32, n));
            }
        }
        for (k, pattern) in patterns {
            builder.put(k, &pattern);
        }
        builder.fill_up();
        self.meter.add(1000);
        self.accept(&builder);
    }

    fn accept(&mut self, builder: &Builder<'a>) {
        let a = &builder.assignment;
        self.best.improve(a);
    }

    /// Fixes patterns one after another, solving again each time. A step after which no plan of interest seems left is taken back, and
    /// its pattern is not tried again.
    fn dive(&mut self, r: &Relaxation<'a>, patience: usize) {
        let (cutoff, value) = (self.cutoff(r) as f64, r.objective());
        let target = value
            + (0.02 * (cutoff - value))
                .max(0.05 * r.goal.step as f64)
                .max(5e-6 * value);
        let (mut now, mut fixed) = (r.clone(), Vec::new());
        let (mut failures, mut bold) = (0, true);
        loop {
            let step = self.next_to_fix(&now, bold);
            if step.is_empty() {
                break;
            }
            let mut next = now.clone();
            let patterns = self.fix(&mut next, &step);
            next.freshen(40, self.meter);
            if self.meter.exhausted() {
                break;
            }
            if failures < patience && next.objective() > target {
                failures += 1;
                if step.len() == 1 {
                    now.simplex.ban(step[0].0, true);
                    now.repair(20_000);
                    now.freshen(40, self.meter);
                }
                bold = step.len() == 1;
                continue;
            }
            fixed.extend(patterns);
            (now, bold) = (next, true);
        }
        let mut builder = Builder::new(self.problem, self.index, self.model);
        for (class, pattern) in &fixed {
            builder.put(*class, pattern);
        }
        builder.fill_up();
        self.accept(&builder);
    }

    /// The columns to fix next, with copies: all that are whole if bold, but at least the fullest.
    fn next_to_fix(&self, r: &Relaxation<'a>, bold: bool) -> Vec<(u32, u32)> {
        let columns = (r.first..)
            .zip(r.filled.iter())
            .filter(|(_, f)| r.domain.hosts[f.class as usize] > 0);
        let mut used: Vec<(f64, u32)> = columns
            .map(|(c, _)| (r.simplex.value(c), c))
            .filter(|u| u.0 > 1e-5)
            .collect();
        used.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let whole = used.iter().take_while(|u| u.0 > 0.999).count();
        used.truncate(if bold { whole.max(1) } else { 1 });
        used.into_iter()
            .map(|(x, c)| (c, if bold { (x + 1e-3).floor().max(1.0) as u32 } else { 1 }))
            .collect()
    }

    /// Takes hosts and copies of the given columns out of the domain. Returns what was placed where.
    fn fix(&self, r: &mut Relaxation<'a>, step: &[(u32, u32)]) -> Vec<(usize, Pattern)> {
        let mut domain = r.domain.clone();
        let mut placed = Vec::new();
        for &(column, times) in step {
            let filled = &r.filled[(column - r.first) as usize];
            let (k, first) = (filled.class as usize, self.model.classes[filled.class as usize].first);
            for _ in 0..times.min(domain.hosts[k]) {
                domain.hosts[k] -= 1;
                let mut clipped = Pattern::new();
                for &(i, n) in &filled.pattern {
                    let item = first + i as usize;
                    let d = self.model.items[item].demand as usize;
                    let n = n.min(domain.copies[d]);
                    domain.copies[d] -= n;
                    domain.most_out[d] = domain.most_out[d].min(domain.copies[d]);
                    domain.base += r.goal.item[item].saturating_mul(i64::from(n));
                    if n > 0 {
                        clipped.push((i, n));
                    }
                }
                placed.push((k, clipped));
            }
        }
        r.narrow(domain);
        r.repair(20_000);
        placed
    }

    /// Betters the best plan by local search, guided by the prices.
    fn search(&mut self, r: &Relaxation<'a>, work: u64) {
        let mut plan = Assignment::empty(self.problem, self.index);
        for &(option, copies) in &self.best.chosen {
            plan.place_copies(option, copies);
        }
        let duals = r.center.as_ref().filter(|_| r.goal.slack.is_some()).map(|center| {
            let mut duals = vec![0; self.problem.demands.len()];
            for (wanted, &price) in self.model.wanted.iter().zip(&center.demand) {
                wanted
                    .members
                    .iter()
                    .for_each(|&d| duals[d as usize] = self.model.scale.least(price));
            }
            Duals(duals)
        });
        let work = work.min(self.meter.left() / PROBE);
        let stop = || self.meter.exhausted();
        let mut meter = WorkMeter::stoppable(work, &stop);
        let guide = Guide {
            duals: duals.as_ref(),
            enough: self.enough(r),
            first_round: work / 16,
        };
        let plan = improve(plan, &mut meter, 1, guide);
        self.meter.add(meter.done() * PROBE);
        self.best.improve(&plan);
        self.searched_at = self.meter.done();
    }

    /// Searches longer and longer, as long as that closes a good part of the gap.
    fn search_while_it_pays(&mut self, r: &Relaxation<'a>) {
        let mut work = 2_000_000.min(50 * self.problem.options.len() as u64);
        loop {
            let before = self.gap(r);
            self.search(r, work);
            let gap = self.gap(r);
            if self.meter.exhausted() || gap <= 0 || before - gap < gap / 10 {
                return;
            }
            work *= 2;
        }
    }

    /// How much a plan of interest may lie above the bound.
    fn gap(&self, r: &Relaxation<'a>) -> i64 {
        self.cutoff(r).saturating_sub(r.bound)
    }

    /// No plan is better than this.
    fn enough(&self, r: &Relaxation<'a>) -> Score {
        let bound = r.bound.max(0);
        match r.goal.slack {
            None => Score {
                weight_out: (bound as u128).div_ceil(r.goal.step as u128),
                cost: Cost::MAX,
            },
            Some(slack) => Score {
                weight_out: slack.into(),
                cost: self.model.scale.least(bound),
            },
        }
    }

    /// Searches for better plans each time as much work again was done in proving, for half of it.
    fn search_in_turn(&mut self, r: &Relaxation<'a>) {
        let since = self.meter.done() - self.searched_at;
        if since >= self.search_after {
            self.search_after = since.saturating_mul(2);
            self.search(r, since / 2 / PROBE);
        }
    }

    /// Adds cuts as long as they raise the bound. Returns whether no plan of interest is left.
    fn cut(&mut self, r: &mut Relaxation<'a>) -> bool {
        let (mut idle, mut listed_for) = (0, i64::MAX);
        while idle < MOST_IDLE && r.cuts.len() < MOST_CUTS && !self.meter.exhausted() {
            let before = r.bound;
            let gap = self.cutoff(r).saturating_sub(r.bound);
            if let Some(center) = r.center.clone().filter(|_| gap < listed_for / 10 * 7) {
                listed_for = gap;
                let known = r.known_values(&center);
                let effort = Effort {
                    steps: r.steps.max(50_000),
                    tolerance: 0,
                };
                r.pool = Arc::new(Ledger::new(r.scene(), r.goal.clone(), &center, &known, effort).pool(
                    self.model,
                    r.scene(),
                    gap,
                    self.meter,
                ));
            }
            let added = r.cut(self.deep);
            if added == 0 {
                break;
            }
            r.repair(20_000);
            let end = r.converge(self.cutoff(r), self.meter);
            let cutoff = self.cutoff(r);
            if end == End::Closed || r.bound > cutoff {
                return true;
            }
            self.round(r);
            self.round_amounts(r);
            let gain = i128::from(r.bound) - i128::from(before);
            let gap = i128::from(cutoff) - i128::from(r.bound);
            idle = if gain * 50 > gap { 0 } else { idle + 1 };
        }
        self.dive(r, 20);
        self.search_in_turn(r);
        self.improve_parts(r);
        r.bound > self.cutoff(r)
    }

    /// Betters the best plan a few hosts at a time. Parts are too small for parts of their own.
    fn improve_parts(&mut self, r: &Relaxation<'a>) {
        if self.problem.hosts.len() > LARGE {
            let (bound, mut best) = (r.bound, self.best.clone());
            let tree = &*self;
            let settled = |best: &Best| bound > tree.cutoff_of(r, best);
            neighbourhood::improve(self.problem, self.index, &mut best, self.meter, PARTS, settled);
            self.best = best;
        }
    }

    /// Limits how many copies may be left out to what the gap allows.
    fn narrow_left_out(&self, r: &mut Relaxation<'a>, cutoff: i64) {
        let Some(center) = r.center.clone() else { return };
        if r.bound <= -NEVER {
            return;
        }
        let gap = i128::from(cutoff) - i128::from(r.bound);
        let mut domain = r.domain.clone();
        let mut changed = false;
        for d in 0..self.model.wanted.len() {
            let reduced = center.left_out(self.model, &r.goal, &r.cuts, d);
            changed |= domain.limit_left_out(self.model, &r.goal, d, reduced, gap);
        }
        if changed {
            r.narrow(domain);
            r.repair(20_000);
            r.simplex.optimise(usize::MAX);
        }
    }

    /// Forbids listed patterns that lose more than the gap.
    fn drop_listed(&self, r: &mut Relaxation<'a>, cutoff: i64) {
        let Some(center) = r.center.clone() else { return };
        let gap = i128::from(cutoff) - i128::from(r.bound);
        let mut best: Vec<i64> = (0..self.model.classes.len())
            .map(|k| if r.simplex.banned(k as u32) { -NEVER } else { 0 })
            .collect();
        let listed: Vec<(i64, u32, u32)> = r.listed(&center).map(|(v, f, c)| (v, f.class, c)).collect();
        for &(v, k, _) in &listed {
            best[k as usize] = best[k as usize].max(v);
        }
        let mut dropped = 0;
        for (k, &b) in best.iter().enumerate() {
            if i128::from(b) > gap && !r.simplex.banned(k as u32) {
                r.simplex.ban(k as u32, true);
                dropped += 1;
            }
        }
        for (v, k, c) in listed {
            if i128::from(best[k as usize] - v) > gap {
                r.simplex.ban(c, true);
                dropped += 1;
            }
        }
        if dropped > 0 {
            r.repair(20_000);
            r.simplex.optimise(usize::MAX);
        }
    }

    /// Lists the patterns that can still matter, if they are not too many.
    fn list(&self, r: &mut Relaxation<'a>, cutoff: i64) {
        let Some(center) = r.center.clone() else { return };
        let priced = prices::price(
            r.scene(),
            &center,
            &r.known_values(&center),
            Effort {
                steps: r.steps.max(50_000),
                tolerance: 0,
            },
        );
        self.meter.add(priced.work);
        let gap = cutoff.saturating_sub(priced.bound);
        let mut lists: Vec<Vec<Listed>> = Vec::new();
        let mut total = 0;
        let classes: Vec<usize> = (0..self.model.classes.len()).collect();
        for chunk in classes.chunks(64) {
            let found: Vec<(Option<Vec<Listed>>, u64)> = chunk
                .par_iter()
                .map(|&k| {
                    prices::near_best(
                        r.scene(),
                        &center,
                        k,
                        priced.fillings[k].most.saturating_sub(gap),
                        (MOST_LISTED, LIST_STEPS),
                    )
                })
                .collect();
            for (list, work) in found {
                self.meter.add(work);
                let Some(list) = list else {
                    return;
                };
                total += list.len();
                lists.push(list);
            }
            if total > MOST_LISTED {
                return;
            }
        }
        let mut open = vec![false; r.filled.len()];
        for (k, list) in lists.iter().enumerate() {
            if r.domain.hosts[k] > 0 && !list.iter().any(|l| l.pattern.is_empty()) {
                r.simplex.ban(k as u32, true);
            }
            for listed in list.iter().filter(|l| !l.pattern.is_empty()) {
                let (column, new) = r.add(k, &listed.pattern);
                if new {
                    open.push(true)
                } else {
                    open[(column - r.first) as usize] = true
                }
            }
        }
        for (i, open) in open.into_iter().enumerate() {
            if !open {
                r.simplex.ban(r.first + i as u32, true);
            }
        }
        r.closed = true;
        r.repair(20_000);
        r.simplex.optimise(usize::MAX);
    }

    /// The most promising split, as the estimates and domains of its children. None if nothing is fractional.
    fn choose(&self, r: &Relaxation<'a>, _cutoff: i64) -> Option<Vec<(i64, Domain)>> {
        if let Some(split) = self.scattered(r) {
            let [low, high] = self.children(r, &split);
            return Some(vec![(0, low), (1, high)]);
        }
        let mut candidates: Vec<(f64, Split)> = Vec::new();
        for d in 0..self.model.wanted.len() {
            let x = r.simplex.value(r.left_out_column(d));
            let frac = (x - x.floor()).min(x.ceil() - x);
            if frac > 1e-3 && x.floor() < f64::from(r.domain.most_out[d]) {
                candidates.push((frac * 2.0, Split::LeftOut(d, x.floor() as u32)));
            }
        }
        for (item, x) in self.amounts(r) {
            let frac = (x - x.floor()).min(x.ceil() - x);
            let n = x.floor() as u32;
            if frac > 1e-3 && n < r.domain.item_most[item] && n >= r.domain.item_least[item] {
                candidates.push((frac, Split::Item(item, x.floor() as u32)));
            }
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        candidates.truncate(12);
        let base = r.simplex.objective();
        let scored: Vec<(f64, f64, f64, [Domain; 2])> = candidates
            .par_iter()
            .map(|(_, split)| {
                let domains = self.children(r, split);
                let objectives: Vec<f64> = domains
                    .iter()
                    .map(|domain| {
                        let mut trial = r.clone();
                        trial.simplex.take_work();
                        trial.narrow(domain.clone());
                        trial.repair(50);
                        self.meter.add(trial.simplex.take_work());
                        (trial.simplex.objective() - base).max(0.0)
                    })
                    .collect();
                let score = objectives[0].max(1e-7) * objectives[1].max(1e-7);
                (score, objectives[0], objectives[1], domains)
            })
            .collect();
        let best = scored.into_iter().reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        let estimate = |delta: f64| (delta * 1e12) as i64;
        let mut domains = best.3.into_iter();
        Some(vec![
            (estimate(best.1), domains.next()?),
            (estimate(best.2), domains.next()?),
        ])
    }

    /// A together rule whose copies stand in several places, with the place that has the most.
    fn scattered(&self, r: &Relaxation<'a>) -> Option<Split> {
        (0..self.model.togethers.len()).find_map(|t| {
            let mut mass: BTreeMap<u32, f64> = BTreeMap::new();
            for (c, filled) in (r.first..).zip(r.filled.iter()) {
                let class = &self.model.classes[filled.class as usize];
                let bound =
                    |i: u32| self.model.togethers[t].binds[self.model.items[class.first + i as usize].demand as usize];
                let copies: u32 = filled.pattern.iter().filter(|e| bound(e.0)).map(|e| e.1).sum();
                *mass.entry(class.places[t]).or_default() += f64::from(copies) * r.simplex.value(c);
            }
            let standing = mass.values().filter(|&&m| m > 1e-3).count();
            let place = mass.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a })?.0;
            (standing > 1).then_some(Split::Together(t, place))
        })
    }

    /// Forbids the items under a together rule on hosts in a place, or on all others.
    fn forbid(&self, domain: &mut Domain, t: usize, place: u32, inside: bool) {
        for (item, most) in self.model.items.iter().zip(&mut domain.item_most) {
            let here = self.model.classes[item.class as usize].places[t] == place;
            if here == inside && self.model.togethers[t].binds[item.demand as usize] {
                *most = 0;
            }
        }
    }

    fn children(&self, r: &Relaxation<'a>, split: &Split) -> [Domain; 2] {
        let (mut low, mut high) = (r.domain.clone(), r.domain.clone());
        match *split {
            Split::LeftOut(d, n) => {
                low.most_out[d] = n;
                high.leave_out(self.model, &r.goal, d, n + 1);
            }
            Split::Item(item, n) => {
                low.item_most[item] = n;
                high.item_least[item] = n + 1;
            }
            Split::Together(t, place) => {
                self.forbid(&mut low, t, place, false);
                self.forbid(&mut high, t, place, true);
            }
        }
        [low, high]
    }
}
