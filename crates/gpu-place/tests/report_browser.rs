//! The report as a browser sees it: no complaint, nothing loaded, charts there, a picture taken at the size of a phone.
//!
//! Needs `chromium`; without it the test says so and passes. The pictures are kept in the folder that `REPORT_PICTURES` names, to be
//! looked at.

use std::path::{Path, PathBuf};
use std::process::Command;

const SNAPSHOT: &str = r#"{"schema": "gpu-place/snapshot/1", "provider": "tensordock", "taken_at": "2026-11-23T12:00:00Z", "hostnodes": [HOSTS]}"#;
const HOST: &str = r#"{"id": "ID", "location_id": "l", "uptime_percentage": UPTIME, "available_resources": {"gpus": [{"v0Name":
 "h100-sxm5-80gb", "availableCount": 8, "price_per_hr": PRICE}], "vcpu_count": 64, "ram_gb": 512, "storage_gb": 4000,
 "available_ports": [20000, 20001], "has_public_ip_available": false}, "pricing": {"per_vcpu_hr": 0.003, "per_gb_ram_hr": 0.002,
 "per_gb_storage_hr": 0.00005}, "location": {"uuid": "l", "city": "<script>console.error('x')</script>", "country": "France", "tier": 3,
 "network_speed_gbps": 10, "network_speed_upload_gbps": 10}}"#;

/// A market of a few hosts, one with a hostile name.
fn snapshot() -> String {
    let hosts = [
        ("a", "99.9", "2.2"),
        ("b", "98.5", "1.9"),
        ("<img src=http://127.0.0.1:9/x>", "99.5", "2.5"),
    ];
    let host = |(id, uptime, price): &(&str, &str, &str)| {
        HOST.replace("ID", id).replace("UPTIME", uptime).replace("PRICE", price)
    };
    SNAPSHOT.replace("HOSTS", &hosts.iter().map(host).collect::<Vec<_>>().join(", "))
}

