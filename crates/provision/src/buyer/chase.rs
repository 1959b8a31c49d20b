//! Deleting until the marketplace says that the instance is gone.

use std::time::Duration;

use super::{Action, Buyer, StopKind, Task};
use crate::id::InstanceId;
use crate::journal::{Change, Removal};
use crate::market::{Fault, Life, Presence};

/// Looks at an instance that is still there before its deletion is repeated.
const LOOKS_PER_DELETE: u32 = 3;

/// One deletion under way.
#[derive(Debug)]
pub(super) struct Chase {
    since: Duration,
    next: Duration,
    /// Looks since the last delete call; `None` before the first.
    looks: Option<u32>,
    rounds: u32,
    stuck: bool,
}

impl Buyer {
    /// Deletes what has to go, and waits until it is gone.
    pub(super) fn chase(&mut self) -> Option<Action> {
        let pending: Vec<InstanceId> = self.pending_removals().map(|removal| removal.id.clone()).collect();
        let now = self.now.elapsed;
        for id in &pending {
            self.chases.entry(id.clone()).or_insert(Chase {
                since: now,
                next: now,
                looks: None,
                rounds: 0,
                stuck: false,
            });
        }
        let (id, chase) = self
            .chases
            .iter()
            .filter(|(id, chase)| !chase.stuck && pending.contains(id))
            .min_by_key(|(_, chase)| chase.next)?;
        if chase.next > now {
            return Some(self.wait_until(chase.next));
        }
        let id = id.clone();
        let call = chase.looks.is_none_or(|looks| looks >= LOOKS_PER_DELETE);
        Some(if call {
            self.task = Task::Deleting(id.clone());
            Action::Delete(id)
        } else {
            self.task = Task::Confirming(id.clone());
            Action::LookAtInstance(id)
        })
    }

    fn pending_removals(&self) -> impl Iterator<Item = &Removal> {
        self.book.removals.iter().filter(|removal| !removal.done)
    }

    /// Whatever a delete call brought, only a look proves that the instance is gone.
    pub(super) fn deleted(&mut self, id: &InstanceId, result: Result<(), Fault>) -> Option<Action> {
        self.looks.stale = true;
        let now = self.now.elapsed;
        let chase = self.chases.get_mut(id)?;
        chase.looks = Some(0);
        chase.next = now + result.err().and_then(|fault| fault.retry_after).unwrap_or_default();
        None
    }

    /// A look at an instance that has to go.
    pub(super) fn confirmed(&mut self, id: &InstanceId, presence: Result<Presence, Fault>) -> Option<Action> {
        let now = self.now.elapsed;
        let patience = self.terms.patience.delete;
        let gone = match &presence {
            Ok(Presence::Missing) => true,
            Ok(Presence::Here(sighting)) => sighting.life == Life::Gone,
            Err(_) => false,
        };
        let removal = self.pending_removals().find(|removal| removal.id == *id)?.clone();
        if gone {
            self.chases.remove(id);
            return Some(self.record(vec![Change::Removed {
                name: removal.attempt,
                id: removal.id,
            }]));
        }
        let chase = self.chases.get_mut(id)?;
        let leaving = matches!(&presence, Ok(Presence::Here(s)) if s.life == Life::Deleting);
        if !leaving {
            chase.looks = chase.looks.map(|looks| looks + 1);
        }
        chase.rounds += 1;
        let pause = Duration::from_millis(500).saturating_mul(1 << chase.rounds.min(5));
        let told = presence.err().and_then(|fault| fault.retry_after);
        chase.next = now + told.unwrap_or(pause);
        if now.saturating_sub(chase.since) > patience {
            chase.stuck = true;
            let message = format!(
                "instance {id} (`{}`) has to go, and the marketplace does not say that it is gone. It counts until it does; \
                 `gpu-place settle` tries again",
                removal.attempt
            );
            self.warn(message.clone());
            self.stop_for(StopKind::Stuck, message);
        }
        None
    }
}
