//! Plans from fractional solutions: by rounding, and by fixing patterns one after another.

use std::collections::BTreeMap;

use super::super::knapsack::Pattern;
use super::super::plan::Builder;
use super::super::relax::{MANY_CLASSES, Relaxation};
use super::Tree;

impl<'a> Tree<'a> {
    /// Turns the fractional solution into a plan: whole patterns first, then the fullest, then whatever fits.
    pub(super) fn round(&mut self, r: &Relaxation<'a>) {
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
    pub(super) fn amounts(&self, r: &Relaxation<'a>) -> BTreeMap<usize, f64> {
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
    pub(super) fn round_amounts(&mut self, r: &Relaxation<'a>) {
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

    pub(super) fn accept(&mut self, builder: &Builder<'a>) {
        let a = &builder.assignment;
        self.best.improve(a);
    }

    /// Fixes patterns one after another, solving again each time. A step after which no plan of interest seems left is taken back, and
    /// its pattern is not tried again.
    pub(super) fn dive(&mut self, r: &Relaxation<'a>, patience: usize) {
        // Among thousands of hosts it takes long and gains nothing.
        if self.model.classes.len() > MANY_CLASSES || self.is_settled(r) {
            return;
        }
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
    pub(super) fn next_to_fix(&self, r: &Relaxation<'a>, bold: bool) -> Vec<(u32, u32)> {
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
    pub(super) fn fix(&self, r: &mut Relaxation<'a>, step: &[(u32, u32)]) -> Vec<(usize, Pattern)> {
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
}
