//! A VM made ready to be judged against every host of one fleet.

use std::collections::HashSet;
use std::num::NonZeroU64;

use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::{Code, CodeSet, CostParts, Verdict, Way};
use crate::fleet::{Fleet, Host, HostId, Offer, Resources};
use crate::gpu::ModelIx;
use crate::money::Money;
use crate::names::{Folded, Name};
use crate::number::downtime_share;
use crate::ports::{Port, PortAsk};
use crate::request::{Request, Vm};
use crate::sizes::{Sizes, ports};

/// A VM, resolved against the models and names of one fleet.
#[derive(Debug)]
pub struct Matcher<'a> {
    fleet: &'a Fleet,
    vm: &'a Vm,
    sizes: Sizes,
    downtime_cost: Money,
    /// By model: the smallest count that is asked for and has memory enough; `None` where the model does not match.
    least_count: Vec<Option<u32>>,
    /// External ports needed.
    ports: Vec<PortAsk>,
    fixed: Vec<Port>,
    fixed_clash: bool,
    countries: Option<HashSet<Folded>>,
    exclude_countries: HashSet<Folded>,
    locations: Option<HashSet<Folded>>,
    organizations: Option<HashSet<Folded>>,
    hosts: Option<HashSet<&'a HostId>>,
    exclude_hosts: HashSet<&'a HostId>,
    /// Whether hosts of unknown ports count as if these sufficed.
    lenient_ports: bool,
}

