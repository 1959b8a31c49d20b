//! Small random markets and fleet files with every key, against an exhaustive search that follows the rules as they are promised:
//! it shares no code with the library, and what it compares has gone all the way from the texts of both files to the plan.

#[path = "brute_force/market.rs"]
mod market;
#[path = "brute_force/rules.rs"]
mod rules;
#[path = "brute_force/search.rs"]
mod search;
#[path = "brute_force/wish.rs"]
mod wish;

use gpu_place_core::fleet_file;
use gpu_place_core::place::{Effort, place};
use gpu_place_core::plan::{Objective, Placement, Plan, Status};
use gpu_place_core::verify::{read_plan, verify};
use market::Market;
use proptest::prelude::*;
use rules::{Way, ways};
use search::{Best, best, holds};
use wish::Wish;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_is_better(market in market::markets(), wish in wish::wishes()) {
        let plan = planned(&market, &wish)?;
        let ways: Vec<Vec<Way>> = wish.vms.iter().map(|vm| ways(&market, &wish, vm)).collect();
        counts_agree(&market, &ways, &plan)?;
        match best(&market, &wish, &ways) {
            None => {
                prop_assert_eq!(plan.status, Status::Infeasible, "{}", plan.to_json());
                prop_assert!(plan.objective.is_none() && plan.placements.is_empty());
            }
            Some(best) => {
                prop_assert_eq!(plan.status, Status::Optimal, "{}", plan.to_json());
                reaches(plan.objective.as_ref(), best)?;
                stands(&market, &wish, &ways, &plan)?;
            }
        }
    }
}

/// The plan for the two files, which the verifier accepts as it is read back.
fn planned(market: &Market, wish: &Wish) -> Result<Plan, TestCaseError> {
    let fleet = gpu_place_tensordock::read(market.snapshot().as_bytes()).unwrap().fleet;
    let request = fleet_file::read(&wish.file(), "fleet.json").unwrap();
    let plan = place(&fleet, &request, &[], Effort::default()).unwrap().into_plan();
    let printed = read_plan(&plan.to_json()).unwrap();
    prop_assert_eq!(verify(&fleet, &request, &[], &printed).map(|_| ()), Ok(()));
    Ok(plan)
}

/// The plan says right how many hosts could not be read, and how many take each VM.
fn counts_agree(market: &Market, ways: &[Vec<Way>], plan: &Plan) -> Result<(), TestCaseError> {
    let unread = market.hosts.iter().filter(|h| h.malformed).count() as u64;
    prop_assert_eq!(
        (plan.snapshot.hosts, plan.snapshot.malformed),
        (market.hosts.len() as u64, unread)
    );
    for (ways, said) in ways.iter().zip(&plan.rejections) {
        let fitting = (0..market.hosts.len()).filter(|h| ways.iter().any(|w| w.host == *h));
        prop_assert_eq!(said.fit as usize, fitting.count(), "{}", plan.to_json());
    }
    Ok(())
}

fn reaches(objective: Option<&Objective>, best: Best) -> Result<(), TestCaseError> {
    let found = objective.unwrap();
    prop_assert_eq!(
        (found.unplaced_weight, found.effective_cost_per_hr.nanos()),
        (best.weight, best.cost)
    );
    prop_assert_eq!(
        (found.unplaced_weight_bound, found.lower_bound_per_hr.nanos()),
        (best.weight, best.cost)
    );
    Ok(())
}

/// The placements themselves are allowed, and add up to what the plan says.
fn stands(market: &Market, wish: &Wish, ways: &[Vec<Way>], plan: &Plan) -> Result<(), TestCaseError> {
    let chosen: Vec<(usize, &Way)> = plan.placements.iter().map(|p| way_of(market, wish, ways, p)).collect();
    prop_assert!(holds(market, wish, &chosen), "{}", plan.to_json());
    let objective = plan.objective.as_ref().unwrap();
    prop_assert_eq!(
        objective.effective_cost_per_hr.nanos(),
        chosen.iter().map(|(_, w)| w.effective).sum::<i128>()
    );
    prop_assert_eq!(
        objective.cost_per_hr.nanos(),
        chosen.iter().map(|(_, w)| w.cost).sum::<i128>()
    );
    Ok(())
}

/// The entry and the way that a placement stands for.
fn way_of<'a>(market: &Market, wish: &Wish, ways: &'a [Vec<Way>], placed: &Placement) -> (usize, &'a Way) {
    let vm = wish.vms.iter().position(|vm| vm.name == placed.vm.as_str()).unwrap();
    let same = |way: &&Way| {
        let host = &market.hosts[way.host];
        host.id == placed.host_id.as_str()
            && host.offers[way.offer].model.name == placed.gpu
            && way.gpus == u64::from(placed.gpu_count)
    };
    (vm, ways[vm].iter().find(same).expect("the rules know no such way"))
}
