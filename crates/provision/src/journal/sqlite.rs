//! The journal of one machine: an SQLite file in a folder that only its owner may read, used by any number of processes at once.

mod fail;
mod lock;
mod read;
mod schema;
mod write;

use std::path::{Path, PathBuf};

use gpu_place_core::money::Money;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::record::{Attempt, Change, Opening, Purse, RequestId, Reservation, SetAside, Stamp};
use super::{Book, Journal, JournalError};
use crate::id::{Account, AttemptName, RequestKey, Words};

pub use lock::Claim;

/// A journal in the state folder.
#[derive(Debug)]
pub struct SqliteJournal {
    folder: PathBuf,
    path: PathBuf,
    db: Connection,
}

impl SqliteJournal {
    /// The journal's name within the state folder.
    pub const FILE: &'static str = "journal.sqlite3";

    /// Opens the journal of a state folder; makes both if they are missing.
    pub fn open(folder: &Path) -> Result<SqliteJournal, JournalError> {
        lock::make_private_folder(folder)?;
        let path = folder.join(Self::FILE);
        lock::refuse_emptied(folder, &path)?;
        lock::make_private_file(&path)?;
        let db = schema::connect(&path).and_then(|db| schema::prepare(db, &path))?;
        Ok(SqliteJournal {
            folder: folder.to_owned(),
            path,
            db,
        })
    }

    /// Makes this process the one that is at a request, until the claim is dropped or the process dies.
    pub fn claim(&self, key: &RequestKey) -> Result<Claim, JournalError> {
        Claim::take(&self.folder, key)
    }

    /// The unfinished request of this key, if there is one and it asks for the same of the same account.
    pub fn unfinished(
        &self,
        key: &RequestKey,
        words: &Words,
        account: &Account,
    ) -> Result<Option<RequestId>, JournalError> {
        read::check_account(&self.db, account).map_err(|e| self.explain(e))??;
        let found = read::unfinished(&self.db, key).map_err(|e| self.explain(e))?;
        match found {
            Some((_, theirs)) if theirs != words.as_str() => Err(JournalError::OtherWords { key: key.to_string() }),
            Some((id, _)) => Ok(Some(id)),
            None => Ok(None),
        }
    }

    /// Every request that has anything open, standing or not yet gone; and every unfinished one.
    pub fn live_requests(&self) -> Result<Vec<(RequestId, RequestKey)>, JournalError> {
        read::live_requests(&self.db).map_err(|e| self.explain(e))
    }

    /// What is known of a request.
    pub fn book(&self, request: RequestId) -> Result<Book, JournalError> {
        read::book(&self.db, request).map_err(|e| self.explain(e))
    }

    /// Whether what the journal speaks of belongs to this account.
    pub fn check_account(&self, account: &Account) -> Result<(), JournalError> {
        read::check_account(&self.db, account).map_err(|e| self.explain(e))?
    }

    /// The request that an attempt of this name belongs to.
    pub fn request_of(&self, name: &AttemptName) -> Result<Option<RequestId>, JournalError> {
        self.db
            .query_row(
                "SELECT request FROM attempts WHERE name = ?1",
                params![name.as_str()],
                |row| row.get(0).map(RequestId),
            )
            .optional()
            .map_err(|e| self.explain(e))
    }

    /// The hosts that failed since a time.
    pub fn set_aside_since(&self, since: Stamp) -> Result<Vec<SetAside>, JournalError> {
        let hosts = read::set_aside(&self.db).map_err(|e| self.explain(e))?;
        Ok(hosts.into_iter().filter(|host| host.at > since).collect())
    }

    /// What all that runs or may run counts for per hour.
    pub fn running_cost(&self) -> Result<Money, JournalError> {
        let totals = read::totals(&self.db, RequestId(0)).map_err(|e| self.explain(e))?;
        Ok(totals.everything)
    }

