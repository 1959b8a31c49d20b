//! Instances that exist, and are not what was asked for.

use std::time::Duration;

use expect_test::expect;
use gpu_place_sim::{Fault, Faults, Op, Options};

use crate::scene::{check, check_on, first, market, options};

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
