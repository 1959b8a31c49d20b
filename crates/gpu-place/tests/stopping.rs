//! Planning that is cut short: whoever is in a hurry gets the best plan so far, with what is proved of it.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{Done, command, fixture, json, run_with};

/// A fleet that takes far longer than a test may; some of its VMs have to be left out.
const LARGE: &str = "fleet-alibaba/1213x3000-scarce";

fn file(ending: &str) -> String {
    fixture(&format!("{LARGE}.{ending}")).to_str().unwrap().to_owned()
}

/// Unproved, and yet a plan that verifies. Not everything is placed.
fn is_a_plan_so_far(done: &Done) {
    assert_eq!(done.code, 3, "{}", done.stderr);
    let plan = json(done);
    assert_eq!(plan["status"], "feasible");
    assert_ne!(plan["placements"].as_array().unwrap().len(), 0);
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("plan.json");
    std::fs::write(&kept, &done.stdout).unwrap();
    let (fleet, snapshot) = (file("fleet.toml"), file("snapshot.json.zst"));
    let words = [
        "verify",
        kept.to_str().unwrap(),
        "--fleet",
        &fleet,
        "--snapshot",
        &snapshot,
    ];
    let verified = run_with(&[], &words);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn a_time_limit_ends_with_the_best_plan_so_far() {
    let (fleet, snapshot) = (file("fleet.toml"), file("snapshot.json.zst"));
    let words = ["plan", &fleet, "--snapshot", &snapshot, "--json", "--time-limit", "1ms"];
    is_a_plan_so_far(&run_with(&[], &words));
}

#[test]
fn ctrl_c_ends_with_the_best_plan_so_far() {
    let fleet = file("fleet.toml");
    let mut command = command(&[], &["plan", &fleet, "--snapshot", "-", "--json"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let snapshot = std::fs::read(file("snapshot.json.zst")).unwrap();
    let (last, most) = snapshot.split_last().unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than a pipe holds: once it is written, the program reads, and listens. It cannot plan before the last byte.
    input.write_all(most).unwrap();
    let mut kill = Command::new("kill");
    assert!(kill.args(["-INT", &child.id().to_string()]).status().unwrap().success());
    input.write_all(&[*last]).unwrap();
    drop(input);
    is_a_plan_so_far(&Done::of(child.wait_with_output().unwrap()));
}
