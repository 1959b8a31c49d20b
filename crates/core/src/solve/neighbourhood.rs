//! Bettering a plan a few hosts at a time: what stands on them, and what is left out, is placed anew by the exact solver.
//!
//! A part of a problem is a problem of its own. Where hosts are filled to the last unit, a dozen of them are solved in a blink and more
//! often than not better than any exchange of single copies would.

use std::collections::HashMap;

use super::assignment::{Assignment, Index};
use super::exact;
use super::limits::Meter;
use super::plan::Best;
use super::primal::Dice;
use super::problem::{Demand, DemandIx, HostIx, Opt, OptIx, Problem};

/// Hosts are taken until so many copies stand on them.
const COPIES: u32 = 40;
/// The most hosts that are taken.
const MOST_HOSTS: usize = 15;
/// Work for one part.
const WORK: u64 = 40_000_000;
/// So many parts in vain are enough.
const PATIENCE: u32 = 40;

/// Betters `best` until nothing is found for a while, `work` is done or `good` is satisfied.
pub(crate) fn improve(
    problem: &Problem,
    index: &Index,
    best: &mut Best,
    meter: &Meter<'_>,
    work: u64,
    good: impl Fn(&Best) -> bool,
) {
    // A rule across hosts would have to be split as well.
    if !problem.togethers.is_empty() || !problem.spreads.is_empty() {
        return;
    }
    let mut dice = Dice::new(best.chosen.len() as u64 + 1);
    let (start, mut failures) = (meter.done(), 0);
    while failures < PATIENCE && meter.done() - start < work && !meter.exhausted() && !good(best) {
        let mut plan = best.assignment(problem, index);
        let Some(part) = Part::choose(&plan, &mut dice) else {
            return;
        };
        let inner = meter.part(WORK);
        let solution = exact::solve(&part.problem, &part.standing, &inner);
        meter.add(inner.done());
        let before = part.clear(&mut plan);
        for &(opt, n) in &solution.chosen {
            let opt = part.options[opt as usize];
            plan.place_copies(opt, plan.copies_that_fit(opt, n));
        }
        let better = solution.chosen.len() + before > 0 && best.improve(&plan);
        failures = if better { 0 } else { failures + 1 };
    }
}

/// Some hosts with what may stand on them.
struct Part {
    problem: Problem,
    hosts: Vec<HostIx>,
    /// The whole problem's option for each of the part's.
    options: Vec<OptIx>,
    /// What stands there now.
    standing: Vec<(OptIx, u32)>,
}

impl Part {
    /// A host where something stands dearer than it might, or one that has room to spare, with others that share its demands.
    fn choose(plan: &Assignment<'_>, dice: &mut Dice) -> Option<Part> {
        let problem = plan.problem();
        let used: Vec<OptIx> = plan.chosen().iter().map(|c| c.0).collect();
        let wishing: Vec<OptIx> = used.iter().copied().filter(|&o| rank(plan, o) > 0).collect();
        let first = dice.pick(&wishing).or_else(|| dice.pick(&used))?;
        let mut hosts: Vec<HostIx> = vec![problem.options[first as usize].host];
        let mut copies = 0;
        let mut demand = problem.options[first as usize].demand;
        for _ in 0..8 * MOST_HOSTS {
            if hosts.len() >= MOST_HOSTS || copies >= COPIES {
                break;
            }
            // Rather a cheap option of what is at hand than any.
            let options = plan.index().by_cost(demand);
            let near = rank(plan, first).max(4).min(options.len());
            let pool = if dice.chance(1, 2) { &options[..near] } else { options };
            let host = problem.options[dice.pick(pool)? as usize].host;
            if !hosts.contains(&host) {
                hosts.push(host);
                copies += plan.on_host(host).iter().map(|&o| plan.taken(o)).sum::<u32>();
            }
            if let Some(next) = dice.pick(plan.on_host(host)) {
                demand = problem.options[next as usize].demand;
            }
        }
        hosts.sort_unstable();
        Some(Part::of(plan, hosts))
    }

    fn of(plan: &Assignment<'_>, hosts: Vec<HostIx>) -> Part {
        let problem = plan.problem();
        let mut copies: Vec<u32> = (0..problem.demands.len() as DemandIx).map(|d| plan.left(d)).collect();
        let mut spend = plan.spend();
        for &opt in hosts.iter().flat_map(|&h| plan.on_host(h)) {
            let option = &problem.options[opt as usize];
            copies[option.demand as usize] += plan.taken(opt);
            spend -= option.spend * i128::from(plan.taken(opt));
        }
        let place: HashMap<HostIx, HostIx> = hosts.iter().copied().zip(0..).collect();
        let mut part = Problem {
            demands: Vec::new(),
            hosts: hosts.iter().map(|&h| problem.hosts[h as usize].clone()).collect(),
            options: Vec::new(),
            spreads: Vec::new(),
            togethers: Vec::new(),
            budget: problem.budget.map(|b| b - spend),
            partial: true,
        };
        let mut by_demand: Vec<Vec<OptIx>> = vec![Vec::new(); problem.demands.len()];
        for &opt in hosts.iter().flat_map(|&h| plan.index().by_host(h)) {
            by_demand[problem.options[opt as usize].demand as usize].push(opt);
        }
        let mut options = Vec::new();
        for (d, ways) in by_demand
            .iter_mut()
            .enumerate()
            .filter(|(d, ways)| copies[*d] > 0 && !ways.is_empty())
        {
            ways.sort_unstable();
            for &opt in ways.iter() {
                let option = &problem.options[opt as usize];
                part.options.push(Opt {
                    demand: part.demands.len() as DemandIx,
                    host: place[&option.host],
                    ..option.clone()
                });
                options.push(opt);
            }
            part.demands.push(Demand::of(copies[d], problem.demands[d].weight));
        }
        let taken = (0..).zip(&options).map(|(o, &opt)| (o, plan.taken(opt)));
        Part {
            problem: part,
            hosts,
            standing: taken.filter(|(_, n)| *n > 0).collect(),
            options,
        }
    }

    /// Takes everything off the part's hosts. Returns how many options were in use.
    fn clear(&self, plan: &mut Assignment<'_>) -> usize {
        let used: Vec<OptIx> = self.hosts.iter().flat_map(|&h| plan.on_host(h).to_vec()).collect();
        used.iter().for_each(|&opt| plan.remove_copies(opt, plan.taken(opt)));
        used.len()
    }
}

/// How many options of its demand are cheaper.
fn rank(plan: &Assignment<'_>, opt: OptIx) -> usize {
    let options = &plan.problem().options;
    let option = &options[opt as usize];
    let cheaper = plan.index().by_cost(option.demand);
    cheaper.partition_point(|&o| options[o as usize].cost < option.cost)
}
