//! The marketplace: hostnodes, instances and calls, as a state machine in given time.
//!
//! Knows no sockets and no clock: every call says when it arrives, as time since the
//! market opened. Time never goes back; an earlier `now` counts as the latest one seen.

mod create;
mod gate;
mod manage;
mod show;
mod truth;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::Ipv4Addr,
    time::Duration,
};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::{
    call::{Call, Method, Op, route},
    document::{DocumentError, hostnodes},
    faults::{Fault, Faults},
    host::Host,
    instance::Instance,
    options::Options,
    order::Order,
    refusal::Refusal,
    reply::{Answer, Reply},
};

/// The shipped fleet; `data/README.md` tells where it comes from.
const EMBEDDED: &str = include_str!("../data/fleet.json");

/// A marketplace.
#[derive(Clone, Debug)]
pub struct Market {
    options: Options,
    faults: Faults,
    hosts: Vec<Host>,
    /// The first host of each id; others of the same id are shown but never sold.
    by_id: HashMap<String, usize>,
    instances: Vec<Instance>,
    gone: Vec<Instance>,
    landings: Vec<Landing>,
    log: Vec<LogEntry>,
    calls_of: BTreeMap<Op, u64>,
    recent: VecDeque<Duration>,
    ids: ChaCha8Rng,
    now: Duration,
    /// Addresses of machines, where a server answers for them.
    network: Option<Ipv4Addr>,
}

/// One call that the market has received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When it came.
    pub at: Duration,
    /// Its method.
    pub method: Method,
    /// Its path below the base URL.
    pub path: String,
    /// What it asked for.
    pub op: Op,
    /// The status it was answered with; none where there was no answer.
    pub status: Option<u16>,
}

/// An effect that comes after its call was given up.
#[derive(Clone, Debug)]
struct Landing {
    at: Duration,
    effect: Effect,
}

#[derive(Clone, Debug)]
enum Effect {
    Create(Order),
    Delete(String),
}

impl Market {
    /// A market of the hostnodes in a snapshot document: a snapshot file, an API answer,
    /// an array of hostnodes or a map by id, uncompressed.
    ///
    /// # Errors
    /// Where the document is no JSON or holds no hostnodes.
    pub fn from_snapshot(document: &[u8], options: Options) -> Result<Self, DocumentError> {
        let hosts = hostnodes(serde_json::from_slice(document)?)?;
        Ok(Self::from_hostnodes(hosts, options))
    }

    /// The market that ships with the program: March 2026, and some H100.
    pub fn embedded(options: Options) -> Self {
        let document = serde_json::from_str(EMBEDDED).unwrap_or_default();
        Self::from_hostnodes(hostnodes(document).unwrap_or_default(), options)
    }

    /// A market of raw hostnode objects.
    pub fn from_hostnodes(hostnodes: Vec<Value>, options: Options) -> Self {
        let hosts: Vec<Host> = hostnodes
            .into_iter()
            .map(|host| Host::new(host, options.list_ports))
            .collect();
        let mut by_id = HashMap::new();
        for (index, host) in hosts.iter().enumerate() {
            if let Some(id) = &host.id {
                by_id.entry(id.clone()).or_insert(index);
            }
        }
        Self {
            ids: ChaCha8Rng::seed_from_u64(options.seed),
            options,
            faults: Faults::none(),
            hosts,
            by_id,
            instances: Vec::new(),
            gone: Vec::new(),
            landings: Vec::new(),
            log: Vec::new(),
            calls_of: BTreeMap::new(),
            recent: VecDeque::new(),
            now: Duration::ZERO,
            network: None,
        }
    }

    /// The same market with faults.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Gives machines addresses of this /24 network, if they shall answer at all; whether so.
    pub(crate) fn answer_in(&mut self, network: Ipv4Addr) -> bool {
        self.network = self.options.answer_ssh.then_some(network);
        self.options.answer_ssh
    }

