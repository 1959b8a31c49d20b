//! A set of keys that together have no plan, although any of them gone would leave one.
//!
//! Keys are given up as long as the rest stays without plan, many at a time while that works. A count that is given up leaves any
//! smaller one, so that giving up never makes a plan harder, and every way out has to break the conflict. The format has it leave one
//! GPU instead, which can be harder in its own ways; a conflict that is told has to hold with that too.

use super::field::Key;
use super::probe::{Answer, Probe, lone};
use super::stated::{self, Counts};
use crate::request::Request;

/// Finds the conflicts of one request without plan.
pub(super) struct Conflicts<'a> {
    probe: &'a Probe<'a>,
    request: &'a Request,
    keys: Vec<Key>,
}

impl<'a> Conflicts<'a> {
    pub fn of(probe: &'a Probe<'a>, request: &'a Request) -> Conflicts<'a> {
        let keys = stated::keys(request, probe.fleet.steps());
        Conflicts { probe, request, keys }
    }

    /// A conflict that every way out has to break, in the order of the keys; empty where the market has nothing for even the least of
    /// the request. `None` where the limits left it open.
    pub fn to_break(&self) -> Option<Vec<Key>> {
        self.search(Counts::UpToAsked)
    }

    /// A conflict as the format defines it: `known`, which has to be broken, if that is one.
    pub fn to_tell(&self, known: &[Key]) -> Option<Vec<Key>> {
        if self.is_irreducible(known, Counts::One)? {
            return Some(known.to_vec());
        }
        self.search(Counts::One)
    }

    fn possible(&self, kept: &[Key], counts: Counts) -> Answer {
        let steps = self.probe.fleet.steps();
        self.probe
            .possible(&stated::only(self.request, &self.keys, kept, counts, steps))
    }

    fn is_irreducible(&self, keys: &[Key], counts: Counts) -> Option<bool> {
        if !answer(self.possible(keys, counts))? {
            for at in 0..keys.len() {
                let fewer = [&keys[..at], &keys[at + 1..]].concat();
                if !answer(self.possible(&fewer, counts))? {
                    return Some(false);
                }
            }
            return Some(true);
        }
        Some(false)
    }

    fn search(&self, counts: Counts) -> Option<Vec<Key>> {
        if !answer(self.possible(&[], counts))? {
            return Some(Vec::new());
        }
        let mut found = self.of_one(counts);
        if found.is_empty() {
            found = self.irreducible(self.keys.clone(), counts)?;
        }
        if found.len() > 2 && lone(self.request).is_some() {
            // Another order may give up more. Two are tried, as the least of all sets would take trying every one.
            let other = self.irreducible(self.keys.iter().rev().copied().collect(), counts)?;
            found = if other.len() < found.len() { other } else { found };
        }
        found.sort_by_key(|key| (key.vm.is_none(), key.vm, key.field));
        Some(found)
    }

    /// For a VM alone, where it takes no time to see: one key that is impossible by itself.
    fn of_one(&self, counts: Counts) -> Vec<Key> {
        let alone = |key: &&Key| self.possible(&[**key], counts) == Answer::No;
        let mut keys = self.keys.iter().rev().filter(|_| lone(self.request).is_some());
        keys.find(alone).copied().into_iter().collect()
    }

    /// Gives up keys of an impossible set until none can be spared.
    fn irreducible(&self, mut kept: Vec<Key>, counts: Counts) -> Option<Vec<Key>> {
        let mut chunk = kept.len().div_ceil(2);
        loop {
            let before = kept.len();
            kept = self.one_pass(kept, chunk, counts)?;
            // Where giving up never makes a plan harder, once through is enough.
            if kept.len() == before || counts == Counts::UpToAsked {
                return Some(kept);
            }
            chunk = 1;
        }
    }

    fn one_pass(&self, mut kept: Vec<Key>, mut chunk: usize, counts: Counts) -> Option<Vec<Key>> {
        let mut at = 0;
        while at < kept.len() {
            let end = (at + chunk).min(kept.len());
            let rest = [&kept[..at], &kept[end..]].concat();
            if !answer(self.possible(&rest, counts))? {
                kept = rest;
                chunk *= 2;
            } else if end - at == 1 {
                at += 1;
            } else {
                chunk = (end - at) / 2;
            }
        }
        Some(kept)
    }
}

/// Whether there is a plan, if that is known.
fn answer(answer: Answer) -> Option<bool> {
    match answer {
        Answer::Yes => Some(true),
        Answer::No => Some(false),
        Answer::Unknown => None,
    }
}
