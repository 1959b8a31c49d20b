//! Rows into entries. What no version of this program writes is damage, not a guess.

use gpu_place_core::fleet::HostId;
use gpu_place_core::money::Money;
use gpu_place_core::request::VmName;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::fail::odd;
use super::write::{ENDINGS, WHYS};
use crate::id::{Account, AttemptName, InstanceId, RequestKey, Slot};
use crate::journal::record::{Attempt, AttemptState, DealText, Removal, RequestId, SetAside, Stamp};
use crate::journal::{Book, JournalError};

/// The unfinished request of a key, and the digest of its words.
pub(super) fn unfinished(db: &Connection, key: &RequestKey) -> Result<Option<(RequestId, String)>> {
    db.query_row(
        "SELECT id, words FROM requests WHERE key = ?1 AND ended = 0",
        [key.as_str()],
        |row| Ok((RequestId(row.get(0)?), row.get(1)?)),
    )
    .optional()
}

/// Requests that are unfinished, or of which something exists or may exist.
const LIVE: &str = "(ended = 0 OR EXISTS (SELECT 1 FROM attempts a WHERE a.request = requests.id AND a.state <> 'closed')
    OR EXISTS (SELECT 1 FROM removals r JOIN attempts a ON a.name = r.attempt WHERE a.request = requests.id AND r.done = 0))";

pub(super) fn live_requests(db: &Connection) -> Result<Vec<(RequestId, RequestKey)>> {
    let mut query = db.prepare(&format!("SELECT id, key FROM requests WHERE {LIVE} ORDER BY id"))?;
    let rows = query.query_map([], |row| {
        let key: String = row.get(1)?;
        let key = RequestKey::given(&key).ok_or_else(|| odd("key", key.escape_debug()))?;
        Ok((RequestId(row.get(0)?), key))
    })?;
    rows.collect()
}

