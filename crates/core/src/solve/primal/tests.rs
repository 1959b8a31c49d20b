use proptest::prelude::*;
use smallvec::smallvec;

use super::super::assignment::{Score, check};
use super::super::problem::{Demand, HostIx, Opt};
use super::super::testing::small_problem;
use super::*;

/// One dimension per host; demands as (copies, weight), options as (demand, host, need, cost).
fn problem(demands: &[(u32, u64)], capacities: &[u64], options: &[(DemandIx, HostIx, u64, Cost)]) -> Problem {
    let opt = |&(demand, host, need, cost): &(DemandIx, HostIx, u64, Cost)| Opt {
        demand,
        host,
        needs: smallvec![(0, need)],
        cost,
        spend: cost,
    };
    Problem {
        demands: demands
            .iter()
            .map(|&(copies, weight)| Demand::of(copies, weight))
            .collect(),
        hosts: capacities.iter().map(|&capacity| vec![capacity]).collect(),
        options: options.iter().map(opt).collect(),
        spreads: vec![],
        togethers: vec![],
        budget: None,
        partial: true,
    }
}

/// A small copy is cheapest on the host that the large one needs.
fn contested() -> Problem {
    problem(
        &[(1, 1), (1, 1)],
        &[4, 2],
        &[(0, 0, 2, 10), (0, 1, 2, 11), (1, 0, 4, 20)],
    )
}

fn whole_order(problem: &Problem) -> Vec<DemandIx> {
    (0..problem.demands.len() as DemandIx).collect()
}

#[test]
fn first_fit_takes_demands_in_the_given_order() {
    let problem = contested();
    let index = Index::new(&problem);
    let small_first = first_fit(&problem, &index, &[0, 1]);
    assert_eq!(
        small_first.score(),
        Score {
            weight_out: 1,
            cost: 10
        }
    );
    let large_first = first_fit(&problem, &index, &[1, 0]);
    assert_eq!(large_first.chosen(), [(1, 1), (2, 1)]);
}

#[test]
fn by_weight_keeps_the_order_of_equals() {
    let problem = problem(&[(1, 1), (1, 5), (1, 1), (1, 5)], &[], &[]);
    assert_eq!(by_weight(&problem, &[3, 2, 1, 0]), [3, 1, 2, 0]);
}

#[test]
fn called_off_at_once_the_first_construction_stands() {
    let problem = contested();
    let index = Index::new(&problem);
    let order = [0, 1];
    let plan = construct(&problem, &index, &order, &|| true);
    assert_eq!(plan.chosen(), first_fit(&problem, &index, &order).chosen());
    assert!(construct(&problem, &index, &order, &|| false).score() < plan.score());
}

/// The first demand could still go to the second host; the second demand has nowhere to go and stands nowhere.
#[test]
fn marginal_costs_are_those_of_the_cheapest_room_left() {
    let problem = contested();
    let index = Index::new(&problem);
    let plan = first_fit(&problem, &index, &[0, 1]);
    assert_eq!(marginal_costs(&plan), [10, 0]);
    let plan = first_fit(&problem, &index, &[1, 0]);
    assert_eq!(marginal_costs(&plan), [11, 20]);
}

#[test]
fn regret_places_first_who_has_nowhere_else() {
    let problem = contested();
    let index = Index::new(&problem);
    let plan = regret_insertion(&problem, &index, &|| false);
    assert_eq!(
        plan.score(),
        Score {
            weight_out: 0,
            cost: 31
        }
    );
}

#[test]
fn search_lets_two_copies_trade_places() {
    let problem = problem(
        &[(1, 1), (1, 1)],
        &[1, 1],
        &[(0, 0, 1, 5), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 5)],
    );
    let index = Index::new(&problem);
    let mut plan = Assignment::empty(&problem, &index);
    plan.place(0);
    plan.place(3);
    let better = improve(plan, &mut WorkMeter::new(2000), 1, Guide::default());
    assert_eq!(better.chosen(), [(1, 1), (2, 1)]);
}

/// 6 + 3 + 3 and 4 + 4 + 4 fill two hosts of 12; first fit puts 6 beside 4 and leaves a 3 out.
#[test]
fn search_fills_hosts_exactly() {
    let sizes = [6, 4, 4, 4, 3, 3];
    let pairs = (0..6).flat_map(|demand| [(demand, 0), (demand, 1)]);
    let options: Vec<_> = pairs
        .map(|(demand, host)| (demand, host, sizes[demand as usize], 1))
        .collect();
    let problem = problem(&[(1, 1); 6], &[12, 12], &options);
    let index = Index::new(&problem);
    let start = first_fit(&problem, &index, &whole_order(&problem));
    assert_eq!(start.score().weight_out, 1);
    assert!(improve(start, &mut WorkMeter::new(20_000), 1, Guide::default()).complete());
}

