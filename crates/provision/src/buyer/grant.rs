//! What was granted, held against what was agreed.

use std::time::Duration;

use gpu_place_core::money::Money;

use super::{Action, Buyer, StopKind, Task};
use crate::id::AttemptName;
use crate::journal::{Attempt, Change, Deal, JournalError, Reservation, Why};
use crate::market::{Life, Sighting};

/// How far above the agreed price an instance may be: 10⁻⁶ USD/h.
const SLACK: Money = Money::from_nanos(1_000);
/// How long a running instance may leave its price unsaid.
const RATE_PATIENCE: Duration = Duration::from_secs(10);
/// What is said of one whose price stays unsaid.
const UNPRICED: &str = "the marketplace does not report what it costs";
/// Where ssh answers inside an instance.
const SSH: u16 = 22;

impl Buyer {
    /// The price first: a dearer one goes at once.
    pub(super) fn priced(&mut self, attempt: &Attempt, sighting: Sighting) -> Option<Action> {
        let Some(rate) = sighting.rate.filter(|rate| attempt.rate != Some(*rate)) else {
            return self.assess(attempt, &sighting);
        };
        // What was bought and read back earlier is not taken away by settling.
        let binding = self.terms.buys() || attempt.rate.is_none();
        if binding && rate > attempt.deal.agreed + SLACK {
            let note = format!("it costs {rate} USD/h, and {} USD/h were agreed", attempt.deal.agreed);
            return Some(self.remove(attempt, Why::Dearer, note));
        }
        self.task = Task::Granting(attempt.name.clone(), Box::new(sighting));
        Some(Action::Granted {
            name: attempt.name.clone(),
            rate,
            purse: self.terms.purse,
        })
    }

    /// The price was written down: is there room for it where it rose above the one that was promised?
    pub(super) fn granted(
        &mut self,
        name: &AttemptName,
        sighting: Sighting,
        result: Result<Reservation, JournalError>,
    ) -> Option<Action> {
        let rate = sighting.rate?;
        let attempt = self.book.attempt(name)?.clone();
        self.book.granted(name, rate);
        match result {
            Ok(Reservation::Over(over)) if rate > attempt.deal.cost && self.terms.buys() => {
                let what = if over.ceiling { "ceiling" } else { "budget" };
                let note = format!(
                    "with its price of {rate} USD/h, the {what} of {} USD/h is passed",
                    over.limit
                );
                return Some(self.remove(&attempt, Why::OverPurse, note));
            }
            Ok(_) => {}
            Err(error) => {
                self.stop_for(StopKind::Journal, error.to_string());
                if rate > attempt.deal.cost {
                    self.warn(format!(
                        "`{name}` costs {rate} USD/h, more than the {} USD/h that were promised for it. Whether budget and ceiling have \
                         room for that is looked at by the next run of the same command",
                        attempt.deal.cost
                    ));
                }
            }
        }
        self.assess(&attempt, &sighting)
    }

    /// Then the rest: does it run, and can it be reached?
    fn assess(&mut self, attempt: &Attempt, sighting: &Sighting) -> Option<Action> {
        if !self.terms.buys() {
            return None;
        }
        match sighting.life {
            Life::Stopped => {
                let note = format!("it stopped by itself (`{}`)", sighting.word);
                Some(self.remove(attempt, Why::Stopped, note))
            }
            Life::Running => self.assess_running(attempt, sighting),
            Life::Starting | Life::Deleting | Life::Gone | Life::Unknown => {
                self.overdue(attempt, &format!("it does not run yet (`{}`)", sighting.word))
            }
        }
    }