/// The page that the command writes for this market.
fn page(folder: &Path) -> PathBuf {
    let (market, page) = (folder.join("market.json"), folder.join("report.html"));
    std::fs::write(&market, snapshot()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-place"));
    command.args([
        "--gpu",
        "h100",
        "--count",
        "2",
        "--min-uptime",
        "99",
        "--max-age",
        "36500d",
        "--snapshot",
    ]);
    let done = command.arg(&market).arg("--report").arg(&page).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    page
}

const FLEET: &str = r#"
budget_per_hr = BUDGET
[[vm]]
name = "train"
replicas = 2
gpu = "h100"
count = 4
min_uptime = 99
[[vm]]
name = "serve"
replicas = 3
gpu = "h100"
"#;

/// The page of a fleet on the same market; `code` is how the command ends.
fn fleet_page(folder: &Path, name: &str, budget: &str, code: i32) -> PathBuf {
    let (market, fleet, page) = (folder.join("market.json"), folder.join("fleet.toml"), folder.join(name));
    std::fs::write(&market, snapshot()).unwrap();
    std::fs::write(&fleet, FLEET.replace("BUDGET", budget)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-place"));
    command
        .arg("plan")
        .arg(&fleet)
        .arg("--snapshot")
        .arg(&market)
        .arg("--report")
        .arg(&page);
    let done = command.output().unwrap();
    assert_eq!(
        done.status.code(),
        Some(code),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    page
}

fn browser() -> Option<&'static str> {
    let runs = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|o| o.status.success())
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(runs)
}

/// What one visit of a page came to.
struct Visit {
    dom: String,
    /// What the page wrote to the browser's console, and what the browser held against it.
    console: Vec<String>,
    /// Addresses that the page asked for, beyond itself.
    requests: Vec<String>,
}

fn visit(browser: &str, page: &Path, folder: &Path) -> Visit {
    let log = folder.join("net.json");
    let done = start(browser, folder)
        .arg(format!("--log-net-log={}", log.display()))
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    Visit {
        dom: String::from_utf8_lossy(&done.stdout).into_owned(),
        console: text
            .lines()
            .filter(|line| line.contains(":CONSOLE"))
            .map(str::to_owned)
            .collect(),
        requests: requests(&std::fs::read_to_string(&log).unwrap()),
    }
}

fn start(browser: &str, folder: &Path) -> Command {
    let mut command = Command::new(browser);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--hide-scrollbars",
    ]);
    command.args([
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command
}

/// The requests that pages started. Those of the browser itself have no origin.
fn requests(log: &str) -> Vec<String> {
    // A browser that is ended leaves the list open.
    let log: serde_json::Value = serde_json::from_str(log)
        .or_else(|_| serde_json::from_str(&format!("{}]}}", log.trim_end().trim_end_matches(','))))
        .unwrap();
    let events = log["events"].as_array().unwrap();
    let of_page = |event: &&serde_json::Value| {
        event["params"]["initiator"]
            .as_str()
            .is_some_and(|from| from != "not an origin")
    };
    let address = |event: &serde_json::Value| event["params"]["url"].as_str().map(str::to_owned);
    events
        .iter()
        .filter(of_page)
        .filter_map(address)
        .filter(|url| url.starts_with("http"))
        .collect()
}

fn picture(browser: &str, page: &Path, folder: &Path, name: &str, flags: &[&str]) {
    let kept = std::env::var_os("REPORT_PICTURES").map_or_else(|| folder.to_owned(), PathBuf::from);
    let file = kept.join(name);
    let mut command = start(browser, folder);
    command.args(flags).arg(format!("--screenshot={}", file.display()));
    command.arg(format!("file://{}", page.display())).output().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    assert!(
        bytes.starts_with(b"\x89PNG") && bytes.len() > 20_000,
        "{name}: {} bytes",
        bytes.len()
    );
}

#[test]
fn a_browser_shows_the_report_and_loads_nothing() {
    let Some(browser) = browser() else {
        println!("skipped: no chromium is installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path());

    let seen = visit(browser, &page, folder.path());
    assert_eq!(seen.console, Vec::<String>::new());
    assert_eq!(seen.requests, Vec::<String>::new());
    assert!(seen.dom.matches("<svg ").count() >= 4 && seen.dom.matches("role=\"img\"").count() >= 4);
    assert!(seen.dom.contains("&lt;img src=http://127.0.0.1:9/x&gt;") && !seen.dom.contains("<img"));

    let phone = "--window-size=390,3000";
    picture(browser, &page, folder.path(), "phone-light.png", &[phone]);
    picture(
        browser,
        &page,
        folder.path(),
        "phone-dark.png",
        &[phone, "--blink-settings=preferredColorScheme=0"],
    );
    picture(
        browser,
        &page,
        folder.path(),
        "desk-light.png",
        &["--window-size=1200,2600"],
    );
}

#[test]
fn the_pages_of_fleets_explain_them_and_load_nothing() {
    let Some(browser) = browser() else {
        println!("skipped: no chromium is installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let placed = fleet_page(folder.path(), "placed.html", "100", 0);
    let failed = fleet_page(folder.path(), "failed.html", "20", 3);
    for (page, telling) in [
        (&placed, &["What would save money", "What is scarce", "Gap"][..]),
        (
            &failed,
            &[
                "What clashes",
                "budget_per_hr",
                "Ways out, cheapest first",
                "partial = true",
            ][..],
        ),
    ] {
        let seen = visit(browser, page, folder.path());
        assert_eq!(
            (seen.console, seen.requests),
            (Vec::<String>::new(), Vec::<String>::new())
        );
        assert!(seen.dom.contains("<svg "));
        for text in telling {
            assert!(seen.dom.contains(text), "{text} on {}", page.display());
        }
    }
    let (phone, dark) = ("--window-size=390,3000", "--blink-settings=preferredColorScheme=0");
    picture(browser, &placed, folder.path(), "fleet-phone-dark.png", &[phone, dark]);
    picture(
        browser,
        &placed,
        folder.path(),
        "fleet-desk-light.png",
        &["--window-size=1200,2600"],
    );
    picture(
        browser,
        &failed,
        folder.path(),
        "failed-desk-light.png",
        &["--window-size=1200,1800"],
    );
    picture(browser, &failed, folder.path(), "failed-phone-light.png", &[phone]);
}

/// The means by which the test above would see a complaint or a request do see them.
#[test]
fn a_page_that_complains_and_loads_is_seen_to() {
    let Some(browser) = browser() else {
        println!("skipped: no chromium is installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("bad.html");
    std::fs::write(
        &page,
        "<script>console.error('broken')</script><img src='http://127.0.0.1:9/x.png'>",
    )
    .unwrap();
    let seen = visit(browser, &page, folder.path());
    assert!(
        seen.console.iter().any(|line| line.contains("broken")),
        "{:?}",
        seen.console
    );
    assert_eq!(seen.requests, ["http://127.0.0.1:9/x.png"]);
}
