//! Recording a whole market: the list, and every host's detail.

use std::time::{Duration, Instant};

use gpu_place_core::fleet::HostId;

use crate::client::Client;
use crate::details::{self, Fetched};
use crate::error::FetchError;
use crate::live::Dropped;

/// How far a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Details fetched.
    pub done: usize,
    /// Details in all.
    pub total: usize,
    /// How long the rest will take, about.
    pub left: Duration,
}

/// A recorded market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The `gpu-place/snapshot/1` document.
    pub document: String,
    /// Hosts in it.
    pub hosts: usize,
    /// Hosts in it with their detail.
    pub details: usize,
    /// Hosts that were listed but gone when their detail was asked for. They are not in it.
    pub vanished: Vec<HostId>,
    /// Hosts whose detail could not be had. They are in it as the list shows them.
    pub without_detail: Vec<Dropped>,
}

/// Records the list of hostnodes alone.
pub async fn list_only(client: &Client, source: &str) -> Result<Recorded, FetchError> {
    let listing = client.hostnodes().await?;
    Ok(Recorded {
        document: listing.document(source),
        hosts: listing.len(),
        details: 0,
        vanished: Vec::new(),
        without_detail: Vec::new(),
    })
}

/// Records every hostnode with its detail.
pub async fn everything(
    client: &Client,
    source: &str,
    mut progress: impl FnMut(Progress),
) -> Result<Recorded, FetchError> {
    let mut listing = client.hostnodes().await?;
    let ids = listing.ids();
    let (total, started) = (ids.len(), Instant::now());
    let (mut vanished, mut without_detail, mut done) = (Vec::new(), Vec::new(), 0);
    let mut tell = |done| {
        let left = time_left(done, total - done, started.elapsed(), client.time_for(total - done));
        progress(Progress { done, total, left });
    };
    tell(0);
    details::fetch(client, ids, |id, fetched| {
        done += 1;
        match fetched {
            Fetched::Detail(detail) => listing.put(detail),
            Fetched::Gone => {
                listing.remove(&id);
                vanished.push(id);
            }
            Fetched::Failed(error) => without_detail.push(Dropped {
                id,
                why: error.to_string(),
            }),
        }
        tell(done);
    })
    .await?;
    vanished.sort_unstable();
    without_detail.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(Recorded {
        document: listing.document(source),
        hosts: listing.len(),
        details: total - vanished.len() - without_detail.len(),
        vanished,
        without_detail,
    })
}

/// As fast as so far, but no faster than the rate limit lets.
fn time_left(done: usize, left: usize, elapsed: Duration, at_least: Duration) -> Duration {
    let rate = elapsed
        .checked_div(u32::try_from(done).unwrap_or(u32::MAX))
        .unwrap_or_default();
    rate.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX))
        .max(at_least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_the_limit_or_experience_says() {
        let seconds = Duration::from_secs;
        assert_eq!(time_left(0, 10, seconds(0), seconds(6)), seconds(6));
        assert_eq!(time_left(5, 10, seconds(10), seconds(6)), seconds(20));
        assert_eq!(time_left(5, 10, seconds(1), seconds(6)), seconds(6));
    }
}
