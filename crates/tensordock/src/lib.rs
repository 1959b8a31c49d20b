//! What is TensorDock's own: the shapes of its API, its error texts, the steps it sells in.
//!
//! Bytes in, meaning out, and no I/O: who fetches and sends is not known here. What comes from the network is untrusted until a type
//! of this crate holds it; its texts went through [`clean`] and may be shown.
#![forbid(unsafe_code)]

mod answer;
pub mod create;
pub mod instance;
mod json;
mod launch;
pub mod listing;
pub mod locations;
pub mod read;
mod refusal;
pub mod verdict;

pub use answer::{Answer, Unreadable};
pub use create::{CreateRequest, Network};
pub use instance::{Instance, InstanceId, InstanceList, InstanceState};
pub use launch::{CloudInit, DEFAULT_IMAGE, Launch, LaunchError, SshKey, WriteFile};
pub use listing::{DetailError, HostDetail, Listing};
pub use locations::Location;
pub use read::{Read, ReadError, digest, read, read_digested};
pub use refusal::{Refusal, RefusalKind};
pub use verdict::{CreateAnswer, Created, DeleteAnswer, GetAnswer, ListAnswer, LookAnswer};

pub use gpu_place_core::text::clean;

use gpu_place_core::fleet::SizeSteps;

/// The provider's name in a snapshot.
pub const PROVIDER: &str = "tensordock";

/// The steps that are known to be enforced: vCPUs are even, storage is at least 100 GB.
pub const STEPS: SizeSteps = SizeSteps {
    vcpu_step: 2,
    vcpu_least: 2,
    storage_least_gb: 100,
};
