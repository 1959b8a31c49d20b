//! A journal that is not as it was left: any bytes, a good one with bytes changed, or one whose rows hold anything.
//!
//! It is opened or refused with a message; what is opened can be read whole, and reading it changes nothing that is counted.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use gpu_place_provision::id::{Account, RequestKey};
use gpu_place_provision::journal::{JournalError, SqliteJournal};
use gpu_place_provision::run::holdings::Holdings;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;

/// A journal of one request with three attempts, one deletion and one host set aside.
static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = folder();
    drop(SqliteJournal::open(folder.path()).expect("a new journal"));
    let file = folder.path().join(SqliteJournal::FILE);
    let db = Connection::open(&file).expect("opened");
    db.execute_batch(include_str!("journal.sql")).expect("filled");
    db.close().expect("closed");
    std::fs::read(file).expect("read")
});

/// Texts that a row holds, by table and column.
const COLUMNS: [(&str, &str); 16] = [
    ("requests", "key"),
    ("requests", "words"),
    ("requests", "api_url"),
    ("agreed", "vm"),
    ("attempts", "name"),
    ("attempts", "vm"),
    ("attempts", "host"),
    ("attempts", "deal"),
    ("attempts", "state"),
    ("attempts", "ending"),
    ("attempts", "instance"),
    ("attempts", "at"),
    ("removals", "instance"),
    ("removals", "why"),
    ("set_aside", "at"),
    ("set_aside", "host"),
];

/// Numbers that a row holds.
const NUMBERS: [(&str, &str); 8] = [
    ("agreed", "price"),
    ("agreed", "replica"),
    ("attempts", "replica"),
    ("attempts", "run"),
    ("attempts", "cost"),
    ("attempts", "agreed"),
    ("attempts", "rate"),
    ("removals", "done"),
];

fuzz_target!(|bytes: &[u8]| {
    let [way, rest @ ..] = bytes else {
        return;
    };
    let folder = folder();
    let file = folder.path().join(SqliteJournal::FILE);
    match way % 4 {
        0 => std::fs::write(&file, rest).expect("written"),
        1 => std::fs::write(&file, patched(rest)).expect("written"),
        2 => with_text(&file, rest),
        _ => with_number(&file, rest),
    }
    if let Err(error) = read(folder.path()) {
        assert!(!error.to_string().is_empty());
    }
});

/// Memory rather than disk, where there is such a folder.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    folder.expect("a temporary folder")
}

/// Four bytes each say where one byte is changed, and into what.
fn patched(patches: &[u8]) -> Vec<u8> {
    let mut bytes = GOOD.clone();
    for patch in patches.chunks_exact(4) {
        let at = u32::from_le_bytes([patch[0], patch[1], patch[2], 0]) as usize % bytes.len();
        bytes[at] = patch[3];
    }
    bytes
}

fn with_text(file: &Path, input: &[u8]) {
    let [column, text @ ..] = input else {
        return;
    };
    let (table, column) = COLUMNS[usize::from(*column) % COLUMNS.len()];
    change(file, table, column, String::from_utf8_lossy(text).into_owned());
}

fn with_number(file: &Path, input: &[u8]) {
    let [column, digits @ ..] = input else {
        return;
    };
    let Ok(digits) = digits.try_into() else {
        return;
    };
    let (table, column) = NUMBERS[usize::from(*column) % NUMBERS.len()];
    change(file, table, column, i64::from_le_bytes(digits));
}

/// Sets a column of one row; what the table itself refuses is not changed.
fn change(file: &Path, table: &str, column: &str, value: impl rusqlite::ToSql) {
    std::fs::write(file, &*GOOD).expect("written");
    let db = Connection::open(file).expect("opened");
    let sql = format!("UPDATE {table} SET {column} = ?1 WHERE rowid = (SELECT min(rowid) FROM {table})");
    let _ = db.execute(&sql, [value]);
    db.close().expect("closed");
}

/// Reads everything that the program reads.
fn read(folder: &Path) -> Result<(), JournalError> {
    let journal = SqliteJournal::open(folder)?;
    let before = journal.running_cost();
    for (request, _) in journal.live_requests()? {
        let book = journal.book(request)?;
        let _ = (book.price(), book.standing().count(), book.open().count());
    }
    let account = Account::new("https://example.com", "token");
    if let Some(key) = RequestKey::given("key") {
        let _ = journal.unfinished(&key, &gpu_place_provision::id::Words::kept("words".into()), &account);
    }
    assert_eq!(before.ok(), journal.running_cost().ok());
    drop(journal);
    let holdings = Holdings::open(folder)?;
    let _ = holdings.check_account(&account);
    let _ = holdings.set_aside(Duration::from_secs(1_800))?;
    holdings.status(Timestamp::UNIX_EPOCH).map(|_| ())
}
