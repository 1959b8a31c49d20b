//! Stock and money: nothing is sold twice, and all that is given back is there again.

mod common;

use std::{collections::BTreeSet, time::Duration};

use common::{HOST, MODEL, answer, body, host, market, market_with, options, read};
use gpu_place_sim::{Call, Market, Method, Nanos, Options, Status};
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
enum Step {
    Create {
        second: bool,
        gpus: u64,
        vcpu: u64,
        ram: u64,
        storage: u64,
        port: u16,
        dedicated: bool,
    },
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let create = (
        any::<bool>(),
        0..6_u64,
        1..12_u64,
        1..200_u64,
        90..900_u64,
        19_999..20_005_u16,
        any::<bool>(),
    );
    let create = create.prop_map(|(second, gpus, half, ram, storage, port, dedicated)| Step::Create {
        second,
        gpus,
        vcpu: 2 * half,
        ram,
        storage,
        port,
        dedicated,
    });
    prop_oneof![3 => create, 1 => (0..8_usize).prop_map(Step::Delete)]
}

fn carry_out(market: &mut Market, step: Step) {
    match step {
        Step::Create {
            second,
            gpus,
            vcpu,
            ram,
            storage,
            port,
            dedicated,
        } => {
            let mut order = body("vm");
            let attributes = &mut order["data"]["attributes"];
            attributes["hostnode_id"] = json!(if second { "host-b" } else { HOST });
            attributes["useDedicatedIp"] = json!(dedicated);
            attributes["port_forwards"][0]["external_port"] = json!(port);
            attributes["resources"] = json!({ "vcpu_count": vcpu, "ram_gb": ram, "storage_gb": storage,
                "gpus": if gpus == 0 { json!({}) } else { json!({ MODEL: { "count": gpus } }) } });
            answer(market, &Call::create(&order));
        }
        Step::Delete(index) => {
            if let Some(id) = market.instances().get(index).map(|one| one.id.clone()) {
                answer(market, &Call::delete(&id));
            }
        }
    }
}

