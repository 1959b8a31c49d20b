//! A process of a schedule, and the answers that it gets.

use std::time::Duration;

use gpu_place_core::money::Money;
use gpu_place_core::request::Request;
use gpu_place_provision::buyer::{Buyer, Event, Terms};
use gpu_place_provision::id::{RequestKey, Slot};
use gpu_place_provision::journal::RequestId;
use gpu_place_provision::outcome::Outcome;
use gpu_place_tensordock as td;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::scene;

/// A process: a buyer, the time it began, and what it is told next, when.
pub struct Process {
    pub key: RequestKey,
    pub asked: Request,
    pub terms: Terms,
    pub wanted: Vec<(Slot, Money)>,
    pub request: Option<RequestId>,
    pub outcome: Option<Outcome>,
    pub ended_at: Duration,
    pub buyer: Option<Buyer>,
    pub began: Duration,
    pub next: Option<Event>,
    pub at: Duration,
    pub runs: u32,
    pub over: bool,
}

/// A process that will come up with a request of its own.
pub fn process(n: u32, ceiling: Option<i64>, random: &mut ChaCha8Rng) -> Process {
    let (asked, mut terms) = scene::terms(random);
    let money = |nanos: i64| Money::from_nanos(nanos.into());
    terms.purse.ceiling = ceiling.map(money);
    terms.purse.budget = random
        .random_bool(0.2)
        .then(|| money(random.random_range(500..4_000) * 1_000_000));
    Process {
        key: RequestKey::given(&format!("request-{n}")).expect("a key"),
        asked,
        terms,
        wanted: Vec::new(),
        request: None,
        outcome: None,
        ended_at: Duration::ZERO,
        buyer: None,
        began: Duration::ZERO,
        next: None,
        at: Duration::from_secs(random.random_range(0..20)),
        runs: 0,
        over: false,
    }
}

/// The same request once more, some time later.
pub fn twin(first: &Process, random: &mut ChaCha8Rng) -> Process {
    Process {
        key: first.key.clone(),
        asked: first.asked.clone(),
        terms: first.terms.clone(),
        wanted: Vec::new(),
        request: None,
        outcome: None,
        ended_at: Duration::ZERO,
        buyer: None,
        began: Duration::ZERO,
        next: None,
        at: Duration::from_secs(random.random_range(0..200)),
        runs: 0,
        over: false,
    }
}

/// An answer that came.
pub struct Answered {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answered {
    pub fn of(answer: gpu_place_sim::Answer) -> Answered {
        Answered {
            status: answer.status,
            body: answer.body,
        }
    }

    pub fn view(&self) -> td::Answer<'_> {
        td::Answer::new(self.status, &self.body)
    }
}
