//! Recorded fleets with a known answer: the same weight left out, the same cost, proved.

mod recorded;

use recorded::{Recorded, known};
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

#[test]
fn known_optima_are_found_and_proved() {
    let mut seen = 0;
    for (folder, names) in FOLDERS {
        let all = known(folder);
        for name in names {
            let known = all.iter().find(|k| k["instance"] == *name).unwrap();
            assert_eq!(known["proven"], true, "{name}");
            let plan: Value = serde_json::from_str(&Recorded::of(folder, known).plan().to_json()).unwrap();
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