/// What the machines of a host hold and what it shows as free are together what it had.
fn assert_balanced(market: &mut Market, id: &str) {
    let shown = market.hostnode(id).expect("a host");
    let free = &shown["available_resources"];
    let list = read(market, "/instances");
    let mine: BTreeSet<String> = market
        .instances()
        .iter()
        .filter(|one| one.host_id == id)
        .map(|one| one.id.clone())
        .collect();
    let entries: Vec<&Value> = list["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|entry| mine.contains(entry["id"].as_str().unwrap_or_default()))
        .collect();
    let sum = |path: &str| -> f64 { entries.iter().filter_map(|entry| entry.pointer(path)?.as_f64()).sum() };
    let gpus = sum(&format!("/resources/gpus/{MODEL}/count"));
    assert_eq!(free["gpus"][0]["availableCount"].as_f64(), Some(8.0 - gpus));
    assert_eq!(free["vcpu_count"].as_f64(), Some(64.0 - sum("/resources/vcpu_count")));
    assert_eq!(
        free["ram_gb"].as_f64().map(f64::floor),
        Some(512.0 - sum("/resources/ram_gb"))
    );
    assert_eq!(free["storage_gb"].as_f64(), Some(2000.0 - sum("/resources/storage_gb")));
    let forwards: Vec<u64> = entries
        .iter()
        .flat_map(|entry| entry["portForwards"].as_array().expect("a list"))
        .filter_map(|forward| forward["external_port"].as_u64())
        .collect();
    assert_eq!(
        forwards.iter().collect::<BTreeSet<_>>().len(),
        forwards.len(),
        "a port given twice"
    );
    assert_eq!(market.free_ports(id).len(), 4 - forwards.len());
}

proptest! {
    #[test]
    fn nothing_is_oversold_and_everything_comes_back(steps in prop::collection::vec(step(), 0..40)) {
        let mut market = market();
        let before = read(&mut market, "/hostnodes");
        for step in steps {
            carry_out(&mut market, step);
            assert_balanced(&mut market, HOST);
            assert_balanced(&mut market, "host-b");
        }
        while !market.instances().is_empty() {
            carry_out(&mut market, Step::Delete(0));
        }
        prop_assert_eq!(read(&mut market, "/hostnodes"), before);
        prop_assert_eq!(market.hostnode(HOST), Some(host(HOST)));
    }
}

#[test]
fn the_rate_is_exact() {
    let mut market = market();
    answer(&mut market, &Call::create(&body("vm")));
    // 4 × 2.2 + 16 × 0.0015 + 64 × 0.0007 + 100 × 0.00005
    assert_eq!(market.rate(), Nanos(8_873_800_000));
    let list = read(&mut market, "/instances");
    assert_eq!(list["data"][0]["rateHourly"].to_string(), "8.8738");
}

#[test]
fn a_machine_boots_and_goes_in_its_time() {
    let second = Duration::from_secs(1);
    let mut market = market_with(Options {
        boot_time: 5 * second,
        delete_time: 3 * second,
        ..options()
    });
    let created = answer(&mut market, &Call::create(&body("vm")))
        .body_json()
        .expect("JSON");
    assert_eq!(created["data"]["status"], "creating");
    let path = format!("/instances/{}", created["data"]["id"].as_str().expect("an id"));
    let booting = read(&mut market, &path);
    assert_eq!(
        (&booting["ipAddress"], &booting["portForwards"]),
        (&Value::Null, &json!([]))
    );
    market.advance(5 * second);
    let up = read(&mut market, &path);
    assert_eq!(
        (&up["status"], &up["ipAddress"]),
        (&json!("running"), &json!("203.0.113.1"))
    );
    answer(&mut market, &Call::new(Method::Delete, path.clone()));
    assert_eq!(read(&mut market, &path)["status"], "deleting");
    assert_eq!(market.free_gpus(HOST, MODEL), 4);
    market.advance(8 * second);
    assert_eq!(answer(&mut market, &Call::get(path)).status, 404);
    assert_eq!(
        (market.free_gpus(HOST, MODEL), market.gone()[0].gone_at),
        (8, Some(8 * second))
    );
}

#[test]
fn a_machine_is_stopped_changed_and_started() {
    let mut market = market();
    answer(&mut market, &Call::create(&body("vm")));
    let id = market.instances()[0].id.clone();
    let post = |verb| Call::new(Method::Post, format!("/instances/{id}/{verb}"));
    let modify = |body: Value| Call::new(Method::Put, format!("/instances/{id}/modify")).with_body(&body);
    let grow = json!({ "cpuCores": 20, "diskGb": 200, "gpus": { "gpuV0Name": MODEL, "count": 8 } });
    assert_eq!(answer(&mut market, &modify(grow.clone())).status, 400, "it runs");
    assert_eq!(
        answer(&mut market, &post("stop")).body_json().expect("JSON")["data"]["attributes"]["status"],
        "stopping"
    );
    for bad in [
        json!({ "cpuCores": 3 }),
        json!({ "diskGb": 50 }),
        json!({ "ramGb": 0 }),
        json!({ "gpus": { "gpuV0Name": MODEL, "count": 1 } }),
    ] {
        assert_eq!(answer(&mut market, &modify(bad.clone())).status, 400, "{bad}");
    }
    let too_much = answer(&mut market, &modify(json!({ "ramGb": 5000 })))
        .body_json()
        .expect("JSON");
    assert_eq!(too_much["status"], 400);
    assert_eq!(market.free_gpus(HOST, MODEL), 4);
    assert_eq!(answer(&mut market, &modify(grow)).status, 200);
    assert_eq!(market.free_gpus(HOST, MODEL), 0);
    assert_eq!(
        market.rate(),
        Nanos(17_600_000_000 + 30_000_000 + 44_800_000 + 10_000_000)
    );
    answer(&mut market, &post("start"));
    assert_eq!(market.instances()[0].status, Status::Running);
    assert_eq!(
        answer(&mut market, &post("start")).body_json().expect("JSON")["status"],
        400
    );
}

#[test]
fn owners_change_their_hosts() {
    let mut market = market();
    answer(&mut market, &Call::create(&body("vm")));
    assert!(market.set_gpu_price(HOST, MODEL, Nanos(2_500_000_000)));
    assert!(market.set_free_gpus(HOST, MODEL, 1));
    let offer = &market.hostnode(HOST).expect("a host")["available_resources"]["gpus"][0];
    assert_eq!(
        (&offer["price_per_hr"], &offer["availableCount"]),
        (&json!(2.5), &json!(1))
    );
    assert!(market.remove_ports(HOST, &BTreeSet::from([20001, 20003])));
    assert_eq!(market.free_ports(HOST), BTreeSet::from([20002]));
    assert!(!market.set_gpu_price(HOST, "l4", Nanos(1)) && !market.remove_host("none"));
    assert!(market.remove_host(HOST));
    assert_eq!(market.host_ids().collect::<Vec<_>>(), ["host-b"]);
}

#[test]
fn the_shipped_fleet_can_be_bought_from() {
    let mut market = Market::embedded(options());
    assert_eq!(market.host_ids().count(), 39);
    let hosts = read(&mut market, "/hostnodes");
    let cheap = |host: &&Value| {
        let offer = &host["available_resources"]["gpus"][0];
        offer["v0Name"] == MODEL && offer["availableCount"].as_u64() >= Some(4)
    };
    let list = hosts["data"]["hostnodes"].as_array().expect("a list");
    assert_eq!(list.iter().filter(cheap).count(), 3);
    let id = list.iter().find(cheap).expect("a host")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut order = body("vm");
    order["data"]["attributes"]["hostnode_id"] = json!(id);
    order["data"]["attributes"]["port_forwards"] = json!([{ "internal_port": 22 }]);
    assert_eq!(answer(&mut market, &Call::create(&order)).status, 200);
    assert!(market.rate() < Nanos::dollars(12));
}

#[test]
fn unreadable_hosts_are_shown_but_not_sold() {
    let mut free = host("free");
    free["available_resources"]["gpus"][0]["price_per_hr"] = json!(-1);
    let nameless = json!({ "available_resources": 3 });
    let hosts = vec![free.clone(), nameless.clone(), host(HOST), host(HOST)];
    let mut market = Market::from_hostnodes(hosts, options());
    assert_eq!(
        read(&mut market, "/hostnodes")["data"]["hostnodes"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
    let mut order = body("vm");
    order["data"]["attributes"]["hostnode_id"] = json!("free");
    assert_eq!(
        answer(&mut market, &Call::create(&order)).body_json().expect("JSON")["status"],
        400
    );
    assert_eq!(
        read(&mut market, "/locations")["data"]["locations"][0]["gpus"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}
