//! Buying one placement: a last look, the intent, the call, the answer.

use std::time::Duration;

use gpu_place_core::fleet::HostId;

use super::finish::Skipped;
use super::refusal::may_leave_remains;
use super::search::Doubt;
use super::{Action, Aim, Buyer, Order, StopKind, Task, last_look};
use crate::id::AttemptName;
use crate::journal::{Attempt, AttemptState, Change, Ending, JournalError, Over, Reservation};
use crate::market::{Answer, Fault, HostLook, Refusal};

/// How often a host is asked for before it is passed over.
const HOST_TRIES: u32 = 5;
/// How often a host may fail the last look before a run leaves it alone.
const SKIPS_PER_HOST: usize = 2;

impl Buyer {
    /// Goes on with the next placement.
    pub(super) fn buy(&mut self) -> Option<Action> {
        if self.stop.is_some() || !self.terms.buys() {
            return None;
        }
        let aim = self.aims.pop_front()?;
        if self.book.occupant(&aim.slot).is_some() || self.given_up.contains(&aim.slot) {
            return self.buy();
        }
        if self.cool_until > self.now.elapsed {
            self.aims.push_front(aim);
            return Some(self.wait_until(self.cool_until));
        }
        let host = aim.placed.placement.host_id.clone();
        self.task = Task::LookingAtHost(Box::new(aim));
        Some(Action::LookAtHost(host))
    }

    /// The host was looked at, or could not be.
    pub(super) fn looked(&mut self, mut aim: Aim, look: Result<HostLook, Fault>) -> Option<Action> {
        let fleet = match look {
            Ok(HostLook::Here(fleet)) => fleet,
            Ok(HostLook::Gone) => return self.skip(aim, "the host is not on the market any more".into()),
            Err(fault) if fault.unauthorised => {
                self.stop_for(StopKind::Unauthorised, fault.message);
                return None;
            }
            Err(fault) => {
                aim.tries += 1;
                if aim.tries >= HOST_TRIES {
                    return self.skip(aim, fault.message);
                }
                let pause = fault.retry_after.unwrap_or(Duration::from_secs(1 << aim.tries));
                self.cool_until = self.now.elapsed + pause;
                self.aims.push_front(aim);
                return None;
            }
        };
        let request = self.terms.request.as_ref()?;
        match last_look::judge(request, &aim, &fleet) {
            Ok(seen) => {
                let deal = aim.deal(seen.cost, seen.public_ip);
                let name = AttemptName::draw(&aim.slot, &mut self.names);
                Some(self.intend(Attempt {
                    name,
                    slot: aim.slot,
                    run: self.book.run,
                    deal,
                    state: AttemptState::Intended,
                    lost: false,
                    rate: None,
                    note: String::new(),
                    at: self.now.wall,
                    boot: self.terms.boot.clone(),
                }))
            }
            Err(reason) => self.skip(aim, reason),
        }
    }

    /// Passes over a placement; what is missing is then planned again.
    fn skip(&mut self, aim: Aim, reason: String) -> Option<Action> {
        let host: HostId = aim.placed.placement.host_id.clone();
        self.skipped.push(Skipped {
            slot: aim.slot,
            host: host.clone(),
            reason,
        });
        let times = self.skipped.iter().filter(|skipped| skipped.host == host).count();
        if times >= SKIPS_PER_HOST {
            self.excluded.insert(host);
        }
        self.aims.clear();
        None
    }

    fn intend(&mut self, attempt: Attempt) -> Action {
        #[cfg(feature = "broken-journal-after-create")]
        return self.broken_create_before_intent(attempt);
        #[cfg_attr(feature = "broken-journal-after-create", expect(unreachable_code))]
        self.intend_first(attempt)
    }

    fn intend_first(&mut self, attempt: Attempt) -> Action {
        self.task = Task::Intending(Box::new(attempt.clone()));
        Action::Intend {
            attempt: Box::new(attempt),
            purse: self.terms.purse,
        }
    }

    /// The intent is written down, or the purse has no room for it, or the journal failed.
    pub(super) fn intended(&mut self, attempt: Attempt, result: Result<Reservation, JournalError>) -> Option<Action> {
        match result {
            Ok(Reservation::Held) => {
                let name = attempt.name.clone();
                self.book.intend(attempt);
                self.task = Task::Sending(name.clone());
                Some(Action::Sending(name))
            }
            Ok(Reservation::Over(over)) => {
                self.stop_for(StopKind::Purse, over_message(&attempt, over));
                None
            }
            Err(error) => {
                self.stop_for(StopKind::Journal, error.to_string());
                None
            }
        }
    }

    /// It is noted that the create is on its way; unless it is, nothing is sent.
    pub(super) fn noted(&mut self, name: AttemptName, result: Result<(), JournalError>) -> Option<Action> {
        if let Err(error) = result {
            self.stop_for(StopKind::Journal, error.to_string());
            return Some(self.record(vec![Change::Closed {
                name,
                ending: Ending::NotSent,
                note: "the journal failed before this create was sent".into(),
            }]));
        }
        self.book.sending(&name);
        let attempt = self.book.attempt(&name)?;
        let order = Order {
            name: name.clone(),
            slot: attempt.slot.clone(),
            deal: attempt.deal.clone(),
        };
        self.looks.stale = true;
        self.task = Task::Creating(name);
        Some(Action::Create(Box::new(order)))
    }

    /// The marketplace says that the create failed: it is believed once lists agree.
    fn doubt(&mut self, attempt: &Attempt, refusal: Refusal, take: bool) -> Action {
        let (name, note) = (attempt.name.clone(), refusal.message.clone());
        self.search_for(attempt, Some(Doubt { refusal, take }), self.terms.settle_for);
        self.record(vec![Change::Doubted { name, note }])
    }

    /// The create was answered, or was not.
    pub(super) fn answered(&mut self, name: &AttemptName, answer: Answer) -> Option<Action> {
        let attempt = self.book.attempt(name)?.clone();
        match answer {
            Answer::Created(id) => Some(self.record(vec![Change::Created { name: name.clone(), id }])),
            Answer::Refused(refusal) if may_leave_remains(refusal.kind) => Some(self.doubt(&attempt, refusal, false)),
            Answer::Refused(refusal) => {
                let changes = self.refuse(name, &refusal);
                Some(self.record(changes))
            }
            Answer::Doubtful(refusal) => Some(self.doubt(&attempt, refusal, true)),
            Answer::NotSent(note) => {
                self.cool_down(None, &note);
                let name = name.clone();
                Some(self.record(vec![Change::Closed {
                    name,
                    ending: Ending::NotSent,
                    note,
                }]))
            }
            #[cfg(feature = "broken-retry-on-lost")]
            Answer::Lost(note) => Some(self.broken_forget(name, note)),
            #[cfg(not(feature = "broken-retry-on-lost"))]
            Answer::Lost(note) => {
                self.search_for(&attempt, None, self.terms.settle_for);
                Some(self.record(vec![Change::Lost {
                    name: name.clone(),
                    note,
                }]))
            }
        }
    }
}

/// The sentence for a limit that would be passed.
fn over_message(attempt: &Attempt, over: Over) -> String {
    let (what, flag) = if over.ceiling {
        ("all that runs or may run", "--ceiling")
    } else {
        ("this request", "--budget")
    };
    format!(
        "with {} for {}, {what} would cost {} USD/h, above the limit of {} USD/h. Raise {flag}, or destroy what is not needed",
        attempt.deal.cost, attempt.slot, over.total, over.limit
    )
}
