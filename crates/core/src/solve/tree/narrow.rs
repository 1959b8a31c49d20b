//! What can be ruled out below a node: by cuts, and by what loses more than the gap.

use std::sync::Arc;

use rayon::prelude::*;

use super::super::cuts::MOST_CUTS;
use super::super::pool::{Ledger, Listed};
use super::super::prices::{self, Effort, NEVER};
use super::super::relax::Relaxation;
use super::Tree;

/// The most patterns that are listed.
const MOST_LISTED: usize = 3_000;
/// Steps for listing the patterns of one host.
const LIST_STEPS: u64 = 200_000;
/// So many rounds of cuts may pass with hardly any gain.
const MOST_IDLE: usize = 6;

impl<'a> Tree<'a> {
    /// Keeps what a root proved, for the next pass.
    pub(super) fn keep(root: &Relaxation<'a>) -> Option<Ledger> {
        let center = root.center.as_ref()?;
        let effort = Effort {
            steps: root.steps.max(50_000),
            tolerance: 0,
        };
        let known = root.known_values(center);
        Some(Ledger::new(root.scene(), root.goal.clone(), center, &known, effort))
    }

    /// Adds cuts as long as they raise the bound and leave something open.
    pub(super) fn cut(&mut self, r: &mut Relaxation<'a>) {
        let (mut idle, mut listed_for) = (0, i64::MAX);
        while idle < MOST_IDLE && r.cuts.len() < MOST_CUTS && !self.meter.exhausted() {
            if self.is_settled(r) {
                return;
            }
            let (before, gap) = (r.bound, self.gap(r));
            if gap < listed_for / 10 * 7
                && let Some(ledger) = Tree::keep(r)
            {
                listed_for = gap;
                r.pool = Arc::new(ledger.pool(self.model, r.scene(), gap, self.meter));
            }
            let added = r.cut(self.deep);
            if added == 0 {
                break;
            }
            r.repair(20_000);
            r.converge(self.cutoff(r), self.meter);
            self.round(r);
            self.round_amounts(r);
            let gain = i128::from(r.bound) - i128::from(before);
            let gap = i128::from(self.cutoff(r)) - i128::from(r.bound);
            idle = if gain * 50 > gap { 0 } else { idle + 1 };
        }
        self.search_in_turn(r);
    }

    /// Limits how many copies may be left out to what the gap allows.
    pub(super) fn narrow_left_out(&self, r: &mut Relaxation<'a>, cutoff: i64) {
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
    pub(super) fn drop_listed(&self, r: &mut Relaxation<'a>, cutoff: i64) {
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
    pub(super) fn list(&self, r: &mut Relaxation<'a>, cutoff: i64) {
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
}
