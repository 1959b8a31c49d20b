//! Emptying several hosts and filling them anew as a whole: what single moves cannot do where hosts must be filled to the last unit.

use smallvec::SmallVec;

use super::super::super::problem::{Cost, DemandIx, HostIx, OptIx};
use super::super::WorkMeter;
use super::super::repack::{Bin, Choice, Effort, repack};
use super::Search;

/// At most so many hosts are rearranged at once.
const MOST_HOSTS: usize = 5;
/// Of what stands elsewhere or is left out, at most so many copies may come in.
const MOST_COMERS: usize = 6;
/// So many copies may be moved at once.
const MOST_COPIES: usize = 60;
/// Of one demand at most so many copies.
const MOST_ALIKE: u32 = 15;
/// Profits are counted up to this.
const MOST_PROFIT: Cost = 1 << 50;
/// How hard the best fillings are looked for.
const EFFORT: Effort = Effort {
    listing: 20_000,
    picking: 1_000,
};

/// A copy that might come to the hosts at hand, with where it stands, if anywhere.
#[derive(Debug, Clone, Copy)]
struct Comer {
    demand: DemandIx,
    home: Option<OptIx>,
}

type Comers = SmallVec<[Comer; 8]>;
type Hosts = SmallVec<[HostIx; 8]>;

impl Search<'_, '_> {
    /// Rearranges a few hosts that a copy standing elsewhere, or nowhere, would like to be on.
    pub(super) fn rearrange(&mut self, meter: &mut WorkMeter) {
        meter.add(10);
        let Some(first) = self.first_comer() else {
            return;
        };
        let hosts = self.hosts_for(first);
        if hosts.len() < 2 {
            return;
        }
        let comers = self.comers(first, &hosts);
        let mark = self.log.len();
        let stood = self.lift_all(&hosts, &comers);
        let mut demands: Vec<DemandIx> = stood.iter().map(|&(opt, _)| self.demand(opt)).collect();
        demands.extend(comers.iter().map(|comer| comer.demand));
        demands.sort_unstable();
        demands.dedup();
        match self.fillings(&hosts, &demands, &stood, meter) {
            Some(found) => self.settle(&found, &hosts, &comers),
            None => self.undo(mark),
        }
    }

    /// Takes all copies off `hosts`, and the comers from where they stand. Returns what stood on the hosts.
    fn lift_all(&mut self, hosts: &[HostIx], comers: &[Comer]) -> Vec<(OptIx, u32)> {
        let used = |&host: &HostIx| self.plan.on_host(host).iter().map(|&opt| (opt, self.plan.taken(opt)));
        let stood: Vec<_> = hosts.iter().flat_map(used).collect();
        for &(opt, copies) in &stood {
            self.take(opt, copies);
        }
        for home in comers.iter().filter_map(|comer| comer.home) {
            self.take(home, 1);
            self.open.reopen(self.plan.index(), self.host(home));
        }
        stood
    }

    /// The best fillings of the emptied hosts that were found, if they are worth no less than what stood there.
    fn fillings(
        &mut self,
        hosts: &[HostIx],
        demands: &[DemandIx],
        stood: &[(OptIx, u32)],
        meter: &mut WorkMeter,
    ) -> Option<Vec<(OptIx, u32)>> {
        let problem = self.plan.problem();
        let worth: Vec<Cost> = demands.iter().map(|&d| self.worth_elsewhere(d, hosts, meter)).collect();
        let copies: Vec<u32> = demands.iter().map(|&d| self.plan.left(d).min(MOST_ALIKE)).collect();
        let choice = |&opt: &OptIx| {
            let o = &problem.options[opt as usize];
            let kind = demands.binary_search(&o.demand).ok()?;
            let profit = (worth[kind] - o.cost).clamp(-MOST_PROFIT, MOST_PROFIT) as i64;
            let needs = &o.needs;
            Some(Choice {
                kind,
                tag: opt,
                needs,
                profit,
            })
        };
        let profit = |&(opt, copies): &(OptIx, u32)| choice(&opt).map_or(0, |c| c.profit.max(0) * i64::from(copies));
        let now: i64 = stood.iter().map(profit).sum();
        let bin = |&host: &HostIx| Bin {
            room: self.plan.room(host),
            choices: self.plan.index().by_host(host).iter().filter_map(choice).collect(),
        };
        let bins: Vec<Bin> = hosts.iter().map(bin).collect();
        let (found, steps) = repack(&bins, &copies, now - 1, EFFORT, &mut self.dice);
        meter.add(steps / 4);
        found
    }

