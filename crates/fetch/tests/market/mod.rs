//! A simulated market and a client for it.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::time::Duration;

use gpu_place_core::fleet::HostId;
use gpu_place_core::ports::{Port, PortForward};
use gpu_place_fetch::{Client, Settings};
use gpu_place_sim::{Faults, Market, Op, Options, Running, serve};
use gpu_place_tensordock::{CreateRequest, Launch, Network, SshKey};
use serde_json::{Value, json};

pub const TOKEN: &str = "t0ken-0f-the-tests";

/// A host of the market: 4 GPUs, 16 vCPUs, 64 GB, 1000 GB, these free ports.
pub fn host(id: &str, gpu_price: f64, ports: &[u16]) -> Value {
    json!({
        "id": id, "location_id": "l1", "engine": "kvm", "uptime_percentage": 99.5,
        "available_resources": {
            "gpus": [{"v0Name": "t4-pcie-16gb", "availableCount": 4, "price_per_hr": gpu_price}],
            "vcpu_count": 16, "ram_gb": 64, "storage_gb": 1000,
            "available_ports": ports, "has_public_ip_available": false},
        "pricing": {"per_vcpu_hr": 0.003, "per_gb_ram_hr": 0.002, "per_gb_storage_hr": 0.00005},
        "location": {"uuid": "l1", "city": "Mölln", "country": "Germany", "tier": 2}})
}

/// Serves hosts, with the token asked for.
pub fn serve_hosts(hosts: Vec<Value>, faults: Faults, options: Options) -> Running {
    let options = Options {
        token: Some(TOKEN.to_owned()),
        ..options
    };
    let market = Market::from_hostnodes(hosts, options).with_faults(faults);
    serve(market, ([127, 0, 0, 1], 0).into()).expect("a port of loopback")
}

/// Three hosts, the cheapest first.
pub fn serve_three(faults: Faults) -> Running {
    let hosts = vec![
        host("a", 0.1, &[20001]),
        host("b", 0.2, &[20002]),
        host("c", 0.3, &[20003]),
    ];
    serve_hosts(hosts, faults, Options::default())
}

/// Quick settings: waits of milliseconds, no rate limit to speak of.
pub fn settings(url: &str) -> Settings {
    Settings {
        calls_per_minute: 60_000.try_into().expect("not zero"),
        shortest_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(20),
        ..Settings::new(url, Some(TOKEN.to_owned().into()))
    }
}

pub fn client(market: &Running) -> Client {
    Client::new(settings(&market.url())).expect("good settings")
}

pub fn calls(market: &Running, op: Op) -> usize {
    market.log().iter().filter(|entry| entry.op == op).count()
}

/// A VM with one GPU on a host, ssh on its first port.
pub fn request(name: &str, host: &str, external: u64) -> CreateRequest {
    let port = |number| Port::new(number).expect("a port");
    CreateRequest {
        name: name.to_owned(),
        host_id: HostId::new(host),
        gpu: "t4-pcie-16gb".to_owned(),
        gpu_count: 1,
        vcpu_count: 4,
        ram_gb: 16,
        storage_gb: 100,
        network: Network::Forwards(vec![PortForward {
            internal_port: port(22),
            external_port: port(external),
        }]),
        launch: Launch::new("ubuntu2404", Some(SshKey::Id("key-1".into())), None).expect("image and key"),
    }
}
