//! Prices of what is scarce, in integers, and the exact bound that they give.
//!
//! For any prices (what placing a copy earns, what a place in a spread row costs, what a unit of budget costs, what a unit of weight left
//! out costs) each host can be filled by itself as is best for it. What all hosts gain so, taken from what all wanted copies earn, is a
//! lower bound on every plan: weak duality. Nothing here is rounded the wrong way, so however the prices were found, the bound is true.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use smallvec::SmallVec;

use super::cuts::{self, Cuts};
use super::domain::Domain;
use super::goal::Goal;
use super::knapsack::{self, Filling, Pattern, Piece};
use super::model::{Item, Model};
use super::pool::{Listed, Pool};

/// Budget prices are in units of 2^-20 per unit of spend.
const BUDGET_SHIFT: u32 = 20;
/// Stands for "no plan at all"; far above every sum of scaled amounts, far below overflow.
pub(crate) const NEVER: i64 = 1 << 61;

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
    /// What a unit of each cut costs.
    pub(crate) cuts: Vec<i64>,
}

impl Prices {
    /// Nothing has a price.
    pub(crate) fn none(model: &Model) -> Self {
        Prices {
            demand: vec![0; model.wanted.len()],
            room: vec![0; model.rooms.len()],
            budget: 0,
            weight: 0,
            cuts: Vec::new(),
        }
    }

    /// What one copy of an item earns net of its cost; never less than it truly does.
    pub(crate) fn value(&self, item: &Item, cost: i64) -> i64 {
        let room: i64 = item.rows.iter().map(|&r| self.room[r as usize]).sum();
        let spend = (i128::from(self.budget) * i128::from(item.spend)) >> BUDGET_SHIFT;
        self.demand[item.demand as usize] - cost - room - spend as i64
    }

    /// What leaving out one copy costs beyond what placing it earns.
    pub(crate) fn left_out(&self, model: &Model, goal: &Goal, cuts: &Cuts, demand: usize) -> i128 {
        let penalty = match &goal.left_out {
            Some(costs) => i128::from(costs[demand]),
            None => i128::from(self.weight) * i128::from(model.wanted[demand].weight),
        };
        penalty + cuts.charge_left_out(demand, &self.cuts) - i128::from(self.demand[demand])
    }

    /// The part of the bound that does not depend on the hosts.
    pub(crate) fn constant(&self, scene: Scene<'_>) -> i128 {
        let Scene {
            model,
            goal,
            domain,
            cuts,
            ..
        } = scene;
        let mut bound = i128::from(domain.base);
        for d in 0..model.wanted.len() {
            bound += i128::from(self.demand[d]) * i128::from(domain.copies[d]);
            bound += i128::from(domain.most_out[d]) * self.left_out(model, goal, cuts, d).min(0);
        }
        for (&price, &room) in self.room.iter().zip(&model.rooms) {
            bound -= i128::from(price) * i128::from(room);
        }
        if let Some(budget) = model.budget {
            bound -= ((i128::from(self.budget) * i128::from(budget)) >> BUDGET_SHIFT) + 1;
        }
        for (&price, limit) in self.cuts.iter().zip(cuts.limits(&domain.out)) {
            bound -= i128::from(price) * i128::from(limit);
        }
        bound - i128::from(self.weight) * i128::from(domain.slack.unwrap_or(0))
    }
}

/// What prices are held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) model: &'a Model,
    pub(crate) goal: &'a Goal,
    pub(crate) domain: &'a Domain,
    /// The patterns that matter, of the classes where they are known.
    pub(crate) pool: &'a Pool,
    pub(crate) cuts: &'a Cuts,
}

/// How hard each host is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) steps: u64,
    /// By how much a pattern may fall short of the best one.
    pub(crate) tolerance: i64,
}

/// A bound with the fillings that gave it, by class.
#[derive(Debug, Default)]
pub(crate) struct Priced {
    pub(crate) bound: i64,
    pub(crate) fillings: Vec<Filling>,
    pub(crate) work: u64,
    /// How many classes were not searched to the end.
    pub(crate) cut: u64,
}

