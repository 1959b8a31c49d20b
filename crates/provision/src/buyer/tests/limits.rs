//! Prices, purses, attempts, and what happens when the whole cannot be completed.

use super::*;
use crate::buyer::replan;
use crate::journal::{JournalError, Over};
use crate::outcome::{AttemptResult, Status};

fn refuse_on<'a>(host: &'a str) -> impl FnMut(&mut Rig, &Action) -> Option<Event> + 'a {
    move |_, action| match action {
        Action::Create(order) if order.deal.host.as_str() == host => {
            Some(Event::Answer(Answer::Refused(refusal(RefusalKind::SoldOut))))
        }
        _ => None,
    }
}

/// The one instance turns out to cost 1.5 dollars an hour, and writing that down comes to this.
fn costs_more(
    result: impl Fn() -> Result<Reservation, JournalError>,
) -> impl FnMut(&mut Rig, &Action) -> Option<Event> {
    move |rig, action| match action {
        Action::Create(order) => {
            let id = rig.create(order, Life::Running);
            rig.instances[0].rate = Some(usd(1_500));
            Some(Event::Answer(Answer::Created(id)))
        }
        Action::Granted { .. } => Some(Event::Reserved(result())),
        _ => None,
    }
}

fn disk_full() -> JournalError {
    JournalError::Full("journal".into())
}

fn one_per_host(replicas: u32) -> Request {
    let spread = gpu_place_core::request::SpreadRule {
        by: gpu_place_core::fleet::PlaceKind::Host,
        max: std::num::NonZeroU32::MIN,
    };
    request(replicas).with_vm(0, |vm| vm.spread = Some(spread))
}

#[test]
fn a_price_that_rose_is_seen_in_the_last_look() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(1));
    rig.fleet = fleet_of([record(1, 1_000_000_001)]);
    let outcome = rig.run_well();
    assert_eq!((outcome.exit_code(), rig.creates().len()), (4, 0));
    assert_eq!(outcome.attempts[0].result, AttemptResult::Skipped);
    assert!(
        outcome.attempts[0]
            .message
            .as_ref()
            .unwrap()
            .contains("1.000000001 USD/h now, and 1 USD/h were agreed")
    );
    assert!(outcome.reason.unwrap().contains("agreed price"));
}

#[test]
fn a_port_that_was_taken_meanwhile_is_planned_around_on_the_same_host() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(1));
    let mut host = record(1, 1_000_000_000);
    host.ports = Some([20_003].into_iter().filter_map(Port::new).collect());
    rig.fleet = fleet_of([host]);
    let outcome = rig.run_well();
    assert_eq!(
        (outcome.exit_code(), rig.log[..3].join(", ")),
        (0, "look h1, plan, look h1".into())
    );
    assert_eq!(outcome.instances[0].port_forwards[0].external_port.number(), 20_003);
}

#[test]
fn a_host_that_is_gone_is_passed_over() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(2_000));
    rig.fleet = fleet_of([record(2, 2_000_000_000)]);
    let outcome = rig.run_well();
    assert_eq!((outcome.exit_code(), rig.creates()), (0, vec!["h2"]));
}

#[test]
fn all_or_nothing_is_undone() {
    let mut rig = Rig::new(Terms::new(one_per_host(2)), fleet(2));
    let outcome = rig.run(refuse_on("h2"));
    assert_eq!(
        (outcome.exit_code(), rig.creates(), rig.instances.len()),
        (4, vec!["h1", "h2"], 0)
    );
    let undone = outcome
        .attempts
        .iter()
        .find(|a| a.result == AttemptResult::Created)
        .unwrap();
    assert!(undone.message.as_ref().unwrap().contains("could not be completed"));
}

#[test]
fn what_may_stay_stays() {
    let mut keep = Terms::new(one_per_host(2));
    keep.keep_partial = true;
    let mut partial = one_per_host(2);
    partial.partial = true;
    for terms in [keep, Terms::new(partial)] {
        let mut rig = Rig::new(terms, fleet(2));
        let outcome = rig.run(refuse_on("h2"));
        assert_eq!(
            (outcome.exit_code(), outcome.status, rig.instances.len()),
            (5, Status::Partial, 1)
        );
    }
}

#[test]
fn a_vm_is_tried_as_often_as_it_may_be() {
    for attempts in [1, 2, 3] {
        let mut terms = Terms::new(request(1));
        terms.attempts = attempts;
        let mut rig = Rig::capped(terms, fleet(9), usd(9_000));
        let outcome = rig.run(|_, action| match action {
            Action::Create(_) => Some(Event::Answer(Answer::Refused(refusal(RefusalKind::SoldOut)))),
            _ => None,
        });
        assert_eq!((outcome.exit_code(), rig.creates().len() as u32), (4, attempts));
    }
}

