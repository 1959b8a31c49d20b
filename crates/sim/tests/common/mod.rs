//! A small market with round figures, and the calls that tests make on it.

// Each test program uses some of these.
#![allow(dead_code)]

use std::time::Duration;

use gpu_place_sim::{Answer, Call, Market, Options, Reply};
use serde_json::{Value, json};

pub const MODEL: &str = "h100-sxm5-80gb";
pub const HOST: &str = "host-a";
pub const PLACE: &str = "place-1";

/// A host with 8 GPUs, 64 vCPUs, 512 GB, 2000 GB and four ports.
pub fn host(id: &str) -> Value {
    json!({
        "id": id, "location_id": PLACE, "uptime_percentage": 99.5,
        "available_resources": {
            "gpus": [{ "v0Name": MODEL, "availableCount": 8, "price_per_hr": 2.2 }],
            "vcpu_count": 64, "ram_gb": 512.5, "storage_gb": 2000, "max_vcpus": 32,
            "max_ram_per_gpu": 100, "max_storage_gb": 0,
            "available_ports": [20000, "20001", 20002, 20003],
            "has_public_ip_available": true
        },
        "pricing": { "per_vcpu_hr": 0.0015, "per_gb_ram_hr": "0.0007", "per_gb_storage_hr": 5e-05 },
        "location": { "uuid": PLACE, "city": "Mölln", "tier": 3, "organizationName": "O" }
    })
}

/// A market of two such hosts, whose machines run at once.
pub fn market() -> Market {
    market_with(options())
}

pub fn options() -> Options {
    Options {
        boot_time: Duration::ZERO,
        ..Options::default()
    }
}

pub fn market_with(options: Options) -> Market {
    Market::from_hostnodes(vec![host(HOST), host("host-b")], options)
}

/// A create call's body: 4 GPUs, 16 vCPUs, 64 GB, 100 GB, port 22 at 20000 of `HOST`.
pub fn body(name: &str) -> Value {
    json!({ "data": { "type": "virtualmachine", "attributes": {
        "name": name, "type": "virtualmachine", "image": "ubuntu2404", "hostnode_id": HOST,
        "resources": { "vcpu_count": 16, "ram_gb": 64, "storage_gb": 100,
            "gpus": { MODEL: { "count": 4 } } },
        "port_forwards": [{ "internal_port": 22, "external_port": 20000 }],
        "ssh_key": "ssh-ed25519 AAAA me"
    } } })
}

/// The body with some attributes replaced; null takes one away.
pub fn body_with(changes: Value) -> Value {
    let mut body = body("vm");
    let attributes = body.pointer_mut("/data/attributes").and_then(Value::as_object_mut);
    let attributes = attributes.expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            attributes.remove(name);
        } else {
            attributes.insert(name.clone(), value.clone());
        }
    }
    body
}

/// The answer to a call that meets no fault of the wire.
pub fn answer(market: &mut Market, call: &Call) -> Answer {
    let now = market.now();
    match market.handle(call, now) {
        Reply::Answer(answer) => answer,
        other => panic!("no plain answer: {other:?}"),
    }
}

/// The body of the answer to a read.
pub fn read(market: &mut Market, path: &str) -> Value {
    answer(market, &Call::get(path)).body_json().expect("JSON")
}
