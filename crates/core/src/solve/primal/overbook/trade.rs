//! Trades of several copies between two hosts, so that what runs short on either side is given back.
//!
//! Where hosts are full to the last unit, hardly any single copy can move, and few pairs can trade places; two copies of one GPU for
//! one of two can.

use smallvec::SmallVec;

use super::super::super::problem::HostIx;
use super::super::random::Dice;
use super::state::{Move, OUT, State};

/// The most copies that change places at once.
const MOST: usize = 6;

/// Moves between two hosts, or between a host and nowhere.
pub struct Trade {
    pub moves: SmallVec<[Move; MOST]>,
    /// What each side's rows gain.
    here: SmallVec<[f64; 8]>,
    there: SmallVec<[f64; 8]>,
}

impl Trade {
    /// `first` and what has to give way to it, both ways.
    pub fn around(state: &State, first: Move, dice: &mut Dice) -> Trade {
        let width = state.rows.width;
        let mut trade = Trade {
            moves: SmallVec::new(),
            here: SmallVec::from_elem(0.0, width),
            there: SmallVec::from_elem(0.0, width),
        };
        let there = state.rows.host(first.to);
        trade.add(state, first, true);
        let Some(here) = (first.from != OUT).then(|| state.rows.host(first.from)) else {
            trade.give_way(state, there, None, dice);
            return trade;
        };
        trade.give_way(state, there, Some(here), dice);
        trade.give_way(state, here, Some(there), dice);
        trade
    }

    /// Adds a move; `forth` in the direction of the first.
    fn add(&mut self, state: &State, m: Move, forth: bool) {
        let (leaving, coming) = if forth {
            (&mut self.here, &mut self.there)
        } else {
            (&mut self.there, &mut self.here)
        };
        if m.from != OUT {
            leaving
                .iter_mut()
                .zip(state.rows.needs(m.from))
                .for_each(|(gain, need)| *gain += need);
        }
        if m.to != OUT {
            coming
                .iter_mut()
                .zip(state.rows.needs(m.to))
                .for_each(|(gain, need)| *gain -= need);
        }
        self.moves.push(m);
    }

    /// Sends copies from `host` to `other` until the row that is shortest on `host` is not.
    fn give_way(&mut self, state: &State, host: HostIx, other: Option<HostIx>, dice: &mut Dice) {
        let forth = self.moves[0].from != OUT && state.rows.host(self.moves[0].from) == host;
        let gains = if forth { &self.here } else { &self.there };
        let Some((row, mut short)) = state.shortest(host, gains) else {
            return;
        };
        let on_host = &state.on_host[host as usize];
        let start = dice.below(on_host.len());
        for step in 0..on_host.len() {
            if short <= 0.0 || self.moves.len() == MOST {
                return;
            }
            let copy = on_host[(start + step) % on_host.len()];
            let from = state.at[copy as usize];
            let need = state.rows.needs(from)[row];
            if need <= 0.0 || (need > short && (step > 0 || forth)) || copy == self.moves[0].copy {
                continue;
            }
            let to = match other {
                None => OUT,
                Some(other) => match state.rows.on(state.demand[copy as usize], other) {
                    None => continue,
                    Some(to) => to,
                },
            };
            let back = Move { copy, from, to };
            if !state.is_bound(back) {
                short -= need;
                self.add(state, back, forth);
            }
        }
    }

    /// How much worse all of it is, if positive.
    pub fn worse(&self, state: &State) -> f64 {
        let first = self.moves[0];
        let here = if first.from == OUT {
            0.0
        } else {
            state.overbooking_by(state.rows.start(first.from), &self.here)
        };
        let there = state.overbooking_by(state.rows.start(first.to), &self.there);
        let dearer: f64 = self.moves.iter().map(|&m| state.dearer(m)).sum();
        dearer + here + there + state.beyond(&self.moves)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use smallvec::smallvec;

    use super::super::super::super::assignment::{Assignment, Index};
    use super::super::super::super::problem::{Demand, Opt, Problem};
    use super::super::rows::Rows;
    use super::*;

    /// Two hosts of 4: two copies of 2 on one, four of 1 on the other. Costs are 1 everywhere.
    fn full_hosts() -> Problem {
        let opt = |(demand, host, need)| Opt {
            demand,
            host,
            needs: smallvec![(0, need)],
            cost: 1,
            spend: 1,
        };
        Problem {
            demands: vec![Demand::of(2, 1), Demand::of(4, 1)],
            hosts: vec![vec![4], vec![4]],
            options: [(0, 0, 2), (0, 1, 2), (1, 0, 1), (1, 1, 1)].map(opt).into(),
            spreads: vec![],
            togethers: vec![],
            budget: None,
            partial: false,
        }
    }

    /// The state of a plan, overbooking at 1 for each unit.
    fn priced<'p>(plan: &Assignment<'p>) -> State<'p> {
        let mut state = State::new(plan, Arc::new(Rows::new(plan.problem(), plan.index())));
        state.price.fill(1.0);
        state
    }

    #[test]
    fn one_copy_trades_places_with_as_many_as_it_needs() {
        let problem = full_hosts();
        let index = Index::new(&problem);
        let mut plan = Assignment::empty(&problem, &index);
        plan.place_copies(0, 2);
        plan.place_copies(3, 4);
        let mut state = priced(&plan);
        let first = Move {
            copy: 0,
            from: 0,
            to: 1,
        };
        assert_eq!(state.worse_by_moving(first), 2.0);
        let trade = Trade::around(&state, first, &mut Dice::new(1));
        assert_eq!((trade.moves.len(), trade.worse(&state)), (3, 0.0));
        trade.moves.iter().for_each(|&m| state.carry_out(m));
        assert_eq!((state.overbooked, state.room[0]), (0, 0.0));
    }

    #[test]
    fn what_gives_way_to_a_copy_left_out_is_left_out() {
        let problem = full_hosts();
        let index = Index::new(&problem);
        let mut plan = Assignment::empty(&problem, &index);
        plan.place(0);
        plan.place_copies(3, 4);
        let state = priced(&plan);
        let first = Move {
            copy: 1,
            from: OUT,
            to: 1,
        };
        let trade = Trade::around(&state, first, &mut Dice::new(1));
        assert_eq!(trade.moves.iter().filter(|m| m.to == OUT).count(), 2);
    }
}
