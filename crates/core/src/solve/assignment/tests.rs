use proptest::prelude::*;
use smallvec::smallvec;

use super::super::problem::{Demand, Spread, Together};
use super::super::testing::small_problem;
use super::*;

/// Two hosts of 4 and 2 units, one demand of 3 copies of 2 units, 5 nano-dollars on the first host and 3 on the second.
fn two_hosts() -> Problem {
    let opt = |host, cost| Opt {
        demand: 0,
        host,
        needs: smallvec![(0, 2)],
        cost,
        spend: cost,
    };
    Problem {
        demands: vec![Demand::of(3, 7)],
        hosts: vec![vec![4], vec![2]],
        options: vec![opt(0, 5), opt(1, 3)],
        spreads: vec![],
        togethers: vec![],
        budget: None,
        partial: true,
    }
}

#[test]
fn room_and_totals_follow_each_copy() {
    let problem = two_hosts();
    let index = Index::new(&problem);
    let mut plan = Assignment::empty(&problem, &index);
    assert_eq!(index.by_cost(0), [1, 0]);
    assert_eq!(
        plan.score(),
        Score {
            weight_out: 21,
            cost: 0
        }
    );

    plan.place(1);
    assert!(!plan.fits(1), "its host is full");
    assert_eq!(plan.copies_that_fit(0, 9), 2);
    plan.place_copies(0, 2);
    assert_eq!(
        plan.score(),
        Score {
            weight_out: 0,
            cost: 13
        }
    );
    assert_eq!(plan.chosen(), [(0, 2), (1, 1)]);

    plan.remove(1);
    assert_eq!(plan.chosen(), [(0, 2)]);
    assert_eq!((plan.left(0), plan.room(1), plan.on_host(1)), (1, &[2][..], &[][..]));
}

#[test]
fn spread_counts_copies_by_place() {
    let spread = Spread {
        demands: vec![0],
        place_of: vec![0, 0],
        room: vec![1],
    };
    let problem = Problem {
        spreads: vec![spread],
        ..two_hosts()
    };
    let index = Index::new(&problem);
    let mut plan = Assignment::empty(&problem, &index);
    plan.place(0);
    assert!(!plan.fits(0) && !plan.fits(1));
    plan.remove(0);
    assert!(plan.fits(1));
}

#[test]
fn together_follows_the_first_copy_and_forgets_the_last() {
    let together = Together {
        demands: vec![0],
        place_of: vec![0, 1],
    };
    let problem = Problem {
        togethers: vec![together],
        ..two_hosts()
    };
    let index = Index::new(&problem);
    let mut plan = Assignment::empty(&problem, &index);
    plan.place(0);
    assert!(plan.fits(0) && !plan.fits(1));
    plan.remove(0);
    assert!(plan.fits(1));
}

#[test]
fn budget_caps_the_spend() {
    let problem = Problem {
        budget: Some(9),
        ..two_hosts()
    };
    let index = Index::new(&problem);
    let mut plan = Assignment::empty(&problem, &index);
    assert_eq!(plan.copies_that_fit(0, 3), 1);
    plan.place(0);
    assert!(plan.fits(1) && !plan.fits(0));
}

#[test]
fn the_check_names_what_is_broken() {
    let problem = two_hosts();
    assert_eq!(
        check(&problem, &[(1, 2)]),
        Err(Violation::Overfull {
            host: 1,
            dim: 0,
            has: 2,
            given: 4
        })
    );
    assert_eq!(
        check(&problem, &[(0, 3), (1, 1)]),
        Err(Violation::TooManyCopies {
            demand: 0,
            wanted: 3,
            placed: 4
        })
    );
    assert_eq!(check(&problem, &[(1, 1), (0, 1)]), Err(Violation::Malformed(0)));
    assert_eq!(check(&problem, &[(2, 1)]), Err(Violation::NoOption(2)));
    let poor = Problem {
        budget: Some(7),
        ..two_hosts()
    };
    assert_eq!(
        check(&poor, &[(0, 1), (1, 1)]),
        Err(Violation::OverBudget { budget: 7, spend: 8 })
    );
    let together = Together {
        demands: vec![0],
        place_of: vec![0, 1],
    };
    let bound = Problem {
        togethers: vec![together],
        ..two_hosts()
    };
    assert_eq!(check(&bound, &[(0, 1), (1, 1)]), Err(Violation::Scattered(0)));
    let spread = Spread {
        demands: vec![0],
        place_of: vec![0, 0],
        room: vec![1],
    };
    let apart = Problem {
        spreads: vec![spread],
        ..two_hosts()
    };
    assert_eq!(
        check(&apart, &[(0, 1), (1, 1)]),
        Err(Violation::Crowded {
            rule: 0,
            place: 0,
            room: 1,
            held: 2
        })
    );
}

proptest! {
    /// Any walk of placing and removing keeps every rule, and its totals are those of its choice.
    #[test]
    fn any_walk_keeps_the_rules(problem in small_problem(), steps in prop::collection::vec((any::<u32>(), 0u32..3), 0..60)) {
        let index = Index::new(&problem);
        let mut plan = Assignment::empty(&problem, &index);
        for (opt, copies) in steps {
            if problem.options.is_empty() {
                break;
            }
            let opt = opt % problem.options.len() as u32;
            prop_assert_eq!(plan.fits(opt), plan.copies_that_fit(opt, 1) == 1);
            match copies {
                0 => plan.remove_copies(opt, plan.taken(opt)),
                _ => plan.place_copies(opt, plan.copies_that_fit(opt, copies)),
            }
            let totals = check(&problem, &plan.chosen()).expect("every step keeps the rules");
            prop_assert_eq!(plan.score(), Score { weight_out: totals.weight_out, cost: totals.cost });
            prop_assert_eq!(plan.spend(), totals.spend);
        }
    }

    /// What fits is what the check accepts: one copy more is refused exactly when the rules forbid it.
    #[test]
    fn fits_agrees_with_the_check(problem in small_problem(), picks in prop::collection::vec(any::<u32>(), 0..20)) {
        let index = Index::new(&problem);
        let mut plan = Assignment::empty(&problem, &index);
        for pick in picks {
            if problem.options.is_empty() {
                break;
            }
            let opt = pick % problem.options.len() as u32;
            let mut chosen = plan.chosen();
            match chosen.binary_search_by_key(&opt, |&(ix, _)| ix) {
                Ok(at) => chosen[at].1 += 1,
                Err(at) => chosen.insert(at, (opt, 1)),
            }
            prop_assert_eq!(plan.fits(opt), check(&problem, &chosen).is_ok());
            if plan.fits(opt) {
                plan.place(opt);
            }
        }
    }
}
