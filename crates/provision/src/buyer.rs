//! The buyer: a state machine without I/O. Events in, one action out; whoever drives it can be a shell, a test, or a seed.
//!
//! What it knows of its request is a [`Book`], the same that the journal holds; every change of it is written down before the next
//! thing is tried. What it does next is read off `Buyer::decide`, from the top:
//!
//! 1. an attempt without an answer is looked for, before anything else;
//! 2. what a failed deployment may have left behind is looked for;
//! 3. what has to go is deleted until the marketplace says that it is gone;
//! 4. what was just created is read back: its price decides whether it stays;
//! 5. a whole that cannot be completed is undone;
//! 6. the next placement gets a last look, is intended, and created;
//! 7. what is missing is planned again, within the agreed prices;
//! 8. what exists is watched until it runs;
//! 9. a last list shows that nothing is there twice.
//!
//! It does not know providers, HTTP, files or the time of day.

mod aim;
#[cfg(any(feature = "broken-journal-after-create", feature = "broken-retry-on-lost"))]
mod broken;
mod census;
mod chase;
mod finish;
mod grant;
mod last_look;
mod message;
mod purchase;
mod refusal;
mod replan;
mod search;
mod stop;
mod terms;
#[cfg(all(
    test,
    not(feature = "broken-journal-after-create"),
    not(feature = "broken-retry-on-lost")
))]
mod tests;
mod watch;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use gpu_place_core::fleet::HostId;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::id::{AttemptName, InstanceId, Slot};
use crate::journal::{Attempt, AttemptState, Book, Change, Ending, JournalError};
use crate::market::Sighting;

pub use aim::Aim;
pub use message::{Action, Again, Event, Now, Order, Placed};
pub use stop::{Stop, StopKind};
pub use terms::{Patience, Terms};

use chase::Chase;
use finish::Skipped;
use search::Search;
use watch::Track;

/// Buys one request.
#[derive(Debug)]
pub struct Buyer {
    terms: Terms,
    book: Book,
    now: Now,
    names: StdRng,
    /// What is under way.
    task: Task,
    /// Placements to buy, in order.
    aims: VecDeque<Aim>,
    searches: BTreeMap<AttemptName, Search>,
    chases: BTreeMap<InstanceId, Chase>,
    tracks: BTreeMap<AttemptName, Track>,
    looks: census::Looks,
    plans: replan::Plans,
    /// Failures of each VM in this run.
    failures: BTreeMap<Slot, u32>,
    /// VMs that are not tried any more.
    given_up: BTreeSet<Slot>,
    /// Hosts that are left alone for the rest of the run.
    excluded: BTreeSet<HostId>,
    /// Hosts whose deployments failed without a reason.
    unexplained: BTreeSet<HostId>,
    skipped: Vec<Skipped>,
    /// Not before this is another create sent.
    cool_until: Duration,
    rate_limited: u32,
    stop: Option<Stop>,
    /// A person wants to stop.
    interrupted: bool,
    warnings: Vec<String>,
}

/// What is under way, with all that its event will need.
#[derive(Debug)]
enum Task {
    Begin,
    Decide,
    Recording {
        changes: Vec<Change>,
        tries: u32,
    },
    RecordAgain {
        changes: Vec<Change>,
        tries: u32,
    },
    LookingAtHost(Box<Aim>),
    Intending(Box<Attempt>),
    Sending(AttemptName),
    Creating(AttemptName),
    Counting,
    Reading(AttemptName),
    Granting(AttemptName, Box<Sighting>),
    Knocking(AttemptName),
    Deleting(InstanceId),
    Confirming(InstanceId),
    Planning(replan::Caps),
    Asking(Vec<Aim>),
    #[cfg(feature = "broken-journal-after-create")]
    CreatingFirst(Box<Attempt>),
    #[cfg(feature = "broken-journal-after-create")]
    IntendingLate(Box<Attempt>, crate::market::Answer),
    Done,
}

impl Buyer {
    /// How often a change is written down before that is given up.
    const RECORD_TRIES: u32 = 4;

    /// A run of a request. `aims` is what was planned and agreed to; a run that takes up an unfinished request has none and plans for
    /// itself what is missing. `seed` makes names: it has to be random.
    pub fn new(terms: Terms, book: Book, aims: Vec<Aim>, seed: [u8; 32]) -> Buyer {
        Buyer {
            excluded: terms.set_aside.iter().cloned().collect(),
            plans: replan::Plans::new(!terms.ask_first),
            terms,
            now: Now {
                elapsed: Duration::ZERO,
                wall: Default::default(),
            },
            names: StdRng::from_seed(seed),
            task: Task::Begin,
            aims: aims.into(),
            searches: BTreeMap::new(),
            chases: BTreeMap::new(),
            tracks: BTreeMap::new(),
            looks: census::Looks::default(),
            failures: BTreeMap::new(),
            given_up: BTreeSet::new(),
            unexplained: BTreeSet::new(),
            skipped: Vec::new(),
            cool_until: Duration::ZERO,
            rate_limited: 0,
            stop: None,
            interrupted: false,
            warnings: Vec::new(),
            book,
        }
    }

