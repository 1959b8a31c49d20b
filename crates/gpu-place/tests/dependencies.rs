//! What the program is built from: licences that let it be passed on, one source, no banned crates, few doubled ones.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than a notice.
const LICENCES: &[&str] = &[
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "Unicode-3.0", "Unlicense", "Zlib",
];

/// Crates that need more than a C compiler, or bring a second TLS.
const BANNED: &[&str] = &["openssl-sys", "native-tls", "aws-lc-sys", "cmake", "bindgen", "clang-sys"];

/// Crates of which two versions are bearable: each is small, and both come from libraries that have not met yet.
const DOUBLED: &[&str] = &[];

fn metadata() -> Value {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let args = ["metadata", "--format-version=1", "--locked", "--filter-platform=x86_64-unknown-linux-gnu"];
    let output = Command::new(cargo).args(args).args(["--manifest-path", manifest]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Ids of all packages that the program itself is built from: no tests, no optional parts.
fn shipped(metadata: &Value) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Value> =
        metadata["resolve"]["nodes"].as_array().unwrap().iter().map(|n| (n["id"].as_str().unwrap(), n)).collect();
    let root = metadata["packages"].as_array().unwrap().iter().find(|p| p["name"] == "gpu-place").unwrap();
    let mut seen = BTreeSet::new();
    let mut open = vec![root["id"].as_str().unwrap()];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dep in nodes[id]["deps"].as_array().unwrap() {
            let ships = dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev");
            if ships {
                open.push(dep["pkg"].as_str().unwrap());
            }
        }
    }
    seen
}

fn licence_is_fine(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], "");
    expression.split(" OR ").any(|choice| choice.split(" AND ").all(|licence| LICENCES.contains(&licence.trim())))
}

#[test]
fn every_dependency_may_be_passed_on_and_comes_from_the_registry() {
    let metadata = metadata();
    let shipped = shipped(&metadata);
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        if !shipped.contains(package["id"].as_str().unwrap()) {
            continue;
        }
        let name = package["name"].as_str().unwrap();
        versions.entry(name).or_default().insert(package["version"].as_str().unwrap());
        if !package["license"].as_str().is_some_and(licence_is_fine) {
            complaints.push(format!("{name}: licence {}", package["license"]));
        }
        if BANNED.contains(&name) {
            complaints.push(format!("{name} is banned"));
        }
        let source = package["source"].as_str();
        if source.is_some_and(|s| !s.starts_with("registry+")) {
            complaints.push(format!("{name}: source {source:?}"));
        }
    }
    for (name, versions) in versions {
        if versions.len() > 1 && !DOUBLED.contains(&name) {
            complaints.push(format!("{name} stands doubled: {versions:?}"));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn a_licence_expression_is_fine_if_one_of_its_choices_is() {
    assert!(licence_is_fine("MIT OR GPL-3.0") && licence_is_fine("Apache-2.0 WITH LLVM-exception OR MIT"));
    assert!(licence_is_fine("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!licence_is_fine("GPL-3.0") && !licence_is_fine("MIT AND GPL-3.0"));
}
