//! Where every copy stands, hosts overbooked or not, and what changes are worth.

use std::sync::Arc;

use super::super::super::assignment::{Assignment, Score};
use super::super::super::problem::{DemandIx, HostIx, OptIx};
use super::rows::Rows;

/// Index of one copy of a demand.
pub type CopyIx = u32;
/// In place of an option: left out.
pub const OUT: OptIx = u32::MAX;

/// A copy that goes from one option to another.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    pub copy: CopyIx,
    pub from: OptIx,
    pub to: OptIx,
}

pub struct State<'p> {
    pub rows: Arc<Rows<'p>>,
    /// Whose copy each is.
    pub demand: Vec<DemandIx>,
    /// Where each copy stands.
    pub at: Vec<OptIx>,
    /// The copies on each host, and those left out.
    pub on_host: Vec<Vec<CopyIx>>,
    pub out: Vec<CopyIx>,
    /// Where each copy is in its list.
    slot: Vec<u32>,
    /// What is left of each row; below zero where it is overbooked.
    pub room: Vec<f64>,
    /// How many rows are below zero.
    pub overbooked: usize,
    score: Score,
    /// What overbooking a row costs for each unit.
    pub price: Vec<f64>,
    /// By demand, what leaving one copy out costs.
    pub out_price: Vec<f64>,
}

impl<'p> State<'p> {
    pub fn new(plan: &Assignment<'p>, rows: Arc<Rows<'p>>) -> Self {
        let problem = plan.problem();
        let (demand, at) = standing(plan);
        let mut state = Self {
            slot: vec![0; at.len()],
            on_host: vec![Vec::new(); problem.hosts.len()],
            out: Vec::new(),
            room: Vec::new(),
            price: vec![0.0; rows.room.len()],
            out_price: vec![0.0; problem.demands.len()],
            overbooked: 0,
            score: Score { weight_out: 0, cost: 0 },
            rows,
            demand,
            at: Vec::new(),
        };
        state.stand(&at);
        state
    }

    /// Stands the copies at `at`.
    pub fn stand(&mut self, at: &[OptIx]) {
        let problem = self.rows.problem;
        self.at = vec![OUT; at.len()];
        self.out = (0..at.len() as CopyIx).collect();
        self.slot.clone_from(&self.out);
        self.on_host.iter_mut().for_each(Vec::clear);
        self.room.clone_from(&self.rows.room);
        self.overbooked = 0;
        let weights = problem
            .demands
            .iter()
            .map(|d| u128::from(d.weight) * u128::from(d.copies));
        self.score = Score {
            weight_out: weights.sum(),
            cost: 0,
        };
        for (copy, &to) in (0..).zip(at) {
            self.carry_out(Move { copy, from: OUT, to });
        }
    }

    pub fn score(&self) -> Score {
        self.score
    }

    /// How much worse a move is, if positive.
    pub fn worse_by_moving(&self, m: Move) -> f64 {
        self.dearer(m) + self.overbooking(m.from, OUT) + self.overbooking(OUT, m.to) + self.beyond(&[m])
    }

    /// How much worse two moves are where each copy goes to the host of the other.
    pub fn worse_by_trading(&self, a: Move, b: Move) -> f64 {
        let hosts = self.overbooking(a.from, b.to) + self.overbooking(b.from, a.to);
        self.dearer(a) + self.dearer(b) + hosts + self.beyond(&[a, b])
    }

    pub fn dearer(&self, m: Move) -> f64 {
        let price = |opt: OptIx| match opt {
            OUT => self.out_price[self.demand[m.copy as usize] as usize],
            _ => self.rows.cost(opt),
        };
        price(m.to) - price(m.from)
    }

    /// What overbooking costs more on one host if a copy on `leaving` gives way to one on `coming`.
    fn overbooking(&self, leaving: OptIx, coming: OptIx) -> f64 {
        let host = match (leaving, coming) {
            (OUT, OUT) => return 0.0,
            (OUT, opt) | (opt, _) => self.rows.start(opt),
        };
        let width = self.rows.width;
        let (room, price) = (&self.room[host..host + width], &self.price[host..host + width]);
        let over = |room: f64, price: f64, freed: f64| (room.min(0.0) - (room + freed).min(0.0)) * price;
        let rows = room.iter().zip(price);
        match (leaving, coming) {
            (OUT, _) => rows
                .zip(self.rows.needs(coming))
                .map(|((&r, &p), &need)| over(r, p, -need))
                .sum(),
            (_, OUT) => rows
                .zip(self.rows.needs(leaving))
                .map(|((&r, &p), &need)| over(r, p, need))
                .sum(),
            _ => {
                let freed = self.rows.needs(leaving).iter().zip(self.rows.needs(coming));
                rows.zip(freed)
                    .map(|((&r, &p), (&out, &in_))| over(r, p, out - in_))
                    .sum()
            }
        }
    }

    /// What overbooking costs more on the host whose rows begin at `start` if those gain so much.
    pub fn overbooking_by(&self, start: usize, gains: &[f64]) -> f64 {
        let rows = self.room[start..].iter().zip(&self.price[start..]).zip(gains);
        rows.map(|((&room, &price), &gain)| (room.min(0.0) - (room + gain).min(0.0)) * price)
            .sum()
    }

