//! Laws of single placements on random markets: more choice never costs more, more demands never cost less, order does not matter.

use gpu_place_core::fleet::{
    Fleet, FleetBuilder, HostReading, HostRecord, OfferRecord, Origin, Resources, SizeSteps, UnitPrices,
};
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::money::{Money, UnitPrice};
use gpu_place_core::place::{Effort, place};
use gpu_place_core::plan::Plan;
use gpu_place_core::ports::Port;
use gpu_place_core::request::{CountRange, Request, Vm, VmName};
use proptest::prelude::*;
use rust_decimal::Decimal;

const MODELS: [&str; 3] = ["geforcertx4090-pcie-24gb", "a100-pcie-80gb", "h100-sxm5-80gb"];

/// A host by its numbers: model, GPUs, price, vCPUs, ports, uptime, tier.
type Numbers = (usize, u64, u64, u64, u16, u32, u32);

fn numbers() -> impl Strategy<Value = Numbers> {
    (0..3usize, 0..5u64, 1..6u64, 0..40u64, 0..3u16, 95..100u32, 0..5u32)
}

fn host((model, free, price, vcpu, ports, uptime, tier): Numbers, at: usize) -> HostRecord<'static> {
    let cents = |n: u64| UnitPrice::from_nanos(n * 10_000_000);
    HostRecord {
        id: format!("host-{at:02}").into(),
        offers: vec![OfferRecord {
            model: MODELS[model].into(),
            stock: Some((free, cents(price * 10))),
        }],
        free: Resources {
            vcpu,
            ram_gb: 200,
            storage_gb: 1000,
        },
        prices: UnitPrices {
            vcpu: cents(price % 3),
            ram_gb: cents(0),
            storage_gb: cents(0),
        },
        ports: Some((0..ports).filter_map(|p| Port::new(u64::from(20_000 + p))).collect()),
        uptime: Some(Decimal::from(uptime)),
        tier: Some(Decimal::from(tier)),
        ..HostRecord::default()
    }
}

fn fleet(hosts: impl IntoIterator<Item = HostRecord<'static>>) -> Fleet {
    let mut builder = FleetBuilder::default();
    for host in hosts {
        builder.push(HostReading::Host(Box::new(host)));
    }
    builder.finish(SizeSteps::ANY, Origin::default())
}

fn vm(count: u32, model: usize) -> Vm {
    let mut vm = Vm::new(VmName::new("vm").unwrap());
    vm.count = CountRange::exactly(count).unwrap();
    vm.gpu = if model < 3 {
        GpuPattern::new(MODELS[model]).into_iter().collect()
    } else {
        Vec::new()
    };
    vm
}

fn plan(fleet: &Fleet, vm: Vm) -> Plan {
    place(fleet, &Request::new(vec![vm]).unwrap(), &[], Effort::default())
        .unwrap()
        .into_plan()
}

/// What a plan costs; more than anything where there is none.
fn cost(plan: &Plan) -> Money {
    plan.objective.as_ref().map_or(Money::MAX_READ, |o| o.cost_per_hr)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn another_constraint_never_lowers_the_cost(
        hosts in prop::collection::vec(numbers(), 0..8), count in 1..4u32, model in 0..4usize, which in 0..6u8,
    ) {
        let fleet = fleet(hosts.into_iter().enumerate().map(|(at, n)| host(n, at)));
        let mut stricter = vm(count, model);
        match which {
            0 => stricter.min_uptime = Some(Decimal::from(98)),
            1 => stricter.min_tier = Some(Decimal::from(3)),
            2 => stricter.max_price_per_hr = Some(Money::from_nanos(1_000_000_000)),
            3 => stricter.min_vram_gb = Some(40),
            4 => stricter.vcpu = Some(30),
            _ => stricter.exclude_hosts = vec![gpu_place_core::fleet::HostId::new("host-00")],
        }
        prop_assert!(cost(&plan(&fleet, stricter)) >= cost(&plan(&fleet, vm(count, model))));
    }

    #[test]
    fn another_host_never_raises_the_cost(
        hosts in prop::collection::vec(numbers(), 0..8), more in numbers(), count in 1..4u32, model in 0..4usize,
    ) {
        let records = |all: &[Numbers]| all.iter().enumerate().map(|(at, n)| host(*n, at)).collect::<Vec<_>>();
        let before = plan(&fleet(records(&hosts)), vm(count, model));
        let after = plan(&fleet(records(&[&hosts[..], &[more]].concat())), vm(count, model));
        prop_assert!(cost(&after) <= cost(&before));
    }

    #[test]
    fn the_order_of_hosts_does_not_matter(
        hosts in prop::collection::vec(numbers(), 0..8), shift in 0..8usize, count in 1..4u32, model in 0..4usize,
    ) {
        let mut records: Vec<_> = hosts.into_iter().enumerate().map(|(at, n)| host(n, at)).collect();
        let one = plan(&fleet(records.clone()), vm(count, model));
        let shift = shift.min(records.len());
        records.rotate_left(shift);
        records.reverse();
        prop_assert_eq!(plan(&fleet(records), vm(count, model)).to_json(), one.to_json());
    }

    #[test]
    fn ports_are_free_and_distinct(
        hosts in prop::collection::vec(numbers(), 1..6), replicas in 1..5u32, model in 0..4usize,
    ) {
        let fleet = fleet(hosts.into_iter().enumerate().map(|(at, n)| host(n, at)));
        let mut wanted = vm(1, model);
        wanted.replicas = std::num::NonZeroU32::new(replicas).unwrap();
        let plan = plan(&fleet, wanted);
        let mut given = std::collections::BTreeSet::new();
        for placement in &plan.placements {
            let at = fleet.find(&placement.host_id).unwrap();
            for forward in &placement.port_forwards {
                prop_assert!(fleet.host(at).ports.as_ref().unwrap().contains(forward.external_port));
                prop_assert!(given.insert((placement.host_id.clone(), forward.external_port)));
            }
        }
    }
}
