//! Hosts in every shape, and documents that are none.

use proptest::prelude::*;

use super::*;

const HOST: &str = r#"{"id":"hn-1","location_id":"loc-1","engine":"Narwhal","uptime_percentage":98.4,
    "available_resources":{"gpus":[{"v0Name":"rtxa6000-pcie-48gb","availableCount":4,"price_per_hr":0.41}],
        "vcpu_count":64,"ram_gb":250,"storage_gb":3500,"max_vcpus_per_gpu":16,"max_ram_per_gpu":62,
        "available_ports":[20001,20000],"has_public_ip_available":true},
    "pricing":{"per_vcpu_hr":0.003,"per_gb_ram_hr":0.002,"per_gb_storage_hr":0.00005},
    "location":{"uuid":"loc-1","city":"C","stateprovince":"S","country":"N","has_network_storage":false,
        "network_speed_gbps":10,"network_speed_upload_gbps":10,"organization":"org-1","organizationName":"O","tier":3}}"#;

fn of(text: &str) -> Read {
    read(text.as_bytes()).unwrap()
}

fn error(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

/// Everything but where it came from.
fn hosts(text: &str) -> String {
    let fleet = of(text).fleet;
    format!("{:?} {:?} {:?}", fleet.hosts(), fleet.models(), fleet.malformed())
}

/// The host with one piece of its text replaced.
fn with(from: &str, to: &str) -> String {
    assert!(HOST.contains(from), "{from}");
    HOST.replacen(from, to, 1)
}

#[test]
fn every_shape_gives_the_same_fleet() {
    let bare = HOST.replacen(r#""id":"hn-1","#, "", 1);
    let plain = hosts(&format!("[{HOST}]"));
    for text in [
        format!(r#"{{"hostnodes":[{HOST}],"schema":"gpu-place/snapshot/1"}}"#),
        format!(r#"{{"data":{{"hostnodes":[{HOST}]}}}}"#),
        format!(r#"{{"data":[{HOST}]}}"#),
        format!(r#"{{"data":{HOST}}}"#),
        HOST.to_owned(),
        format!(r#"{{"hn-1":{bare}}}"#),
        format!(r#"{{"data":{{"hostnodes":{{"hn-1":{bare}}}}}}}"#),
        format!(r#"{{"data":{{"type":"list","attributes":{{"hostnodes":[{HOST}]}}}}}}"#),
        format!(r#"{{"data":{{"id":"hn-1","attributes":{bare}}}}}"#),
        format!(r#"{{"data":[{{"id":"hn-1","attributes":{bare}}}]}}"#),
        format!(r#"{{"d\u0061ta":1,"data":[{HOST}]}}"#),
        format!("\n[ {HOST}\t]\r\n"),
    ] {
        assert_eq!(hosts(&text), plain, "{text}");
    }
}

#[test]
fn every_spelling_of_an_offer_gives_the_same_fleet() {
    let offer = r#"[{"v0Name":"rtxa6000-pcie-48gb","availableCount":4,"price_per_hr":0.41}]"#;
    for gpus in [
        r#"{"rtxa6000-pcie-48gb":{"count":"4","price":"0.410"}}"#,
        r#"[{"gpuV0Name":"rtxa6000-pcie-48gb","displayName":"RTX A6000","amount":4.7,"pricePerHr":41e-2}]"#,
        r#"{"RTX A6000":{"v0Name":"rtxa6000-pcie-48gb","max_count":4,"pricing":{"per_gpu_hr":0.41}}}"#,
        r#"["junk",{"v0Name":null,"availableCount":1},{"displayName":"rtxa6000-pcie-48gb","available_count":4,"price_per_hour":0.41}]"#,
    ] {
        assert_eq!(hosts(&with(offer, gpus)), hosts(HOST), "{gpus}");
    }
    let listed = with(r#","price_per_hr":0.41"#, "").replace(
        "\"pricing\":{",
        r#""pricing":{"per_gpu_hr":{"rtxa6000-pcie-48gb":0.41},"#,
    );
    assert_eq!(hosts(&listed), hosts(HOST));
}

#[test]
fn numbers_may_be_strings_and_the_last_of_equal_names_counts() {
    for (from, to) in [
        (r#""vcpu_count":64"#, r#""vcpu_count":"x","vcpu_count":" 64.9 ""#),
        (r#""ram_gb":250"#, r#""ram_gb":"2.5e2""#),
        ("0.003,", r#""0.003","#),
        ("98.4", r#""98.40""#),
        (
            "[20001,20000]",
            r#"["20001",20000.0,20000,0,-5,65536,20000.5,null,{},"x"]"#,
        ),
        (r#""id":"hn-1""#, r#""id":7,"\u0069d":"hn-1""#),
        (r#""location_id":"loc-1","#, ""),
        (
            r#""engine":"Narwhal""#,
            r#""max_vcpus":1,"deep":[[[[{"a":"\ud800"}]]]]"#,
        ),
    ] {
        assert_eq!(hosts(&with(from, to)), hosts(HOST), "{to}");
    }
}

#[test]
fn what_a_plan_needs_is_needed() {
    for (from, to, reason) in [
        (r#""id":"hn-1","#, "", "it has no id"),
        (r#""hn-1""#, r#""""#, "its id is empty"),
        (r#""hn-1""#, r#""\ud800""#, "its id is no text"),
        (
            r#""ram_gb":250"#,
            r#""ram_gb":-1"#,
            "its ram_gb is missing or unreadable",
        ),
        (
            r#""vcpu_count":64"#,
            r#""vcpu_count":null"#,
            "its vcpu_count is missing or unreadable",
        ),
        ("3500", "1e16", "its storage_gb is missing or unreadable"),
        ("0.003", "1000000.1", "its per_vcpu_hr is missing or unreadable"),
        (r#""pricing":{"#, r#""prices":{"#, "it has no pricing"),
        (r#""gpus":"#, r#""gpus":5,"gpu":"#, "it has no list of gpus"),
    ] {
        let beside = HOST.replacen("hn-1", "beside", 1);
        let fleet = of(&format!("[{},{beside}]", with(from, to))).fleet;
        assert_eq!(fleet.malformed()[0].reason, reason);
        assert_eq!(fleet.hosts().len(), 1, "{reason}");
    }
    assert_eq!(of("[7]").fleet.malformed()[0].reason, "it is no object");
}

#[test]
fn an_unreadable_offer_spoils_only_itself() {
    for price in ["-1", "null", "\"free\"", "true", "1e7", "1e99999999999999999999"] {
        let fleet = of(&with("0.41", price)).fleet;
        assert_eq!(fleet.hosts()[0].offers[0].stock, None, "{price}");
    }
}

#[test]
fn unstated_is_not_zero() {
    for (from, to) in [("[20001,20000]", "7"), (r#""available_ports""#, r#""ports""#)] {
        assert_eq!(of(&with(from, to)).fleet.hosts()[0].ports, None);
    }
    let beside = with(r#""available_ports""#, r#""ports""#).replacen('{', r#"{"available_ports":[20000,20001],"#, 1);
    assert_eq!(of(&beside).fleet.hosts()[0].ports.as_ref().map(|p| p.len()), Some(2));
    let host = &of(&with(r#""max_vcpus_per_gpu":16"#, r#""max_vcpus_per_gpu":0"#))
        .fleet
        .hosts()[0]
        .clone();
    assert_eq!(host.most.vcpu_per_gpu, None);
}

#[test]
fn a_snapshot_tells_where_it_came_from() {
    let text = format!(
        r#"{{"schema":"gpu-place/snapshot/1","provider":"tensordock","taken_at":"T","source":"S","hostnodes":[{HOST}]}}"#
    );
    let read = of(&text);
    assert_eq!(
        (read.provider.as_deref(), read.source.as_deref()),
        (Some("tensordock"), Some("S"))
    );
    assert_eq!(read.fleet.origin().taken_at.as_deref(), Some("T"));
    // echo -n '[]' | sha256sum
    let empty = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
    assert_eq!(of("[]").fleet.origin().digest, empty);
}

#[test]
fn an_empty_market_is_an_answer() {
    for text in [
        "[]",
        "{}",
        r#"{"data":{"hostnodes":[]}}"#,
        r#"{"data":{"hostnodes":null}}"#,
        r#"{"data":null}"#,
    ] {
        assert_eq!(of(text).fleet.listed(), 0, "{text}");
    }
}

#[test]
fn a_document_that_is_none_says_where_and_why() {
    assert_eq!(error(" \n"), "the document is empty; was it cut off?");
    assert_eq!(
        error("<html>"),
        "not JSON at line 1, column 1 (byte 0): expected a value"
    );
    assert_eq!(
        error("[\n {\"id\": 01}]"),
        "not JSON at line 2, column 10 (byte 11): expected `,` or `}`"
    );
    let cut = "not JSON at line 1, column 17 (byte 16): expected a closing bracket; was it cut off?";
    assert_eq!(
        error(r#"{"hostnodes":[{}"#),
        cut.replace("a closing bracket", "`,` or `]`")
    );
    assert_eq!(error(r#"{"hostnodes":[{""#), cut);
    assert!(
        read(b"[\"\xff\"]")
            .unwrap_err()
            .to_string()
            .starts_with("not UTF-8 at byte 2")
    );
    assert!(
        error(r#"{"schema":"gpu-place/snapshot/2","hostnodes":[]}"#)
            .starts_with("its schema is \"gpu-place/snapshot/2\"")
    );
    for none in [
        r#"{"error":"Unauthorized"}"#,
        "7",
        r#"{"hostnodes":3}"#,
        r#"{"schema":"gpu-place/snapshot/1"}"#,
    ] {
        assert!(error(none).starts_with("no hostnodes in it"), "{none}");
    }
    // What is not looked at has to be JSON all the same.
    assert!(error(r#"{"data":[],"hostnodes":[{]]}"#).starts_with("not JSON"));
}

#[test]
fn hostile_hosts_do_no_harm() {
    let ports = "22,".repeat(1_000_000);
    let many = with("[20001,20000]", &format!("[{ports}22]"));
    assert_eq!(of(&many).fleet.hosts()[0].ports.as_ref().map(|p| p.len()), Some(1));
    let deep = with(r#""Narwhal""#, &("[".repeat(100_000) + &"]".repeat(100_000)));
    assert_eq!(hosts(&deep), hosts(HOST));
}

/// JSON-like texts: near enough to the real thing to get far into the reader.
fn scraps() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\"id\":\"a\"",
        "\"gpus\":",
        "\"data\":",
        "\"hostnodes\":",
        "\"attributes\":",
        "\"available_resources\":",
        "\"pricing\":",
        "\"v0Name\":\"x\"",
        "\"\\ud800\"",
        "-1",
        "1e999",
        "0",
        "null",
        "true",
        " ",
        "é",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn reading_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn reading_scraps_never_panics(text in scraps()) {
        let read = read(text.as_bytes());
        let json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert!(json || read.is_err());
    }

    /// A damaged host may be malformed or may lack something, but the one beside it is not touched, or the whole is no JSON.
    #[test]
    fn damage_stays_in_its_host(at in 0..HOST.len(), junk in "[0-9a-z\"{}\\[\\],:.-]{0,3}", cut in 0usize..9) {
        let end = (at + cut).min(HOST.len());
        let damaged = format!("{}{junk}{}", &HOST[..at], &HOST[end..]);
        let good = HOST.replacen("hn-1", "good", 1);
        match read(format!("[{good},{damaged}]").as_bytes()) {
            Ok(read) => {
                let found = read.fleet.hosts().iter().find(|host| host.id.as_str() == "good");
                prop_assert_eq!(found.map(|host| host.free), of(&good).fleet.hosts().first().map(|host| host.free));
            }
            Err(error) => prop_assert!(matches!(error, ReadError::NotJson { .. }), "{}", error),
        }
    }
}
