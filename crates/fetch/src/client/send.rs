//! One call on the wire: what is sent, what is taken in, and what is never done.
//!
//! No redirect is followed, no call is repeated, the token goes into one header that is marked as sensitive, and bodies and times
//! are bounded.

use std::time::{Duration, SystemTime};

use gpu_place_core::text::clean;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::settings::Settings;
use crate::error::FetchError;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What is asked of the marketplace.
#[derive(Debug)]
pub(super) struct Call {
    method: Method,
    path: Vec<String>,
    body: Option<String>,
    within: Duration,
    cap: usize,
    name: String,
}

impl Call {
    /// A call that only looks.
    pub fn read(path: &[&str], settings: &Settings) -> Call {
        Call::new(Method::GET, path, None, settings.read_timeout, settings.answer_cap)
    }

    /// The same call, its answer as large as a market.
    pub fn of_a_market(self, settings: &Settings) -> Call {
        Call {
            cap: settings.market_cap,
            ..self
        }
    }

    /// A call that creates an instance.
    pub fn create(body: String, settings: &Settings) -> Call {
        Call::new(
            Method::POST,
            &["instances"],
            Some(body),
            settings.create_timeout,
            settings.answer_cap,
        )
    }

    /// A call that deletes.
    pub fn delete(path: &[&str], settings: &Settings) -> Call {
        Call::new(Method::DELETE, path, None, settings.write_timeout, settings.answer_cap)
    }

    fn new(method: Method, path: &[&str], body: Option<String>, within: Duration, cap: usize) -> Call {
        Call {
            name: clean(&format!("{method} /{}", path.join("/")), 160),
            method,
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            body,
            within,
            cap,
        }
    }

    /// Method and path, for a person.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Received {
    pub status: u16,
    pub content_type: Option<String>,
    pub retry_after: Option<Duration>,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Received {
    /// Where a redirect points, fit to be shown.
    pub fn redirect(&self) -> Option<String> {
        let to = || {
            self.location
                .as_deref()
                .map_or("nowhere".to_owned(), |to| clean(to, 160))
        };
        (300..400).contains(&self.status).then(to)
    }
}

/// The way to one marketplace.
#[derive(Debug)]
pub(super) struct Wire {
    base: Url,
    host: String,
    authorization: Option<HeaderValue>,
    reader: reqwest::Client,
    /// Its connections are never used twice: a broken one can't tempt any layer to send a call again.
    writer: reqwest::Client,
}

impl Wire {
    pub fn new(settings: &Settings) -> Result<Wire, FetchError> {
        let base = base_url(&settings.base_url)?;
        // Another part of the process may have chosen a provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Wire {
            host: clean(base.authority(), 100),
            authorization: settings.token.as_ref().map(bearer).transpose()?,
            reader: http_client(&base, settings.parallel.get())?,
            writer: http_client(&base, 0)?,
            base,
        })
    }

    pub fn base_url(&self) -> &str {
        self.base.as_str()
    }

    /// Sends a call once.
    pub async fn send(&self, call: &Call) -> Result<Received, FetchError> {
        let started = tokio::time::Instant::now();
        let received = match timeout(call.within, self.exchange(call)).await {
            Ok(received) => received,
            Err(_) => Err(FetchError::TooSlow {
                call: call.name.clone(),
                within: call.within,
            }),
        };
        let took = started.elapsed();
        match &received {
            Ok(received) => tracing::debug!(call = call.name, status = received.status, ?took, "answered"),
            Err(error) => tracing::debug!(call = call.name, %error, ?took, "no answer"),
        }
        received
    }

    async fn exchange(&self, call: &Call) -> Result<Received, FetchError> {
        let failed = |error| FetchError::of_transport(&call.name, &self.host, call.within, error);
        let client = if call.method == Method::GET {
            &self.reader
        } else {
            &self.writer
        };
        let mut request = client
            .request(call.method.clone(), self.url(call))
            .header(ACCEPT, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let mut response = request.send().await.map_err(failed)?;
        let body = body(&mut response, call, failed).await?;
        let header = |name| text(response.headers(), name);
        Ok(Received {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE),
            retry_after: header(RETRY_AFTER).and_then(|value| retry_after(&value, SystemTime::now())),
            location: header(LOCATION),
            body,
        })
    }

    fn url(&self, call: &Call) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&call.path);
        }
        url
    }
}

