//! What is said when one thing changes, in a plan that was worked out by hand or in what it is judged by.

mod scene;

use std::num::NonZeroU32;

use scene::*;

use crate::candidate::{Reason, Rejections};
use crate::fit::Code;
use crate::fleet::{HostId, Resources};
use crate::fleet_file::value;
use crate::plan::{Gap, Objective, Placement, Status};
use crate::request::{Request, Vm, VmName};

#[test]
fn the_plan_is_right() {
    check(scene(), |_| {}, "verified");
}

#[test]
fn each_placement_is_judged_by_itself() {
    check(
        scene(),
        |s| s.plan.placements[1].host_id = HostId::new("c"),
        "train 1: no such host c",
    );
    check(
        scene(),
        |s| s.plan.placements[1].gpu = "b200".to_owned(),
        "train 1: host a offers no b200",
    );
    check(
        scene(),
        |s| s.plan.placements[0].gpu_count = 2,
        "train 0: has 2 GPUs, asked for were 1 to 1\n\
         train 0: vcpu_count is 4, should be 8\n\
         train 0: ram_gb is 16, should be 32\n\
         train 0: cost_per_hr.gpus is 2, should be 4\n\
         train 0: cost_per_hr.vcpus is 0.04, should be 0.08\n\
         train 0: cost_per_hr.ram is 0.016, should be 0.032\n\
         train 0: cost_per_hr.total is 2.066, should be 4.122\n\
         host a: 3 of 2 GPUs of one model\n\
         objective.cost_per_hr is 4.132, should be 6.188\n\
         objective.effective_cost_per_hr is 4.132, should be 6.188",
    );
    check(
        scene(),
        |s| s.plan.placements[0].location_id = None,
        "train 0: location_id is null, should be \"loc-a\"",
    );
}

#[test]
fn rules_of_fit_are_judged_anew() {
    check(
        scene(),
        |s| {
            with_vm(s, |vm| {
                vm.min_uptime = Some("99.5".parse().unwrap());
                vm.countries = vec!["Peru".to_owned()];
                vm.max_price_per_hr = Some(usd("2.0659"));
                vm.min_total_vram_gb = Some(81);
                vm.network_storage = true;
            })
        },
        "train 0: does not fit on host a: gpu-model, uptime, region, network, price\n\
         train 1: does not fit on host a: gpu-model, uptime, region, network, price\n\
         rejections of train: fit is 2, should be 0\n\
         rejections of train: gpu-model: hosts is 0, should be 2\n\
         rejections of train: uptime: hosts is 0, should be 2\n\
         rejections of train: region: hosts is 0, should be 2\n\
         rejections of train: network: hosts is 0, should be 2",
    );
}

#[test]
fn what_vms_share_is_summed() {
    check(
        scene(),
        |s| {
            s.hosts[0].free = Resources {
                vcpu: 7,
                ram_gb: 31,
                storage_gb: 199,
            }
        },
        "host a: 8 of 7 vCPUs\nhost a: 32 of 31 GB of RAM\nhost a: 200 of 199 GB of storage",
    );
    check(
        scene(),
        |s| {
            s.hosts[0].public_ip = true;
            s.hosts[1].public_ip = true;
            with_vm(s, |vm| vm.public_ip = true);
            s.plan.placements.iter_mut().for_each(|p| p.port_forwards.clear());
        },
        "host a: 2 of 1 public addresses",
    );
}

#[test]
fn ports_are_the_lowest_that_are_free() {
    let swap = |s: &mut Scene| s.plan.placements[1].port_forwards = vec![forward(22, 20_005)];
    check(scene(), swap, "train 1: external port of 22 is 20005, should be 20001");
    check(
        scene(),
        |s| s.plan.placements[1].port_forwards = vec![forward(22, 20_000)],
        "train 1: external port of 22 is 20000, should be 20001\ntrain 1: external port 20000 is given twice",
    );
    check(
        scene(),
        |s| s.plan.placements[1].port_forwards = vec![forward(23, 20_001)],
        "train 1: forwards the ports 23, asked for were 22",
    );
    check(
        scene(),
        |s| s.plan.placements[1].port_forwards.clear(),
        "train 1: forwards the ports none, asked for were 22",
    );
    // A port that another VM asks for by number is set aside, whoever comes first.
    let fixed = |s: &mut Scene| {
        let (mut first, mut second) = (vm("train"), vm("second"));
        first.ports = Some(vec![value::port("22").unwrap(), value::port("80").unwrap()]);
        second.ports = Some(vec![value::port("443:20000").unwrap()]);
        s.request = Request::new(vec![first, second]).unwrap();
        s.plan.placements[0].port_forwards = vec![forward(22, 20_001), forward(80, 20_005)];
        s.plan.placements[1] = Placement {
            vm: VmName::new("second").unwrap(),
            port_forwards: vec![forward(443, 20_000)],
            ..placement(0, "a", 20_000)
        };
        s.plan.rejections.push(Rejections {
            vm: "second".to_owned(),
            ..s.plan.rejections[0].clone()
        });
    };
    check(scene(), fixed, "verified");
}

