//! What the journal says of one request, held in memory: the entries folded into what is so now.
//!
//! The buyer and every store agree through [`Book::apply`] on what a change means.

use gpu_place_core::money::Money;

use super::record::{Attempt, AttemptState, Change, Ending, Removal, RequestId, Why};
use crate::id::{AttemptName, InstanceId, Slot};

/// One request as its journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// Which request.
    pub request: RequestId,
    /// Which run of it this is, from 1.
    pub run: u32,
    /// What each VM may cost per hour.
    pub agreed: Vec<(Slot, Money)>,
    /// All attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// All deletions, oldest first.
    pub removals: Vec<Removal>,
    /// Whether nothing is open any more.
    pub ended: bool,
}

impl Book {
    /// The attempt of this name.
    pub fn attempt(&self, name: &AttemptName) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.name == *name)
    }

    /// Whether the instance is being deleted.
    pub fn is_leaving(&self, id: &InstanceId) -> bool {
        self.removals.iter().any(|removal| removal.id == *id && !removal.done)
    }

    /// The attempt whose instance stands, or may stand, for a VM.
    pub fn occupant(&self, slot: &Slot) -> Option<&Attempt> {
        self.attempts
            .iter()
            .find(|a| a.slot == *slot && (a.is_open() || self.stands(a)))
    }

    /// Whether an attempt's instance exists and is to stay.
    pub fn stands(&self, attempt: &Attempt) -> bool {
        attempt.instance().is_some_and(|id| !self.is_leaving(id))
    }

    /// Attempts whose instances exist and are to stay.
    pub fn standing(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|a| self.stands(a))
    }

    /// Attempts of which nobody knows whether they exist.
    pub fn open(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|a| a.is_open())
    }

    /// What a VM may cost per hour; `None` if it is not to be bought.
    pub fn agreed(&self, slot: &Slot) -> Option<Money> {
        self.agreed
            .iter()
            .find(|(known, _)| known == slot)
            .map(|(_, price)| *price)
    }

    /// What all of it counts for per hour: what exists, what may exist, and what is not yet gone.
    pub fn price(&self) -> Money {
        let attempts: Money = self.attempts.iter().map(Attempt::price).sum();
        let surplus = self.removals.iter().filter(|r| !r.done).filter_map(|removal| {
            let attempt = self.attempt(&removal.attempt)?;
            (attempt.instance() != Some(&removal.id)).then(|| attempt.rate.unwrap_or(attempt.deal.cost))
        });
        attempts + surplus.sum()
    }

    /// Takes a new attempt.
    pub fn intend(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
    }

    /// Notes that an attempt's create is on its way.
    pub fn sending(&mut self, name: &AttemptName) {
        self.change(name, |attempt| attempt.state = AttemptState::Sent);
    }

    /// Notes what an attempt's instance costs.
    pub fn granted(&mut self, name: &AttemptName, rate: Money) {
        self.change(name, |attempt| attempt.rate = Some(rate));
    }

    /// Takes in what has become known.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Lost { name, note } => self.change(name, |attempt| {
                attempt.state = AttemptState::Sent;
                attempt.lost = true;
                attempt.note.clone_from(note);
            }),
            Change::Created { name, id } => {
                self.change(name, |attempt| attempt.state = AttemptState::Created(id.clone()))
            }
            Change::Closed { name, ending, note } => self.change(name, |attempt| {
                attempt.state = AttemptState::Closed(*ending);
                attempt.note.clone_from(note);
            }),
            Change::Remove { name, id, why, note } => self.remove(name, id, *why, note),
            Change::Removed { name, id } => self.removed(name, id),
            Change::Agreed(prices) => self.agree(prices),
            Change::SetAside(_) => {}
            Change::Ended => self.ended = true,
        }
    }

    fn change(&mut self, name: &AttemptName, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.name == *name) {
            change(attempt);
        }
    }

    fn remove(&mut self, name: &AttemptName, id: &InstanceId, why: Why, note: &str) {
        self.removals.retain(|removal| removal.id != *id);
        self.removals.push(Removal {
            id: id.clone(),
            attempt: name.clone(),
            why,
            note: note.to_owned(),
            done: false,
        });
    }

    fn removed(&mut self, name: &AttemptName, id: &InstanceId) {
        for removal in self.removals.iter_mut().filter(|removal| removal.id == *id) {
            removal.done = true;
        }
        self.change(name, |attempt| {
            if attempt.instance() == Some(id) {
                attempt.state = AttemptState::Closed(Ending::Removed);
            }
        });
    }

    fn agree(&mut self, prices: &[(Slot, Money)]) {
        for (slot, price) in prices {
            self.agreed.retain(|(known, _)| known != slot);
            self.agreed.push((slot.clone(), *price));
        }
        self.agreed.sort();
    }
}
