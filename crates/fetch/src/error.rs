//! What can go wrong on the way to a marketplace and back, by what to do next.

use std::error::Error;
use std::time::Duration;

use gpu_place_core::text::clean;
use gpu_place_tensordock::{Refusal, RefusalKind};

/// A call that brought nothing to work with. Neither the token nor a body is ever part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The base URL is none that a token may be sent to.
    #[error("{url} is no API URL: {why}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no token, or one that no header can carry.
    #[error("{0}; set TENSORDOCK_API_TOKEN, or give --token-file")]
    Token(&'static str),
    /// The HTTP client could not be set up.
    #[error("cannot set up the connection: {0}")]
    Setup(String),
    /// No connection could be made: nothing was sent.
    #[error("cannot reach {host}: {why}; check the network, --api-url and the proxy's settings")]
    NoRoute {
        /// Where to.
        host: String,
        /// What the system says.
        why: String,
    },
    /// No secure connection could be made: nothing was sent.
    #[error("no secure connection to {host}: {why}; check --api-url, this machine's clock and its certificates")]
    Tls {
        /// Where to.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// The connection broke while the call was under way.
    #[error("{call}: the connection broke: {why}; try again")]
    Broken {
        /// Method and path.
        call: String,
        /// What was seen.
        why: String,
    },
    /// No whole answer came in time.
    #[error("{call}: no answer within {} s; try again later, or wait longer with --http-timeout", .within.as_secs_f64())]
    TooSlow {
        /// Method and path.
        call: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// The answer was cut off as too large.
    #[error("{call}: the answer is larger than {cap} bytes, which no honest one is; check --api-url")]
    TooLarge {
        /// Method and path.
        call: String,
        /// Most bytes that are read.
        cap: usize,
    },
    /// The answer points elsewhere. A token is never carried there.
    #[error(
        "{call}: redirected to {to}; redirects are not followed: if that is the right place, give it with --api-url"
    )]
    Redirected {
        /// Method and path.
        call: String,
        /// Where to.
        to: String,
    },
    /// The token was refused.
    #[error("{call}: the token was refused: {refusal}; check TENSORDOCK_API_TOKEN or --token-file")]
    Unauthorised {
        /// Method and path.
        call: String,
        /// In the marketplace's words.
        refusal: Refusal,
    },
    /// Too many calls, even after waiting.
    #[error("{call}: too many calls, even after waiting: {refusal}; lower --rate-limit, or try again in a minute")]
    RateLimited {
        /// Method and path.
        call: String,
        /// In the marketplace's words.
        refusal: Refusal,
    },
    /// The address knows no such call.
    #[error("{call}: not found (HTTP 404); --api-url has to be the whole base, /api/v2 included")]
    WrongUrl {
        /// Method and path.
        call: String,
    },
    /// The call was refused for another reason.
    #[error("{call}: refused: {refusal}")]
    Refused {
        /// Method and path.
        call: String,
        /// In the marketplace's words.
        refusal: Refusal,
    },
    /// The server failed, even when asked again.
    #[error("{call}: the server failed: {why}; try again later")]
    Server {
        /// Method and path.
        call: String,
        /// What it said.
        why: String,
    },
    /// The answer makes no sense.
    #[error("{call}: {why}; is --api-url right?")]
    Unreadable {
        /// Method and path.
        call: String,
        /// What came instead.
        why: String,
    },
}

impl FetchError {
    /// Whether the call surely never reached the marketplace.
    pub fn never_sent(&self) -> bool {
        use FetchError::{NoRoute, Setup, Tls, Token, Url};
        matches!(self, Url { .. } | Token(_) | Setup(_) | NoRoute { .. } | Tls { .. })
    }

    /// What was seen instead of an answer to a call that must not be repeated: without the advice to try again.
    pub(crate) fn seen(&self) -> String {
        match self {
            FetchError::Broken { why, .. } => format!("the connection broke: {why}"),
            FetchError::TooSlow { within, .. } => format!("nothing came within {} s", within.as_secs_f64()),
            other => other.to_string(),
        }
    }

    /// Whether the same call may well succeed a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, FetchError::Broken { .. } | FetchError::TooSlow { .. })
    }

    /// Whether it says something of one answer alone: other calls may well succeed.
    pub(crate) fn is_about_one_answer(&self) -> bool {
        use FetchError::{Refused, Server, TooLarge, Unreadable};
        matches!(
            self,
            Refused { .. } | Server { .. } | TooLarge { .. } | Unreadable { .. }
        )
    }

    /// A refusal of a call that only looks.
    pub(crate) fn refused(call: String, refusal: Refusal) -> FetchError {
        match refusal.kind {
            RefusalKind::Unauthorised => FetchError::Unauthorised { call, refusal },
            RefusalKind::RateLimited { .. } => FetchError::RateLimited { call, refusal },
            _ => FetchError::Refused { call, refusal },
        }
    }

    /// What happened to a call that got no answer.
    pub(crate) fn of_transport(call: &str, host: &str, within: Duration, error: reqwest::Error) -> FetchError {
        let error = error.without_url();
        let (host, call, why) = (host.to_owned(), call.to_owned(), why(&error));
        match () {
            () if error.is_connect() && is_tls(&error) => FetchError::Tls { host, why },
            () if error.is_connect() => FetchError::NoRoute { host, why },
            () if error.is_timeout() => FetchError::TooSlow { call, within },
            () if error.is_builder() => FetchError::Setup(why),
            () => FetchError::Broken { call, why },
        }
    }
}

/// What lies behind an error, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| behind(*cause))
}

/// An I/O error does not count what it wraps among its sources.
fn behind<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match wrapped {
        Some(inner) => Some(inner),
        None => cause.source(),
    }
}

/// The innermost cause says most.
fn why(error: &reqwest::Error) -> String {
    let innermost = causes(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string);
    clean(&innermost, 200)
}

/// A server that hangs up in the middle leaves words only.
fn is_tls(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>() || cause.to_string().starts_with("tls handshake"))
}
