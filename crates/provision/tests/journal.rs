//! The journal on disk: who may read it, who may write it, and what happens when it is not as it should be.

use std::path::Path;
use std::sync::Barrier;

use gpu_place_core::fleet::HostId;
use gpu_place_core::money::Money;
use gpu_place_core::request::{Request, Vm, VmName};
use gpu_place_provision::id::{Account, AttemptName, InstanceId, RequestKey, Slot, Words};
use gpu_place_provision::journal::{
    Attempt, AttemptState, Book, Change, Deal, Journal, JournalError, Opening, Purse, Reservation, SetAside,
    SqliteJournal,
};
use proptest::prelude::*;

const TOKEN: &str = "s3cret-token";

fn words(name: &str) -> Words {
    Words::of(
        &Request::new(vec![Vm::new(VmName::new(name).unwrap())]).unwrap(),
        b"s3cret cloud-init",
    )
}

fn account() -> Account {
    Account::new("https://example.com/api/v2", TOKEN)
}

fn opening(key: &str) -> Opening {
    Opening {
        key: RequestKey::given(key).unwrap(),
        words: words("vm"),
        account: account(),
        agreed: vec![(slot(), usd(2))],
        at: "2026-11-23T12:00:00Z".parse().unwrap(),
    }
}

fn slot() -> Slot {
    Slot {
        vm: VmName::new("vm").unwrap(),
        replica: 0,
    }
}

fn usd(dollars: i128) -> Money {
    Money::from_nanos(dollars * 1_000_000_000)
}

fn attempt(name: &str, cost: Money) -> Attempt {
    Attempt {
        name: AttemptName::known(name),
        slot: slot(),
        run: 1,
        deal: Deal {
            host: HostId::new("hn-1"),
            location: Some("Mölln \"x\"".into()),
            organization: None,
            country: None,
            gpu: "h100".into(),
            gpu_count: 1,
            vcpu: 4,
            ram_gb: 16,
            storage_gb: 100,
            ports: Vec::new(),
            public_ip: false,
            cost,
            agreed: cost,
        },
        state: AttemptState::Intended,
        lost: false,
        rate: None,
        note: String::new(),
        at: "2026-11-23T12:00:00Z".parse().unwrap(),
        boot: None,
    }
}

fn begun(folder: &Path) -> (SqliteJournal, Book) {
    let mut journal = SqliteJournal::open(folder).unwrap();
    let book = journal.open(&opening("one")).unwrap();
    (journal, book)
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("deep/state");
    let (journal, _) = begun(&state);
    let _claim = journal.claim(&RequestKey::given("one").unwrap()).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&state)
        .unwrap()
        .chain(std::fs::read_dir(state.join("locks")).unwrap())
    {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{path:?}");
        files += u32::from(path.is_file());
    }
    assert!(files >= 3, "journal, log and lock");
}

#[test]
fn it_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, book) = begun(folder.path());
    journal
        .intend(book.request, &attempt("vm-0-gp-a", usd(1)), &Purse::default())
        .unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(6).any(|window| window == b"s3cret"), "{path:?}");
        }
    }
}

#[test]
fn everything_comes_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, mut book) = begun(folder.path());
    let attempt = attempt("vm-0-gp-a", usd(1));
    let name = attempt.name.clone();
    journal.intend(book.request, &attempt, &Purse::default()).unwrap();
    journal.sending(&name).unwrap();
    journal
        .granted(book.request, &name, Money::from_nanos(1_000_000_001), &Purse::default())
        .unwrap();
    book.intend(attempt);
    book.sending(&name);
    book.granted(&name, Money::from_nanos(1_000_000_001));
    let created = Change::Created {
        name: name.clone(),
        id: InstanceId::new("i-1"),
    };
    let agreed = Change::Agreed(vec![(slot(), usd(3))]);
    for change in [created, agreed] {
        journal.record(book.request, std::slice::from_ref(&change)).unwrap();
        book.apply(&change);
    }
    drop(journal);
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.book(book.request), Ok(book));
}

#[test]
fn changes_are_made_all_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, book) = begun(folder.path());
    let unknown = Change::Created {
        name: AttemptName::known("nobody"),
        id: InstanceId::new("i-1"),
    };
    assert!(journal.record(book.request, &[Change::Ended, unknown]).is_err());
    assert!(!journal.book(book.request).unwrap().ended);
}

