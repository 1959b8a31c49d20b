//! What this tool has bought: `status`, `settle`, `settle --abandon` and `destroy`.

use std::path::Path;
use std::time::Duration;

use gpu_place_core::fleet::HostId;
use gpu_place_core::money::Money;
use jiff::{Timestamp, Unit};
use serde::Serialize;

use super::session::{before, seed};
use super::{Desk, Market, boot, run};
use crate::buyer::{Buyer, Terms};
use crate::id::{Account, AttemptName, InstanceId, RequestKey};
use crate::journal::{
    Attempt, AttemptState, Book, Change, Ending, Journal, JournalError, RequestId, SetAside, SqliteJournal, Stamp, Why,
};
use crate::outcome::Outcome;

/// The number of the format that `status --json` prints.
pub const STATUS_SCHEMA: &str = "gpu-place/status/1";

/// Where something that was bought, or may have been, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holding {
    /// It exists.
    Running,
    /// Nobody knows whether it exists.
    Open,
    /// It is being deleted, and not known to be gone.
    Leaving,
}

/// One thing that was bought, or may have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Where it stands.
    pub state: Holding,
    /// Its name at the marketplace.
    pub name: AttemptName,
    /// The marketplace's id, where it is known.
    pub instance_id: Option<InstanceId>,
    /// The VM that it is.
    pub vm: String,
    /// Which of its replicas.
    pub replica: u32,
    /// Its host.
    pub host_id: HostId,
    /// The GPU model.
    pub gpu: String,
    /// GPUs.
    pub gpu_count: u32,
    /// What it counts for per hour.
    pub cost_per_hr: Money,
    /// What it has cost so far in USD, reckoned from the time it was intended.
    pub cost_so_far: Money,
    /// When it was intended.
    pub since: String,
    /// The request that it belongs to.
    pub request: String,
}

/// Everything that was bought, or may have been, and is not known to be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// [`STATUS_SCHEMA`].
    pub schema: &'static str,
    /// What all of it counts for per hour.
    pub cost_per_hr: Money,
    /// What all of it has cost so far in USD.
    pub cost_so_far: Money,
    /// All of it, oldest first.
    pub holdings: Vec<Held>,
}

/// A request that was settled, and how it stands; or why it could not be.
#[derive(Debug)]
pub struct Settled {
    /// The request's key.
    pub key: RequestKey,
    /// How it stands now.
    pub outcome: Result<Outcome, JournalError>,
}

/// The journal of a state folder, seen as a whole.
#[derive(Debug)]
pub struct Holdings {
    journal: SqliteJournal,
}

impl Holdings {
    /// Opens the journal of a state folder.
    pub fn open(folder: &Path) -> Result<Holdings, JournalError> {
        let journal = SqliteJournal::open(folder)?;
        Ok(Holdings { journal })
    }

    /// Whose it is: an error if what is held belongs to another account.
    pub fn check_account(&self, account: &Account) -> Result<(), JournalError> {
        self.journal.check_account(account)
    }

    /// Hosts that failed within the last `memory`.
    pub fn set_aside(&self, memory: Duration) -> Result<Vec<SetAside>, JournalError> {
        self.journal.set_aside_since(before(memory))
    }

    /// What is held, by what the journal knows.
    pub fn status(&self, now: Stamp) -> Result<StatusReport, JournalError> {
        let mut holdings = Vec::new();
        for (request, key) in self.journal.live_requests()? {
            let book = self.journal.book(request)?;
            holdings.extend(
                book.attempts
                    .iter()
                    .filter_map(|attempt| held(&book, attempt, &key, now)),
            );
        }
        Ok(StatusReport {
            schema: STATUS_SCHEMA,
            cost_per_hr: holdings.iter().map(|held| held.cost_per_hr).sum(),
            cost_so_far: holdings.iter().map(|held| held.cost_so_far).sum(),
            holdings,
        })
    }

    /// Brings journal and marketplace together: finds what is lost, finishes deletions, notices what ended. Buys nothing.
    pub async fn settle(
        &mut self,
        settle_for: Duration,
        market: &impl Market,
        desk: &mut impl Desk,
    ) -> Result<Vec<Settled>, JournalError> {
        let mut settled = Vec::new();
        for (request, key) in self.journal.live_requests()? {
            let outcome = settle_one(
                &mut self.journal,
                request,
                &key,
                Terms::settling(settle_for),
                market,
                desk,
            )
            .await;
            settled.push(Settled { key, outcome });
        }
        Ok(settled)
    }

    /// Closes an attempt that a person has looked into: it does not exist, or is none of this tool's business any more.
    pub fn abandon(&mut self, name: &str) -> Result<(), JournalError> {
        let name = AttemptName::known(name);
        let unknown = || JournalError::Unknown(format!("open attempt `{name}`"));
        let (request, key) = self.owner(&name)?.ok_or_else(unknown)?;
        let _claim = self.journal.claim(&key)?;
        let book = self.journal.book(request)?;
        let attempt = book
            .attempt(&name)
            .filter(|attempt| attempt.is_open())
            .ok_or_else(unknown)?;
        let change = Change::Closed {
            name: attempt.name.clone(),
            ending: Ending::Abandoned,
            note: "a person looked into it and closed it".into(),
        };
        self.journal.record(request, &[change])
    }

