//! What a little more of something on one host would save: the shadow prices of a fleet, each found by planning on the changed fleet.

use serde::Serialize;

use super::more::{More, Resource, lacking, left_on};
use super::probe::{Outcome, Probe};
use crate::fit::Matcher;
use crate::fleet::{Fleet, HostId, HostIx};
use crate::money::Money;
use crate::place::Effort;
use crate::plan::Plan;
use crate::request::{Request, VmName};

/// Something that is scarce, and what more of it is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShadowPrice {
    /// What.
    pub resource: Resource,
    /// Which GPUs, where it is GPUs.
    pub gpu: Option<String>,
    /// Where.
    pub host_id: HostId,
    /// How much more of it would have to be free: the least that lets one more VM in.
    pub more: u64,
    /// How much less the whole plan would cost then.
    pub saves_per_hr: Money,
    /// The VM that would come.
    pub vm: VmName,
}

/// What would save most, dearest first; `tried` changed fleets are planned. Empty without a proved plan for all VMs.
pub fn shadow_prices(
    fleet: &Fleet,
    request: &Request,
    plan: &Plan,
    tried: usize,
    effort: Effort<'_>,
) -> Vec<ShadowPrice> {
    let probe = Probe::new(fleet, effort);
    let Some(base) = Outcome::of(plan).filter(|_| plan.unplaced.is_empty()) else {
        return Vec::new();
    };
    let mut wishes = wishes(fleet, request, plan);
    wishes.truncate(tried);
    let mut prices: Vec<ShadowPrice> = wishes
        .iter()
        .filter_map(|wish| price(&probe, request, &base, wish))
        .collect();
    prices.sort_by(|a, b| (b.saves_per_hr, a.more, &a.host_id).cmp(&(a.saves_per_hr, b.more, &b.host_id)));
    prices
}

/// More of something for a VM that now stands somewhere dearer.
struct Wish {
    more: More,
    vm: VmName,
    /// What the VM alone would save.
    gain: Money,
}

fn wishes(fleet: &Fleet, request: &Request, plan: &Plan) -> Vec<Wish> {
    let left: Vec<_> = fleet
        .hosts()
        .iter()
        .map(|host| left_on(host, fleet, request, &plan.placements))
        .collect();
    let mut found: Vec<Wish> = Vec::new();
    for vm in request.vms() {
        let matcher = Matcher::new(fleet, request, vm);
        let effective = |p: &crate::plan::Placement| {
            let penalty = fleet.find(&p.host_id).map(|at| matcher.penalty(fleet.host(at)));
            p.cost_per_hr.total + penalty.unwrap_or_default()
        };
        let Some(dearest) = plan.placements.iter().filter(|p| p.vm == vm.name).map(effective).max() else {
            continue;
        };
        for (at, host) in left.iter().enumerate() {
            let wish = lacking(&matcher, HostIx(at as u32), host).filter(|(_, way)| way.effective < dearest);
            found.extend(wish.map(|(more, way)| Wish {
                more,
                vm: vm.name.clone(),
                gain: dearest - way.effective,
            }));
        }
    }
    found.sort_by(|a, b| (b.gain, a.more).cmp(&(a.gain, b.more)));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|wish| seen.insert(wish.more));
    found
}

fn price(probe: &Probe<'_>, request: &Request, base: &Outcome, wish: &Wish) -> Option<ShadowPrice> {
    let fleet = wish.more.added_to(probe.fleet);
    let better = probe.on(&fleet).best(request)?;
    let saves_per_hr = base.cost - better.cost;
    (saves_per_hr > Money::ZERO).then(|| ShadowPrice {
        resource: wish.more.resource,
        gpu: wish.more.model.map(|model| fleet.model(model).name().to_owned()),
        host_id: fleet.host(wish.more.host).id.clone(),
        more: wish.more.amount,
        saves_per_hr,
        vm: wish.vm.clone(),
    })
}
