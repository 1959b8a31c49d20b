//! A set of keys that together have no plan, although any of them gone would leave one.
//!
//! Keys are given up as long as the rest stays without plan, many at a time while that works. What is left of a key that is given up
//! never asks more than the key did, so that every way out has to break the conflict. The format leaves one GPU and the provider's
//! least instead, which can ask more; a conflict that is told has to hold with that too.

use super::field::Key;
use super::needed::needed;
use super::probe::{Answer, Probe, lone};
use super::stated::{self, Gone};
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
        self.search(Gone::NoHarder)
    }

    /// A conflict as the format defines it: `known`, which has to be broken, if that is one.
    pub fn to_tell(&self, known: &[Key]) -> Option<Vec<Key>> {
        if self.is_irreducible(known, Gone::AsDefined)? {
            return Some(known.to_vec());
        }
        self.search(Gone::AsDefined)
    }

    fn possible(&self, kept: &[Key], gone: Gone) -> Answer {
        let steps = self.probe.fleet.steps();
        self.probe
            .possible(&stated::only(self.request, &self.keys, kept, gone, steps))
    }

    fn is_irreducible(&self, keys: &[Key], gone: Gone) -> Option<bool> {
        if !answer(self.possible(keys, gone))? {
            for at in 0..keys.len() {
                let fewer = [&keys[..at], &keys[at + 1..]].concat();
                if !answer(self.possible(&fewer, gone))? {
                    return Some(false);
                }
            }
            return Some(true);
        }
        Some(false)
    }

    fn search(&self, gone: Gone) -> Option<Vec<Key>> {
        if !answer(self.possible(&[], gone))? {
            return Some(Vec::new());
        }
        let mut found = match lone(self.request) {
            Some(_) => self.of_a_lone_vm(gone)?,
            None => self.irreducible(self.of_few_vms(gone)?, gone)?,
        };
        found.sort_by_key(|key| (key.vm.is_none(), key.vm, key.field));
        Some(found)
    }

    fn of_a_lone_vm(&self, gone: Gone) -> Option<Vec<Key>> {
        let found = self.of_one(gone);
        if !found.is_empty() {
            return Some(found);
        }
        let found = self.irreducible(self.keys.clone(), gone)?;
        if found.len() <= 2 {
            return Some(found);
        }
        // Another order may give up more. Two are tried, as the least of all sets would take trying every one.
        let other = self.irreducible(self.keys.iter().rev().copied().collect(), gone)?;
        Some(if other.len() < found.len() { other } else { found })
    }

    /// An impossible set of keys of as few VMs as can be, found without the others: what is impossible without them is so with them.
    fn of_few_vms(&self, gone: Gone) -> Option<Vec<Key>> {
        let few = |vms: &[usize]| self.request.only_vms(vms);
        let all: Vec<usize> = (0..self.request.vms().len()).collect();
        let vms = needed(all, &mut |vms| {
            few(vms).map_or(Some(false), |few| {
                answer(self.probe.possible(&few)).map(|possible| !possible)
            })
        })?;
        let few = few(&vms)?;
        let alone = Conflicts::of(self.probe, &few);
        let keys = alone.irreducible(alone.keys.clone(), gone)?;
        let back = |key: Key| Key {
            vm: key.vm.and_then(|at| vms.get(at).copied()),
            ..key
        };
        Some(keys.into_iter().map(back).collect())
    }

    /// For a VM alone, where it takes no time to see: one key that is impossible by itself.
    fn of_one(&self, gone: Gone) -> Vec<Key> {
        let alone = |key: &&Key| self.possible(&[**key], gone) == Answer::No;
        self.keys.iter().rev().find(alone).copied().into_iter().collect()
    }

    /// Gives up keys of an impossible set until none can be spared.
    fn irreducible(&self, mut kept: Vec<Key>, gone: Gone) -> Option<Vec<Key>> {
        let impossible = &mut |keys: &[Key]| answer(self.possible(keys, gone)).map(|possible| !possible);
        loop {
            let before = kept.len();
            kept = needed(kept, impossible)?;
            // Where giving up never makes a plan harder, once through is enough.
            if kept.len() == before || gone == Gone::NoHarder {
                return Some(kept);
            }
        }
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
