//! The server over real sockets: the orderly road, and each fault of the wire.

mod common;

use common::{HOST, body, market_with, options};
use gpu_place_sim::{Market, Op, Options, RateLimit, Running, serve};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::Value;

fn open(market: Market) -> Running {
    serve(market, ([127, 0, 0, 1], 0).into()).expect("a free port")
}

fn client() -> Client {
    // A second test's provider being refused is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .build()
        .expect("a client")
}

async fn get(running: &Running, path: &str) -> reqwest::Result<Response> {
    client()
        .get(running.url() + path)
        .bearer_auth("sim")
        .send()
        .await
}

async fn create(running: &Running, name: &str) -> reqwest::Result<Response> {
    client()
        .post(running.url() + "/instances")
        .bearer_auth("sim")
        .json(&body(name))
        .send()
        .await
}

async fn json(response: reqwest::Result<Response>) -> Value {
    response.expect("an answer").json().await.expect("JSON")
}

#[tokio::test]
async fn the_whole_road_of_one_machine() {
    let running = open(market_with(Options {
        token: Some("sim".into()),
        ..options()
    }));
    let hosts = json(get(&running, "/hostnodes").await).await;
    let first = &hosts["data"]["hostnodes"][0];
    assert_eq!(first["id"], HOST);
    assert!(
        first["available_resources"]
            .get("available_ports")
            .is_none()
    );
    let detail = json(get(&running, &format!("/hostnodes/{HOST}")).await).await;
    assert_eq!(
        detail["data"]["available_resources"]["available_ports"][0],
        20000
    );

    let id = json(create(&running, "vm").await).await["data"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let shown = json(get(&running, &format!("/instances/{id}")).await).await;
    assert_eq!(shown["status"], "running");
    assert_eq!(shown["rateHourly"].to_string(), "8.8738");
    assert_eq!(shown["portForwards"][0]["external_port"], 20000);
    assert_eq!(
        json(get(&running, "/instances").await).await["data"][0]["name"],
        "vm"
    );

    let url = format!("{}/instances/{id}", running.url());
    let deleted = client()
        .delete(&url)
        .bearer_auth("sim")
        .send()
        .await
        .expect("an answer");
    assert_eq!(deleted.status(), StatusCode::OK);
    let missing = client()
        .get(&url)
        .bearer_auth("sim")
        .send()
        .await
        .expect("an answer");
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
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
    assert_eq!(
        get(&running, "/instances")
            .await
            .expect("an answer")
            .status(),
        403
    );
    assert_eq!(
        get(&running, "/locations")
            .await
            .expect("an answer")
            .status(),
        200
    );
    let refused = get(&running, "/locations").await.expect("an answer");
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "60");
}
