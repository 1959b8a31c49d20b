//! Tiny random problems with every feature, for tests.

use proptest::collection::vec;
use proptest::prelude::*;

use super::problem::{Cost, Demand, Opt, Problem, Spread, Together};

/// Problems small enough for the oracle: up to 4 demands of up to 3 copies, 4 hosts, 3 dimensions.
pub(crate) fn problems() -> impl Strategy<Value = Problem> {
    (1usize..=4, 1usize..=4).prop_flat_map(|(demands, hosts)| {
        let shape = (
            vec((1u32..=3, 1u64..=3), demands),
            hosts_of(hosts),
            vec(option(), demands * hosts),
            any::<bool>(),
        );
        let rules = (
            rules(demands, hosts),
            rules(demands, hosts),
            prop::option::weighted(0.4, 0i64..60),
            any::<bool>(),
        );
        (shape, rules).prop_map(|((d, h, o, downtime), (s, t, budget, partial))| {
            assemble(d, h, o, downtime, s, t, budget, partial)
        })
    })
}

type Choice = (bool, Vec<u64>, Option<Vec<u64>>, i64, i64);
type Rule = (Vec<bool>, Vec<u32>, u32);

/// Capacities; a third of the hosts repeat the one before, so that identical hosts occur.
fn hosts_of(hosts: usize) -> impl Strategy<Value = Vec<Vec<u64>>> {
    vec((vec(1u64..=6, 1..=3), prop::bool::weighted(0.3)), hosts).prop_map(|drawn| {
        let mut hosts: Vec<Vec<u64>> = Vec::new();
        for (caps, repeat) in drawn {
            let same = hosts.last().filter(|_| repeat).cloned();
            hosts.push(same.unwrap_or(caps));
        }
        hosts
    })
}

/// Whether a demand may use a host, what it needs there, perhaps a second way, cost and the part that is not spent.
fn option() -> impl Strategy<Value = Choice> {
    let needs = || vec(0u64..=3, 3);
    (
        prop::bool::weighted(0.8),
        needs(),
        prop::option::weighted(0.2, needs()),
        0i64..12,
        0i64..3,
    )
}

fn rules(demands: usize, hosts: usize) -> impl Strategy<Value = Option<Rule>> {
    prop::option::weighted(0.35, (vec(any::<bool>(), demands), vec(0u32..=2, hosts), 1u32..=2))
}

#[allow(clippy::too_many_arguments)]
fn assemble(
    demands: Vec<(u32, u64)>,
    hosts: Vec<Vec<u64>>,
    choices: Vec<Choice>,
    downtime: bool,
    spread: Option<Rule>,
    together: Option<Rule>,
    budget: Option<i64>,
    partial: bool,
) -> Problem {
    let mut options = Vec::new();
    for (i, (allowed, needs, second, cost, extra)) in choices.into_iter().enumerate() {
        let (demand, host) = (i / hosts.len(), i % hosts.len());
        for (k, needs) in [Some(needs), second].into_iter().flatten().enumerate() {
            let spend = Cost::from(cost) + k as Cost;
            let cost = spend + if downtime { Cost::from(extra) } else { 0 };
            let option = opt(demand, host, &needs, &hosts, cost, spend);
            options.extend(option.filter(|_| allowed));
        }
    }
    let members = |rule: &Rule| {
        (0..demands.len() as u32)
            .filter(|&d| rule.0[d as usize])
            .collect::<Vec<_>>()
    };
    Problem {
        spreads: spread
            .iter()
            .map(|r| Spread {
                demands: members(r),
                place_of: r.1.clone(),
                room: vec![r.2, r.2, 1],
            })
            .collect(),
        togethers: together
            .iter()
            .map(|r| Together {
                demands: members(r),
                place_of: r.1.clone(),
            })
            .collect(),
        demands: demands
            .into_iter()
            .map(|(copies, weight)| Demand::of(copies, weight))
            .collect(),
        hosts,
        options,
        budget: budget.map(Cost::from),
        partial,
    }
}

fn opt(demand: usize, host: usize, needs: &[u64], hosts: &[Vec<u64>], cost: Cost, spend: Cost) -> Option<Opt> {
    let caps = &hosts[host];
    let needs: Vec<_> = (0u16..)
        .zip(needs.iter().copied())
        .filter(|&(d, n)| n > 0 && (d as usize) < caps.len())
        .collect();
    let fits = needs.iter().all(|&(d, n)| n <= caps[d as usize]);
    fits.then(|| Opt {
        demand: demand as u32,
        host: host as u32,
        needs: needs.into(),
        cost,
        spend,
    })
}