#[test]
fn every_vm_is_named_once_and_in_order() {
    check(
        scene(),
        |s| s.plan.placements.swap(0, 1),
        "placements are not in the order of the request, then by replica\n\
         train 1: external port of 22 is 20001, should be 20000",
    );
    check(
        scene(),
        |s| s.plan.placements[1].replica = 2,
        "train 1: named 0 times among placed and unplaced VMs, should be 1\n\
         train 2: named 1 times among placed and unplaced VMs, should be 0",
    );
    check(
        scene(),
        |s| s.plan.placements[1].vm = VmName::new("other").unwrap(),
        "other 1: no such VM was asked for\n\
         train 1: named 0 times among placed and unplaced VMs, should be 1",
    );
}

#[test]
fn who_is_left_out_has_to_be() {
    check(half(1), |_| {}, "not optimal: train 1 still fits on host a (1 GPUs)");
    check(half(1), |s| s.request.budget_per_hr = Some(usd("4.1319")), "verified");
    check(half(0), |_| {}, "train 0: left out although a later replica is placed");
    check(
        half(1),
        |s| s.request.partial = false,
        "status optimal with 1 placed and 1 left out",
    );
    check(
        half(1),
        |s| {
            if let Some(objective) = &mut s.plan.objective {
                (objective.unplaced_weight, objective.unplaced_weight_bound) = (0, 0);
            }
        },
        "objective.unplaced_weight is 0, should be 1",
    );
}

#[test]
fn a_cheaper_place_refutes_an_optimum() {
    check(
        apart(),
        |_| {},
        "not optimal: train 1 costs 1 USD/h less on host a (1 GPUs)",
    );
    check(
        apart(),
        |s| {
            s.hosts[0].free.vcpu = 7;
            s.hosts[1].uptime = None;
        },
        "verified",
    );
}

#[test]
fn among_equals_a_single_vm_has_one_right_place() {
    let single = |s: &mut Scene| {
        with_vm(s, |vm| vm.replicas = NonZeroU32::MIN);
        s.hosts[1] = host("b", "2");
        s.plan.placements.remove(1);
        price(s, "2.066");
    };
    check(scene(), single, "verified");
    let better = |s: &mut Scene| {
        single(s);
        s.hosts[1].uptime = Some("99.5".parse().unwrap());
    };
    check(
        scene(),
        better,
        "train 0: among ways of equal cost, host b (1 GPUs) comes first",
    );
}

#[test]
fn groups_keep_apart_and_together() {
    check(
        scene(),
        |s| with_vm(s, |vm| vm.spread = Some(value::spread("host:1").unwrap())),
        "group train: 2 VMs in one host (a), at most 1 may be",
    );
    check(
        apart(),
        |s| with_vm(s, |vm| vm.spread = Some(value::spread("host:1").unwrap())),
        "verified",
    );
    check(
        apart(),
        |s| with_vm(s, |vm| vm.together = Some(value::place("location").unwrap())),
        "group train is not in one location: loc-a, loc-b",
    );
    check(
        apart(),
        |s| {
            with_vm(s, |vm| {
                vm.together = Some(value::place("country").unwrap());
                vm.spread = Some(value::spread("location").unwrap());
            })
        },
        "verified",
    );
    // Hosts that state no place are one place for the one rule, and each its own for the other.
    let unstated = |s: &mut Scene, change: fn(&mut Vm)| {
        s.hosts.iter_mut().for_each(|h| h.country = None);
        with_vm(s, change);
    };
    check(
        apart(),
        |s| unstated(s, |vm| vm.spread = Some(value::spread("country:1").unwrap())),
        "group train: 2 VMs in one country (hosts that state none), at most 1 may be",
    );
    check(
        apart(),
        |s| unstated(s, |vm| vm.together = Some(value::place("country").unwrap())),
        "group train is not in one country: host a, which states none, host b, which states none",
    );
}

