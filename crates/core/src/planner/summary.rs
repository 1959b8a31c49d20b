//! The best of several offers in one record, and what a VM asks of such a record.
//!
//! A summary errs on the side of hope: nothing beneath it has more, costs less or ranks higher. So what a summary rules out, no
//! offer beneath it can give, and everything else is looked at more closely.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use crate::candidate::Candidate;
use crate::fit::Matcher;
use crate::fleet::{Fleet, Host, Offer, Resources};
use crate::names::Name;
use crate::request::Vm;

/// Decimals kept of an uptime: millionths of a percent.
const UPTIME_DIGITS: u32 = 6;
/// 100 % in those.
const ALWAYS: i64 = 100_000_000;
/// Decimals kept of tiers and speeds.
const DIGITS: u32 = 3;

/// What hosts have, or a VM asks of one, beside size, price and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quality {
    uptime: i64,
    tier: i64,
    network: i64,
    upload: i64,
    network_storage: bool,
    public_ip: bool,
}

/// The best of some offers, in each respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    gpus: u64,
    most: Resources,
    ports: u64,
    gpu_price: u64,
    vcpu_price: u64,
    ram_price: u64,
    storage_price: u64,
    quality: Quality,
    /// One bit for each country, location or operator; several may share a bit.
    places: [u64; 3],
    /// The first bytes of the least host id.
    id: u128,
}

/// Where a candidate stands among all, as far as a summary tells; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    effective: i128,
    uptime: Reverse<i64>,
    tier: Reverse<i64>,
    id: u128,
}

/// What a VM asks of the offers of one model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    gpus: u64,
    sizes: Resources,
    ports: u64,
    quality: Quality,
    places: [Option<u64>; 3],
    downtime_cost: i128,
}

impl Quality {
    /// Of no host at all.
    const NONE: Quality = Quality {
        uptime: 0,
        tier: i64::MIN,
        network: i64::MIN,
        upload: i64::MIN,
        network_storage: false,
        public_ip: false,
    };

    fn of(host: &Host) -> Quality {
        Quality {
            uptime: at_most(host.uptime_or_zero(), UPTIME_DIGITS),
            tier: at_most(host.tier.unwrap_or_default(), DIGITS),
            network: host.network_gbps.map_or(i64::MIN, |speed| at_most(speed, DIGITS)),
            upload: host.upload_gbps.map_or(i64::MIN, |speed| at_most(speed, DIGITS)),
            network_storage: host.network_storage,
            public_ip: host.public_ip,
        }
    }

    fn asked(vm: &Vm) -> Quality {
        let least = |asked: Option<Decimal>, digits| asked.map_or(i64::MIN, |asked| at_least(asked, digits));
        Quality {
            uptime: least(vm.min_uptime, UPTIME_DIGITS),
            tier: least(vm.min_tier, DIGITS),
            network: least(vm.min_network_gbps, DIGITS),
            upload: least(vm.min_upload_gbps, DIGITS),
            network_storage: vm.network_storage,
            public_ip: vm.public_ip,
        }
    }

    /// The best of both.
    fn joined(&self, other: &Quality) -> Quality {
        Quality {
            uptime: self.uptime.max(other.uptime),
            tier: self.tier.max(other.tier),
            network: self.network.max(other.network),
            upload: self.upload.max(other.upload),
            network_storage: self.network_storage | other.network_storage,
            public_ip: self.public_ip | other.public_ip,
        }
    }

    #[inline]
    fn meets(&self, asked: &Quality) -> bool {
        asked.uptime <= self.uptime
            && asked.tier <= self.tier
            && asked.network <= self.network
            && asked.upload <= self.upload
            && asked.network_storage <= self.network_storage
            && asked.public_ip <= self.public_ip
    }
}

impl Summary {
    /// Of no offer at all.
    pub const NONE: Summary = Summary {
        gpus: 0,
        most: Resources {
            vcpu: 0,
            ram_gb: 0,
            storage_gb: 0,
        },
        ports: 0,
        gpu_price: u64::MAX,
        vcpu_price: u64::MAX,
        ram_price: u64::MAX,
        storage_price: u64::MAX,
        quality: Quality::NONE,
        places: [0; 3],
        id: u128::MAX,
    };

    /// Of one offer; one that could not be read is none.
    pub fn of(fleet: &Fleet, host: &Host, offer: &Offer) -> Summary {
        let Some(stock) = offer.stock else {
            return Summary::NONE;
        };
        let within = |free: u64, most: Option<std::num::NonZeroU64>| most.map_or(free, |most| free.min(most.get()));
        let bits = |names: &[Option<Name>]| {
            let bit = |name: &Name| fleet.names().folded(*name).bit();
            names.iter().flatten().map(bit).fold(0, |all, bit| all | bit)
        };
        let unknown_ports = if fleet.origin().details.is_some() { u64::MAX } else { 0 };
        let place = &host.place;
        Summary {
            gpus: stock.free,
            most: Resources {
                vcpu: within(host.free.vcpu, host.most.vcpu),
                ram_gb: within(host.free.ram_gb, host.most.ram_gb),
                storage_gb: within(host.free.storage_gb, host.most.storage_gb),
            },
            ports: host.ports.as_ref().map_or(unknown_ports, |ports| ports.len() as u64),
            gpu_price: stock.price.nanos(),
            vcpu_price: host.prices.vcpu.nanos(),
            ram_price: host.prices.ram_gb.nanos(),
            storage_price: host.prices.storage_gb.nanos(),
            quality: Quality::of(host),
            places: [
                bits(&[place.country]),
                bits(&[place.location, place.location_id, place.city]),
                bits(&[place.organization, place.organization_name]),
            ],
            id: host.id.first_bytes(),
        }
    }

