//! All hosts judged for one VM: who fits and at what cost, and why the others do not.

use std::cmp::{Ordering, Reverse};

use rayon::prelude::*;
use serde::Serialize;

use crate::fit::{Code, CodeSet, Matcher, Verdict, Way};
use crate::fleet::{Fleet, Host, HostIx};

/// One way to place a VM on one host of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Where.
    pub host: HostIx,
    /// How, and what it costs.
    pub way: Way,
}

/// How many hosts fail one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The rule.
    pub code: Code,
    /// Hosts that fail it.
    pub hosts: u64,
    /// Hosts that fail it and no other: what relaxing this alone would win.
    pub only: u64,
}

/// Why hosts were excluded for one VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejections {
    /// The VM.
    pub vm: String,
    /// Hosts listed.
    pub hosts: u64,
    /// Hosts with at least one way.
    pub fit: u64,
    /// Rules that any host fails, in the order of the reference.
    pub reasons: Vec<Reason>,
}

/// The candidates of one VM, and the count of the rest.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// Every way, best first: see [`rank`].
    pub ranked: Vec<Candidate>,
    /// Why the other hosts do not fit.
    pub rejections: Rejections,
}

/// Judges every host for a VM. The result does not depend on the number of threads.
pub fn candidates(fleet: &Fleet, matcher: &Matcher<'_>) -> Candidates {
    let (mut ranked, tally) = survey(fleet, matcher);
    ranked.sort_unstable_by(|a, b| rank(fleet, a, b));
    Candidates {
        ranked,
        rejections: tally.into_rejections(fleet, matcher),
    }
}

/// The ways of each of several VMs in the order of hosts. All are judged against a few hosts before the next few: a large fleet is
/// read from memory once for all of them.
pub(crate) fn by_host(fleet: &Fleet, matchers: &[Matcher<'_>]) -> Vec<(Vec<Candidate>, Rejections)> {
    let mut found: Vec<(Vec<Candidate>, Tally)> = matchers.iter().map(|_| Default::default()).collect();
    for (chunk, hosts) in fleet.hosts().chunks(CHUNK).enumerate() {
        for (matcher, (ways, tally)) in matchers.iter().zip(&mut found) {
            judge_all(matcher, (chunk, hosts), ways, tally);
        }
    }
    let told = |((ways, tally), matcher): ((Vec<Candidate>, Tally), &Matcher<'_>)| {
        (ways, tally.into_rejections(fleet, matcher))
    };
    found.into_iter().zip(matchers).map(told).collect()
}

/// The best way alone, and the same count of the rest; cheaper than ranking all.
pub fn best(fleet: &Fleet, matcher: &Matcher<'_>) -> (Option<Candidate>, Rejections) {
    let (ways, tally) = survey(fleet, matcher);
    let best = ways.into_iter().min_by(|a, b| rank(fleet, a, b));
    (best, tally.into_rejections(fleet, matcher))
}

/// Hosts that one thread judges at a time: enough work to be worth handing over.
const CHUNK: usize = 1024;

fn survey(fleet: &Fleet, matcher: &Matcher<'_>) -> (Vec<Candidate>, Tally) {
    let judged = |chunk| {
        let (mut ways, mut tally) = (Vec::new(), Tally::default());
        judge_all(matcher, chunk, &mut ways, &mut tally);
        (ways, tally)
    };
    if fleet.hosts().len() <= CHUNK {
        // Handing over one chunk to another thread would take longer than judging it.
        return judged((0, fleet.hosts()));
    }
    let chunks: Vec<_> = fleet.hosts().par_chunks(CHUNK).enumerate().map(judged).collect();
    let mut all = (Vec::new(), Tally::default());
    for (ways, tally) in chunks {
        all.0.extend(ways);
        all.1.merge(&tally);
    }
    all
}

/// Judges a chunk of hosts for a VM.
fn judge_all(matcher: &Matcher<'_>, (chunk, hosts): (usize, &[Host]), ways: &mut Vec<Candidate>, tally: &mut Tally) {
    for (at, host) in hosts.iter().enumerate() {
        match matcher.judge(host) {
            Verdict::Fits(found) => {
                tally.fit += 1;
                let host = HostIx((chunk * CHUNK + at) as u32);
                ways.extend(found.into_iter().map(|way| Candidate { host, way }));
            }
            Verdict::Fails(codes) => tally.add(codes),
        }
    }
}

/// The order among candidates of one VM: lower effective cost, higher uptime, higher tier, smaller host id, lower real cost,
/// model name, smaller count.
pub fn rank(fleet: &Fleet, a: &Candidate, b: &Candidate) -> Ordering {
    rank_by(fleet, a, b, |a, b| a.cmp(&b))
}

/// The same where `hosts` compares the ids of two hosts in a way of its own.
pub(crate) fn rank_by(
    fleet: &Fleet,
    a: &Candidate,
    b: &Candidate,
    hosts: impl FnOnce(HostIx, HostIx) -> Ordering,
) -> Ordering {
    let tie = || {
        let (x, y) = (fleet.host(a.host), fleet.host(b.host));
        let tier = |host: &Host| Reverse(host.tier.unwrap_or_default());
        (Reverse(x.uptime_or_zero()), tier(x))
            .cmp(&(Reverse(y.uptime_or_zero()), tier(y)))
            .then_with(|| hosts(a.host, b.host))
            .then_with(|| a.way.cost.total.cmp(&b.way.cost.total))
            .then_with(|| model_name(fleet, a).cmp(model_name(fleet, b)))
            .then_with(|| a.way.count.cmp(&b.way.count))
    };
    a.way.effective.cmp(&b.way.effective).then_with(tie)
}

/// The provider's name of the model that a candidate takes.
pub fn model_name<'a>(fleet: &'a Fleet, candidate: &Candidate) -> &'a str {
    let offer = fleet.host(candidate.host).offers.get(candidate.way.offer);
    offer.map_or("", |offer| fleet.model(offer.model).name())
}

/// Counts of failed rules.
#[derive(Debug, Default)]
struct Tally {
    fit: u64,
    hosts: [u64; Code::ALL.len()],
    only: [u64; Code::ALL.len()],
}

impl Tally {
    fn add(&mut self, codes: CodeSet) {
        for code in codes.iter() {
            self.hosts[code as usize] += 1;
            self.only[code as usize] += u64::from(codes.len() == 1);
        }
    }

    fn merge(&mut self, other: &Tally) {
        self.fit += other.fit;
        for i in 0..Code::ALL.len() {
            self.hosts[i] += other.hosts[i];
            self.only[i] += other.only[i];
        }
    }

    fn into_rejections(mut self, fleet: &Fleet, matcher: &Matcher<'_>) -> Rejections {
        for _ in fleet.malformed() {
            self.add(CodeSet::of(Code::Malformed));
        }
        let reason = |code: Code| Reason {
            code,
            hosts: self.hosts[code as usize],
            only: self.only[code as usize],
        };
        Rejections {
            vm: matcher.vm().name.to_string(),
            hosts: fleet.listed() as u64,
            fit: self.fit,
            reasons: Code::ALL.into_iter().map(reason).filter(|r| r.hosts > 0).collect(),
        }
    }
}