/// Cheap hosts of 8 GPUs and 96 GB that copies of one each fill to the last unit, in just one way each; as many dear hosts.
fn planted() -> (Problem, Cost) {
    const HOSTS: u32 = 12;
    const GPUS: [&[u64]; 4] = [&[4, 3, 1], &[2, 2, 2, 2], &[5, 2, 1], &[3, 3, 1, 1]];
    let mut dice = Dice::new(5);
    let mut sizes: Vec<(u64, u64)> = Vec::new();
    for host in 0..HOSTS as usize {
        let gpus = GPUS[host % GPUS.len()];
        let shares: Vec<u64> = gpus[1..].iter().map(|_| 8 + dice.below(18) as u64).collect();
        sizes.extend(gpus[1..].iter().copied().zip(shares.iter().copied()));
        sizes.push((gpus[0], 96 - shares.iter().sum::<u64>()));
    }
    for at in (1..sizes.len()).rev() {
        sizes.swap(at, dice.below(at + 1));
    }
    let opt = |demand: usize, host: u32| {
        let (gpus, ram) = sizes[demand];
        let cost = Cost::from(gpus) * if host < HOSTS { 10 } else { 30 };
        Opt {
            demand: demand as DemandIx,
            host,
            needs: smallvec![(0, gpus), (1, ram)],
            cost,
            spend: cost,
        }
    };
    let options = (0..sizes.len()).flat_map(|demand| (0..2 * HOSTS).map(move |host| (demand, host)));
    let problem = Problem {
        demands: vec![Demand::of(1, 1); sizes.len()],
        hosts: vec![vec![8, 96]; 2 * HOSTS as usize],
        options: options.map(|(demand, host)| opt(demand, host)).collect(),
        spreads: vec![],
        togethers: vec![],
        budget: None,
        partial: false,
    };
    (problem, Cost::from(HOSTS) * 8 * 10)
}

#[test]
fn search_fills_cheap_hosts_to_the_last_unit_of_all_they_have() {
    let (problem, cost) = planted();
    let index = Index::new(&problem);
    let start = first_fit(&problem, &index, &whole_order(&problem));
    let best = Score { weight_out: 0, cost };
    assert!(start.score() > best);
    let mut meter = WorkMeter::new(2_000_000);
    let guide = Guide {
        enough: best,
        ..Guide::default()
    };
    let plan = improve(start, &mut meter, 1, guide);
    assert_eq!(plan.score(), best);
    assert!(!meter.spent(), "a plan that is good enough ends the search");
}

#[test]
fn threads_make_no_difference() {
    let (problem, _) = planted();
    let index = Index::new(&problem);
    let found = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let start = first_fit(&problem, &index, &whole_order(&problem));
        pool.install(|| {
            let mut meter = WorkMeter::new(200_000);
            let plan = improve(start, &mut meter, 1, Guide::default());
            (plan.chosen(), meter.done())
        })
    };
    let one = found(1);
    assert_eq!(one, found(2));
    assert_eq!(one, found(5));
}

#[test]
fn nothing_to_move_ends_the_search() {
    let problem = problem(&[(2, 1)], &[3], &[]);
    let index = Index::new(&problem);
    let mut meter = WorkMeter::new(u64::MAX);
    let plan = improve(Assignment::empty(&problem, &index), &mut meter, 1, Guide::default());
    assert_eq!((plan.score().weight_out, meter.done()), (2, 0));
}

#[test]
fn whoever_waits_can_call_the_search_off() {
    let problem = contested();
    let index = Index::new(&problem);
    let mut meter = WorkMeter::stoppable(u64::MAX, &|| true);
    improve(Assignment::empty(&problem, &index), &mut meter, 1, Guide::default());
    assert!(meter.done() < 2 * PATIENCE, "{}", meter.done());
}

fn started<'p>(problem: &'p Problem, index: &'p Index) -> Assignment<'p> {
    construct(problem, index, &whole_order(problem), &|| false)
}

fn improved<'p>(plan: &Assignment<'p>, work: u64, duals: Option<&Duals>) -> Assignment<'p> {
    let guide = Guide {
        duals,
        ..Guide::default()
    };
    improve(plan.clone(), &mut WorkMeter::new(work), 7, guide)
}

fn assert_keeps_the_rules(problem: &Problem, plan: &Assignment) {
    let totals = check(problem, &plan.chosen()).expect("the plan keeps every rule");
    assert_eq!(
        plan.score(),
        Score {
            weight_out: totals.weight_out,
            cost: totals.cost
        }
    );
}

proptest! {
    /// The construction keeps the rules and is no worse than either greedy plan.
    #[test]
    fn construction_beats_the_greedy_plans(problem in small_problem()) {
        let index = Index::new(&problem);
        let order = whole_order(&problem);
        let plan = construct(&problem, &index, &order, &|| false);
        assert_keeps_the_rules(&problem, &plan);
        for order in [by_weight(&problem, &order), order] {
            let greedy = first_fit(&problem, &index, &order);
            assert_keeps_the_rules(&problem, &greedy);
            prop_assert!(plan.score() <= greedy.score());
        }
    }

    /// Whatever is left out of a construction has no room: no copy is forgotten.
    #[test]
    fn constructions_leave_no_room_unused(problem in small_problem()) {
        let index = Index::new(&problem);
        for plan in [first_fit(&problem, &index, &whole_order(&problem)), regret_insertion(&problem, &index, &|| false)] {
            prop_assert!((0..problem.options.len() as u32).all(|opt| !plan.fits(opt)));
        }
    }

    /// The search keeps the rules, and more work never ends worse.
    #[test]
    fn search_is_monotone_in_work(problem in small_problem(), duals in prop::option::of(prop::collection::vec(0i128..90, 4))) {
        let index = Index::new(&problem);
        let duals = duals.map(Duals);
        let mut plan = started(&problem, &index);
        for work in [1, 100, 1_000, 20_000] {
            let more = improved(&started(&problem, &index), work, duals.as_ref());
            assert_keeps_the_rules(&problem, &more);
            prop_assert!(more.score() <= plan.score());
            plan = more;
        }
    }

    /// The same start, work and seed give the same plan.
    #[test]
    fn search_repeats_itself(problem in small_problem()) {
        let index = Index::new(&problem);
        let start = started(&problem, &index);
        prop_assert_eq!(improved(&start, 5_000, None).chosen(), improved(&start, 5_000, None).chosen());
    }
}
