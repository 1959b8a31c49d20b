//! The end of a run: what is there, what is not, and what nobody knows.

use gpu_place_core::fleet::HostId;

use super::{Buyer, StopKind};
use crate::id::Slot;
use crate::journal::{Attempt, AttemptState, Ending};
use crate::outcome::{AttemptResult, Ended, InstanceReport, Outcome, Status, Try};

/// A placement that failed its last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipped {
    pub slot: Slot,
    pub host: HostId,
    pub reason: String,
}

impl Buyer {
    /// Whether everything that was agreed to exists.
    pub(super) fn is_whole(&self) -> bool {
        let exists = |slot: &Slot| self.book.standing().any(|attempt| attempt.slot == *slot);
        self.book.agreed.iter().all(|(slot, _)| exists(slot))
    }

    /// Whether nothing is left of which nobody knows whether it exists.
    fn is_certain(&self) -> bool {
        self.book.open().next().is_none() && self.book.removals.iter().all(|removal| removal.done)
    }

    /// Whether the request is over, so that the same words may be a new one. That is written down only once the outcome was told: a
    /// run that dies before is repeated, finds everything there, and tells it then. Settling ends nothing: whoever repeats the command
    /// after an answer that left a doubt wants what was found meanwhile, not a second one.
    pub fn is_over(&self) -> bool {
        self.terms.buys() && !self.book.ended && self.is_certain() && self.stop_kind() != Some(StopKind::Journal)
    }

    /// The account of the run.
    pub(super) fn outcome(&self) -> Outcome {
        let instances: Vec<InstanceReport> = self.book.standing().filter_map(|a| self.report(a)).collect();
        let wanted = match &self.terms.request {
            Some(request) => request.total_replicas(),
            None => self.book.agreed.len() as u64,
        };
        let status = match instances.len() as u64 {
            _ if !self.is_certain() => Status::Unknown,
            there if there >= wanted => Status::Created,
            0 => Status::Failed,
            _ => Status::Partial,
        };
        let mut warnings = self.warnings.clone();
        warnings.dedup();
        Outcome::new(
            status,
            self.ended_by(),
            instances,
            self.tries(),
            self.stop.as_ref().map(|stop| stop.message.clone()),
            warnings,
        )
    }

    fn ended_by(&self) -> Ended {
        match self.stop_kind() {
            Some(StopKind::Declined) => Ended::Declined,
            Some(StopKind::Journal | StopKind::Market) => Ended::CouldNotWork,
            Some(StopKind::Unauthorised) if !self.sent_anything() => Ended::CouldNotWork,
            _ => Ended::Tried,
        }
    }

    fn sent_anything(&self) -> bool {
        self.book.attempts.iter().any(|attempt| attempt.run == self.book.run)
    }

    fn report(&self, attempt: &Attempt) -> Option<InstanceReport> {
        let last = self.tracks.get(&attempt.name).and_then(|track| track.last.as_ref());
        let granted = last.and_then(|sighting| sighting.ports.clone());
        Some(InstanceReport {
            vm: attempt.slot.vm.to_string(),
            replica: attempt.slot.replica,
            instance_id: attempt.instance()?.clone(),
            name: attempt.name.clone(),
            host_id: attempt.deal.host.clone(),
            status: last.map_or_else(|| "unknown".to_owned(), |sighting| sighting.word.clone()),
            address: last.and_then(|sighting| sighting.address.clone()),
            port_forwards: granted.unwrap_or_else(|| attempt.deal.ports.clone()),
            cost_per_hr: attempt.price(),
        })
    }

    /// What was tried in this run, or was open when it began.
    fn tries(&self) -> Vec<Try> {
        let skipped = self.skipped.iter().map(|skipped| Try {
            vm: skipped.slot.vm.to_string(),
            replica: skipped.slot.replica,
            host_id: skipped.host.clone(),
            result: AttemptResult::Skipped,
            name: None,
            message: Some(skipped.reason.clone()),
        });
        let run = self.book.run;
        let recent = |attempt: &&Attempt| attempt.run == run || !matches!(attempt.state, AttemptState::Closed(_));
        let attempts = self.book.attempts.iter().filter(recent).map(|attempt| Try {
            vm: attempt.slot.vm.to_string(),
            replica: attempt.slot.replica,
            host_id: attempt.deal.host.clone(),
            result: result(attempt),
            name: Some(attempt.name.clone()),
            message: self.message(attempt),
        });
        skipped.chain(attempts).collect()
    }

    fn message(&self, attempt: &Attempt) -> Option<String> {
        let removal = self
            .book
            .removals
            .iter()
            .find(|removal| removal.attempt == attempt.name);
        let note = removal.map_or(&attempt.note, |removal| &removal.note);
        (!note.is_empty()).then(|| note.clone())
    }
}

fn result(attempt: &Attempt) -> AttemptResult {
    match attempt.state {
        AttemptState::Closed(Ending::Refused) => AttemptResult::Refused,
        AttemptState::Closed(Ending::NotSent) => AttemptResult::Skipped,
        _ if attempt.lost || attempt.is_open() => AttemptResult::Lost,
        _ => AttemptResult::Created,
    }
}
