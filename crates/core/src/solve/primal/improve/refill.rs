//! Putting copies back after a change: some emptied hosts as profitably as possible, then copy by copy.

use std::cmp::Reverse;

use super::super::super::problem::{Cost, DemandIx, HostIx, OptIx};
use super::super::WorkMeter;
use super::super::pack::{Item, pack};
use super::{Search, WEIGHT_PENALTY};

/// About so many copies that stand elsewhere are considered for an emptied host.
const LIFTS: usize = 24;
/// At most so many copies of each demand are put back at once.
const MOST_COPIES: u32 = 20;
/// One in so many options with room is passed over, so that refilling varies.
const BLINK: usize = 40;

impl Search<'_, '_> {
    /// Fills the emptied hosts, half of them as wholes, and places what else it can.
    pub(super) fn refill(&mut self, meter: &mut WorkMeter) {
        for host in std::mem::take(&mut self.emptied) {
            if self.dice.chance(1, 2) {
                self.pack_host(host, meter);
            }
        }
        let mut full: Vec<DemandIx> = Vec::new();
        for demand in self.copies_in_order() {
            if full.contains(&demand) {
                continue;
            }
            match self.find(demand, meter) {
                Some(opt) => self.put(opt, 1),
                None => full.push(demand),
            }
        }
    }

    /// Fills a host with the copies that gain most by standing there rather than where they stand or could stand.
    fn pack_host(&mut self, host: HostIx, meter: &mut WorkMeter) {
        let problem = self.plan.problem();
        let options = self.plan.index().by_host(host);
        let mut items = Vec::new();
        let mut lifts = Vec::new();
        for &opt in options {
            let o = &problem.options[opt as usize];
            let (worth, copies) = match self.plan.left(o.demand) {
                0 => match self.lift(o.demand, options.len()) {
                    Some(home) => {
                        lifts.push((opt, home));
                        (problem.options[home as usize].cost, 1)
                    }
                    None => continue,
                },
                left => (self.worth(o.demand, host, meter), left),
            };
            let profit = (worth - o.cost) as f64 * self.blur();
            items.push(Item {
                tag: opt,
                needs: &o.needs,
                profit,
                copies,
            });
        }
        let (filling, nodes) = pack(self.plan.room(host), items);
        meter.add(u64::from(nodes) + options.len() as u64 / 8);
        for (opt, copies) in filling {
            let home = lifts.iter().find(|(to, _)| *to == opt).map(|&(_, home)| home);
            self.bring(opt, copies, home);
        }
    }

    /// Now and then, where a copy of `demand` stands that might be better off elsewhere.
    fn lift(&mut self, demand: DemandIx, candidates: usize) -> Option<OptIx> {
        let chosen = self.dice.chance(LIFTS, candidates);
        chosen.then(|| self.dice.pick(&self.homes[demand as usize])).flatten()
    }

    /// Places copies on `opt` as far as the rules allow, after taking one from `home`.
    fn bring(&mut self, opt: OptIx, copies: u32, home: Option<OptIx>) {
        if let Some(home) = home.filter(|&home| self.plan.taken(home) > 0) {
            self.take(home, 1);
            self.touch(self.host(home));
        }
        let copies = self.plan.copies_that_fit(opt, copies);
        if copies > 0 {
            self.put(opt, copies);
        }
    }

    /// A factor about 1.
    fn blur(&mut self) -> f64 {
        0.8 + self.dice.below(1 << 16) as f64 / f64::from(1 << 16) * 0.4
    }

    /// What a copy that is out would cost elsewhere, or the price of its weight if there is no room. Duals are believed half of the time.
    fn worth(&mut self, demand: DemandIx, host: HostIx, meter: &mut WorkMeter) -> Cost {
        if let Some(duals) = self.guide.duals
            && self.dice.chance(1, 2)
        {
            return duals.of(demand);
        }
        let mut from = 0;
        loop {
            let (found, probes) = self.open.first_fit(&self.plan, demand, from);
            meter.add(probes);
            match found {
                Some((position, opt)) if self.host(opt) == host => from = position + 1,
                Some((_, opt)) => return self.plan.problem().options[opt as usize].cost,
                None => return self.price_of_weight(demand),
            }
        }
    }

    pub(super) fn price_of_weight(&self, demand: DemandIx) -> Cost {
        let weight = self.plan.problem().demands[demand as usize].weight;
        Cost::from(weight).saturating_mul(self.typical_cost * WEIGHT_PENALTY)
    }

    /// The copies of the pool, in an order drawn from a few rules.
    fn copies_in_order(&mut self) -> Vec<DemandIx> {
        self.pool.sort_unstable();
        self.pool.dedup();
        let pool = std::mem::take(&mut self.pool);
        let rule = self.dice.below(4);
        let mut keyed = Vec::with_capacity(pool.len());
        for &demand in &pool {
            for _ in 0..self.plan.left(demand).min(MOST_COPIES) {
                keyed.push(Reverse((self.urgency(demand, rule), demand)));
            }
        }
        keyed.sort_unstable();
        self.pool = pool;
        keyed.into_iter().map(|Reverse((_, demand))| demand).collect()
    }

    /// How early a copy is placed: by chance, size, weight or what it is worth, or weight for its size; a little blurred.
    fn urgency(&mut self, demand: DemandIx, rule: usize) -> u128 {
        let size = u128::from(self.sizes[demand as usize].max(1));
        let weight = u128::from(self.plan.problem().demands[demand as usize].weight);
        let noise = u128::from(self.dice.key() >> 48);
        let value = match (rule, self.guide.duals) {
            (0, _) => return noise,
            (1, _) => size << 16,
            (2, Some(duals)) => duals.of(demand).max(0).unsigned_abs(),
            (2, None) => weight << 32,
            _ => (weight << 32) / size,
        };
        value.saturating_mul(0x18000 + noise) >> 16
    }

    /// The cheapest option that fits, now and then the next one.
    fn find(&mut self, demand: DemandIx, meter: &mut WorkMeter) -> Option<OptIx> {
        let (mut fallback, mut from) = (None, 0);
        loop {
            let (found, probes) = self.open.first_fit(&self.plan, demand, from);
            meter.add(probes);
            match found {
                None => return fallback,
                Some((_, opt)) if !self.dice.chance(1, BLINK) => return Some(opt),
                Some((position, opt)) => {
                    fallback = fallback.or(Some(opt));
                    from = position + 1;
                }
            }
        }
    }
}
