//! Refusals, in the error forms that the provider has been seen to use.

use serde_json::{Value, json};

use crate::reply::Answer;

/// How a list of validation issues is wrapped. The letters are those of the API page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IssueForm {
    /// The bare list (form c).
    #[default]
    List,
    /// Under `error`, as JSON (form d).
    UnderError,
    /// Under `error`, as text (form d).
    AsText,
    /// Under `errors`, with status, title and detail (form e).
    Errors,
    /// Only the first message, under `message` (form b).
    Message,
}

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// The request is wrong: HTTP 400 with a list of issues.
    Invalid(Vec<Value>),
    /// The marketplace can't do it now: HTTP 200 with an error and a status of 400 in the body.
    Market(&'static str),
    /// HTTP 400 with one sentence.
    Plain(&'static str),
    /// HTTP 404 with one sentence.
    NotFound(&'static str),
}

impl Refusal {
    pub const NO_NODES: Self = Self::Market("No available nodes found");
    pub const NO_NODES_FOR_CONFIGURATION: Self =
        Self::Market("No available nodes found for the requested configuration");
    pub const NO_PUBLIC_IP: Self = Self::Market("No available public IPs on hostnode");
    pub const NO_BALANCE: Self = Self::Plain("Insufficient balance: you need at least $1.00 to deploy an instance");
    pub const DEPLOYMENT: Self = Self::Market("An unexpected error during deployment occurred");

    /// One issue of the custom kind; `path` is below `data.attributes`.
    pub fn issue(path: &[&str], message: impl Into<String>) -> Self {
        Self::Invalid(vec![json!({
            "code": "custom", "message": message.into(), "path": below_attributes(path),
        })])
    }

    /// The issue of a missing or mistyped field.
    pub fn expected(kind: &str, path: &[&str]) -> Self {
        Self::Invalid(vec![json!({
            "code": "invalid_type", "expected": kind, "message": format!("Expected {kind}"),
            "path": below_attributes(path),
        })])
    }

    /// The issue of a word that is not in a list.
    pub fn not_one_of(allowed: &[String], received: &str, path: &[&str]) -> Self {
        let options: Vec<String> = allowed.iter().map(|word| format!("'{word}'")).collect();
        let message = format!(
            "Invalid enum value. Expected {}, received '{received}'",
            options.join(" | ")
        );
        Self::Invalid(vec![json!({
            "code": "invalid_enum_value", "options": allowed, "received": received,
            "message": message, "path": below_attributes(path),
        })])
    }

    pub fn answer(&self, form: IssueForm) -> Answer {
        match self {
            Self::Invalid(issues) => Answer::json(400, &wrapped(issues, form)),
            Self::Market(error) => Answer::json(200, &json!({ "error": error, "status": 400 })),
            Self::Plain(error) => Answer::json(400, &json!({ "error": error })),
            Self::NotFound(error) => Answer::json(404, &json!({ "error": error })),
        }
    }
}

fn below_attributes(path: &[&str]) -> Vec<String> {
    ["data", "attributes"]
        .iter()
        .chain(path)
        .map(|part| (*part).to_owned())
        .collect()
}

fn wrapped(issues: &[Value], form: IssueForm) -> Value {
    let list = json!(issues);
    match form {
        IssueForm::List => list,
        IssueForm::UnderError => json!({ "error": list }),
        IssueForm::AsText => json!({ "error": list.to_string() }),
        IssueForm::Errors => json!({ "errors": issues.iter().map(titled).collect::<Vec<_>>() }),
        IssueForm::Message => json!({ "message": issues.first().map(|issue| &issue["message"]) }),
    }
}

fn titled(issue: &Value) -> Value {
    json!({ "status": "400", "title": issue["code"], "detail": issue["message"] })
}
