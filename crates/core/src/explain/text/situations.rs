//! What a person reads in telling situations, word by word.

use std::num::NonZeroU32;

use expect_test::{Expect, expect};
use rust_decimal::Decimal;

use super::{Spelling, lines, plain};
use crate::explain::world::{cents, host, market, request, vm};
use crate::explain::{explain, shadow_prices, why_not};
use crate::fleet::{Fleet, HostId, HostRecord, PlaceKind};
use crate::money::Money;
use crate::place::{Effort, place};
use crate::request::{Request, SpreadRule};

fn check(fleet: &Fleet, request: &Request, spelling: Spelling, expected: Expect) {
    let plan = place(fleet, request, &[], Effort::default()).unwrap().into_plan();
    let mut told = explain(fleet, request, Effort::default(), &mut |_| ());
    if request.total_replicas() > 1 {
        told.shadow_prices = shadow_prices(fleet, request, &plan, 3, Effort::default());
    }
    expected.assert_eq(&plain(&lines(fleet, request, &plan, &told, spelling)));
}

/// Three hosts with H100s and A100s of different standing and price.
fn hosts() -> Vec<HostRecord<'static>> {
    let mut dear = host("dear", &[("h100-sxm5-80gb", 8, 250)]);
    let mut cheap = host("cheap", &[("h100-sxm5-80gb", 7, 200)]);
    let mut other = host("other", &[("a100-pcie-40gb", 8, 90)]);
    dear.prices.vcpu = cents(1);
    (cheap.tier, cheap.uptime) = (Some(Decimal::from(2)), Some(Decimal::new(991, 1)));
    (other.country, other.organization) = (Some("France".into()), None);
    other.prices.ram_gb = cents(1);
    vec![dear, cheap, other]
}

