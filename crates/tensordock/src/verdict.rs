//! What an answer means for the one who asked.
//!
//! The rule for a create call is strict on both sides: success needs an id and no sign of an error, a refusal needs the provider's
//! own word for it, and whatever is neither counts as lost, because a machine may exist and cost money.

mod look;

pub use look::{LookAnswer, hostnode, hostnodes, locations};

use crate::answer::Answer;
use crate::instance::{Instance, InstanceId, InstanceList, InstanceState};
use crate::json::Json;
use crate::refusal::{Refusal, RefusalKind};
use gpu_place_core::text::clean;

/// Statuses that say by themselves that nothing was created.
const REFUSING: [u16; 7] = [400, 401, 403, 404, 409, 422, 429];

/// What became of a create call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateAnswer {
    /// The machine exists.
    Created(Created),
    /// It does not, and why.
    Refused(Refusal),
    /// The server failed with an error text of its own: refused once a complete list lacks the name.
    ServerText(Refusal),
    /// Nobody knows whether it exists.
    Lost {
        /// What was seen instead of an answer.
        why: String,
    },
}

/// A machine as the create call's answer tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: InstanceId,
    /// Its name, where the answer repeats it.
    pub name: Option<String>,
    /// What it is doing.
    pub state: InstanceState,
    /// The marketplace's own word for it.
    pub status: String,
}

/// What became of a delete call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeleteAnswer {
    /// Accepted; it is gone once a get says so.
    Accepted,
    /// There is no such instance (any more).
    Gone,
    /// It was refused.
    Refused(Refusal),
    /// Nobody knows.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
}

/// What a get call found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GetAnswer {
    /// The instance.
    Found(Box<Instance>),
    /// There is no such instance (any more).
    Gone,
    /// It was refused.
    Refused(Refusal),
    /// Nothing is known.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
}

/// What a list call found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListAnswer {
    /// A list, complete or not.
    Listed(InstanceList),
    /// It was refused.
    Refused(Refusal),
    /// Nothing is known.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
}

/// Judges the answer to a create call.
pub fn create(answer: &Answer<'_>) -> CreateAnswer {
    match answer.status {
        200..300 => created(answer),
        status if REFUSING.contains(&status) => CreateAnswer::Refused(Refusal::of_status(answer)),
        500..600 => match answer.json().map(|body| Refusal::stated(answer, body)) {
            Ok(Some(refusal)) if !refusal.message.is_empty() => CreateAnswer::ServerText(refusal),
            _ => CreateAnswer::Lost {
                why: unexpected(answer),
            },
        },
        _ => CreateAnswer::Lost {
            why: unexpected(answer),
        },
    }
}

/// A good status is only half of a success.
fn created(answer: &Answer<'_>) -> CreateAnswer {
    let body = match answer.json() {
        Ok(body) => body,
        Err(error) => return CreateAnswer::Lost { why: error.to_string() },
    };
    let lost = |what: &str| CreateAnswer::Lost {
        why: format!("HTTP {} with {what}", answer.status),
    };
    match (find_created(body), Refusal::stated(answer, body)) {
        (Some(created), None) => CreateAnswer::Created(created),
        // An id beside an error may well be a machine.
        (Some(_), Some(refusal)) => lost(&format!("an id and the error {refusal}")),
        (None, Some(refusal)) => CreateAnswer::Refused(refusal),
        (None, None) => lost("neither an id nor an error"),
    }
}

fn find_created(body: Json<'_>) -> Option<Created> {
    let machine = body.get("data").filter(|data| data.is_object()).unwrap_or(body);
    let fields = machine.get("attributes").filter(|a| a.is_object()).unwrap_or(machine);
    let id = [machine, fields]
        .into_iter()
        .find_map(|place| place.get("id"))
        .and_then(InstanceId::read)?;
    let status = fields
        .get("status")
        .and_then(Json::text)
        .map_or(String::new(), |word| clean(&word, 40));
    Some(Created {
        id,
        name: fields.get("name").and_then(Json::text).map(|name| clean(&name, 200)),
        state: InstanceState::of_word(&status),
        status,
    })
}

/// Judges the answer to a delete call. An empty body under a good status is a success.
pub fn delete(answer: &Answer<'_>) -> DeleteAnswer {
    let unknown = |why| DeleteAnswer::Unknown { why };
    match answer.status {
        200..300 if answer.is_empty() => DeleteAnswer::Accepted,
        200..300 => match answer.json() {
            Ok(body) => Refusal::stated(answer, body).map_or(DeleteAnswer::Accepted, |refusal| match refusal.kind {
                RefusalKind::Gone => DeleteAnswer::Gone,
                _ => DeleteAnswer::Refused(refusal),
            }),
            Err(error) => unknown(error.to_string()),
        },
        404 if says_gone(answer) => DeleteAnswer::Gone,
        status if REFUSING.contains(&status) && status != 404 => DeleteAnswer::Refused(Refusal::of_status(answer)),
        _ => unknown(unexpected(answer)),
    }
}