#[test]
fn sums_bounds_and_status_go_together() {
    let objective = |change: fn(&mut Objective)| move |s: &mut Scene| s.plan.objective.iter_mut().for_each(change);
    check(
        scene(),
        objective(|o| o.cost_per_hr = usd("4.13")),
        "objective.cost_per_hr is 4.13, should be 4.132",
    );
    check(
        scene(),
        objective(|o| o.lower_bound_per_hr = usd("4.133")),
        "objective.lower_bound_per_hr 4.133 is not within 0 to 4.132\n\
         objective.gap 0 does not go with -0.001 USD/h between cost and bound\n\
         status optimal, but the bounds do not prove it optimal",
    );
    check(
        scene(),
        objective(|o| {
            o.lower_bound_per_hr = usd("4.1");
            o.gap = Gap::between(o.effective_cost_per_hr, o.lower_bound_per_hr);
        }),
        "status optimal, but the bounds do not prove it optimal",
    );
    check(
        scene(),
        objective(|o| o.gap = Gap::from_share(usd("0.1"))),
        "objective.gap 0.1 does not go with 0 USD/h between cost and bound",
    );
    check(
        scene(),
        |s| s.plan.status = Status::Feasible,
        "status feasible, but the bounds prove it optimal",
    );
    check(
        scene(),
        |s| s.plan.objective = None,
        "status optimal without an objective",
    );
    check(
        scene(),
        |s| s.request.budget_per_hr = Some(usd("4.13")),
        "the plan costs 4.132 and standing VMs 0 USD/h, more than the budget of 4.13",
    );
    check(
        scene(),
        |s| s.request.downtime_cost_per_hr = usd("1"),
        "objective.effective_cost_per_hr is 4.132, should be 4.152",
    );
}

#[test]
fn what_is_possible_is_not_infeasible() {
    check(infeasible(), |_| {}, "not infeasible: plain first fit places all 2 VMs");
    check(infeasible(), |s| s.request.budget_per_hr = Some(usd("4")), "verified");
    check(infeasible(), |s| s.plan.status = Status::Unknown, "verified");
    check(
        infeasible(),
        |s| s.request.partial = true,
        "status infeasible cannot be: where VMs may be left out, placing nothing is a plan",
    );
}

#[test]
fn rejections_are_counted_anew() {
    let refuse = |s: &mut Scene| {
        s.hosts[1].tier = Some(1.into());
        s.hosts[0].tier = Some(3.into());
        with_vm(s, |vm| vm.min_tier = Some(2.into()));
        s.plan.rejections[0].fit = 1;
        s.plan.rejections[0].reasons = vec![Reason {
            code: Code::Tier,
            hosts: 1,
            only: 1,
        }];
    };
    check(scene(), refuse, "verified");
    check(
        scene(),
        |s| {
            refuse(s);
            s.plan.rejections[0].reasons[0].only = 0;
        },
        "rejections of train: tier: only is 0, should be 1",
    );
    check(
        scene(),
        |s| {
            refuse(s);
            s.plan.rejections[0].reasons.insert(
                0,
                Reason {
                    code: Code::Price,
                    hosts: 0,
                    only: 0,
                },
            );
        },
        "rejections of train: codes are out of order, told twice, or told without a host",
    );
    check(
        scene(),
        |s| s.plan.rejections[0].vm = "other".to_owned(),
        "rejections are those of other, should be one for each VM of the request in its order",
    );
}

#[test]
fn the_snapshot_is_the_one_that_was_planned_on() {
    check(
        scene(),
        |s| {
            s.plan.snapshot.digest = "sha256:2".to_owned();
            s.plan.snapshot.hosts = 3;
            s.plan.snapshot.taken_at = Some("yesterday".to_owned());
        },
        "snapshot.digest is sha256:2, should be sha256:1\n\
         snapshot.taken_at is yesterday, should be null\n\
         snapshot.hosts is 3, should be 2",
    );
}

#[test]
fn standing_vms_count_for_rules_budget_and_numbers() {
    check(beside_standing(), |_| {}, "verified");
    check(
        beside_standing(),
        |s| s.plan.placements[0].replica = 0,
        "train 0: named 1 times among placed and unplaced VMs, should be 0\n\
         train 1: named 0 times among placed and unplaced VMs, should be 1",
    );
    check(
        beside_standing(),
        |s| s.request.budget_per_hr = Some(usd("11")),
        "the plan costs 2.066 and standing VMs 9 USD/h, more than the budget of 11",
    );
    check(
        beside_standing(),
        |s| with_vm(s, |vm| vm.spread = Some(value::spread("country").unwrap())),
        "group train: 2 VMs in one country (chile), at most 1 may be",
    );
    check(
        beside_standing(),
        |s| with_vm(s, |vm| vm.together = Some(value::place("country").unwrap())),
        "verified",
    );
    check(
        beside_standing(),
        |s| with_vm(s, |vm| vm.together = Some(value::place("location").unwrap())),
        "group train is not in one location: loc-a, loc-gone",
    );
}