    fn assess_running(&mut self, attempt: &Attempt, sighting: &Sighting) -> Option<Action> {
        let now = self.now.elapsed;
        let patience = self.terms.patience.ports.min(self.deadline());
        let track = self.tracks.get_mut(&attempt.name)?;
        let running = now.saturating_sub(*track.running_since.get_or_insert(now));
        let reach = reach(&attempt.deal, sighting);
        match reach {
            Reach::Ignored if running >= patience => {
                let note = "its ports were not forwarded".to_owned();
                return Some(self.remove(attempt, Why::PortsIgnored, note));
            }
            Reach::Ignored | Reach::NotShown if running < patience => {
                return self.overdue(attempt, "it runs, and does not show how to reach it yet");
            }
            _ => {}
        }
        if let Some((address, port)) = self.ssh_port(attempt, sighting) {
            self.task = Task::Knocking(attempt.name.clone());
            return Some(Action::Knock { address, port });
        }
        if reach == Reach::NotShown {
            let warning = "the marketplace does not show how to reach it".to_owned();
            self.settle(&attempt.name, Some(warning));
            return None;
        }
        self.settle_priced(attempt)
    }

    /// It is as it should be, but for its price, perhaps: a while is given for that to be shown.
    fn settle_priced(&mut self, attempt: &Attempt) -> Option<Action> {
        let track = self.tracks.get(&attempt.name)?;
        let last = track.last.as_ref();
        let unpriced = attempt.rate.or(last.and_then(|sighting| sighting.rate)).is_none();
        let running = self.now.elapsed.saturating_sub(track.running_since?);
        if !unpriced || running >= RATE_PATIENCE.min(self.deadline()) {
            self.settle(&attempt.name, unpriced.then(|| UNPRICED.to_owned()));
        }
        None
    }

    /// Where to knock, if it is waited for an answer.
    fn ssh_port(&self, attempt: &Attempt, sighting: &Sighting) -> Option<(String, u16)> {
        self.terms.wait_ready.filter(|_| self.terms.ssh)?;
        let address = sighting.address.clone()?;
        let forwards = sighting.ports.as_deref().unwrap_or_default();
        let forward = forwards.iter().find(|p| p.internal_port.number() == SSH);
        let port = forward.map(|p| p.external_port.number());
        Some((address, port.or(attempt.deal.public_ip.then_some(SSH))?))
    }

    /// Something answered at its ssh port, or nothing did.
    pub(super) fn knocked(&mut self, name: &AttemptName, answers: bool) -> Option<Action> {
        let attempt = self.book.attempt(name)?.clone();
        if answers {
            return self.settle_priced(&attempt);
        }
        self.overdue(&attempt, "it runs, and its ssh port does not answer")
    }

    /// It is not as it should be. Once its time is over it goes, if it was to be waited for, and stays with a warning otherwise.
    pub(super) fn overdue(&mut self, attempt: &Attempt, state: &str) -> Option<Action> {
        if !self.terms.buys() || !self.is_overdue(attempt) {
            return None;
        }
        let seconds = self.deadline().as_secs();
        let note = format!("after {seconds} s: {state}");
        if self.terms.wait_ready.is_some() {
            return Some(self.remove(attempt, Why::NotReady, note));
        }
        self.settle(&attempt.name, Some(note));
        None
    }

    /// Deletes what is not as agreed. The VM is then missing, and planned again.
    fn remove(&mut self, attempt: &Attempt, why: Why, note: String) -> Action {
        let Some(id) = attempt.instance().cloned() else {
            return Action::Wait(Duration::ZERO);
        };
        self.warn(format!(
            "`{}` on host {}: {note}; it is deleted",
            attempt.name, attempt.deal.host
        ));
        let mut changes = vec![Change::Remove {
            name: attempt.name.clone(),
            id,
            why,
            note: note.clone(),
        }];
        changes.extend(self.failed(attempt, &note));
        self.record(changes)
    }
}

/// Whether an instance can be reached as was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It can.
    Granted,
    /// It shows which ports were granted, and some that were asked for are not among them.
    Ignored,
    /// It does not show its ports or its address.
    NotShown,
}

fn reach(deal: &Deal, sighting: &Sighting) -> Reach {
    let granted = |inside| {
        let forwards = sighting.ports.as_deref().unwrap_or_default();
        forwards.iter().any(|p| p.internal_port == inside)
    };
    let wanted = !deal.ports.is_empty();
    if wanted && sighting.ports.is_some() && !deal.ports.iter().all(|p| granted(p.internal_port)) {
        return Reach::Ignored;
    }
    if (wanted && sighting.ports.is_none()) || sighting.address.is_none() {
        return Reach::NotShown;
    }
    Reach::Granted
}
