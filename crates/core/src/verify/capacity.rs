//! What VMs that share a host take of it together.

use std::collections::BTreeMap;

use super::ask::{Amounts, Ask};
use super::case::Case;
use super::finding::{Finding, Resource};
use super::placement::Seat;
use super::rules::Choice;
use crate::fleet::{Host, HostIx};
use crate::ports::Port;

/// What is taken of one host.
#[derive(Debug, Clone, Default)]
struct Load {
    /// By offer.
    gpus: BTreeMap<usize, u128>,
    amounts: Amounts,
    ports: usize,
    fixed: Vec<Port>,
    addresses: usize,
}

impl Load {
    fn add(&mut self, ask: &Ask<'_>, offer: usize, count: u32, amounts: Amounts) {
        *self.gpus.entry(offer).or_default() += u128::from(count);
        self.amounts.vcpu = self.amounts.vcpu.saturating_add(amounts.vcpu);
        self.amounts.ram_gb = self.amounts.ram_gb.saturating_add(amounts.ram_gb);
        self.amounts.storage_gb = self.amounts.storage_gb.saturating_add(amounts.storage_gb);
        self.ports += ask.ports.len();
        self.fixed.extend(ask.fixed_ports());
        self.addresses += usize::from(ask.vm.public_ip);
    }

    fn has_gpus(&self, host: &Host, choice: &Choice, leaving: Option<&Seat<'_>>) -> bool {
        let free = host
            .offers
            .get(choice.offer)
            .and_then(|o| o.stock)
            .map_or(0, |stock| stock.free);
        let taken = self.gpus.get(&choice.offer).copied().unwrap_or_default();
        let gone = leaving
            .filter(|seat| seat.offer == choice.offer)
            .map_or(0, |seat| u128::from(seat.count));
        taken - gone + u128::from(choice.count) <= u128::from(free)
    }

    /// Each resource: what is taken, and what there is.
    fn sums<'a>(&'a self, host: &'a Host) -> impl Iterator<Item = (Resource, u128, u128)> + 'a {
        let gpus = self.gpus.iter().map(|(offer, taken)| {
            let free = host
                .offers
                .get(*offer)
                .and_then(|o| o.stock)
                .map_or(0, |stock| stock.free);
            (Resource::Gpu, *taken, u128::from(free))
        });
        let ports = host
            .ports
            .as_ref()
            .map(|free| (Resource::Ports, self.ports as u128, free.len() as u128));
        let rest = [
            (Resource::Vcpu, self.amounts.vcpu, u128::from(host.free.vcpu)),
            (Resource::Ram, self.amounts.ram_gb, u128::from(host.free.ram_gb)),
            (
                Resource::Storage,
                self.amounts.storage_gb,
                u128::from(host.free.storage_gb),
            ),
            (Resource::PublicIp, self.addresses as u128, u128::from(host.public_ip)),
        ];
        gpus.chain(rest).chain(ports)
    }
}

/// What is taken of every host in use.
pub(super) struct Loads(BTreeMap<HostIx, Load>);

impl Loads {
    pub fn of(case: &Case<'_>, seats: &[Seat<'_>]) -> Loads {
        let mut loads = Loads(BTreeMap::new());
        for seat in seats {
            if let Some(ask) = case.asks.get(seat.vm) {
                loads
                    .0
                    .entry(seat.host)
                    .or_default()
                    .add(ask, seat.offer, seat.count, seat.amounts);
            }
        }
        loads
    }

    /// Notes every resource of which more is taken than there is. Fixed ports that clash are noted with the ports.
    pub fn check(&self, case: &Case<'_>, findings: &mut Vec<Finding>) {
        for (at, load) in &self.0 {
            let host = case.fleet.host(*at);
            for (resource, taken, free) in load.sums(host) {
                if taken > free {
                    findings.push(Finding::Capacity {
                        host: host.id.clone(),
                        resource,
                        taken,
                        free,
                    });
                }
            }
        }
    }

    /// Adds one VM more.
    pub fn add(&mut self, ask: &Ask<'_>, choice: &Choice) {
        self.0
            .entry(choice.host)
            .or_default()
            .add(ask, choice.offer, choice.count, ask.amounts(choice.count));
    }

    /// Whether a host has room for one VM more, had the VM `leaving`, of the same entry, left its place.
    pub fn has_room(&self, host: &Host, ask: &Ask<'_>, choice: &Choice, leaving: Option<&Seat<'_>>) -> bool {
        let Some(load) = self.0.get(&choice.host) else {
            return true;
        };
        let leaving = leaving.filter(|seat| seat.host == choice.host);
        let gone = leaving.map_or(Amounts::default(), |seat| seat.amounts);
        let amounts = ask.amounts(choice.count);
        let room = |taken: u128, gone: u128, more: u128, free: u64| taken - gone + more <= u128::from(free);
        let stays = |amount: usize| if leaving.is_some() { 0 } else { amount };
        room(load.amounts.vcpu, gone.vcpu, amounts.vcpu, host.free.vcpu)
            && room(load.amounts.ram_gb, gone.ram_gb, amounts.ram_gb, host.free.ram_gb)
            && room(
                load.amounts.storage_gb,
                gone.storage_gb,
                amounts.storage_gb,
                host.free.storage_gb,
            )
            && load.has_gpus(host, choice, leaving)
            && host
                .ports
                .as_ref()
                .is_none_or(|free| load.ports + stays(ask.ports.len()) <= free.len())
            && load.addresses + stays(usize::from(ask.vm.public_ip)) <= usize::from(host.public_ip)
            && (leaving.is_some() || !ask.fixed_ports().any(|port| load.fixed.contains(&port)))
    }
}
