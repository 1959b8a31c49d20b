//! One market, one request, one plan, to the byte: on any number of threads, in any run, in whatever order the hosts are listed.

#[allow(dead_code)]
mod recorded;

use std::collections::BTreeMap;

use gpu_place_core::fleet_file;
use gpu_place_core::plan::Plan;
use gpu_place_core::request::Request;
use proptest::strategy::{Just, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use recorded::{Recorded, fixtures, fleet, known, plan, uncompressed};
use serde_json::Value;
use serde_json::value::RawValue;

/// Scarce and ample markets, with hosts that are alike and VMs that are alike, so that many plans cost the same.
const FLEETS: [(&str, &str); 9] = [
    ("fleet-alibaba", "100x100-ample"),
    ("fleet-alibaba", "300x300-scarce"),
    ("fleet-vast", "vast-409-medium"),
    ("known-optimum", "exact-15+10-s1"),
    ("known-optimum", "parity-8-no-s2"),
    ("known-optimum", "parity-60-partial-s1"),
    ("known-optimum", "triplet-30-yes-s2"),
    ("synth-scarce", "100x120-s12"),
    ("synth-scarce", "200x200-s12"),
];

fn recorded((folder, name): (&str, &str)) -> Recorded {
    let all = known(folder);
    let known = all.iter().find(|k| k["instance"] == name).unwrap();
    Recorded::of(folder, known)
}

#[test]
fn threads_and_runs_do_not_change_a_byte() {
    let instance = recorded(("synth-scarce", "100x120-s12"));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| instance.plan().to_json())
    };
    let one = on(1);
    for threads in [1, 2, 8] {
        assert_eq!(one, on(threads), "{threads} threads");
    }
}

#[test]
fn the_order_of_hosts_does_not_change_a_byte_of_a_fleet() {
    let mut runner = TestRunner::deterministic();
    for name in FLEETS {
        let mut instance = recorded(name);
        let listed = undigested(instance.plan());
        instance.snapshot = shuffled(&instance.snapshot, &mut runner);
        assert_eq!(undigested(instance.plan()), listed, "{name:?}");
    }
}

#[test]
fn the_order_of_hosts_does_not_change_a_byte_of_a_single_placement() {
    let cases = std::fs::read_to_string(fixtures().join("singles/singles.jsonl")).unwrap();
    let mut by_snapshot: BTreeMap<String, Vec<Request>> = BTreeMap::new();
    for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let snapshot = case["snapshot"].as_str().unwrap().to_owned();
        by_snapshot.entry(snapshot).or_default().push(single(&case));
    }
    let mut runner = TestRunner::deterministic();
    for (snapshot, requests) in by_snapshot {
        let bytes = uncompressed(&fixtures().join(snapshot));
        let (listed, shuffled) = (fleet(&bytes), fleet(&shuffled(&bytes, &mut runner)));
        for request in requests {
            assert_eq!(
                undigested(plan(&shuffled, &request)),
                undigested(plan(&listed, &request))
            );
        }
    }
}

fn single(case: &Value) -> Request {
    let mut vm = case["vm"].clone();
    vm["name"] = "vm".into();
    fleet_file::read(&serde_json::json!({ "vm": [vm] }).to_string(), "case").unwrap()
}

/// The plan without the digest of its snapshot.
fn undigested(mut plan: Plan) -> String {
    plan.snapshot.digest.clear();
    plan.to_json()
}

/// The same snapshot with its hosts in another order, each to the letter as it was.
fn shuffled(snapshot: &[u8], runner: &mut TestRunner) -> Vec<u8> {
    let mut document: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(snapshot).unwrap();
    let hosts: Vec<Box<RawValue>> = serde_json::from_str(document["hostnodes"].get()).unwrap();
    let count = hosts.len();
    let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
    let order = order.new_tree(runner).unwrap().current();
    assert!(!order.is_sorted());
    let hosts: Vec<&RawValue> = order.iter().map(|at| &*hosts[*at]).collect();
    document.insert("hostnodes".to_owned(), serde_json::value::to_raw_value(&hosts).unwrap());
    serde_json::to_vec(&document).unwrap()
}
