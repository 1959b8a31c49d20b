//! Which rules of fit a host fails for a VM, taken alone.

use std::num::NonZeroU64;

use rust_decimal::Decimal;

use super::ask::{Ask, first, folded};
use super::cost::{Cost, penalty};
use crate::fit::Code;
use crate::fleet::{Fleet, Host, HostIx, Stock};
use crate::names::Name;

/// Rules that are failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Failed(u32);

impl Failed {
    pub fn note(&mut self, code: Code, fails: bool) {
        self.0 |= u32::from(fails) << (code as u32);
    }

    pub fn has(self, code: Code) -> bool {
        self.0 >> (code as u32) & 1 == 1
    }

    pub fn and(self, other: Failed) -> Failed {
        Failed(self.0 | other.0)
    }

    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub fn none(self) -> bool {
        self.0 == 0
    }

    pub fn codes(self) -> Vec<Code> {
        Code::ALL.into_iter().filter(|code| self.has(*code)).collect()
    }
}

/// How hosts are judged whose ports are unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnknownPorts {
    /// They have none.
    Missing,
    /// They have all that is asked.
    Sufficient,
}

/// One way that fits: a host, one of its offers, and a number of GPUs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub host: HostIx,
    pub offer: usize,
    pub count: u32,
    /// Nano-dollars per hour.
    pub cost: i128,
    /// The same, and what downtime is worth.
    pub effective: i128,
}

/// The rules that a host fails: its own, and those of its nearest way. Where it fails none, the ways that fit are added to `choices`,
/// of each model the one with the fewest GPUs: more of them cost more and take more.
pub(super) fn judge(
    fleet: &Fleet,
    ask: &Ask<'_>,
    at: HostIx,
    unknown: UnknownPorts,
    choices: &mut Vec<Choice>,
) -> Failed {
    let host = fleet.host(at);
    let own = host_rules(fleet, ask, host, unknown);
    let (before, mut matching, mut nearest) = (choices.len(), false, None);
    for (offer, stock) in host.offers.iter().enumerate() {
        let fewest = ask.fewest.get(stock.model.0 as usize).copied().flatten();
        matching |= fewest.is_some();
        let (Some(fewest), Some(stock)) = (fewest, stock.stock) else {
            continue;
        };
        for count in counts(ask, host, fewest) {
            let (failed, cost) = way_rules(ask, host, stock, count);
            if nearest.is_none_or(|nearest: Failed| failed.len() < nearest.len()) {
                nearest = Some(failed);
            }
            if failed.none() && own.none() {
                let cost = cost.total();
                let effective = cost.saturating_add(penalty(host.uptime, ask.downtime_cost));
                choices.push(Choice {
                    host: at,
                    offer,
                    count,
                    cost,
                    effective,
                });
                break;
            }
        }
    }
    let mut failed = own.and(nearest.unwrap_or_else(|| too_big(ask, host, ask.vm.count.least())));
    failed.note(Code::GpuModel, !matching);
    failed.note(Code::Malformed, matching && nearest.is_none());
    if !failed.none() {
        choices.truncate(before);
    }
    failed
}

/// The numbers of GPUs that tell all of an offer: the fewest, and the fewest that keep to the limits per GPU. Only that rule becomes
/// easier with more GPUs, all others harder, so that no other number fails fewer rules.
fn counts(ask: &Ask<'_>, host: &Host, fewest: u32) -> impl Iterator<Item = u32> {
    let (most, keeps) = (ask.vm.count.most(), |count: u32| !crowded(ask, host, count));
    let second = (most > fewest && !keeps(fewest) && keeps(most)).then(|| first(fewest, most, keeps));
    [Some(fewest), second].into_iter().flatten()
}

/// The rules that depend on the number of GPUs and the offer, and what the VM costs there.
pub(super) fn way_rules(ask: &Ask<'_>, host: &Host, stock: Stock, count: u32) -> (Failed, Cost) {
    let cost = Cost::new(host, stock, count, ask.amounts(count));
    let mut failed = too_big(ask, host, count);
    failed.note(Code::GpuCount, u64::from(count) > stock.free);
    failed.note(Code::PerGpuLimit, crowded(ask, host, count));
    failed.note(
        Code::Price,
        ask.vm.max_price_per_hr.is_some_and(|cap| cost.total() > cap.nanos()),
    );
    (failed, cost)
}

