//! A plan worked out by hand, and what is said when one thing in it, or in what it is judged by, changes.
//!
//! Two hosts offer H100s at 2 and at 3 USD; everything else costs 0.01 per vCPU, 0.001 per GB of RAM, 0.0001 per GB of storage. Two
//! VMs of one GPU take 4 vCPUs, 16 GB and 100 GB each by default: 2 + 0.04 + 0.016 + 0.01 = 2.066 USD on the cheaper host.

use std::num::NonZeroU32;

use crate::candidate::Rejections;
use crate::fit::CostParts;
use crate::fleet::{
    FleetBuilder, HostId, HostReading, HostRecord, OfferRecord, Origin, Resources, SizeSteps, UnitPrices,
};
use crate::fleet_file::value;
use crate::money::{Money, UnitPrice};
use crate::place::Standing;
use crate::plan::Plan;
use crate::plan::{Gap, Objective, Placement, SCHEMA, SnapshotRef, SolverNote, Status, Unplaced};
use crate::ports::{Port, PortForward};
use crate::request::Request;
use crate::request::{Vm, VmName};
use crate::verify::verify;

pub(super) fn usd(text: &str) -> Money {
    Money::parse(text).unwrap()
}

pub(super) fn host(id: &'static str, gpu_price: &str) -> HostRecord<'static> {
    let price = |text: &str| UnitPrice::parse(text).unwrap();
    HostRecord {
        id: id.into(),
        offers: vec![OfferRecord {
            model: "h100-sxm5-80gb".into(),
            stock: Some((2, price(gpu_price))),
        }],
        free: Resources {
            vcpu: 16,
            ram_gb: 64,
            storage_gb: 500,
        },
        prices: UnitPrices {
            vcpu: price("0.01"),
            ram_gb: price("0.001"),
            storage_gb: price("0.0001"),
        },
        ports: Some([20_000, 20_001, 20_005].into_iter().filter_map(Port::new).collect()),
        uptime: Some(99.into()),
        location_id: Some(format!("loc-{id}").into()),
        country: Some("Chile".into()),
        ..HostRecord::default()
    }
}

/// All that a verification looks at.
pub(super) struct Scene {
    pub hosts: Vec<HostRecord<'static>>,
    pub request: Request,
    pub standing: Vec<Standing>,
    pub plan: Plan,
}

pub(super) fn forward(internal: u64, external: u64) -> PortForward {
    PortForward {
        internal_port: Port::new(internal).unwrap(),
        external_port: Port::new(external).unwrap(),
    }
}

pub(super) fn vm(name: &str) -> Vm {
    let mut vm = Vm::new(VmName::new(name).unwrap());
    vm.gpu = vec![value::gpu("h100").unwrap()];
    vm
}

pub(super) fn placement(replica: u32, host: &str, external: u64) -> Placement {
    let gpus = usd(if host == "a" { "2" } else { "3" });
    Placement {
        vm: VmName::new("train").unwrap(),
        replica,
        host_id: HostId::new(host),
        location_id: Some(format!("loc-{host}")),
        gpu: "h100-sxm5-80gb".to_owned(),
        gpu_count: 1,
        vcpu_count: 4,
        ram_gb: 16,
        storage_gb: 100,
        port_forwards: vec![forward(22, external)],
        cost_per_hr: CostParts {
            gpus,
            vcpus: usd("0.04"),
            ram: usd("0.016"),
            storage: usd("0.01"),
            total: gpus + usd("0.066"),
        },
    }
}

pub(super) fn scene() -> Scene {
    let mut train = vm("train");
    train.replicas = NonZeroU32::new(2).unwrap();
    let cost = usd("4.132");
    Scene {
        hosts: vec![host("a", "2"), host("b", "3")],
        request: Request::new(vec![train]).unwrap(),
        standing: Vec::new(),
        plan: Plan {
            schema: SCHEMA,
            status: Status::Optimal,
            objective: Some(Objective {
                unplaced_weight: 0,
                unplaced_weight_bound: 0,
                cost_per_hr: cost,
                effective_cost_per_hr: cost,
                lower_bound_per_hr: cost,
                gap: Gap::between(cost, cost),
            }),
            snapshot: SnapshotRef {
                taken_at: None,
                digest: "sha256:1".to_owned(),
                hosts: 2,
                malformed: 0,
                details: None,
            },
            placements: vec![placement(0, "a", 20_000), placement(1, "a", 20_001)],
            unplaced: Vec::new(),
            rejections: vec![Rejections {
                vm: "train".to_owned(),
                hosts: 2,
                fit: 2,
                reasons: Vec::new(),
            }],
            solver: SolverNote {
                method: "by hand".to_owned(),
                work: 0,
            },
        },
    }
}

/// A scene of two VMs on two hosts at 5.132 USD, which is not the cheapest.
pub(super) fn apart() -> Scene {
    let mut scene = scene();
    scene.plan.placements = vec![placement(0, "a", 20_000), placement(1, "b", 20_000)];
    price(&mut scene, "5.132");
    scene
}

/// Lets the objective say that this is the proven cost.
pub(super) fn price(scene: &mut Scene, cost: &str) {
    if let Some(objective) = &mut scene.plan.objective {
        objective.cost_per_hr = usd(cost);
        objective.effective_cost_per_hr = usd(cost);
        objective.lower_bound_per_hr = usd(cost);
    }
}

pub(super) fn with_vm(scene: &mut Scene, change: impl FnOnce(&mut Vm)) {
    scene.request = scene.request.with_vm(0, change);
}

/// What is said of a scene, one finding a line.
pub(super) fn said(scene: &Scene) -> String {
    let mut builder = FleetBuilder::default();
    for host in &scene.hosts {
        builder.push(HostReading::Host(Box::new(host.clone())));
    }
    let origin = Origin {
        digest: "sha256:1".to_owned(),
        ..Origin::default()
    };
    let fleet = builder.finish(
        SizeSteps {
            vcpu_step: 2,
            vcpu_least: 2,
            storage_least_gb: 100,
        },
        origin,
    );
    match verify(&fleet, &scene.request, &scene.standing, &scene.plan) {
        Ok(verified) => {
            assert_eq!(verified.into_plan(), scene.plan);
            "verified".to_owned()
        }
        Err(findings) => findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[track_caller]
pub(super) fn check(mut scene: Scene, change: impl FnOnce(&mut Scene), expected: &str) {
    change(&mut scene);
    assert_eq!(said(&scene), expected);
}

/// One VM placed, the other left out although there is room.
pub(super) fn half(left_out: u32) -> Scene {
    let mut scene = scene();
    scene.request.partial = true;
    scene.plan.placements.remove(1);
    scene.plan.placements[0].replica = 1 - left_out;
    scene.plan.unplaced = vec![Unplaced {
        vm: VmName::new("train").unwrap(),
        replica: left_out,
    }];
    price(&mut scene, "2.066");
    if let Some(objective) = &mut scene.plan.objective {
        (objective.unplaced_weight, objective.unplaced_weight_bound) = (1, 1);
    }
    scene
}

/// Nothing placed, and said to be impossible.
pub(super) fn infeasible() -> Scene {
    let mut scene = scene();
    let vm = VmName::new("train").unwrap();
    scene.plan.unplaced = (0..2)
        .map(|replica| Unplaced {
            vm: vm.clone(),
            replica,
        })
        .collect();
    scene.plan.placements.clear();
    scene.plan.objective = None;
    scene.plan.status = Status::Infeasible;
    scene
}

/// The first VM stands on a host of Chile that is no longer listed; the plan is for the second.
pub(super) fn beside_standing() -> Scene {
    let mut scene = scene();
    scene.standing = vec![Standing {
        vm: VmName::new("train").unwrap(),
        replica: 0,
        host_id: HostId::new("gone"),
        location: Some("loc-gone".to_owned()),
        organization: None,
        country: Some(" CHILE".to_owned()),
        cost_per_hr: usd("9"),
    }];
    scene.plan.placements = vec![placement(1, "a", 20_000)];
    price(&mut scene, "2.066");
    scene
}
