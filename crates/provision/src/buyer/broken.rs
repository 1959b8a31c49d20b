//! Two buyers with a deliberate mistake each, so that a test can prove that it would notice. Behind features that nothing enables.

use super::Buyer;
#[cfg(feature = "broken-journal-after-create")]
use super::{Action, Order, Task};
#[cfg(feature = "broken-journal-after-create")]
use crate::journal::Attempt;
#[cfg(feature = "broken-journal-after-create")]
use crate::market::Answer;

/// Creates first and writes it down afterwards: what dies in between is forgotten.
#[cfg(feature = "broken-journal-after-create")]
impl Buyer {
    pub(super) fn broken_create_before_intent(&mut self, attempt: Attempt) -> Action {
        let order = Order {
            name: attempt.name.clone(),
            slot: attempt.slot.clone(),
            deal: attempt.deal.clone(),
        };
        self.looks.stale = true;
        self.task = Task::CreatingFirst(Box::new(attempt));
        Action::Create(Box::new(order))
    }

    pub(super) fn broken_intend_late(&mut self, attempt: Attempt, answer: Answer) -> Action {
        self.task = Task::IntendingLate(Box::new(attempt.clone()), answer);
        Action::Intend {
            attempt: Box::new(attempt),
            purse: self.terms.purse,
        }
    }

    pub(super) fn broken_intended_late(&mut self, attempt: Attempt, answer: Answer) -> Option<Action> {
        let name = attempt.name.clone();
        self.book.intend(attempt);
        self.answered(&name, answer)
    }
}

/// Takes no answer for a no: what was created nevertheless is there twice.
#[cfg(feature = "broken-retry-on-lost")]
impl Buyer {
    pub(super) fn broken_forget(&mut self, name: &crate::id::AttemptName, note: String) -> super::Action {
        self.record(vec![crate::journal::Change::Closed {
            name: name.clone(),
            ending: crate::journal::Ending::NotSent,
            note,
        }])
    }
}
