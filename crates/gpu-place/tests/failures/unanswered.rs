//! Calls without an answer, or without one that tells: what they did is looked for.

use expect_test::expect;
use gpu_place_sim::{ErrorBody, Fault, Op};

use crate::scene::{NEVER_ANSWERS, check, check_on, first, market, options};

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