#[test]
fn the_same_request_twice_at_once_has_one_buyer() {
    let folder = tempfile::tempdir().unwrap();
    let key = RequestKey::given("one").unwrap();
    let claim = SqliteJournal::open(folder.path()).unwrap().claim(&key).unwrap();
    let second = SqliteJournal::open(folder.path()).unwrap();
    let error = second.claim(&key).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("another process is at the same request (one)"),
        "{error}"
    );
    assert!(second.claim(&RequestKey::given("two").unwrap()).is_ok());
    drop(claim);
    assert!(second.claim(&key).is_ok());
}

#[test]
fn an_unfinished_request_is_found_by_its_key_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, book) = begun(folder.path());
    let key = RequestKey::given("one").unwrap();
    assert_eq!(
        journal.unfinished(&key, &words("vm"), &account()),
        Ok(Some(book.request))
    );
    assert!(matches!(
        journal.open(&opening("one")),
        Err(JournalError::Claimed { .. })
    ));
    let error = journal.unfinished(&key, &words("other"), &account()).unwrap_err();
    assert!(error.to_string().contains("asks for something else"), "{error}");
    assert_eq!(journal.resume(book.request).unwrap().run, 2);
    journal.record(book.request, &[Change::Ended]).unwrap();
    assert_eq!(journal.unfinished(&key, &words("vm"), &account()), Ok(None));
    assert_ne!(journal.open(&opening("one")).unwrap().request, book.request);
}

#[test]
fn another_account_or_api_stops_while_anything_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, book) = begun(folder.path());
    let key = RequestKey::given("two").unwrap();
    for other in [
        Account::new("https://example.com/api/v2", "other token"),
        Account::new("https://example.org/api/v2", TOKEN),
    ] {
        let error = journal.unfinished(&key, &words("vm"), &other).unwrap_err();
        assert!(error.to_string().contains("https://example.com/api/v2"), "{error}");
        let opening = Opening {
            account: other,
            ..opening("two")
        };
        assert!(matches!(journal.open(&opening), Err(JournalError::OtherAccount { .. })));
    }
    // Nothing is held any more: the folder may serve another account.
    journal.record(book.request, &[Change::Ended]).unwrap();
    let other = Account::new("https://example.org/api/v2", TOKEN);
    assert_eq!(journal.unfinished(&key, &words("vm"), &other), Ok(None));
}

#[test]
fn many_at_once_never_promise_more_than_the_ceiling() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteJournal::open(folder.path()).unwrap());
    let purse = Purse {
        budget: None,
        ceiling: Some(usd(10)),
    };
    let (folder, barrier) = (folder.path(), Barrier::new(4));
    let held: usize = std::thread::scope(|scope| {
        let buyer = |n: usize| {
            let mut journal = SqliteJournal::open(folder).unwrap();
            let book = journal.open(&opening(&format!("request {n}"))).unwrap();
            barrier.wait();
            let names = (0..6).map(|k| attempt(&format!("vm-{n}-gp-{k}"), usd(1)));
            names
                .filter(|attempt| journal.intend(book.request, attempt, &purse) == Ok(Reservation::Held))
                .count()
        };
        let buyers: Vec<_> = (0..4).map(|n| scope.spawn(move || buyer(n))).collect();
        buyers.into_iter().map(|buyer| buyer.join().unwrap()).sum()
    });
    assert_eq!(held, 10);
    assert_eq!(SqliteJournal::open(folder).unwrap().running_cost(), Ok(usd(10)));
}

#[test]
fn a_host_that_failed_is_remembered_by_the_time_it_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, book) = begun(folder.path());
    let aside = |at: &str| SetAside {
        host: HostId::new("hn-1"),
        at: at.parse().unwrap(),
        reason: "sold out".into(),
    };
    for at in ["2026-11-23T12:00:00Z", "2026-11-23T12:10:00Z"] {
        journal.record(book.request, &[Change::SetAside(aside(at))]).unwrap();
    }
    let since = |at: &str| journal.set_aside_since(at.parse().unwrap()).unwrap();
    assert_eq!(since("2026-11-23T12:05:00Z"), [aside("2026-11-23T12:10:00Z")]);
    assert_eq!(since("2026-11-23T12:10:00Z"), []);
}

