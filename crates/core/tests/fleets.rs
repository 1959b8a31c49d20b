//! Recorded fleets with a known answer: the same weight left out, the same cost, proved; and the same bytes on any number of threads.

use std::path::{Path, PathBuf};

use gpu_place_core::fleet_file;
use gpu_place_core::place::{Effort, place};
use gpu_place_core::plan::Plan;
use serde_json::Value;

/// Instances that are proved in a moment even by an unoptimised build on a slow machine.
const FOLDERS: [(&str, &[&str]); 4] = [
    (
        "fleet-alibaba",
        &["100x100-ample", "100x100-scarce", "300x300-ample", "300x300-scarce"],
    ),
    ("fleet-vast", &["vast-409-small", "vast-409-medium"]),
    (
        "known-optimum",
        &[
            "exact-6+4-s1",
            "exact-6+4-s2",
            "exact-15+10-s1",
            "exact-15+10-s2",
            "parity-8-yes-s1",
            "parity-8-no-s2",
            "parity-8-partial-s1",
            "parity-60-partial-s1",
            "triplet-15-yes-s1",
            "triplet-30-yes-s2",
            "triplet-30-no-s1",
            "triplet-60-no-s2",
            "triplet-120-no-s1",
        ],
    ),
    (
        "synth-scarce",
        &[
            "100x120-s11",
            "100x120-s12",
            "200x200-s11",
            "200x200-s12",
            "1000x200-s11",
            "2000x400-s11",
        ],
    ),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn known(folder: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(fixtures().join(folder).join("optima.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn plan(folder: &str, known: &Value) -> Plan {
    let folder = fixtures().join(folder);
    let snapshot = known["snapshot"].as_str().unwrap().trim_end_matches(".zst");
    let file = std::fs::File::open(folder.join(format!("{snapshot}.zst"))).unwrap();
    let fleet = gpu_place_tensordock::read(&zstd::decode_all(file).unwrap())
        .unwrap()
        .fleet;
    let request = std::fs::read_to_string(folder.join(known["fleet"].as_str().unwrap())).unwrap();
    let request = fleet_file::read(&request, "fleet").unwrap();
    place(&fleet, &request, &[], Effort::default()).unwrap().into_plan()
}

#[test]
fn known_optima_are_found_and_proved() {
    let mut seen = 0;
    for (folder, names) in FOLDERS {
        let all = known(folder);
        for name in names {
            let known = all.iter().find(|k| k["instance"] == *name).unwrap();
            assert_eq!(known["proven"], true, "{name}");
            let plan: Value = serde_json::from_str(&plan(folder, known).to_json()).unwrap();
            let status = known["status"].as_str().unwrap_or("optimal");
            assert_eq!(plan["status"], status, "{name}");
            if status == "optimal" {
                assert_eq!(plan["objective"]["unplaced_weight"], known["unplaced_weight"], "{name}");
                assert_eq!(plan["objective"]["cost_per_hr"], known["cost_per_hr"], "{name}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 25);
}

#[test]
fn threads_do_not_change_a_byte() {
    let known = known("synth-scarce")
        .into_iter()
        .find(|k| k["instance"] == "100x120-s12")
        .unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plan("synth-scarce", &known).to_json())
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(8));
}
