//! How a market behaves when it behaves.

use std::time::Duration;

use crate::{forms::Forms, money::Nanos};

/// A limit on calls within any minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Most calls within 60 seconds.
    pub per_minute: usize,
    /// Whether a refusal says in `Retry-After` how many seconds to wait.
    pub retry_after: bool,
}

/// The behaviour of a market.
#[derive(Clone, Debug)]
pub struct Options {
    /// The token that calls must bear; none lets all in.
    pub token: Option<String>,
    /// Status that a wrong or missing token is refused with: 401 or 403.
    pub refusal_status: u16,
    /// The limit on calls; none for no limit.
    pub rate_limit: Option<RateLimit>,
    /// Whether the list of hostnodes shows `available_ports`, as the detail does.
    pub list_ports: bool,
    /// The shapes of answers.
    pub forms: Forms,
    /// Time from creation to running, and from start and stop to done.
    pub boot_time: Duration,
    /// Time that a deletion takes.
    pub delete_time: Duration,
    /// The account's balance; less than one dollar buys nothing. None: no such check.
    pub balance: Option<Nanos>,
    /// Names of the images on offer.
    pub images: Vec<String>,
    /// Ids of the account's SSH keys; where there are none, any id is taken.
    pub ssh_keys: Vec<String>,
    /// The address that every instance shows; none gives each one of a documentation range.
    pub address: Option<String>,
    /// When served: instances show loopback addresses, and their ssh port answers with a
    /// greeting. It works where all of 127.0.0.0/8 is loopback, as on Linux.
    pub answer_ssh: bool,
    /// Seed of the instances' ids.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        let images = [
            "ubuntu2404",
            "ubuntu2204",
            "ubuntu2404_ml_everything",
            "ubuntu2404_ml_pytorch",
            "ubuntu2404_ml_tensorflow",
            "windows10",
        ];
        Self {
            token: None,
            refusal_status: 401,
            rate_limit: None,
            list_ports: false,
            forms: Forms::default(),
            boot_time: Duration::from_millis(50),
            delete_time: Duration::ZERO,
            balance: None,
            images: images.map(str::to_owned).to_vec(),
            ssh_keys: Vec::new(),
            address: None,
            answer_ssh: false,
            seed: 0,
        }
    }
}
