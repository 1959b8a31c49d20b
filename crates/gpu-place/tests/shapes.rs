//! A snapshot in every shape that is read gives the same plan, but for the digest.

mod common;

use std::io::Write;
use std::path::Path;

use common::{fixture, json, run_with};
use serde_json::{Value, json};

fn plan(file: &Path) -> Value {
    let flags = [
        "--gpu",
        "rtx4090",
        "--count",
        "2",
        "--json",
        "--snapshot",
        file.to_str().unwrap(),
    ];
    let done = run_with(&[], &flags);
    assert_eq!(done.code, 0, "{}: {}", file.display(), done.stderr);
    let mut plan = json(&done);
    plan["snapshot"]["digest"] = Value::Null;
    plan["snapshot"]["taken_at"] = Value::Null;
    plan
}

#[test]
fn every_shape_gives_the_same_plan() {
    let compressed = std::fs::read(fixture("fleet-vast/vast-409.snapshot.json.zst")).unwrap();
    let plain = zstd::decode_all(&compressed[..]).unwrap();
    let snapshot: Value = serde_json::from_slice(&plain).unwrap();
    let hosts = snapshot["hostnodes"].clone();
    let by_id = |host: &Value| (host["id"].as_str().unwrap().to_owned(), host.clone());
    let map: Value = hosts
        .as_array()
        .unwrap()
        .iter()
        .map(by_id)
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let shapes: Vec<(&str, Vec<u8>)> = vec![
        ("snapshot.json", plain.clone()),
        ("zstd-under-another-name.json", compressed),
        ("gzip", gzip.finish().unwrap()),
        (
            "list answer",
            json!({ "data": { "hostnodes": hosts } }).to_string().into_bytes(),
        ),
        ("bare array", hosts.to_string().into_bytes()),
        ("map by id", map.to_string().into_bytes()),
        (
            "list answer with a map",
            json!({ "data": { "hostnodes": map } }).to_string().into_bytes(),
        ),
        (
            "attributes",
            json!({ "data": { "type": "list", "attributes": { "hostnodes": hosts } } })
                .to_string()
                .into_bytes(),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let expected = plan(&write("expected.json", &plain));
    for (name, bytes) in shapes {
        assert_eq!(plan(&write(name, &bytes)), expected, "{name}");
    }
}

#[test]
fn a_detail_answer_is_a_market_of_one() {
    let compressed = std::fs::read(fixture("fleet-vast/vast-409.snapshot.json.zst")).unwrap();
    let snapshot: Value = serde_json::from_slice(&zstd::decode_all(&compressed[..]).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("detail.json");
    std::fs::write(&file, json!({ "data": snapshot["hostnodes"][0] }).to_string()).unwrap();
    let done = run_with(&[], &["--no-ports", "--json", "--snapshot", file.to_str().unwrap()]);
    assert_eq!(json(&done)["snapshot"]["hosts"], 1, "{}", done.stderr);
}

#[test]
fn what_is_no_market_is_told_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("cut", b"{\"hostnodes\": [{\"id\": "),
        ("html", b"<html><body>502</body></html>"),
        ("binary", &[0xff, 0xfe, 0, 1, 2]),
        ("deep", deep.as_bytes()),
        ("schema", b"{\"schema\": \"gpu-place/snapshot/99\", \"hostnodes\": []}"),
        ("zstd cut", &[0x28, 0xb5, 0x2f, 0xfd, 1, 2]),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let done = run_with(&[], &["--gpu", "h100", "--snapshot", file.to_str().unwrap()]);
        assert!(
            done.code == 1 || (name == "deep" && done.code == 3),
            "{name}: {} {}",
            done.code,
            done.stderr
        );
        assert!(!done.stderr.contains("panicked"), "{name}: {}", done.stderr);
    }
}

#[test]
fn an_empty_market_says_that_it_offers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.json");
    std::fs::write(&file, "{\"data\": {\"hostnodes\": []}}").unwrap();
    let done = run_with(&[], &["--gpu", "h100", "--snapshot", file.to_str().unwrap()]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    assert!(done.stdout.contains("offers nothing"), "{}", done.stdout);
}
