//! What the rows of the linear program ask of the demands: each demand by itself, or sums over many.
//!
//! A row of its own for each demand is exact, but thousands of them are slow. Prices of demands that are alike are alike too: so much for
//! a copy, so much for each unit of what it needs. A *coarse* program has one row for each such coefficient. It is a relaxation, and its
//! prices are prices like all others: the bound that they give is true.

use smallvec::SmallVec;

use super::goal::Goal;
use super::model::{Item, Model};
use super::simplex::Entries;

/// More demands than this are first priced by what they need.
pub(crate) const MANY: usize = 100;
/// The most groups of demands that share coefficients.
const MOST_GROUPS: usize = 24;
/// Demands whose hosts overlap by this share are alike.
const ALIKE: f64 = 0.5;
/// The most classes of hosts that are looked at to tell which demands are alike.
const MOST_SAMPLED: usize = 2048;
/// The most kinds of resources that get a coefficient.
const MOST_NEEDS: usize = 6;

/// How many traits a demand has.
const TRAITS: usize = 2 + MOST_NEEDS;
/// The trait of a demand that says most of its price: its least cost, or what it costs to leave it out.
const LEAST: usize = 1;
/// Up to what share of it prices may go at first by itself, and by each other trait.
const LIKELY: f64 = 1.5 / 3.0;
const UNLIKELY: f64 = 0.1 / 3.0;

/// The entries of each demand in the rows that ask for demands.
#[derive(Debug, Clone)]
pub(crate) struct Features {
    pub(crate) rows: usize,
    pub(crate) of: Vec<Entries>,
    /// What a unit of each row may be worth at first, in the goal's unit, or 0 where nothing is known; empty where rows are demands.
    pub(crate) worth: Vec<f64>,
}

impl Features {
    /// One row for each demand.
    pub(crate) fn each(demands: usize) -> Self {
        Features {
            rows: demands,
            of: (0..demands as u32).map(|d| Entries::from_slice(&[(d, 1.0)])).collect(),
            worth: Vec::new(),
        }
    }

    /// A few rows for all demands together, and for each group of demands that are alike.
    pub(crate) fn coarse(model: &Model, goal: &Goal) -> Self {
        let traits = traits(model, goal);
        let groups = groups(model);
        let mut features = Features {
            rows: 0,
            of: vec![Entries::new(); model.wanted.len()],
            worth: Vec::new(),
        };
        let all: Vec<usize> = (0..model.wanted.len()).collect();
        features.add_group(model, &traits, &all);
        if groups.len() > 1 {
            for group in groups {
                features.add_group(model, &traits, &group);
            }
        }
        features
    }

    fn add_group(&mut self, model: &Model, traits: &[Traits], members: &[usize]) {
        (0..TRAITS).for_each(|t| self.add_row(model, traits, members, t));
    }

    /// A row for a trait, relative to its mean, if any member has it.
    fn add_row(&mut self, model: &Model, traits: &[Traits], members: &[usize], t: usize) {
        let copies = |d: usize| f64::from(model.wanted[d].copies);
        let mean = |t: usize| -> f64 {
            let all: f64 = members.iter().map(|&d| copies(d)).sum();
            members.iter().map(|&d| traits[d][t] * copies(d)).sum::<f64>() / all
        };
        let unit = mean(t);
        if unit > 0.0 {
            for &d in members.iter().filter(|&&d| traits[d][t] > 0.0) {
                self.of[d].push((self.rows as u32, traits[d][t] / unit));
            }
            self.rows += 1;
            self.worth
                .push(mean(LEAST) * if t == LEAST { LIKELY } else { UNLIKELY });
        }
    }
}

/// What the price of a demand may depend on: one for itself, its least cost or what it costs to leave it out, its needs.
type Traits = SmallVec<[f64; 8]>;

fn traits(model: &Model, goal: &Goal) -> Vec<Traits> {
    let mut cheapest: Vec<Option<(i64, &Item)>> = vec![None; model.wanted.len()];
    for (item, &cost) in model.items.iter().zip(&goal.item) {
        let least = &mut cheapest[item.demand as usize];
        // Of equal costs the one with the fewest needs, which is on a host with few kinds of resources.
        let key = |cost: i64, item: &Item| (cost, item.needs.len());
        if least.is_none_or(|(c, i)| key(cost, item) < key(c, i)) {
            *least = Some((cost, item));
        }
    }
    let of_demand = |(d, cheapest): (usize, Option<(i64, &Item)>)| {
        let mut traits = Traits::from_elem(0.0, TRAITS);
        traits[0] = 1.0;
        if let Some((cost, item)) = cheapest {
            traits[LEAST] = cost as f64;
            for &(dim, n) in item.needs.iter().filter(|(dim, _)| usize::from(*dim) < MOST_NEEDS) {
                traits[2 + usize::from(dim)] = n as f64;
            }
        }
        if let Some(costs) = &goal.left_out {
            traits[LEAST] = costs[d] as f64;
        }
        traits
    };
    cheapest.into_iter().enumerate().map(of_demand).collect()
}

/// Groups of demands that can go to nearly the same hosts.
fn groups(model: &Model) -> Vec<Vec<usize>> {
    let stride = model.classes.len().div_ceil(MOST_SAMPLED).max(1);
    let words = model.classes.len().div_ceil(stride).div_ceil(64);
    let mut hosts = vec![vec![0u64; words]; model.wanted.len()];
    for item in model.items.iter().filter(|i| (i.class as usize).is_multiple_of(stride)) {
        let at = item.class as usize / stride;
        hosts[item.demand as usize][at / 64] |= 1 << (at % 64);
    }
    let size = |d: usize| hosts[d].iter().map(|w| w.count_ones()).sum::<u32>();
    let mut order: Vec<(u32, usize)> = (0..hosts.len()).map(|d| (size(d), d)).collect();
    order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (_, d) in order {
        let overlap = |leader: usize| {
            let pairs = hosts[d].iter().zip(&hosts[leader]);
            let (both, any) = pairs.fold((0, 0), |(b, a), (x, y)| {
                (b + (x & y).count_ones(), a + (x | y).count_ones())
            });
            f64::from(both) / f64::from(any.max(1))
        };
        let scored = groups.iter().map(|g| overlap(g[0])).enumerate();
        let nearest = scored.reduce(|a, b| if b.1 > a.1 { b } else { a });
        match nearest {
            Some((g, share)) if share >= ALIKE || groups.len() >= MOST_GROUPS => groups[g].push(d),
            _ => groups.push(vec![d]),
        }
    }
    groups
}
