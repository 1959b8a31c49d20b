//! The recorded fleets under `fixtures`.

use std::path::{Path, PathBuf};

use gpu_place_core::fleet::Fleet;
use gpu_place_core::fleet_file;
use gpu_place_core::place::{Effort, place};
use gpu_place_core::plan::Plan;
use gpu_place_core::request::Request;
use serde_json::Value;

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// A market, and what is wanted of it.
pub struct Recorded {
    /// The snapshot, uncompressed.
    pub snapshot: Vec<u8>,
    pub request: Request,
}

impl Recorded {
    /// The instance of a line of an `optima.json`.
    pub fn of(folder: &str, known: &Value) -> Recorded {
        let folder = fixtures().join(folder);
        let snapshot = known["snapshot"].as_str().unwrap().trim_end_matches(".zst");
        let request = std::fs::read_to_string(folder.join(known["fleet"].as_str().unwrap())).unwrap();
        Recorded {
            snapshot: uncompressed(&folder.join(format!("{snapshot}.zst"))),
            request: fleet_file::read(&request, "fleet").unwrap(),
        }
    }

    pub fn plan(&self) -> Plan {
        plan(&fleet(&self.snapshot), &self.request)
    }
}

/// What is known of the instances of a folder.
pub fn known(folder: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(fixtures().join(folder).join("optima.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub fn uncompressed(path: &Path) -> Vec<u8> {
    zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap()
}

pub fn fleet(snapshot: &[u8]) -> Fleet {
    gpu_place_tensordock::read(snapshot).unwrap().fleet
}

pub fn plan(fleet: &Fleet, request: &Request) -> Plan {
    place(fleet, request, &[], Effort::default()).unwrap().into_plan()
}
