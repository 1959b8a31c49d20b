//! Two hundred single placements whose answer was found by exhaustive search elsewhere: same cost, same host, same count of fits.

use std::collections::HashMap;
use std::path::Path;

use gpu_place_core::fleet::Fleet;
use gpu_place_core::fleet_file;
use gpu_place_core::place::{Effort, place};
use gpu_place_core::plan::Status;
use serde_json::Value;

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"))
}

fn load(snapshot: &str) -> Fleet {
    let file = std::fs::File::open(fixtures().join(snapshot)).unwrap();
    gpu_place_tensordock::read(&zstd::decode_all(file).unwrap())
        .unwrap()
        .fleet
}

#[test]
fn every_single_placement_has_the_known_answer() {
    let cases = std::fs::read_to_string(fixtures().join("singles/singles.jsonl")).unwrap();
    let mut fleets: HashMap<String, Fleet> = HashMap::new();
    let mut seen = 0;
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let snapshot = case["snapshot"].as_str().unwrap();
        let fleet = fleets.entry(snapshot.to_owned()).or_insert_with(|| load(snapshot));
        let mut file = serde_json::json!({ "sizes": "exact", "vm": [case["vm"]] });
        file["vm"][0]["name"] = "vm".into();
        if let Some(cost) = case.get("downtime_cost_per_hr") {
            file["downtime_cost_per_hr"] = cost.clone();
        }
        let request = fleet_file::read(&file.to_string(), "case").unwrap();
        let plan = place(fleet, &request, &[], Effort::default()).unwrap().into_plan();
        check(&case, &serde_json::from_str(&plan.to_json()).unwrap(), plan.status);
        seen += 1;
    }
    assert_eq!(seen, 200);
}

fn check(case: &Value, plan: &Value, status: Status) {
    let (id, answer) = (&case["id"], &case["answer"]);
    assert_eq!(answer["status"], status.word(), "{id}");
    if let Some(fit) = answer.get("fit") {
        assert_eq!(&plan["rejections"][0]["fit"], fit, "{id}: fit");
    }
    if !status.has_plan() {
        return;
    }
    for key in ["cost_per_hr", "effective_cost_per_hr"] {
        assert_eq!(plan["objective"][key], answer[key], "{id}: {key}");
    }
    for key in ["host_id", "gpu", "gpu_count"] {
        assert_eq!(plan["placements"][0][key], answer[key], "{id}: {key}");
    }
}
