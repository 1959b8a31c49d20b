//! What the marketplace refuses, and in which form.

mod common;

use common::{HOST, MODEL, PLACE, answer, body, body_with, market, market_with, options, read};
use gpu_place_sim::{Call, DetailForm, FieldCase, Forms, IssueForm, ListForm, Market, Method, Nanos, Options};
use proptest::prelude::*;
use serde_json::{Value, json};

fn refused(market: &mut Market, body: &Value) -> (u16, Value) {
    let answer = answer(market, &Call::create(body));
    assert!(market.instances().is_empty(), "a refused order left a machine behind");
    (answer.status, answer.body_json().expect("JSON"))
}

/// An attribute that is wrong by itself: HTTP 400 with a list that names it.
fn assert_issue(changes: Value, path: &[&str], message: &str) {
    let (status, body) = refused(&mut market(), &body_with(changes));
    assert_eq!(status, 400, "{body}");
    let found = body[0]["path"].as_array().expect("a path").iter().skip(2);
    assert!(
        found.eq(path.iter().map(|part| json!(part)).collect::<Vec<_>>().iter()),
        "{body}"
    );
    assert!(
        body[0]["message"].as_str().expect("a message").contains(message),
        "{body}"
    );
}

fn resources(changes: Value) -> Value {
    let mut resources = body("vm").pointer("/data/attributes/resources").expect("there").clone();
    for (name, value) in changes.as_object().expect("an object") {
        resources[name] = value.clone();
    }
    json!({ "resources": resources })
}

#[test]
fn sizes_must_be_on_the_providers_steps() {
    for vcpu in [0, 1, 15] {
        let message = if vcpu == 0 { "positive" } else { "even" };
        assert_issue(
            resources(json!({ "vcpu_count": vcpu })),
            &["resources", "vcpu_count"],
            message,
        );
    }
    assert_issue(
        resources(json!({ "storage_gb": 99 })),
        &["resources", "storage_gb"],
        "100 GB",
    );
    assert_issue(resources(json!({ "ram_gb": "64" })), &["resources", "ram_gb"], "number");
    let zero = json!({ "gpus": { MODEL: { "count": 0 } } });
    assert_issue(resources(zero), &["resources", "gpus", MODEL, "count"], "positive");
    let two = json!({ "gpus": { MODEL: { "count": 1 }, "l4": { "count": 1 } } });
    assert_issue(resources(two), &["resources", "gpus"], "one GPU model");
}

#[test]
fn ubuntu_must_be_reachable() {
    assert_issue(
        json!({ "port_forwards": null }),
        &["port_forwards"],
        "SSH port (22) must be forwarded",
    );
    let other = json!([{ "internal_port": 80, "external_port": 20000 }]);
    assert_issue(
        json!({ "port_forwards": other }),
        &["port_forwards"],
        "SSH port (22) must be forwarded",
    );
    let twice = json!([{ "internal_port": 22, "external_port": 20000 },
        { "internal_port": 80, "external_port": 20000 }]);
    assert_issue(json!({ "port_forwards": twice }), &["port_forwards"], "unique");
    let mut market = market();
    let windows = body_with(json!({ "image": "windows10", "port_forwards": null, "ssh_key": null }));
    assert_eq!(answer(&mut market, &Call::create(&windows)).status, 200);
    assert_eq!(market.instances().len(), 1);
}

#[test]
fn exactly_one_key_and_one_place() {
    assert_issue(json!({ "ssh_key": null }), &["ssh_key"], "required");
    assert_issue(json!({ "ssh_key_id": "k" }), &["ssh_key"], "not both");
    assert_issue(json!({ "location_id": PLACE }), &[], "Exactly one");
    assert_issue(json!({ "hostnode_id": null }), &[], "Exactly one");
    assert_issue(json!({ "type": "container" }), &["type"], "virtualmachine");
    assert_issue(json!({ "cloud_init": "#cloud-config" }), &["cloud_init"], "object");
    assert_issue(
        json!({ "cloud_init": { "runcmd": "ls" } }),
        &["cloud_init", "runcmd"],
        "array",
    );
    assert_issue(
        json!({ "cloud_init": { "users": [] } }),
        &["cloud_init", "users"],
        "Unrecognized",
    );
    let keys = Options {
        ssh_keys: vec!["k".into()],
        ..options()
    };
    let mut market = market_with(keys);
    let unknown = body_with(json!({ "ssh_key": null, "ssh_key_id": "other" }));
    assert_eq!(refused(&mut market, &unknown).0, 404);
}

