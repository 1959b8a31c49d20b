//! Faults without HTTP: what each does to the market, and that a seed repeats exactly.

mod common;

use std::time::Duration;

use common::{HOST, MODEL, answer, body, market, read};
use gpu_place_sim::{Call, Fault, Faults, Market, Nanos, Op, Rates, Reply, Status};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// The market after one create call that met this fault, and what was seen of it.
fn created(fault: Fault) -> (Market, Reply) {
    let mut market = market().with_faults(Faults::none().on(Op::Create, 0, fault));
    let reply = market.handle(&Call::create(&body("vm")), Duration::ZERO);
    (market, reply)
}

#[test]
fn a_create_that_lands_late_is_there_later() {
    let (mut market, reply) = created(Fault::LandsLate(90 * SECOND));
    assert_eq!(reply, Reply::NoAnswer { effect_applied: false });
    assert_eq!((market.instances().len(), market.landing()), (0, 1));
    market.advance(89 * SECOND);
    assert!(market.instances().is_empty());
    assert_eq!(market.drain(), 90 * SECOND);
    assert_eq!((market.instances()[0].created_at, market.landing()), (90 * SECOND, 0));
}

#[test]
fn a_late_create_finds_only_what_is_left() {
    let (mut market, _) = created(Fault::LandsLate(SECOND));
    market.set_free_gpus(HOST, MODEL, 3);
    market.drain();
    assert!(market.instances().is_empty());
}

#[test]
fn a_delete_that_lands_late_goes_later() {
    let faults = Faults::none().on(Op::Delete, 0, Fault::LandsLate(30 * SECOND));
    let mut market = market().with_faults(faults);
    answer(&mut market, &Call::create(&body("vm")));
    let id = market.instances()[0].id.clone();
    let reply = market.handle(&Call::delete(&id), Duration::ZERO);
    assert_eq!(
        (reply, market.instances().len()),
        (Reply::NoAnswer { effect_applied: false }, 1)
    );
    market.advance(30 * SECOND);
    assert!(market.instances().is_empty());
    assert_eq!(market.free_gpus(HOST, MODEL), 8);
}

#[test]
fn a_machine_may_stop_or_never_start() {
    let (mut market, _) = created(Fault::StopsItself(10 * SECOND));
    assert_eq!(market.instances()[0].status, Status::Running);
    market.advance(10 * SECOND);
    assert_eq!(market.instances()[0].status, Status::Stopped);
    let (mut market, _) = created(Fault::NeverRuns);
    market.advance(10_000 * SECOND);
    assert_eq!(market.instances()[0].status, Status::Creating);
}

#[test]
fn the_price_rises_between_detail_and_create() {
    let (market, _) = created(Fault::PriceUp { percent: 10 });
    assert_eq!(market.rate(), Nanos(8_800_000_000 * 11 / 10 + 73_800_000));
    let (market, _) = created(Fault::PriceUp { percent: 0 });
    assert_eq!(market.rate(), Nanos(8_873_800_004));
}

#[test]
fn stock_that_others_took_is_gone_and_stale_stock_goes_on_showing() {
    for (fault, left) in [(Fault::SoldOut, 0), (Fault::StaleStock, 8)] {
        let (market, reply) = created(fault);
        let answer = reply.within(SECOND).expect("an answer");
        assert_eq!(answer.body_json().expect("JSON")["error"], "No available nodes found");
        assert_eq!(market.free_gpus(HOST, MODEL), left);
        assert!(market.instances().is_empty());
    }
}

#[test]
fn a_patient_caller_gets_a_late_answer() {
    let (_, reply) = created(Fault::AnswerLate(20 * SECOND));
    assert!(reply.clone().within(20 * SECOND).is_none());
    assert!(reply.within(21 * SECOND).is_some());
}

#[test]
fn the_script_names_calls_by_kind_and_number() {
    let faults = Faults::none().during(Op::Hostnodes, 1, 2, Fault::RequestLost);
    let mut market = market().with_faults(faults);
    let lost: Vec<bool> = (0..4)
        .map(|_| matches!(market.handle(&Call::get("/hostnodes"), SECOND), Reply::NoAnswer { .. }))
        .collect();
    assert_eq!(lost, [false, true, true, false]);
    assert_eq!(read(&mut market, "/instances")["data"], serde_json::json!([]));
    assert_eq!((market.calls(Op::Hostnodes), market.calls(Op::Instances)), (4, 1));
}

/// A fixed run of calls, a second apart, with what each got and what came of it all.
fn run(seed: u64, probability: f64) -> (Vec<Reply>, Vec<String>) {
    let faults = Faults::seeded(seed, Rates::everywhere(probability));
    let mut market = market().with_faults(faults);
    let calls = [
        Call::get("/hostnodes"),
        Call::get("/hostnodes/host-a"),
        Call::create(&body("vm")),
        Call::get("/instances"),
        Call::delete("none"),
    ];
    let replies = (0..60_u32)
        .map(|second| {
            let call = &calls[second as usize % calls.len()];
            market.handle(call, second * SECOND)
        })
        .collect();
    market.drain();
    (replies, market.instances().iter().map(|one| one.id.clone()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_same_seed_repeats_exactly(seed in any::<u64>()) {
        prop_assert_eq!(run(seed, 0.5), run(seed, 0.5));
    }
}

#[test]
fn seeds_differ_and_rates_are_kept() {
    assert_ne!(run(1, 0.5).0, run(2, 0.5).0);
    assert!(run(1, 0.0).0.iter().all(|reply| matches!(reply, Reply::Answer(_))));
    let faults = Faults::seeded(7, Rates::everywhere(0.25));
    let drawn = (0..10_000)
        .filter(|index| faults.draw(*index, Op::Create, 0).is_some())
        .count();
    assert!(
        (2_300..2_700).contains(&drawn),
        "{drawn} of 10000 at a rate of a quarter"
    );
    let only = Rates::none().with(Op::Create, Fault::SoldOut, 1.0);
    let faults = Faults::seeded(7, only);
    assert_eq!(faults.draw(3, Op::Create, 0), Some(Fault::SoldOut));
    assert_eq!(faults.draw(3, Op::Delete, 0), None);
}
