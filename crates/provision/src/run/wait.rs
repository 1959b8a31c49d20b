//! Waiting for stock: looks again and again until there is something to buy.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::market::Fault;

/// How long to wait, and how often to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// From now until it is given up.
    pub wait: Duration,
    /// From one look to the next.
    pub poll: Duration,
}

impl Waiting {
    /// Looks closer together than this help nobody.
    const LEAST_POLL: Duration = Duration::from_secs(1);

    /// Looks until `look` finds something or the time is over; `None` if it is over. Errors that may pass are told and outlived; if
    /// the very last look was one, it is what is given back.
    pub async fn until<T>(
        self,
        mut look: impl AsyncFnMut() -> Result<Option<T>, Fault>,
        mut tell: impl FnMut(&str),
    ) -> Result<Option<T>, Fault> {
        let deadline = Instant::now() + self.wait;
        loop {
            let next = Instant::now() + self.poll.max(Self::LEAST_POLL);
            let seen = match look().await {
                Ok(Some(found)) => return Ok(Some(found)),
                Err(fault) if fault.unauthorised => return Err(fault),
                seen => seen,
            };
            let pause = match &seen {
                Err(fault) => {
                    tell(&format!("could not look: {}; looking again", fault.message));
                    fault.retry_after.unwrap_or_default()
                }
                Ok(_) => {
                    tell("no placement yet; looking again");
                    Duration::ZERO
                }
            };
            let next = next.max(Instant::now() + pause);
            if next > deadline {
                return seen.map(|_| None);
            }
            sleep_until(next).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITING: Waiting = Waiting {
        wait: Duration::from_secs(600),
        poll: Duration::from_secs(60),
    };

    async fn looks(found_at: u32, fail: impl Fn(u32) -> Option<Fault>) -> (Result<Option<u32>, Fault>, u32) {
        let mut looks = 0;
        let look = async || {
            looks += 1;
            match fail(looks) {
                Some(fault) => Err(fault),
                None => Ok((looks == found_at).then_some(looks)),
            }
        };
        let found = WAITING.until(look, |_| {}).await;
        (found, looks)
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_once_per_poll_until_it_finds_something() {
        let began = Instant::now();
        assert_eq!(looks(4, |_| None).await, (Ok(Some(4)), 4));
        assert_eq!(began.elapsed().as_secs(), 180);
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_in_time_and_survives_errors() {
        assert_eq!(looks(99, |_| None).await, (Ok(None), 11));
        let flaky = |look: u32| (look % 2 == 1).then(|| Fault::passing("HTTP 502"));
        assert_eq!(looks(6, flaky).await, (Ok(Some(6)), 6));
        let (end, _) = looks(99, |_| Some(Fault::passing("HTTP 502"))).await;
        assert_eq!(end, Err(Fault::passing("HTTP 502")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_not_waited_for() {
        let denied = |_| {
            Some(Fault {
                unauthorised: true,
                ..Fault::passing("401")
            })
        };
        assert_eq!(looks(1, denied).await.1, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn it_comes_back_when_it_is_told_to() {
        let busy = |look: u32| {
            (look == 1).then(|| Fault {
                retry_after: Some(Duration::from_secs(200)),
                ..Fault::passing("429")
            })
        };
        let began = Instant::now();
        assert_eq!(looks(2, busy).await, (Ok(Some(2)), 2));
        assert_eq!(began.elapsed().as_secs(), 200);
    }
}
