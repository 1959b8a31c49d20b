//! What is said of single hosts, checked by binding the VM to each.

use std::num::NonZeroU32;

use super::*;
use crate::fit::{Code, Matcher, Verdict};
use crate::fleet::Host;
use crate::request::Vm;

/// For each host: it fails rules exactly where it does not fit; it is dearer by what binding the VM to it costs more.
pub(super) fn why_not_holds(fleet: &Fleet, request: &Request) {
    let plan = planned(fleet, request);
    for host in fleet.hosts() {
        let told = why_not(fleet, request, &plan, &host.id, Effort::default());
        for (at, vm) in told.vms.iter().enumerate() {
            let matcher = Matcher::new(fleet, request, &request.vms()[at]);
            match (&vm.because, matcher.judge(host)) {
                (Because::Fails { rules }, Verdict::Fails(codes)) => {
                    let mut named: Vec<_> = rules.iter().map(|r| r.code).collect();
                    named.dedup();
                    assert_eq!(named, codes.iter().collect::<Vec<_>>(), "{rules:?}");
                }
                (_, Verdict::Fails(_)) => panic!("{vm:?} does not say what it fails"),
                (Because::Dearer { by_per_hr, .. }, _) if request.total_replicas() == 1 => {
                    let there = request.with_vm(0, |vm| vm.hosts = vec![host.id.clone()]);
                    let by = effective(&planned(fleet, &there)).unwrap() - effective(&plan).unwrap();
                    assert_eq!(by, *by_per_hr);
                }
                (Because::Dearer { by_per_hr, .. }, _) => assert!(*by_per_hr >= Money::ZERO),
                (Because::Chosen, _) => assert!(plan.placements.iter().any(|p| p.host_id == host.id)),
                (Because::Blocks { .. } | Because::Fits { .. }, _) => {}
                (Because::Fails { .. }, Verdict::Fits(_)) => panic!("{vm:?} fits"),
            }
        }
    }
}

/// The counts are those of a plan that was examined by code of its own, and those of asking for each host by its id, one at a time.
pub(super) fn counts_agree(fleet: &Fleet, request: &Request, told: &Explanation) {
    let roomy = roomy(fleet);
    assert_eq!(told.rejections, planned(fleet, request).rejections);
    for (vm, counted) in request.vms().iter().zip(&told.rejections) {
        let solo = solo(request, vm);
        let fitting = fleet.hosts().iter().filter(|host| takes(fleet, &solo, host)).count();
        assert_eq!(
            (counted.fit, counted.hosts),
            (fitting as u64, fleet.hosts().len() as u64)
        );
        for (code, fields) in BY_KEYS {
            let alone = keeping(&solo, fields);
            let without = fields
                .iter()
                .fold(solo.clone(), |r, field| stated::without(&r, key(*field), STEPS));
            let failing = roomy.hosts().iter().filter(|host| !takes(&roomy, &alone, host)).count();
            let won = fleet.hosts().iter().filter(|host| takes(fleet, &without, host)).count() - fitting;
            let reason = counted.reasons.iter().find(|reason| reason.code == code);
            assert_eq!(
                reason.map_or((0, 0), |r| (r.hosts, r.only)),
                (failing as u64, won as u64),
                "{code}"
            );
        }
    }
}

/// Rules that hosts fail whatever the way, and the keys that ask for them.
const BY_KEYS: [(Code, &[Field]); 5] = [
    (Code::Host, &[Field::Hosts, Field::ExcludeHosts]),
    (Code::Uptime, &[Field::MinUptime]),
    (Code::Tier, &[Field::MinTier]),
    (
        Code::Region,
        &[
            Field::Countries,
            Field::ExcludeCountries,
            Field::Locations,
            Field::Organizations,
        ],
    ),
    (
        Code::Network,
        &[
            Field::MinNetworkGbps,
            Field::MinUploadGbps,
            Field::NetworkStorage,
            Field::PublicIp,
        ],
    ),
];

fn key(field: Field) -> Key {
    Key { field, vm: Some(0) }
}

/// One of a VM, without the others and without what binds it to them.
fn solo(request: &Request, vm: &Vm) -> Request {
    let mut vm = vm.clone();
    vm.replicas = NonZeroU32::MIN;
    (vm.spread, vm.together, vm.group) = (None, None, None);
    // Behind a public IP no port is asked for; none is to come back with it gone.
    vm.ports = if vm.public_ip { Some(Vec::new()) } else { vm.ports };
    let mut solo = Request::new(vec![vm]).unwrap();
    solo.sizes = request.sizes;
    solo
}

/// A request for next to nothing but with these keys.
fn keeping(solo: &Request, fields: &[Field]) -> Request {
    let mut bare = Vm::new(solo.vms()[0].name.clone());
    bare.ports = Some(Vec::new());
    let bare = Request::new(vec![bare]).unwrap();
    fields
        .iter()
        .fold(bare, |r, field| Value::of(solo, key(*field)).put(&r, key(*field)))
}

/// The same hosts, of the same standing in the same places, with room for anything.
fn roomy(fleet: &Fleet) -> Fleet {
    let mut fleet = fleet.clone();
    for host in &mut fleet.hosts {
        host.free.vcpu = u64::from(u16::MAX);
        (host.free.ram_gb, host.free.storage_gb, host.most) = (host.free.vcpu, host.free.vcpu, Default::default());
        for stock in host.offers.iter_mut().filter_map(|offer| offer.stock.as_mut()) {
            stock.free = 1;
        }
    }
    fleet
}

/// Whether a VM stands on this host where it may stand on no other.
fn takes(fleet: &Fleet, solo: &Request, host: &Host) -> bool {
    let mut there = fleet.clone();
    for other in there.hosts.iter_mut().filter(|other| other.id != host.id) {
        other.offers.clear();
    }
    planned(&there, solo).status.has_plan()
}
