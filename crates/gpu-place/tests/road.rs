//! The real program against a real socket: the whole road, and what it says and exits with on the way.

mod common;

use common::{KEY, TOKEN, json, market, run, run_with};
use gpu_place_sim::{Fault, Faults, Op};

const H100: [&str; 6] = ["--gpu", "h100-sxm5-80gb", "--count", "4", "--max-price", "12"];

#[test]
fn planning_takes_one_list_and_one_detail() {
    let running = market(Faults::none());
    let done = run(&running, &[&H100[..], &["--json"]].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let plan = json(&done);
    assert_eq!(
        (plan["status"].as_str(), plan["snapshot"]["details"].as_u64()),
        (Some("optimal"), Some(1))
    );
    assert_eq!(
        running.market(|m| (m.calls(Op::Hostnodes), m.calls(Op::Hostnode), m.calls(Op::Create))),
        (1, 1, 0)
    );
}

#[test]
fn no_port_asked_is_no_detail_fetched() {
    let running = market(Faults::none());
    let done = run(&running, &[&H100[..], &["--no-ports", "--json"]].concat());
    assert_eq!(json(&done)["snapshot"]["details"], 0);
    assert_eq!(running.market(|m| m.calls(Op::Hostnode)), 0);
}

#[test]
fn yes_creates_what_was_planned() {
    let running = market(Faults::none());
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let done = run(
        &running,
        &[&H100[..], &["--yes", "--ssh-key", KEY, "--state-dir", state, "--json"]].concat(),
    );
    assert_eq!(done.code, 0, "{}", done.stderr);
    let outcome = json(&done);
    assert_eq!(
        (outcome["schema"].as_str(), outcome["status"].as_str()),
        (Some("gpu-place/outcome/1"), Some("created"))
    );
    let (instance, placement) = (&outcome["instances"][0], &outcome["plan"]["placements"][0]);
    assert_eq!(instance["host_id"], placement["host_id"]);
    assert_eq!(instance["cost_per_hr"], placement["cost_per_hr"]["total"]);
    assert_eq!(instance["port_forwards"], placement["port_forwards"]);
    assert_eq!(running.market(|m| m.instances().len()), 1);
    let status = run_with(&[], &["status", "--state-dir", state, "--json"]);
    assert_eq!(json(&status)["holdings"].as_array().map(Vec::len), Some(1));
    let name = instance["name"].as_str().unwrap();
    let gone = run(&running, &["destroy", name, "--yes", "--state-dir", state]);
    assert_eq!(
        (gone.code, running.market(|m| m.instances().len())),
        (0, 0),
        "{}",
        gone.stderr
    );
}

#[test]
fn without_a_yes_nothing_is_created() {
    let running = market(Faults::none());
    let done = run(&running, &[&H100[..], &["--ssh-key", KEY]].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.contains("proved cheapest"), "{}", done.stdout);
    assert_eq!(running.market(|m| m.calls(Op::Create)), 0);
}

#[test]
fn a_dry_run_prints_the_request_and_sends_nothing() {
    let running = market(Faults::none());
    let done = run(
        &running,
        &[&H100[..], &["--dry-run", "--ssh-key", KEY, "--json"]].concat(),
    );
    assert_eq!(done.code, 0, "{}", done.stderr);
    let document = json(&done);
    assert_eq!(document["schema"], "gpu-place/dry-run/1");
    let attributes = &document["requests"][0]["data"]["attributes"];
    assert_eq!(attributes["resources"]["gpus"]["h100-sxm5-80gb"]["count"], 4);
    assert_eq!(attributes["hostnode_id"], document["plan"]["placements"][0]["host_id"]);
    assert_eq!(attributes["ssh_key"], KEY);
    assert_eq!(running.market(|m| m.calls(Op::Create)), 0);
}

#[test]
fn a_lost_create_that_is_not_found_is_exit_6_and_never_repeated() {
    let running = market(Faults::none().on(Op::Create, 0, Fault::RequestLost));
    let state = tempfile::tempdir().unwrap();
    let flags = [
        "--yes",
        "--ssh-key",
        KEY,
        "--settle-for",
        "1",
        "--state-dir",
        state.path().to_str().unwrap(),
        "--json",
    ];
    let done = run(&running, &[&H100[..], &flags].concat());
    assert_eq!(done.code, 6, "{} {}", done.stdout, done.stderr);
    assert_eq!(json(&done)["attempts"][0]["result"], "lost");
    assert_eq!(running.market(|m| m.calls(Op::Create)), 1);
}

#[test]
fn a_host_that_failed_is_shown_as_set_aside_among_the_offers() {
    let running = market(Faults::none().on(Op::Create, 0, Fault::SoldOut));
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let bought = run(
        &running,
        &[&H100[..], &["--yes", "--ssh-key", KEY, "--state-dir", state, "--json"]].concat(),
    );
    assert_eq!(bought.code, 0, "{}", bought.stderr);
    let failed = json(&bought)["attempts"][0]["host_id"].as_str().unwrap().to_owned();
    let offers = run(&running, &["offers", "--gpu", "h100-sxm5-80gb", "--state-dir", state]);
    assert!(
        offers.stderr.contains("set aside") && offers.stderr.contains(&failed),
        "{}",
        offers.stderr
    );
}

#[test]
fn what_was_never_asked_right_is_exit_2() {
    let running = market(Faults::none());
    for (flags, told) in [
        (&["--gpu", "h1oo"][..], "h100-sxm5-80gb"),
        (&["--gpo", "h100"], "--gpu"),
        (&["--count", "0"], "count"),
        (&["--gpu", "h100", "--yes"], "SSH key"),
        (&["--gpu", "h100", "--yes", "--no-ports", "--ssh-key", KEY], "port 22"),
        (&["plan", "/no/such/file.toml"], "/no/such/file.toml"),
    ] {
        let done = run(&running, flags);
        let expected = if flags[0] == "plan" { 1 } else { 2 };
        assert_eq!(done.code, expected, "{flags:?}: {}", done.stderr);
        assert!(done.stderr.contains(told), "{flags:?}: {}", done.stderr);
    }
    assert_eq!(running.market(|m| m.calls(Op::Create)), 0);
}

#[test]
fn a_missing_or_wrong_token_says_so() {
    let running = market(Faults::none());
    let url = running.url();
    let none = run_with(&[], &["--api-url", &url, "--gpu", "h100"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("TENSORDOCK_API_TOKEN"), "{}", none.stderr);
    let wrong = run_with(
        &[("TENSORDOCK_API_TOKEN", "wrong")],
        &["--api-url", &url, "--gpu", "h100"],
    );
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("token was refused"), "{}", wrong.stderr);
}

#[test]
fn nobody_there_and_html_are_told_apart() {
    let nobody = run_with(
        &[("TENSORDOCK_API_TOKEN", TOKEN)],
        &["--api-url", "http://127.0.0.1:9/api/v2", "--gpu", "h100"],
    );
    assert_eq!(nobody.code, 1);
    assert!(nobody.stderr.contains("cannot reach"), "{}", nobody.stderr);
    let running = market(Faults::none().always(Op::Hostnodes, Fault::HtmlOk));
    let html = run(&running, &["--gpu", "h100"]);
    assert_eq!(html.code, 1);
    assert!(html.stderr.contains("HTML"), "{}", html.stderr);
}

#[test]
fn the_token_is_written_nowhere() {
    let running = market(Faults::none());
    let state = tempfile::tempdir().unwrap();
    let flags = [
        "--yes",
        "--ssh-key",
        KEY,
        "-vvv",
        "--state-dir",
        state.path().to_str().unwrap(),
    ];
    let done = run(&running, &[&H100[..], &flags].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stderr.len() > 1000,
        "so little is said at the highest verbosity that this proves nothing"
    );
    let failed = run(
        &market(Faults::none().always(Op::Hostnodes, Fault::HtmlOk)),
        &["--gpu", "h100", "-vvv", "--json"],
    );
    let mut written: Vec<Vec<u8>> = [done.stdout, done.stderr, failed.stdout, failed.stderr]
        .map(String::into_bytes)
        .to_vec();
    files_below(state.path(), &mut written);
    assert!(written.len() > 4, "the journal was not searched");
    let holds = |bytes: &[u8]| bytes.windows(TOKEN.len()).any(|w| w == TOKEN.as_bytes());
    assert!(!written.iter().any(|bytes| holds(bytes)));
}

fn files_below(folder: &std::path::Path, files: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else {
            files.push(std::fs::read(path).unwrap());
        }
    }
}
