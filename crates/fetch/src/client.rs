//! Calls to the marketplace.
//!
//! One [`Client`] is shared by all that call in a process: its clones share one pace, one bound on what is under way, one token. Calls
//! that only look are repeated when something passing went wrong; a delete is sent once and repeated by whoever wants the instance
//! gone; a create is sent once and on a connection of its own, so that nothing below repeats it either.

mod pace;
mod retry;
mod send;
mod settings;

use std::sync::Arc;

use gpu_place_core::fleet::HostId;
use gpu_place_tensordock::{
    Answer, CreateAnswer, CreateRequest, DeleteAnswer, GetAnswer, HostDetail, InstanceId, ListAnswer, Listing,
    Location, LookAnswer, verdict,
};

use crate::error::FetchError;
use pace::Pace;
use send::{Call, Received, Wire};

pub use settings::Settings;

/// A connection to one marketplace with one token. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wire: Wire,
    pace: Pace,
    settings: Settings,
}

impl Client {
    /// A client with these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the URL is none that a token may be sent to, or the token is none that a header can carry.
    pub fn new(settings: Settings) -> Result<Client, FetchError> {
        let wire = Wire::new(&settings)?;
        let pace = Pace::new(settings.calls_per_minute, settings.parallel);
        Ok(Client(Arc::new(Inner { wire, pace, settings })))
    }

    /// The base URL of all calls.
    pub fn base_url(&self) -> &str {
        self.0.wire.base_url()
    }

    /// How long this many calls take at the least, as far as the rate limit goes.
    pub fn time_for(&self, calls: usize) -> std::time::Duration {
        self.0.pace.time_for(calls)
    }

    /// All hostnodes; the list states the time at which it was asked for.
    pub async fn hostnodes(&self) -> Result<Listing, FetchError> {
        let call = Call::read(&["hostnodes"], &self.0.settings).of_a_market(&self.0.settings);
        let taken_at = now();
        let received = self.look(&call).await?;
        // A large market takes a while to read: the runtime's threads are not for that.
        let name = call.name().to_owned();
        let judged = tokio::task::spawn_blocking(move || {
            let answer = verdict::hostnodes(&received.answer(), &taken_at);
            (answer, received.status)
        });
        let (answer, status) = judged.await.map_err(|error| FetchError::Setup(error.to_string()))?;
        found(&name, status, answer)?.ok_or(FetchError::WrongUrl { call: name })
    }

    /// One hostnode's detail, with its free ports; `None` if there is no such host (any more).
    pub async fn hostnode(&self, id: &HostId) -> Result<Option<HostDetail>, FetchError> {
        let call = Call::read(&["hostnodes", id.as_str()], &self.0.settings);
        let received = self.look(&call).await?;
        found(call.name(), received.status, verdict::hostnode(&received.answer(), id))
    }

    /// All locations.
    pub async fn locations(&self) -> Result<Vec<Location>, FetchError> {
        let call = Call::read(&["locations"], &self.0.settings);
        let received = self.look(&call).await?;
        let found = found(call.name(), received.status, verdict::locations(&received.answer()))?;
        found.ok_or(FetchError::WrongUrl {
            call: call.name().to_owned(),
        })
    }

    /// All instances of the account.
    pub async fn instances(&self) -> ListAnswer {
        let call = Call::read(&["instances"], &self.0.settings);
        match self.look(&call).await {
            Ok(received) => verdict::list(&received.answer()),
            Err(error) => ListAnswer::Unknown { why: error.to_string() },
        }
    }

    /// One instance.
    pub async fn instance(&self, id: &InstanceId) -> GetAnswer {
        let call = Call::read(&["instances", id.as_str()], &self.0.settings);
        match self.look(&call).await {
            Ok(received) => verdict::get(&received.answer()),
            Err(error) => GetAnswer::Unknown { why: error.to_string() },
        }
    }

    /// Creates an instance: at most one call leaves this process, whatever happens.
    ///
    /// # Errors
    /// Only where surely nothing was sent; everything else is an answer, if only that it is lost.
    pub async fn create(&self, request: &CreateRequest) -> Result<CreateAnswer, FetchError> {
        let call = Call::create(request.to_json(), &self.0.settings);
        match self.send(&call).await {
            Ok(received) => Ok(verdict::create(&received.answer())),
            Err(error) if error.never_sent() => Err(error),
            Err(error) => Ok(CreateAnswer::Lost { why: error.seen() }),
        }
    }

    /// Asks once for an instance to be deleted. Whether it is gone, [`Client::instance`] tells.
    pub async fn delete(&self, id: &InstanceId) -> DeleteAnswer {
        let call = Call::delete(&["instances", id.as_str()], &self.0.settings);
        match self.send(&call).await {
            Ok(received) => verdict::delete(&received.answer()),
            Err(error) => DeleteAnswer::Unknown { why: error.seen() },
        }
    }

    /// A call that may be repeated.
    async fn look(&self, call: &Call) -> Result<Received, FetchError> {
        let received = retry::patiently(&self.0.settings, || self.send(call)).await?;
        match received.redirect() {
            Some(to) => Err(FetchError::Redirected {
                call: call.name().to_owned(),
                to,
            }),
            None => Ok(received),
        }
    }

    /// A call, when its turn comes.
    async fn send(&self, call: &Call) -> Result<Received, FetchError> {
        let _turn = self.0.pace.turn().await;
        let received = self.0.wire.send(call).await;
        if let Ok(received) = &received
            && received.status == 429
        {
            self.0.pace.hold(
                received
                    .retry_after
                    .unwrap_or_default()
                    .min(self.0.settings.longest_wait),
            );
        }
        received
    }
}

/// The time as a snapshot states it.
fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}

/// What a look found, or why it found nothing; `None` where there is nothing.
fn found<T>(call: &str, status: u16, answer: LookAnswer<T>) -> Result<Option<T>, FetchError> {
    let call = call.to_owned();
    match answer {
        LookAnswer::Found(found) => Ok(Some(found)),
        LookAnswer::Gone => Ok(None),
        LookAnswer::Refused(refusal) => Err(FetchError::refused(call, refusal)),
        LookAnswer::Unknown { why } if status >= 500 => Err(FetchError::Server { call, why }),
        LookAnswer::Unknown { why } => Err(FetchError::Unreadable { call, why }),
    }
}

impl Received {
    fn answer(&self) -> Answer<'_> {
        Answer {
            status: self.status,
            content_type: self.content_type.as_deref(),
            retry_after: self.retry_after,
            body: &self.body,
        }
    }
}
