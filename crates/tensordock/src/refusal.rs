//! The provider's error texts, and what each means for the next step.

mod form;

use std::time::Duration;

use crate::answer::Answer;
use crate::json::Json;
use form::{Issue, MOST_ALLOWED, Stated, is_error, stated};

/// A call that the provider refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it means.
    pub kind: RefusalKind,
    /// The provider's own words, fit to be shown; empty where it had none.
    pub message: String,
    /// The HTTP status, or the one that the body states.
    pub status: u16,
}

/// Refusals by what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalKind {
    /// The stock that was shown is gone.
    SoldOut,
    /// The host has no public IP left, whatever it advertised.
    NoPublicIp,
    /// The deployment failed for no stated reason; a machine may be left behind.
    DeploymentFailed,
    /// The host has too little of something, or is not available.
    Capacity,
    /// Ubuntu without a public IP needs port 22 forwarded.
    SshPortRule,
    /// An asked external port is taken.
    PortsTaken,
    /// The image is not on offer.
    ImageNotOffered {
        /// What is, where the provider said so.
        allowed: Vec<String>,
    },
    /// The request is wrong; repeating it is useless.
    Invalid {
        /// The field, as `data.attributes.name`, where the provider named one.
        path: Option<String>,
        /// What the field may be, where the provider said so.
        allowed: Vec<String>,
    },
    /// The account has too little money.
    NoMoney,
    /// The token is missing, wrong or not allowed to do this.
    Unauthorised,
    /// What the call names does not exist (any more).
    Gone,
    /// Too many calls.
    RateLimited {
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// Something else.
    Other,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.message.is_empty() {
            write!(f, "HTTP {} without a reason", self.status)
        } else {
            write!(f, "\"{}\" (HTTP {})", self.message, self.status)
        }
    }
}

impl Refusal {
    /// The error that an answer states in its body, whatever its HTTP status; `None` if the body states none.
    /// Under a good status a lone `message` is an error only where its words are known as one.
    pub(crate) fn stated(answer: &Answer<'_>, body: Json<'_>) -> Option<Refusal> {
        let stated = stated(body)?;
        let status = stated.status.unwrap_or(answer.status);
        let kind = kind(&stated, status, answer.retry_after);
        let certain = !answer.is_ok() || is_error(body) || kind != RefusalKind::Other;
        certain.then_some(Refusal {
            kind,
            message: stated.message,
            status,
        })
    }

    /// The refusal that a status of 400 to 499 is, with the body's words where it has some.
    pub(crate) fn of_status(answer: &Answer<'_>) -> Refusal {
        let stated = answer.json().ok().and_then(|body| Refusal::stated(answer, body));
        stated.unwrap_or_else(|| Refusal {
            kind: kind(&Stated::default(), answer.status, answer.retry_after),
            message: String::new(),
            status: answer.status,
        })
    }
}

fn kind(stated: &Stated, status: u16, retry_after: Option<Duration>) -> RefusalKind {
    match status {
        429 => return RefusalKind::RateLimited { retry_after },
        401 => return RefusalKind::Unauthorised,
        _ => {}
    }
    if let Some(kind) = kind_of_words(&stated.message.to_lowercase()) {
        return kind;
    }
    match &stated.issue {
        Some(issue) if issue.is_about_the_image(&stated.message) => RefusalKind::ImageNotOffered {
            allowed: issue.allowed_values(&stated.message),
        },
        Some(issue) => RefusalKind::Invalid {
            path: issue.path.clone(),
            allowed: issue.allowed.clone(),
        },
        None if is_enum_error(&stated.message) => RefusalKind::ImageNotOffered {
            allowed: quoted_words(&stated.message),
        },
        None => kind_of_status(status, &stated.message),
    }
}

fn kind_of_status(status: u16, message: &str) -> RefusalKind {
    match status {
        403 => RefusalKind::Unauthorised,
        // A key that is not known is our mistake; nothing of the marketplace is gone.
        404 if message.to_lowercase().contains("key") => RefusalKind::Invalid {
            path: None,
            allowed: Vec::new(),
        },
        404 => RefusalKind::Gone,
        _ => RefusalKind::Other,
    }
}

/// Sentences that have been seen, in lower case. The more particular ones come first.
fn kind_of_words(message: &str) -> Option<RefusalKind> {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&["no available public ip"]) {
        Some(RefusalKind::NoPublicIp)
    } else if has(&["no available node", "no nodes available", "out of stock"]) {
        Some(RefusalKind::SoldOut)
    } else if has(&["unexpected error during deployment"]) {
        Some(RefusalKind::DeploymentFailed)
    } else if has(&["(22) must be forwarded"]) {
        Some(RefusalKind::SshPortRule)
    } else if has(&[
        "need at least",
        "balance is",
        "your balance",
        "insufficient balance",
        "insufficient funds",
    ]) {
        Some(RefusalKind::NoMoney)
    } else if has(&[
        "insufficient capacity",
        "resource unavailable",
        "hostnode unavailable",
        "not enough",
    ]) {
        Some(RefusalKind::Capacity)
    } else if has(&["port"]) && has(&["not available", "unavailable", "in use", "taken"]) {
        Some(RefusalKind::PortsTaken)
    } else {
        None
    }
}

