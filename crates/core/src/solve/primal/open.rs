//! Which options may still have room on their host: a bit for each, so that a search skips full hosts 64 at a time.
//!
//! A bit is cleared when a probe finds no room, and set again when its host gives something back. A set bit promises nothing.

use super::super::assignment::{Assignment, Index};
use super::super::problem::{DemandIx, HostIx, OptIx, Problem};

/// One bit per option, in the order of demand and cost.
#[derive(Debug, Clone)]
pub struct Open {
    starts: Vec<usize>,
    rank: Vec<u32>,
    words: Vec<u64>,
}

impl Open {
    /// Every option may have room.
    pub fn new(problem: &Problem, index: &Index) -> Self {
        let mut starts = vec![0];
        let mut rank = vec![0; problem.options.len()];
        let mut next = 0u32;
        for demand in 0..problem.demands.len() as DemandIx {
            for &opt in index.by_cost(demand) {
                rank[opt as usize] = next;
                next += 1;
            }
            starts.push(next as usize);
        }
        Self {
            starts,
            rank,
            words: vec![u64::MAX; problem.options.len().div_ceil(64)],
        }
    }

    /// How many of its demand's options are cheaper than `opt`.
    pub fn position(&self, demand: DemandIx, opt: OptIx) -> usize {
        self.rank[opt as usize] as usize - self.starts[demand as usize]
    }

    /// Notes that `opt` has no room.
    pub fn close(&mut self, opt: OptIx) {
        let rank = self.rank[opt as usize] as usize;
        self.words[rank / 64] &= !(1 << (rank % 64));
    }

    /// Notes that a host gave something back.
    pub fn reopen(&mut self, index: &Index, host: HostIx) {
        for &opt in index.by_host(host) {
            let rank = self.rank[opt as usize] as usize;
            self.words[rank / 64] |= 1 << (rank % 64);
        }
    }

    /// The first position from `from` on whose option may have room.
    pub fn next(&self, demand: DemandIx, from: usize) -> Option<usize> {
        let start = self.starts[demand as usize];
        let end = self.starts[demand as usize + 1];
        let mut at = start + from;
        while at < end {
            let word = self.words[at / 64] >> (at % 64);
            if word != 0 {
                at += word.trailing_zeros() as usize;
                return (at < end).then(|| at - start);
            }
            at = (at / 64 + 1) * 64;
        }
        None
    }

    /// The cheapest option of `demand` that fits, from a position on, with its position; and how many options were probed.
    pub fn first_fit(&mut self, plan: &Assignment, demand: DemandIx, from: usize) -> (Option<(usize, OptIx)>, u64) {
        let options = plan.index().by_cost(demand);
        let (mut at, mut probes) = (from, 1);
        while let Some(position) = self.next(demand, at) {
            let opt = options[position];
            probes += 1;
            if plan.fits(opt) {
                return (Some((position, opt)), probes);
            }
            if !plan.host_has_room(opt) {
                self.close(opt);
            }
            at = position + 1;
        }
        (None, probes)
    }
}
