//! A marketplace on loopback: the other end of the provider's API, from a snapshot.
//!
//! [`Market`] is the marketplace itself: hostnodes, stock, instances and refusals, as a
//! state machine without I/O and without a clock of its own. It answers a [`Call`] with a
//! [`Reply`], and can be told to misbehave by [`Faults`], from a script or from a seed.
//! [`serve`] puts a real HTTP server on loopback in front of it.
//!
//! It works on the provider's raw JSON and shares no code with the client that it tests:
//! what one end gets wrong, the other does not forgive.
//!
//! ```
//! use std::time::Duration;
//! use gpu_place_sim::{Call, Market, Options, Reply};
//!
//! let mut market = Market::embedded(Options::default());
//! let Reply::Answer(answer) = market.handle(&Call::get("/hostnodes"), Duration::ZERO) else {
//!     panic!("no faults were asked for");
//! };
//! assert_eq!(answer.status, 200);
//! ```

mod call;
mod document;
mod faults;
mod forms;
mod greeter;
mod host;
mod instance;
mod market;
mod money;
mod options;
mod order;
mod refusal;
mod reply;
mod serve;
mod shelf;
mod wire;

pub use call::{Call, Method, Op};
pub use document::DocumentError;
pub use faults::{ErrorBody, Fault, Faults, OkError, Rates, RetryAfter};
pub use forms::{DetailForm, FieldCase, Forms, ListForm};
pub use instance::{Instance, PortForward, Status};
pub use market::{LogEntry, Market};
pub use money::Nanos;
pub use options::{Options, RateLimit};
pub use refusal::IssueForm;
pub use reply::{Answer, Reply};
pub use serve::{Running, ServeError, serve};
