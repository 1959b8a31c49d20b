//! Local search: change a plan around a few hosts, keep the change if it is better or not much worse.
//!
//! There are three kinds of change. A ruin empties a few hosts that compete for the same copies and fills them anew ([`ruin`],
//! [`refill`]); an exchange lets two copies trade places ([`exchange`]); now and then a few hosts are filled anew as a whole
//! ([`rearrange`]). The search runs in rounds, each twice as long as the one
//! before, starting from the best plan so far and cooling down from ready to reluctant in accepting what is worse. While something is
//! left out, some rounds look at weight alone; in long rounds hosts are overbooked as well ([`Overbooks`]). Because no round depends on the limit, more work never ends worse.

mod exchange;
mod rearrange;
mod refill;
mod ruin;

use super::super::assignment::{Assignment, Score};
use super::super::problem::{Cost, DemandIx, HostIx, OptIx};
use super::measure::{sizes, typical_cost};
use super::open::Open;
use super::overbook::Overbooks;
use super::random::Dice;
use super::set::Set;
use super::{Guide, WorkMeter};

/// One in so many changes rearranges hosts.
const REARRANGE: usize = 25;
/// The work of a round for each copy from which overbooking is worth trying.
const WORTH_OVERBOOKING: u64 = 1000;
/// The work of the first round for each copy.
const FIRST_ROUND: u64 = 60;
/// The search goes back to the best plan when it is so many steps away.
const LONGEST_LOG: usize = 1 << 20;
/// What a unit of weight costs in the search's eyes, in typical copies.
const WEIGHT_PENALTY: Cost = 10;
/// How much worse a change may be at the start of a round, on average, in hundredths of a typical copy.
const HEAT: Cost = 3;
/// The same for a round that looks at weight alone, where a unit of weight counts as a typical copy.
const HEAT_FOR_WEIGHT: Cost = 30;

/// Betters `plan` until `meter` is spent or it is good enough. The result is never worse than `plan`, nor than with less work.
pub fn improve<'p>(plan: Assignment<'p>, meter: &mut WorkMeter, seed: u64, guide: Guide<'_>) -> Assignment<'p> {
    let copies: u64 = plan.problem().demands.iter().map(|d| u64::from(d.copies)).sum();
    let mut search = Search::new(plan, seed, guide);
    let mut overbooks = None;
    let mut length = FIRST_ROUND.saturating_mul(copies.max(50)).max(guide.first_round);
    while search.goes_on(meter) {
        if search.best.weight_out > 0 {
            search.round(meter, length, Aim::Weight);
        }
        search.round(meter, length, Aim::Cost);
        if length / copies.max(1) >= WORTH_OVERBOOKING && search.goes_on(meter) {
            search.back_to_best();
            let overbooks = overbooks.get_or_insert_with(|| Overbooks::new(&search.plan, seed));
            if let Some(plan) = overbooks.round(&search.plan, meter, length, guide.enough) {
                search.go_to(plan);
            }
        }
        length = length.saturating_mul(2);
    }
    search.back_to_best();
    search.plan
}

/// What a round judges changes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// The weight left out alone.
    Weight,
    /// Cost, with the weight left out at a high price.
    Cost,
}

/// Copies that came (`placed`) or went.
#[derive(Debug, Clone, Copy)]
struct Step {
    opt: OptIx,
    copies: u32,
    placed: bool,
}

struct Search<'p, 'g> {
    plan: Assignment<'p>,
    best: Score,
    /// The steps since the best plan.
    log: Vec<Step>,
    open: Open,
    /// The options in use.
    used: Set,
    /// The same by demand.
    homes: Vec<Vec<OptIx>>,
    /// The demands with copies left out, but those that have no option at all.
    waiting: Set,
    /// The demands that may want what the change at hand has set free, and the hosts it has emptied.
    pool: Vec<DemandIx>,
    emptied: Vec<HostIx>,
    dice: Dice,
    sizes: Vec<u64>,
    typical_cost: Cost,
    guide: Guide<'g>,
}

impl<'p, 'g> Search<'p, 'g> {
    fn new(plan: Assignment<'p>, seed: u64, guide: Guide<'g>) -> Self {
        let (problem, index) = (plan.problem(), plan.index());
        let mut search = Self {
            best: plan.score(),
            log: Vec::new(),
            open: Open::new(problem, index),
            used: Set::new(problem.options.len()),
            homes: vec![Vec::new(); problem.demands.len()],
            waiting: Set::new(problem.demands.len()),
            pool: Vec::new(),
            emptied: Vec::new(),
            dice: Dice::new(seed),
            sizes: sizes(problem, index),
            typical_cost: typical_cost(&plan),
            guide,
            plan,
        };
        search.note_all();
        search
    }

    /// Goes on from a better plan.
    fn go_to(&mut self, plan: Assignment<'p>) {
        for (opt, _) in self.plan.chosen() {
            self.used.set(opt, false);
        }
        self.homes.iter_mut().for_each(Vec::clear);
        self.open = Open::new(plan.problem(), plan.index());
        self.best = plan.score();
        self.log.clear();
        self.plan = plan;
        self.note_all();
    }

