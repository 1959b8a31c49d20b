//! Creates that fail without a reason: what may be left behind is looked for, and an empty account is suspected.

use expect_test::expect;
use gpu_place_sim::{ErrorBody, Fault, Faults, Op};

use crate::scene::{check, first};

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
