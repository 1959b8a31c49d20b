//! The tables, and how the file is opened.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Result, TransactionBehavior};

use super::fail;
use crate::journal::JournalError;

/// The number of the tables' format.
const FORMAT: i64 = 1;
/// What marks the file as this program's: "gplc".
const APPLICATION: i64 = 0x6770_6c63;
/// How long to wait for other processes.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before a file that several processes open is tried again.
const AGAIN: Duration = Duration::from_millis(5);

const TABLES: &str = "
CREATE TABLE requests (
    id        INTEGER PRIMARY KEY,
    key       TEXT NOT NULL,
    words     TEXT NOT NULL,
    api_url   TEXT NOT NULL,
    account   TEXT NOT NULL,
    run       INTEGER NOT NULL,
    ended     INTEGER NOT NULL,
    opened_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_unfinished_request_per_key ON requests (key) WHERE ended = 0;

CREATE TABLE agreed (
    request INTEGER NOT NULL REFERENCES requests (id),
    vm      TEXT NOT NULL,
    replica INTEGER NOT NULL,
    price   INTEGER NOT NULL,
    PRIMARY KEY (request, vm, replica)
) STRICT;

CREATE TABLE attempts (
    number   INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    request  INTEGER NOT NULL REFERENCES requests (id),
    vm       TEXT NOT NULL,
    replica  INTEGER NOT NULL,
    run      INTEGER NOT NULL,
    host     TEXT NOT NULL,
    deal     TEXT NOT NULL,
    cost     INTEGER NOT NULL,
    agreed   INTEGER NOT NULL,
    state    TEXT NOT NULL,
    ending   TEXT,
    instance TEXT,
    lost     INTEGER NOT NULL,
    rate     INTEGER,
    note     TEXT NOT NULL,
    at       TEXT NOT NULL,
    boot     TEXT
) STRICT;
CREATE INDEX attempts_of_a_request ON attempts (request);
CREATE INDEX attempts_that_count ON attempts (state) WHERE state <> 'closed';

CREATE TABLE removals (
    number   INTEGER PRIMARY KEY,
    instance TEXT NOT NULL UNIQUE,
    attempt  TEXT NOT NULL REFERENCES attempts (name),
    why      TEXT NOT NULL,
    note     TEXT NOT NULL,
    done     INTEGER NOT NULL
) STRICT;
CREATE INDEX removals_of_an_attempt ON removals (attempt);

CREATE TABLE set_aside (
    host   TEXT PRIMARY KEY,
    at     TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
";

/// Opens the file; every commit is on disk when it returns.
pub(super) fn connect(path: &Path) -> std::result::Result<Connection, JournalError> {
    let open = || -> Result<Connection> {
        let db = Connection::open(path)?;
        db.busy_timeout(PATIENCE)?;
        use_log(&db)?;
        wait_for_disk(&db, true)?;
        db.pragma_update(None, "foreign_keys", true)?;
        Ok(db)
    };
    open().map_err(|e| fail::explain(e, path))
}

/// Keeps changes in a log beside the file. While several processes open a new file, SQLite turns this away at once, whatever its
/// patience is otherwise.
fn use_log(db: &Connection) -> Result<()> {
    let began = Instant::now();
    loop {
        match db.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if fail::is_busy(&error) && began.elapsed() < PATIENCE => std::thread::sleep(AGAIN),
            done => return done,
        }
    }
}

/// Whether commits wait until the disk has them.
pub(super) fn wait_for_disk(db: &Connection, wait: bool) -> Result<()> {
    db.pragma_update(None, "synchronous", if wait { "FULL" } else { "NORMAL" })
}

/// Makes the tables of a new file, and refuses one that is not, or not yet, known.
pub(super) fn prepare(mut db: Connection, path: &Path) -> std::result::Result<Connection, JournalError> {
    let format = make_or_read_format(&mut db).map_err(|e| fail::explain(e, path))?;
    let damaged = |reason: &str| JournalError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    match format {
        None => return Err(damaged("it belongs to another program")),
        Some(found) if found > FORMAT => {
            return Err(JournalError::Newer {
                path: path.to_owned(),
                found,
                known: FORMAT,
            });
        }
        Some(_) => {}
    }
    let check: String = db
        .pragma_query_value(None, "quick_check", |row| row.get(0))
        .map_err(|e| fail::explain(e, path))?;
    if check == "ok" { Ok(db) } else { Err(damaged(&check)) }
}

/// The format's number; `None` where the file is some other program's.
fn make_or_read_format(db: &mut Connection) -> Result<Option<i64>> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let application: i64 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && tables == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    } else if application != APPLICATION {
        return Ok(None);
    }
    let format = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    transaction.commit()?;
    Ok(Some(format))
}
