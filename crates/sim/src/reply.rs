//! What comes back from a call, without HTTP: an answer, or what became of it.

use std::time::Duration;

use serde_json::Value;

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::typed(status, "application/json", body.to_string())
    }

    /// An HTML page, as gateways send.
    pub fn html(status: u16) -> Self {
        let page = format!("<!DOCTYPE html><html><body><h1>{status}</h1></body></html>");
        Self::typed(status, "text/html", page)
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn typed(status: u16, content_type: &str, body: String) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self {
            status,
            headers,
            body: body.into_bytes(),
        }
    }

    /// The same answer with one header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body read as JSON, where it is.
    pub fn body_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// What a caller gets to see of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer at once.
    Answer(Answer),
    /// The connection closes without an answer.
    NoAnswer {
        /// Whether the call had its effect already. It may still come later.
        effect_applied: bool,
    },
    /// The answer comes after a while; the call had its effect on arrival.
    Late {
        /// How long after the call.
        after: Duration,
        /// The answer.
        answer: Answer,
    },
    /// The connection closes in the middle of the body.
    Cut {
        /// The whole answer.
        answer: Answer,
        /// How many bytes of the body are sent.
        sent: usize,
    },
    /// The answer comes a few bytes at a time.
    Drip {
        /// The whole answer.
        answer: Answer,
        /// Time between two pieces.
        every: Duration,
    },
}

impl Reply {
    /// The bytes of each piece of a dripping answer.
    pub const DRIP_BYTES: usize = 16;

    /// The whole answer, where a caller gets it who waits for `timeout` at most.
    pub fn within(self, timeout: Duration) -> Option<Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Late { after, answer } => (after < timeout).then_some(answer),
            Self::Drip { answer, every } => {
                let pieces = u32::try_from(answer.body.len() / Self::DRIP_BYTES).unwrap_or(u32::MAX);
                (every.saturating_mul(pieces) < timeout).then_some(answer)
            }
            Self::NoAnswer { .. } | Self::Cut { .. } => None,
        }
    }

    /// The status that goes over the wire; none where nothing does.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::NoAnswer { .. } => None,
            Self::Answer(answer) | Self::Late { answer, .. } | Self::Cut { answer, .. } | Self::Drip { answer, .. } => {
                Some(answer.status)
            }
        }
    }
}
