//! What plain search can refute: that nothing more fits, that nothing costs less, that nothing fits at all.
//!
//! Each VM is looked at with all others where they are. A plan that could be bettered so is not optimal; one that could not may
//! still not be, which only a solver can tell.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use rayon::prelude::*;

use super::ask::Ask;
use super::capacity::Loads;
use super::case::Case;
use super::finding::{Finding, Replica};
use super::group::Groups;
use super::placement::Seat;
use super::rejections::{self, Tally};
use super::rules::{Choice, UnknownPorts, judge};
use crate::fleet::HostIx;
use crate::money::Money;
use crate::plan::Status;

/// Hosts that are judged for some VMs at a time, and for how many of them at most.
const HOSTS_AT_A_TIME: usize = 1024;
const VMS_AT_A_TIME: usize = 16;

/// A plan, and what it leaves free.
pub(super) struct Room<'r, 'a> {
    pub case: &'r Case<'a>,
    pub seats: &'r [Seat<'a>],
    pub loads: &'r Loads,
    pub groups: &'r Groups<'a>,
}

/// Judges every host for every VM: compares the counts of rejections, and where the rest of the plan is `sound`, looks for what
/// contradicts its status.
pub(super) fn survey(room: &Room<'_, '_>, sound: bool, findings: &mut Vec<Finding>) {
    let case = room.case;
    let before = findings.len();
    rejections::check_list(case, findings);
    let spent = spent(case, room.seats);
    let of_vm = |(vm, (choices, tally)): (usize, (Vec<Choice>, Tally))| {
        let mut findings = Vec::new();
        if let Some(told) = case.plan.rejections.get(vm) {
            rejections::check(case, told, tally, &mut findings);
        }
        if sound && case.plan.status == Status::Optimal {
            room.better(vm, &choices, spent, &mut findings);
        }
        findings
    };
    let several = (case.asks.len() / rayon::current_num_threads() / 4).clamp(1, VMS_AT_A_TIME);
    let of_some = |(nth, asks): (usize, &[Ask<'_>])| -> Vec<_> {
        (nth * several..).zip(judge_all(case, asks)).map(of_vm).collect()
    };
    let found: Vec<Vec<Finding>> = case
        .asks
        .par_chunks(several)
        .enumerate()
        .flat_map_iter(of_some)
        .collect();
    findings.extend(found.into_iter().flatten());
    if sound && findings.len() == before && case.plan.status == Status::Infeasible && !case.request.partial {
        first_fit(case, findings);
    }
}

/// What the plan and the standing VMs cost together, in nano-dollars per hour.
fn spent(case: &Case<'_>, seats: &[Seat<'_>]) -> i128 {
    seats
        .iter()
        .fold(case.standing_cost(), |sum, seat| sum.saturating_add(seat.cost.total()))
}

/// All ways that fit each VM, in the order of the hosts, and how the other hosts fared. Some hosts are judged for all VMs before the
/// next: a large fleet is read from memory once for all of them.
fn judge_all(case: &Case<'_>, asks: &[Ask<'_>]) -> Vec<(Vec<Choice>, Tally)> {
    let live = case.plan.snapshot.details.is_some();
    let mut all: Vec<(Vec<Choice>, Tally)> = asks.iter().map(|_| Default::default()).collect();
    for (chunk, hosts) in case.fleet.hosts().chunks(HOSTS_AT_A_TIME).enumerate() {
        for (ask, (choices, tally)) in asks.iter().zip(&mut all) {
            for (i, host) in hosts.iter().enumerate() {
                let at = HostIx((chunk * HOSTS_AT_A_TIME + i) as u32);
                // In the counts of a plan made live, hosts of unknown ports count as if these sufficed. No VM can be put there, though.
                let unknown = host.ports.is_none() && !ask.ports.is_empty();
                if live && unknown {
                    tally.count(judge(case.fleet, ask, at, UnknownPorts::Sufficient, &mut Vec::new()));
                } else {
                    tally.count(judge(case.fleet, ask, at, UnknownPorts::Missing, choices));
                }
            }
        }
    }
    all
}

impl Room<'_, '_> {
    /// Notes what shows that the plan is not optimal, as far as one VM alone tells.
    fn better(&self, vm: usize, choices: &[Choice], spent: i128, findings: &mut Vec<Finding>) {
        let Some(ask) = self.case.asks.get(vm) else { return };
        let mut left_out = self
            .case
            .plan
            .unplaced
            .iter()
            .filter(|left_out| left_out.vm == ask.vm.name);
        let fits = || choices.iter().find(|choice| self.admits(vm, choice, None, spent));
        if let Some((left_out, choice)) = left_out.next().and_then(|left_out| Some((left_out, fits()?))) {
            let who = Replica::new(&left_out.vm, left_out.replica);
            findings.push(Finding::StillFits {
                who,
                host: self.host_id(choice),
                gpus: choice.count,
            });
        }
        // Replicas that sit alike have the same choices.
        let mut seen = HashSet::new();
        for seat in self.seats.iter().filter(|seat| seat.vm == vm) {
            if seen.insert((seat.host, seat.offer, seat.count)) {
                self.better_seat(seat, choices, spent, findings);
            }
        }
    }

