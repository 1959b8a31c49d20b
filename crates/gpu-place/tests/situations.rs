//! What a person reads in telling situations, from the real program: the plan or its failure, then the explanation.
//!
//! The texts are in `tests/situations/`; `UPDATE_EXPECT=1` writes them anew.

mod common;

use common::run_with;
use expect_test::expect_file;
use serde_json::{Value, json};

/// A host with one model, roomy but for its GPUs.
fn host(id: &str, gpu: (&str, u64, &str), tier: u64, uptime: f64, country: &str) -> Value {
    json!({
        "id": id, "location_id": format!("loc-{id}"), "uptime_percentage": uptime,
        "available_resources": {
            "gpus": [{ "v0Name": gpu.0, "availableCount": gpu.1, "price_per_hr": gpu.2 }],
            "vcpu_count": 128, "ram_gb": 512, "storage_gb": 4000,
            "available_ports": [20000, 20001, 20002, 20003], "has_public_ip_available": false,
        },
        "pricing": { "per_vcpu_hr": 0.003, "per_gb_ram_hr": 0.002, "per_gb_storage_hr": 0.00005 },
        "location": {
            "uuid": format!("loc-{id}"), "city": "Springfield", "country": country, "tier": tier,
            "network_speed_gbps": 10, "network_speed_upload_gbps": 10,
        },
    })
}

/// Two hosts with H100s, one with A100s, one with cheap cards of low standing.
fn hosts() -> Vec<Value> {
    vec![
        host("austin-1", ("h100-sxm5-80gb", 8, "2.50"), 4, 99.9, "United States"),
        host("berlin-1", ("h100-sxm5-80gb", 7, "2.10"), 2, 99.1, "Germany"),
        host("paris-1", ("a100-sxm4-80gb", 8, "1.20"), 3, 99.5, "France"),
        host("oslo-1", ("geforcertx4090-pcie-24gb", 4, "0.40"), 1, 97.0, "Norway"),
    ]
}

/// One situation: a market, and what is typed.
struct Situation {
    folder: tempfile::TempDir,
}

impl Situation {
    fn new(hosts: &[Value]) -> Situation {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = json!({
            "schema": "gpu-place/snapshot/1", "provider": "tensordock", "taken_at": "2026-01-02T03:04:05Z", "hostnodes": hosts,
        });
        std::fs::write(folder.path().join("market.json"), snapshot.to_string()).unwrap();
        Situation { folder }
    }

    fn with_fleet(self, text: &str) -> Situation {
        std::fs::write(self.folder.path().join("fleet.toml"), text).unwrap();
        self
    }

    /// What the user types and reads, command after command.
    fn session(&self, commands: &[&str]) -> String {
        let all = commands.iter().map(|command| self.one(command));
        all.collect::<Vec<_>>().join("\n")
    }

    fn one(&self, command: &str) -> String {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let words = command.split_whitespace().map(|word| match word {
            "market.json" | "fleet.toml" => path(word),
            _ => word.replace("US", "United States"),
        });
        let words: Vec<String> = words.collect();
        let done = run_with(&[], &words.iter().map(String::as_str).collect::<Vec<_>>());
        let said = format!("{}{}", done.stdout, done.stderr).replace(&format!("{}/", self.folder.path().display()), "");
        format!("$ gpu-place {command}\n{}(exit {})\n", ageless(&said), done.code)
    }
}

/// The text without how old the snapshot is by now: numbers before "day" and all that may follow.
fn ageless(text: &str) -> String {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let before = |at: usize, unit: &str| words.get(at + 1).is_some_and(|next| next.starts_with(unit));
    let number = |word: &str| word.trim_end().parse::<u64>().is_ok();
    let of_an_age = |at: usize| before(at, "day") || before(at, "hour");
    let told = words.iter().enumerate();
    let text: String = told
        .map(|(at, word)| if number(word) && of_an_age(at) { "N " } else { word })
        .collect();
    text.replace("days N hours", "days").replace("days N hour", "days")
}