    /// Receives one call at `now` and says what the caller gets to see.
    pub fn handle(&mut self, call: &Call, now: Duration) -> Reply {
        self.advance(now);
        let (op, id) = route(call);
        let nth = self.calls_of.entry(op).or_default();
        let fault = self.faults.draw(self.log.len() as u64, op, *nth);
        *nth += 1;
        let reply = match self.gate(call, op) {
            Some(refused) => Reply::Answer(refused),
            None => self.respond(call, op, &id, fault.as_ref()),
        };
        self.log.push(LogEntry {
            at: self.now,
            method: call.method,
            path: call.path.clone(),
            op,
            status: reply.status(),
        });
        reply
    }

    fn respond(&mut self, call: &Call, op: Op, id: &str, fault: Option<&Fault>) -> Reply {
        if let Some(reply) = fault.and_then(|fault| fault.instead(&call.path)) {
            return reply;
        }
        if let Some(Fault::LandsLate(after)) = fault
            && let Some(effect) = self.postponed(call, op, id)
        {
            self.landings.push(Landing {
                at: self.now.saturating_add(*after),
                effect,
            });
            return Reply::NoAnswer { effect_applied: false };
        }
        let answer = match self.effect(call, op, id, fault) {
            Ok(answer) => answer,
            Err(refusal) => refusal.answer(self.options.forms.issues),
        };
        match fault {
            Some(fault) => fault.spoil(answer),
            None => Reply::Answer(answer),
        }
    }

    /// What an orderly call would do, to be done later.
    fn postponed(&self, call: &Call, op: Op, id: &str) -> Option<Effect> {
        match op {
            Op::Create => self.read_order(&call.body).ok().map(Effect::Create),
            Op::Delete => Some(Effect::Delete(id.to_owned())),
            _ => None,
        }
    }

    fn effect(&mut self, call: &Call, op: Op, id: &str, fault: Option<&Fault>) -> Result<Answer, Refusal> {
        match op {
            Op::Locations => Ok(self.show_locations()),
            Op::Hostnodes => Ok(self.show_hostnodes()),
            Op::Hostnode => self.show_hostnode(id, fault),
            Op::Instances => Ok(self.show_instances()),
            Op::Instance => self.show_instance(id),
            Op::Create => self.create(&call.body, fault),
            Op::Delete => self.delete(id),
            Op::Start => self.start(id),
            Op::Stop => self.stop(id),
            Op::Modify => self.modify(id, &call.body),
            Op::Secrets => Ok(self.show_secrets()),
            Op::Unknown => Err(Refusal::NotFound("Not found")),
        }
    }

    /// Lets time pass: what is due lands, boots, stops or goes.
    pub fn advance(&mut self, now: Duration) {
        let now = now.max(self.now);
        while let Some(landing) = self.next_landing(now) {
            self.advance_instances(landing.at);
            // Its caller has gone; whether it succeeds now, nobody is told.
            let _ = match landing.effect {
                Effect::Create(order) => self.place(&order, None).map(drop),
                Effect::Delete(id) => self.delete(&id).map(drop),
            };
        }
        self.advance_instances(now);
    }

    /// Takes out the earliest landing that is due.
    fn next_landing(&mut self, now: Duration) -> Option<Landing> {
        let due = self
            .landings
            .iter()
            .enumerate()
            .filter(|(_, landing)| landing.at <= now);
        let (index, _) = due.min_by_key(|(_, landing)| landing.at)?;
        Some(self.landings.remove(index))
    }

    fn advance_instances(&mut self, now: Duration) {
        self.now = self.now.max(now);
        for instance in &mut self.instances {
            instance.advance(now);
        }
        let gone: Vec<Instance> = self
            .instances
            .extract_if(.., |instance| instance.gone_at.is_some())
            .collect();
        for instance in gone {
            if let Some(host) = self.by_id.get(&instance.host_id).and_then(|i| self.hosts.get_mut(*i)) {
                host.give_back(&instance.claim);
            }
            self.gone.push(instance);
        }
    }
}