    /// Deletes instances until the marketplace says that they are gone. What is not known to exist is looked for first.
    pub async fn destroy(
        &mut self,
        names: &[AttemptName],
        market: &impl Market,
        desk: &mut impl Desk,
    ) -> Result<Vec<Settled>, JournalError> {
        let mut settled = Vec::new();
        for (request, key) in self.journal.live_requests()? {
            let open = |book: &Book| book.open().any(|attempt| names.contains(&attempt.name));
            let mut outcome = None;
            if open(&self.journal.book(request)?) {
                outcome = Some(settle_one(&mut self.journal, request, &key, at_once(), market, desk).await);
            }
            let changes = removals(&self.journal.book(request)?, names);
            if !changes.is_empty() {
                outcome = Some(self.destroy_in(request, &key, &changes, market, desk).await);
            }
            settled.extend(outcome.map(|outcome| Settled { key, outcome }));
        }
        Ok(settled)
    }

    async fn destroy_in(
        &mut self,
        request: RequestId,
        key: &RequestKey,
        changes: &[Change],
        market: &impl Market,
        desk: &mut impl Desk,
    ) -> Result<Outcome, JournalError> {
        let claim = self.journal.claim(key)?;
        self.journal.record(request, changes)?;
        drop(claim);
        let outcome = settle_one(&mut self.journal, request, key, at_once(), market, desk).await?;
        // Of what its owner had deleted whole, nothing is to be taken up again.
        let book = self.journal.book(request)?;
        let gone = book.removals.iter().all(|removal| removal.done);
        if gone && book.open().next().is_none() && book.standing().next().is_none() {
            self.journal.record(request, &[Change::Ended])?;
        }
        Ok(outcome)
    }

    fn owner(&self, name: &AttemptName) -> Result<Option<(RequestId, RequestKey)>, JournalError> {
        let Some(request) = self.journal.request_of(name)? else {
            return Ok(None);
        };
        let live = self.journal.live_requests()?;
        Ok(live.into_iter().find(|(id, _)| *id == request))
    }
}

/// What is in doubt is looked for without waiting for what may still turn up.
fn at_once() -> Terms {
    Terms::settling(Duration::ZERO)
}

/// Brings one request and the marketplace together, unless another process is at it.
pub(super) async fn settle_one(
    journal: &mut SqliteJournal,
    request: RequestId,
    key: &RequestKey,
    mut terms: Terms,
    market: &impl Market,
    desk: &mut impl Desk,
) -> Result<Outcome, JournalError> {
    let _claim = journal.claim(key)?;
    let book = journal.book(request)?;
    terms.boot = boot();
    let mut buyer = Buyer::new(terms, book, Vec::new(), seed()?);
    Ok(run(&mut buyer, request, journal, market, desk).await)
}

/// The deletions that get rid of these instances.
fn removals(book: &Book, names: &[AttemptName]) -> Vec<Change> {
    let named = book.standing().filter(|attempt| names.contains(&attempt.name));
    let removal = |attempt: &Attempt| {
        Some(Change::Remove {
            name: attempt.name.clone(),
            id: attempt.instance()?.clone(),
            why: Why::Destroyed,
            note: "its owner had it deleted".into(),
        })
    };
    named.filter_map(removal).collect()
}

fn held(book: &Book, attempt: &Attempt, key: &RequestKey, now: Stamp) -> Option<Held> {
    let surplus = book.removals.iter().find(|r| !r.done && r.attempt == attempt.name);
    let state = match &attempt.state {
        _ if surplus.is_some() => Holding::Leaving,
        AttemptState::Created(_) => Holding::Running,
        AttemptState::Closed(_) => return None,
        _ => Holding::Open,
    };
    let cost_per_hr = attempt.rate.unwrap_or(attempt.deal.cost);
    Some(Held {
        state,
        name: attempt.name.clone(),
        instance_id: attempt.instance().or(surplus.map(|removal| &removal.id)).cloned(),
        vm: attempt.slot.vm.to_string(),
        replica: attempt.slot.replica,
        host_id: attempt.deal.host.clone(),
        gpu: attempt.deal.gpu.clone(),
        gpu_count: attempt.deal.gpu_count,
        cost_per_hr,
        cost_so_far: cost_since(cost_per_hr, attempt.at, now),
        since: attempt.at.round(Unit::Second).unwrap_or(attempt.at).to_string(),
        request: key.to_string(),
    })
}

/// What a price per hour comes to from then to now, to the second.
fn cost_since(per_hr: Money, then: Timestamp, now: Timestamp) -> Money {
    let seconds = now.duration_since(then).as_secs().max(0);
    Money::from_nanos(per_hr.nanos().saturating_mul(i128::from(seconds)) / 3_600)
}
