//! When a host takes a VM, and at what cost: every rule by itself, for every model and every allowed count.

use super::market::{Host, Market, Offer};
use super::wish::{HostWish, Vm, Wish};

/// One VM on one host with so many GPUs of one offer. Money is in nano-dollars per hour.
#[derive(Debug)]
pub struct Way {
    pub host: usize,
    pub offer: usize,
    pub gpus: u64,
    pub vcpu: u64,
    pub ram_gb: u64,
    pub storage_gb: u64,
    /// Each port asked, with its external port where that is fixed.
    pub ports: Vec<Option<u16>>,
    pub public_ip: bool,
    pub cost: i128,
    pub effective: i128,
}

/// Every way to place a VM that no rule forbids.
pub fn ways(market: &Market, wish: &Wish, vm: &Vm) -> Vec<Way> {
    let mut ways = Vec::new();
    for (h, host) in market.hosts.iter().enumerate() {
        for o in 0..host.offers.len() {
            let counts = vm.count.0..=vm.count.1;
            ways.extend(counts.filter_map(|gpus| way(wish, vm, (h, host), o, gpus)));
        }
    }
    ways
}

fn way(wish: &Wish, vm: &Vm, (h, host): (usize, &Host), o: usize, gpus: u64) -> Option<Way> {
    let offer = &host.offers[o];
    let price = offer.price?;
    let mut vcpu = vm.sizes.vcpu.unwrap_or(4 * gpus);
    let ram_gb = vm.sizes.ram_gb.unwrap_or(16 * gpus);
    let mut storage_gb = vm.sizes.storage_gb.unwrap_or(100);
    if wish.sizes == "provider" {
        vcpu = (vcpu + vcpu % 2).max(2);
        storage_gb = storage_gb.max(100);
    }
    let whole = |n: u64, price: u64| i128::from(n) * i128::from(price);
    let rest = [vcpu, ram_gb, storage_gb].into_iter().zip(host.prices);
    let cost = whole(gpus, price) + rest.map(|(n, price)| whole(n, price)).sum::<i128>();
    let way = Way {
        host: h,
        offer: o,
        gpus,
        vcpu,
        ram_gb,
        storage_gb,
        ports: vm.asked_ports(),
        public_ip: vm.host.public_ip,
        cost,
        effective: cost + downtime(host, wish.downtime_cost_per_hr.unwrap_or(0)),
    };
    let fits = !host.malformed
        && admits(&vm.host, host)
        && model_matches(vm, offer, gpus)
        && gpus <= offer.free
        && has_room(host, &way)
        && has_ports(host, &way)
        && vm.max_price_per_hr.is_none_or(|most| cost <= i128::from(most));
    fits.then_some(way)
}

/// What the hours in which the host is down cost, half a nano-dollar rounded up.
fn downtime(host: &Host, per_hour: u64) -> i128 {
    let down = 10_000 - host.uptime.unwrap_or(0).min(10_000);
    (i128::from(down) * i128::from(per_hour) + 5_000) / 10_000
}

fn model_matches(vm: &Vm, offer: &Offer, gpus: u64) -> bool {
    let named = vm.gpu.is_empty() || vm.gpu.iter().any(|pattern| offer.model.answers_to.contains(pattern));
    let vram =
        |least: Option<u64>, of: u64| least.is_none_or(|gb| offer.model.vram_gb.is_some_and(|has| has * of >= gb));
    named && vram(vm.sizes.min_vram_gb, 1) && vram(vm.sizes.min_total_vram_gb, gpus)
}

fn has_room(host: &Host, way: &Way) -> bool {
    let below = |asked: u64, free: u64, most: Option<u64>| asked <= free && most.is_none_or(|most| asked <= most);
    below(way.vcpu, host.vcpu, host.max_vcpus)
        && below(way.ram_gb, host.ram_gb, host.max_ram_gb)
        && below(way.storage_gb, host.storage_gb, host.max_storage_gb)
        && host.max_vcpus_per_gpu.is_none_or(|most| way.vcpu <= most * way.gpus)
        && host.max_ram_per_gpu.is_none_or(|most| way.ram_gb <= most * way.gpus)
}

fn has_ports(host: &Host, way: &Way) -> bool {
    let Some(free) = &host.ports else {
        return way.ports.is_empty();
    };
    way.ports.len() <= free.len() && way.ports.iter().flatten().all(|port| free.contains(port))
}

fn admits(wish: &HostWish, host: &Host) -> bool {
    let at_least = |has: Option<u64>, least: Option<u64>| least.is_none_or(|least| has.is_some_and(|has| has >= least));
    let among =
        |list: &[&str], name: Option<&str>| list.iter().any(|n| name.is_some_and(|has| n.eq_ignore_ascii_case(has)));
    let admitted = |list: &[&str], name: Option<&str>| list.is_empty() || among(list, name);
    at_least(host.uptime, wish.min_uptime)
        && at_least(host.tier, wish.min_tier)
        && at_least(host.download, wish.min_network_gbps)
        && at_least(host.upload, wish.min_upload_gbps)
        && admitted(&wish.countries, host.country)
        && !among(&wish.exclude_countries, host.country)
        && admitted(&wish.locations, host.location)
        && admitted(&wish.organizations, host.organization)
        && admitted(&wish.hosts, Some(&host.id))
        && !among(&wish.exclude_hosts, Some(&host.id))
        && (!wish.network_storage || host.network_storage)
        && (!wish.public_ip || host.public_ip)
}
