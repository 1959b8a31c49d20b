//! Creating: from an order to a machine, with the provider's refusals.

use std::{
    collections::{BTreeSet, VecDeque},
    net::Ipv4Addr,
    time::Duration,
};

use rand::RngExt;
use serde_json::json;

use super::Market;
use crate::{
    faults::Fault,
    host::{Claim, Host, Shortage},
    instance::{Instance, PortForward, Status},
    money::Nanos,
    order::{Forward, Order, Target},
    refusal::Refusal,
    reply::Answer,
};

/// The balance below which nothing is deployed.
const LEAST_BALANCE: Nanos = Nanos::dollars(1);
const NO_PORT: &str = "No external port is available on this hostnode";

impl Market {
    pub(super) fn create(&mut self, body: &[u8], fault: Option<&Fault>) -> Result<Answer, Refusal> {
        let order = self.read_order(body)?;
        if let Some(Fault::DeployFails { leaves_machine, in_ok }) = fault {
            if *leaves_machine {
                self.place(&order, None)?;
            }
            return Ok(deployment_failure(*in_ok));
        }
        let index = self.place(&order, fault)?;
        let summary = self.instances.get(index).map(Instance::summary);
        Ok(Answer::json(200, &json!({ "data": summary })))
    }

    pub(super) fn read_order(&self, body: &[u8]) -> Result<Order, Refusal> {
        Order::read(body, &self.options.images, &self.options.ssh_keys)
    }

    /// Turns an order into a machine; gives its place among the instances.
    pub(super) fn place(&mut self, order: &Order, fault: Option<&Fault>) -> Result<usize, Refusal> {
        if self.options.balance.is_some_and(|balance| balance < LEAST_BALANCE) {
            return Err(Refusal::NO_BALANCE);
        }
        self.upset(order, fault);
        let (index, claim, forwards) = self.pick(order, fault)?;
        let (id, numeric_id) = self.new_id(fault);
        let address = self.address(index, order.dedicated_ip);
        let host = self.hosts.get_mut(index).ok_or(Refusal::NO_NODES)?;
        let rate = host.rate(&claim).ok_or(Refusal::NO_NODES)?;
        host.take(&claim);
        let mut instance = Instance {
            id,
            numeric_id,
            name: order.name.clone(),
            host_id: host.id.clone().unwrap_or_default(),
            status: Status::Creating,
            rate,
            forwards,
            address,
            created_at: self.now,
            gone_at: None,
            claim,
            silent: matches!(fault, Some(Fault::SshSilent)),
            schedule: future(self.now, self.options.boot_time, fault),
        };
        instance.advance(self.now);
        self.instances.push(instance);
        Ok(self.instances.len() - 1)
    }

    /// What others do to the host before the order arrives.
    fn upset(&mut self, order: &Order, fault: Option<&Fault>) {
        let Target::Hostnode(id) = &order.target else {
            return;
        };
        let Some(host) = self.host_mut(id) else {
            return;
        };
        match fault {
            Some(Fault::SoldOut) => host.sell_out(),
            Some(Fault::PriceUp { percent }) => host.raise_prices(*percent),
            Some(Fault::PortsTaken) => {
                let asked: BTreeSet<u16> = order.forwards.iter().filter_map(|f| f.external).collect();
                host.remove_ports(&asked);
            }
            _ => {}
        }
    }

    /// The host of an order, with what the machine takes there and which ports it gets.
    fn pick(&self, order: &Order, fault: Option<&Fault>) -> Result<(usize, Claim, Vec<PortForward>), Refusal> {
        match &order.target {
            Target::Hostnode(id) => {
                let missing = Refusal::NotFound("Hostnode not found");
                let host = self.host(id).ok_or_else(|| missing.clone())?;
                let (claim, forwards) = fitted(host, order, fault)?;
                let index = self.by_id.get(id).copied().ok_or(missing)?;
                Ok((index, claim, forwards))
            }
            Target::Location(id) => self.pick_at(id, order, fault),
        }
    }

    /// The first host of a location that can take an order.
    fn pick_at(
        &self,
        location: &str,
        order: &Order,
        fault: Option<&Fault>,
    ) -> Result<(usize, Claim, Vec<PortForward>), Refusal> {
        let here = |index: &&usize| {
            let host = self.hosts.get(**index).filter(|host| !host.withdrawn);
            host.is_some_and(|host| host.location_id() == Some(location))
        };
        let mut indices: Vec<usize> = self.by_id.values().filter(here).copied().collect();
        indices.sort_unstable();
        if indices.is_empty() {
            return Err(Refusal::NotFound("Location not found"));
        }
        indices
            .into_iter()
            .find_map(|index| {
                let (claim, forwards) = fitted(self.hosts.get(index)?, order, fault).ok()?;
                Some((index, claim, forwards))
            })
            .ok_or(Refusal::NO_NODES)
    }

