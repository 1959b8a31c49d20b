//! Repeating calls that only look.

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use super::send::Received;
use super::settings::Settings;
use crate::error::FetchError;

/// What a single try brought that is worth another.
enum Passing {
    /// An answer that asks for patience: 429 or 5xx.
    Answer(Received),
    /// No answer.
    Error(FetchError),
}

/// Makes a call until it brings something that lasts. The last answer counts, whatever it is.
pub(super) async fn patiently<F>(settings: &Settings, call: impl Fn() -> F) -> Result<Received, FetchError>
where
    F: Future<Output = Result<Received, FetchError>>,
{
    let once = || async {
        match call().await {
            Ok(received) if received.status == 429 || received.status >= 500 => Err(Passing::Answer(received)),
            Err(error) if error.is_passing() => Err(Passing::Error(error)),
            lasting => Ok(lasting),
        }
    };
    let waits = ExponentialBuilder::new()
        .with_min_delay(settings.shortest_wait)
        .with_max_delay(settings.longest_wait)
        .with_max_times(settings.repeats)
        .with_jitter();
    let wait = |passing: &Passing, wait| wait_after(passing, wait, settings.longest_wait);
    let told = |passing: &Passing, wait: Duration| match passing {
        Passing::Answer(received) => tracing::debug!(status = received.status, ?wait, "asking again"),
        Passing::Error(error) => tracing::debug!(%error, ?wait, "asking again"),
    };
    match once.retry(waits).adjust(wait).notify(told).await {
        Ok(lasting) => lasting,
        Err(Passing::Answer(received)) => Ok(received),
        Err(Passing::Error(error)) => Err(error),
    }
}

/// The time to wait: what the marketplace asks for, within bounds. Without a word from it, too many calls are over in a minute.
fn wait_after(passing: &Passing, wait: Option<Duration>, longest: Duration) -> Option<Duration> {
    let wait = wait?;
    match passing {
        Passing::Answer(received) => match received.retry_after {
            Some(asked) if asked <= longest => Some(asked.max(wait.min(Duration::from_millis(100)))),
            Some(_) => None,
            None if received.status == 429 => Some(longest.min(Duration::from_secs(20)).max(wait)),
            None => Some(wait),
        },
        Passing::Error(_) => Some(wait),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use tokio::time::Instant;

    fn answer(status: u16, retry_after: Option<u64>) -> Received {
        Received {
            status,
            content_type: None,
            retry_after: retry_after.map(Duration::from_secs),
            location: None,
            body: Vec::new(),
        }
    }

    /// Makes a call that is answered by these one after the other; gives the last status, the number of tries and the seconds taken.
    async fn tried(answers: Vec<Result<Received, FetchError>>) -> (Option<u16>, usize, u64) {
        let (tries, start) = (Cell::new(0), Instant::now());
        let settings = Settings::new("https://example.com", None);
        let call = || {
            let answer = answers[tries.get().min(answers.len() - 1)].clone();
            tries.set(tries.get() + 1);
            async move { answer }
        };
        let last = patiently(&settings, call).await;
        (
            last.ok().map(|received| received.status),
            tries.get(),
            start.elapsed().as_secs(),
        )
    }

    fn slow() -> Result<Received, FetchError> {
        Err(FetchError::TooSlow {
            call: "GET /x".into(),
            within: Duration::from_secs(30),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_asked_again() {
        let ok = || Ok(answer(200, None));
        assert_eq!(tried(vec![ok()]).await, (Some(200), 1, 0));
        let (status, tries, _) = tried(vec![Ok(answer(503, None)), slow(), ok()]).await;
        assert_eq!((status, tries), (Some(200), 3));
        assert_eq!(tried(vec![Ok(answer(404, None))]).await.1, 1);
        let no_route = FetchError::NoRoute {
            host: "h".into(),
            why: "refused".into(),
        };
        assert_eq!(tried(vec![Err(no_route)]).await.1, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends_and_the_last_answer_counts() {
        let (status, tries, _) = tried(vec![Ok(answer(500, None))]).await;
        assert_eq!((status, tries), (Some(500), 5));
        assert_eq!(tried(vec![slow()]).await.1, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_marketplace_says_how_long_to_wait() {
        let (_, _, waited) = tried(vec![Ok(answer(429, Some(9))), Ok(answer(200, None))]).await;
        assert_eq!(waited, 9);
        // Longer than anyone wants to wait: give up at once.
        assert_eq!(tried(vec![Ok(answer(429, Some(9999)))]).await, (Some(429), 1, 0));
        let (_, _, waited) = tried(vec![Ok(answer(429, None)), Ok(answer(200, None))]).await;
        assert_eq!(waited, 20);
    }
}