    /// The row of a host whose overbooking would cost most after `gains`, and by how much it is overbooked.
    pub fn shortest(&self, host: HostIx, gains: &[f64]) -> Option<(usize, f64)> {
        let start = host as usize * self.rows.width;
        let mut dearest = (0.0, None);
        for (row, gain) in gains.iter().enumerate() {
            let short = -(self.room[start + row] + gain);
            let price = short * self.price[start + row];
            if short > 0.0 && price > dearest.0 {
                dearest = (price, Some((row, short)));
            }
        }
        dearest.1
    }

    /// The same for the rows beyond hosts.
    pub fn beyond(&self, moves: &[Move]) -> f64 {
        if !self.rows.beyond_hosts() {
            return 0.0;
        }
        let mut changes: Vec<(usize, f64)> = Vec::new();
        for m in moves {
            for (opt, sign) in [(m.from, 1.0), (m.to, -1.0)] {
                if opt != OUT {
                    changes.extend(
                        self.rows
                            .needs_beyond(opt)
                            .iter()
                            .map(|&(row, need)| (row, need * sign)),
                    );
                }
            }
        }
        changes.sort_unstable_by_key(|change| change.0);
        let by_row = changes
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| (same[0].0, same.iter().map(|c| c.1).sum::<f64>()));
        by_row
            .map(|(row, freed)| (self.room[row].min(0.0) - (self.room[row] + freed).min(0.0)) * self.price[row])
            .sum()
    }

    /// Makes a move.
    pub fn carry_out(&mut self, m: Move) {
        let weight = u128::from(self.rows.problem.demands[self.demand[m.copy as usize] as usize].weight);
        match m.from {
            OUT => {
                self.score.weight_out -= weight;
                leave(&mut self.out, &mut self.slot, m.copy);
            }
            from => {
                self.score.cost -= self.rows.problem.options[from as usize].cost;
                leave(&mut self.on_host[self.rows.host(from) as usize], &mut self.slot, m.copy);
                self.book(from, 1.0);
            }
        }
        match m.to {
            OUT => {
                self.score.weight_out += weight;
                join(&mut self.out, &mut self.slot, m.copy);
            }
            to => {
                self.score.cost += self.rows.problem.options[to as usize].cost;
                join(&mut self.on_host[self.rows.host(to) as usize], &mut self.slot, m.copy);
                self.book(to, -1.0);
            }
        }
        self.at[m.copy as usize] = m.to;
    }

    /// Gives back (`sign` 1) or takes (-1) what a copy on `opt` needs.
    fn book(&mut self, opt: OptIx, sign: f64) {
        let start = self.rows.start(opt);
        for (room, need) in self.room[start..].iter_mut().zip(self.rows.needs(opt)) {
            add(room, need * sign, &mut self.overbooked);
        }
        if self.rows.beyond_hosts() {
            for (row, need) in self.rows.needs_beyond(opt) {
                add(&mut self.room[row], need * sign, &mut self.overbooked);
            }
        }
    }

    /// Whether a together rule forbids a move: those copies stay in their place here.
    pub fn is_bound(&self, m: Move) -> bool {
        let demand = self.demand[m.copy as usize];
        let rules = self.rows.index.togethers(demand);
        rules.iter().any(|&rule| {
            let place_of = &self.rows.problem.togethers[rule as usize].place_of;
            let place = |opt: OptIx| place_of[self.rows.host(opt) as usize];
            m.to != OUT && (m.from == OUT || place(m.from) != place(m.to))
        })
    }
}

/// The copies of all demands that have options, and where they stand.
pub fn standing(plan: &Assignment) -> (Vec<DemandIx>, Vec<OptIx>) {
    let problem = plan.problem();
    let (mut demand, mut at) = (Vec::new(), Vec::new());
    let chosen = plan.chosen();
    let mut rest = &chosen[..];
    for d in 0..problem.demands.len() as DemandIx {
        let own = rest.partition_point(|&(opt, _)| problem.options[opt as usize].demand == d);
        for &(opt, copies) in &rest[..own] {
            at.extend(std::iter::repeat_n(opt, copies as usize));
        }
        rest = &rest[own..];
        if !plan.index().by_cost(d).is_empty() {
            at.extend(std::iter::repeat_n(OUT, plan.left(d) as usize));
        }
        demand.resize(at.len(), d);
    }
    (demand, at)
}

fn add(room: &mut f64, amount: f64, overbooked: &mut usize) {
    *overbooked -= usize::from(*room < 0.0);
    *room += amount;
    *overbooked += usize::from(*room < 0.0);
}

fn leave(list: &mut Vec<CopyIx>, slot: &mut [u32], copy: CopyIx) {
    let at = slot[copy as usize];
    list.swap_remove(at as usize);
    if let Some(&moved) = list.get(at as usize) {
        slot[moved as usize] = at;
    }
}

fn join(list: &mut Vec<CopyIx>, slot: &mut [u32], copy: CopyIx) {
    slot[copy as usize] = list.len() as u32;
    list.push(copy);
}
