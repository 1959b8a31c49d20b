//! Which external port each VM gets: fixed ones first, then the lowest that is free, in the order of the plan.

use std::collections::{BTreeMap, BTreeSet};

use super::assemble::Chosen;
use crate::fleet::{Fleet, HostIx};
use crate::ports::{Port, PortForward};
use crate::request::Request;
use crate::sizes;

/// The forwards of each chosen VM, in the order asked. Where a host's ports are unknown, only fixed ones can be told.
pub(super) fn allocate(fleet: &Fleet, request: &Request, chosen: &[Chosen]) -> Vec<Vec<PortForward>> {
    let asks: Vec<_> = request.vms().iter().map(sizes::ports).collect();
    let mut taken: BTreeMap<HostIx, BTreeSet<Port>> = BTreeMap::new();
    for c in chosen {
        taken
            .entry(c.candidate.host)
            .or_default()
            .extend(asks[c.vm].iter().filter_map(|ask| ask.external));
    }
    let mut free: BTreeMap<HostIx, std::vec::IntoIter<Port>> = BTreeMap::new();
    let mut next_free = |host: HostIx| {
        let left = free.entry(host).or_insert_with(|| {
            let given = &taken[&host];
            let ports = fleet.host(host).ports.iter().flat_map(|p| p.iter());
            ports.filter(|p| !given.contains(p)).collect::<Vec<_>>().into_iter()
        });
        left.next()
    };
    let forwards = |c: &Chosen| {
        let external = |fixed: Option<Port>| fixed.or_else(|| next_free(c.candidate.host));
        let (asks, mut external) = (&asks[c.vm], external);
        asks.iter()
            .filter_map(|ask| {
                let external_port = external(ask.external)?;
                Some(PortForward {
                    internal_port: ask.internal,
                    external_port,
                })
            })
            .collect()
    };
    chosen.iter().map(forwards).collect()
}
