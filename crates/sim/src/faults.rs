//! Misbehaviour: what goes wrong with a call, and when.
//!
//! Whether a call meets a fault depends on the seed, the call's number and what it asks
//! for, and on nothing else: the same calls in the same order meet the same faults.

mod answer;
mod rates;

use std::{borrow::Cow, time::Duration};

use crate::call::Op;
pub use rates::Rates;

/// What goes wrong with one call. Where a fault makes no sense for a call, it does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection closes; the call has no effect.
    RequestLost,
    /// The call has its effect; the connection closes without an answer.
    AnswerLost,
    /// The call has its effect at once; the answer comes after this time.
    AnswerLate(Duration),
    /// Create and delete: the connection closes, and the effect comes after this time.
    LandsLate(Duration),
    /// The connection closes half-way through the body.
    CutOff,
    /// The answer comes a few bytes at a time, with this pause between.
    Drip(Duration),

    /// 429 without effect.
    TooMany(RetryAfter),
    /// An HTTP failure such as 502.
    Failure {
        /// The status.
        status: u16,
        /// The body.
        body: ErrorBody,
        /// Whether the call has its effect nevertheless.
        applied: bool,
    },
    /// 401 in the middle of a working session, without effect.
    Unauthorized,
    /// HTTP 200 with an error in the body, without effect.
    ErrorInOk(OkError),
    /// Any words under any status, without effect.
    Says {
        /// The status.
        status: u16,
        /// The body, told to be JSON.
        body: Cow<'static, str>,
    },
    /// A redirect, without effect.
    Redirect {
        /// 301, 302, 307 or 308.
        status: u16,
        /// To another host; else to the same path here.
        elsewhere: bool,
    },

    /// The call has its effect; the answer is an HTML page under 200.
    HtmlOk,
    /// The call has its effect; the answer is an empty 200.
    EmptyOk,
    /// The call has its effect; the JSON ends too early, under the right length.
    Truncated,
    /// The answer is right but claims to be plain text.
    WrongType,
    /// The answer is right but this many bytes of blanks follow it.
    Huge(usize),
    /// Names and messages carry terminal escapes and are very long.
    Hostile,

    /// Instance, instances: what a machine costs per hour is left out.
    RateUnsaid,

    /// Create: the generic failure.
    DeployFails {
        /// Whether a machine is left behind.
        leaves_machine: bool,
        /// Under HTTP 200; else under 500.
        in_ok: bool,
    },
    /// Create, hostnode: others take all GPUs of the host just before.
    SoldOut,
    /// Create: refused for want of stock, though the host goes on showing it.
    StaleStock,
    /// Create: refused for want of a public address.
    NoPublicIp,
    /// Create: refused for want of money.
    NoBalance,
    /// Create, hostnode: the host's GPUs become dearer by this share just before.
    PriceUp {
        /// In percent; at least a nano-dollar.
        percent: u32,
    },
    /// Create: others take the asked external ports just before.
    PortsTaken,
    /// Create: other external ports are granted than were asked for.
    OtherPorts,
    /// Create: the asked forwards are ignored.
    PortsIgnored,
    /// Create: the answer has no id.
    IdMissing,
    /// Create: the answer's id is empty.
    IdEmpty,
    /// Create: the machine's id is a number.
    IdNumber,
    /// Create: the machine stops by itself this long after it started.
    StopsItself(Duration),
    /// Create: the machine never gets to run.
    NeverRuns,
    /// Create: the machine runs, but its ssh never answers.
    SshSilent,

    /// List of instances or hostnodes: every other entry is missing, the first among them.
    Incomplete,
}

/// What a 429 says of when to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing.
    Absent,
    /// So many seconds.
    Seconds(u64),
    /// Any text: a date, or nonsense.
    Text(Cow<'static, str>),
}

/// The body of an HTTP failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorBody {
    /// `{"error":…}`
    Json,
    /// A gateway's page.
    Html,
    /// Nothing.
    Empty,
}

/// The form of an error under HTTP 200; the letters are those of the API page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OkError {
    /// `{"error":…,"status":400}` (form a).
    WithStatus,
    /// `error` holding a list of issues (form d).
    Issues,
    /// `{"success":false,"error":…}` (form f).
    Unsuccessful,
}

/// Which calls meet which faults.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    script: Vec<Scripted>,
    seeded: Option<(u64, Rates)>,
}

#[derive(Clone, Debug)]
struct Scripted {
    op: Op,
    from: u64,
    to: u64,
    fault: Fault,
}

impl Faults {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Faults drawn from a seed.
    pub fn seeded(seed: u64, rates: Rates) -> Self {
        Self {
            script: Vec::new(),
            seeded: Some((seed, rates)),
        }
    }

    /// The `nth` call of a kind, counted from 0, meets this fault. What is scripted comes
    /// before what is drawn.
    #[must_use]
    pub fn on(self, op: Op, nth: u64, fault: Fault) -> Self {
        self.during(op, nth, nth, fault)
    }

    /// Every call of a kind meets this fault.
    #[must_use]
    pub fn always(self, op: Op, fault: Fault) -> Self {
        self.during(op, 0, u64::MAX, fault)
    }

    /// The calls of a kind from the `from`th to the `to`th, counted from 0, meet this fault.
    #[must_use]
    pub fn during(mut self, op: Op, from: u64, to: u64, fault: Fault) -> Self {
        self.script.push(Scripted { op, from, to, fault });
        self
    }

    /// The fault of a call: the `index`th of all and the `nth` of its kind.
    pub fn draw(&self, index: u64, op: Op, nth: u64) -> Option<Fault> {
        let hit = |entry: &&Scripted| entry.op == op && (entry.from..=entry.to).contains(&nth);
        if let Some(scripted) = self.script.iter().find(hit) {
            return Some(scripted.fault.clone());
        }
        let (seed, rates) = self.seeded.as_ref()?;
        rates.draw(*seed, index, op)
    }
}
