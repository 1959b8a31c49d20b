//! The placement problem as the solver sees it: integers and indices, nothing of GPUs or dollars.
//!
//! Everything that a marketplace or a user can say has been turned into demands, hosts with capacities, and options before it gets
//! here (see `compile`), so that the solver can be read, tested and measured by itself.
//!
//! The objective is lexicographic: least weight of demands left out, then least total cost, within the budget.

use smallvec::SmallVec;

use super::scale::gcd;

/// Index of a [`Demand`] in [`Problem::demands`].
pub type DemandIx = u32;
/// Index of a host in [`Problem::hosts`].
pub type HostIx = u32;
/// Index of an [`Opt`] in [`Problem::options`].
pub type OptIx = u32;
/// Index of a resource in one host's capacity list. The same index means different things on different hosts.
pub type DimIx = u16;
/// A place of a [`Spread`] or [`Together`] rule.
pub type PlaceIx = u32;
/// Nano-dollars per hour. Wide enough that no sum over a problem overflows.
pub type Cost = i128;

/// Identical copies of one VM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// How many copies are wanted.
    pub copies: u32,
    /// What leaving one copy out weighs. At least 1.
    pub weight: u64,
    /// What is left of its options where the problem does not name all. Nothing is placed there, but what is proved holds with them.
    pub elsewhere: Option<Elsewhere>,
}

/// Options that a problem does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// The cheapest one's cost.
    pub cost: Cost,
    /// What all their costs are multiples of; at least 1.
    pub step: Cost,
}

impl Elsewhere {
    /// What is known of options with these costs; none without any.
    pub fn of(costs: impl IntoIterator<Item = Cost>) -> Option<Self> {
        let mut costs = costs.into_iter();
        let first = costs.next()?;
        let (cost, step) = costs.fold((first, first), |(least, step), cost| (cost.min(least), gcd(cost, step)));
        Some(Elsewhere {
            cost,
            step: step.max(1),
        })
    }
}

impl Demand {
    /// So many copies that weigh so much each, with all their options named.
    pub fn of(copies: u32, weight: u64) -> Self {
        Demand {
            copies,
            weight,
            elsewhere: None,
        }
    }
}

/// One way to place one copy of a demand on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opt {
    /// Whose copy it places.
    pub demand: DemandIx,
    /// Where.
    pub host: HostIx,
    /// What it takes of the host's capacities: (dimension, amount), dimensions ascending, amounts at least 1.
    pub needs: SmallVec<[(DimIx, u64); 6]>,
    /// What the objective counts (the effective cost). Never negative.
    pub cost: Cost,
    /// What the budget counts (the real cost). Never negative; differs from `cost` only where downtime has a price.
    pub spend: Cost,
}

/// At most `room[place]` copies of all `demands` together in each place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// The demands that count, ascending.
    pub demands: Vec<DemandIx>,
    /// The place of each host.
    pub place_of: Vec<PlaceIx>,
    /// How many copies each place still takes.
    pub room: Vec<u32>,
}

/// All placed copies of all `demands` stand in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// The demands that are bound, ascending.
    pub demands: Vec<DemandIx>,
    /// The place of each host.
    pub place_of: Vec<PlaceIx>,
}

/// A whole placement problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wanted. Their order is the order of the user's file and breaks ties.
    pub demands: Vec<Demand>,
    /// Capacities of each host, by dimension. Hosts are in the order of their ids, which breaks ties.
    pub hosts: Vec<Vec<u64>>,
    /// Every way, those [elsewhere](Demand::elsewhere) apart, sorted by (demand, host, position of the model on the host). Each fits its
    /// host when that host is empty.
    pub options: Vec<Opt>,
    /// Spread rules; a demand may be under several.
    pub spreads: Vec<Spread>,
    /// Together rules; a demand may be under several.
    pub togethers: Vec<Together>,
    /// The most that all placed copies may spend.
    pub budget: Option<Cost>,
    /// Whether copies may be left out. If not, a solution places every copy or there is none.
    pub partial: bool,
}

impl Problem {
    /// Whether it names every option.
    pub fn is_whole(&self) -> bool {
        self.demands.iter().all(|d| d.elsewhere.is_none())
    }
}
