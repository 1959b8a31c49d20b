//! The hot paths: what a scheduler does thousands of times, each as a step to be repeated under a clock or a counter.

use std::any::Any;
use std::hint::black_box;

use gpu_place_core::candidate::{best, candidates};
use gpu_place_core::fit::Matcher;
use gpu_place_core::fleet::{Fleet, HostId, HostRecord, OfferRecord};
use gpu_place_core::fleet_file;
use gpu_place_core::money::UnitPrice;
use gpu_place_core::planner::{Change, Planner};
use gpu_place_core::request::Request;

use crate::market::{Market, Recipe, Supply};

/// Something to be repeated. What it gives is large, and putting it away is not part of it.
pub type Step = Box<dyn FnMut() -> Option<Box<dyn Any>>>;

/// A hot path by name, with what makes it ready.
pub struct Path {
    /// Its name.
    pub name: &'static str,
    /// Makes it ready on a market.
    pub ready: fn(&Market) -> Step,
}

const fn path(name: &'static str, ready: fn(&Market) -> Step) -> Path {
    Path { name, ready }
}

/// All of them, on the market of [`market`].
pub const PATHS: [Path; 9] = [
    path("read a snapshot, digest apart", read),
    path("digest a snapshot", digest),
    path("copy a fleet and hold it ready", index),
    path("one placement, cold", cold),
    path("all candidates of one VM", all_candidates),
    path("one placement, warm", warm),
    path("change of stock", stock),
    path("change of a whole host", listed),
    path("what if a host were gone", what_if),
];

/// 10,000 hosts, and 500 different VMs that are asked for in turn.
pub fn market() -> std::io::Result<Market> {
    Market::draw(&Recipe {
        hosts: 10_000,
        vms: 500,
        requests: 500,
        supply: Supply::Ample,
        seed: 1,
    })
}

fn fleet(market: &Market) -> Fleet {
    let read = gpu_place_tensordock::read(&market.snapshot);
    read.expect("a made-up snapshot is valid").fleet
}

/// One request for each VM of the market's fleet, given out in turn.
fn requests(market: &Market) -> impl FnMut() -> Request + use<> {
    let all = fleet_file::read(&market.fleet, "fleet.json").expect("a made-up fleet file is valid");
    let alone = |vm: &gpu_place_core::request::Vm| {
        let mut vm = vm.clone();
        vm.replicas = std::num::NonZeroU32::MIN;
        let mut request = Request::new(vec![vm]).expect("one VM is a request");
        request.sizes = all.sizes;
        request
    };
    let each: Vec<Request> = all.vms().iter().map(alone).collect();
    let mut turn = 0;
    move || {
        turn += 1;
        each[turn % each.len()].clone()
    }
}

fn read(market: &Market) -> Step {
    let bytes = market.snapshot.clone();
    Box::new(move || Some(Box::new(gpu_place_tensordock::read_digested(&bytes, String::new()))))
}

fn digest(market: &Market) -> Step {
    let bytes = market.snapshot.clone();
    Box::new(move || Some(Box::new(gpu_place_tensordock::digest(&bytes))))
}

fn index(market: &Market) -> Step {
    let fleet = fleet(market);
    Box::new(move || Some(Box::new(Planner::new(fleet.clone()))))
}

fn cold(market: &Market) -> Step {
    let (fleet, mut next) = (fleet(market), requests(market));
    Box::new(move || {
        let request = next();
        black_box(best(&fleet, &Matcher::new(&fleet, &request, &request.vms()[0])));
        None
    })
}

fn all_candidates(market: &Market) -> Step {
    let (fleet, mut next) = (fleet(market), requests(market));
    Box::new(move || {
        let request = next();
        Some(Box::new(candidates(
            &fleet,
            &Matcher::new(&fleet, &request, &request.vms()[0]),
        )))
    })
}

fn warm(market: &Market) -> Step {
    let (planner, mut next) = (Planner::new(fleet(market)), requests(market));
    Box::new(move || {
        let _ = black_box(planner.answer(&next()));
        None
    })
}

/// The hosts of a planner in turn, in an order that jumps about.
fn hosts(planner: &mut Planner) -> impl FnMut() -> HostId + use<> {
    let ids: Vec<HostId> = planner.fleet().hosts().iter().map(|host| host.id.clone()).collect();
    let mut turn = 0;
    move || {
        turn += 7919;
        ids[turn % ids.len()].clone()
    }
}

fn stock(market: &Market) -> Step {
    let mut planner = Planner::new(fleet(market));
    let mut next = hosts(&mut planner);
    let mut turn = 0;
    Box::new(move || {
        turn += 1;
        let host = next();
        let offer = planner
            .host(&host)
            .and_then(|host| host.offers.first())
            .map(|offer| offer.model);
        let gpu = offer.map(|model| planner.model(model).name().to_owned());
        let change = gpu.as_deref().map(|gpu| Change::Stock {
            host,
            gpu,
            free: turn % 9,
        });
        let _ = black_box(change.map(|change| planner.apply(change)));
        None
    })
}

fn listed(market: &Market) -> Step {
    let mut planner = Planner::new(fleet(market));
    let mut next = hosts(&mut planner);
    let mut turn = 0;
    Box::new(move || {
        turn += 1;
        let id = next();
        let record = HostRecord {
            id: id.as_str().into(),
            offers: vec![OfferRecord {
                model: "l40s-pcie-48gb".into(),
                stock: Some((turn % 9, UnitPrice::from_nanos(600_000_000 + turn))),
            }],
            country: Some("Norway".into()),
            ..HostRecord::default()
        };
        let _ = black_box(planner.apply(Change::Listed(Box::new(record))));
        None
    })
}

fn what_if(market: &Market) -> Step {
    let (mut planner, mut next) = (Planner::new(fleet(market)), requests(market));
    Box::new(move || {
        let request = next();
        let answer = planner.answer(&request).ok()??;
        let second = planner.what_if(|planner| {
            planner.apply(Change::Gone(answer.placement.host_id)).ok();
            planner.answer(&request)
        });
        let _ = black_box(second);
        None
    })
}
