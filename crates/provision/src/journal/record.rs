//! The entries of a journal.

use gpu_place_core::fleet::HostId;
use gpu_place_core::money::Money;
use gpu_place_core::ports::{Port, PortForward};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{Account, AttemptName, InstanceId, RequestKey, Slot, Words};

/// The number of a request within its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub i64);

/// A time on the wall, for people and for other processes; no decision within a run depends on it.
pub type Stamp = Timestamp;

/// What opens a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What it is called.
    pub key: RequestKey,
    /// What it asks for, as a digest.
    pub words: Words,
    /// Where and for whom.
    pub account: Account,
    /// What each VM may cost per hour, as agreed. VMs that are not among them are not bought.
    pub agreed: Vec<(Slot, Money)>,
    /// When.
    pub at: Stamp,
}

/// What exactly is bought: a placement as far as buying, reporting and later planning need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// The host.
    pub host: HostId,
    /// Places that later planning counts by.
    pub location: Option<String>,
    /// The operator that later planning counts by.
    pub organization: Option<String>,
    /// The country that later planning counts by.
    pub country: Option<String>,
    /// The model, as the provider writes it.
    pub gpu: String,
    /// GPUs.
    pub gpu_count: u32,
    /// vCPUs.
    pub vcpu: u64,
    /// GB of RAM.
    pub ram_gb: u64,
    /// GB of storage.
    pub storage_gb: u64,
    /// Ports asked for.
    pub ports: Vec<PortForward>,
    /// Whether it takes the host's public IP.
    pub public_ip: bool,
    /// What it costs per hour, by the last look.
    pub cost: Money,
    /// What it may cost per hour.
    pub agreed: Money,
}

/// One create call, from its intent to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its name, and that of its instance.
    pub name: AttemptName,
    /// The VM that it is for.
    pub slot: Slot,
    /// In which run of the request it was intended, from 1.
    pub run: u32,
    /// What is bought.
    pub deal: Deal,
    /// How far it is.
    pub state: AttemptState,
    /// Whether its create was left without an answer.
    pub lost: bool,
    /// What the marketplace says it costs per hour, once it does.
    pub rate: Option<Money>,
    /// What there is to say about its state, for a person.
    pub note: String,
    /// When it was intended.
    pub at: Stamp,
    /// Which boot of the machine intended it; `None` where that cannot be told.
    pub boot: Option<String>,
}

impl Attempt {
    /// What it counts for per hour against budget and ceiling.
    pub fn price(&self) -> Money {
        match self.state {
            AttemptState::Closed(_) => Money::ZERO,
            _ => self.rate.unwrap_or(self.deal.cost),
        }
    }

    /// The instance, while it exists.
    pub fn instance(&self) -> Option<&InstanceId> {
        match &self.state {
            AttemptState::Created(id) => Some(id),
            _ => None,
        }
    }

    /// Whether nobody knows whether it exists.
    pub fn is_open(&self) -> bool {
        matches!(self.state, AttemptState::Intended | AttemptState::Sent)
    }
}

/// How far an attempt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    /// Written down; its create has not been sent by this boot of the machine.
    Intended,
    /// Its create is or was on its way: it may exist.
    Sent,
    /// It exists, or did when last heard of.
    Created(InstanceId),
    /// It is over.
    Closed(Ending),
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its create was never sent.
    NotSent,
    /// The marketplace refused it.
    Refused,
    /// Its instance was deleted.
    Removed,
    /// Its instance ended by itself.
    Vanished,
    /// A person looked and closed it.
    Abandoned,
}

/// Why an instance is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It costs more than agreed.
    Dearer,
    /// With what it costs, a budget or ceiling is passed.
    OverPurse,
    /// It stopped by itself.
    Stopped,
    /// Its ports were not granted.
    PortsIgnored,
    /// It did not become ready in time.
    NotReady,
    /// The whole could not be completed.
    Undone,
    /// A second instance of one attempt, or one that a refused attempt left behind.
    Surplus,
    /// Its owner said so.
    Destroyed,
}

/// A deletion: begun, repeated, and done when the marketplace says that the instance is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The instance.
    pub id: InstanceId,
    /// The attempt that it belongs to.
    pub attempt: AttemptName,
    /// Why.
    pub why: Why,
    /// What there is to say about it.
    pub note: String,
    /// Whether the marketplace says that it is gone.
    pub done: bool,
}