    fn better_seat(&self, seat: &Seat<'_>, choices: &[Choice], spent: i128, findings: &mut Vec<Finding>) {
        let alone = self.case.request.total_replicas() == 1 && self.case.standing.is_empty();
        let own = Choice {
            host: seat.host,
            offer: seat.offer,
            count: seat.count,
            cost: seat.cost.total(),
            effective: seat.effective,
        };
        let better = |choice: &&Choice| {
            let cheaper = choice.effective < own.effective;
            (cheaper || (alone && self.rank(choice, &own).is_lt())) && self.admits(seat.vm, choice, Some(seat), spent)
        };
        if let Some(best) = choices.iter().filter(better).min_by(|a, b| self.rank(a, b)) {
            let (who, host) = (seat.who(), self.host_id(best));
            findings.push(if best.effective < own.effective {
                let saves = Money::from_nanos(own.effective - best.effective);
                Finding::Cheaper {
                    who,
                    host,
                    gpus: best.count,
                    saves,
                }
            } else {
                Finding::AmongEquals {
                    who,
                    host,
                    gpus: best.count,
                }
            });
        }
    }

    /// Whether a VM could be put there, had `leaving` left its place.
    fn admits(&self, vm: usize, choice: &Choice, leaving: Option<&Seat<'_>>, spent: i128) -> bool {
        let Some(ask) = self.case.asks.get(vm) else {
            return false;
        };
        let gone = leaving.map_or(0, |seat| seat.cost.total());
        let cost = spent.saturating_sub(gone).saturating_add(choice.cost);
        let host = self.case.fleet.host(choice.host);
        self.case
            .request
            .budget_per_hr
            .is_none_or(|budget| cost <= budget.nanos())
            && self.loads.has_room(host, ask, choice, leaving)
            && self.groups.admit(vm, choice.host, leaving)
    }

    /// The order among the ways of a single VM.
    fn rank(&self, a: &Choice, b: &Choice) -> Ordering {
        let key = |choice: &Choice| {
            let host = self.case.fleet.host(choice.host);
            (
                choice.effective,
                Reverse(host.uptime.unwrap_or_default()),
                Reverse(host.tier.unwrap_or_default()),
            )
        };
        let host = |choice: &Choice| self.case.fleet.host(choice.host);
        key(a)
            .cmp(&key(b))
            .then_with(|| host(a).id.cmp(&host(b).id))
            .then_with(|| a.cost.cmp(&b.cost))
            .then_with(|| self.model(a).cmp(self.model(b)))
            .then_with(|| a.count.cmp(&b.count))
    }

    fn model(&self, choice: &Choice) -> &str {
        let offer = self.case.fleet.host(choice.host).offers.get(choice.offer);
        offer.map_or("", |offer| self.case.fleet.model(offer.model).name())
    }

    fn host_id(&self, choice: &Choice) -> crate::fleet::HostId {
        self.case.fleet.host(choice.host).id.clone()
    }
}

/// Tries the plainest way of placing all, large VMs first, each on the cheapest host with room; if it finds a plan, there is one.
fn first_fit(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let (mut loads, mut groups) = (Loads::of(case, &[]), Groups::of(case, &[]));
    let mut spent = case.standing_cost();
    let wanted = case.wanted();
    let mut order: Vec<usize> = (0..case.asks.len()).collect();
    order.sort_by_key(|vm| {
        let ask = case.asks.get(*vm);
        let count = ask.map_or(0, |ask| ask.vm.count.least());
        let amounts = ask.map_or(Default::default(), |ask| ask.amounts(count));
        (Reverse(count), Reverse(amounts.vcpu), Reverse(amounts.ram_gb), *vm)
    });
    for vm in order {
        let asks = case.asks.get(vm..=vm).unwrap_or_default();
        let mut choices: Vec<Choice> = judge_all(case, asks).into_iter().flat_map(|found| found.0).collect();
        choices.sort_by_key(|choice| choice.effective);
        let mut choices = choices.into_iter().peekable();
        for _ in wanted.range((vm, 0)..=(vm, u32::MAX)) {
            // A way that had no room for one replica has none for the next.
            let fits = |room: &Room<'_, '_>, choice: &Choice| room.admits(vm, choice, None, spent);
            let room = Room {
                case,
                seats: &[],
                loads: &loads,
                groups: &groups,
            };
            while choices.next_if(|choice| !fits(&room, choice)).is_some() {}
            let (Some(choice), Some(ask)) = (choices.peek(), case.asks.get(vm)) else {
                return;
            };
            spent = spent.saturating_add(choice.cost);
            loads.add(ask, choice);
            groups.add(vm, choice.host);
        }
    }
    findings.push(Finding::NotInfeasible { placed: wanted.len() });
}