fn check(situation: &Situation, commands: &[&str], file: &str) {
    expect_file![format!("situations/{file}.txt")].assert_eq(&situation.session(commands));
}

/// The request by itself, then explained.
fn check_request(hosts: &[Value], request: &str, file: &str) {
    let planned = format!("{request} --snapshot market.json");
    check(&Situation::new(hosts), &[&planned, &format!("explain {planned}")], file);
}

/// The fleet planned, then explained.
fn check_fleet(fleet: &str, file: &str) {
    let commands = ["plan", "explain"].map(|command| format!("{command} fleet.toml --snapshot market.json"));
    let situation = Situation::new(&hosts()).with_fleet(fleet);
    check(&situation, &commands.each_ref().map(String::as_str), file);
}

#[test]
fn nothing_of_that_model() {
    let here = Situation::new(&hosts());
    check(
        &here,
        &[
            "--gpu h200,h100-pcie --snapshot market.json",
            "explain --gpu h100-sxm5-80gb --min-vram 90 --snapshot market.json",
        ],
        "nothing_of_that_model",
    );
}

#[test]
fn one_gpu_short() {
    check_request(&hosts(), "--gpu h100 --count 8 --country Germany", "one_gpu_short");
}

#[test]
fn ports_gone() {
    let mut hosts = hosts();
    hosts[0]["available_resources"]["available_ports"] = json!([]);
    hosts[1]["available_resources"]["available_ports"] = json!([20002]);
    let here = Situation::new(&hosts);
    check(
        &here,
        &["explain --gpu h100 --port 22 --port 8080 --snapshot market.json"],
        "ports_gone",
    );
}

#[test]
fn a_cap_one_cent_too_low() {
    check_request(
        &hosts(),
        "--gpu h100 --count 4 --max-price 8.56",
        "a_cap_one_cent_too_low",
    );
}

#[test]
fn two_constraints_that_only_clash_together() {
    let here = Situation::new(&hosts());
    check(
        &here,
        &["explain --gpu h100 --min-tier 4 --max-price 2.3 --snapshot market.json"],
        "two_constraints_that_only_clash_together",
    );
}

#[test]
fn a_budget_too_small() {
    let fleet = r#"
        budget_per_hr = 25.0
        [[vm]]
        name = "train"
        replicas = 3
        gpu = "h100"
        count = 4
        [[vm]]
        name = "serve"
        gpu = "a100"
    "#;
    check_fleet(fleet, "a_budget_too_small");
}

#[test]
fn spread_impossible() {
    let fleet = r#"
        [[vm]]
        name = "train"
        replicas = 3
        gpu = "h100"
        spread = { by = "host", max = 1 }
    "#;
    check_fleet(fleet, "spread_impossible");
}

#[test]
fn an_empty_market() {
    check_request(&[], "--gpu h100", "an_empty_market");
}

#[test]
fn a_stale_snapshot() {
    let here = Situation::new(&hosts());
    check(
        &here,
        &[
            "explain --gpu h100 --max-age 10m --snapshot market.json",
            "explain --gpu h100 --count 9 --snapshot market.json",
        ],
        "a_stale_snapshot",
    );
}

#[test]
fn all_fine() {
    let here = Situation::new(&hosts());
    check(
        &here,
        &[
            "explain --gpu h100 --count 4 --min-tier 3 --snapshot market.json",
            "explain --gpu h100 --count 4 --min-tier 3 --why-not berlin-1 --snapshot market.json",
            "offers --gpu h100,a100 --count 2 --pareto --snapshot market.json",
        ],
        "all_fine",
    );
}

#[test]
fn a_fleet_that_competes() {
    let fleet = r#"
        [[vm]]
        name = "train"
        replicas = 2
        gpu = "h100"
        count = 4
        [[vm]]
        name = "serve"
        gpu = "h100"
    "#;
    let here = Situation::new(&hosts()).with_fleet(fleet);
    check(
        &here,
        &["explain fleet.toml --snapshot market.json"],
        "a_fleet_that_competes",
    );
}