/// Something that has become known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An attempt's create was left without an answer.
    Lost {
        /// Which attempt.
        name: AttemptName,
        /// What was seen instead.
        note: String,
    },
    /// An attempt's instance exists.
    Created {
        /// Which attempt.
        name: AttemptName,
        /// The instance.
        id: InstanceId,
    },
    /// An attempt is over.
    Closed {
        /// Which attempt.
        name: AttemptName,
        /// How it ended.
        ending: Ending,
        /// What there is to say about it.
        note: String,
    },
    /// An instance has to go.
    Remove {
        /// The attempt that it belongs to.
        name: AttemptName,
        /// The instance.
        id: InstanceId,
        /// Why.
        why: Why,
        /// What there is to say about it.
        note: String,
    },
    /// An instance is gone.
    Removed {
        /// The attempt that it belongs to.
        name: AttemptName,
        /// The instance.
        id: InstanceId,
    },
    /// VMs may cost as much as this from now on.
    Agreed(Vec<(Slot, Money)>),
    /// A host failed and is left alone for a while.
    SetAside(SetAside),
    /// Nothing is open any more: the same words are a new request from now on.
    Ended,
}

/// A host that failed lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Which host.
    pub host: HostId,
    /// When it failed.
    pub at: Stamp,
    /// How.
    pub reason: String,
}

/// What may be spent per hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purse {
    /// On this request.
    pub budget: Option<Money>,
    /// On all that the journal knows to run, or that may run.
    pub ceiling: Option<Money>,
}

/// Whether a price could be promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// It is promised.
    Held,
    /// It is not: a limit would be passed.
    Over(Over),
}

/// A limit that would be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Whether it is the ceiling over everything; else the request's budget.
    pub ceiling: bool,
    /// The limit.
    pub limit: Money,
    /// What all would cost together.
    pub total: Money,
}

impl Purse {
    /// Whether there is room, with what the request and everything come to then.
    pub fn admits(&self, request: Money, everything: Money) -> Reservation {
        let over = |ceiling, limit: Option<Money>, total| {
            limit
                .filter(|limit| total > *limit)
                .map(|limit| Over { ceiling, limit, total })
        };
        let over = over(false, self.budget, request).or_else(|| over(true, self.ceiling, everything));
        over.map_or(Reservation::Held, Reservation::Over)
    }
}

/// A deal's details as a store keeps them: in one JSON text, since no query asks for them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DealText {
    location: Option<String>,
    organization: Option<String>,
    country: Option<String>,
    gpu: String,
    gpu_count: u32,
    vcpu: u64,
    ram_gb: u64,
    storage_gb: u64,
    ports: Vec<(u16, u16)>,
    public_ip: bool,
}

impl DealText {
    pub(crate) fn of(deal: &Deal) -> DealText {
        let pair = |p: &PortForward| (p.internal_port.number(), p.external_port.number());
        DealText {
            location: deal.location.clone(),
            organization: deal.organization.clone(),
            country: deal.country.clone(),
            gpu: deal.gpu.clone(),
            gpu_count: deal.gpu_count,
            vcpu: deal.vcpu,
            ram_gb: deal.ram_gb,
            storage_gb: deal.storage_gb,
            ports: deal.ports.iter().map(pair).collect(),
            public_ip: deal.public_ip,
        }
    }

    pub(crate) fn into_deal(self, host: HostId, cost: Money, agreed: Money) -> Deal {
        let forward = |(inside, outside): (u16, u16)| {
            Some(PortForward {
                internal_port: Port::new(inside.into())?,
                external_port: Port::new(outside.into())?,
            })
        };
        Deal {
            host,
            location: self.location,
            organization: self.organization,
            country: self.country,
            gpu: self.gpu,
            gpu_count: self.gpu_count,
            vcpu: self.vcpu,
            ram_gb: self.ram_gb,
            storage_gb: self.storage_gb,
            ports: self.ports.into_iter().filter_map(forward).collect(),
            public_ip: self.public_ip,
            cost,
            agreed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_names_the_limit_that_is_passed() {
        let usd = |n| Money::from_nanos(n);
        let purse = Purse {
            budget: Some(usd(10)),
            ceiling: Some(usd(20)),
        };
        assert_eq!(purse.admits(usd(10), usd(20)), Reservation::Held);
        let over = |ceiling, limit, total| {
            Reservation::Over(Over {
                ceiling,
                limit: usd(limit),
                total: usd(total),
            })
        };
        assert_eq!(purse.admits(usd(11), usd(11)), over(false, 10, 11));
        assert_eq!(purse.admits(usd(1), usd(21)), over(true, 20, 21));
        assert_eq!(Purse::default().admits(usd(1_000), usd(1_000)), Reservation::Held);
    }
}
