//! What follows a refusal: each kind has its own next step.

use std::time::Duration;

use gpu_place_core::fleet::HostId;

use super::{Buyer, StopKind};
use crate::id::AttemptName;
use crate::journal::{Attempt, Change, Ending};
use crate::market::{Refusal, RefusalKind};

/// How long to wait where the marketplace is busy and does not say until when.
const BUSY_PAUSE: Duration = Duration::from_secs(60);
/// Longest wait that is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How often a run lets itself be turned away for calling too often.
const BUSY_TRIES: u32 = 5;
/// Failures without a reason, on as many hosts, that speak for an empty account.
const SUSPICIOUS: usize = 3;

/// What follows a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another host.
    Elsewhere,
    /// Another host, once it is clear that nothing was left behind.
    ElsewhereAfterALook,
    /// The same again, later.
    Later,
    /// Nothing that this run can do.
    Stop(StopKind),
}

fn next(kind: RefusalKind) -> Next {
    match kind {
        RefusalKind::SoldOut
        | RefusalKind::NoPublicIp
        | RefusalKind::Capacity
        | RefusalKind::PortsTaken
        | RefusalKind::HostGone
        | RefusalKind::Other => Next::Elsewhere,
        RefusalKind::Deployment => Next::ElsewhereAfterALook,
        RefusalKind::RateLimited => Next::Later,
        RefusalKind::NoMoney => Next::Stop(StopKind::NoMoney),
        RefusalKind::Unauthorised => Next::Stop(StopKind::Unauthorised),
        RefusalKind::ImageNotOffered | RefusalKind::PortRule | RefusalKind::BadRequest => Next::Stop(StopKind::Wrong),
    }
}

/// What a refusal means, and what to do about it.
pub(super) fn explain(refusal: &Refusal) -> String {
    let said = &refusal.message;
    match refusal.kind {
        RefusalKind::SoldOut => format!("sold out: the stock that was shown is gone ({said})"),
        RefusalKind::NoPublicIp => format!("the host has no public IP left ({said})"),
        RefusalKind::Capacity => format!("the host lacks room ({said})"),
        RefusalKind::PortsTaken => format!("an external port that was asked for is taken ({said})"),
        RefusalKind::HostGone => format!("the host is not on the market any more ({said})"),
        RefusalKind::Deployment => format!("the deployment failed without a reason ({said})"),
        RefusalKind::ImageNotOffered => format!("the image is not offered ({said}). Choose another with --image"),
        RefusalKind::PortRule => {
            format!("a port that the image needs is not forwarded ({said}). Add --port 22, or ask for --public-ip")
        }
        RefusalKind::BadRequest => {
            format!("the marketplace says that the request is wrong ({said}). Repeating it is of no use")
        }
        RefusalKind::NoMoney => {
            format!("the account lacks money ({said}). Add to its balance and run the same command again")
        }
        RefusalKind::Unauthorised => {
            format!("the token was refused ({said}). Check TENSORDOCK_API_TOKEN or --token-file")
        }
        RefusalKind::RateLimited => format!("too many calls ({said}). Lower --rate-limit"),
        RefusalKind::Other => format!("the marketplace refused ({said})"),
    }
}

/// Whether a failure of this kind may leave an instance behind.
pub(super) fn may_leave_remains(kind: RefusalKind) -> bool {
    next(kind) == Next::ElsewhereAfterALook
}

impl Buyer {
    /// Closes a refused attempt, and does what its kind asks for. What is missing is then planned again.
    pub(super) fn refuse(&mut self, name: &AttemptName, refusal: &Refusal) -> Vec<Change> {
        let Some(attempt) = self.book.attempt(name).cloned() else {
            return Vec::new();
        };
        let reason = explain(refusal);
        self.aims.clear();
        let mut changes = vec![Change::Closed {
            name: name.clone(),
            ending: Ending::Refused,
            note: reason.clone(),
        }];
        if matches!(refusal.kind, RefusalKind::Deployment | RefusalKind::Other) {
            self.suspect_the_balance(&attempt.deal.host);
        }
        match next(refusal.kind) {
            Next::Elsewhere | Next::ElsewhereAfterALook => changes.extend(self.failed(&attempt, &reason)),
            Next::Later => self.cool_down(refusal.retry_after, &reason),
            Next::Stop(kind) => self.stop_for(kind, reason),
        }
        changes
    }

    /// A VM failed on a host: the host is left alone for a while, and the VM is not tried for ever.
    pub(super) fn failed(&mut self, attempt: &Attempt, reason: &str) -> Option<Change> {
        if !self.terms.buys() {
            return None;
        }
        let failures = self.failures.entry(attempt.slot.clone()).or_default();
        *failures += 1;
        if *failures >= self.terms.attempts {
            let message = format!(
                "{} was tried {failures} times in vain; the last time: {reason}",
                attempt.slot
            );
            if self.terms.all_or_nothing() {
                self.stop_for(StopKind::Exhausted, message);
            } else {
                self.warn(message);
                self.given_up.insert(attempt.slot.clone());
            }
        }
        Some(self.set_aside(&attempt.deal.host, reason))
    }

    /// A create failed on a host, and nobody knows why.
    fn suspect_the_balance(&mut self, host: &HostId) {
        self.unexplained.insert(host.clone());
        if self.unexplained.len() == SUSPICIOUS {
            self.warn(format!(
                "creating failed for no known reason on {SUSPICIOUS} different hosts: check the account's balance"
            ));
        }
    }

    /// Sends no create for a while; after too many such whiles, none at all.
    pub(super) fn cool_down(&mut self, retry_after: Option<Duration>, reason: &str) {
        self.rate_limited += 1;
        if self.rate_limited >= BUSY_TRIES {
            self.stop_for(StopKind::Market, reason);
        }
        let pause = retry_after.unwrap_or(BUSY_PAUSE).min(LONGEST_PAUSE);
        self.cool_until = self.now.elapsed + pause;
    }
}
