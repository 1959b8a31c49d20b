//! Random small problems with every feature, for property tests.

use proptest::prelude::*;

use super::problem::{Cost, Demand, DimIx, Opt, Problem, Spread, Together};

/// What proptest draws for one host and one demand, before it is made consistent.
#[derive(Debug, Clone)]
struct Offer {
    offered: bool,
    needs: Vec<(DimIx, u64)>,
    cost: Cost,
    downtime: Cost,
}

/// Problems of up to 5 demands and 5 hosts, scarce more often than not.
pub fn small_problem() -> impl Strategy<Value = Problem> {
    (1usize..6, 1usize..6).prop_flat_map(|(demands, hosts)| {
        let demand = (1u32..4, 1u64..4).prop_map(|(copies, weight)| Demand::of(copies, weight));
        let capacities = prop::collection::vec(prop::collection::vec(0u64..9, 3), hosts);
        let offers = prop::collection::vec(offer(), demands * hosts * 2);
        let rules = (spreads(demands, hosts), togethers(demands, hosts));
        let rest = (prop::option::weighted(0.25, 0i128..150), any::<bool>());
        (prop::collection::vec(demand, demands), capacities, offers, rules, rest).prop_map(
            move |(demands, hosts, offers, (spreads, togethers), (budget, partial))| {
                let options = options(&hosts, demands.len(), offers);
                Problem {
                    demands,
                    hosts,
                    options,
                    spreads,
                    togethers,
                    budget,
                    partial,
                }
            },
        )
    })
}

fn offer() -> impl Strategy<Value = Offer> {
    let needs = prop::collection::btree_map(0u16..3, 1u64..5, 1..4).prop_map(|needs| needs.into_iter().collect());
    let downtime = prop_oneof![3 => Just(0i128), 1 => 0i128..20];
    (prop::bool::weighted(0.55), needs, 0i128..30, downtime).prop_map(|(offered, needs, cost, downtime)| Offer {
        offered,
        needs,
        cost,
        downtime,
    })
}

/// Two offers per demand and host at most, those that fit the empty host.
fn options(hosts: &[Vec<u64>], demands: usize, offers: Vec<Offer>) -> Vec<Opt> {
    let pairs = (0..demands).flat_map(|demand| (0..hosts.len()).flat_map(move |host| [(demand, host); 2]));
    let fits = |host: usize, needs: &[(DimIx, u64)]| {
        needs
            .iter()
            .all(|&(dim, amount)| hosts[host][usize::from(dim)] >= amount)
    };
    pairs
        .zip(offers)
        .filter(|((_, host), offer)| offer.offered && fits(*host, &offer.needs))
        .map(|((demand, host), offer)| Opt {
            demand: demand as u32,
            host: host as u32,
            needs: offer.needs.into(),
            cost: offer.cost + offer.downtime,
            spend: offer.cost,
        })
        .collect()
}

fn members(demands: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::btree_set(0..demands as u32, 1..=demands).prop_map(|set| set.into_iter().collect())
}

fn spreads(demands: usize, hosts: usize) -> impl Strategy<Value = Vec<Spread>> {
    let spread = (
        members(demands),
        prop::collection::vec(0u32..3, hosts),
        prop::collection::vec(1u32..4, 3),
    );
    prop::collection::vec(
        spread.prop_map(|(demands, place_of, room)| Spread {
            demands,
            place_of,
            room,
        }),
        0..2,
    )
}

fn togethers(demands: usize, hosts: usize) -> impl Strategy<Value = Vec<Together>> {
    let together = (members(demands), prop::collection::vec(0u32..3, hosts));
    let together = together.prop_map(|(demands, place_of)| Together { demands, place_of });
    prop_oneof![2 => Just(vec![]), 1 => together.prop_map(|rule| vec![rule])]
}