/// Whether anything that is open or runs belongs to another account.
pub(super) fn check_account(db: &Connection, account: &Account) -> Result<std::result::Result<(), JournalError>> {
    let sql =
        format!("SELECT api_url, account FROM requests WHERE (api_url <> ?1 OR account <> ?2) AND {LIVE} LIMIT 1");
    let theirs: Option<(String, String)> = db
        .query_row(&sql, [&account.api_url, &account.fingerprint], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let name = |url: &str, fingerprint: &str| format!("account {fingerprint} at {url}");
    Ok(theirs.map_or(Ok(()), |(url, fingerprint)| {
        Err(JournalError::OtherAccount {
            theirs: name(&url, &fingerprint),
            ours: name(&account.api_url, &account.fingerprint),
        })
    }))
}

/// Everything about one request.
pub(super) fn book(db: &Connection, request: RequestId) -> Result<Book> {
    let (run, ended) = db.query_row("SELECT run, ended FROM requests WHERE id = ?1", [request.0], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(Book {
        request,
        run,
        agreed: agreed(db, request)?,
        attempts: attempts(db, request)?,
        removals: removals(db, request)?,
        ended,
    })
}

fn agreed(db: &Connection, request: RequestId) -> Result<Vec<(Slot, Money)>> {
    let mut query = db.prepare("SELECT vm, replica, price FROM agreed WHERE request = ?1")?;
    let rows = query.query_map([request.0], |row| Ok((slot(row)?, money(row.get("price")?))))?;
    let mut agreed: Vec<(Slot, Money)> = rows.collect::<Result<_>>()?;
    agreed.sort();
    Ok(agreed)
}

fn attempts(db: &Connection, request: RequestId) -> Result<Vec<Attempt>> {
    let mut query = db.prepare("SELECT * FROM attempts WHERE request = ?1 ORDER BY number")?;
    let rows = query.query_map([request.0], attempt)?;
    rows.collect()
}

fn attempt(row: &Row<'_>) -> Result<Attempt> {
    let deal: String = row.get("deal")?;
    let deal: DealText = serde_json::from_str(&deal).map_err(|e| odd("deal", e))?;
    let host: String = row.get("host")?;
    let name: String = row.get("name")?;
    Ok(Attempt {
        name: AttemptName::known(&name),
        slot: slot(row)?,
        run: row.get("run")?,
        deal: deal.into_deal(HostId::new(&host), money(row.get("cost")?), money(row.get("agreed")?)),
        state: state(row)?,
        lost: row.get("lost")?,
        rate: row.get::<_, Option<i64>>("rate")?.map(money),
        note: row.get("note")?,
        at: stamp(&row.get::<_, String>("at")?)?,
        boot: row.get("boot")?,
    })
}

fn state(row: &Row<'_>) -> Result<AttemptState> {
    let word: String = row.get("state")?;
    match word.as_str() {
        "intended" => Ok(AttemptState::Intended),
        "sent" => Ok(AttemptState::Sent),
        "created" => Ok(AttemptState::Created(instance(&row.get::<_, String>("instance")?))),
        "closed" => {
            let ending: String = row.get("ending")?;
            let known = ENDINGS.iter().find(|(_, word)| *word == ending);
            known
                .map(|(ending, _)| AttemptState::Closed(*ending))
                .ok_or_else(|| odd("ending", ending))
        }
        _ => Err(odd("state", word)),
    }
}

fn removals(db: &Connection, request: RequestId) -> Result<Vec<Removal>> {
    let mut query = db.prepare(
        "SELECT r.* FROM removals r JOIN attempts a ON a.name = r.attempt WHERE a.request = ?1 ORDER BY r.number",
    )?;
    let rows = query.query_map([request.0], |row| {
        let why: String = row.get("why")?;
        let known = WHYS.iter().find(|(_, word)| *word == why);
        Ok(Removal {
            id: instance(&row.get::<_, String>("instance")?),
            attempt: AttemptName::known(&row.get::<_, String>("attempt")?),
            why: known.map(|(why, _)| *why).ok_or_else(|| odd("why", why))?,
            note: row.get("note")?,
            done: row.get("done")?,
        })
    })?;
    rows.collect()
}

/// All hosts that ever failed.
pub(super) fn set_aside(db: &Connection) -> Result<Vec<SetAside>> {
    let mut query = db.prepare("SELECT host, at, reason FROM set_aside ORDER BY host")?;
    let rows = query.query_map([], |row| {
        Ok(SetAside {
            host: HostId::new(&row.get::<_, String>(0)?),
            at: stamp(&row.get::<_, String>(1)?)?,
            reason: row.get(2)?,
        })
    })?;
    rows.collect()
}

/// What counts per hour: for one request, and for everything.
pub(super) struct Totals {
    pub request: Money,
    pub everything: Money,
}

impl Totals {
    pub(super) fn add(&mut self, price: Money) {
        self.request += price;
        self.everything += price;
    }
}

/// What runs or may run: attempts that are not over, and surplus instances that are not gone.
pub(super) fn totals(db: &Connection, request: RequestId) -> Result<Totals> {
    let mut query = db.prepare(
        "SELECT request, COALESCE(rate, cost) FROM attempts WHERE state <> 'closed'
         UNION ALL
         SELECT a.request, COALESCE(a.rate, a.cost) FROM removals r JOIN attempts a ON a.name = r.attempt
         WHERE r.done = 0 AND NOT (a.state = 'created' AND a.instance = r.instance)",
    )?;
    let rows = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, money(row.get(1)?))))?;
    let mut totals = Totals {
        request: Money::ZERO,
        everything: Money::ZERO,
    };
    for row in rows {
        let (of, price) = row?;
        totals.everything += price;
        if of == request.0 {
            totals.request += price;
        }
    }
    Ok(totals)
}

fn slot(row: &Row<'_>) -> Result<Slot> {
    let vm: String = row.get("vm")?;
    Ok(Slot {
        vm: VmName::new(&vm).ok_or_else(|| odd("vm", vm.escape_debug()))?,
        replica: row.get("replica")?,
    })
}

fn instance(id: &str) -> InstanceId {
    InstanceId::new(id)
}

fn money(nanos: i64) -> Money {
    Money::from_nanos(nanos.into())
}

fn stamp(text: &str) -> Result<Stamp> {
    text.parse().map_err(|e| odd("at", e))
}
