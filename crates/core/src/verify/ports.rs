//! External ports: fixed ones as asked; then, in the order of the plan, the lowest that is still free.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::finding::Finding;
use super::placement::Seat;
use crate::fleet::HostIx;
use crate::ports::{Port, PortSet};

/// The ports of one host.
#[derive(Default)]
struct Desk {
    /// Set aside, because some VM asks for just this one.
    fixed: BTreeSet<Port>,
    /// Given out so far.
    given: BTreeSet<Port>,
}

impl Desk {
    /// The port that a VM gets which does not care.
    fn lowest(&self, free: &PortSet) -> Option<Port> {
        free.iter()
            .find(|port| !self.fixed.contains(port) && !self.given.contains(port))
    }
}

pub(super) fn check(case: &Case<'_>, seats: &[Seat<'_>], findings: &mut Vec<Finding>) {
    let mut desks: BTreeMap<HostIx, Desk> = BTreeMap::new();
    for seat in seats {
        if let Some(ask) = case.asks.get(seat.vm) {
            desks.entry(seat.host).or_default().fixed.extend(ask.fixed_ports());
        }
    }
    for seat in seats {
        let desk = desks.entry(seat.host).or_default();
        check_seat(case, seat, desk, findings);
    }
}

fn check_seat(case: &Case<'_>, seat: &Seat<'_>, desk: &mut Desk, findings: &mut Vec<Finding>) {
    let Some(ask) = case.asks.get(seat.vm) else { return };
    let found: Vec<Port> = seat.placement.port_forwards.iter().map(|f| f.internal_port).collect();
    let expected: Vec<Port> = ask.ports.iter().map(|a| a.internal).collect();
    if found != expected {
        findings.push(Finding::InternalPorts {
            who: seat.who(),
            found,
            expected,
        });
        return;
    }
    let none = PortSet::default();
    let free = case.fleet.host(seat.host).ports.as_ref().unwrap_or(&none);
    for (forward, asked) in seat.placement.port_forwards.iter().zip(ask.ports.iter()) {
        let (internal, external) = (forward.internal_port, forward.external_port);
        if !free.contains(external) {
            findings.push(Finding::PortNotFree {
                who: seat.who(),
                external,
            });
        }
        let right = asked.external.or_else(|| desk.lowest(free));
        if right.is_some_and(|right| right != external) {
            findings.push(Finding::WrongPort {
                who: seat.who(),
                internal,
                found: external,
                expected: right,
            });
        }
        if !desk.given.insert(external) {
            findings.push(Finding::PortTwice {
                who: seat.who(),
                external,
            });
        }
    }
}