    /// What is known of the request.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Takes in what came of the last action, and says what to do next.
    pub fn step(&mut self, event: Event, now: Now) -> Action {
        self.now = now;
        match self.absorb(event) {
            Some(action) => action,
            None => self.decide(),
        }
    }

    /// The next thing to do, the most urgent first.
    fn decide(&mut self) -> Action {
        let next = self
            .search()
            .or_else(|| self.look_for_leftovers())
            .or_else(|| self.chase())
            .or_else(|| self.read_back())
            .or_else(|| self.undo())
            .or_else(|| self.buy())
            .or_else(|| self.replan())
            .or_else(|| self.watch())
            .or_else(|| self.last_list());
        next.unwrap_or_else(|| {
            self.task = Task::Done;
            Action::Finish(Box::new(self.outcome()))
        })
    }

    /// What an event means, given what was under way. An action that it calls for comes before every other.
    fn absorb(&mut self, event: Event) -> Option<Action> {
        match (std::mem::replace(&mut self.task, Task::Decide), event) {
            (Task::Begin, _) => self.begin(),
            (Task::Recording { changes, tries }, Event::Recorded(result)) => self.recorded(changes, tries, result),
            (Task::RecordAgain { changes, tries }, _) => Some(self.record_try(changes, tries)),
            (Task::LookingAtHost(aim), Event::Host(look)) => self.looked(*aim, look),
            (Task::Intending(attempt), Event::Reserved(result)) => self.intended(*attempt, result),
            (Task::Sending(name), Event::Recorded(result)) => self.noted(name, result),
            (Task::Creating(name), Event::Answer(answer)) => self.answered(&name, answer),
            (Task::Counting, Event::Instances(census)) => self.counted(census),
            (Task::Reading(name), Event::Instance(presence)) => self.read(&name, presence),
            (Task::Granting(name, sighting), Event::Reserved(result)) => self.granted(&name, *sighting, result),
            (Task::Knocking(name), Event::Knocked(answers)) => self.knocked(&name, answers),
            (Task::Deleting(id), Event::Deleted(result)) => self.deleted(&id, result),
            (Task::Confirming(id), Event::Instance(presence)) => self.confirmed(&id, presence),
            (Task::Planning(caps), Event::Planned(planned)) => self.planned(caps, planned),
            (Task::Asking(aims), Event::Answered(yes)) => self.agreed(aims, yes),
            #[cfg(feature = "broken-journal-after-create")]
            (Task::CreatingFirst(attempt), Event::Answer(answer)) => Some(self.broken_intend_late(*attempt, answer)),
            #[cfg(feature = "broken-journal-after-create")]
            (Task::IntendingLate(attempt, answer), Event::Reserved(_)) => self.broken_intended_late(*attempt, answer),
            (Task::Done, _) => {
                self.task = Task::Done;
                Some(Action::Finish(Box::new(self.outcome())))
            }
            // After a wait, and should a shell ever answer out of turn: look again at what is to be done.
            (_, _) => None,
        }
    }

    /// Takes stock of what earlier runs left open.
    fn begin(&mut self) -> Option<Action> {
        let mut changes = Vec::new();
        for attempt in self.book.open() {
            let name = attempt.name.clone();
            let same_boot = attempt.boot.is_some() && attempt.boot == self.terms.boot;
            if attempt.state == AttemptState::Intended && same_boot {
                changes.push(Change::Closed {
                    name,
                    ending: Ending::NotSent,
                    note: "the program ended before this create was sent".into(),
                });
            } else if !attempt.lost && attempt.state != AttemptState::Doubted {
                changes.push(Change::Lost {
                    name,
                    note: "the program ended before this create was answered".into(),
                });
            }
        }
        self.looks.due = !self.book.attempts.is_empty();
        self.looks.stale = self.looks.due;
        if changes.is_empty() {
            None
        } else {
            Some(self.record(changes))
        }
    }

    fn record(&mut self, changes: Vec<Change>) -> Action {
        self.record_try(changes, 0)
    }

    fn record_try(&mut self, changes: Vec<Change>, tries: u32) -> Action {
        self.task = Task::Recording {
            changes: changes.clone(),
            tries,
        };
        Action::Record(changes)
    }

    /// What is known is known, even where it could not be written down.
    fn recorded(&mut self, changes: Vec<Change>, tries: u32, result: Result<(), JournalError>) -> Option<Action> {
        match result {
            Err(_) if tries + 1 < Self::RECORD_TRIES && self.stop_kind() != Some(StopKind::Journal) => {
                self.task = Task::RecordAgain {
                    changes,
                    tries: tries + 1,
                };
                return Some(Action::Wait(Duration::from_secs(1)));
            }
            Err(error) => self.stop_for(StopKind::Journal, error.to_string()),
            Ok(()) => {}
        }
        for change in &changes {
            self.book.apply(change);
        }
        None
    }

    fn wait_until(&self, time: Duration) -> Action {
        Action::Wait(time.saturating_sub(self.now.elapsed).max(Duration::from_millis(1)))
    }

    fn set_aside(&mut self, host: &HostId, reason: &str) -> Change {
        self.excluded.insert(host.clone());
        Change::SetAside(crate::journal::SetAside {
            host: host.clone(),
            at: self.now.wall,
            reason: reason.to_owned(),
        })
    }
}
