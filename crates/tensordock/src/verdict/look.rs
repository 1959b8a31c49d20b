//! Answers to calls that only look at the market.

use gpu_place_core::fleet::HostId;

use super::{REFUSING, says_gone, unexpected};
use crate::answer::Answer;
use crate::listing::{HostDetail, Listing};
use crate::locations::{self, Location};
use crate::refusal::{Refusal, RefusalKind};

/// No error message is as long as this, in bytes.
const LONGEST_ERROR: usize = 1 << 16;

/// What a call that only looks at the market found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookAnswer<T> {
    /// What was asked for.
    Found(T),
    /// It does not exist (any more); of a list: the address is wrong.
    Gone,
    /// It was refused.
    Refused(Refusal),
    /// Nothing is known.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
}

/// Judges the answer to a list call of hostnodes, made at the time `taken_at`.
pub fn hostnodes(answer: &Answer<'_>, taken_at: &str) -> LookAnswer<Listing> {
    look(answer, |body| {
        let listing = Listing::parse(body, taken_at).map_err(|error| error.to_string())?;
        // An error can look like a map with strange hosts in it. A long answer is none.
        let error = body.len() < LONGEST_ERROR && stated(answer).is_some();
        if error { Err("an error".into()) } else { Ok(listing) }
    })
}

/// Judges the answer to a get call of one hostnode.
pub fn hostnode(answer: &Answer<'_>, asked: &HostId) -> LookAnswer<HostDetail> {
    look(answer, |body| {
        HostDetail::parse(asked, body).map_err(|error| error.to_string())
    })
}

/// Judges the answer to a list call of locations.
pub fn locations(answer: &Answer<'_>) -> LookAnswer<Vec<Location>> {
    look(answer, |_| locations::read(answer).map_err(|error| error.to_string()))
}

fn look<T>(answer: &Answer<'_>, read: impl Fn(&[u8]) -> Result<T, String>) -> LookAnswer<T> {
    match answer.status {
        200..300 => read(answer.body).map_or_else(
            |why| match (answer.json(), stated(answer)) {
                (_, Some(refusal)) if refusal.kind == RefusalKind::Gone => LookAnswer::Gone,
                (_, Some(refusal)) => LookAnswer::Refused(refusal),
                (Ok(_), None) => LookAnswer::Unknown { why },
                (Err(error), None) => LookAnswer::Unknown { why: error.to_string() },
            },
            LookAnswer::Found,
        ),
        404 if says_gone(answer) => LookAnswer::Gone,
        status if REFUSING.contains(&status) && status != 404 => LookAnswer::Refused(Refusal::of_status(answer)),
        _ => LookAnswer::Unknown {
            why: unexpected(answer),
        },
    }
}

/// The error that a body states which should not hold one.
fn stated(answer: &Answer<'_>) -> Option<Refusal> {
    answer
        .json()
        .ok()
        .filter(|body| body.is_object())
        .and_then(|body| Refusal::stated(answer, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_tells_a_market_from_an_error() {
        let judge = |status, body: &str| hostnodes(&Answer::new(status, body.as_bytes()), "T");
        assert!(matches!(judge(200, r#"{"data":{"hostnodes":[]}}"#), LookAnswer::Found(l) if l.ids().is_empty()));
        assert!(matches!(judge(200, r#"{"data":[{"id":"a"}]}"#), LookAnswer::Found(l) if l.ids().len() == 1));
        for error in [r#"{"error":"x","status":400}"#, r#"{"error":{"message":"x"}}"#] {
            assert!(
                matches!(judge(200, error), LookAnswer::Refused(r) if r.message == "x"),
                "{error}"
            );
        }
        assert!(matches!(judge(401, ""), LookAnswer::Refused(_)));
        assert!(matches!(judge(404, r#"{"error":"Not found"}"#), LookAnswer::Gone));
        for (status, body) in [
            (200, "<html>"),
            (200, "{\"data\":["),
            (404, "<html>"),
            (302, ""),
            (500, "{}"),
        ] {
            assert!(
                matches!(judge(status, body), LookAnswer::Unknown { .. }),
                "{status} {body}"
            );
        }
        let one = |status, body: &str| hostnode(&Answer::new(status, body.as_bytes()), &HostId::new("a"));
        assert!(matches!(
            one(200, r#"{"data":{"id":"a","available_resources":{}}}"#),
            LookAnswer::Found(_)
        ));
        assert!(matches!(
            one(200, r#"{"error":"Hostnode not found","status":404}"#),
            LookAnswer::Gone
        ));
    }
}
