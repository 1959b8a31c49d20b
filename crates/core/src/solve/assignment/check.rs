//! Re-examines chosen options from the problem alone: it shares nothing with the incremental state it is meant to judge.

use std::collections::BTreeMap;

use thiserror::Error;

use super::super::problem::{Cost, DemandIx, HostIx, Opt, OptIx, PlaceIx, Problem};

/// What chosen options add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Weight of the copies left out.
    pub weight_out: u128,
    /// What the objective counts.
    pub cost: Cost,
    /// What the budget counts.
    pub spend: Cost,
}

/// A rule that chosen options break.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Violation {
    /// The list is not sorted, names an option twice or takes no copies of one.
    #[error("option {0} is out of order, repeated or empty")]
    Malformed(OptIx),
    /// No such option.
    #[error("there is no option {0}")]
    NoOption(OptIx),
    /// More copies than wanted.
    #[error("demand {demand} wants {wanted} copies, placed {placed}")]
    TooManyCopies {
        /// Whose copies.
        demand: DemandIx,
        /// How many it wants.
        wanted: u32,
        /// How many are placed.
        placed: u64,
    },
    /// A host gives more than it has.
    #[error("host {host} has {has} of dimension {dim}, gives {given}")]
    Overfull {
        /// Which host.
        host: HostIx,
        /// Which of its capacities.
        dim: usize,
        /// What it has.
        has: u64,
        /// What it gives.
        given: u128,
    },
    /// A place holds more copies than a spread rule allows.
    #[error("spread rule {rule} allows {room} copies in place {place}, it holds {held}")]
    Crowded {
        /// Index of the rule.
        rule: usize,
        /// Which place.
        place: PlaceIx,
        /// How many it takes.
        room: u32,
        /// How many it holds.
        held: u64,
    },
    /// Copies under a together rule stand in several places.
    #[error("together rule {0} has copies in several places")]
    Scattered(usize),
    /// More is spent than the budget allows.
    #[error("the budget is {budget}, spent {spend}")]
    OverBudget {
        /// What may be spent.
        budget: Cost,
        /// What is.
        spend: Cost,
    },
}

/// Checks that `chosen` keeps every rule of `problem` but completeness, and adds it up.
pub fn check(problem: &Problem, chosen: &[(OptIx, u32)]) -> Result<Totals, Violation> {
    let picks = resolve(problem, chosen)?;
    let weight_out = weight_left_out(problem, &picks)?;
    check_hosts(problem, &picks)?;
    check_spreads(problem, &picks)?;
    check_togethers(problem, &picks)?;
    let sum = |price: fn(&Opt) -> Cost| picks.iter().map(|(o, copies)| price(o) * Cost::from(*copies)).sum();
    let totals = Totals {
        weight_out,
        cost: sum(|o| o.cost),
        spend: sum(|o| o.spend),
    };
    match problem.budget {
        Some(budget) if totals.spend > budget => Err(Violation::OverBudget {
            budget,
            spend: totals.spend,
        }),
        _ => Ok(totals),
    }
}

type Pick<'p> = (&'p Opt, u32);

fn resolve<'p>(problem: &'p Problem, chosen: &[(OptIx, u32)]) -> Result<Vec<Pick<'p>>, Violation> {
    if let Some(pair) = chosen.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        return Err(Violation::Malformed(pair[1].0));
    }
    let resolve_one = |&(ix, copies): &(OptIx, u32)| match problem.options.get(ix as usize) {
        None => Err(Violation::NoOption(ix)),
        Some(_) if copies == 0 => Err(Violation::Malformed(ix)),
        Some(o) => Ok((o, copies)),
    };
    chosen.iter().map(resolve_one).collect()
}

fn weight_left_out(problem: &Problem, picks: &[Pick]) -> Result<u128, Violation> {
    let mut placed = vec![0u64; problem.demands.len()];
    for (o, copies) in picks {
        placed[o.demand as usize] += u64::from(*copies);
    }
    let weight = |(demand, (d, &placed)): (DemandIx, (&super::super::problem::Demand, &u64))| {
        let missing = u64::from(d.copies).checked_sub(placed);
        let missing = missing.ok_or(Violation::TooManyCopies {
            demand,
            wanted: d.copies,
            placed,
        })?;
        Ok(u128::from(d.weight) * u128::from(missing))
    };
    (0..).zip(problem.demands.iter().zip(&placed)).map(weight).sum()
}

fn check_hosts(problem: &Problem, picks: &[Pick]) -> Result<(), Violation> {
    let mut given: BTreeMap<(HostIx, usize), u128> = BTreeMap::new();
    for (o, copies) in picks {
        for &(dim, amount) in &o.needs {
            *given.entry((o.host, usize::from(dim))).or_default() += u128::from(amount) * u128::from(*copies);
        }
    }
    for ((host, dim), given) in given {
        let has = problem.hosts[host as usize][dim];
        if given > u128::from(has) {
            return Err(Violation::Overfull { host, dim, has, given });
        }
    }
    Ok(())
}

fn check_spreads(problem: &Problem, picks: &[Pick]) -> Result<(), Violation> {
    for (rule, spread) in problem.spreads.iter().enumerate() {
        let mut held = vec![0u64; spread.room.len()];
        for (o, copies) in picks.iter().filter(|(o, _)| spread.demands.contains(&o.demand)) {
            held[spread.place_of[o.host as usize] as usize] += u64::from(*copies);
        }
        for ((place, &room), held) in (0..).zip(&spread.room).zip(held) {
            if held > u64::from(room) {
                return Err(Violation::Crowded {
                    rule,
                    place,
                    room,
                    held,
                });
            }
        }
    }
    Ok(())
}

fn check_togethers(problem: &Problem, picks: &[Pick]) -> Result<(), Violation> {
    for (rule, together) in problem.togethers.iter().enumerate() {
        let bound = picks.iter().filter(|(o, _)| together.demands.contains(&o.demand));
        let mut places = bound.map(|(o, _)| together.place_of[o.host as usize]);
        if let Some(first) = places.next()
            && places.any(|place| place != first)
        {
            return Err(Violation::Scattered(rule));
        }
    }
    Ok(())
}
