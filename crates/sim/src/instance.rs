//! One machine: what it holds, what it costs, and how its state moves with time.

use std::{collections::VecDeque, time::Duration};

use serde_json::{Value, json};

use crate::{forms::FieldCase, host::Claim, money::Nanos};

/// The state of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Being made ready; it has no address yet.
    Creating,
    /// Up.
    Running,
    /// Coming up again.
    Starting,
    /// Going down.
    Stopping,
    /// Down; it holds what it held.
    Stopped,
    /// Being deleted; it holds what it held until it is gone.
    Deleting,
    /// Deleted.
    Gone,
}

impl Status {
    /// The provider's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Running => "running",
            Self::Starting => "starting",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Deleting => "deleting",
            Self::Gone => "deleted",
        }
    }
}

/// A granted forward: the external port of the shared address leads to the internal one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortForward {
    /// Port inside the machine.
    pub internal: u16,
    /// Port of the shared address.
    pub external: u16,
}

/// A machine of the market, as it truly is.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its id.
    pub id: String,
    /// The name that it was created under.
    pub name: String,
    /// The hostnode that it runs on.
    pub host_id: String,
    /// Its state.
    pub status: Status,
    /// What it costs per hour.
    pub rate: Nanos,
    /// Its forwards; empty with an address of its own, or where they were ignored.
    pub forwards: Vec<PortForward>,
    /// The address that it shows once it runs.
    pub address: String,
    /// When it came to be.
    pub created_at: Duration,
    /// When it ceased to be.
    pub gone_at: Option<Duration>,
    pub(crate) claim: Claim,
    /// Its ssh never answers.
    pub(crate) silent: bool,
    /// Answers give its id as a JSON number.
    pub(crate) numeric_id: bool,
    /// Changes of state to come, in order of time.
    pub(crate) schedule: VecDeque<(Duration, Status)>,
}

impl Instance {
    /// Number of GPUs that it holds.
    pub fn gpu_count(&self) -> u64 {
        self.claim.gpu_count()
    }

    /// Model of its GPUs.
    pub fn gpu_model(&self) -> Option<&str> {
        self.claim.gpus.as_ref().map(|(model, _)| model.as_str())
    }

    /// Where its ssh answers now: the external port that leads to 22, or 22 itself on an
    /// address of its own.
    pub fn ssh_port(&self) -> Option<u16> {
        let forwarded = self.forwards.iter().find(|forward| forward.internal == 22);
        let own = self.claim.public_ip.then_some(22);
        let port = own.or(forwarded.map(|forward| forward.external));
        port.filter(|_| self.status == Status::Running && !self.silent)
    }

    /// Carries out the changes of state that are due.
    pub(crate) fn advance(&mut self, now: Duration) {
        while let Some((at, status)) = self.schedule.front().copied()
            && at <= now
        {
            self.schedule.pop_front();
            self.status = status;
            if status == Status::Gone {
                self.gone_at = Some(at);
            }
        }
    }

    /// Drops what was to come and sets out for another state.
    pub(crate) fn turn(&mut self, now: Duration, passing: Status, at: Duration, then: Status) {
        self.status = passing;
        self.schedule.clear();
        self.schedule.push_back((at, then));
        self.advance(now);
    }

    pub(crate) fn id_json(&self) -> Value {
        match self.id.parse::<u64>() {
            Ok(number) if self.numeric_id => number.into(),
            _ => self.id.as_str().into(),
        }
    }

    /// The short form that a create call is answered with.
    pub(crate) fn summary(&self) -> Value {
        json!({
            "type": "virtualmachine", "id": self.id_json(),
            "name": self.name, "status": self.status.word(),
        })
    }

    /// The flat form of list and detail.
    pub(crate) fn show(&self, case: FieldCase) -> Value {
        let mut shown = self.summary();
        let reachable = self.status == Status::Running;
        let Value::Object(fields) = &mut shown else {
            return shown;
        };
        let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        let names = case.names();
        if reachable {
            add(names.address, self.address.as_str().into());
        }
        let forwards = self.forwards.iter().filter(|_| reachable);
        let forwards = forwards.map(|f| json!({ names.internal: f.internal, names.external: f.external }));
        add(names.forwards, forwards.collect());
        add("resources", self.resources());
        add(names.rate, self.rate.to_json());
        shown
    }

    fn resources(&self) -> Value {
        let gpus = match &self.claim.gpus {
            Some((model, count)) => json!({ model: { "count": count, "v0Name": model } }),
            None => json!({}),
        };
        json!({
            "vcpu_count": self.claim.vcpu, "ram_gb": self.claim.ram_gb,
            "storage_gb": self.claim.storage_gb, "gpus": gpus,
        })
    }
}
