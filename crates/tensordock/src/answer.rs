//! What came back from a call, before anyone knows what it means.

use std::time::Duration;

use crate::json::Json;
use gpu_place_core::text::clean;

/// An HTTP answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// What the body claims to be. Only used to say what was wrong with one that could not be read.
    pub content_type: Option<&'a str>,
    /// How long the answer asks to wait, where it does.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: &'a [u8],
}

/// Why a body could not be read: a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl<'a> Answer<'a> {
    /// An answer without a word on what it is or when to come back.
    pub fn new(status: u16, body: &'a [u8]) -> Answer<'a> {
        Answer {
            status,
            content_type: None,
            retry_after: None,
            body,
        }
    }

    /// Whether the status says that all went well.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether there is nothing in the body.
    pub fn is_empty(&self) -> bool {
        self.body.trim_ascii().is_empty()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Json<'a>, Unreadable> {
        if self.is_empty() {
            return Err(Unreadable(format!("HTTP {} with an empty body", self.status)));
        }
        let text = std::str::from_utf8(self.body).map_err(|error| {
            let at = error.valid_up_to();
            Unreadable(format!(
                "HTTP {} with a body that is no UTF-8 at byte {at}",
                self.status
            ))
        })?;
        Json::parse(text).map_err(|broken| self.not_json(text, broken.at))
    }

    fn not_json(&self, text: &str, at: usize) -> Unreadable {
        let status = self.status;
        if text.trim_start().starts_with('<') {
            let title = title(text).map_or(String::new(), |title| format!(" titled \"{title}\""));
            return Unreadable(format!("HTTP {status} with an HTML page{title} instead of JSON"));
        }
        let kind = self
            .content_type
            .map_or(String::new(), |kind| format!(" ({})", clean(kind, 60)));
        let cut = if at >= text.trim_end().len() {
            ", cut off"
        } else {
            ", wrong"
        };
        Unreadable(format!(
            "HTTP {status} with a body that is no JSON{kind}{cut} at byte {at}"
        ))
    }
}

/// The title of an HTML page.
fn title(html: &str) -> Option<String> {
    let start = html.find("<title>")? + "<title>".len();
    let rest = html.get(start..)?;
    let title = clean(rest.get(..rest.find('<')?)?, 80);
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(body: &[u8]) -> String {
        Answer::new(502, body).json().unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        assert_eq!(
            why(b"<html><title>502 Bad\nGateway</title>"),
            "HTTP 502 with an HTML page titled \"502 Bad Gateway\" instead of JSON"
        );
        assert_eq!(why(b"  "), "HTTP 502 with an empty body");
        assert_eq!(
            why(b"{\"data\":["),
            "HTTP 502 with a body that is no JSON, cut off at byte 9"
        );
        assert_eq!(why(b"{\"\xff\":1}"), "HTTP 502 with a body that is no UTF-8 at byte 2");
    }
}