/// Judges the answer to a get call of one instance, in or without an envelope.
pub fn get(answer: &Answer<'_>) -> GetAnswer {
    let unknown = |why| GetAnswer::Unknown { why };
    match answer.status {
        200..300 => match answer.json() {
            Ok(body) => found(answer, body),
            Err(error) => unknown(error.to_string()),
        },
        404 if says_gone(answer) => GetAnswer::Gone,
        status if REFUSING.contains(&status) && status != 404 => GetAnswer::Refused(Refusal::of_status(answer)),
        _ => unknown(unexpected(answer)),
    }
}

fn found(answer: &Answer<'_>, body: Json<'_>) -> GetAnswer {
    if let Some(refusal) = Refusal::stated(answer, body) {
        return match refusal.kind {
            RefusalKind::Gone => GetAnswer::Gone,
            _ => GetAnswer::Refused(refusal),
        };
    }
    let machine = body.get("data").filter(|data| data.is_object()).unwrap_or(body);
    Instance::read(machine).map_or_else(
        || GetAnswer::Unknown {
            why: format!("HTTP {} with an instance that has no readable id", answer.status),
        },
        |instance| GetAnswer::Found(Box::new(instance)),
    )
}

/// Judges the answer to a list call.
pub fn list(answer: &Answer<'_>) -> ListAnswer {
    let unknown = |why| ListAnswer::Unknown { why };
    match answer.status {
        200..300 => match answer.json() {
            // At the top of this answer a bare list is the list itself, not one of issues.
            Ok(body) => match Some(body)
                .filter(|b| b.is_object())
                .and_then(|b| Refusal::stated(answer, b))
            {
                Some(refusal) => ListAnswer::Refused(refusal),
                None => ListAnswer::Listed(InstanceList::read(body)),
            },
            Err(error) => unknown(error.to_string()),
        },
        // A missing list is a wrong address, not an empty account.
        status if REFUSING.contains(&status) && status != 404 => ListAnswer::Refused(Refusal::of_status(answer)),
        _ => unknown(unexpected(answer)),
    }
}

/// Whether a 404 comes from the API: a page of someone else's proves nothing.
fn says_gone(answer: &Answer<'_>) -> bool {
    answer.is_empty() || answer.json().is_ok()
}

