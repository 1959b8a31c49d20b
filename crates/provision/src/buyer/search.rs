//! Looking for the instance of an attempt that was left without an answer.
//!
//! There is no idempotency key: the only proof is a list. Presence in any list proves that it exists; only complete lists, more than
//! one, speak for its absence, and of a lost create not even those.

use std::time::Duration;

use super::{Action, Buyer, StopKind, Task};
use crate::id::AttemptName;
use crate::journal::{Attempt, AttemptState, Change};
use crate::market::{Refusal, RefusalKind};

/// Complete lists that have to lack a name, however long it was looked for.
const LEAST_LISTS: u32 = 2;
/// Complete lists that have to lack a name before the marketplace's own word that it failed is believed. One would do if every
/// list that looks complete were so.
const DOUBTFUL_LISTS: u32 = 3;
/// Lists that are denied to the token before no more are asked for.
const DENIALS: u32 = 5;
/// Longest time between two lists.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The marketplace says that a create failed. What if there is an instance nevertheless?
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    /// What it says.
    pub refusal: Refusal,
    /// Whether an instance would be taken, rather than deleted as the remains of a failure.
    pub take: bool,
}

/// The search for one attempt's instance.
#[derive(Debug)]
pub(super) struct Search {
    /// What the marketplace said, where it said that it failed.
    doubt: Option<Doubt>,
    since: Duration,
    window: Duration,
    looks: u32,
    lists: u32,
    next: Duration,
    /// The window has passed, and nothing was found: it stays open.
    given_up: bool,
}

impl Buyer {
    pub(super) fn search_for(&mut self, attempt: &Attempt, doubt: Option<Doubt>, window: Duration) {
        let now = self.now.elapsed;
        self.searches.insert(
            attempt.name.clone(),
            Search {
                doubt,
                since: now,
                window,
                looks: 0,
                lists: 0,
                next: now,
                given_up: false,
            },
        );
    }

    /// Looks for every attempt that may exist.
    pub(super) fn search(&mut self) -> Option<Action> {
        self.begin_missing_searches();
        let next = self
            .book
            .open()
            .filter_map(|attempt| self.searches.get(&attempt.name))
            .filter(|search| !search.given_up)
            .map(|search| search.next)
            .min()?;
        Some(if next <= self.now.elapsed {
            self.count_instances()
        } else {
            self.wait_until(next)
        })
    }

    /// Attempts of earlier runs: what is left of their window, by the time of day.
    fn begin_missing_searches(&mut self) {
        let unsought: Vec<Attempt> = self
            .book
            .open()
            .filter(|attempt| !self.searches.contains_key(&attempt.name))
            .cloned()
            .collect();
        for attempt in unsought {
            let age = self.now.wall.duration_since(attempt.at);
            let age = Duration::try_from(age).unwrap_or(Duration::ZERO);
            let doubt = (attempt.state == AttemptState::Doubted).then(|| Doubt {
                refusal: Refusal {
                    kind: RefusalKind::Other,
                    message: attempt.note.clone(),
                    retry_after: None,
                },
                take: true,
            });
            self.search_for(&attempt, doubt, self.terms.settle_for.saturating_sub(age));
        }
    }

    /// Time between two lists: short at first, and never so long that the window passes with one.
    fn pause(&self, looks: u32) -> Duration {
        let growing = Duration::from_secs(1).saturating_mul(1 << looks.min(10));
        let most = LONGEST_PAUSE.min(self.terms.settle_for / 4);
        growing.min(most).max(Duration::from_millis(200))
    }

    /// Whether an instance that an attempt turns out to have is kept.
    pub(super) fn takes(&self, name: &AttemptName) -> bool {
        let doubt = self.searches.get(name).and_then(|search| search.doubt.as_ref());
        doubt.is_none_or(|doubt| doubt.take)
    }

    /// A list came, or failed to: what does it say of each attempt that is looked for and that it did not show?
    pub(super) fn search_on(&mut self, complete: bool) -> Option<Action> {
        let now = self.now.elapsed;
        let sought: Vec<AttemptName> = self.book.open().map(|attempt| attempt.name.clone()).collect();
        let (mut refused, mut lost) = (Vec::new(), Vec::new());
        let denied = self.looks.denied >= DENIALS;
        for name in sought {
            let pause = self.pause(self.searches.get(&name).map_or(0, |search| search.looks));
            let patience = self.terms.patience.lists;
            let Some(search) = self.searches.get_mut(&name).filter(|search| !search.given_up) else {
                continue;
            };
            search.looks += 1;
            search.lists += u32::from(complete);
            search.next = now + pause;
            let looked_for = now.saturating_sub(search.since);
            let believed = search.lists >= DOUBTFUL_LISTS;
            let sought_long = looked_for >= search.window && search.lists >= LEAST_LISTS;
            let hopeless = looked_for >= search.window.saturating_add(patience) || denied;
            if let Some(doubt) = search.doubt.clone().filter(|_| believed) {
                refused.push((name, doubt.refusal));
            } else if (sought_long && search.doubt.is_none()) || hopeless {
                search.given_up = true;
                lost.push(name);
            }
        }
        self.leave_open(&lost);
        let changes: Vec<Change> = refused
            .into_iter()
            .flat_map(|(name, refusal)| self.refuse(&name, &refusal))
            .collect();
        (!changes.is_empty()).then(|| self.record(changes))
    }

    fn leave_open(&mut self, lost: &[AttemptName]) {
        for name in lost {
            let message = format!(
                "it is not known whether `{name}` was created: no complete list shows it so far. It stays open and counts. Look for that \
                 name with your provider; the next run of the same command looks again, and `gpu-place settle --abandon {name}` \
                 closes it once you are sure"
            );
            self.warn(message.clone());
            if self.terms.all_or_nothing() {
                self.stop_for(StopKind::Unknown, message);
            }
        }
    }

    pub(super) fn count_instances(&mut self) -> Action {
        self.task = Task::Counting;
        Action::LookForInstances
    }
}