fn is_enum_error(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("invalid_enum_value") || message.contains("invalid enum value")
}

impl Issue {
    /// A word that is not in a list, of a field that is the image or is not named.
    fn is_about_the_image(&self, message: &str) -> bool {
        let listed = self.code == "invalid_enum_value" || is_enum_error(message);
        listed && self.path.as_ref().is_none_or(|path| path.ends_with("image"))
    }

    fn allowed_values(&self, message: &str) -> Vec<String> {
        if self.allowed.is_empty() {
            quoted_words(message)
        } else {
            self.allowed.clone()
        }
    }
}

/// The words that a message such as `Expected 'a' | 'b', received 'c'` allows.
fn quoted_words(message: &str) -> Vec<String> {
    let allowed = message.split("received").next().unwrap_or_default();
    allowed
        .split('\'')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .take(MOST_ALLOWED)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(status: u16, body: &str) -> RefusalKind {
        Refusal::of_status(&Answer::new(status, body.as_bytes())).kind
    }

    #[test]
    fn sentences_of_the_field_are_known() {
        for (error, kind) in [
            (
                "No available nodes found for the requested configuration",
                RefusalKind::SoldOut,
            ),
            ("GPU model is out of stock", RefusalKind::SoldOut),
            ("No available public IPs on hostnode", RefusalKind::NoPublicIp),
            (
                "An unexpected error during deployment occurred",
                RefusalKind::DeploymentFailed,
            ),
            ("Insufficient capacity at this location", RefusalKind::Capacity),
            ("Hostnode unavailable", RefusalKind::Capacity),
            (
                "SSH port (22) must be forwarded for Ubuntu VMs",
                RefusalKind::SshPortRule,
            ),
            ("Port 20005 is not available on this hostnode", RefusalKind::PortsTaken),
            ("Insufficient balance: you need at least $1.00", RefusalKind::NoMoney),
            ("The moon is in the wrong house", RefusalKind::Other),
        ] {
            assert_eq!(kind_of(400, &format!(r#"{{"error":"{error}"}}"#)), kind, "{error}");
        }
    }

    #[test]
    fn every_form_of_an_error_is_read() {
        let rule = r#"{"code":"custom","message":"SSH port (22) must be forwarded for Ubuntu VMs","path":["data"]}"#;
        let as_text = serde_json::to_string(&format!("[{rule}]")).unwrap();
        for body in [
            format!("[{rule}]"),
            format!(r#"{{"error":[{rule}]}}"#),
            format!(r#"{{"error":{as_text}}}"#),
            format!(r#"{{"error":{rule},"status":400}}"#),
            format!(r#"{{"data":{{"error":{as_text}}}}}"#),
            r#"{"errors":[{"status":"400","title":"x","detail":"SSH port (22) must be forwarded"}]}"#.into(),
            r#"{"success":false,"error":"SSH port (22) must be forwarded"}"#.into(),
            r#"{"message":"SSH port (22) must be forwarded"}"#.into(),
        ] {
            assert_eq!(kind_of(400, &body), RefusalKind::SshPortRule, "{body}");
        }
    }

    #[test]
    fn a_wrong_request_names_its_field() {
        let body = r#"[{"code":"too_small","message":"Too small","path":["data","attributes","gpus",0]}]"#;
        let path = Some("data.attributes.gpus.0".to_owned());
        let allowed = Vec::new();
        assert_eq!(kind_of(400, body), RefusalKind::Invalid { path, allowed });
    }

    #[test]
    fn allowed_images_are_listed() {
        let allowed = vec!["ubuntu2404".to_owned(), "windows10".to_owned()];
        let listed =
            r#"[{"code":"invalid_enum_value","options":["ubuntu2404","windows10"],"path":["image"],"message":"x"}]"#;
        let told = r#"{"error":"Invalid enum value. Expected 'ubuntu2404' | 'windows10', received 'beos'"}"#;
        for body in [listed, told] {
            let kind = RefusalKind::ImageNotOffered {
                allowed: allowed.clone(),
            };
            assert_eq!(kind_of(400, body), kind);
        }
        let model = r#"[{"code":"invalid_enum_value","options":["a"],"path":["gpus"],"message":"x"}]"#;
        let path = Some("gpus".to_owned());
        let allowed = vec!["a".to_owned()];
        assert_eq!(kind_of(400, model), RefusalKind::Invalid { path, allowed });
    }

    #[test]
    fn a_status_speaks_where_the_body_does_not() {
        assert_eq!(kind_of(401, ""), RefusalKind::Unauthorised);
        assert_eq!(kind_of(403, "<html>"), RefusalKind::Unauthorised);
        assert_eq!(kind_of(404, "{}"), RefusalKind::Gone);
        assert_eq!(
            kind_of(404, r#"{"error":"SSH key not found"}"#),
            RefusalKind::Invalid {
                path: None,
                allowed: Vec::new()
            }
        );
        assert_eq!(kind_of(429, ""), RefusalKind::RateLimited { retry_after: None });
        assert_eq!(kind_of(422, "{}"), RefusalKind::Other);
    }

    #[test]
    fn messages_are_cleaned() {
        let body = br#"{"error":"\u001b[2Jboo"}"#;
        assert_eq!(Refusal::of_status(&Answer::new(400, body)).message, "\u{fffd}[2Jboo");
    }
}
