//! What a fault makes of an answer, or gives in its place.

use serde_json::{Value, json};

use super::{ErrorBody, Fault, OkError, RetryAfter};
use crate::{
    refusal::Refusal,
    reply::{Answer, Reply},
};

/// Escapes that set a terminal's title, clear its screen and turn its text around.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31m\u{202e}\r\n";
const HOSTILE_FIELDS: [&str; 9] = [
    "city",
    "stateprovince",
    "country",
    "organizationName",
    "engine",
    "displayName",
    "message",
    "error",
    "status",
];

impl Fault {
    /// The reply that comes instead of any effect.
    pub(crate) fn instead(&self, path: &str) -> Option<Reply> {
        let answer = match self {
            Self::RequestLost => {
                return Some(Reply::NoAnswer { effect_applied: false });
            }
            Self::TooMany(retry_after) => too_many(retry_after),
            Self::Failure {
                status,
                body,
                applied: false,
            } => failure(*status, *body),
            Self::Unauthorized => Answer::json(401, &json!({ "error": "Unauthorized" })),
            Self::ErrorInOk(form) => error_in_ok(*form),
            Self::Says { status, body } => Answer::typed(*status, "application/json", body.to_string()),
            Self::Redirect { status, elsewhere } => redirect(*status, *elsewhere, path),
            Self::StaleStock => Refusal::NO_NODES.answer(Default::default()),
            Self::NoPublicIp => Refusal::NO_PUBLIC_IP.answer(Default::default()),
            Self::NoBalance => Refusal::NO_BALANCE.answer(Default::default()),
            _ => return None,
        };
        Some(Reply::Answer(answer))
    }

    /// What becomes of the answer to a call that had its effect.
    pub(crate) fn spoil(&self, answer: Answer) -> Reply {
        match self {
            Self::AnswerLost => Reply::NoAnswer { effect_applied: true },
            Self::AnswerLate(after) => Reply::Late { after: *after, answer },
            Self::CutOff => Reply::Cut {
                sent: answer.body.len() / 2,
                answer,
            },
            Self::Drip(every) => Reply::Drip { answer, every: *every },
            _ => Reply::Answer(self.altered(answer)),
        }
    }

    fn altered(&self, mut answer: Answer) -> Answer {
        match self {
            Self::Failure { status, body, .. } => return failure(*status, *body),
            Self::HtmlOk => return Answer::html(200),
            Self::EmptyOk => return Answer::empty(200),
            Self::Truncated => answer.body.truncate(answer.body.len() / 2),
            Self::WrongType => answer.headers = vec![("content-type".to_owned(), "text/plain".to_owned())],
            Self::Huge(bytes) => answer.body.resize(answer.body.len().saturating_add(*bytes), b' '),
            Self::Hostile => rewrite(&mut answer, defaced),
            Self::IdMissing => rewrite(&mut answer, |body| with_id(body, None)),
            Self::IdEmpty => rewrite(&mut answer, |body| with_id(body, Some(""))),
            Self::Incomplete => rewrite(&mut answer, thinned),
            Self::RateUnsaid => rewrite(&mut answer, unpriced),
            _ => {}
        }
        answer
    }
}

fn too_many(retry_after: &RetryAfter) -> Answer {
    let answer = Answer::json(429, &json!({ "error": "Too many requests" }));
    match retry_after {
        RetryAfter::Absent => answer,
        RetryAfter::Seconds(seconds) => answer.with_header("retry-after", seconds.to_string()),
        RetryAfter::Text(text) => answer.with_header("retry-after", text.as_ref()),
    }
}

fn failure(status: u16, body: ErrorBody) -> Answer {
    match body {
        ErrorBody::Json => Answer::json(status, &json!({ "error": "Internal server error" })),
        ErrorBody::Html => Answer::html(status),
        ErrorBody::Empty => Answer::empty(status),
    }
}

