//! The server over real sockets: the orderly road, and every fault as a client sees it.

mod common;

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use common::{HOST, body, market, market_with, options};
use gpu_place_sim::{
    ErrorBody, Fault, Faults, Market, OkError, Op, Options, RateLimit, RetryAfter, Running, ServeError, Status, serve,
};
use reqwest::{Client, RequestBuilder, Response, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpStream};

fn open(market: Market) -> Running {
    serve(market, ([127, 0, 0, 1], 0).into()).expect("a free port")
}

fn client() -> Client {
    // Where another test has installed it already, that one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .build()
        .expect("a client")
}

fn get(running: &Running, path: &str) -> RequestBuilder {
    client().get(running.url() + path).bearer_auth("sim")
}

fn create(running: &Running) -> RequestBuilder {
    client()
        .post(running.url() + "/instances")
        .bearer_auth("sim")
        .json(&body("vm"))
}

async fn sent(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

async fn json_of(request: RequestBuilder) -> Value {
    sent(request).await.json().await.expect("JSON")
}

#[tokio::test]
async fn the_whole_road_of_one_machine() {
    let running = open(market_with(Options {
        token: Some("sim".into()),
        ..options()
    }));
    let hosts = json_of(get(&running, "/hostnodes")).await;
    let first = &hosts["data"]["hostnodes"][0];
    assert_eq!(first["id"], HOST);
    assert!(first["available_resources"].get("available_ports").is_none());
    let detail = json_of(get(&running, &format!("/hostnodes/{HOST}"))).await;
    assert_eq!(detail["data"]["available_resources"]["available_ports"][0], 20000);

    let created = json_of(create(&running)).await;
    let path = format!("/instances/{}", created["data"]["id"].as_str().expect("an id"));
    let shown = json_of(get(&running, &path)).await;
    assert_eq!(shown["status"], "running");
    assert_eq!(shown["rateHourly"].to_string(), "8.8738");
    assert_eq!(shown["portForwards"][0]["external_port"], 20000);
    assert_eq!(json_of(get(&running, "/instances")).await["data"][0]["name"], "vm");

    let delete = client().delete(running.url() + &path).bearer_auth("sim");
    assert_eq!(sent(delete).await.status(), 200);
    assert_eq!(sent(get(&running, &path)).await.status(), 404);
    let calls: Vec<_> = running
        .log()
        .into_iter()
        .map(|entry| (entry.op, entry.status))
        .collect();
    let ok = Some(200);
    assert_eq!(
        calls,
        [
            (Op::Hostnodes, ok),
            (Op::Hostnode, ok),
            (Op::Create, ok),
            (Op::Instance, ok),
            (Op::Instances, ok),
            (Op::Delete, ok),
            (Op::Instance, Some(404))
        ]
    );
}

#[tokio::test]
async fn the_token_and_the_limit_are_enforced() {
    let limit = RateLimit {
        per_minute: 2,
        retry_after: true,
    };
    let token = Some("other".to_owned());
    let running = open(market_with(Options {
        token,
        refusal_status: 403,
        rate_limit: Some(limit),
        ..options()
    }));
    assert_eq!(sent(get(&running, "/instances")).await.status(), 403);
    assert_eq!(sent(get(&running, "/locations")).await.status(), 200);
    let refused = sent(get(&running, "/locations")).await;
    assert_eq!(
        (
            refused.status().as_u16(),
            &refused.headers()["retry-after"].to_str().ok()
        ),
        (429, &Some("60"))
    );
}

#[tokio::test]
async fn only_loopback_and_the_base_path_and_bodies_of_some_size() {
    let everywhere = serve(market(), ([0, 0, 0, 0], 0).into());
    assert!(matches!(everywhere, Err(ServeError::NotLoopback(_))));
    let running = open(market());
    assert!(matches!(
        serve(market(), running.address()),
        Err(ServeError::Listen { .. })
    ));
    let root = format!("http://{}/hostnodes", running.address());
    assert_eq!(sent(client().get(root)).await.status(), 404);
    let huge = client().post(running.url() + "/instances").body(vec![b' '; 2 << 20]);
    assert_eq!(sent(huge).await.status(), 413);
}

#[tokio::test]
async fn it_stops_at_once_though_an_answer_is_under_way() {
    let late = Faults::none().on(Op::Instances, 0, Fault::AnswerLate(Duration::from_secs(600)));
    let running = open(market().with_faults(late));
    let request = tokio::spawn(get(&running, "/instances").send());
    while running.log().is_empty() {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    tokio::task::spawn_blocking(move || running.stop())
        .await
        .expect("stopped");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(request.await.expect("no panic").is_err());
}

#[tokio::test]
async fn a_machine_answers_at_its_ssh_port_while_it_runs() {
    let quiet = Faults::none().on(Op::Create, 1, Fault::SshSilent);
    let running = open(
        market_with(Options {
            answer_ssh: true,
            ..options()
        })
        .with_faults(quiet),
    );
    let id = json_of(create(&running)).await["data"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let shown = json_of(get(&running, &format!("/instances/{id}"))).await;
    let address = shown["ipAddress"].as_str().expect("an address").to_owned();
    assert!(address.starts_with("127."), "{address}");
    let mut stream = TcpStream::connect((address.as_str(), 20000)).await.expect("a listener");
    let mut greeting = String::new();
    stream.read_to_string(&mut greeting).await.expect("text");
    assert_eq!(greeting, "SSH-2.0-simulated\r\n");

    let delete = client().delete(format!("{}/instances/{id}", running.url()));
    assert_eq!(sent(delete).await.status(), 200);
    json_of(create(&running)).await;
    assert!(
        TcpStream::connect((address.as_str(), 20000)).await.is_err(),
        "deleted, and the next is silent"
    );
}

/// What a client sees of one create call, and what is true.
struct Seen {
    /// None where no head of an answer came.
    status: Option<u16>,
    headers: HeaderMap,
    /// None where the body did not come whole.
    body: Option<String>,
    running: Running,
}

impl Seen {
    fn machines(&self) -> usize {
        self.running.market(|market| market.instances().len())
    }

    fn json(&self) -> Value {
        serde_json::from_str(self.body.as_deref().unwrap_or_default()).expect("JSON")
    }

    fn contains(&self, text: &str) -> bool {
        self.body.as_deref().unwrap_or_default().contains(text)
    }
}

async fn seen_of(op: Op, fault: Fault, request: impl FnOnce(&Running) -> RequestBuilder) -> Seen {
    let running = open(market().with_faults(Faults::none().on(op, 0, fault)));
    let response = request(&running).send().await;
    let status = response.as_ref().ok().map(|response| response.status().as_u16());
    let headers = response
        .as_ref()
        .map(|response| response.headers().clone())
        .unwrap_or_default();
    let body = match response {
        Ok(response) => response.text().await.ok(),
        Err(_) => None,
    };
    Seen {
        status,
        headers,
        body,
        running,
    }
}

async fn creating(fault: Fault) -> Seen {
    seen_of(Op::Create, fault, create).await
}

#[tokio::test]
async fn connections_that_close() {
    for (fault, machines) in [(Fault::RequestLost, 0), (Fault::AnswerLost, 1)] {
        let seen = creating(fault).await;
        assert_eq!((seen.status, seen.machines()), (None, machines));
    }
    let late = creating(Fault::LandsLate(Duration::from_secs(3_600))).await;
    assert_eq!((late.status, late.machines()), (None, 0));
    late.running.market(|market| market.drain());
    assert_eq!(late.machines(), 1);
    let cut = creating(Fault::CutOff).await;
    assert_eq!((cut.status, &cut.body, cut.machines()), (Some(200), &None, 1));
}

#[tokio::test]
async fn answers_that_take_their_time() {
    let late = Fault::AnswerLate(Duration::from_millis(200));
    let seen = seen_of(Op::Create, late.clone(), |running| {
        create(running).timeout(Duration::from_millis(50))
    })
    .await;
    assert_eq!((seen.status, seen.machines()), (None, 1));
    let seen = creating(late).await;
    assert_eq!((seen.status, seen.machines()), (Some(200), 1));
    let drip = creating(Fault::Drip(Duration::from_millis(1))).await;
    assert_eq!(drip.json()["data"]["name"], "vm");
    let slow = Fault::Drip(Duration::from_secs(1));
    let seen = seen_of(Op::Create, slow, |running| {
        create(running).timeout(Duration::from_millis(100))
    })
    .await;
    assert_eq!((seen.body.clone(), seen.machines()), (None, 1));
}

#[tokio::test]
async fn too_many_calls() {
    for (retry_after, header) in [
        (RetryAfter::Absent, None),
        (RetryAfter::Seconds(3), Some("3")),
        (RetryAfter::Text(Cow::Borrowed("soon")), Some("soon")),
    ] {
        let seen = creating(Fault::TooMany(retry_after)).await;
        let sent = seen.headers.get("retry-after").and_then(|value| value.to_str().ok());
        assert_eq!((seen.status, sent, seen.machines()), (Some(429), header, 0));
    }
}

#[tokio::test]
async fn failures_of_the_service() {
    for (status, body, applied) in [
        (500, ErrorBody::Json, false),
        (502, ErrorBody::Html, true),
        (503, ErrorBody::Empty, false),
    ] {
        let seen = creating(Fault::Failure { status, body, applied }).await;
        assert_eq!((seen.status, seen.machines()), (Some(status), usize::from(applied)));
        let text = seen.body.expect("a body");
        let begin = match body {
            ErrorBody::Json => "{\"error\"",
            ErrorBody::Html => "<!DOCTYPE html>",
            ErrorBody::Empty => "",
        };
        assert!(text.starts_with(begin) && text.is_empty() == begin.is_empty(), "{text}");
    }
    assert_eq!(creating(Fault::Unauthorized).await.status, Some(401));
}

#[tokio::test]
async fn errors_under_http_200() {
    for (form, path) in [
        (OkError::WithStatus, "/status"),
        (OkError::Issues, "/error/0/message"),
        (OkError::Unsuccessful, "/success"),
    ] {
        let seen = creating(Fault::ErrorInOk(form)).await;
        assert_eq!((seen.status, seen.machines()), (Some(200), 0));
        assert!(seen.json().pointer(path).is_some(), "{form:?}");
    }
}

#[tokio::test]
async fn redirects() {
    let here = creating(Fault::Redirect {
        status: 307,
        elsewhere: false,
    })
    .await;
    assert_eq!(
        (here.status, &here.headers["location"].to_str().ok()),
        (Some(307), &Some("/api/v2/instances"))
    );
    let elsewhere = creating(Fault::Redirect {
        status: 301,
        elsewhere: true,
    })
    .await;
    let target = elsewhere.headers["location"].to_str().expect("text");
    assert!(target.starts_with("http://elsewhere.invalid/"), "{target}");
    assert_eq!((here.machines(), elsewhere.machines()), (0, 0));
}

#[tokio::test]
async fn answers_that_are_not_what_they_should_be() {
    let html = creating(Fault::HtmlOk).await;
    assert!(html.contains("<html>") && html.headers["content-type"] == "text/html");
    let empty = creating(Fault::EmptyOk).await;
    assert_eq!(empty.body.as_deref(), Some(""));
    let truncated = creating(Fault::Truncated).await;
    let text = truncated.body.as_deref().expect("a whole body");
    assert!(text.starts_with("{\"data\"") && serde_json::from_str::<Value>(text).is_err());
    let mistyped = creating(Fault::WrongType).await;
    assert!(mistyped.headers["content-type"] == "text/plain" && mistyped.json()["data"].is_object());
    let huge = creating(Fault::Huge(3 << 20)).await;
    assert!(huge.body.as_deref().is_some_and(|body| body.len() > 3 << 20));
    for seen in [html, empty, truncated, mistyped, huge] {
        assert_eq!((seen.status, seen.machines()), (Some(200), 1));
    }
}

#[tokio::test]
async fn hostile_names() {
    let seen = seen_of(Op::Hostnodes, Fault::Hostile, |running| get(running, "/hostnodes")).await;
    let city = seen.json()["data"]["hostnodes"][0]["location"]["city"]
        .as_str()
        .expect("text")
        .to_owned();
    assert!(city.contains('\u{1b}') && city.contains("Mölln") && city.len() > 5_000);
}

#[tokio::test]
async fn lists_that_miss_entries() {
    let seen = seen_of(Op::Hostnodes, Fault::Incomplete, |running| get(running, "/hostnodes")).await;
    let list = seen.json()["data"]["hostnodes"].clone();
    assert_eq!(
        (list.as_array().map(Vec::len), &list[0]["id"]),
        (Some(1), &json!("host-b"))
    );
}

#[tokio::test]
async fn creations_that_are_refused() {
    for (fault, status, text) in [
        (Fault::SoldOut, 200, "No available nodes found"),
        (Fault::StaleStock, 200, "No available nodes found"),
        (Fault::NoPublicIp, 200, "No available public IPs"),
        (Fault::NoBalance, 400, "need at least"),
        (Fault::PortsTaken, 400, "port 20000 is not available"),
    ] {
        let seen = creating(fault.clone()).await;
        assert_eq!((seen.status, seen.machines()), (Some(status), 0), "{fault:?}");
        assert!(seen.contains(text), "{fault:?}");
    }
    for leaves_machine in [false, true] {
        for (in_ok, status) in [(false, 500), (true, 200)] {
            let seen = creating(Fault::DeployFails { leaves_machine, in_ok }).await;
            assert_eq!(
                (seen.status, seen.machines()),
                (Some(status), usize::from(leaves_machine))
            );
            assert!(seen.contains("unexpected error during deployment"));
        }
    }
}

#[tokio::test]
async fn creations_without_a_good_id() {
    for (fault, id) in [(Fault::IdMissing, None), (Fault::IdEmpty, Some(json!("")))] {
        let seen = creating(fault).await;
        assert_eq!((seen.json()["data"].get("id"), seen.machines()), (id.as_ref(), 1));
    }
    let seen = creating(Fault::IdNumber).await;
    let id = seen.json()["data"]["id"].as_u64().expect("a number");
    let shown = json_of(get(&seen.running, &format!("/instances/{id}"))).await;
    assert_eq!(shown["id"].as_u64(), Some(id));
}

#[tokio::test]
async fn creations_that_turn_out_otherwise() {
    let only = |seen: &Seen| seen.running.market(|market| market.instances()[0].clone());
    let other = only(&creating(Fault::OtherPorts).await).forwards;
    assert_eq!((other[0].internal, other[0].external), (22, 20001));
    assert!(only(&creating(Fault::PortsIgnored).await).forwards.is_empty());
    assert!(only(&creating(Fault::PriceUp { percent: 10 }).await).rate.0 > 9_000_000_000);
    assert_eq!(
        only(&creating(Fault::StopsItself(Duration::ZERO)).await).status,
        Status::Stopped
    );
    assert_eq!(only(&creating(Fault::NeverRuns).await).status, Status::Creating);
}
