//! Every limit of a problem as a row of one table, and what each option takes of which rows.
//!
//! Each host has the same number of rows, so that what an option takes of its host is a short list of numbers without indices; equal
//! lists are kept once. Rules beyond hosts have rows of their own. All numbers are floats that hold integers exactly, because a
//! machine adds those in bulk.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::super::super::assignment::Index;
use super::super::super::problem::{DemandIx, HostIx, OptIx, Problem};

/// No option.
const NONE: u32 = u32::MAX;
/// A table of the options by demand and host is made if it has at most so many entries.
const LARGEST_TABLE: usize = 1 << 23;

/// What options need of which rows.
pub struct Rows<'p> {
    pub problem: &'p Problem,
    pub index: &'p Index,
    /// What there is, by row.
    pub room: Vec<f64>,
    /// How many rows each host has.
    pub width: usize,
    shapes: Vec<f64>,
    shape: Vec<u32>,
    host: Vec<HostIx>,
    cost: Vec<f64>,
    rank: Vec<u32>,
    by_host: Option<Vec<OptIx>>,
    beyond: bool,
}

impl<'p> Rows<'p> {
    pub fn new(problem: &'p Problem, index: &'p Index) -> Self {
        let width = problem
            .hosts
            .iter()
            .map(Vec::len)
            .max()
            .unwrap_or(0)
            .next_multiple_of(2);
        let mut room = vec![0.0; width * problem.hosts.len()];
        for (has, room) in problem.hosts.iter().zip(room.chunks_mut(width.max(1))) {
            has.iter().zip(room).for_each(|(&has, room)| *room = has as f64);
        }
        room.extend(
            problem
                .spreads
                .iter()
                .flat_map(|s| s.room.iter().map(|&r| f64::from(r))),
        );
        room.extend(problem.budget.map(|budget| budget as f64));
        let (shapes, shape) = shapes(problem, width);
        let mut rank = vec![0; problem.options.len()];
        for demand in 0..problem.demands.len() as DemandIx {
            for (position, &opt) in (0..).zip(index.by_cost(demand)) {
                rank[opt as usize] = position;
            }
        }
        Self {
            beyond: problem.budget.is_some() || !problem.spreads.is_empty(),
            room,
            width,
            shapes,
            shape,
            host: problem.options.iter().map(|o| o.host).collect(),
            cost: problem.options.iter().map(|o| o.cost as f64).collect(),
            rank,
            by_host: table(problem),
            problem,
            index,
        }
    }

    /// What a copy on `opt` takes of its host's rows.
    pub fn needs(&self, opt: OptIx) -> &[f64] {
        let start = self.shape[opt as usize] as usize * self.width;
        &self.shapes[start..start + self.width]
    }

    /// Where the rows of the host of `opt` begin.
    pub fn start(&self, opt: OptIx) -> usize {
        self.host[opt as usize] as usize * self.width
    }

    /// Whether options take of rows beyond those of their hosts.
    pub fn beyond_hosts(&self) -> bool {
        self.beyond
    }

    /// What a copy on `opt` takes of rows beyond those of its host.
    pub fn needs_beyond(&self, opt: OptIx) -> SmallVec<[(usize, f64); 4]> {
        let o = &self.problem.options[opt as usize];
        let start = self.width * self.problem.hosts.len();
        let place = |&rule: &u32| {
            let place = self.problem.spreads[rule as usize].place_of[o.host as usize] as usize;
            (start + self.index.spread_room(rule).start + place, 1.0)
        };
        let budget = self.problem.budget.map(|_| (self.room.len() - 1, o.spend as f64));
        self.index.spreads(o.demand).iter().map(place).chain(budget).collect()
    }

    pub fn host(&self, opt: OptIx) -> HostIx {
        self.host[opt as usize]
    }

    pub fn cost(&self, opt: OptIx) -> f64 {
        self.cost[opt as usize]
    }

    /// How many of its demand's options are cheaper than `opt`.
    pub fn rank(&self, opt: OptIx) -> usize {
        self.rank[opt as usize] as usize
    }

    /// The first option of a demand on a host.
    pub fn on(&self, demand: DemandIx, host: HostIx) -> Option<OptIx> {
        if let Some(table) = &self.by_host {
            let opt = table[demand as usize * self.problem.hosts.len() + host as usize];
            return (opt != NONE).then_some(opt);
        }
        let here = self.index.by_host(host);
        let owner = |opt: OptIx| self.problem.options[opt as usize].demand;
        let at = here.partition_point(|&opt| owner(opt) < demand);
        here.get(at).copied().filter(|&opt| owner(opt) == demand)
    }
}

/// The different lists of needs, and which of them each option has.
fn shapes(problem: &Problem, width: usize) -> (Vec<f64>, Vec<u32>) {
    let mut known = HashMap::new();
    let mut shapes = Vec::new();
    let shape = problem.options.iter().map(|o| {
        let next = known.len() as u32;
        *known.entry(&o.needs).or_insert_with(|| {
            let start = shapes.len();
            shapes.resize(start + width, 0.0);
            o.needs
                .iter()
                .for_each(|&(dim, amount)| shapes[start + usize::from(dim)] = amount as f64);
            next
        })
    });
    let shape = shape.collect();
    (shapes, shape)
}

/// The first option of each demand on each host, if that is not too large a table.
fn table(problem: &Problem) -> Option<Vec<OptIx>> {
    let hosts = problem.hosts.len();
    let entries = problem.demands.len() * hosts;
    (entries <= LARGEST_TABLE).then(|| {
        let mut table = vec![NONE; entries];
        for (ix, o) in problem.options.iter().enumerate().rev() {
            table[o.demand as usize * hosts + o.host as usize] = ix as OptIx;
        }
        table
    })
}