/// Whether the VM takes more of the host's vCPUs or RAM than its GPUs entitle it to.
fn crowded(ask: &Ask<'_>, host: &Host, count: u32) -> bool {
    let amounts = ask.amounts(count);
    let above = |amount: u128, per_gpu: Option<NonZeroU64>| {
        per_gpu.is_some_and(|limit| amount > u128::from(limit.get()) * u128::from(count))
    };
    above(amounts.vcpu, host.most.vcpu_per_gpu) || above(amounts.ram_gb, host.most.ram_gb_per_gpu)
}

fn too_big(ask: &Ask<'_>, host: &Host, count: u32) -> Failed {
    let amounts = ask.amounts(count);
    let mut failed = Failed::default();
    failed.note(Code::Vcpu, lacks(amounts.vcpu, host.free.vcpu, host.most.vcpu));
    failed.note(Code::Ram, lacks(amounts.ram_gb, host.free.ram_gb, host.most.ram_gb));
    failed
}

fn lacks(amount: u128, free: u64, most: Option<NonZeroU64>) -> bool {
    amount > u128::from(free) || most.is_some_and(|most| amount > u128::from(most.get()))
}

/// The rules that depend on neither offer nor number of GPUs.
pub(super) fn host_rules(fleet: &Fleet, ask: &Ask<'_>, host: &Host, unknown: UnknownPorts) -> Failed {
    let (vm, mut failed) = (ask.vm, Failed::default());
    let admitted = ask.hosts.is_empty() || ask.hosts.contains(&host.id);
    failed.note(Code::Host, !admitted || ask.exclude_hosts.contains(&host.id));
    failed.note(
        Code::Storage,
        lacks(ask.amounts(1).storage_gb, host.free.storage_gb, host.most.storage_gb),
    );
    failed.note(Code::Uptime, short(host.uptime, vm.min_uptime));
    failed.note(Code::Tier, short(host.tier, vm.min_tier));
    failed.note(Code::Region, elsewhere(fleet, ask, host));
    failed.note(Code::Network, short(host.network_gbps, vm.min_network_gbps));
    failed.note(Code::Network, short(host.upload_gbps, vm.min_upload_gbps));
    failed.note(Code::Network, vm.network_storage && !host.network_storage);
    failed.note(Code::Network, vm.public_ip && !host.public_ip);
    failed.note(Code::Ports, closed(ask, host, unknown));
    failed
}

/// Whether a stated minimum is missed; a host that states nothing misses it.
fn short(has: Option<Decimal>, least: Option<Decimal>) -> bool {
    match (has, least) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(has), Some(least)) => has < least,
    }
}

fn elsewhere(fleet: &Fleet, ask: &Ask<'_>, host: &Host) -> bool {
    let among = |wanted: &[String], names: &[Option<Name>]| {
        let texts = names.iter().flatten().map(|name| fleet.names().text(*name));
        !wanted.is_empty() && texts.into_iter().any(|text| wanted.iter().any(|w| same(text, w)))
    };
    let outside = |wanted: &[String], names: &[Option<Name>]| !wanted.is_empty() && !among(wanted, names);
    let place = &host.place;
    outside(&ask.countries, &[place.country])
        || among(&ask.exclude_countries, &[place.country])
        || outside(&ask.locations, &[place.location, place.location_id, place.city])
        || outside(&ask.organizations, &[place.organization, place.organization_name])
}

/// Whether a text is the wanted one, whatever its case and surrounding blanks.
fn same(text: &str, wanted: &str) -> bool {
    if text.is_ascii() {
        text.trim().eq_ignore_ascii_case(wanted)
    } else {
        folded(text) == wanted
    }
}

fn closed(ask: &Ask<'_>, host: &Host, unknown: UnknownPorts) -> bool {
    if ask.ports.is_empty() {
        return false;
    }
    let twice = || {
        let mut fixed: Vec<_> = ask.fixed_ports().collect();
        fixed.sort_unstable();
        fixed.windows(2).any(|pair| pair.first() == pair.last())
    };
    match &host.ports {
        None => unknown == UnknownPorts::Missing || twice(),
        Some(free) => ask.ports.len() > free.len() || ask.fixed_ports().any(|port| !free.contains(port)) || twice(),
    }
}