    /// Notes that a request is over, as the last thing that a process does.
    ///
    /// A process that is killed after this note and before its own end has told its outcome and would, if it were repeated, buy anew. So
    /// what takes time is left out: the disk is not waited for (should the note be lost, the next run takes over what exists and notes
    /// it again), and the log is left for the next process to fold in.
    pub fn end(mut self, request: RequestId) -> Result<(), JournalError> {
        let relax = || -> rusqlite::Result<()> {
            self.db
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            schema::wait_for_disk(&self.db, false)
        };
        relax().map_err(|e| self.explain(e))?;
        self.record(request, &[Change::Ended])
    }

    fn explain(&self, error: rusqlite::Error) -> JournalError {
        fail::explain(error, &self.path)
    }

    /// One transaction that holds the write lock from its start, so that what it reads stays true until it ends.
    fn transact<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        let path = self.path.clone();
        let run = || {
            let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|e| fail::explain(e, &path))
    }
}

impl Journal for SqliteJournal {
    fn open(&mut self, opening: &Opening) -> Result<Book, JournalError> {
        let opened = self.transact(|db| {
            if let Err(other) = read::check_account(db, &opening.account)? {
                return Ok(Err(other));
            }
            if read::unfinished(db, &opening.key)?.is_some() {
                return Ok(Err(JournalError::Claimed {
                    key: opening.key.to_string(),
                }));
            }
            let request = write::opening(db, opening)?;
            read::book(db, request).map(Ok)
        });
        opened?
    }

    fn resume(&mut self, request: RequestId) -> Result<Book, JournalError> {
        self.transact(|db| {
            db.execute(
                "UPDATE requests SET run = run + 1, ended = 0 WHERE id = ?1",
                [request.0],
            )?;
            read::book(db, request)
        })
    }

    fn intend(&mut self, request: RequestId, attempt: &Attempt, purse: &Purse) -> Result<Reservation, JournalError> {
        self.transact(|db| {
            let mut totals = read::totals(db, request)?;
            totals.add(attempt.price());
            let reservation = purse.admits(totals.request, totals.everything);
            if reservation == Reservation::Held {
                write::attempt(db, request, attempt)?;
            }
            Ok(reservation)
        })
    }

    fn sending(&mut self, attempt: &AttemptName) -> Result<(), JournalError> {
        // Written but not waited for: the time between this note and the call is when a killed process leaves a doubt behind.
        let relaxed = schema::wait_for_disk(&self.db, false);
        relaxed.map_err(|e| self.explain(e))?;
        let noted = self.transact(|db| write::sending(db, attempt));
        let strict = schema::wait_for_disk(&self.db, true);
        noted.and(strict.map_err(|e| self.explain(e)))
    }

    fn granted(
        &mut self,
        request: RequestId,
        attempt: &AttemptName,
        rate: Money,
        purse: &Purse,
    ) -> Result<Reservation, JournalError> {
        self.transact(|db| {
            write::rate(db, attempt, rate)?;
            let totals = read::totals(db, request)?;
            Ok(purse.admits(totals.request, totals.everything))
        })
    }

    fn record(&mut self, request: RequestId, changes: &[Change]) -> Result<(), JournalError> {
        self.transact(|db| changes.iter().try_for_each(|change| write::change(db, request, change)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::SetAside;

    #[test]
    fn a_full_disk_is_called_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(folder.path()).unwrap();
        let pages: i64 = journal
            .db
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        journal.db.pragma_update(None, "max_page_count", pages).unwrap();
        let host = Change::SetAside(SetAside {
            host: gpu_place_core::fleet::HostId::new("hn-1"),
            at: Stamp::default(),
            reason: "x".repeat(100_000),
        });
        let error = journal.record(RequestId(1), &[host]).unwrap_err();
        assert!(matches!(error, JournalError::Full(_)), "{error}");
        assert_eq!(journal.set_aside_since(Stamp::MIN), Ok(Vec::new()));
    }
}
