//! Never more calls than are allowed, nor too many at once.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, sleep_until};

/// A window in which calls are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// The runtime's clock, which tests can hold.
#[derive(Debug, Clone)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// When calls may be made.
#[derive(Debug)]
pub(super) struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<Duration>>,
    clock: RuntimeClock,
    under_way: Semaphore,
    /// Nobody calls before this time.
    held: Mutex<Option<Instant>>,
    period: Duration,
    burst: u32,
}

impl Pace {
    /// At most `calls` in any minute and `parallel` at once. A tenth of them may come in a burst; the rest are spread evenly, so that
    /// burst and spread together stay within the limit in every window.
    pub fn new(calls: NonZeroU32, parallel: NonZeroUsize) -> Pace {
        let burst = NonZeroU32::new(calls.get() / 10).unwrap_or(NonZeroU32::MIN);
        let spread = calls.get() - burst.get();
        // A call more or less than a minute after the first must not count to its window: the period is rounded up.
        let period = MINUTE.checked_div(spread).unwrap_or(MINUTE) + Duration::from_millis(1);
        let clock = RuntimeClock(Instant::now());
        let quota = Quota::with_period(period)
            .unwrap_or(Quota::per_minute(NonZeroU32::MIN))
            .allow_burst(burst);
        Pace {
            limiter: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            under_way: Semaphore::new(parallel.get().min(Semaphore::MAX_PERMITS)),
            held: Mutex::new(None),
            period,
            burst: burst.get(),
        }
    }

    /// Waits until a call may be made. The call is under way for as long as the permit is held.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        let permit = self.under_way.acquire().await.ok();
        while let Some(until) = self.held_until() {
            sleep_until(until).await;
        }
        while let Err(refused) = self.limiter.check() {
            sleep(refused.wait_time_from(self.clock.now()).max(Duration::from_millis(1))).await;
        }
        permit
    }

    /// Lets nobody call for a while: the marketplace asked for it.
    pub fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(until, |held| held.max(until)));
    }

    fn held_until(&self) -> Option<Instant> {
        let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.filter(|until| *until > Instant::now())
    }

    /// How long this many calls take at the least.
    pub fn time_for(&self, calls: usize) -> Duration {
        let spread = calls.saturating_sub(self.burst as usize);
        self.period.saturating_mul(u32::try_from(spread).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(calls: u32, parallel: usize) -> Pace {
        Pace::new(NonZeroU32::new(calls).unwrap(), NonZeroUsize::new(parallel).unwrap())
    }

    /// Times of the first calls of a greedy caller, in milliseconds.
    async fn times(calls: u32, count: usize) -> Vec<u128> {
        let pace = pace(calls, 4);
        let start = Instant::now();
        let mut times = Vec::new();
        for _ in 0..count {
            let _turn = pace.turn().await;
            times.push(start.elapsed().as_millis());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_sees_more_calls_than_allowed() {
        for calls in [1, 2, 7, 100, 600] {
            let times = times(calls, 3 * calls as usize + 2).await;
            for window in times.windows(calls as usize + 1) {
                assert!(window[calls as usize] - window[0] >= 60_000, "{calls}: {window:?}");
            }
            // Nor is it much slower than allowed; where few are allowed, the burst of one weighs most.
            assert!(calls < 7 || times[2 * calls as usize] <= 150_000, "{calls}: {times:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_calls_need_not_wait() {
        assert_eq!(times(100, 10).await.last(), Some(&0));
        assert_eq!(pace(100, 1).time_for(10), Duration::ZERO);
        assert!(pace(100, 1).time_for(100) > Duration::from_secs(59));
    }

    #[tokio::test(start_paused = true)]
    async fn everyone_waits_when_the_marketplace_asks() {
        let pace = pace(100, 4);
        let start = Instant::now();
        pace.hold(Duration::from_secs(7));
        pace.hold(Duration::from_secs(2));
        let _turn = pace.turn().await;
        assert_eq!(start.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_under_way_than_allowed() {
        let pace = pace(100, 2);
        let (_a, b) = (pace.turn().await, pace.turn().await);
        assert!(tokio::time::timeout(Duration::from_secs(9), pace.turn()).await.is_err());
        drop(b);
        assert!(tokio::time::timeout(Duration::from_secs(9), pace.turn()).await.is_ok());
    }
}
