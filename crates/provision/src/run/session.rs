//! One request of one process, from its claim to its outcome.

use std::path::Path;
use std::time::Duration;

use gpu_place_core::fleet::Fleet;
use gpu_place_core::money::Money;
use gpu_place_core::request::Request;
use gpu_place_core::verify::VerifiedPlan;
use jiff::{SignedDuration, Timestamp};

use rand::TryRng;
use rand::rngs::SysRng;

use super::holdings::settle_one;
use super::{Desk, Market, run};
use crate::buyer::{Aim, Buyer, Placed, Terms};
use crate::id::{Account, RequestKey, Words};
use crate::journal::{Claim, Journal, JournalError, Opening, RequestId, SetAside, SqliteJournal};
use crate::outcome::Outcome;

/// How long a host that failed is left alone.
pub const MEMORY: Duration = Duration::from_secs(30 * 60);

/// How long what belongs to other requests may hold a run up, where the marketplace does not answer well.
const BRIEFLY: Duration = Duration::from_secs(5);

/// A request that this process, and no other, is at.
#[derive(Debug)]
pub struct Session {
    journal: SqliteJournal,
    /// Held until the session ends.
    _claim: Claim,
    key: RequestKey,
    words: Words,
    account: Account,
    unfinished: Option<RequestId>,
    /// The request that was bought for, once nothing of it is open.
    over: Option<RequestId>,
}

impl Session {
    /// Claims a request in the state folder, and looks whether an earlier run left it unfinished.
    pub fn begin(folder: &Path, key: RequestKey, words: Words, account: Account) -> Result<Session, JournalError> {
        let journal = SqliteJournal::open(folder)?;
        let claim = journal.claim(&key)?;
        let unfinished = journal.unfinished(&key, &words, &account)?;
        Ok(Session {
            journal,
            _claim: claim,
            key,
            words,
            account,
            unfinished,
            over: None,
        })
    }

    /// Whether an earlier run left this request unfinished. It is then taken up: what exists is taken over, and the run itself plans
    /// what is missing.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished.is_some()
    }

    /// Looks for what other requests of this folder left in doubt, as every run does first; gives what there is to say about it.
    /// Requests that other processes are at are theirs to settle.
    pub async fn look_first(
        &mut self,
        market: &impl Market,
        desk: &mut impl Desk,
    ) -> Result<Vec<String>, JournalError> {
        let mut warnings = Vec::new();
        for (request, key) in self.journal.live_requests()? {
            if key == self.key || self.journal.book(request)?.open().next().is_none() {
                continue;
            }
            let mut terms = Terms::settling(Duration::ZERO);
            (terms.patience.lists, terms.patience.delete) = (BRIEFLY, BRIEFLY);
            match settle_one(&mut self.journal, request, &key, terms, market, desk).await {
                Ok(outcome) => warnings.extend(outcome.warnings),
                Err(JournalError::Claimed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(warnings)
    }

    /// Hosts that failed within the last `memory`.
    pub fn set_aside(&self, memory: Duration) -> Result<Vec<SetAside>, JournalError> {
        self.journal.set_aside_since(before(memory))
    }

    /// Buys. `aims` is what was planned and agreed to; for an unfinished request it is not looked at. Once the outcome was told, call
    /// [`Session::end`].
    pub async fn buy(
        &mut self,
        mut terms: Terms,
        aims: Vec<Aim>,
        market: &impl Market,
        desk: &mut impl Desk,
    ) -> Result<Outcome, JournalError> {
        terms.boot = boot();
        // What this run plans for itself, nobody has seen yet.
        terms.ask_first |= terms.may_ask && self.unfinished.is_some();
        let (book, aims) = match self.unfinished {
            Some(request) => (self.journal.resume(request)?, Vec::new()),
            None => (self.journal.open(&self.opening(&aims))?, aims),
        };
        let request = book.request;
        let mut buyer = Buyer::new(terms, book, aims, seed()?);
        let outcome = run(&mut buyer, request, &mut self.journal, market, desk).await;
        self.over = buyer.is_over().then_some(request);
        Ok(outcome)
    }

    /// The outcome was told: if nothing is open, the same words are a new request from now on. A process that dies before leaves the
    /// request to the next one, which takes over what exists. Call it last, and exit.
    pub fn end(self) -> Result<(), JournalError> {
        match self.over {
            Some(request) => self.journal.end(request),
            None => Ok(()),
        }
    }

    fn opening(&self, aims: &[Aim]) -> Opening {
        Opening {
            key: self.key.clone(),
            words: self.words.clone(),
            account: self.account.clone(),
            agreed: aims.iter().map(|aim| (aim.slot.clone(), aim.agreed)).collect(),
            at: Timestamp::now(),
        }
    }
}

/// Randomness of the operating system, so that no two processes ever draw the same names.
pub(crate) fn seed() -> Result<[u8; 32], JournalError> {
    let mut seed = [0; 32];
    SysRng
        .try_fill_bytes(&mut seed)
        .map_err(|error| JournalError::Unusable {
            path: "the system's random numbers".into(),
            reason: error.to_string(),
        })?;
    Ok(seed)
}

/// The time so long ago.
pub(crate) fn before(age: Duration) -> Timestamp {
    let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    Timestamp::now().checked_sub(age).unwrap_or(Timestamp::MIN)
}

/// What a plan makes of a request, at the prices that are agreed to: those shown, or the stated caps where the person said yes
/// beforehand.
pub fn aims(fleet: &Fleet, request: &Request, plan: &VerifiedPlan, yes_beforehand: bool) -> Vec<Aim> {
    let cap = |placed: &Placed| -> Option<Money> {
        let vm = request.vms().iter().find(|vm| vm.name == placed.placement.vm)?;
        vm.max_price_per_hr.filter(|_| yes_beforehand)
    };
    let aim = |placed: Placed| {
        let agreed = cap(&placed).unwrap_or(placed.cost());
        Aim::new(placed, agreed)
    };
    plan.plan()
        .placements
        .iter()
        .map(|placement| aim(Placed::of(fleet, placement)))
        .collect()
}

/// Which boot of the machine this is, where the system tells.
pub fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