#[test]
fn an_unknown_image_is_answered_with_those_on_offer() {
    let (status, body) = refused(&mut market(), &body_with(json!({ "image": "debian12" })));
    assert_eq!((status, &body[0]["code"]), (400, &json!("invalid_enum_value")));
    assert!(
        body[0]["options"]
            .as_array()
            .expect("a list")
            .contains(&json!("ubuntu2404")),
        "{body}"
    );
}

#[test]
fn what_the_host_lacks_is_refused_under_http_200() {
    let changes = [
        (
            resources(json!({ "gpus": { MODEL: { "count": 9 } } })),
            "No available nodes found",
        ),
        (
            resources(json!({ "gpus": { "l4": { "count": 1 } } })),
            "No available nodes found",
        ),
        (resources(json!({ "vcpu_count": 34 })), "requested configuration"),
        (resources(json!({ "ram_gb": 401 })), "requested configuration"),
        (resources(json!({ "storage_gb": 2001 })), "requested configuration"),
    ];
    for (change, message) in changes {
        let (status, body) = refused(&mut market(), &body_with(change));
        assert_eq!((status, &body["status"]), (200, &json!(400)), "{body}");
        assert!(body["error"].as_str().expect("an error").contains(message), "{body}");
    }
}

#[test]
fn there_is_one_public_address_a_host() {
    let mut market = market();
    let dedicated = body_with(json!({ "useDedicatedIp": true, "port_forwards": null }));
    assert_eq!(answer(&mut market, &Call::create(&dedicated)).status, 200);
    let host = read(&mut market, &format!("/hostnodes/{HOST}"));
    assert_eq!(host["data"]["available_resources"]["has_public_ip_available"], false);
    let second = answer(&mut market, &Call::create(&dedicated))
        .body_json()
        .expect("JSON");
    assert_eq!(
        second,
        json!({ "error": "No available public IPs on hostnode", "status": 400 })
    );
    assert_eq!(market.instances().len(), 1);
}

#[test]
fn a_port_is_granted_once() {
    let mut market = market();
    let small = |name: &str| {
        let mut body = body_with(resources(json!({ "gpus": { MODEL: { "count": 1 } } })));
        body["data"]["attributes"]["name"] = json!(name);
        body
    };
    assert_eq!(answer(&mut market, &Call::create(&small("a"))).status, 200);
    let again = answer(&mut market, &Call::create(&small("b")));
    assert_eq!(again.status, 400);
    assert!(String::from_utf8_lossy(&again.body).contains("port 20000 is not available"));
    let host = read(&mut market, &format!("/hostnodes/{HOST}"));
    let free = &host["data"]["available_resources"]["available_ports"];
    assert_eq!(*free, json!(["20001", 20002, 20003]));
}

#[test]
fn unknown_things_and_an_empty_purse() {
    let mut market = market_with(Options {
        balance: Some(Nanos(999_999_999)),
        ..options()
    });
    let (status, body) = refused(&mut market, &body("vm"));
    assert_eq!(status, 400);
    assert!(
        body["error"].as_str().expect("an error").contains("need at least"),
        "{body}"
    );
    market.options_mut().balance = Some(Nanos::dollars(1));
    assert_eq!(
        refused(&mut market, &body_with(json!({ "hostnode_id": "gone" }))).0,
        404
    );
    let elsewhere = body_with(json!({ "hostnode_id": null, "location_id": "gone" }));
    assert_eq!(refused(&mut market, &elsewhere).0, 404);
    assert!(market.remove_host(HOST));
    assert_eq!(refused(&mut market, &common::body("vm")).0, 404);
    assert_eq!(answer(&mut market, &Call::get("/gpu-cloud")).status, 404);
    assert_eq!(answer(&mut market, &Call::delete("none")).status, 404);
    let broken = Call {
        body: b"{".to_vec(),
        ..Call::new(Method::Post, "/instances")
    };
    assert_eq!(answer(&mut market, &broken).status, 400);
}

#[test]
fn by_location_the_market_picks_host_and_ports() {
    let mut market = market();
    let by_location = body_with(json!({ "hostnode_id": null, "location_id": PLACE,
        "port_forwards": [{ "internal_port": 22, "external_port": 22 }] }));
    for _ in 0..4 {
        assert_eq!(answer(&mut market, &Call::create(&by_location)).status, 200);
    }
    let hosts: Vec<&str> = market.instances().iter().map(|one| one.host_id.as_str()).collect();
    assert_eq!(hosts, [HOST, HOST, "host-b", "host-b"]);
    let ports: Vec<u16> = market.instances().iter().map(|one| one.forwards[0].external).collect();
    assert_eq!(ports, [20000, 20001, 20000, 20001]);
    let full = answer(&mut market, &Call::create(&by_location))
        .body_json()
        .expect("JSON");
    assert_eq!(full["error"], "No available nodes found");
}

