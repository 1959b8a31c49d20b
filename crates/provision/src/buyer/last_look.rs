//! The last look before a create: does the placement still hold on the host as it is now?

use gpu_place_core::fit::{Code, CodeSet, Matcher, Verdict};
use gpu_place_core::fleet::{Fleet, Host};
use gpu_place_core::money::Money;
use gpu_place_core::request::{Request, Vm};

use super::Aim;

/// What a last look that went well has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// What the placement costs now.
    pub cost: Money,
    /// Whether it takes the host's public IP.
    pub public_ip: bool,
}

/// Whether an aim still fits its host, at no more than the agreed price; else why not.
pub(super) fn judge(request: &Request, aim: &Aim, fleet: &Fleet) -> Result<Seen, String> {
    let placement = &aim.placed.placement;
    let host = fleet
        .find(&placement.host_id)
        .map(|at| fleet.host(at))
        .ok_or_else(|| "the host's detail cannot be read".to_owned())?;
    let vm = request
        .vms()
        .iter()
        .find(|vm| vm.name == aim.slot.vm)
        .ok_or_else(|| format!("the request has no VM `{}`", aim.slot.vm))?;
    let cost = cost_now(request, vm, aim, fleet, host)?;
    if cost > aim.agreed {
        return Err(dearer(cost, aim.agreed));
    }
    let free = |port| host.ports.as_ref().is_some_and(|ports| ports.contains(port));
    if let Some(taken) = placement.port_forwards.iter().find(|p| !free(p.external_port)) {
        return Err(format!("external port {} is not free any more", taken.external_port));
    }
    Ok(Seen {
        cost,
        public_ip: vm.public_ip,
    })
}

/// What the placement's own way costs now, if the host still fits by every rule.
fn cost_now(request: &Request, vm: &Vm, aim: &Aim, fleet: &Fleet, host: &Host) -> Result<Money, String> {
    let placement = &aim.placed.placement;
    let matcher = Matcher::new(fleet, request, vm);
    if let Verdict::Fails(codes) = matcher.judge(host) {
        let priced = matcher.nearest(host).map(|(_, way)| way.cost.total);
        return Err(unfit(codes, priced, aim.agreed));
    }
    let offer = host
        .offers
        .iter()
        .position(|offer| fleet.model(offer.model).name().eq_ignore_ascii_case(&placement.gpu))
        .ok_or_else(|| format!("the host does not offer {} any more", placement.gpu))?;
    match matcher.way(host, offer, placement.gpu_count) {
        (codes, Some(way)) if codes.is_empty() => {
            let same = (way.sizes.vcpu, way.sizes.ram_gb, way.sizes.storage_gb)
                == (placement.vcpu_count, placement.ram_gb, placement.storage_gb);
            same.then_some(way.cost.total)
                .ok_or_else(|| "the provider's sizes changed".to_owned())
        }
        (codes, way) => Err(unfit(codes, way.map(|way| way.cost.total), aim.agreed)),
    }
}

/// Why a host does not fit any more: where it is the price alone, with the price that it has now.
fn unfit(codes: CodeSet, priced: Option<Money>, agreed: Money) -> String {
    match priced {
        Some(cost) if codes == CodeSet::of(Code::Price) => dearer(cost, agreed),
        _ => {
            let failed: Vec<&str> = codes.iter().map(Code::word).collect();
            format!("the host does not fit any more ({})", failed.join(", "))
        }
    }
}

fn dearer(cost: Money, agreed: Money) -> String {
    format!("it costs {cost} USD/h now, and {agreed} USD/h were agreed")
}