/// An answer that is no answer, in words.
fn unexpected(answer: &Answer<'_>) -> String {
    let status = answer.status;
    match answer.json().map(|body| Refusal::stated(answer, body)) {
        _ if (300..400).contains(&status) => format!("HTTP {status}, a redirect, which is not followed"),
        Ok(Some(refusal)) if !refusal.message.is_empty() => refusal.to_string(),
        Ok(_) => format!("HTTP {status}"),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created_by(status: u16, body: &str) -> CreateAnswer {
        create(&Answer::new(status, body.as_bytes()))
    }

    fn is_lost(status: u16, body: &str) -> bool {
        matches!(created_by(status, body), CreateAnswer::Lost { .. })
    }

    fn refusal_kind(status: u16, body: &str) -> Option<RefusalKind> {
        match created_by(status, body) {
            CreateAnswer::Refused(refusal) => Some(refusal.kind),
            _ => None,
        }
    }

    #[test]
    fn success_needs_an_id_and_no_error() {
        for body in [
            r#"{"data":{"type":"virtualmachine","id":"468b-1","name":"my-vm","status":"running"}}"#,
            r#"{"id":"468b-1","name":"my-vm","status":"Running"}"#,
            r#"{"data":{"id":"468b-1","attributes":{"name":"my-vm","status":"running"}},"error":null}"#,
        ] {
            let CreateAnswer::Created(created) = created_by(201, body) else {
                panic!("{body}");
            };
            assert_eq!(
                (created.id.as_str(), created.name.as_deref()),
                ("468b-1", Some("my-vm"))
            );
            assert_eq!(created.state, InstanceState::Running);
        }
        assert!(matches!(
            created_by(200, r#"{"data":{"id":77}}"#),
            CreateAnswer::Created(_)
        ));
    }

    #[test]
    fn an_error_under_a_good_status_is_a_refusal() {
        let sold_out = r#"{"error":"No available nodes found","status":400}"#;
        assert_eq!(refusal_kind(200, sold_out), Some(RefusalKind::SoldOut));
        assert_eq!(
            refusal_kind(200, r#"{"success":false,"error":"x"}"#),
            Some(RefusalKind::Other)
        );
        assert_eq!(refusal_kind(200, r#"{"success":false}"#), Some(RefusalKind::Other));
        assert_eq!(
            refusal_kind(200, r#"{"message":"No available nodes found"}"#),
            Some(RefusalKind::SoldOut)
        );
        let rule = r#"[{"code":"custom","message":"x","path":["data","attributes","name"]}]"#;
        assert!(matches!(refusal_kind(200, rule), Some(RefusalKind::Invalid { .. })));
    }

    #[test]
    fn whatever_is_neither_is_lost() {
        for (status, body) in [
            (200, ""),
            (200, "{}"),
            (200, r#"{"data":{"id":""}}"#),
            (200, r#"{"message":"working on it"}"#),
            (200, r#"{"data":{"id":"a"},"error":"x"}"#),
            (200, "<html></html>"),
            (200, r#"{"data":{"id":"a""#),
            (302, ""),
            (408, r#"{"error":"x"}"#),
            (500, "<html></html>"),
            (502, ""),
            (503, "{}"),
        ] {
            assert!(is_lost(status, body), "{status} {body}");
        }
    }

    #[test]
    fn the_server_s_own_text_is_told_apart() {
        let answer = created_by(500, r#"{"error":"An unexpected error during deployment occurred"}"#);
        let CreateAnswer::ServerText(refusal) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(refusal.kind, RefusalKind::DeploymentFailed);
    }

    #[test]
    fn refusing_statuses_refuse_whatever_the_body() {
        for status in REFUSING {
            assert!(refusal_kind(status, "<html></html>").is_some(), "{status}");
        }
    }

    #[test]
    fn a_delete_is_told_by_status_and_body() {
        let judge = |status, body: &str| delete(&Answer::new(status, body.as_bytes()));
        let text = r#"{"data":{"type":"success","attributes":{"message":"Instance deleted successfully"}}}"#;
        assert_eq!(judge(200, text), DeleteAnswer::Accepted);
        assert_eq!(
            judge(200, r#"{"data":{"message":"Instance deleted successfully"}}"#),
            DeleteAnswer::Accepted
        );
        assert_eq!(judge(204, ""), DeleteAnswer::Accepted);
        assert_eq!(judge(404, r#"{"error":"Instance not found"}"#), DeleteAnswer::Gone);
        assert_eq!(
            judge(200, r#"{"error":"Instance not found","status":404}"#),
            DeleteAnswer::Gone
        );
        assert!(matches!(judge(404, "<html></html>"), DeleteAnswer::Unknown { .. }));
        assert!(matches!(judge(401, ""), DeleteAnswer::Refused(_)));
        assert!(matches!(judge(500, r#"{"error":"x"}"#), DeleteAnswer::Unknown { .. }));
        assert!(matches!(judge(200, "<html></html>"), DeleteAnswer::Unknown { .. }));
    }

    #[test]
    fn a_get_finds_an_instance_in_any_envelope() {
        let judge = |status, body: &str| get(&Answer::new(status, body.as_bytes()));
        for body in [
            r#"{"id":"a","name":"n","status":"running"}"#,
            r#"{"data":{"id":"a","name":"n","status":"running"}}"#,
            r#"{"data":{"id":"a","attributes":{"name":"n","status":"running"}}}"#,
        ] {
            assert!(
                matches!(judge(200, body), GetAnswer::Found(i) if i.name == "n"),
                "{body}"
            );
        }
        assert_eq!(judge(404, ""), GetAnswer::Gone);
        assert!(matches!(judge(200, r#"{"error":"x"}"#), GetAnswer::Refused(_)));
        assert!(matches!(judge(503, ""), GetAnswer::Unknown { .. }));
    }

    #[test]
    fn a_missing_list_is_not_an_empty_one() {
        let judge = |status, body: &str| list(&Answer::new(status, body.as_bytes()));
        assert!(matches!(judge(200, "[]"), ListAnswer::Listed(l) if l.is_complete()));
        assert!(matches!(
            judge(404, r#"{"error":"Not found"}"#),
            ListAnswer::Unknown { .. }
        ));
        assert!(matches!(
            judge(200, r#"{"error":"x","status":500}"#),
            ListAnswer::Refused(_)
        ));
        assert!(matches!(judge(200, r#"{"data":["#), ListAnswer::Unknown { .. }));
    }
}