#[test]
fn nothing_of_that_model() {
    check(
        &market(hosts()),
        &request(vec![vm("vm", "h200", 1)]),
        Spelling::Flags,
        expect![[r#"
            Nothing is placed: none of 3 hosts can take the VM.
            The market is as of 2026-11-23T12:00:00Z.

            What clashes
              --gpu h200 cannot be had, whatever else is given up

            What is short
              all hosts together have 1 GPU (h200) too few for the VM

            Ways out, cheapest first
              --gpu h200,a100-pcie-40gb (now h200): $1.06/h on other (1 × a100-pcie-40gb)

            What excluded hosts
              3 hosts offer no h200; they would fit otherwise
        "#]],
    );
}

#[test]
fn one_gpu_short() {
    let mut asked = vm("vm", "h100", 8);
    asked.countries = vec!["Canada".into()];
    asked.exclude_hosts = vec![HostId::new("dear")];
    check(
        &market(hosts()),
        &request(vec![asked]),
        Spelling::Flags,
        expect![[r#"
            Nothing is placed: none of 3 hosts can take the VM.
            The market is as of 2026-11-23T12:00:00Z.

            What clashes
              these 3 cannot be had together; without any one of them, the rest can:
                --exclude-host dear
                --count 8
                --gpu h100

            What is short
              with 1 GPU (h100-sxm5-80gb) more free, host cheap could take the VM

            Ways out, cheapest first
              --count 7 (now 8): $14.00/h on cheap (7 × h100-sxm5-80gb)
              without --exclude-host (now dear): $20.32/h on dear (8 × h100-sxm5-80gb)

            What excluded hosts
              1 host is not allowed by id; it would fit otherwise
              1 host offers no h100
              1 host has the GPU, but fewer than 8 free; it would fit otherwise
              1 host is not in the places or with the operators asked for
        "#]],
    );
}

#[test]
fn ports_gone() {
    let mut hosts = hosts();
    hosts.iter_mut().for_each(|host| host.ports = Some(Default::default()));
    hosts[1].ports = None;
    check(
        &market(hosts),
        &request(vec![vm("vm", "h100", 1)]),
        Spelling::Flags,
        expect![[r#"
            Nothing is placed: none of 3 hosts can take the VM.
            The market is as of 2026-11-23T12:00:00Z.

            What clashes
              --port 22 (by default) cannot be had, whatever else is given up

            What is short
              with 1 port more free, host dear could take the VM

            Ways out, cheapest first
              --no-ports (now 22): $2.00/h on cheap (1 × h100-sxm5-80gb)

            What excluded hosts
              1 host offers no h100
              3 hosts lack free ports for 22 or do not tell; 2 of them would fit otherwise
        "#]],
    );
}

#[test]
fn a_cap_one_cent_too_low() {
    let mut asked = vm("vm", "h100", 4);
    asked.max_price_per_hr = Some(Money::from(cents(799)));
    check(
        &market(hosts()),
        &request(vec![asked]),
        Spelling::Flags,
        expect![[r#"
            Nothing is placed: none of 3 hosts can take the VM.
            The market is as of 2026-11-23T12:00:00Z.

            What clashes
              these 3 cannot be had together; without any one of them, the rest can:
                --max-price 7.99
                --count 4
                --gpu h100

            Ways out, cheapest first
              --gpu h100,a100-pcie-40gb (now h100): $4.24/h on other (4 × a100-pcie-40gb)
              --count 3 (now 4): $6.00/h on cheap (3 × h100-sxm5-80gb)
              --max-price 8 (now 7.99): $8.00/h on cheap (4 × h100-sxm5-80gb)

            What excluded hosts
              1 host offers no h100; it would fit otherwise
              2 hosts cost more than $7.99/h; they would fit otherwise
        "#]],
    );
}

#[test]
fn two_constraints_that_only_clash_together() {
    let mut prime = host("prime", &[("h100-sxm5-80gb", 8, 300)]);
    prime.tier = Some(Decimal::from(5));
    let mut asked = vm("vm", "h100", 1);
    asked.min_tier = Some(Decimal::from(5));
    asked.max_price_per_hr = Some(Money::from(cents(250)));
    check(
        &market([hosts(), vec![prime]].concat()),
        &request(vec![asked]),
        Spelling::Flags,
        expect![[r#"
            Nothing is placed: none of 4 hosts can take the VM.
            The market is as of 2026-11-23T12:00:00Z.

            What clashes
              --min-tier 5 and --max-price 2.5 cannot be had together; each alone can

            Ways out, cheapest first
              --min-tier 2 (now 5): $2.00/h on cheap (1 × h100-sxm5-80gb)
              --max-price 3 (now 2.5): $3.00/h on prime (1 × h100-sxm5-80gb)

            What excluded hosts
              1 host offers no h100
              3 hosts lie below tier 5 or do not tell; 1 of them would fit otherwise
              2 hosts cost more than $2.5/h; 1 of them would fit otherwise
        "#]],
    );
}

#[test]
fn a_budget_too_small() {
    let mut train = vm("train", "h100", 4);
    train.replicas = NonZeroU32::new(3).unwrap();
    let mut asked = request(vec![train, vm("serve", "a100", 1)]);
    asked.budget_per_hr = Some(Money::from(cents(2500)));
    check(
        &market(hosts()),
        &asked,
        Spelling::Keys,
        expect![[r#"
            Nothing is placed: 3 hosts cannot take all 4 VMs.
            The market is as of 2026-11-23T12:00:00Z.

            What clashes
              these 3 cannot be had together; without any one of them, the rest can:
                train: count = 4, gpu = ["h100"]
                budget_per_hr = 25

            Ways out, cheapest first
              partial = true: $19.22/h for 3 VMs on 3 hosts, 1 VM left out
              train: count = 3 (now 4): $20.68/h for 4 VMs on 3 hosts
              train: gpu = ["h100", "a100-pcie-40gb"] (now h100): $23.46/h for 4 VMs on 3 hosts
              budget_per_hr = 29.38 (now 25): $29.38/h for 4 VMs on 3 hosts

            What excluded hosts for serve (1 fit)
              2 hosts offer no a100; they would fit otherwise

            What excluded hosts for train (2 fit)
              1 host offers no h100; it would fit otherwise
        "#]],
    );
}

#[test]
fn spread_impossible() {
    let mut train = vm("train", "h100", 1);
    train.replicas = NonZeroU32::new(3).unwrap();
    train.spread = Some(SpreadRule {
        by: PlaceKind::Host,
        max: NonZeroU32::MIN,
    });
    check(
        &market(hosts()),
        &request(vec![train]),
        Spelling::Keys,
        expect![[r#"
            Nothing is placed: 3 hosts cannot take all 3 VMs.
            The market is as of 2026-11-23T12:00:00Z.

            What clashes
              spread = { by = "host", max = 1 } and gpu = ["h100"] cannot be had together; each alone can

            Ways out, cheapest first
              partial = true: $4.54/h for 2 VMs on 2 hosts, 1 VM left out
              train: gpu = ["h100", "a100-pcie-40gb"] (now h100): $5.60/h for 3 VMs on 3 hosts
              train: spread = { by = "host", max = 2 } (now host:1): $6.54/h for 3 VMs on 2 hosts

            What excluded hosts
              1 host offers no h100; it would fit otherwise
        "#]],
    );
}

#[test]
fn an_empty_market() {
    check(
        &market(Vec::new()),
        &request(vec![vm("vm", "h100", 1)]),
        Spelling::Flags,
        expect![[r#"
            Nothing is placed: the market lists no host.
            The market is as of 2026-11-23T12:00:00Z.
        "#]],
    );
}

#[test]
fn an_old_snapshot_tells_its_time_and_hostile_names_do_nothing() {
    let mut hostile = host("evil\u{1b}[2J\nhost", &[("h100-sxm5-80gb", 1, 1)]);
    hostile.tier = None;
    let mut fleet = market(vec![hostile]);
    fleet.origin.taken_at = Some("2020-02-02T02:02:02Z\u{202e}".into());
    let mut asked = vm("vm", "h100", 1);
    asked.min_tier = Some(Decimal::ONE);
    check(
        &fleet,
        &request(vec![asked]),
        Spelling::Flags,
        expect![[r#"
            Nothing is placed: the only host cannot take the VM.
            The market is as of 2020-02-02T02:02:02Z�.

            What clashes
              --min-tier 1 cannot be had, whatever else is given up

            Ways out, cheapest first
              without --min-tier: $0.01/h on evil�[2J host (1 × h100-sxm5-80gb)

            What excluded hosts
              1 host lies below tier 1 or does not tell; it would fit otherwise
        "#]],
    );
}

#[test]
fn all_fine() {
    let mut asked = vm("vm", "h100", 4);
    asked.min_tier = Some(Decimal::from(3));
    check(
        &market(hosts()),
        &request(vec![asked]),
        Spelling::Flags,
        expect![[r#"
            Placed on dear, 4 × h100-sxm5-80gb, for $10.16/h. No plan costs less.
            The market is as of 2026-11-23T12:00:00Z.

            Why this host
              no other host fits

            What would save money
              --gpu h100,a100-pcie-40gb (now h100): saves $5.92/h, $4.24/h on other (4 × a100-pcie-40gb)
              --min-tier 2 (now 3): saves $2.16/h, $8.00/h on cheap (4 × h100-sxm5-80gb)

            What excluded hosts
              1 host offers no h100; it would fit otherwise
              1 host lies below tier 3 or does not tell; it would fit otherwise
        "#]],
    );
}

#[test]
fn a_fleet_that_competes() {
    let mut train = vm("train", "h100", 4);
    train.replicas = NonZeroU32::new(2).unwrap();
    check(
        &market(hosts()),
        &request(vec![train, vm("serve", "h100", 1)]),
        Spelling::Keys,
        expect![[r#"
            3 VMs placed on 2 hosts for $20.16/h. No plan costs less.
            The market is as of 2026-11-23T12:00:00Z.

            What would save money
              train: gpu = ["h100", "a100-pcie-40gb"] (now h100): saves $9.68/h, $10.48/h for 3 VMs on 2 hosts
              train: count = 3 (now 4): saves $6.16/h, $14.00/h for 3 VMs on 1 host
              serve: gpu = ["h100", "a100-pcie-40gb"] (now h100): saves $0.94/h, $19.22/h for 3 VMs on 3 hosts

            What is scarce
              2 GPUs (h100-sxm5-80gb) more free on host cheap would save $2.16/h, by taking in train

            What excluded hosts for train (2 fit)
              1 host offers no h100; it would fit otherwise

            What excluded hosts for serve (2 fit)
              1 host offers no h100; it would fit otherwise
        "#]],
    );
}

#[test]
fn why_not_that_host() {
    let fleet = market(hosts());
    let mut asked = vm("vm", "h100", 4);
    asked.min_uptime = Some(Decimal::new(995, 1));
    asked.organizations = vec!["acme".into()];
    let request = request(vec![asked]);
    let plan = place(&fleet, &request, &[], Effort::default()).unwrap().into_plan();
    let mut text = String::new();
    for id in ["dear", "cheap", "other", "nowhere"] {
        let why_not = why_not(&fleet, &request, &plan, &HostId::new(id), Effort::default());
        text += &format!("{id}: {}\n", super::why_not_lines(&why_not).join("; "));
    }
    expect![[r#"
        dear: it was chosen
        cheap: its uptime is 99.1, at least 99.5 % is asked for
        other: it offers a100-pcie-40gb, which is not what gpu = ["h100"] asks for; its operator is not stated, organizations = ["acme"] is asked for
        nowhere: the market lists no host with this id
    "#]].assert_eq(&text);
}
