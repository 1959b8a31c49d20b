//! Every kind of failure that creating is known to meet, over HTTP: what a person then reads, and the exit code.
//!
//! Names end in twelve random letters, shown here as `*`; the marketplace's address is shown as `MARKET`. What is read again and again
//! stands in brackets: `[tries host-1]`, `[has host-2]`; [`tries`] and [`has`] spell it out.

mod common;

use std::borrow::Cow;
use std::time::Duration;

use common::{Done, KEY, TOKEN, command_on};
use expect_test::{Expect, expect};
use gpu_place_sim::{ErrorBody, Fault, Faults, Market, OkError, Op, Options, RetryAfter, Running, serve};
use serde_json::{Value, json};

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

fn options() -> Options {
    Options {
        token: Some(TOKEN.into()),
        boot_time: Duration::ZERO,
        ..Options::default()
    }
}

fn market(options: Options, faults: Faults) -> Running {
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
fn check_on(running: &Running, more: &[&str], expected: Expect) {
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
fn check(faults: Faults, expected: Expect) {
    check_on(&market(options(), faults), &[], expected);
}

/// The first create meets this.
fn first(fault: Fault) -> Faults {
    Faults::none().on(Op::Create, 0, fault)
}

/// The call has its effect, and no answer comes while anybody waits for it.
const NEVER_ANSWERS: Fault = Fault::AnswerLate(Duration::from_secs(24 * 60 * 60));

fn says(status: u16, body: &'static str) -> Fault {
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

#[test]
fn sold_out() {
    check(
        first(Fault::StaleStock),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: sold out: the stock that was shown is gone ("No available nodes found" (HTTP 400))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): sold out: the stock that was shown is gone ("No available nodes found" (HTTP 400))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn no_public_ip() {
    let running = market(options(), first(Fault::NoPublicIp));
    check_on(
        &running,
        &["--public-ip"],
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the host has no public IP left ("No available public IPs on hostnode" (HTTP 400))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            Created: 1 instance at $2.2222/h ($1,622.21 a month)

            vm 0
              Instance  7746a55f-bad8-4037-b585-f767a79a3b6c
              Name      vm-0-gp-*
              Host      host-2
              Status    running
              Price     $2.2222/h
              Reach it  ssh user@198.51.100.2
              vm 0 on host-1: refused (`vm-0-gp-*`): the host has no public IP left ("No available public IPs on hostnode" (HTTP 400))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_generic_failure() {
    let fault = Fault::DeployFails {
        leaves_machine: false,
        in_ok: true,
    };
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: "An unexpected error during deployment occurred" (HTTP 400); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_generic_failure_that_leaves_a_machine_behind() {
    let fault = Fault::DeployFails {
        leaves_machine: true,
        in_ok: true,
    };
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: "An unexpected error during deployment occurred" (HTTP 400); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            deleting instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c is gone
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: created, not kept (`vm-0-gp-*`): the deployment failed and left instance 7746a55f-bad8-4037-b585-f767a79a3b6c behind
            ---
            exit 0
        "#]],
    );
}

#[test]
fn generic_failures_on_three_hosts_speak_for_an_empty_account() {
    let fault = Fault::DeployFails {
        leaves_machine: false,
        in_ok: true,
    };
    check(
        Faults::none().always(Op::Create, fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: "An unexpected error during deployment occurred" (HTTP 400); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*`: "An unexpected error during deployment occurred" (HTTP 400); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
            planning again what is missing
            [tries host-3]
            `vm-0-gp-*`: "An unexpected error during deployment occurred" (HTTP 400); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
            planning again what is missing
            [tries host-4]
            `vm-0-gp-*`: "An unexpected error during deployment occurred" (HTTP 400); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
            planning again what is missing
            warning: creating failed for no known reason on 3 different hosts: check the account's balance
            ---
            Nothing was created
              no host is left for 1 of the VMs at no more than the agreed price. `gpu-place explain` tells what would help; --wait waits for stock
              vm 0 on host-1: refused (`vm-0-gp-*`): the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
              vm 0 on host-2: refused (`vm-0-gp-*`): the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
              vm 0 on host-3: refused (`vm-0-gp-*`): the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
              vm 0 on host-4: refused (`vm-0-gp-*`): the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 400))
            ---
            exit 4
        "#]],
    );
}

#[test]
fn lack_of_room() {
    let fault = says(400, r#"{"error":"Insufficient capacity at this hostnode"}"#);
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the host lacks room ("Insufficient capacity at this hostnode" (HTTP 400))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): the host lacks room ("Insufficient capacity at this hostnode" (HTTP 400))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_port_that_must_be_forwarded() {
    let fault = says(
        400,
        r#"[{"code":"custom","message":"SSH port (22) must be forwarded for Ubuntu VMs",
            "path":["data","attributes","port_forwards"]}]"#,
    );
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: a port that the image needs is not forwarded ("SSH port (22) must be forwarded for Ubuntu VMs" (HTTP 400)). Add --port 22, or ask for --public-ip
            looking at the list of instances
            ---
            Nothing was created
              a port that the image needs is not forwarded ("SSH port (22) must be forwarded for Ubuntu VMs" (HTTP 400)). Add --port 22, or ask for --public-ip
              vm 0 on host-1: refused (`vm-0-gp-*`)
            ---
            exit 4
        "#]],
    );
}

#[test]
fn an_image_that_is_not_offered() {
    let running = market(options(), Faults::none());
    check_on(
        &running,
        &["--image", "beos"],
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the image is not offered (on offer: ubuntu2404, ubuntu2204, ubuntu2404_ml_everything, ubuntu2404_ml_pytorch, ubuntu2404_ml_tensorflow, windows10). Choose another with --image
            looking at the list of instances
            ---
            Nothing was created
              the image is not offered (on offer: ubuntu2404, ubuntu2204, ubuntu2404_ml_everything, ubuntu2404_ml_pytorch, ubuntu2404_ml_tensorflow, windows10). Choose another with --image
              vm 0 on host-1: refused (`vm-0-gp-*`)
            ---
            exit 4
        "#]],
    );
}

#[test]
fn an_image_that_is_not_offered_and_only_text_says_so() {
    let fault = says(
        400,
        r#"{"error":"invalid_enum_value: Expected 'ubuntu2204' | 'windows10', received 'ubuntu2404'"}"#,
    );
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the image is not offered (on offer: ubuntu2204, windows10). Choose another with --image
            looking at the list of instances
            ---
            Nothing was created
              the image is not offered (on offer: ubuntu2204, windows10). Choose another with --image
              vm 0 on host-1: refused (`vm-0-gp-*`)
            ---
            exit 4
        "#]],
    );
}

#[test]
fn another_model_name() {
    let fault = says(
        400,
        r#"[{"code":"invalid_enum_value","options":["a100-pcie-80gb"],"received":"h100-sxm5-80gb",
            "message":"Invalid enum value","path":["data","attributes","resources","gpus"]}]"#,
    );
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the marketplace says that the request is wrong ("Invalid enum value" (HTTP 400) at data.attributes.resources.gpus; allowed: a100-pcie-80gb). Repeating it is of no use
            looking at the list of instances
            ---
            Nothing was created
              the marketplace says that the request is wrong ("Invalid enum value" (HTTP 400) at data.attributes.resources.gpus; allowed: a100-pcie-80gb). Repeating it is of no use
              vm 0 on host-1: refused (`vm-0-gp-*`)
            ---
            exit 4
        "#]],
    );
}

#[test]
fn a_request_that_is_wrong() {
    let fault = says(
        422,
        r#"[{"code":"too_small","message":"storage_gb must be at least 200",
            "path":["data","attributes","resources","storage_gb"]}]"#,
    );
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the marketplace says that the request is wrong ("storage_gb must be at least 200" (HTTP 422) at data.attributes.resources.storage_gb). Repeating it is of no use
            looking at the list of instances
            ---
            Nothing was created
              the marketplace says that the request is wrong ("storage_gb must be at least 200" (HTTP 422) at data.attributes.resources.storage_gb). Repeating it is of no use
              vm 0 on host-1: refused (`vm-0-gp-*`)
            ---
            exit 4
        "#]],
    );
}

#[test]
fn no_money() {
    check(
        first(Fault::NoBalance),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the account lacks money ("Insufficient balance: you need at least $1.00 to deploy an instance" (HTTP 400)). Add to its balance and run the same command again
            looking at the list of instances
            ---
            Nothing was created
              the account lacks money ("Insufficient balance: you need at least $1.00 to deploy an instance" (HTTP 400)). Add to its balance and run the same command again
              vm 0 on host-1: refused (`vm-0-gp-*`)
            ---
            exit 4
        "#]],
    );
}

#[test]
fn a_token_that_is_refused_all_along() {
    let options = Options {
        token: Some("another".into()),
        refusal_status: 403,
        ..options()
    };
    check_on(
        &market(options, Faults::none()),
        &[],
        expect![[r#"
            error: GET /hostnodes: the token was refused: "Unauthorized" (HTTP 403); check TENSORDOCK_API_TOKEN or --token-file
            ---
            exit 1
        "#]],
    );
}

#[test]
fn a_token_that_is_refused_at_the_create() {
    check(
        first(Fault::Unauthorized),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the token was refused ("Unauthorized" (HTTP 401)). Check TENSORDOCK_API_TOKEN or --token-file
            looking at the list of instances
            ---
            Nothing was created
              the token was refused ("Unauthorized" (HTTP 401)). Check TENSORDOCK_API_TOKEN or --token-file
              vm 0 on host-1: refused (`vm-0-gp-*`)
            ---
            exit 4
        "#]],
    );
}

#[test]
fn a_host_that_is_gone() {
    check(
        first(says(404, r#"{"error":"Hostnode not found"}"#)),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the host is not on the market any more ("Hostnode not found" (HTTP 404))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): the host is not on the market any more ("Hostnode not found" (HTTP 404))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn too_many_calls() {
    check(
        first(Fault::TooMany(RetryAfter::Seconds(1))),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: too many calls ("Too many requests" (HTTP 429)). Lower --rate-limit
            planning again what is missing
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-1]
              vm 0 on host-1: refused (`vm-0-gp-*`): too many calls ("Too many requests" (HTTP 429)). Lower --rate-limit
            ---
            exit 0
        "#]],
    );
}

#[test]
fn words_of_the_server_under_500() {
    let fault = Fault::DeployFails {
        leaves_machine: false,
        in_ok: false,
    };
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: "An unexpected error during deployment occurred" (HTTP 500); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 500))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): the deployment failed without a reason ("An unexpected error during deployment occurred" (HTTP 500))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn html_instead_of_an_answer() {
    let fault = Fault::Failure {
        status: 502,
        body: ErrorBody::Html,
        applied: true,
    };
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: no answer (HTTP 502 with an HTML page instead of JSON); looking for it
            looking at the list of instances
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            ---
            [has host-1]
              vm 0 on host-1: no answer (`vm-0-gp-*`): HTTP 502 with an HTML page instead of JSON
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_connection_that_breaks_after_the_create() {
    check(
        first(Fault::AnswerLost),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: no answer (the connection broke: connection closed before message completed); looking for it
            looking at the list of instances
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            ---
            [has host-1]
              vm 0 on host-1: no answer (`vm-0-gp-*`): the connection broke: connection closed before message completed
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_connection_that_breaks_before_the_create() {
    check(
        first(Fault::RequestLost),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: no answer (the connection broke: connection closed before message completed); looking for it
            looking at the list of instances
            ---
            It is unknown whether anything was created
              it is not known whether `vm-0-gp-*` was created: no complete list shows it so far. It stays open and counts. Look for that name with your provider; the next run of the same command looks again, and `gpu-place settle --abandon vm-0-gp-*` closes it once you are sure
              vm 0 on host-1: no answer (`vm-0-gp-*`): the connection broke: connection closed before message completed
            ---
            exit 6
        "#]],
    );
}

#[test]
fn an_answer_without_an_id() {
    check(
        first(Fault::IdMissing),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: no answer (HTTP 200 with neither an id nor an error); looking for it
            looking at the list of instances
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            ---
            [has host-1]
              vm 0 on host-1: no answer (`vm-0-gp-*`): HTTP 200 with neither an id nor an error
            ---
            exit 0
        "#]],
    );
}

#[test]
fn an_empty_answer() {
    check(
        first(Fault::EmptyOk),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: no answer (HTTP 200 with an empty body); looking for it
            looking at the list of instances
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            ---
            [has host-1]
              vm 0 on host-1: no answer (`vm-0-gp-*`): HTTP 200 with an empty body
            ---
            exit 0
        "#]],
    );
}

#[test]
fn an_error_in_a_good_answer() {
    check(
        first(says(200, r#"{"success":false,"error":"Hostnode unavailable"}"#)),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the host lacks room ("Hostnode unavailable" (HTTP 200))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): the host lacks room ("Hostnode unavailable" (HTTP 200))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_refusal_without_a_word() {
    check(
        first(says(409, "{}")),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: the marketplace refused (HTTP 409 without a reason)
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): the marketplace refused (HTTP 409 without a reason)
            ---
            exit 0
        "#]],
    );
}

#[test]
fn ports_that_are_ignored() {
    let running = market(options(), first(Fault::PortsIgnored));
    check_on(
        &running,
        &["--wait-ready", "1s"],
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c has to go: its ports were not forwarded
            deleting instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c is gone
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
            looking at the list of instances
            warning: `vm-0-gp-*` on host host-1: its ports were not forwarded; it is deleted
            ---
            [has host-2]
              vm 0 on host-1: created, not kept (`vm-0-gp-*`): its ports were not forwarded
            ---
            exit 0
        "#]],
    );
}

#[test]
fn another_port_than_was_asked_for() {
    check(
        first(Fault::OtherPorts),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            Created: 1 instance at $2.1222/h ($1,549.21 a month)

            vm 0
              Instance  7746a55f-bad8-4037-b585-f767a79a3b6c
              Name      vm-0-gp-*
              Host      host-1
              Status    running
              Price     $2.1222/h
              Ports     22 → 20001
              Reach it  ssh -p 20001 user@203.0.113.1
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_port_that_is_taken() {
    check(
        first(Fault::PortsTaken),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: an external port that was asked for is taken ("External port 20000 is not available on this hostnode" (HTTP 400))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): an external port that was asked for is taken ("External port 20000 is not available on this hostnode" (HTTP 400))
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_dearer_rate() {
    check(
        first(Fault::PriceUp { percent: 60 }),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c has to go: it costs 3.3822 USD/h, and 3 USD/h were agreed
            deleting instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c is gone
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
            looking at the list of instances
            warning: `vm-0-gp-*` on host host-1: it costs 3.3822 USD/h, and 3 USD/h were agreed; it is deleted
            ---
            [has host-2]
              vm 0 on host-1: created, not kept (`vm-0-gp-*`): it costs 3.3822 USD/h, and 3 USD/h were agreed
            ---
            exit 0
        "#]],
    );
}

#[test]
fn stopped_at_once() {
    check(
        first(Fault::StopsItself(Duration::ZERO)),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c has to go: it stopped by itself (`stopped`)
            deleting instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c is gone
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
            looking at the list of instances
            warning: `vm-0-gp-*` on host host-1: it stopped by itself (`stopped`); it is deleted
            ---
            [has host-2]
              vm 0 on host-1: created, not kept (`vm-0-gp-*`): it stopped by itself (`stopped`)
            ---
            exit 0
        "#]],
    );
}

#[test]
fn never_running() {
    let running = market(options(), first(Fault::NeverRuns));
    check_on(
        &running,
        &["--wait-ready", "1s"],
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c has to go: after 1 s: it does not run yet (`creating`)
            deleting instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c is gone
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
            looking at the list of instances
            warning: `vm-0-gp-*` on host host-1: after 1 s: it does not run yet (`creating`); it is deleted
            ---
            [has host-2]
              vm 0 on host-1: created, not kept (`vm-0-gp-*`): after 1 s: it does not run yet (`creating`)
            ---
            exit 0
        "#]],
    );
}

#[test]
fn ssh_that_never_answers() {
    let options = Options {
        answer_ssh: true,
        ..options()
    };
    let running = market(options, first(Fault::SshSilent));
    check_on(
        &running,
        &["--wait-ready", "1s"],
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c has to go: after 1 s: it runs, and its ssh port does not answer
            deleting instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c is gone
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
            looking at the list of instances
            warning: `vm-0-gp-*` on host host-1: after 1 s: it runs, and its ssh port does not answer; it is deleted
            ---
            Created: 1 instance at $2.2222/h ($1,622.21 a month)

            vm 0
              Instance  0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
              Name      vm-0-gp-*
              Host      host-2
              Status    running
              Price     $2.2222/h
              Ports     22 → 20000
              Reach it  ssh -p 20000 user@127.*
              vm 0 on host-1: created, not kept (`vm-0-gp-*`): after 1 s: it runs, and its ssh port does not answer
            ---
            exit 0
        "#]],
    );
}

#[test]
fn an_answer_with_an_empty_id() {
    check(
        first(Fault::IdEmpty),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: no answer (HTTP 200 with neither an id nor an error); looking for it
        looking at the list of instances
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        ---
        [has host-1]
          vm 0 on host-1: no answer (`vm-0-gp-*`): HTTP 200 with neither an id nor an error
        ---
        exit 0
    "#]],
    );
}

#[test]
fn an_answer_that_is_cut_off() {
    check(
        first(Fault::CutOff),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: no answer (the connection broke: end of file before message length reached); looking for it
        looking at the list of instances
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        ---
        [has host-1]
          vm 0 on host-1: no answer (`vm-0-gp-*`): the connection broke: end of file before message length reached
        ---
        exit 0
    "#]],
    );
}

#[test]
fn a_redirect() {
    let fault = Fault::Redirect {
        status: 307,
        elsewhere: true,
    };
    check(
        first(fault),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: no answer (HTTP 307, a redirect, which is not followed); looking for it
        looking at the list of instances
        ---
        It is unknown whether anything was created
          it is not known whether `vm-0-gp-*` was created: no complete list shows it so far. It stays open and counts. Look for that name with your provider; the next run of the same command looks again, and `gpu-place settle --abandon vm-0-gp-*` closes it once you are sure
          vm 0 on host-1: no answer (`vm-0-gp-*`): HTTP 307, a redirect, which is not followed
        ---
        exit 6
    "#]],
    );
}

#[test]
fn an_answer_that_never_comes() {
    let running = market(options(), first(NEVER_ANSWERS));
    check_on(
        &running,
        &["--http-timeout", "2s"],
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: no answer (nothing came within 2 s); looking for it
            looking at the list of instances
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            ---
            [has host-1]
              vm 0 on host-1: no answer (`vm-0-gp-*`): nothing came within 2 s
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_wait_for_answers_that_is_none() {
    let running = market(options(), Faults::none());
    check_on(
        &running,
        &["--http-timeout", "0"],
        expect![[r#"
        error: invalid value '0' for '--http-timeout <DURATION>': expected more than no time at all, such as 30s

        For more information, try '--help'.
        ---
        exit 2
    "#]],
    );
}

#[test]
fn a_delete_whose_answer_never_comes() {
    let faults = first(Fault::PriceUp { percent: 60 }).on(Op::Delete, 0, NEVER_ANSWERS);
    check_on(
        &market(options(), faults),
        &["--http-timeout", "2s"],
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c has to go: it costs 3.3822 USD/h, and 3 USD/h were agreed
            deleting instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c: its deletion was not confirmed (nothing came within 2 s); looking whether it is gone
            instance 7746a55f-bad8-4037-b585-f767a79a3b6c is gone
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 0f6760a4-8f9b-487c-b2fb-0d3281e2a6e6
            looking at the list of instances
            warning: `vm-0-gp-*` on host host-1: it costs 3.3822 USD/h, and 3 USD/h were agreed; it is deleted
            ---
            [has host-2]
              vm 0 on host-1: created, not kept (`vm-0-gp-*`): it costs 3.3822 USD/h, and 3 USD/h were agreed
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_price_that_is_never_reported() {
    let faults = Faults::none()
        .always(Op::Instance, Fault::RateUnsaid)
        .always(Op::Instances, Fault::RateUnsaid);
    check_on(
        &market(options(), faults.clone()),
        &["--wait-ready", "1s"],
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        looking at the list of instances
        warning: `vm-0-gp-*`: the marketplace does not report what it costs
        ---
        [has host-1]
        ---
        exit 0
    "#]],
    );
    let answering = Options {
        answer_ssh: true,
        ..options()
    };
    check_on(
        &market(answering, faults),
        &["--wait-ready", "1s"],
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        looking at the list of instances
        warning: `vm-0-gp-*`: the marketplace does not report what it costs
        ---
        Created: 1 instance at $2.1222/h ($1,549.21 a month)

        vm 0
          Instance  7746a55f-bad8-4037-b585-f767a79a3b6c
          Name      vm-0-gp-*
          Host      host-1
          Status    running
          Price     $2.1222/h
          Ports     22 → 20000
          Reach it  ssh -p 20000 user@127.*
        ---
        exit 0
    "#]],
    );
}

#[test]
fn a_list_of_issues_as_the_error() {
    check(
        first(Fault::ErrorInOk(OkError::Issues)),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: the host lacks room ("Hostnode unavailable" (HTTP 200))
        planning again what is missing
        [tries host-2]
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        looking at the list of instances
        ---
        [has host-2]
          vm 0 on host-1: refused (`vm-0-gp-*`): the host lacks room ("Hostnode unavailable" (HTTP 200))
        ---
        exit 0
    "#]],
    );
}

#[test]
fn errors_in_a_list() {
    let body = r#"{"errors":[{"status":"400","title":"Bad Request","detail":"GPU model is out of stock"}]}"#;
    check(
        first(says(400, body)),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: sold out: the stock that was shown is gone ("GPU model is out of stock" (HTTP 400))
        planning again what is missing
        [tries host-2]
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        looking at the list of instances
        ---
        [has host-2]
          vm 0 on host-1: refused (`vm-0-gp-*`): sold out: the stock that was shown is gone ("GPU model is out of stock" (HTTP 400))
        ---
        exit 0
    "#]],
    );
}

#[test]
fn no_nodes_for_what_was_asked() {
    let body = r#"{"error":"No available nodes found for the requested configuration","status":400}"#;
    check(
        first(says(200, body)),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: sold out: the stock that was shown is gone ("No available nodes found for the requested configuration" (HTTP 400))
        planning again what is missing
        [tries host-2]
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        looking at the list of instances
        ---
        [has host-2]
          vm 0 on host-1: refused (`vm-0-gp-*`): sold out: the stock that was shown is gone ("No available nodes found for the requested configuration" (HTTP 400))
        ---
        exit 0
    "#]],
    );
}

#[test]
fn a_resource_that_is_unavailable() {
    check(
        first(says(400, r#"{"message":"Resource unavailable"}"#)),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: the host lacks room ("Resource unavailable" (HTTP 400))
        planning again what is missing
        [tries host-2]
        `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
        looking at the list of instances
        ---
        [has host-2]
          vm 0 on host-1: refused (`vm-0-gp-*`): the host lacks room ("Resource unavailable" (HTTP 400))
        ---
        exit 0
    "#]],
    );
}

/// The same words on every create are said to come of an account without money.
#[test]
fn a_failing_server_whatever_is_created() {
    let fault = Fault::Failure {
        status: 500,
        body: ErrorBody::Json,
        applied: false,
    };
    check(
        Faults::none().always(Op::Create, fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: "Internal server error" (HTTP 500); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the marketplace refused ("Internal server error" (HTTP 500))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*`: "Internal server error" (HTTP 500); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the marketplace refused ("Internal server error" (HTTP 500))
            planning again what is missing
            [tries host-3]
            `vm-0-gp-*`: "Internal server error" (HTTP 500); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the marketplace refused ("Internal server error" (HTTP 500))
            planning again what is missing
            [tries host-4]
            `vm-0-gp-*`: "Internal server error" (HTTP 500); looking whether it exists
            looking at the list of instances
            `vm-0-gp-*`: the marketplace refused ("Internal server error" (HTTP 500))
            planning again what is missing
            warning: creating failed for no known reason on 3 different hosts: check the account's balance
            ---
            Nothing was created
              no host is left for 1 of the VMs at no more than the agreed price. `gpu-place explain` tells what would help; --wait waits for stock
              vm 0 on host-1: refused (`vm-0-gp-*`): the marketplace refused ("Internal server error" (HTTP 500))
              vm 0 on host-2: refused (`vm-0-gp-*`): the marketplace refused ("Internal server error" (HTTP 500))
              vm 0 on host-3: refused (`vm-0-gp-*`): the marketplace refused ("Internal server error" (HTTP 500))
              vm 0 on host-4: refused (`vm-0-gp-*`): the marketplace refused ("Internal server error" (HTTP 500))
            ---
            exit 4
        "#]],
    );
}

#[test]
fn a_page_instead_of_words_whatever_is_created() {
    let fault = Fault::Failure {
        status: 500,
        body: ErrorBody::Html,
        applied: false,
    };
    check(
        Faults::none().always(Op::Create, fault),
        expect![[r#"
        [tries host-1]
        `vm-0-gp-*`: no answer (HTTP 500 with an HTML page instead of JSON); looking for it
        looking at the list of instances
        ---
        It is unknown whether anything was created
          it is not known whether `vm-0-gp-*` was created: no complete list shows it so far. It stays open and counts. Look for that name with your provider; the next run of the same command looks again, and `gpu-place settle --abandon vm-0-gp-*` closes it once you are sure
          vm 0 on host-1: no answer (`vm-0-gp-*`): HTTP 500 with an HTML page instead of JSON
        ---
        exit 6
    "#]],
    );
}

#[test]
fn a_token_that_is_refused_for_a_while() {
    check(
        Faults::none().during(Op::Instance, 0, 1, Fault::Unauthorized),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-1]
            ---
            exit 0
        "#]],
    );
}

#[test]
fn a_price_that_rose_before_the_last_look() {
    check(
        Faults::none().on(Op::Hostnode, 1, Fault::PriceUp { percent: 60 }),
        expect![[r#"
            taking a last look at host host-1
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: skipped: it costs 3.3822 USD/h now, and 3 USD/h were agreed
            ---
            exit 0
        "#]],
    );
}

#[test]
fn words_that_would_play_with_the_terminal() {
    let fault = says(
        400,
        r#"{"error":"No available nodes found\u001b[2J\u001b]0;owned\u0007\r\nyes"}"#,
    );
    check(
        first(fault),
        expect![[r#"
            [tries host-1]
            `vm-0-gp-*`: sold out: the stock that was shown is gone ("No available nodes found�[2J�]0;owned�  yes" (HTTP 400))
            planning again what is missing
            [tries host-2]
            `vm-0-gp-*` exists as instance 7746a55f-bad8-4037-b585-f767a79a3b6c
            looking at the list of instances
            ---
            [has host-2]
              vm 0 on host-1: refused (`vm-0-gp-*`): sold out: the stock that was shown is gone ("No available nodes found�[2J�]0;owned�  yes" (HTTP 400))
            ---
            exit 0
        "#]],
    );
}