    /// Places what was found, as far as the rules allow.
    fn settle(&mut self, found: &[(OptIx, u32)], hosts: &[HostIx], comers: &[Comer]) {
        for &(opt, copies) in found {
            let copies = self.plan.copies_that_fit(opt, copies);
            if copies > 0 {
                self.put(opt, copies);
            }
        }
        hosts.iter().for_each(|&host| self.touch(host));
        for home in comers.iter().filter_map(|comer| comer.home) {
            self.touch(self.host(home));
        }
    }

    /// What a copy costs on its cheapest option off `hosts`, or the price of its weight.
    fn worth_elsewhere(&mut self, demand: DemandIx, hosts: &[HostIx], meter: &mut WorkMeter) -> Cost {
        let mut from = 0;
        loop {
            let (found, probes) = self.open.first_fit(&self.plan, demand, from);
            meter.add(probes);
            match found {
                Some((position, opt)) if hosts.contains(&self.host(opt)) => from = position + 1,
                Some((_, opt)) => return self.plan.problem().options[opt as usize].cost,
                None => return self.price_of_weight(demand),
            }
        }
    }

    /// Half of the time one that is left out, else one that stands somewhere.
    fn first_comer(&mut self) -> Option<Comer> {
        let waiting = self.dice.pick(self.waiting.items());
        let placed = self.dice.pick(self.used.items());
        match (waiting, placed) {
            (Some(demand), Some(_)) if self.dice.chance(1, 2) => Some(Comer { demand, home: None }),
            (_, Some(opt)) => Some(Comer {
                demand: self.demand(opt),
                home: Some(opt),
            }),
            (waiting, None) => waiting.map(|demand| Comer { demand, home: None }),
        }
    }

    fn copies_on(&self, host: HostIx) -> usize {
        self.plan
            .on_host(host)
            .iter()
            .map(|&opt| self.plan.taken(opt) as usize)
            .sum()
    }

    /// Some hosts where `comer` would be cheaper.
    fn hosts_for(&mut self, comer: Comer) -> Hosts {
        let options = self.plan.index().by_cost(comer.demand);
        let below = comer
            .home
            .map_or(options.len(), |home| self.open.position(comer.demand, home));
        let home = comer.home.map(|home| self.host(home));
        let wanted = 2 + self.dice.below(MOST_HOSTS - 1);
        let (mut hosts, mut copies) = (Hosts::new(), 0);
        for _ in 0..3 * wanted {
            let Some(opt) = self.dice.pick(&options[..below]).filter(|_| hosts.len() < wanted) else {
                break;
            };
            let host = self.host(opt);
            let here = self.copies_on(host);
            if !hosts.contains(&host) && home != Some(host) && copies + here <= MOST_COPIES {
                copies += here;
                hosts.push(host);
            }
        }
        hosts
    }

    /// `first` and others that do not stand on `hosts`, nor as cheaply as they might.
    fn comers(&mut self, first: Comer, hosts: &[HostIx]) -> Comers {
        let problem = self.plan.problem();
        let mut comers = Comers::from_slice(&[first]);
        for _ in 0..MOST_COMERS {
            let Some(opt) = self.dice.pick(self.used.items()) else {
                break;
            };
            let demand = self.demand(opt);
            let cheapest = self.plan.index().by_cost(demand)[0];
            let dear = problem.options[cheapest as usize].cost < problem.options[opt as usize].cost;
            if dear && !hosts.contains(&self.host(opt)) && comers.iter().all(|comer| comer.demand != demand) {
                comers.push(Comer {
                    demand,
                    home: Some(opt),
                });
            }
        }
        comers
    }
}
