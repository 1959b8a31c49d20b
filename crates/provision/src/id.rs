//! Names of things that outlive a process: requests, attempts, instances, accounts.

use std::fmt;

use gpu_place_core::fleet_file::to_toml;
use gpu_place_core::request::{Request, VmName};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What tells one request from another in a journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(String);

impl RequestKey {
    /// Longest key that is taken, in bytes.
    pub const LONGEST: usize = 200;

    /// A key of the user's own; `None` if it is empty, longer than [`RequestKey::LONGEST`] or holds control characters.
    pub fn given(text: &str) -> Option<RequestKey> {
        let fits = !text.is_empty() && text.len() <= Self::LONGEST && !text.chars().any(char::is_control);
        fits.then(|| RequestKey(text.to_owned()))
    }

    /// The key of a request that was given none: the same words to the same market make the same key.
    pub fn of(words: &Words, api_url: &str) -> RequestKey {
        RequestKey(hex(&[words.0.as_bytes(), b"\n", api_url.as_bytes()], 32))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file that its live process locks.
    pub(crate) fn lock_file(&self) -> String {
        format!("{}.lock", hex(&[self.0.as_bytes()], 32))
    }
}

impl fmt::Display for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A digest of all that was asked for: what shall be placed, and how it shall be installed. Holds none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// The digest of a request, as its fleet file, and of the instance flags, such as image, key and cloud-init, in any form that tells them apart.
    pub fn of(request: &Request, instance_flags: &[u8]) -> Words {
        Words(hex(&[to_toml(request).as_bytes(), b"\n", instance_flags], 64))
    }

    /// As a journal keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a journal kept it.
    pub fn kept(text: String) -> Words {
        Words(text)
    }
}

/// The name of one attempt, and of the instance that it may create. No other attempt ever has the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptName(String);

impl AttemptName {
    /// What every name contains, so that a person recognises them.
    pub const MARK: &'static str = "-gp-";
    const LETTERS: &'static [u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    const RANDOM: usize = 12;
    /// The longest name that the marketplace is known to take.
    const LONGEST: usize = 64;

    /// A new name for a replica of a VM: the VM's name, the replica, the mark, and 60 random bits.
    pub fn draw(slot: &Slot, random: &mut impl Rng) -> AttemptName {
        let tail: String = (0..Self::RANDOM)
            .map(|_| char::from(Self::LETTERS[random.random_range(0..Self::LETTERS.len())]))
            .collect();
        let middle = format!("-{}{}", slot.replica, Self::MARK);
        let room = Self::LONGEST.saturating_sub(middle.len() + tail.len());
        // A VM's name is ASCII, so that any byte is a border.
        let prefix = slot.vm.as_str().get(..room).unwrap_or(slot.vm.as_str());
        AttemptName(format!("{prefix}{middle}{tail}"))
    }

    /// A name that was drawn before.
    pub fn known(text: &str) -> AttemptName {
        AttemptName(text.to_owned())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AttemptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The marketplace's id of an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(String);

impl InstanceId {
    /// The id of this text, as it is.
    pub fn new(id: &str) -> InstanceId {
        InstanceId(id.to_owned())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One VM of a request: an entry and the number of its replica.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The entry.
    pub vm: VmName,
    /// Which of its replicas, from 0.
    pub replica: u32,
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.vm, self.replica)
    }
}

/// Whose instances a journal speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The whole base URL of the API.
    pub api_url: String,
    /// A digest of the token, from which it cannot be had back.
    pub fingerprint: String,
}

impl Account {
    /// The account that a token opens at an API.
    pub fn new(api_url: &str, token: &str) -> Account {
        Account {
            api_url: api_url.trim_end_matches('/').to_owned(),
            fingerprint: hex(&[b"gpu-place account\n", token.as_bytes()], 16),
        }
    }
}

/// The first `digits` hexadecimal digits of the SHA-256 of all parts.
fn hex(parts: &[&[u8]], digits: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let mut text: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn names_are_recognisable_and_short_enough() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let slot = |name: &str| Slot {
            vm: VmName::new(name).unwrap(),
            replica: 3,
        };
        let name = AttemptName::draw(&slot("train"), &mut random);
        assert!(
            name.as_str().starts_with("train-3-gp-") && name.as_str().len() == 23,
            "{name}"
        );
        assert_ne!(name, AttemptName::draw(&slot("train"), &mut random));
        let long = AttemptName::draw(&slot(&"x".repeat(64)), &mut random);
        assert!(long.as_str().len() == 64 && long.as_str().contains(AttemptName::MARK));
    }

    #[test]
    fn an_account_does_not_show_its_token() {
        let account = Account::new("https://example.com/api/v2/", "secret-token");
        assert!(!format!("{account:?}").contains("secret-token"));
        assert_ne!(
            account.fingerprint,
            Account::new("https://example.com/api/v2", "other").fingerprint
        );
        assert_eq!(account, Account::new("https://example.com/api/v2", "secret-token"));
    }

    #[test]
    fn keys_depend_on_words_and_market() {
        let request =
            |name: &str| Request::new(vec![gpu_place_core::request::Vm::new(VmName::new(name).unwrap())]).unwrap();
        let words = Words::of(&request("a"), b"ubuntu2404");
        let key = RequestKey::of(&words, "https://a");
        assert_eq!(
            key,
            RequestKey::of(&Words::of(&request("a"), b"ubuntu2404"), "https://a")
        );
        assert_ne!(key, RequestKey::of(&words, "https://b"));
        assert_ne!(
            key,
            RequestKey::of(&Words::of(&request("a"), b"windows10"), "https://a")
        );
        assert_eq!(RequestKey::given(""), None);
        assert_eq!(RequestKey::given("a\nb"), None);
    }
}
