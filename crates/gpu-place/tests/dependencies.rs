//! What the program is built from: licences that let it be passed on, one source, no banned crates, few doubled ones.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences that ask for no more than a notice.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that need more than a C compiler, or bring a second TLS.
const BANNED: &[&str] = &[
    "openssl-sys",
    "native-tls",
    "aws-lc-sys",
    "cmake",
    "bindgen",
    "clang-sys",
];

/// Crates of which two versions are bearable: each is small, and both come from libraries that have not met yet.
const DOUBLED: &[&str] = &["getrandom", "hashbrown", "syn"];

/// Every package that the program itself is built from, as `name`, `version`, `origin` (empty for the registry), `licence`.
fn shipped() -> BTreeSet<[String; 4]> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let args = [
        "tree",
        "--locked",
        "--prefix=none",
        "--edges=normal,build",
        "--format={p}|{l}",
    ];
    let output = Command::new(cargo)
        .args(args)
        .args(["--manifest-path", manifest])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(package).collect()
}

/// Reads `syn v2.0.1 (proc-macro)|MIT (*)`.
fn package(line: &str) -> [String; 4] {
    let (package, licence) = line.split_once('|').unwrap();
    let mut words = package.splitn(3, ' ');
    let (name, version) = (words.next().unwrap(), words.next().unwrap());
    let origin = words
        .next()
        .unwrap_or("")
        .replace("(proc-macro)", "")
        .replace("(*)", "");
    let licence = licence.trim_end_matches("(*)");
    [name, version, origin.trim(), licence.trim()].map(str::to_owned)
}

fn licence_is_fine(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], "");
    expression
        .split(" OR ")
        .any(|choice| choice.split(" AND ").all(|licence| LICENCES.contains(&licence.trim())))
}

#[test]
fn every_dependency_may_be_passed_on_and_comes_from_the_registry() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut complaints = Vec::new();
    let shipped = shipped();
    assert!(shipped.len() > 50, "the list of packages is cut off: {shipped:?}");
    for [name, version, origin, licence] in shipped {
        if !licence_is_fine(&licence) {
            complaints.push(format!("{name}: licence {licence}"));
        }
        if BANNED.contains(&name.as_str()) {
            complaints.push(format!("{name} is banned"));
        }
        if !(origin.is_empty() || name.starts_with("gpu-place")) {
            complaints.push(format!("{name} comes from {origin}"));
        }
        versions.entry(name).or_default().insert(version);
    }
    for (name, versions) in versions {
        if versions.len() > 1 && !DOUBLED.contains(&name.as_str()) {
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
