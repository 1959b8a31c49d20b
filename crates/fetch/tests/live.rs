//! Planning live and recording, over real sockets: the same plan with the fewest calls.

mod market;

use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::place::{Effort, needs_detail, propose};
use gpu_place_core::plan::{Plan, Status};
use gpu_place_core::ports::PortAsk;
use gpu_place_core::request::{Request, Vm, VmName};
use gpu_place_core::verify::verify;
use gpu_place_fetch::live::{self, Planned};
use gpu_place_fetch::{FetchError, record};
use gpu_place_sim::{ErrorBody, Fault, Faults, Op, Options, Running};
use gpu_place_tensordock::read;
use market::{calls, client, host, serve_hosts, serve_three};
use serde_json::Value;

/// A request for this many VMs of one GPU, with these ports.
fn wanted(replicas: u32, ports: &[&str]) -> Request {
    let mut vm = Vm::new(VmName::new("vm").unwrap());
    vm.replicas = replicas.try_into().unwrap();
    vm.ports = Some(ports.iter().map(|port| PortAsk::parse(port).unwrap()).collect());
    Request::new(vec![vm]).unwrap()
}

fn placed(fleet: &Fleet, request: &Request) -> Plan {
    propose(fleet, request, &[], Effort::default())
}

async fn planned(market: &Running, request: &Request) -> Result<Planned<Plan>, FetchError> {
    let planner = |fleet: &Fleet| {
        let plan = placed(fleet, request);
        let needed = needs_detail(fleet, request, &plan);
        (plan, needed)
    };
    let planned = live::plan(&client(market), planner, |_, _| {}).await?;
    verify(&planned.fleet, request, &[], &planned.plan).expect("a sound plan");
    Ok(planned)
}

fn hosts_of(plan: &Plan) -> Vec<&str> {
    plan.placements
        .iter()
        .map(|placement| placement.host_id.as_str())
        .collect()
}

#[tokio::test]
async fn one_list_and_one_detail_prove_the_cheapest() {
    let market = serve_three(Faults::none());
    let planned = planned(&market, &wanted(1, &["22"])).await.unwrap();
    assert_eq!(hosts_of(&planned.plan), ["a"]);
    assert_eq!(
        planned.plan.placements[0].port_forwards[0].external_port.number(),
        20001
    );
    assert_eq!(planned.plan.snapshot.details, Some(1));
    assert_eq!((calls(&market, Op::Hostnodes), calls(&market, Op::Hostnode)), (1, 1));
    assert_eq!(market.log().len(), 2);
    // The plan's digest is that of the document that would be saved.
    assert_eq!(read::digest(planned.document.as_bytes()), planned.plan.snapshot.digest);
}

#[tokio::test]
async fn without_ports_no_detail_is_needed() {
    let market = serve_three(Faults::none());
    let planned = planned(&market, &wanted(2, &[])).await.unwrap();
    assert_eq!(planned.plan.status, Status::Optimal);
    assert_eq!(
        (planned.plan.snapshot.details, calls(&market, Op::Hostnode)),
        (Some(0), 0)
    );
}

#[tokio::test]
async fn hosts_without_the_port_are_passed_over_one_by_one() {
    let market = serve_hosts(
        vec![
            host("a", 0.1, &[]),
            host("b", 0.2, &[20002]),
            host("c", 0.3, &[20003]),
            host("d", 0.4, &[20004]),
        ],
        Faults::none(),
        Options::default(),
    );
    let planned = planned(&market, &wanted(1, &["22:20003"])).await.unwrap();
    assert_eq!(hosts_of(&planned.plan), ["c"]);
    assert_eq!(calls(&market, Op::Hostnode), 3);
}