    /// Brings the sets up to date with the plan.
    fn note_all(&mut self) {
        for (opt, _) in self.plan.chosen() {
            self.used.set(opt, true);
            let demand = self.demand(opt);
            self.homes[demand as usize].push(opt);
        }
        for demand in 0..self.plan.problem().demands.len() as DemandIx {
            let waits = self.plan.left(demand) > 0 && !self.plan.index().by_cost(demand).is_empty();
            self.waiting.set(demand, waits);
        }
    }

    /// Whether there is anything to move or to place.
    fn can_change(&self) -> bool {
        !self.used.items().is_empty() || !self.waiting.items().is_empty()
    }

    /// Whether there is work left to do, and reason for it.
    fn goes_on(&self, meter: &WorkMeter) -> bool {
        !meter.spent() && self.can_change() && self.best > self.guide.enough
    }

    /// Searches for `length` units of work while cooling down.
    fn round(&mut self, meter: &mut WorkMeter, length: u64, aim: Aim) {
        self.back_to_best();
        let start = meter.done();
        let heat = self.typical_cost * if aim == Aim::Weight { HEAT_FOR_WEIGHT } else { HEAT } / 100;
        while meter.done() - start < length && self.goes_on(meter) {
            let rest = length - (meter.done() - start);
            let cooled = Cost::from(rest) * heat / Cost::from(length);
            let slack = (cooled * Cost::from(self.dice.exponential())) >> 16;
            self.attempt(meter, aim, slack);
            if self.log.len() > LONGEST_LOG {
                self.back_to_best();
            }
        }
    }

    /// Changes the plan once, and takes it back if that is worse by more than `slack`.
    fn attempt(&mut self, meter: &mut WorkMeter, aim: Aim, slack: Cost) {
        let before = self.plan.score();
        let mark = self.log.len();
        self.pool.clear();
        self.emptied.clear();
        if self.dice.chance(1, REARRANGE) {
            self.rearrange(meter);
        } else if aim == Aim::Cost && self.dice.chance(3, 4) {
            self.exchange(meter, slack);
        } else {
            self.ruin(meter);
        }
        self.refill(meter);
        meter.add(1);
        let after = self.plan.score();
        if after < self.best {
            self.best = after;
            self.log.clear();
        } else if self.worse_by(before, after, aim) > slack {
            self.undo(mark);
        }
    }

    fn worse_by(&self, before: Score, after: Score, aim: Aim) -> Cost {
        let weight = |score: Score| Cost::try_from(score.weight_out).unwrap_or(Cost::MAX);
        let heavier = weight(after)
            .saturating_sub(weight(before))
            .saturating_mul(self.typical_cost);
        match aim {
            Aim::Weight => heavier,
            Aim::Cost => heavier
                .saturating_mul(WEIGHT_PENALTY)
                .saturating_add(after.cost - before.cost),
        }
    }

    fn demand(&self, opt: OptIx) -> DemandIx {
        self.plan.problem().options[opt as usize].demand
    }

    fn host(&self, opt: OptIx) -> HostIx {
        self.plan.problem().options[opt as usize].host
    }

    fn put(&mut self, opt: OptIx, copies: u32) {
        self.log.push(Step {
            opt,
            copies,
            placed: true,
        });
        self.apply(opt, copies, true);
    }

    fn take(&mut self, opt: OptIx, copies: u32) {
        self.log.push(Step {
            opt,
            copies,
            placed: false,
        });
        self.apply(opt, copies, false);
    }

    /// Places or removes copies and keeps the sets up to date.
    fn apply(&mut self, opt: OptIx, copies: u32, place: bool) {
        let demand = self.demand(opt);
        let homes = &mut self.homes[demand as usize];
        if place {
            self.plan.place_copies(opt, copies);
            if self.plan.taken(opt) == copies {
                homes.push(opt);
            }
        } else {
            self.plan.remove_copies(opt, copies);
            if self.plan.taken(opt) == 0 {
                homes.retain(|home| *home != opt);
            }
        }
        self.used.set(opt, self.plan.taken(opt) > 0);
        self.waiting.set(demand, self.plan.left(demand) > 0);
    }

    /// Takes back the steps after the first `mark`.
    fn undo(&mut self, mark: usize) {
        let steps = self.log.split_off(mark);
        for step in steps.iter().rev() {
            self.apply(step.opt, step.copies, !step.placed);
        }
        let freed = steps.iter().filter(|step| step.placed);
        let mut hosts: Vec<_> = freed.map(|step| self.host(step.opt)).collect();
        hosts.sort_unstable();
        hosts.dedup();
        for host in hosts {
            self.open.reopen(self.plan.index(), host);
        }
    }

    fn back_to_best(&mut self) {
        self.undo(0);
    }
}
