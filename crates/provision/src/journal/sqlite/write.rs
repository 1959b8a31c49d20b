//! Entries into rows.

use gpu_place_core::money::Money;
use rusqlite::{Connection, Result, params};

use super::fail::odd;
use crate::id::{AttemptName, Slot};
use crate::journal::record::{Attempt, AttemptState, Change, DealText, Ending, Opening, RequestId, SetAside, Why};

/// The words for endings.
pub(super) const ENDINGS: [(Ending, &str); 5] = [
    (Ending::NotSent, "not sent"),
    (Ending::Refused, "refused"),
    (Ending::Removed, "removed"),
    (Ending::Vanished, "vanished"),
    (Ending::Abandoned, "abandoned"),
];

/// The words for reasons to delete.
pub(super) const WHYS: [(Why, &str); 8] = [
    (Why::Dearer, "dearer"),
    (Why::OverPurse, "over purse"),
    (Why::Stopped, "stopped"),
    (Why::PortsIgnored, "ports ignored"),
    (Why::NotReady, "not ready"),
    (Why::Undone, "undone"),
    (Why::Surplus, "surplus"),
    (Why::Destroyed, "destroyed"),
];

pub(super) fn opening(db: &Connection, opening: &Opening) -> Result<RequestId> {
    db.execute(
        "INSERT INTO requests (key, words, api_url, account, run, ended, opened_at) VALUES (?1, ?2, ?3, ?4, 1, 0, ?5)",
        params![
            opening.key.as_str(),
            opening.words.as_str(),
            opening.account.api_url,
            opening.account.fingerprint,
            opening.at.to_string()
        ],
    )?;
    let request = RequestId(db.last_insert_rowid());
    agreed(db, request, &opening.agreed)?;
    Ok(request)
}

pub(super) fn attempt(db: &Connection, request: RequestId, attempt: &Attempt) -> Result<()> {
    let deal = serde_json::to_string(&DealText::of(&attempt.deal)).map_err(|e| odd("deal", e))?;
    let state = match attempt.state {
        AttemptState::Intended => "intended",
        _ => return Err(odd("state", "an attempt that did not begin as an intent")),
    };
    db.execute(
        "INSERT INTO attempts (name, request, vm, replica, run, host, deal, cost, agreed, state, lost, note, at, boot)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12, ?13)",
        params![
            attempt.name.as_str(),
            request.0,
            attempt.slot.vm.as_str(),
            attempt.slot.replica,
            attempt.run,
            attempt.deal.host.as_str(),
            deal,
            nanos(attempt.deal.cost),
            nanos(attempt.deal.agreed),
            state,
            attempt.note,
            attempt.at.to_string(),
            attempt.boot
        ],
    )?;
    Ok(())
}

pub(super) fn sending(db: &Connection, name: &AttemptName) -> Result<()> {
    one(
        db.execute("UPDATE attempts SET state = 'sent' WHERE name = ?1", [name.as_str()])?,
        name,
    )
}

pub(super) fn rate(db: &Connection, name: &AttemptName, rate: Money) -> Result<()> {
    let changed = db.execute(
        "UPDATE attempts SET rate = ?2 WHERE name = ?1",
        params![name.as_str(), nanos(rate)],
    )?;
    one(changed, name)
}

pub(super) fn change(db: &Connection, request: RequestId, change: &Change) -> Result<()> {
    match change {
        Change::Lost { name, note } => {
            let sql = "UPDATE attempts SET state = 'sent', lost = 1, note = ?2 WHERE name = ?1";
            one(db.execute(sql, [name.as_str(), note])?, name)
        }
        Change::Created { name, id } => {
            let sql = "UPDATE attempts SET state = 'created', instance = ?2 WHERE name = ?1";
            one(db.execute(sql, [name.as_str(), id.as_str()])?, name)
        }
        Change::Closed { name, ending, note } => {
            let sql = "UPDATE attempts SET state = 'closed', ending = ?2, note = ?3 WHERE name = ?1";
            one(db.execute(sql, [name.as_str(), word(&ENDINGS, *ending), note])?, name)
        }
        Change::Remove { name, id, why, note } => {
            db.execute(
                "INSERT OR REPLACE INTO removals (instance, attempt, why, note, done) VALUES (?1, ?2, ?3, ?4, 0)",
                [id.as_str(), name.as_str(), word(&WHYS, *why), note],
            )?;
            Ok(())
        }
        Change::Removed { name, id } => {
            db.execute("UPDATE removals SET done = 1 WHERE instance = ?1", [id.as_str()])?;
            db.execute(
                "UPDATE attempts SET state = 'closed', ending = ?3 WHERE name = ?1 AND state = 'created' AND instance = ?2",
                [name.as_str(), id.as_str(), word(&ENDINGS, Ending::Removed)],
            )?;
            Ok(())
        }
        Change::Agreed(prices) => agreed(db, request, prices),
        Change::SetAside(host) => set_aside(db, host),
        Change::Ended => {
            db.execute("UPDATE requests SET ended = 1 WHERE id = ?1", [request.0])?;
            Ok(())
        }
    }
}

fn agreed(db: &Connection, request: RequestId, prices: &[(Slot, Money)]) -> Result<()> {
    for (slot, price) in prices {
        db.execute(
            "INSERT OR REPLACE INTO agreed (request, vm, replica, price) VALUES (?1, ?2, ?3, ?4)",
            params![request.0, slot.vm.as_str(), slot.replica, nanos(*price)],
        )?;
    }
    Ok(())
}

fn set_aside(db: &Connection, host: &SetAside) -> Result<()> {
    db.execute(
        "INSERT OR REPLACE INTO set_aside (host, at, reason) VALUES (?1, ?2, ?3)",
        [host.host.as_str(), &host.at.to_string(), &host.reason],
    )?;
    Ok(())
}

/// An entry that is changed has to be there.
fn one(changed: usize, name: &AttemptName) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(odd("name", name)) }
}

fn word<T: PartialEq>(words: &'static [(T, &'static str)], of: T) -> &'static str {
    words
        .iter()
        .find(|(known, _)| *known == of)
        .map_or("", |(_, word)| word)
}

/// Nano-dollars as a column holds them. What exceeds nine billion dollars an hour counts as that.
fn nanos(money: Money) -> i64 {
    i64::try_from(money.nanos()).unwrap_or(i64::MAX)
}
