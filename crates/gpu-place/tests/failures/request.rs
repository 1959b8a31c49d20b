//! What another host would not mend: the request, the account, or the pace of the calls.

use expect_test::expect;
use gpu_place_sim::{Fault, Faults, Op, Options, RetryAfter};

use crate::scene::{check, check_on, first, market, options, says};

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
