//! The forms that an error comes in: a sentence, a list of issues, an object, under many names.

use gpu_place_core::text::clean;

use crate::json::{Json, Scalar};

/// Longest message that is kept, in characters.
const LONGEST: usize = 300;
/// Most allowed values that are kept of a list.
pub(super) const MOST_ALLOWED: usize = 100;

/// The error that a body states.
#[derive(Debug, Default)]
pub(super) struct Stated {
    /// Its words, fit to be shown.
    pub message: String,
    /// The status that it names.
    pub status: Option<u16>,
    /// The first issue of a list of them.
    pub issue: Option<Issue>,
}

/// What is wrong with a request.
#[derive(Debug, Default)]
pub(super) struct Issue {
    /// The provider's word for the kind of mistake.
    pub code: String,
    /// The field, with points between its parts.
    pub path: Option<String>,
    /// What it may be.
    pub allowed: Vec<String>,
}

/// Whether a body states an error by its form alone.
pub(super) fn is_error(body: Json<'_>) -> bool {
    body.is_list()
        || error_field(body).is_some()
        || body
            .get("success")
            .is_some_and(|value| matches!(value.scalar(), Scalar::Bool(false)))
        || body_status(body).is_some()
}

/// What stands under `error` or `errors`, unless it says that there is none.
fn error_field(body: Json<'_>) -> Option<Json<'_>> {
    let says_something = |error: &Json<'_>| !matches!(error.raw(), "false" | "\"\"" | "[]" | "{}");
    let in_data = || body.get("data")?.any(&["error", "errors"]);
    body.any(&["error", "errors"]).or_else(in_data).filter(says_something)
}

/// The forms that an error comes in; see "Failures when creating" of the API page.
pub(super) fn stated(body: Json<'_>) -> Option<Stated> {
    if body.is_list() {
        return issues(body);
    }
    let status = body_status(body);
    let error = error_field(body).or_else(|| body.any(&["message", "detail"]));
    match error.and_then(error_value) {
        Some(stated) => Some(Stated {
            status: status.or(stated.status),
            ..stated
        }),
        None => is_error(body).then_some(Stated {
            status,
            ..Stated::default()
        }),
    }
}

/// A status of 400 or more as a number at the top of the body. A machine's status is a word.
fn body_status(body: Json<'_>) -> Option<u16> {
    let digits = body.any(&["status", "statusCode"])?.number()?;
    digits.parse().ok().filter(|status| (400..600).contains(status))
}

/// What stands under `error`: a sentence, a list of issues (also as text), or an object with a message.
fn error_value(error: Json<'_>) -> Option<Stated> {
    if error.is_list() {
        return issues(error);
    }
    if error.is_object() {
        return issue(error).map(|(message, issue)| Stated {
            message,
            status: None,
            issue: Some(issue),
        });
    }
    let text = error.text()?;
    let listed = Some(text.trim())
        .filter(|t| t.starts_with('['))
        .and_then(|t| Json::parse(t).ok());
    listed.and_then(issues).or_else(|| {
        Some(Stated {
            message: clean(&text, LONGEST),
            ..Stated::default()
        })
    })
}

/// A list of issues: the first is what it is about, the messages of all are kept.
fn issues(list: Json<'_>) -> Option<Stated> {
    let all: Vec<(String, Issue)> = list.items().into_iter().take(20).filter_map(issue).collect();
    let message = all
        .iter()
        .map(|(message, _)| message.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    let (_, first) = all.into_iter().next()?;
    Some(Stated {
        message: clean(&message, LONGEST),
        status: None,
        issue: Some(first),
    })
}

fn issue(json: Json<'_>) -> Option<(String, Issue)> {
    if let Some(text) = json.text() {
        return Some((clean(&text, LONGEST), Issue::default()));
    }
    let message = json.any(&["message", "detail", "title", "error"])?.text()?;
    let code = json.any(&["code", "title"]).and_then(Json::text).unwrap_or_default();
    let path: Vec<String> = json
        .get("path")
        .map_or(Vec::new(), |path| path.items())
        .into_iter()
        .map(step)
        .collect();
    let allowed = json.get("options").map_or(Vec::new(), |options| options.items());
    let allowed = allowed
        .into_iter()
        .filter_map(Json::text)
        .map(|word| clean(&word, 80))
        .take(MOST_ALLOWED);
    let issue = Issue {
        code: clean(&code, 80),
        path: (!path.is_empty()).then(|| clean(&path.join("."), LONGEST)),
        allowed: allowed.collect(),
    };
    Some((clean(&message, LONGEST), issue))
}

/// One step of a path: a name or a position.
fn step(json: Json<'_>) -> String {
    json.text().map_or_else(|| json.raw().to_owned(), Into::into)
}