#[test]
fn issues_come_in_every_known_form() {
    let wrong = body_with(json!({ "ssh_key": null }));
    let text = "An SSH key is required for non-Windows images";
    for (form, path) in [
        (IssueForm::List, "/0/message"),
        (IssueForm::UnderError, "/error/0/message"),
        (IssueForm::Errors, "/errors/0/detail"),
        (IssueForm::Message, "/message"),
    ] {
        let forms = Forms {
            issues: form,
            ..Forms::default()
        };
        let (_, body) = refused(&mut market_with(Options { forms, ..options() }), &wrong);
        assert_eq!(body.pointer(path), Some(&json!(text)), "{body}");
    }
    let forms = Forms {
        issues: IssueForm::AsText,
        ..Forms::default()
    };
    let (_, body) = refused(&mut market_with(Options { forms, ..options() }), &wrong);
    assert!(body["error"].as_str().expect("text").starts_with("[{"), "{body}");
}

#[test]
fn answers_come_in_every_known_shape() {
    let shapes = [
        (ListForm::Named, "/data/instances/0", "/data/hostnodes/0"),
        (ListForm::Data, "/data/0", "/data/0"),
        (ListForm::Bare, "/0", "/0"),
        (ListForm::ById, "/data/instances/ID", "/data/hostnodes/host-a"),
        (
            ListForm::Typed,
            "/data/attributes/instances/0",
            "/data/attributes/hostnodes/0",
        ),
    ];
    for (list, instance, host) in shapes {
        let forms = Forms {
            instances: list,
            hostnodes: list,
            ..Forms::default()
        };
        let mut market = market_with(Options { forms, ..options() });
        answer(&mut market, &Call::create(&body("vm")));
        let id = market.instances()[0].id.clone();
        let found = read(&mut market, "/instances");
        assert_eq!(
            found.pointer(&instance.replace("ID", &id)).expect("there")["name"],
            "vm"
        );
        assert_eq!(
            read(&mut market, "/hostnodes").pointer(host).expect("there")["id"],
            HOST
        );
    }
    for (detail, path) in [
        (DetailForm::Data, "/data/port_forwards/0/internalPort"),
        (DetailForm::Bare, "/port_forwards/0/internalPort"),
        (DetailForm::Attributes, "/data/attributes/port_forwards/0/internalPort"),
    ] {
        let forms = Forms {
            instance: detail,
            case: FieldCase::Swapped,
            ..Forms::default()
        };
        let mut market = market_with(Options { forms, ..options() });
        answer(&mut market, &Call::create(&body("vm")));
        let id = market.instances()[0].id.clone();
        assert_eq!(
            read(&mut market, &format!("/instances/{id}")).pointer(path),
            Some(&json!(22))
        );
    }
}

/// Any small JSON, with the figures that readers stumble over.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        "[0-9eE.+-]{0,12}".prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..3)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// Replaces one value within a document.
fn damaged(mut document: Value, path: &str, value: Value) -> Value {
    *document.pointer_mut(path).expect("a path that is there") = value;
    document
}

proptest! {
    #[test]
    fn any_damaged_order_is_answered(field in 0..11_usize, value in anything()) {
        let path = [
            "", "/data", "/data/type", "/name", "/image", "/hostnode_id", "/resources",
            "/resources/gpus", "/resources/ram_gb", "/port_forwards", "/port_forwards/0/external_port",
        ][field];
        let prefix = if field > 2 { "/data/attributes" } else { "" };
        let order = damaged(body("vm"), &format!("{prefix}{path}"), value);
        let mut market = market();
        let answer = answer(&mut market, &Call::create(&order));
        prop_assert!([200, 400, 404].contains(&answer.status));
        prop_assert!(market.instances().len() <= 1);
    }

    #[test]
    fn any_damaged_host_is_shown_and_never_sold_for_nothing(field in 0..9_usize, value in anything()) {
        let path = [
            "", "/id", "/available_resources", "/available_resources/gpus",
            "/available_resources/gpus/0/price_per_hr", "/available_resources/gpus/0/availableCount",
            "/available_resources/vcpu_count", "/available_resources/available_ports", "/pricing",
        ][field];
        let host = damaged(common::host(HOST), path, value);
        let mut market = Market::from_hostnodes(vec![host.clone()], Options { list_ports: true, ..options() });
        prop_assert_eq!(&read(&mut market, "/hostnodes")["data"]["hostnodes"][0], &host);
        answer(&mut market, &Call::create(&body("vm")));
        let least = if path.ends_with("price_per_hr") { 73_800_000 } else { 8_873_800_000 };
        prop_assert!(market.instances().iter().all(|one| one.rate.0 >= least));
    }
}
