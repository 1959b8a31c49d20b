//! What a list of instances says: what was lost and is found, and what is there although it should not be.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Action, Buyer};
use crate::id::{AttemptName, InstanceId};
use crate::journal::{Attempt, AttemptState, Change, Ending, Why};
use crate::market::{Census, Fault, Life, Sighting};

/// How often a list is asked for in vain before a run does without.
const TRIES: u32 = 6;

/// Whether lists are due, and how it goes with them.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// A list is needed before anything else is bought.
    pub due: bool,
    /// Something was created or deleted since the last complete list.
    pub stale: bool,
    tries: u32,
    next: Duration,
    /// How often in a row the token was refused.
    pub denied: u32,
}

impl Buyer {
    /// A list, where a failed deployment or an earlier run may have left something behind.
    pub(super) fn look_for_leftovers(&mut self) -> Option<Action> {
        if self.looks.due { self.list() } else { None }
    }

    /// A list at the end, so that nothing is left there twice.
    pub(super) fn last_list(&mut self) -> Option<Action> {
        if self.looks.stale { self.list() } else { None }
    }

    fn list(&mut self) -> Option<Action> {
        Some(if self.looks.next <= self.now.elapsed {
            self.count_instances()
        } else {
            self.wait_until(self.looks.next)
        })
    }

    /// A list of instances came, or failed to.
    pub(super) fn counted(&mut self, census: Result<Census, Fault>) -> Option<Action> {
        let census = match census {
            Ok(census) => census,
            Err(fault) => return self.uncounted(&fault),
        };
        // A list that lacks what is known to exist is not complete, whatever it looks like.
        let hidden = self.standing_but_not_listed(&census);
        let complete = census.complete && hidden.is_empty();
        for name in &hidden {
            self.read_again(name);
        }
        let changes = self.compare(&census, complete);
        if complete {
            self.looks = Looks::default();
        } else {
            self.note_failed_list("the list of instances came incomplete");
        }
        if changes.is_empty() {
            return self.search_on(complete);
        }
        // What is found is written down first; the list is then asked for again by whoever still needs it.
        Some(self.record(changes))
    }

    fn uncounted(&mut self, fault: &Fault) -> Option<Action> {
        let denied = if fault.unauthorised { self.looks.denied + 1 } else { 0 };
        self.note_failed_list(&fault.message);
        self.looks.denied = denied;
        self.search_on(false)
    }

    fn note_failed_list(&mut self, message: &str) {
        self.looks.tries += 1;
        let pause = Duration::from_secs(1 << self.looks.tries.min(4));
        self.looks.next = self.now.elapsed + pause;
        if self.looks.tries >= TRIES && (self.looks.due || self.looks.stale) {
            self.warn(format!(
                "no complete list of instances could be had, so that it is not proved that nothing was left behind: {message}. \
                 `gpu-place settle` looks again"
            ));
            self.looks = Looks::default();
        }
    }

    /// Instances that are to stay and that a list lacks, but for those that the marketplace did not know when asked.
    fn standing_but_not_listed(&self, census: &Census) -> Vec<AttemptName> {
        let listed = |id: &InstanceId| census.instances.iter().any(|s| s.id == *id);
        let known = |name: &AttemptName| self.tracks.get(name).is_some_and(|t| t.last.is_some() && !t.missing);
        let standing = self.book.standing().filter(|a| known(&a.name));
        let hidden = standing.filter(|attempt| !attempt.instance().is_some_and(listed));
        hidden.map(|attempt| attempt.name.clone()).collect()
    }

    /// What a list changes.
    fn compare(&mut self, census: &Census, complete: bool) -> Vec<Change> {
        let mut by_name: BTreeMap<&str, Vec<&Sighting>> = BTreeMap::new();
        for sighting in census.instances.iter().filter(|s| s.life != Life::Gone) {
            if let Some(name) = &sighting.name {
                by_name.entry(name).or_default().push(sighting);
            }
        }
        let attempts = self.book.attempts.clone();
        let mut changes: Vec<Change> = attempts
            .iter()
            .filter_map(|attempt| Some((attempt, by_name.get(attempt.name.as_str())?)))
            .flat_map(|(attempt, seen)| self.identify(attempt, seen))
            .collect();
        if complete {
            changes.extend(self.missed(census));
        }
        changes
    }

    /// What instances of one attempt's exact name mean for it.
    fn identify(&mut self, attempt: &Attempt, seen: &[&Sighting]) -> Vec<Change> {
        let own = match &attempt.state {
            AttemptState::Created(id) => Some(id.clone()),
            AttemptState::Intended | AttemptState::Sent | AttemptState::Doubted => {
                let running = seen.iter().find(|s| s.life == Life::Running);
                running.or(seen.first()).map(|s| s.id.clone())
            }
            AttemptState::Closed(Ending::Abandoned) => {
                self.warnings
                    .push(format!("`{}` was given up by a person, and exists", attempt.name));
                return Vec::new();
            }
            AttemptState::Closed(_) => None,
        };
        let found = own.clone().filter(|_| attempt.is_open()).map(|id| Change::Created {
            name: attempt.name.clone(),
            id,
        });
        let remains = own.clone().filter(|_| attempt.is_open() && !self.takes(&attempt.name));
        let remains = remains.map(|id| self.remains(attempt, id)).unwrap_or_default();
        let surplus = seen
            .iter()
            .filter(|s| Some(&s.id) != own.as_ref() && !self.book.is_leaving(&s.id));
        let surplus = surplus.map(|s| self.surplus(&attempt.name, s));
        found
            .into_iter()
            .chain(surplus.collect::<Vec<_>>())
            .chain(remains)
            .collect()
    }

    /// What a failed deployment left behind goes, and its host is left alone.
    fn remains(&mut self, attempt: &Attempt, id: InstanceId) -> Vec<Change> {
        let note = format!("the deployment failed and left instance {id} behind");
        let failed = self.failed(attempt, &note);
        let remove = Change::Remove {
            name: attempt.name.clone(),
            id,
            why: Why::Surplus,
            note,
        };
        [Some(remove), failed].into_iter().flatten().collect()
    }

    fn surplus(&self, name: &AttemptName, sighting: &Sighting) -> Change {
        Change::Remove {
            name: name.clone(),
            id: sighting.id.clone(),
            why: Why::Surplus,
            note: format!(
                "instance {} bears the name of an attempt that has no use for it",
                sighting.id
            ),
        }
    }

    /// Instances that the marketplace did not know when asked, and that a complete list lacks as well.
    fn missed(&mut self, census: &Census) -> Vec<Change> {
        let attempts: Vec<Attempt> = self.book.standing().cloned().collect();
        let mut changes = Vec::new();
        for attempt in attempts {
            let Some(track) = self.tracks.get_mut(&attempt.name).filter(|track| track.missing) else {
                continue;
            };
            let listed = census
                .instances
                .iter()
                .any(|s| Some(&s.id) == attempt.instance() && s.life != Life::Gone);
            track.missing = false;
            if !listed {
                let note = "the instance ended by itself: the marketplace does not know it any more";
                changes.push(Change::Closed {
                    name: attempt.name.clone(),
                    ending: Ending::Vanished,
                    note: note.into(),
                });
                changes.extend(self.failed(&attempt, note));
            }
        }
        changes
    }
}
