//! One VM bought on a small marketplace where something fails, and what is then read.
//!
//! Names end in twelve random letters, shown here as `*`; the marketplace's address is shown as `MARKET`. What is read again and again
//! stands in brackets: `[tries host-1]`, `[has host-2]`; [`tries`] and [`has`] spell it out.

use std::borrow::Cow;
use std::time::Duration;

use expect_test::Expect;
use gpu_place_sim::{Fault, Faults, Market, Op, Options, Running, serve};
use serde_json::{Value, json};

use crate::common::{Done, KEY, TOKEN, command_on};

/// Four hosts alike, but each a little dearer than the one before.
fn host(at: u32) -> Value {
    json!({
        "id": format!("host-{at}"), "location_id": format!("place-{at}"), "uptime_percentage": 99.5,
        "available_resources": {
            "gpus": [{ "v0Name": "h100-sxm5-80gb", "availableCount": 8, "price_per_hr": 2.0 + f64::from(at) / 10.0 }],
            "vcpu_count": 64, "ram_gb": 512, "storage_gb": 2000,
            "available_ports": [20000, 20001, 20002, 20003], "has_public_ip_available": true
        },
        "pricing": { "per_vcpu_hr": 0.0015, "per_gb_ram_hr": 0.0007, "per_gb_storage_hr": 0.00005 },
        "location": { "uuid": format!("place-{at}"), "city": "Boston", "country": "United States", "tier": 3 }
    })
}

pub fn options() -> Options {
    Options {
        token: Some(TOKEN.into()),
        boot_time: Duration::ZERO,
        ..Options::default()
    }
}

pub fn market(options: Options, faults: Faults) -> Running {
    let market = Market::from_hostnodes((1..=4).map(host).collect(), options);
    serve(market.with_faults(faults), ([127, 0, 0, 1], 0).into()).unwrap()
}

/// The price per hour and per month of the VM on each host.
const PRICES: [(&str, &str); 4] = [
    ("2.1222", "1,549.21"),
    ("2.2222", "1,622.21"),
    ("2.3222", "1,695.21"),
    ("2.4222", "1,768.21"),
];

/// The first and the second instance that a marketplace makes.
const IDS: [&str; 2] = [
    "7746a55f-bad8-4037-b585-f767a79a3b6c",
    "0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6",
];

/// What is read while a host is tried.
fn tries(host: usize) -> String {
    let (per_hour, _) = PRICES[host - 1];
    format!(
        "taking a last look at host host-{host}\n\
         creating vm[0] as `vm-0-gp-*` on host host-{host} for {per_hour} USD/h\n"
    )
}

/// What is read once everything asked for exists, on one host.
fn has(host: usize, id: &str) -> String {
    let (per_hour, per_month) = PRICES[host - 1];
    format!(
        "Created: 1 instance at ${per_hour}/h (${per_month} a month)\n\n\
         vm 0\n  \
         Instance  {id}\n  \
         Name      vm-0-gp-*\n  \
         Host      host-{host}\n  \
         Status    running\n  \
         Price     ${per_hour}/h\n  \
         Ports     22 → 20000\n  \
         Reach it  ssh -p 20000 user@203.0.113.{host}\n"
    )
}

/// The text with what is read again and again in brackets.
fn bracketed(text: &str) -> String {
    (1..=PRICES.len()).fold(text.to_owned(), |text, host| {
        let text = text.replace(&tries(host), &format!("[tries host-{host}]\n"));
        let mark = format!("[has host-{host}]\n");
        IDS.iter().fold(text, |text, id| text.replace(&has(host, id), &mark))
    })
}

/// Buys one VM with these flags besides, and checks what is read after the plan.
pub fn check_on(running: &Running, more: &[&str], expected: Expect) {
    let state = tempfile::tempdir().unwrap();
    let words = [
        "--gpu",
        "h100",
        "--max-price",
        "3",
        "--yes",
        "--ssh-key",
        KEY,
        "--settle-for",
        "1",
    ];
    let folder = ["--state-dir", state.path().to_str().unwrap()];
    let output = command_on(running, &[&words[..], &folder, more].concat())
        .output()
        .unwrap();
    expected.assert_eq(&bracketed(&read(&Done::of(output), running)));
}

/// The same where only creating fails.
pub fn check(faults: Faults, expected: Expect) {
    check_on(&market(options(), faults), &[], expected);
}

/// The first create meets this.
pub fn first(fault: Fault) -> Faults {
    Faults::none().on(Op::Create, 0, fault)
}

/// The call has its effect, and no answer comes while anybody waits for it.
pub const NEVER_ANSWERS: Fault = Fault::AnswerLate(Duration::from_secs(24 * 60 * 60));

pub fn says(status: u16, body: &'static str) -> Fault {
    Fault::Says {
        status,
        body: Cow::Borrowed(body),
    }
}

/// Stderr, then what stdout says after the plan, then the exit code.
fn read(done: &Done, running: &Running) -> String {
    let told = done
        .stdout
        .split_once("  Data ")
        .map_or(&done.stdout[..], |(_, rest)| rest);
    let told = told.split_once("\n\n").map_or(told, |(_, told)| told);
    let text = format!("{}---\n{told}---\nexit {}\n", done.stderr, done.code);
    let text = text.replace(&running.address().to_string(), "MARKET");
    // How often a list is looked at within a second is the machine's doing.
    let mut lines: Vec<&str> = text.lines().collect();
    lines.dedup();
    let text = lines.join("\n") + "\n";
    let random = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let address = |c: char| c == '.' || c.is_ascii_digit();
    masked(&masked(&text, "-gp-", random), "@127.", address)
}

/// The text without what follows a mark.
fn masked(text: &str, mark: &str, hidden: impl Fn(char) -> bool + Copy) -> String {
    let mut pieces = text.split(mark);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |shown, piece| {
        shown + mark + "*" + piece.trim_start_matches(hidden)
    })
}
