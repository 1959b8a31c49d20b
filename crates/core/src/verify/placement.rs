//! Each placement by itself: does it fit its host, and does it say what it takes and costs?

use super::ask::{Amounts, Ask};
use super::case::Case;
use super::cost::{Cost, penalty};
use super::finding::{Finding, Replica};
use super::rules::{UnknownPorts, host_rules, way_rules};
use crate::fit::Code;
use crate::fleet::{Host, HostIx};
use crate::money::Money;
use crate::plan::Placement;

/// A placement whose VM, host and GPUs are known.
pub(super) struct Seat<'a> {
    pub placement: &'a Placement,
    /// Position of the VM in the request.
    pub vm: usize,
    pub host: HostIx,
    /// Position of the model among the host's offers.
    pub offer: usize,
    pub count: u32,
    pub amounts: Amounts,
    pub cost: Cost,
    /// Cost and the worth of downtime, in nano-dollars per hour.
    pub effective: i128,
}

impl Seat<'_> {
    /// Who sits there.
    pub fn who(&self) -> Replica {
        Replica::new(&self.placement.vm, self.placement.replica)
    }
}

/// Judges each placement by itself and returns those whose VM, host and GPUs are known.
pub(super) fn check<'a>(case: &Case<'a>, findings: &mut Vec<Finding>) -> Vec<Seat<'a>> {
    case.plan
        .placements
        .iter()
        .filter_map(|placement| seat(case, placement, findings))
        .collect()
}

fn seat<'a>(case: &Case<'a>, placement: &'a Placement, findings: &mut Vec<Finding>) -> Option<Seat<'a>> {
    // An unknown VM was noted with the roster.
    let vm = case.position(&placement.vm)?;
    let ask = case.asks.get(vm)?;
    let who = Replica::new(&placement.vm, placement.replica);
    let host_id = placement.host_id.clone();
    let Some(at) = case.fleet.find(&placement.host_id) else {
        findings.push(Finding::UnknownHost { who, host: host_id });
        return None;
    };
    let host = case.fleet.host(at);
    let offer = host
        .offers
        .iter()
        .position(|o| case.fleet.model(o.model).name() == placement.gpu);
    let stock = offer.and_then(|offer| host.offers.get(offer)?.stock);
    let (Some(offer), Some(stock)) = (offer, stock) else {
        findings.push(Finding::NoSuchGpu {
            who,
            host: host_id,
            gpu: placement.gpu.clone(),
        });
        return None;
    };
    let count = placement.gpu_count;
    let (failed, cost) = way_rules(ask, host, stock, count);
    let mut failed = failed.and(host_rules(case.fleet, ask, host, UnknownPorts::Missing));
    failed.note(Code::GpuModel, !model_matches(ask, host, offer, count));
    if !failed.none() {
        findings.push(Finding::DoesNotFit {
            who: who.clone(),
            host: host_id,
            codes: failed.codes(),
        });
    }
    let (least, most) = (ask.vm.count.least(), ask.vm.count.most());
    if !(least..=most).contains(&count) {
        findings.push(Finding::Count {
            who,
            found: count,
            least,
            most,
        });
    }
    let effective = cost.total().saturating_add(penalty(host.uptime, ask.downtime_cost));
    let amounts = ask.amounts(count);
    let seat = Seat {
        placement,
        vm,
        host: at,
        offer,
        count,
        amounts,
        cost,
        effective,
    };
    check_figures(case, &seat, findings);
    Some(seat)
}

/// Whether the model answers to what is asked, with memory enough in so many GPUs.
fn model_matches(ask: &Ask<'_>, host: &Host, offer: usize, count: u32) -> bool {
    let model = host.offers.get(offer).map(|offer| offer.model.0 as usize);
    let fewest = model.and_then(|model| ask.fewest.get(model).copied().flatten());
    fewest.is_some_and(|fewest| count >= fewest)
}

/// Whether what the placement says of itself is what it takes and costs.
fn check_figures(case: &Case<'_>, seat: &Seat<'_>, findings: &mut Vec<Finding>) {
    let (told, amounts, cost) = (seat.placement, seat.amounts, seat.cost);
    let mut same = |field: &'static str, found: String, expected: String| {
        if found != expected {
            findings.push(Finding::Figure {
                who: seat.who(),
                field,
                found,
                expected,
            });
        }
    };
    let location = case
        .fleet
        .host(seat.host)
        .place
        .location_id
        .map(|name| case.fleet.names().text(name));
    let or_null = |text: Option<&str>| text.map_or("null".to_owned(), |t| format!("\"{}\"", t.escape_debug()));
    same("location_id", or_null(told.location_id.as_deref()), or_null(location));
    for (field, found, expected) in [
        ("vcpu_count", told.vcpu_count, amounts.vcpu),
        ("ram_gb", told.ram_gb, amounts.ram_gb),
        ("storage_gb", told.storage_gb, amounts.storage_gb),
    ] {
        same(field, found.to_string(), expected.to_string());
    }
    let parts = &told.cost_per_hr;
    for (field, found, expected) in [
        ("cost_per_hr.gpus", parts.gpus, cost.gpus),
        ("cost_per_hr.vcpus", parts.vcpus, cost.vcpus),
        ("cost_per_hr.ram", parts.ram, cost.ram),
        ("cost_per_hr.storage", parts.storage, cost.storage),
        ("cost_per_hr.total", parts.total, cost.total()),
    ] {
        same(field, found.to_string(), Money::from_nanos(expected).to_string());
    }
}