/// Fills every host at the given prices, looking for what is worth more than the `known` pattern of its class, each with the given effort.
pub(crate) fn price(scene: Scene<'_>, prices: &Prices, known: &[i64], effort: Effort) -> Priced {
    price_unless(&|| false, scene, prices, known, effort)
}

/// The same, but without an answer once `stop` says so.
pub(crate) fn price_unless(
    stop: &(dyn Fn() -> bool + Sync),
    scene: Scene<'_>,
    prices: &Prices,
    known: &[i64],
    effort: Effort,
) -> Priced {
    let stopped = AtomicBool::new(false);
    let fill = |k: usize| {
        if stopped.load(Ordering::Relaxed) || stop() {
            stopped.store(true, Ordering::Relaxed);
            return Filling::default();
        }
        fill(scene, prices, k, (known[k], effort))
    };
    let fillings: Vec<Filling> = (0..scene.model.classes.len())
        .into_par_iter()
        .with_min_len(16)
        .map(fill)
        .collect();
    if stopped.into_inner() {
        return Priced {
            bound: -NEVER,
            ..Priced::default()
        };
    }
    let gain: i128 = fillings
        .iter()
        .zip(&scene.domain.hosts)
        .map(|(f, &n)| i128::from(f.most) * i128::from(n))
        .sum();
    let bound = clamp(prices.constant(scene) - gain);
    let work = fillings.iter().map(|f| f.steps).sum();
    let cut = fillings.iter().filter(|f| f.cut).count() as u64;
    Priced {
        bound,
        fillings,
        work,
        cut,
    }
}

/// A bound in 64 bits.
pub(crate) fn clamp(bound: i128) -> i64 {
    bound.clamp(-i128::from(NEVER), i128::from(NEVER)) as i64
}

fn fill(scene: Scene<'_>, prices: &Prices, k: usize, (known, effort): (i64, Effort)) -> Filling {
    if scene.domain.hosts[k] == 0 {
        return Filling::default();
    }
    if let Some(list) = scene.pool.of(k) {
        return best_listed(scene, prices, k, list);
    }
    let forced = Forced::new(scene, prices, k, true);
    if !forced.fits {
        return Filling {
            most: -NEVER,
            ..Filling::default()
        };
    }
    let tariff = scene.cuts.tariff(scene.model, k, &prices.cuts);
    let charge = |pattern: &Pattern| tariff.charge(&union(pattern, &forced.pattern));
    let mut filling = knapsack::best(
        &forced.caps,
        forced.pieces,
        known.saturating_sub(forced.value),
        (effort.steps, effort.tolerance),
        (!tariff.is_free()).then_some(&charge),
    );
    if !forced.pattern.is_empty() {
        filling.most = filling.most.saturating_add(forced.value);
        if filling.patterns.is_empty() {
            filling.patterns.push((0, Pattern::new()));
        }
        filling
            .patterns
            .iter_mut()
            .for_each(|(_, p)| *p = union(p, &forced.pattern));
    }
    filling
}

/// The two best of the patterns of a class, where all that matter are known.
fn best_listed(scene: Scene<'_>, prices: &Prices, k: usize, list: &[Listed]) -> Filling {
    let values = values(scene, prices, k);
    let mut filling = Filling {
        most: -NEVER,
        steps: list.len() as u64,
        ..Filling::default()
    };
    let mut best: SmallVec<[(i64, &Pattern); 2]> = SmallVec::new();
    for listed in list {
        let gross = worth(&values, &listed.pattern);
        if gross <= filling.most || !scene.domain.admits(scene.model, k, &listed.pattern) {
            continue;
        }
        let value = gross - cuts::charge(&listed.counts, &prices.cuts);
        if value > filling.most {
            filling.most = value;
            if best.len() == 2 {
                best.remove(0);
            }
            best.push((value, &listed.pattern));
        }
    }
    filling.patterns = best.into_iter().map(|(value, p)| (value, p.clone())).collect();
    filling
}

/// What a copy of each item of a class is worth.
fn values(scene: Scene<'_>, prices: &Prices, k: usize) -> SmallVec<[i64; 32]> {
    let first = scene.model.classes[k].first;
    let items = scene.model.items_of(k).iter().zip(&scene.goal.item[first..]);
    items.map(|(item, &cost)| prices.value(item, cost)).collect()
}

