//! One machine of the marketplace.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::gpu::ModelIx;
use crate::money::UnitPrice;
use crate::names::{Folded, Name, Names};
use crate::ports::PortSet;

/// The provider's id of a host. Hosts are ordered by it, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostId(Arc<str>);

impl HostId {
    /// The id of this text, as it is.
    pub fn new(id: &str) -> HostId {
        HostId(id.into())
    }

    /// Its first bytes as a number that orders like the text: equal ones tell nothing, others tell which id is less.
    pub(crate) fn first_bytes(&self) -> u128 {
        let mut first = [0; 16];
        first.iter_mut().zip(self.0.bytes()).for_each(|(to, byte)| *to = byte);
        u128::from_be_bytes(first)
    }

    /// Its text: untrusted, clean it before a terminal sees it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Amounts of what a VM takes besides GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Resources {
    /// Virtual CPUs.
    pub vcpu: u64,
    /// Memory in GB.
    pub ram_gb: u64,
    /// Disk in GB.
    pub storage_gb: u64,
}

/// The most that one VM may take, where a host states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Most {
    /// vCPUs per GPU taken.
    pub vcpu_per_gpu: Option<NonZeroU64>,
    /// GB of RAM per GPU taken.
    pub ram_gb_per_gpu: Option<NonZeroU64>,
    /// vCPUs of one VM.
    pub vcpu: Option<NonZeroU64>,
    /// GB of RAM of one VM.
    pub ram_gb: Option<NonZeroU64>,
    /// GB of storage of one VM.
    pub storage_gb: Option<NonZeroU64>,
}

/// What one unit costs per hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnitPrices {
    /// One vCPU.
    pub vcpu: UnitPrice,
    /// One GB of RAM.
    pub ram_gb: UnitPrice,
    /// One GB of storage.
    pub storage_gb: UnitPrice,
}

/// GPUs of one model on one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Which model.
    pub model: ModelIx,
    /// How many are free and what one costs; `None` where that could not be read.
    pub stock: Option<Stock>,
}

/// What is known of a readable offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// GPUs free.
    pub free: u64,
    /// Price of one GPU.
    pub price: UnitPrice,
}

/// Where a host stands and who runs it, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The id that a create call would name: `location_id`, else the place's own id.
    pub location_id: Option<Name>,
    /// The place's own id.
    pub location: Option<Name>,
    /// City.
    pub city: Option<Name>,
    /// State or province.
    pub state: Option<Name>,
    /// Country.
    pub country: Option<Name>,
    /// The operator's id.
    pub organization: Option<Name>,
    /// The operator's name.
    pub organization_name: Option<Name>,
}

/// What `spread` and `together` count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceKind {
    /// One machine.
    Host,
    /// One data centre.
    Location,
    /// One operator.
    Organization,
    /// One country.
    Country,
}

impl PlaceKind {
    /// Every kind, in the order of the reference.
    pub const ALL: [PlaceKind; 4] = [
        PlaceKind::Host,
        PlaceKind::Location,
        PlaceKind::Organization,
        PlaceKind::Country,
    ];

    /// The word for it in a fleet file.
    pub const fn word(self) -> &'static str {
        match self {
            PlaceKind::Host => "host",
            PlaceKind::Location => "location",
            PlaceKind::Organization => "organization",
            PlaceKind::Country => "country",
        }
    }
}

/// One machine: what is free on it, what it costs, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The provider's id.
    pub id: HostId,
    /// GPUs by model, in the host's own order; no model twice.
    pub offers: SmallVec<[Offer; 2]>,
    /// What is free besides GPUs.
    pub free: Resources,
    /// The most that one VM may take.
    pub most: Most,
    /// Prices of what is not a GPU.
    pub prices: UnitPrices,
    /// Free external ports; `None` where they are unknown.
    pub ports: Option<PortSet>,
    /// Uptime in percent, 0 to 100.
    pub uptime: Option<Decimal>,
    /// The provider's tier; higher is better.
    pub tier: Option<Decimal>,
    /// Where it stands.
    pub place: Place,
    /// Download speed in Gbit/s.
    pub network_gbps: Option<Decimal>,
    /// Upload speed in Gbit/s.
    pub upload_gbps: Option<Decimal>,
    /// Whether it has network storage.
    pub network_storage: bool,
    /// Whether it has a public IP free.
    pub public_ip: bool,
}

impl Host {
    /// What the host's place is compared by under a rule; `None` where it states none. A host is its own place by itself.
    pub fn place_key(&self, kind: PlaceKind, names: &Names) -> Option<Folded> {
        let name = match kind {
            PlaceKind::Host => None,
            PlaceKind::Location => self.place.location.or(self.place.location_id),
            PlaceKind::Organization => self.place.organization.or(self.place.organization_name),
            PlaceKind::Country => self.place.country,
        };
        name.map(|name| names.folded(name))
    }

    /// Uptime as the ranking counts it: a host that states none counts as 0 %.
    pub fn uptime_or_zero(&self) -> Decimal {
        self.uptime.unwrap_or_default()
    }
}

/// A host that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Its id, if it has one.
    pub id: Option<HostId>,
    /// What is wrong with it.
    pub reason: String,
}
