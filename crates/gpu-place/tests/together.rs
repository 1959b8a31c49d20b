//! Several processes at once, with one state folder.

mod common;

use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use common::{Done, KEY, command_on, json, market, run_with};
use gpu_place_sim::{Faults, Nanos, Op, Running};

/// Starts a program and sends how it ended.
fn start(mut command: Command, ended: &std::sync::mpsc::Sender<Done>) {
    let child = command.spawn().unwrap();
    let ended = ended.clone();
    thread::spawn(move || ended.send(Done::of(child.wait_with_output().unwrap())));
}

fn buys(running: &Running, state: &str, more: &[&str]) -> Command {
    let words = [
        "--gpu",
        "rtx4090",
        "--max-price",
        "2",
        "--yes",
        "--json",
        "--ssh-key",
        KEY,
    ];
    command_on(running, &[&words[..], &["--state-dir", state], more].concat())
}

fn next(ends: &Receiver<Done>) -> Done {
    ends.recv().unwrap()
}

#[test]
fn of_the_same_request_twice_at_once_one_buys_and_the_other_says_so() {
    let running = market(Faults::none());
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let (ended, ends) = channel();
    // As long as the marketplace is held, no call is answered: neither process can be done before the other has begun.
    let turned_away = running.market(|_| {
        for _ in 0..2 {
            start(buys(&running, state, &[]), &ended);
        }
        next(&ends)
    });
    assert_eq!(turned_away.code, 1, "{turned_away:?}");
    let message = json(&turned_away)["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("another process is at the same request"),
        "{message}"
    );
    assert!(message.contains("--request-id"), "{message}");
    let bought = next(&ends);
    assert_eq!(bought.code, 0, "{bought:?}");
    assert_eq!(running.market(|m| (m.calls(Op::Create), m.instances().len())), (1, 1));
}

/// What the request of [`buys`] costs per hour.
fn price() -> Nanos {
    let running = market(Faults::none());
    let state = tempfile::tempdir().unwrap();
    let (ended, ends) = channel();
    start(buys(&running, state.path().to_str().unwrap(), &[]), &ended);
    let bought = next(&ends);
    assert_eq!(bought.code, 0, "{bought:?}");
    running.market(|m| m.rate())
}

#[test]
fn many_processes_never_pass_their_common_ceiling() {
    const PROCESSES: usize = 6;
    const ROOM_FOR: usize = 2;
    let running = market(Faults::none());
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    // Hosts differ in price, so that there is room for two of the dearer ones and for no third.
    let ceiling = price().0 * 5 / 2;
    let usd = format!("{}.{:09}", ceiling / 1_000_000_000, ceiling % 1_000_000_000);
    let (ended, ends) = channel();
    running.market(|_| {
        for at in 0..PROCESSES {
            let key = at.to_string();
            start(
                buys(&running, state, &["--ceiling", &usd, "--request-id", &key]),
                &ended,
            );
        }
    });
    let done: Vec<Done> = (0..PROCESSES).map(|_| next(&ends)).collect();
    let (bought, refused): (Vec<&Done>, Vec<&Done>) = done.iter().partition(|done| done.code == 0);
    assert_eq!(bought.len(), ROOM_FOR, "{done:?}");
    for done in refused {
        assert_eq!(done.code, 4, "{done:?}");
        let reason = json(done)["reason"].as_str().unwrap().to_owned();
        assert!(
            reason.contains("above the limit") && reason.contains("--ceiling"),
            "{reason}"
        );
    }
    // Nothing was created beyond it and deleted again either.
    let (instances, gone, rate) = running.market(|m| (m.instances().len(), m.gone().len(), m.rate().0));
    assert_eq!((instances, gone), (ROOM_FOR, 0));
    assert!(rate <= ceiling, "{rate} > {ceiling}");
    let status = json(&run_with(&[], &["status", "--state-dir", state, "--json"]));
    assert_eq!(status["holdings"].as_array().map(Vec::len), Some(ROOM_FOR));
}