fn error_of(folder: &Path, bytes: &[u8]) -> JournalError {
    std::fs::write(folder.join(SqliteJournal::FILE), bytes).unwrap();
    SqliteJournal::open(folder).unwrap_err()
}

#[test]
fn what_is_no_journal_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let error = error_of(
        folder.path(),
        &b"not a database at all, but long enough to look like one. ".repeat(40),
    );
    assert!(
        error.to_string().contains("is damaged") && error.to_string().contains("-gp-"),
        "{error}"
    );
    let other = rusqlite::Connection::open(folder.path().join("other")).unwrap();
    other
        .execute_batch("CREATE TABLE t (x); PRAGMA application_id = 7")
        .unwrap();
    drop(other);
    let bytes = std::fs::read(folder.path().join("other")).unwrap();
    let error = error_of(folder.path(), &bytes);
    assert!(error.to_string().contains("another program"), "{error}");
}

#[test]
fn a_journal_that_was_emptied_is_not_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = begun(folder.path());
    drop(journal.claim(&RequestKey::given("one").unwrap()));
    drop(journal);
    let error = error_of(folder.path(), b"");
    assert!(error.to_string().contains("it is empty"), "{error}");
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(begun(folder.path()));
    let db = rusqlite::Connection::open(folder.path().join(SqliteJournal::FILE)).unwrap();
    db.execute_batch("PRAGMA user_version = 2").unwrap();
    let error = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, JournalError::Newer { found: 2, known: 1, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("newer program"));
}

#[test]
fn an_entry_that_makes_no_sense_is_damage_and_not_a_guess() {
    for damage in [
        "UPDATE attempts SET state = 'bought'",
        "UPDATE attempts SET deal = '{'",
        "UPDATE attempts SET at = 'yesterday'",
        "UPDATE attempts SET vm = 'A B'",
        "UPDATE attempts SET state = 'created', instance = NULL",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, book) = begun(folder.path());
        journal
            .intend(book.request, &attempt("vm-0-gp-a", usd(1)), &Purse::default())
            .unwrap();
        let db = rusqlite::Connection::open(folder.path().join(SqliteJournal::FILE)).unwrap();
        db.execute_batch(damage).unwrap();
        let error = journal.resume(book.request).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "{damage}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_made_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"").unwrap();
    let error = SqliteJournal::open(&folder.path().join("file/state")).unwrap_err();
    assert!(error.to_string().contains("--state-dir"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done to the file, opening and reading it ends with an answer or an error.
    #[test]
    fn a_torn_or_damaged_file_is_an_error_or_harmless(at in 0.0..1.0f64, bytes in prop::collection::vec(any::<u8>(), 0..200), cut: bool) {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, book) = begun(folder.path());
        journal.intend(book.request, &attempt("vm-0-gp-a", usd(1)), &Purse::default()).unwrap();
        drop(journal);
        let path = folder.path().join(SqliteJournal::FILE);
        let mut whole = std::fs::read(&path).unwrap();
        let at = (at * whole.len() as f64) as usize;
        if cut {
            whole.truncate(at);
        }
        let end = (at + bytes.len()).min(whole.len());
        let room = end.saturating_sub(at);
        whole[end - room..end].copy_from_slice(&bytes[..room]);
        std::fs::write(&path, whole).unwrap();
        if let Ok(mut journal) = SqliteJournal::open(folder.path()) {
            let _ = journal.live_requests();
            let _ = journal.running_cost();
            let _ = journal.resume(book.request);
        }
    }
}

#[test]
fn a_new_journal_that_another_process_is_making_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let other = rusqlite::Connection::open(folder.path().join(SqliteJournal::FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let opened = scope.spawn(|| SqliteJournal::open(folder.path()).map(drop));
        // However long it takes to begin: it has to be open in the end.
        std::thread::sleep(std::time::Duration::from_millis(50));
        other.execute_batch("COMMIT").unwrap();
        opened.join().unwrap().unwrap();
    });
}
