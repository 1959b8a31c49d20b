//! How often which fault meets which call, and the drawing of one.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{ErrorBody, Fault, OkError, RetryAfter};
use crate::call::Op;

/// The probability of each fault, by kind of call.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    of: BTreeMap<Op, Vec<(f64, Fault)>>,
}

impl Rates {
    /// No fault ever.
    pub fn none() -> Self {
        Self::default()
    }

    /// Each call meets a fault with this probability, all that make sense for it being
    /// equally likely.
    pub fn everywhere(probability: f64) -> Self {
        Op::ALL.into_iter().fold(Self::none(), |rates, op| {
            let faults = catalogue(op);
            let share = probability / faults.len().max(1) as f64;
            faults
                .into_iter()
                .fold(rates, |rates, fault| rates.with(op, fault, share))
        })
    }

    /// The same, and calls of a kind meet this fault with this probability. All of a kind
    /// together should not be above 1: what is above never happens.
    #[must_use]
    pub fn with(mut self, op: Op, fault: Fault, probability: f64) -> Self {
        self.of.entry(op).or_default().push((probability, fault));
        self
    }

    /// The same without the faults of a kind of call.
    #[must_use]
    pub fn without(mut self, op: Op) -> Self {
        self.of.remove(&op);
        self
    }

    /// Each call has a stream of its own, so that its fault does not hang on earlier ones.
    pub(super) fn draw(&self, seed: u64, index: u64, op: Op) -> Option<Fault> {
        let faults = self.of.get(&op)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        let mut left: f64 = rng.random();
        faults.iter().find_map(|(probability, fault)| {
            left -= probability;
            (left < 0.0).then(|| fault.clone())
        })
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// Every fault that makes sense for a kind of call.
fn catalogue(op: Op) -> Vec<Fault> {
    let mut faults = on_the_wire();
    faults.extend(without_effect());
    faults.extend(in_the_answer());
    faults.extend(match op {
        Op::Hostnodes | Op::Instances => vec![Fault::Incomplete],
        Op::Hostnode => vec![
            Fault::SoldOut,
            Fault::PriceUp { percent: 0 },
            Fault::PriceUp { percent: 10 },
        ],
        Op::Create => on_create(),
        Op::Delete => lands_late(),
        _ => Vec::new(),
    });
    faults
}

fn on_the_wire() -> Vec<Fault> {
    vec![
        Fault::RequestLost,
        Fault::AnswerLost,
        Fault::AnswerLate(15 * SECOND),
        Fault::AnswerLate(150 * SECOND),
        Fault::CutOff,
        Fault::Drip(10 * SECOND),
    ]
}

fn without_effect() -> Vec<Fault> {
    let date = Cow::Borrowed("Fri, 01 Jan 2100 00:00:00 GMT");
    let failure = |status, body, applied| Fault::Failure { status, body, applied };
    vec![
        Fault::TooMany(RetryAfter::Absent),
        Fault::TooMany(RetryAfter::Seconds(7)),
        Fault::TooMany(RetryAfter::Text(date)),
        Fault::TooMany(RetryAfter::Text(Cow::Borrowed("soon"))),
        failure(500, ErrorBody::Json, false),
        failure(500, ErrorBody::Empty, true),
        failure(502, ErrorBody::Html, false),
        failure(502, ErrorBody::Html, true),
        failure(503, ErrorBody::Html, false),
        failure(504, ErrorBody::Html, true),
        Fault::Unauthorized,
        Fault::ErrorInOk(OkError::WithStatus),
        Fault::ErrorInOk(OkError::Issues),
        Fault::ErrorInOk(OkError::Unsuccessful),
        Fault::Redirect {
            status: 301,
            elsewhere: false,
        },
        Fault::Redirect {
            status: 302,
            elsewhere: true,
        },
        Fault::Redirect {
            status: 307,
            elsewhere: true,
        },
    ]
}

fn in_the_answer() -> Vec<Fault> {
    vec![
        Fault::HtmlOk,
        Fault::EmptyOk,
        Fault::Truncated,
        Fault::WrongType,
        Fault::Huge(100_000),
        Fault::Hostile,
    ]
}

fn lands_late() -> Vec<Fault> {
    [1, 20, 90, 600]
        .map(|seconds| Fault::LandsLate(seconds * SECOND))
        .to_vec()
}

fn on_create() -> Vec<Fault> {
    let fails = |leaves_machine, in_ok| Fault::DeployFails { leaves_machine, in_ok };
    let mut faults = vec![
        fails(false, false),
        fails(false, true),
        fails(true, false),
        fails(true, true),
        Fault::SoldOut,
        Fault::StaleStock,
        Fault::NoPublicIp,
        Fault::NoBalance,
        Fault::PriceUp { percent: 0 },
        Fault::PriceUp { percent: 10 },
        Fault::PortsTaken,
        Fault::OtherPorts,
        Fault::PortsIgnored,
        Fault::IdMissing,
        Fault::IdEmpty,
        Fault::IdNumber,
        Fault::StopsItself(Duration::ZERO),
        Fault::StopsItself(30 * SECOND),
        Fault::NeverRuns,
        Fault::SshSilent,
    ];
    faults.extend(lands_late());
    faults
}
