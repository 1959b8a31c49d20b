//! The marketplace as the planner sees it: hosts with what they have free and what it costs.
//!
//! A [`Fleet`] is built from [`HostRecord`]s, which a provider's reader makes of the provider's own objects. It knows nothing of
//! any provider's shapes; what a provider sells in steps comes along as [`SizeSteps`].

mod build;
mod host;

use std::collections::HashMap;

pub use build::{FleetBuilder, HostReading, HostRecord, OfferRecord};
pub(crate) use build::{Vocabulary, sort_by_id};
pub use host::{Host, HostId, Malformed, Most, Offer, Place, PlaceKind, Resources, Stock, UnitPrices};

use crate::gpu::{Model, ModelIx};
use crate::names::Names;

/// Position of a host in [`Fleet::hosts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostIx(pub u32);

/// The steps in which a provider sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeSteps {
    /// vCPUs come in multiples of this.
    pub vcpu_step: u64,
    /// The fewest vCPUs of a VM.
    pub vcpu_least: u64,
    /// The least storage of a VM, in GB.
    pub storage_least_gb: u64,
}

impl SizeSteps {
    /// A provider that sells every size.
    pub const ANY: SizeSteps = SizeSteps {
        vcpu_step: 1,
        vcpu_least: 1,
        storage_least_gb: 0,
    };
}

/// Where a fleet came from: what a plan says of its snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The time of the list call, as the snapshot states it.
    pub taken_at: Option<String>,
    /// `sha256:…` of the snapshot's uncompressed bytes.
    pub digest: String,
    /// Planned live: how many hosts' details were fetched. Hosts without count as if their ports sufficed.
    pub details: Option<u32>,
}

/// All hosts of a marketplace at one time, in the order of their ids.
#[derive(Debug, Clone)]
pub struct Fleet {
    pub(crate) hosts: Vec<Host>,
    pub(crate) malformed: Vec<Malformed>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) by_id: HashMap<HostId, HostIx>,
    pub(crate) steps: SizeSteps,
    pub(crate) origin: Origin,
}

impl Fleet {
    /// The readable hosts, in the order of their ids.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The host at a position of this fleet.
    pub fn host(&self, at: HostIx) -> &Host {
        &self.hosts[at.0 as usize]
    }

    /// The host with this id, if it could be read.
    pub fn find(&self, id: &HostId) -> Option<HostIx> {
        self.by_id.get(id).copied()
    }

    /// The hosts that could not be read, and why.
    pub fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// How many hosts the marketplace listed, readable or not.
    pub fn listed(&self) -> usize {
        self.hosts.len() + self.malformed.len()
    }

    /// The distinct GPU models on offer, sold out or not.
    pub fn models(&self) -> &[Model] {
        &self.vocabulary.models
    }

    /// One model.
    pub fn model(&self, at: ModelIx) -> &Model {
        &self.vocabulary.models[at.0 as usize]
    }

    /// The strings of this fleet's places.
    pub fn names(&self) -> &Names {
        &self.vocabulary.names
    }

    /// In which steps the provider sells.
    pub fn steps(&self) -> SizeSteps {
        self.steps
    }

    /// Where it came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same fleet under another origin.
    pub fn with_origin(mut self, origin: Origin) -> Fleet {
        self.origin = origin;
        self
    }
}