#[tokio::test]
async fn a_host_that_vanished_or_makes_no_sense_is_passed_over_and_told() {
    let broken = Fault::Failure {
        status: 500,
        body: ErrorBody::Html,
        applied: false,
    };
    let market = serve_three(Faults::none().during(Op::Hostnode, 0, 4, broken));
    let planned = planned(&market, &wanted(1, &["22"])).await.unwrap();
    assert_eq!(hosts_of(&planned.plan), ["b"]);
    assert_eq!(planned.dropped.len(), 1);
    assert!(planned.dropped[0].id == HostId::new("a") && planned.dropped[0].why.contains("server failed"));

    let market = serve_three(Faults::none());
    let listing = client(&market).hostnodes().await.unwrap();
    market.market(|market| market.remove_host("a"));
    let request = wanted(1, &["22"]);
    let planner = |fleet: &Fleet| {
        let plan = placed(fleet, &request);
        let needed = needs_detail(fleet, &request, &plan);
        (plan, needed)
    };
    let planned = live::plan_on(&client(&market), listing, planner, |_, _| {})
        .await
        .unwrap();
    assert_eq!(hosts_of(&planned.plan), ["b"]);
    assert_eq!(planned.dropped[0].why, "it is gone");
}

#[tokio::test]
async fn a_host_whose_detail_names_no_ports_ends_no_planning() {
    let mut portless = host("a", 0.1, &[]);
    portless["available_resources"]["available_ports"] = Value::from("soon");
    let market = serve_hosts(
        vec![portless, host("b", 0.2, &[20002])],
        Faults::none(),
        Options::default(),
    );
    let planned = planned(&market, &wanted(1, &["22"])).await.unwrap();
    assert_eq!(hosts_of(&planned.plan), ["b"]);
    assert_eq!(planned.dropped.len(), 1);
}

#[tokio::test]
async fn a_refused_token_ends_planning() {
    let market = serve_three(Faults::none().always(Op::Hostnode, Fault::Unauthorized));
    let error = planned(&market, &wanted(1, &["22"])).await.unwrap_err();
    assert!(matches!(error, FetchError::Unauthorised { .. }), "{error}");
}

/// A small generator of numbers that is the same everywhere.
fn random(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[tokio::test]
async fn fewest_details_lead_where_all_details_lead() {
    let mut seed = 7;
    for round in 0..20 {
        let hosts: Vec<Value> = (0..6)
            .map(|i| {
                let ports: Vec<u16> = (0..random(&mut seed) % 4).map(|p| 20_000 + p as u16).collect();
                let price = 0.1 + (random(&mut seed) % 3) as f64 / 10.0;
                host(&format!("h{i}"), price, &ports)
            })
            .collect();
        let market = serve_hosts(hosts, Faults::none(), Options::default());
        let request = wanted(
            1 + round % 3,
            if round % 2 == 0 { &["22"] } else { &["22:20000", "80"] },
        );
        let live = planned(&market, &request).await.unwrap();
        let all = record::everything(&client(&market), "test", |_| {}).await.unwrap();
        let fleet = read::read(all.document.as_bytes()).unwrap().fleet;
        let full = placed(&fleet, &request);
        assert_eq!(live.plan.status, full.status, "round {round}");
        assert_eq!(live.plan.objective, full.objective, "round {round}");
        assert_eq!(live.plan.placements.len(), full.placements.len());
        if request.total_replicas() == 1 {
            assert_eq!(live.plan.placements, full.placements, "round {round}");
        }
        // The saved document leads there again.
        let again = read::read(live.document.as_bytes()).unwrap().fleet;
        assert_eq!(again.origin().digest, live.plan.snapshot.digest);
    }
}

#[tokio::test]
async fn a_recording_holds_every_detail_and_says_what_vanished() {
    let market = serve_three(Faults::none().on(Op::Hostnode, 1, Fault::HtmlOk));
    let mut told = Vec::new();
    let client_of_market = client(&market);
    let progress = |progress: record::Progress| told.push((progress.done, progress.total));
    let recorded = record::everything(&client_of_market, "a test", progress).await.unwrap();
    assert_eq!(told, [(0, 3), (1, 3), (2, 3), (3, 3)]);
    assert_eq!(
        (recorded.hosts, recorded.details, recorded.without_detail.len()),
        (3, 2, 1)
    );
    let fleet = read::read(recorded.document.as_bytes()).unwrap().fleet;
    let known = fleet.hosts().iter().filter(|host| host.ports.is_some()).count();
    assert_eq!((fleet.listed(), known), (3, 2));

    let market = serve_three(Faults::none());
    let listed = record::list_only(&client(&market), "a test").await.unwrap();
    assert_eq!((listed.hosts, listed.details, calls(&market, Op::Hostnode)), (3, 0, 0));
}
