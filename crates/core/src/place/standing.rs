//! VMs of a request that exist already.

use crate::fleet::{Fleet, HostId, PlaceKind};
use crate::money::Money;
use crate::plan::Placement;
use crate::request::VmName;

/// A VM that exists, with all that later planning needs of it, even if its host is no longer listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The VM.
    pub vm: VmName,
    /// Which of its replicas.
    pub replica: u32,
    /// Its host.
    pub host_id: HostId,
    /// The location it counts for; `None` where the host stated none.
    pub location: Option<String>,
    /// The operator it counts for.
    pub organization: Option<String>,
    /// The country it counts for.
    pub country: Option<String>,
    /// What it costs per hour.
    pub cost_per_hr: Money,
}

impl Standing {
    /// What a placement becomes once it exists; `fleet` is the one that it was planned on.
    pub fn of(fleet: &Fleet, placement: &Placement) -> Standing {
        let host = fleet.find(&placement.host_id).map(|at| fleet.host(at));
        let text = |name: Option<crate::names::Name>| name.map(|n| fleet.names().text(n).to_owned());
        let place = host.map(|h| h.place).unwrap_or_default();
        Standing {
            vm: placement.vm.clone(),
            replica: placement.replica,
            host_id: placement.host_id.clone(),
            location: text(place.location.or(place.location_id)),
            organization: text(place.organization.or(place.organization_name)),
            country: text(place.country),
            cost_per_hr: placement.cost_per_hr.total,
        }
    }

    /// The text of the place that it counts for under a rule.
    pub fn place(&self, kind: PlaceKind) -> Option<&str> {
        match kind {
            PlaceKind::Host => Some(self.host_id.as_str()),
            PlaceKind::Location => self.location.as_deref(),
            PlaceKind::Organization => self.organization.as_deref(),
            PlaceKind::Country => self.country.as_deref(),
        }
    }
}
