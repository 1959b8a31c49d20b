//! How a client calls.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use secrecy::SecretString;

/// Where to call, as whom, how often, how long.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The API's whole base, `/api/v2` included. Anything but loopback has to be https.
    pub base_url: String,
    /// The token; none is needed for locations alone.
    pub token: Option<SecretString>,
    /// Most calls within any minute.
    pub calls_per_minute: NonZeroU32,
    /// Most calls under way at once.
    pub parallel: NonZeroUsize,
    /// Longest wait for the answer to a call that only looks.
    pub read_timeout: Duration,
    /// Longest wait for the answer to a create call.
    pub create_timeout: Duration,
    /// Longest wait for the answer to any other call that changes something.
    pub write_timeout: Duration,
    /// Most bytes of the list of hostnodes.
    pub market_cap: usize,
    /// Most bytes of any other answer.
    pub answer_cap: usize,
    /// How often a call that only looks is repeated.
    pub repeats: usize,
    /// Wait before the first repeat; it doubles from then on.
    pub shortest_wait: Duration,
    /// Longest wait before a repeat, even if the marketplace asks for more.
    pub longest_wait: Duration,
}

/// The marketplace's API.
pub const TENSORDOCK: &str = "https://dashboard.tensordock.com/api/v2";

impl Settings {
    /// The settings that suit the real marketplace.
    pub fn new(base_url: impl Into<String>, token: Option<SecretString>) -> Settings {
        Settings {
            base_url: base_url.into(),
            token,
            calls_per_minute: NonZeroU32::new(100).unwrap_or(NonZeroU32::MIN),
            parallel: NonZeroUsize::new(8).unwrap_or(NonZeroUsize::MIN),
            read_timeout: Duration::from_secs(30),
            create_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(60),
            market_cap: 256 << 20,
            answer_cap: 8 << 20,
            repeats: 4,
            shortest_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }

    /// The same, every answer waited for this long at most, whatever is called.
    #[must_use]
    pub fn answered_within(self, most: Duration) -> Settings {
        Settings {
            read_timeout: most,
            create_timeout: most,
            write_timeout: most,
            ..self
        }
    }

    /// The real marketplace.
    pub fn tensordock(token: SecretString) -> Settings {
        Settings::new(TENSORDOCK, Some(token))
    }
}
