//! What is asked for and what is offered, drawn from a seed.

use std::num::NonZeroU32;
use std::time::Duration;

use gpu_place_core::fleet::PlaceKind;
use gpu_place_core::money::Money;
use gpu_place_core::request::{CountRange, Request, SpreadRule, Vm, VmName};
use gpu_place_provision::buyer::Terms;
use gpu_place_sim::{ErrorBody, Fault, Market, Op, Options, Rates};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// A small market: enough hosts to fail over to, few enough to run out of.
pub fn market(random: &mut ChaCha8Rng) -> Market {
    let hosts = random.random_range(2..9);
    let hosts: Vec<Value> = (0..hosts).map(|n| host(n, random)).collect();
    let options = Options {
        list_ports: true,
        boot_time: Duration::from_secs(random.random_range(0..40)),
        delete_time: Duration::from_secs(random.random_range(0..30)),
        seed: random.random(),
        ..Options::default()
    };
    Market::from_hostnodes(hosts, options)
}

fn host(n: u32, random: &mut ChaCha8Rng) -> Value {
    let price = f64::from(random.random_range(300..400u32)) / 1000.0;
    let free = random.random_range(1..5u32);
    let ports: Vec<u32> = (20_000..20_000 + random.random_range(1..6u32)).collect();
    json!({
        "id": format!("hn-{n}"), "location_id": format!("loc-{}", n % 3), "uptime_percentage": 99.5,
        "available_resources": {
            "gpus": [{ "v0Name": "geforcertx4090-pcie-24gb", "availableCount": free, "price_per_hr": price }],
            "vcpu_count": 64, "ram_gb": 256, "storage_gb": 4000,
            "available_ports": ports, "has_public_ip_available": n.is_multiple_of(2),
        },
        "pricing": { "per_vcpu_hr": 0.003, "per_gb_ram_hr": 0.002, "per_gb_storage_hr": 0.00005 },
        "location": { "uuid": format!("loc-{}", n % 3), "city": "Mölln", "country": "Germany", "tier": 2 },
    })
}

/// What goes wrong, how often. Creates meet what is theirs alone more often than the rest.
pub fn rates(trouble: f64, random: &mut ChaCha8Rng) -> Rates {
    let second = Duration::from_secs(1);
    let own = [
        Fault::RequestLost,
        Fault::AnswerLost,
        Fault::LandsLate(second),
        Fault::LandsLate(40 * second),
        Fault::LandsLate(600 * second),
        Fault::AnswerLate(150 * second),
        Fault::EmptyOk,
        Fault::IdMissing,
        Fault::PriceUp { percent: 0 },
        Fault::PriceUp { percent: 10 },
        Fault::PortsIgnored,
        Fault::OtherPorts,
        Fault::PortsTaken,
        Fault::StopsItself(Duration::ZERO),
        Fault::StopsItself(30 * second),
        Fault::NeverRuns,
        Fault::StaleStock,
        Fault::NoBalance,
        Fault::Failure {
            status: 500,
            body: ErrorBody::Json,
            applied: true,
        },
        Fault::DeployFails {
            leaves_machine: true,
            in_ok: true,
        },
        Fault::DeployFails {
            leaves_machine: true,
            in_ok: false,
        },
        Fault::DeployFails {
            leaves_machine: false,
            in_ok: true,
        },
    ];
    let share = trouble * random.random_range(0.2..1.5) / own.len() as f64;
    own.into_iter().fold(Rates::everywhere(trouble / 2.0), |rates, fault| {
        rates.with(Op::Create, fault, share)
    })
}

/// What one request asks for, and on which terms.
pub fn terms(random: &mut ChaCha8Rng) -> (Request, Terms) {
    let mut vms = vec![vm("a", random)];
    if random.random_bool(0.3) {
        vms.push(vm("b", random));
    }
    let mut request = Request::new(vms).expect("distinct names");
    request.partial = random.random_bool(0.2);
    let mut terms = Terms::new(request.clone());
    terms.keep_partial = random.random_bool(0.2);
    terms.attempts = random.random_range(1..6);
    terms.settle_for = Duration::from_secs([2, 30, 120][random.random_range(0..3)]);
    terms.wait_ready = random.random_bool(0.3).then_some(Duration::from_secs(120));
    terms.may_ask = random.random_bool(0.2);
    terms.ask_first = random.random_bool(0.2);
    (request, terms)
}

fn vm(name: &str, random: &mut ChaCha8Rng) -> Vm {
    let mut vm = Vm::new(VmName::new(name).expect("a name"));
    vm.replicas = NonZeroU32::new([1, 1, 1, 2, 3][random.random_range(0..5)]).expect("not zero");
    vm.count = CountRange::exactly(random.random_range(1..3)).expect("not zero");
    vm.public_ip = random.random_bool(0.2);
    if random.random_bool(0.2) {
        vm.spread = Some(SpreadRule {
            by: PlaceKind::Host,
            max: NonZeroU32::MIN,
        });
    }
    if random.random_bool(0.3) {
        vm.max_price_per_hr = Some(Money::from_nanos(1_000_000_000));
    }
    vm
}
