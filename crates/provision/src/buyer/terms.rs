//! What a run of the buyer may and shall do.

use std::time::Duration;

use gpu_place_core::fleet::HostId;
use gpu_place_core::request::Request;

use crate::journal::Purse;

/// What a run may and shall do.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What is asked for; `None`: nothing, and the run only brings journal and marketplace together.
    pub request: Option<Request>,
    /// What may be spent per hour.
    pub purse: Purse,
    /// How often a VM is tried before it is given up.
    pub attempts: u32,
    /// Keep what was created even if the whole cannot be completed.
    pub keep_partial: bool,
    /// How long a lost create is looked for.
    pub settle_for: Duration,
    /// How long an instance may take until it runs and its ssh port answers; `None`: it is waited for a while and not given up.
    pub wait_ready: Option<Duration>,
    /// Whether a port 22 is expected to answer.
    pub ssh: bool,
    /// Whether plans made by this run have to be shown and agreed to before they are bought.
    pub ask_first: bool,
    /// Whether there is a person who can be asked to agree to a higher price.
    pub may_ask: bool,
    /// Hosts that failed lately.
    pub set_aside: Vec<HostId>,
    /// How patient the run is.
    pub patience: Patience,
    /// Which boot of the machine this is; `None` where that cannot be told.
    pub boot: Option<String>,
}

impl Terms {
    /// The usual terms for a request.
    pub fn new(request: Request) -> Terms {
        Terms {
            request: Some(request),
            ..Terms::settling(Duration::from_secs(120))
        }
    }

    /// The terms for bringing journal and marketplace together: finding what is lost, finishing deletions, noticing what ended.
    pub fn settling(settle_for: Duration) -> Terms {
        Terms {
            request: None,
            purse: Purse::default(),
            attempts: 5,
            keep_partial: false,
            settle_for,
            wait_ready: None,
            ssh: true,
            ask_first: false,
            may_ask: false,
            set_aside: Vec::new(),
            patience: Patience::default(),
            boot: None,
        }
    }

    /// Whether what cannot be completed is undone.
    pub fn all_or_nothing(&self) -> bool {
        let whole = self.request.as_ref().is_some_and(|request| !request.partial);
        whole && !self.keep_partial
    }

    /// Whether the run buys at all.
    pub fn buys(&self) -> bool {
        self.request.is_some()
    }
}

/// How long things may take before they are taken for failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From creating to running, where no [`Terms::wait_ready`] is set.
    pub run: Duration,
    /// From running to having the ports that were asked for.
    pub ports: Duration,
    /// Until a deletion is confirmed.
    pub delete: Duration,
    /// Beyond the window, where no list of instances can be had.
    pub lists: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            run: Duration::from_secs(300),
            ports: Duration::from_secs(45),
            delete: Duration::from_secs(600),
            lists: Duration::from_secs(300),
        }
    }
}
