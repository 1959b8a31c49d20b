//! Reading back what was created, until it runs.

use std::time::Duration;

use super::{Action, Buyer, Task};
use crate::id::AttemptName;
use crate::journal::Attempt;
use crate::market::{Fault, Life, Presence, Sighting};

/// Reads of a new instance that may fail before others are bought meanwhile.
const FIRST_READS: u32 = 3;

/// What is seen of one instance.
#[derive(Debug, Default)]
pub(super) struct Track {
    pub since: Duration,
    pub next: Duration,
    reads: u32,
    failures: u32,
    /// The marketplace did not know it when last asked; a list decides.
    pub missing: bool,
    pub last: Option<Sighting>,
    pub running_since: Option<Duration>,
    pub settled: bool,
}

impl Buyer {
    /// Reads each new instance at once: its price decides whether it stays.
    pub(super) fn read_back(&mut self) -> Option<Action> {
        let now = self.now.elapsed;
        let standing: Vec<AttemptName> = self.book.standing().map(|attempt| attempt.name.clone()).collect();
        for name in &standing {
            self.tracks.entry(name.clone()).or_insert_with(|| Track {
                since: now,
                next: now,
                ..Track::default()
            });
        }
        self.read_next(&standing, |track| track.reads == 0 && track.failures < FIRST_READS)
    }

    /// Reads what is not known to run yet.
    pub(super) fn watch(&mut self) -> Option<Action> {
        if !self.terms.buys() || self.interrupted {
            return None;
        }
        let standing: Vec<AttemptName> = self.book.standing().map(|attempt| attempt.name.clone()).collect();
        self.read_next(&standing, |track| !track.settled)
    }

    fn read_next(&mut self, standing: &[AttemptName], wanted: impl Fn(&Track) -> bool) -> Option<Action> {
        let tracks = standing.iter().filter_map(|name| Some((name, self.tracks.get(name)?)));
        let (name, track) = tracks
            .filter(|(_, track)| wanted(track))
            .min_by_key(|(_, track)| track.next)?;
        if track.next > self.now.elapsed {
            return Some(self.wait_until(track.next));
        }
        let id = self.book.attempt(name)?.instance()?.clone();
        self.task = Task::Reading(name.clone());
        Some(Action::LookAtInstance(id))
    }

    /// An instance was read, or could not be.
    pub(super) fn read(&mut self, name: &AttemptName, presence: Result<Presence, Fault>) -> Option<Action> {
        let attempt = self.book.attempt(name)?.clone();
        let now = self.now.elapsed;
        let track = self.tracks.get_mut(name)?;
        track.next = now + poll_pause(track.reads + track.failures);
        match presence {
            Ok(Presence::Here(sighting)) if sighting.life != Life::Gone => {
                track.reads += 1;
                track.last = Some(sighting.clone());
                self.priced(&attempt, sighting)
            }
            Ok(_) => {
                track.failures += 1;
                track.missing = true;
                self.looks.due = true;
                self.overdue(&attempt, "the marketplace does not know it, though a list shows it")
            }
            Err(fault) => {
                track.failures += 1;
                if let Some(pause) = fault.retry_after {
                    track.next = now + pause;
                }
                self.overdue(&attempt, &fault.message)
            }
        }
    }

    /// Reads an instance once more before anything else is bought.
    pub(super) fn read_again(&mut self, name: &AttemptName) {
        if let Some(track) = self.tracks.get_mut(name) {
            (track.reads, track.failures) = (0, 0);
        }
    }

    /// How long it may take until it is as it should be.
    pub(super) fn deadline(&self) -> Duration {
        self.terms.wait_ready.unwrap_or(self.terms.patience.run)
    }

    pub(super) fn is_overdue(&self, attempt: &Attempt) -> bool {
        let since = self
            .tracks
            .get(&attempt.name)
            .map_or(self.now.elapsed, |track| track.since);
        self.now.elapsed.saturating_sub(since) >= self.deadline()
    }

    /// Lets it be, with a warning where there is something to warn of.
    pub(super) fn settle(&mut self, name: &AttemptName, warning: Option<String>) {
        if let Some(track) = self.tracks.get_mut(name) {
            track.settled = true;
        }
        if let Some(warning) = warning {
            self.warn(format!("`{name}`: {warning}"));
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Time between two reads: short while news is likely.
fn poll_pause(reads: u32) -> Duration {
    Duration::from_millis(500)
        .saturating_mul(1 << reads.min(4))
        .min(Duration::from_secs(5))
}