    /// The best of both.
    pub fn joined(&self, other: &Summary) -> Summary {
        Summary {
            gpus: self.gpus.max(other.gpus),
            most: Resources {
                vcpu: self.most.vcpu.max(other.most.vcpu),
                ram_gb: self.most.ram_gb.max(other.most.ram_gb),
                storage_gb: self.most.storage_gb.max(other.most.storage_gb),
            },
            ports: self.ports.max(other.ports),
            gpu_price: self.gpu_price.min(other.gpu_price),
            vcpu_price: self.vcpu_price.min(other.vcpu_price),
            ram_price: self.ram_price.min(other.ram_price),
            storage_price: self.storage_price.min(other.storage_price),
            quality: self.quality.joined(&other.quality),
            places: std::array::from_fn(|at| self.places[at] | other.places[at]),
            id: self.id.min(other.id),
        }
    }
}

impl Wish {
    /// What a VM asks of a model of which it takes `count` GPUs at least.
    pub fn new(matcher: &Matcher<'_>, count: u32) -> Wish {
        let bits = |names: &std::collections::HashSet<_>| {
            names
                .iter()
                .fold(0, |all, name: &crate::names::Folded| all | name.bit())
        };
        Wish {
            gpus: u64::from(count),
            sizes: matcher.sizes(count),
            ports: matcher.ports().len() as u64,
            quality: Quality::asked(matcher.vm()),
            places: matcher.places().map(|names| names.map(bits)),
            downtime_cost: matcher.downtime_cost().nanos(),
        }
    }

    /// The best rank that an offer beneath the summary can have; `None` if none can fit.
    #[inline]
    pub fn best_rank(&self, summary: &Summary) -> Option<Rank> {
        self.admits(summary).then(|| Rank {
            effective: self.least_cost(summary),
            uptime: Reverse(summary.quality.uptime),
            tier: Reverse(summary.quality.tier),
            id: summary.id,
        })
    }

    #[inline]
    fn admits(&self, has: &Summary) -> bool {
        let in_place = |at: usize| self.places[at].is_none_or(|asked| asked & has.places[at] != 0);
        self.gpus <= has.gpus
            && self.sizes.vcpu <= has.most.vcpu
            && self.sizes.ram_gb <= has.most.ram_gb
            && self.sizes.storage_gb <= has.most.storage_gb
            && self.ports <= has.ports
            && has.quality.meets(&self.quality)
            && in_place(0)
            && in_place(1)
            && in_place(2)
    }

    /// Of what is admitted, so that no product can overflow: amounts are at most what a host has.
    #[inline]
    fn least_cost(&self, summary: &Summary) -> i128 {
        let part = |amount: u64, price: u64| i128::from(amount) * i128::from(price);
        let cost = part(self.gpus, summary.gpu_price)
            + part(self.sizes.vcpu, summary.vcpu_price)
            + part(self.sizes.ram_gb, summary.ram_price)
            + part(self.sizes.storage_gb, summary.storage_price);
        match self.downtime_cost {
            0 => cost,
            per_hr if per_hr > 0 => {
                let down = i128::from(ALWAYS - summary.quality.uptime);
                cost + down.saturating_mul(per_hr) / i128::from(ALWAYS)
            }
            gain => cost.saturating_add(gain),
        }
    }
}

impl Rank {
    /// No better than the candidate's: what is worse than this is worse than the candidate.
    pub fn of(fleet: &Fleet, candidate: &Candidate) -> Rank {
        let host = fleet.host(candidate.host);
        Rank {
            effective: candidate.way.effective.nanos(),
            uptime: Reverse(at_least(host.uptime_or_zero(), UPTIME_DIGITS)),
            tier: Reverse(at_least(host.tier.unwrap_or_default(), DIGITS)),
            id: host.id.first_bytes(),
        }
    }
}

/// The number in units of so many decimals, rounded up.
fn at_most(number: Decimal, digits: u32) -> i64 {
    scaled(number, digits, |whole, rest| whole + i128::from(rest > 0))
}

/// The same, rounded down.
fn at_least(number: Decimal, digits: u32) -> i64 {
    scaled(number, digits, |whole, rest| whole - i128::from(rest < 0))
}

fn scaled(number: Decimal, digits: u32, round: impl Fn(i128, i128) -> i128) -> i64 {
    let (units, scale) = (number.mantissa(), number.scale());
    let whole = if scale <= digits {
        units * 10i128.pow(digits - scale)
    } else {
        let unit = 10i128.pow(scale - digits);
        round(units / unit, units % unit)
    };
    i64::try_from(whole).unwrap_or(if whole > 0 { i64::MAX } else { i64::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_the_side_of_hope() {
        for (number, up, down) in [
            ("99.95", 99_950, 99_950),
            ("0.0001", 1, 0),
            ("-0.0001", 0, -1),
            ("3", 3000, 3000),
        ] {
            let number: Decimal = number.parse().unwrap();
            assert_eq!((at_most(number, 3), at_least(number, 3)), (up, down), "{number}");
        }
        assert_eq!(at_most(Decimal::MAX, 6), i64::MAX);
        assert_eq!(at_least(Decimal::MIN, 6), i64::MIN);
    }

    #[test]
    fn nothing_is_the_best_of_nothing() {
        assert_eq!(Summary::NONE.joined(&Summary::NONE), Summary::NONE);
    }
}