#[test]
fn a_purse_without_room_stops_the_run() {
    let mut rig = Rig::new(Terms::new(one_per_host(2)), fleet(2));
    let over = Over {
        ceiling: true,
        limit: usd(2_500),
        total: usd(3_000),
    };
    let outcome = rig.run(|_, action| match action {
        Action::Intend { attempt, .. } if attempt.deal.host.as_str() == "h2" => {
            Some(Event::Reserved(Ok(Reservation::Over(over))))
        }
        _ => None,
    });
    assert_eq!(
        (outcome.exit_code(), rig.creates(), rig.instances.len()),
        (4, vec!["h1"], 0)
    );
    let reason = outcome.reason.unwrap();
    assert!(
        reason.contains("3 USD/h") && reason.contains("2.5 USD/h") && reason.contains("--ceiling"),
        "{reason}"
    );
}

#[test]
fn what_turns_out_to_pass_the_ceiling_is_deleted() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(1), usd(2_000));
    let over = Over {
        ceiling: true,
        limit: usd(1_200),
        total: usd(1_500),
    };
    let outcome = rig.run(costs_more(|| Ok(Reservation::Over(over))));
    assert_eq!((outcome.exit_code(), rig.instances.len()), (4, 0));
    assert!(outcome.warnings[0].contains("the ceiling of 1.2 USD/h is passed"));
}

#[test]
fn without_a_journal_nothing_is_sent() {
    for failing in ["intend", "sending"] {
        let mut rig = Rig::new(Terms::new(request(1)), fleet(1));
        let outcome = rig.run(|rig, _| match rig.log.last().map(String::as_str) {
            Some("intend") if failing == "intend" => Some(Event::Reserved(Err(disk_full()))),
            Some("sending") if failing == "sending" => Some(Event::Recorded(Err(disk_full()))),
            _ => None,
        });
        assert_eq!((outcome.exit_code(), rig.creates().len()), (1, 0), "{failing}");
        assert!(outcome.reason.unwrap().contains("disk is full"));
    }
}

#[test]
fn what_cannot_be_written_down_is_still_told() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(1));
    let outcome = rig.run(|rig, action| match action {
        Action::Record(_) if rig.created > 0 => Some(Event::Recorded(Err(disk_full()))),
        _ => None,
    });
    assert_eq!(
        (outcome.exit_code(), outcome.instances.len(), rig.instances.len()),
        (0, 1, 1)
    );
    assert!(
        !rig.buyer.is_over(),
        "the journal does not know it, so that the next run has to look"
    );
}

#[test]
fn placements_go_to_the_vms_whose_price_covers_them() {
    let placed = |host: u64| {
        let fleet = fleet_of([record(host, host * 1_000_000_000)]);
        let plan = place(&fleet, &request(1), &[], Effort::default()).unwrap();
        Placed::of(&fleet, &plan.plan().placements[0])
    };
    let missing = [(slot(0), usd(3_000)), (slot(1), usd(1_000))];
    let aims = replan::assign(&missing, vec![placed(3), placed(1)], false).unwrap();
    let pairs: Vec<_> = aims.iter().map(|aim| (aim.slot.replica, aim.placed.cost())).collect();
    assert_eq!(pairs, [(1, usd(1_000)), (0, usd(3_000))]);
    let one = replan::assign(&missing, vec![placed(3)], false).unwrap();
    assert_eq!((one.len(), one[0].slot.replica), (1, 0));
    let too_dear = replan::assign(&missing, vec![placed(2), placed(2)], false).unwrap_err();
    assert_eq!(too_dear.1, usd(1_000));
}

#[test]
fn a_price_above_the_promised_one_that_cannot_be_written_down_is_told() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(1), usd(2_000));
    let outcome = rig.run(costs_more(|| Err(disk_full())));
    assert_eq!(outcome.instances.len(), 1);
    assert!(outcome.reason.unwrap().contains("the disk is full"));
    assert!(
        outcome.warnings[0].contains("costs 1.5 USD/h, more than the 1 USD/h"),
        "{:?}",
        outcome.warnings
    );
}

#[test]
fn a_person_who_stops_gets_the_whole_or_nothing() {
    for (replicas, there) in [(1, 1), (2, 0)] {
        let mut rig = Rig::new(Terms::new(request(replicas)), fleet(1));
        let outcome = rig.run(|rig, action| {
            if let Action::Create(_) = action {
                rig.buyer.interrupt();
            }
            None
        });
        assert_eq!((rig.creates().len(), rig.instances.len()), (1, there));
        assert_eq!(outcome.exit_code(), if there == 1 { 0 } else { 4 });
    }
}

#[test]
fn a_person_who_stops_while_a_create_is_in_doubt_learns_of_it() {
    let mut rig = Rig::new(Terms::new(request(2)), fleet(1));
    let outcome = rig.run(|rig, action| match action {
        Action::Create(_) => {
            rig.buyer.interrupt();
            Some(Event::Answer(Answer::Lost("no answer".into())))
        }
        _ => None,
    });
    assert_eq!((outcome.exit_code(), rig.creates().len()), (6, 1));
    assert!(!rig.buyer.is_over(), "the next run looks again");
}
