//! Refusals that say something of one host: the VM is placed on another.

use expect_test::expect;
use gpu_place_sim::{Fault, Faults, OkError, Op};

use crate::scene::{check, check_on, first, market, options, says};

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
