//! How a node is split in two.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::super::domain::Domain;
use super::super::relax::Relaxation;
use super::Tree;

/// A way to split a node.
#[derive(Debug, Clone)]
pub(super) enum Split {
    /// At most so many copies of a demand left out, or more.
    LeftOut(usize, u32),
    /// At most so many copies of an item on its host, or more.
    Item(usize, u32),
    /// The copies under a together rule in this place, or elsewhere.
    Together(usize, u32),
}

impl<'a> Tree<'a> {
    /// The most promising split, as the estimates and domains of its children. None if nothing is fractional.
    pub(super) fn choose(&self, r: &Relaxation<'a>) -> Option<Vec<(i64, Domain)>> {
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
    pub(super) fn scattered(&self, r: &Relaxation<'a>) -> Option<Split> {
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
    pub(super) fn forbid(&self, domain: &mut Domain, t: usize, place: u32, inside: bool) {
        for (item, most) in self.model.items.iter().zip(&mut domain.item_most) {
            let here = self.model.classes[item.class as usize].places[t] == place;
            if here == inside && self.model.togethers[t].binds[item.demand as usize] {
                *most = 0;
            }
        }
    }

    pub(super) fn children(&self, r: &Relaxation<'a>, split: &Split) -> [Domain; 2] {
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
