//! Why a run buys no more.

use super::Buyer;
use crate::journal::{Change, Why};

/// Kinds of reasons to buy no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopKind {
    /// A VM was tried as often as it may be.
    Exhausted,
    /// No host is left for what is missing, at the agreed price.
    NothingLeft,
    /// A budget or the ceiling would be passed.
    Purse,
    /// The account lacks money.
    NoMoney,
    /// The token is refused.
    Unauthorised,
    /// The marketplace says that the request is wrong.
    Wrong,
    /// The marketplace cannot be read.
    Market,
    /// The journal cannot be written.
    Journal,
    /// It is not known whether something was created.
    Unknown,
    /// A deletion is not confirmed.
    Stuck,
    /// The person did not agree.
    Declined,
    /// The person wants to stop.
    Interrupted,
}

/// Why a run buys no more, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Which kind of reason.
    pub kind: StopKind,
    /// The reason, and what to do about it.
    pub message: String,
}

impl Buyer {
    /// Buys no more, since a person wants to stop; whether that is news. What is under way is still settled or undone.
    pub fn interrupt(&mut self) -> bool {
        let news = self.terms.buys() && !std::mem::replace(&mut self.interrupted, true);
        if news {
            self.stop_for(StopKind::Interrupted, "it was stopped by Ctrl-C");
        }
        news
    }

    /// Whether a person wants to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    pub(super) fn stop_kind(&self) -> Option<StopKind> {
        self.stop.as_ref().map(|stop| stop.kind)
    }

    /// Buys no more. The first reason is the one that is told, unless later something is left unknown.
    pub(super) fn stop_for(&mut self, kind: StopKind, message: impl Into<String>) {
        let grave = matches!(kind, StopKind::Unknown | StopKind::Stuck);
        if self.stop.is_none() || (grave && !self.is_grave()) {
            self.stop = Some(Stop {
                kind,
                message: message.into(),
            });
        }
        self.aims.clear();
    }

    fn is_grave(&self) -> bool {
        matches!(self.stop_kind(), Some(StopKind::Unknown | StopKind::Stuck))
    }

    /// Deletes what this run created, once it is clear that the whole cannot be completed. What may still turn up is waited for.
    pub(super) fn undo(&mut self) -> Option<super::Action> {
        let stop = self.stop.clone()?;
        if !self.terms.all_or_nothing() || self.book.open().next().is_some() || self.is_whole() {
            return None;
        }
        let run = self.book.run;
        let mine = self.book.standing().filter(|attempt| attempt.run == run);
        let changes: Vec<Change> = mine
            .filter_map(|attempt| {
                Some(Change::Remove {
                    name: attempt.name.clone(),
                    id: attempt.instance()?.clone(),
                    why: Why::Undone,
                    note: format!(
                        "deleted again, since the whole could not be completed: {}",
                        stop.message
                    ),
                })
            })
            .collect();
        (!changes.is_empty()).then(|| self.record(changes))
    }
}