    /// A new id: a random UUID, or digits alone where it shall show as a number.
    fn new_id(&mut self, fault: Option<&Fault>) -> (String, bool) {
        if matches!(fault, Some(Fault::IdNumber)) {
            return (self.ids.random_range(1_000_000..1_000_000_000_u64).to_string(), true);
        }
        let bits: u128 = self.ids.random();
        let version_4 = (bits & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
        let hex = format!("{version_4:032x}");
        let (a, rest) = hex.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        (format!("{a}-{b}-{c}-{d}-{e}"), false)
    }

    /// An address of the server's own network, or of the ranges set aside for documentation.
    fn address(&self, host: usize, dedicated: bool) -> String {
        let last = u8::try_from(1 + host % 254).unwrap_or(1);
        let [a, b, c, _] = match (&self.options.address, self.network) {
            (Some(address), _) => return address.clone(),
            (None, Some(network)) => network.octets(),
            (None, None) if dedicated => [198, 51, 100, 0],
            (None, None) => [203, 0, 113, 0],
        };
        Ipv4Addr::new(a, b, c, last).to_string()
    }
}

fn deployment_failure(in_ok: bool) -> Answer {
    if in_ok {
        return Refusal::DEPLOYMENT.answer(Default::default());
    }
    Answer::json(
        500,
        &json!({ "error": "An unexpected error during deployment occurred" }),
    )
}

/// The claim and the forwards of an order on one host, if it can be met.
fn fitted(host: &Host, order: &Order, fault: Option<&Fault>) -> Result<(Claim, Vec<PortForward>), Refusal> {
    let mut claim = Claim {
        gpus: order.gpus.clone(),
        vcpu: order.vcpu,
        ram_gb: order.ram_gb,
        storage_gb: order.storage_gb,
        ports: BTreeSet::new(),
        public_ip: order.dedicated_ip,
    };
    host.check(&claim).map_err(refusal)?;
    let ignored = order.dedicated_ip || matches!(fault, Some(Fault::PortsIgnored));
    let forwards = if ignored {
        Vec::new()
    } else {
        granted(host, order, fault)?
    };
    claim.ports = forwards.iter().map(|forward| forward.external).collect();
    host.check(&claim).map_err(refusal)?;
    Ok((claim, forwards))
}

fn refusal(shortage: Shortage) -> Refusal {
    match shortage {
        Shortage::Gpus => Refusal::NO_NODES,
        Shortage::Capacity => Refusal::NO_NODES_FOR_CONFIGURATION,
        Shortage::PublicIp => Refusal::NO_PUBLIC_IP,
        Shortage::Port(port) => Refusal::issue(
            &["port_forwards"],
            format!("External port {port} is not available on this hostnode"),
        ),
    }
}

/// The ports that a host grants. By hostnode those that are asked for; by location they
/// may be others.
fn granted(host: &Host, order: &Order, fault: Option<&Fault>) -> Result<Vec<PortForward>, Refusal> {
    let mut free = host.free_ports();
    if matches!(fault, Some(Fault::OtherPorts)) {
        let asked: BTreeSet<u16> = order.forwards.iter().filter_map(|f| f.external).collect();
        free.retain(|port| !asked.contains(port));
        return order
            .forwards
            .iter()
            .map(|forward| lowest(&mut free, forward.internal))
            .collect();
    }
    let by_location = matches!(order.target, Target::Location(_));
    let kept = |forward: &Forward| match forward.external {
        Some(port) if by_location && !host.free_ports().contains(&port) => None,
        external => external,
    };
    let externals: Vec<Option<u16>> = order.forwards.iter().map(kept).collect();
    free.retain(|port| !externals.contains(&Some(*port)));
    let pairs = order.forwards.iter().zip(externals);
    pairs
        .map(|(forward, external)| match external {
            Some(external) => Ok(PortForward {
                internal: forward.internal,
                external,
            }),
            None => lowest(&mut free, forward.internal),
        })
        .collect()
}

fn lowest(free: &mut BTreeSet<u16>, internal: u16) -> Result<PortForward, Refusal> {
    let external = free.pop_first().ok_or(Refusal::issue(&["port_forwards"], NO_PORT))?;
    Ok(PortForward { internal, external })
}

/// The states that a new machine will pass through.
fn future(now: Duration, boot: Duration, fault: Option<&Fault>) -> VecDeque<(Duration, Status)> {
    let running = now.saturating_add(boot);
    match fault {
        Some(Fault::NeverRuns) => VecDeque::new(),
        Some(Fault::StopsItself(after)) => VecDeque::from([
            (running, Status::Running),
            (running.saturating_add(*after), Status::Stopped),
        ]),
        _ => VecDeque::from([(running, Status::Running)]),
    }
}
