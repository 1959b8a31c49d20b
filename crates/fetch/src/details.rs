//! Fetching many hosts' details side by side.

use gpu_place_core::fleet::HostId;
use gpu_place_tensordock::HostDetail;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::error::FetchError;

/// What became of one host whose detail was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// Its detail.
    Detail(HostDetail),
    /// The marketplace does not know it any more.
    Gone,
    /// Its detail makes no sense, or the server fails on it.
    Failed(FetchError),
}

/// Fetches details, as many at once as the client lets, and hands each over as it comes. Ends early where no call can succeed.
pub(crate) async fn fetch(
    client: &Client,
    ids: Vec<HostId>,
    mut each: impl FnMut(HostId, Fetched),
) -> Result<(), FetchError> {
    let mut calls = JoinSet::new();
    for id in ids {
        let client = client.clone();
        calls.spawn(async move {
            let answer = client.hostnode(&id).await;
            (id, answer)
        });
    }
    // Dropping the set ends what is still under way.
    while let Some(joined) = calls.join_next().await {
        let (id, answer) = joined.map_err(|error| FetchError::Setup(error.to_string()))?;
        match answer {
            Ok(Some(detail)) => each(id, Fetched::Detail(detail)),
            Ok(None) => each(id, Fetched::Gone),
            Err(error) if error.is_about_one_answer() => each(id, Fetched::Failed(error)),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
