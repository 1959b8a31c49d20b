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