fn error_in_ok(form: OkError) -> Answer {
    let issues = json!([{ "code": "custom", "message": "Hostnode unavailable", "path": [] }]);
    let body = match form {
        OkError::WithStatus => json!({ "error": "Hostnode unavailable", "status": 400 }),
        OkError::Issues => json!({ "error": issues }),
        OkError::Unsuccessful => json!({ "success": false, "error": "Hostnode unavailable" }),
    };
    Answer::json(200, &body)
}

fn redirect(status: u16, elsewhere: bool, path: &str) -> Answer {
    let host = if elsewhere { "http://elsewhere.invalid" } else { "" };
    Answer::empty(status).with_header("location", format!("{host}/api/v2{path}"))
}

fn rewrite(answer: &mut Answer, change: impl FnOnce(Value) -> Value) {
    if let Some(body) = answer.body_json() {
        answer.body = change(body).to_string().into_bytes();
    }
}

/// Puts escapes and a very long tail into every name and message.
fn defaced(body: Value) -> Value {
    match body {
        Value::Array(list) => list.into_iter().map(defaced).collect(),
        Value::Object(fields) => {
            let deface = |(name, value): (String, Value)| match value {
                Value::String(text) if HOSTILE_FIELDS.contains(&name.as_str()) => {
                    (name, format!("{HOSTILE}{text}{}", "A".repeat(5_000)).into())
                }
                other => (name, defaced(other)),
            };
            fields.into_iter().map(deface).collect::<serde_json::Map<_, _>>().into()
        }
        other => other,
    }
}

/// Replaces the id of a created machine, or takes it away.
fn with_id(mut body: Value, id: Option<&str>) -> Value {
    if let Some(Value::Object(fields)) = body.get_mut("data") {
        match id {
            Some(id) => fields.insert("id".to_owned(), id.into()),
            None => fields.remove("id"),
        };
    }
    body
}

/// Takes away what machines cost, however deep.
fn unpriced(body: Value) -> Value {
    match body {
        Value::Array(list) => list.into_iter().map(unpriced).collect(),
        Value::Object(mut fields) => {
            fields.retain(|name, _| name != "rateHourly" && name != "rate_hourly");
            let rest = fields.into_iter().map(|(name, value)| (name, unpriced(value)));
            rest.collect::<serde_json::Map<_, _>>().into()
        }
        other => other,
    }
}

/// Names under which a list may stand.
const ENVELOPES: [&str; 4] = ["data", "attributes", "hostnodes", "instances"];

/// Leaves out every other entry of a list, which may be an array or a map by id.
fn thinned(body: Value) -> Value {
    match body {
        Value::Array(list) => list.into_iter().skip(1).step_by(2).collect(),
        Value::Object(mut fields) => {
            let envelope = ENVELOPES.into_iter().find(|name| fields.contains_key(*name));
            if let Some(inner) = envelope.and_then(|name| fields.get_mut(name)) {
                *inner = thinned(inner.take());
            } else if fields.values().all(Value::is_object) {
                fields = fields.into_iter().skip(1).step_by(2).collect();
            }
            Value::Object(fields)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_thinned_in_every_shape_and_details_never() {
        let (a, b) = (json!({"id": "a", "gpus": [1, 2]}), json!({"id": "b", "gpus": [1, 2]}));
        for (whole, thin) in [
            (json!({"data": [a, b]}), json!({"data": [b]})),
            (json!({"data": {"instances": [a]}}), json!({"data": {"instances": []}})),
            (
                json!({"data": {"hostnodes": {"a": a, "b": b}}}),
                json!({"data": {"hostnodes": {"b": b}}}),
            ),
            (
                json!({"data": {"type": "list", "attributes": {"instances": [a, b]}}}),
                json!({"data": {"type": "list", "attributes": {"instances": [b]}}}),
            ),
            (json!({"data": a}), json!({"data": a})),
        ] {
            assert_eq!(thinned(whole), thin);
        }
    }
}