impl<'a> Matcher<'a> {
    /// Makes one VM of a request ready for a fleet.
    pub fn new(fleet: &'a Fleet, request: &Request, vm: &'a Vm) -> Matcher<'a> {
        let wanted = |texts: &[String]| -> Option<HashSet<Folded>> {
            (!texts.is_empty()).then(|| texts.iter().filter_map(|t| fleet.names().find(t)).collect())
        };
        let ports = ports(vm);
        let mut fixed: Vec<Port> = ports.iter().filter_map(|p| p.external).collect();
        fixed.sort_unstable();
        Matcher {
            fleet,
            vm,
            sizes: Sizes::of(vm, request.sizes, fleet.steps()),
            downtime_cost: request.downtime_cost_per_hr,
            least_count: fleet.models().iter().map(|model| least_count(vm, model)).collect(),
            fixed_clash: fixed.windows(2).any(|pair| pair[0] == pair[1]),
            ports,
            fixed,
            countries: wanted(&vm.countries),
            exclude_countries: wanted(&vm.exclude_countries).unwrap_or_default(),
            locations: wanted(&vm.locations),
            organizations: wanted(&vm.organizations),
            hosts: (!vm.hosts.is_empty()).then(|| vm.hosts.iter().collect()),
            exclude_hosts: vm.exclude_hosts.iter().collect(),
            lenient_ports: fleet.origin().details.is_some(),
        }
    }

    /// The VM that is judged.
    pub fn vm(&self) -> &'a Vm {
        self.vm
    }

    /// The external ports it needs.
    pub fn ports(&self) -> &[PortAsk] {
        &self.ports
    }

    /// The smallest count of a model that is asked for and has memory enough; `None` where the model does not match.
    pub fn least_count(&self, model: ModelIx) -> Option<u32> {
        self.least_count.get(model.0 as usize).copied().flatten()
    }

    /// What the VM takes besides GPUs, with this many of them.
    pub(crate) fn sizes(&self, count: u32) -> Resources {
        self.sizes.at(count)
    }

    /// The countries, locations and operators asked for; `None` where any will do.
    pub(crate) fn places(&self) -> [Option<&HashSet<Folded>>; 3] {
        [&self.countries, &self.locations, &self.organizations].map(Option::as_ref)
    }

    /// What an hour of downtime costs.
    pub(crate) fn downtime_cost(&self) -> Money {
        self.downtime_cost
    }

    /// The way in which one offer of a host takes the VM, if it does: what [`Matcher::judge`] finds for that offer.
    pub fn fit(&self, host: &Host, offer: usize) -> Option<Way> {
        let offered = host.offers.get(offer)?;
        let least = self.least_count(offered.model)?;
        if !self.host_rules(host).is_empty() {
            return None;
        }
        let mut ways = self
            .telling_counts(host, offered, least)
            .map(|count| self.way(host, offer, count));
        ways.find(|(codes, _)| codes.is_empty())?.1
    }

    /// Whether any model of the fleet answers to the VM's patterns (memory aside).
    pub fn any_model(&self) -> bool {
        self.vm.gpu.is_empty()
            || self
                .fleet
                .models()
                .iter()
                .any(|m| self.vm.gpu.iter().any(|p| p.matches(m)))
    }

    /// Judges one host, as if it were empty but for what it has already sold.
    pub fn judge(&self, host: &Host) -> Verdict {
        let whole = self.host_rules(host);
        let mut ways: SmallVec<[Way; 1]> = SmallVec::new();
        let mut nearest: Option<CodeSet> = None;
        let mut matching = false;
        for (at, offer) in host.offers.iter().enumerate() {
            let Some(least) = self.least_count[offer.model.0 as usize] else {
                continue;
            };
            matching = true;
            for count in self.telling_counts(host, offer, least) {
                let (codes, way) = self.way(host, at, count);
                if nearest.is_none_or(|n| codes.len() < n.len()) {
                    nearest = Some(codes);
                }
                if codes.is_empty() {
                    ways.extend(way);
                    break;
                }
            }
        }
        let mut failed = whole;
        failed.add(Code::GpuModel, !matching);
        failed.add(Code::Malformed, matching && nearest.is_none());
        failed = failed.union(nearest.unwrap_or_else(|| self.too_big(host, self.vm.count.least())));
        if failed.is_empty() {
            Verdict::Fits(ways)
        } else {
            Verdict::Fails(failed)
        }
    }

    /// The way by which a host is judged where it does not fit: the one that fails fewest rules, among equals the earlier offer, then
    /// the smaller count. `None` where no readable offer matches.
    pub fn nearest(&self, host: &Host) -> Option<(CodeSet, Way)> {
        let ways = host.offers.iter().enumerate().flat_map(|(at, offer)| {
            let counts = self
                .least_count(offer.model)
                .map(|least| self.telling_counts(host, offer, least));
            counts.into_iter().flatten().map(move |count| (at, count))
        });
        let ways = ways.filter_map(|(at, count)| {
            let (codes, way) = self.way(host, at, count);
            Some((codes, way?))
        });
        ways.min_by_key(|(codes, _)| codes.len())
    }

    /// Every way of an offer that could be asked for, and the rules it fails, for an explanation.
    pub fn way(&self, host: &Host, offer: usize, count: u32) -> (CodeSet, Option<Way>) {
        let Some(stock) = host.offers.get(offer).and_then(|o| o.stock) else {
            return (CodeSet::of(Code::Malformed), None);
        };
        let sizes = self.sizes.at(count);
        let cost = CostParts::new(count, stock.price, sizes, host);
        let mut codes = self.too_big(host, count);
        codes.add(Code::GpuCount, stock.free < u64::from(count));
        let beyond = |asked: u64, most: Option<NonZeroU64>| {
            most.is_some_and(|m| u128::from(asked) > u128::from(m.get()) * u128::from(count))
        };
        let per_gpu = beyond(sizes.vcpu, host.most.vcpu_per_gpu) || beyond(sizes.ram_gb, host.most.ram_gb_per_gpu);
        codes.add(Code::PerGpuLimit, per_gpu);
        codes.add(
            Code::Price,
            self.vm.max_price_per_hr.is_some_and(|max| cost.total > max),
        );
        let effective = cost.total + self.penalty(host);
        (
            codes,
            Some(Way {
                offer,
                count,
                sizes,
                cost,
                effective,
            }),
        )
    }

    /// What the host's downtime is worth.
    pub fn penalty(&self, host: &Host) -> Money {
        if self.downtime_cost == Money::ZERO {
            return Money::ZERO;
        }
        Money::from_nanos(downtime_share(host.uptime_or_zero(), self.downtime_cost.nanos()))
    }

    /// The counts that decide for a model: all rules but the limit per GPU get harder with more GPUs, that one gets easier.
    /// So the smallest count and the smallest one within that limit tell all: no other count fits where these do not, fails
    /// fewer rules, or costs less.
    fn telling_counts(&self, host: &Host, offer: &Offer, least: u32) -> impl Iterator<Item = u32> + use<> {
        let sizes = self.sizes.at(least);
        let needed = |asked: u64, most: Option<NonZeroU64>| most.map_or(0, |m| asked.div_ceil(m.get()));
        let roomy = needed(sizes.vcpu, host.most.vcpu_per_gpu).max(needed(sizes.ram_gb, host.most.ram_gb_per_gpu));
        let second = u32::try_from(roomy)
            .ok()
            .filter(|c| *c > least && *c <= self.vm.count.most());
        let readable = offer.stock.is_some();
        [Some(least), second].into_iter().flatten().filter(move |_| readable)
    }

    fn too_big(&self, host: &Host, count: u32) -> CodeSet {
        let sizes = self.sizes.at(count);
        let mut codes = CodeSet::NONE;
        codes.add(Code::Vcpu, exceeds(sizes.vcpu, host.free.vcpu, host.most.vcpu));
        codes.add(Code::Ram, exceeds(sizes.ram_gb, host.free.ram_gb, host.most.ram_gb));
        codes
    }

    /// The rules that do not depend on model and count.
    fn host_rules(&self, host: &Host) -> CodeSet {
        let vm = self.vm;
        let mut codes = CodeSet::NONE;
        let not_allowed = self.hosts.as_ref().is_some_and(|hosts| !hosts.contains(&host.id));
        codes.add(Code::Host, not_allowed || self.exclude_hosts.contains(&host.id));
        codes.add(
            Code::Storage,
            exceeds(self.sizes.at(1).storage_gb, host.free.storage_gb, host.most.storage_gb),
        );
        codes.add(Code::Uptime, below(host.uptime, vm.min_uptime));
        codes.add(Code::Tier, below(host.tier, vm.min_tier));
        codes.add(Code::Region, self.wrong_region(host));
        let slow = below(host.network_gbps, vm.min_network_gbps) || below(host.upload_gbps, vm.min_upload_gbps);
        let lacking = (vm.network_storage && !host.network_storage) || (vm.public_ip && !host.public_ip);
        codes.add(Code::Network, slow || lacking);
        codes.add(Code::Ports, self.lacks_ports(host));
        codes
    }

    fn wrong_region(&self, host: &Host) -> bool {
        let is_in = |set: &HashSet<Folded>, names: &[Option<Name>]| {
            names
                .iter()
                .flatten()
                .any(|name| set.contains(&self.fleet.names().folded(*name)))
        };
        let outside =
            |set: &Option<HashSet<Folded>>, names: &[Option<Name>]| set.as_ref().is_some_and(|set| !is_in(set, names));
        let place = &host.place;
        outside(&self.countries, &[place.country])
            || is_in(&self.exclude_countries, &[place.country])
            || outside(&self.locations, &[place.location, place.location_id, place.city])
            || outside(&self.organizations, &[place.organization, place.organization_name])
    }

    fn lacks_ports(&self, host: &Host) -> bool {
        if self.ports.is_empty() {
            return false;
        }
        match &host.ports {
            None => !self.lenient_ports || self.fixed_clash,
            Some(free) => {
                self.fixed_clash || free.len() < self.ports.len() || !self.fixed.iter().all(|p| free.contains(*p))
            }
        }
    }
}

fn exceeds(asked: u64, free: u64, most: Option<NonZeroU64>) -> bool {
    asked > most.map_or(free, |m| free.min(m.get()))
}

fn below(value: Option<Decimal>, least: Option<Decimal>) -> bool {
    least.is_some_and(|least| value.is_none_or(|value| value < least))
}

/// The smallest count of the model within the VM's range that has the memory asked for.
fn least_count(vm: &Vm, model: &crate::gpu::Model) -> Option<u32> {
    if !vm.gpu.is_empty() && !vm.gpu.iter().any(|pattern| pattern.matches(model)) {
        return None;
    }
    let per_gpu = vm.min_vram_gb.filter(|gb| *gb > 0);
    let total = vm.min_total_vram_gb.filter(|gb| *gb > 0);
    if per_gpu.is_none() && total.is_none() {
        return Some(vm.count.least());
    }
    let vram = model.vram_gb()?;
    if per_gpu.is_some_and(|gb| vram < gb) {
        return None;
    }
    let needed = match total {
        None => 1,
        Some(_) if vram == 0 => return None,
        Some(gb) => u32::try_from(gb.div_ceil(vram)).ok()?,
    };
    Some(needed.max(vm.count.least())).filter(|count| *count <= vm.count.most())
}