/// Takes the body in piece by piece, so that an endless one ends.
async fn body(
    response: &mut Response,
    call: &Call,
    failed: impl Fn(reqwest::Error) -> FetchError,
) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(&failed)? {
        if body.len() + piece.len() > call.cap {
            return Err(FetchError::TooLarge {
                call: call.name.clone(),
                cap: call.cap,
            });
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn text(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// Seconds, or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let seconds = || value.trim().parse().ok().map(Duration::from_secs);
    let date = || httpdate::parse_http_date(value.trim()).ok();
    seconds().or_else(|| date().map(|date| date.duration_since(now).unwrap_or_default()))
}

/// The base URL, if a token may be sent there.
fn base_url(text: &str) -> Result<Url, FetchError> {
    let wrong = |why| FetchError::Url {
        url: clean(text, 160),
        why,
    };
    // A password in the URL must not be shown, so such a URL is not repeated.
    let url = Url::parse(text.trim()).map_err(|_| wrong("it is no URL; it should look like https://host/api/v2"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Url {
            url: "the URL given".to_owned(),
            why: "it holds a user name or password; the token belongs into TENSORDOCK_API_TOKEN",
        });
    }
    match url.scheme() {
        _ if url.query().is_some() || url.fragment().is_some() => Err(wrong("it has a query or a fragment")),
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(wrong("a token is sent over https only (but for loopback)")),
        _ => Err(wrong("only https is spoken")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn bearer(token: &SecretString) -> Result<HeaderValue, FetchError> {
    let token = token.expose_secret().trim();
    if token.is_empty() {
        return Err(FetchError::Token("the token is empty"));
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| FetchError::Token("the token holds characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// An HTTP client that follows nothing and repeats nothing. Loopback needs neither proxy nor certificates.
fn http_client(base: &Url, idle_connections: usize) -> Result<reqwest::Client, FetchError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("gpu-place/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(idle_connections);
    if is_loopback(base) {
        builder = builder.no_proxy();
    }
    builder = if base.scheme() == "http" {
        builder.tls_certs_only([])
    } else {
        builder.https_only(true)
    };
    builder
        .build()
        .map_err(|error| FetchError::Setup(clean(&error.to_string(), 200)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_https_or_loopback_only() {
        for good in [
            "https://dashboard.tensordock.com/api/v2",
            "http://127.0.0.1:8080/api/v2/",
            "http://[::1]:1/x",
            "http://localhost:1",
        ] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "dashboard.tensordock.com",
            "http://dashboard.tensordock.com/api/v2",
            "http://127.0.0.1.example.com/",
            "ftp://127.0.0.1/",
            "https://h/api?key=1",
            "file:///etc/passwd",
            "",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
        let error = base_url("https://me:s3cret@h/api").unwrap_err();
        assert!(!error.to_string().contains("s3cret") && !format!("{error:?}").contains("s3cret"));
    }

    #[test]
    fn paths_are_joined_and_escaped() {
        let settings = Settings::new("http://127.0.0.1:1/api/v2/", None);
        let wire = Wire::new(&settings).unwrap();
        let url = |path: &[&str]| wire.url(&Call::read(path, &settings)).to_string();
        assert_eq!(url(&["hostnodes"]), "http://127.0.0.1:1/api/v2/hostnodes");
        assert_eq!(
            url(&["hostnodes", "a/../b?c"]),
            "http://127.0.0.1:1/api/v2/hostnodes/a%2F..%2Fb%3Fc"
        );
    }

    #[test]
    fn waits_are_read_in_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let wait = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(wait("Sun, 06 Nov 1994 08:48:37 GMT"), Some(0));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-5"), None);
    }

    #[test]
    fn a_token_that_is_none_is_told_without_showing_it() {
        let wire = |token: &str| Wire::new(&Settings::new("http://127.0.0.1:1", Some(token.to_owned().into())));
        assert!(matches!(wire("  "), Err(FetchError::Token(_))));
        let error = wire("s3cret\u{1}").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
        assert!(!format!("{:?}", wire("s3cret").unwrap()).contains("s3cret"));
    }
}
