//! What is said at the end of buying: `gpu-place/outcome/1`, and the exit code.

use gpu_place_core::fleet::HostId;
use gpu_place_core::money::Money;
use gpu_place_core::plan::Plan;
use gpu_place_core::ports::PortForward;
use serde::Serialize;

use crate::id::{AttemptName, InstanceId};

/// The number of the outcome's format.
pub const SCHEMA: &str = "gpu-place/outcome/1";

/// How much of what was asked for exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All of it.
    Created,
    /// Some of it.
    Partial,
    /// None of it.
    Failed,
    /// It is not known.
    Unknown,
}

/// What became of one try at one VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptResult {
    /// The marketplace created it. It may have been deleted since: the message says so.
    Created,
    /// The marketplace refused it.
    Refused,
    /// There was no answer; it was settled by looking, or is still open.
    Lost,
    /// It was not sent: it failed the last look before.
    Skipped,
}

/// What ended a run that left nothing behind; decides between exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Buying was tried.
    Tried,
    /// Journal, network or token did not let it work.
    CouldNotWork,
    /// The person did not agree.
    Declined,
}

/// One instance that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceReport {
    /// The VM that it is.
    pub vm: String,
    /// Which of its replicas.
    pub replica: u32,
    /// The marketplace's id.
    pub instance_id: InstanceId,
    /// Its name at the marketplace.
    pub name: AttemptName,
    /// Its host.
    pub host_id: HostId,
    /// The marketplace's word for its state; `unknown` where it could not be read.
    pub status: String,
    /// Its address, once it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The ports that were granted.
    pub port_forwards: Vec<PortForward>,
    /// What the marketplace says it costs per hour, or was planned where it does not say.
    pub cost_per_hr: Money,
}

/// One try at one VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Try {
    /// The VM.
    pub vm: String,
    /// Which of its replicas.
    pub replica: u32,
    /// The host.
    pub host_id: HostId,
    /// What became of it.
    pub result: AttemptResult,
    /// The name that the instance has, or would have; what to look for where it was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<AttemptName>,
    /// What there is to say about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The account of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// How much exists.
    pub status: Status,
    /// What exists, in the order in which it was bought.
    pub instances: Vec<InstanceReport>,
    /// What was tried.
    pub attempts: Vec<Try>,
    /// Why no more was bought, where something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What a person should know besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The plan that was agreed to; `None` where an unfinished request was only settled.
    pub plan: Option<Box<Plan>>,
    #[serde(skip)]
    ended: Ended,
}

impl Outcome {
    /// The account of a run, as yet without its plan.
    pub fn new(
        status: Status,
        ended: Ended,
        instances: Vec<InstanceReport>,
        attempts: Vec<Try>,
        reason: Option<String>,
        warnings: Vec<String>,
    ) -> Outcome {
        Outcome {
            schema: SCHEMA,
            status,
            instances,
            attempts,
            reason,
            warnings,
            plan: None,
            ended,
        }
    }

    /// The same with the plan that was agreed to.
    #[must_use]
    pub fn with_plan(mut self, plan: Plan) -> Outcome {
        self.plan = Some(Box::new(plan));
        self
    }

    /// The code that the program exits with.
    pub fn exit_code(&self) -> u8 {
        match (self.status, self.ended) {
            (Status::Created, _) => 0,
            (Status::Failed, Ended::Declined) => 0,
            (Status::Failed, Ended::CouldNotWork) => 1,
            (Status::Failed, Ended::Tried) => 4,
            (Status::Partial, _) => 5,
            (Status::Unknown, _) => 6,
        }
    }

    /// What all that exists costs per hour.
    pub fn cost_per_hr(&self) -> Money {
        self.instances.iter().map(|instance| instance.cost_per_hr).sum()
    }

    /// The account as a JSON document of one line per field, ending in a line break.
    pub fn to_json(&self) -> String {
        gpu_place_core::json::document(self)
    }
}