fn worth(values: &[i64], pattern: &Pattern) -> i64 {
    pattern.iter().map(|&(i, n)| values[i as usize] * i64::from(n)).sum()
}

/// Every pattern of a class that is worth at least `least`, or none if they are too many.
pub(crate) fn near_best(
    scene: Scene<'_>,
    prices: &Prices,
    k: usize,
    least: i64,
    limits: (usize, u64),
) -> (Option<Vec<Listed>>, u64) {
    if scene.domain.hosts[k] == 0 {
        return (Some(Vec::new()), 0);
    }
    if let Some(list) = scene.pool.of(k) {
        let values = values(scene, prices, k);
        let near = |l: &&Listed| {
            let gross = worth(&values, &l.pattern);
            gross >= least
                && scene.domain.admits(scene.model, k, &l.pattern)
                && gross - cuts::charge(&l.counts, &prices.cuts) >= least
        };
        let near: Vec<Listed> = list.iter().filter(near).cloned().collect();
        return ((near.len() <= limits.0).then_some(near), list.len() as u64);
    }
    let forced = Forced::new(scene, prices, k, false);
    if !forced.fits {
        return (Some(Vec::new()), 0);
    }
    let (all, work) = knapsack::all(&forced.caps, forced.pieces, least - forced.value, limits.0, limits.1);
    (
        all.map(|all| {
            let whole = all.iter().map(|(gross, p)| {
                let pattern = union(p, &forced.pattern);
                let counts = scene.cuts.counts(scene.model, k, &pattern);
                (gross + forced.value, Listed { pattern, counts })
            });
            let near = |(gross, l): &(i64, Listed)| gross - cuts::charge(&l.counts, &prices.cuts) >= least;
            whole.filter(near).map(|(_, l)| l).collect()
        }),
        work,
    )
}

/// A class once the items that it must take are in.
struct Forced<'a> {
    caps: SmallVec<[u64; 12]>,
    pieces: Vec<Piece<'a>>,
    pattern: Pattern,
    value: i64,
    fits: bool,
}

impl<'a> Forced<'a> {
    /// With all that may go there besides, or only what earns something.
    fn new(scene: Scene<'a>, prices: &Prices, k: usize, gainful: bool) -> Self {
        let Scene {
            model, goal, domain, ..
        } = scene;
        let class = &model.classes[k];
        let mut forced = Forced {
            caps: class.caps.iter().copied().collect(),
            pieces: Vec::new(),
            pattern: Pattern::new(),
            value: 0,
            fits: true,
        };
        for i in 0..class.end - class.first {
            let at = class.first + i;
            let (least, most) = (domain.item_least[at], domain.item_most[at]);
            // Most items of a large problem go no further: rows and budget only ever take away.
            if gainful && least == 0 && prices.demand[model.demands[at] as usize] <= goal.item[at] {
                continue;
            }
            let item = &model.items[at];
            let value = prices.value(item, goal.item[at]);
            let max = most.min(domain.copies[item.demand as usize]);
            if least > 0 {
                forced.pattern.push((i as u32, least));
                forced.value += value * i64::from(least);
                item.needs.iter().for_each(|&(d, n)| {
                    let cap = &mut forced.caps[d as usize];
                    let taken = n.saturating_mul(u64::from(least));
                    forced.fits &= taken <= *cap;
                    *cap = cap.saturating_sub(taken);
                });
            }
            if max > least {
                forced.pieces.push(Piece {
                    item: i as u32,
                    needs: &item.needs,
                    max: max - least,
                    value,
                });
            }
        }
        forced
    }
}

fn union(a: &Pattern, b: &Pattern) -> Pattern {
    let mut all: Pattern = a.clone();
    for &(item, n) in b {
        match all.iter_mut().find(|e| e.0 == item) {
            Some(entry) => entry.1 += n,
            None => all.push((item, n)),
        }
    }
    all.sort_unstable();
    all
}

/// The budget price nearest to a float, in its shifted unit.
pub(crate) fn budget_price(price: f64) -> i64 {
    (price.max(0.0) * f64::from(1u32 << BUDGET_SHIFT)).round().min(1e15) as i64
}
