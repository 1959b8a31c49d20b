//! Looking after what was bought: settling, destroying, and stopping in the middle.

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use common::{Done, KEY, command_on, json, market, run, run_with};
use gpu_place_sim::{Fault, Faults, Op, Running};

const WORDS: [&str; 6] = ["--gpu", "rtx4090", "--max-price", "2", "--ssh-key", KEY];

fn buy(running: &Running, state: &str, more: &[&str]) -> Done {
    run(
        running,
        &[&WORDS[..], &["--yes", "--json", "--state-dir", state], more].concat(),
    )
}

fn held(state: &str) -> usize {
    let status = json(&run_with(&[], &["status", "--state-dir", state, "--json"]));
    status["holdings"].as_array().map_or(0, Vec::len)
}

fn keep(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn all_from_a_plan_or_an_outcome_is_deleted_and_nothing_else() {
    let running = market(Faults::none());
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let plan = run(
        &running,
        &[&WORDS[..], &["--replicas", "2", "--name", "a", "--json"]].concat(),
    );
    let outcome = |name: &str| {
        let done = buy(&running, state, &["--replicas", "2", "--name", name]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        done.stdout
    };
    let (_, b) = (outcome("a"), outcome("b"));
    let plan = keep(folder.path(), "plan.json", &plan.stdout);
    let b = keep(folder.path(), "outcome.json", &b);
    let destroy = |file: &str| {
        run(
            &running,
            &["destroy", "--all-from", file, "--yes", "--state-dir", state],
        )
    };
    for (file, left) in [(plan, 2), (b, 0)] {
        let done = destroy(&file);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert_eq!((running.market(|m| m.instances().len()), held(state)), (left, left));
        let again = destroy(&file);
        assert_eq!(again.code, 2, "{}", again.stderr);
        assert!(again.stderr.contains("knows no such instance"), "{}", again.stderr);
    }
}

#[test]
fn what_stands_elsewhere_than_planned_is_named_and_left_alone() {
    let running = market(Faults::none().on(Op::Create, 0, Fault::SoldOut));
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let plan = run(&running, &[&WORDS[..], &["--json"]].concat());
    let bought = json(&buy(&running, state, &[]));
    assert_ne!(
        bought["instances"][0]["host_id"],
        json(&plan)["placements"][0]["host_id"]
    );
    let plan = keep(folder.path(), "plan.json", &plan.stdout);
    let done = run(
        &running,
        &["destroy", "--all-from", &plan, "--yes", "--state-dir", state],
    );
    assert_eq!((done.code, held(state)), (2, 1), "{}", done.stderr);
    let name = bought["instances"][0]["name"].as_str().unwrap();
    assert!(
        done.stderr.contains("destroy it by name") && done.stderr.contains(name),
        "{}",
        done.stderr
    );
}

#[test]
fn a_create_in_doubt_is_looked_for_before_it_is_said_to_be_deleted() {
    let running = market(Faults::none().on(Op::Create, 0, Fault::LandsLate(Duration::from_secs(3_600))));
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let bought = buy(&running, state, &["--settle-for", "1"]);
    assert_eq!(bought.code, 6, "{}", bought.stderr);
    let name = json(&bought)["attempts"][0]["name"].as_str().unwrap().to_owned();
    let destroy = || run(&running, &["destroy", &name, "--yes", "--state-dir", state]);
    let early = destroy();
    assert_eq!((early.code, held(state)), (6, 1), "{}", early.stdout);
    assert!(
        early.stdout.contains("It is unknown whether anything of it exists"),
        "{}",
        early.stdout
    );
    assert_eq!(running.market(|m| (m.drain(), m.instances().len()).1), 1);
    let late = destroy();
    assert_eq!(late.code, 0, "{}", late.stderr);
    assert!(late.stdout.contains("Nothing of it exists any more"), "{}", late.stdout);
    assert_eq!((running.market(|m| m.instances().len()), held(state)), (0, 0));
}

/// Starts it, presses Ctrl-C once it says these words, and lets it end.
fn stopped_at(mut command: Command, words: &str) -> Done {
    let mut child: Child = command.spawn().unwrap();
    let mut told = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !told.contains(words) {
        assert_ne!(
            stderr.read_line(&mut told).unwrap(),
            0,
            "it ended without a word of {words}: {told}"
        );
    }
    let pressed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(pressed.success());
    std::io::Read::read_to_string(&mut stderr, &mut told).unwrap();
    let mut done = Done::of(child.wait_with_output().unwrap());
    done.stderr = told;
    done
}

#[test]
fn ctrl_c_while_buying_undoes_what_cannot_be_completed() {
    let slow = Fault::AnswerLate(Duration::from_secs(2));
    let running = market(Faults::none().on(Op::Create, 0, slow));
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().to_str().unwrap();
    let flags = ["--replicas", "3", "--yes", "--state-dir", folder];
    let done = stopped_at(command_on(&running, &[&WORDS[..], &flags].concat()), "creating vm[0]");
    assert_eq!(done.code, 4, "{}", done.stderr);
    assert!(done.stdout.contains("it was stopped by Ctrl-C"), "{}", done.stdout);
    let seen = running.market(|m| (m.calls(Op::Create), m.instances().len(), m.gone().len()));
    assert_eq!((seen, held(folder)), ((1, 0, 1), 0));
}

#[test]
fn ctrl_c_while_waiting_for_stock_ends_the_wait() {
    let running = market(Faults::none());
    let state = tempfile::tempdir().unwrap();
    let dear = ["--gpu", "rtx4090", "--max-price", "0.01", "--ssh-key", KEY, "--yes"];
    let wait = ["--wait", "1h", "--state-dir", state.path().to_str().unwrap()];
    let done = stopped_at(command_on(&running, &[&dear[..], &wait].concat()), "no placement yet");
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert!(
        done.stderr.contains("waiting for stock; nothing was created"),
        "{}",
        done.stderr
    );
}

#[test]
fn every_later_run_looks_first_for_what_another_left_in_doubt() {
    let running = market(Faults::none().on(Op::Create, 0, Fault::LandsLate(Duration::from_secs(3_600))));
    // The marketplace's clock is turned on below, and what boots by it would take an hour.
    running.market(|m| m.options_mut().boot_time = Duration::ZERO);
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let doubted = || buy(&running, state, &["--settle-for", "1"]);
    let other = |name: &str| {
        let words = [
            "--gpu",
            "h100-sxm5-80gb",
            "--name",
            name,
            "--ssh-key",
            KEY,
            "--yes",
            "--state-dir",
            state,
        ];
        run(&running, &words)
    };
    let lost = doubted();
    assert_eq!(lost.code, 6, "{}", lost.stderr);
    let name = json(&lost)["attempts"][0]["name"].as_str().unwrap().to_owned();
    // Not there yet: it stays open, and is spoken of.
    let early = other("b");
    assert_eq!((early.code, held(state)), (0, 2), "{}", early.stderr);
    let spoken = format!("not known whether `{name}` was created");
    assert!(early.stderr.contains(&spoken), "{}", early.stderr);
    running.market(|m| m.drain());
    let late = other("c");
    let found = format!("`{name}` exists as instance");
    assert!(late.stderr.contains(&found), "{}", late.stderr);
    // Taken over by its own request, which buys no second one.
    let again = doubted();
    assert_eq!(
        json(&again)["instances"][0]["name"].as_str(),
        Some(&*name),
        "{}",
        again.stderr
    );
    assert_eq!((again.code, running.market(|m| m.instances().len())), (0, 3));
}

#[test]
fn an_outcome_that_nobody_heard_is_told_again_by_the_next_run() {
    let running = market(Faults::none());
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let flags = ["--yes", "--json", "--state-dir", state];
    let mut unheard = command_on(&running, &[&WORDS[..], &flags].concat()).spawn().unwrap();
    drop(unheard.stdout.take());
    assert_eq!(unheard.wait_with_output().unwrap().status.code(), Some(0));
    let names = || running.market(|m| m.instances().iter().map(|i| i.name.clone()).collect::<Vec<_>>());
    let bought = names();
    assert_eq!(bought.len(), 1);
    let again = buy(&running, state, &[]);
    assert_eq!(
        json(&again)["instances"][0]["name"],
        bought[0].as_str(),
        "{}",
        again.stderr
    );
    assert_eq!(names(), bought);
    // Heard now: the same words are a new request.
    let new = buy(&running, state, &[]);
    assert_eq!((new.code, names().len()), (0, 2), "{}", new.stderr);
}
