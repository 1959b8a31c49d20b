//! The shell around the buyer: carries its actions to the marketplace, the journal, the planner and the person, and brings back what
//! came of them. It decides nothing.

mod desk;
pub mod holdings;
mod session;
pub mod tensordock;
mod wait;

use std::time::Duration;

use gpu_place_core::fleet::HostId;
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use crate::buyer::{Action, Again, Buyer, Event, Now, Order, Placed};
use crate::id::InstanceId;
use crate::journal::{Journal, RequestId};
use crate::market::{Answer, Census, Fault, HostLook, Presence};
use crate::outcome::Outcome;

use desk::unconfirmed;

pub use desk::describe;
pub(crate) use session::seed;
pub use session::{MEMORY, Session, aims, boot};
pub use wait::Waiting;

/// A marketplace that can be bought from.
pub trait Market {
    /// All instances of the account.
    fn instances(&self) -> impl Future<Output = Result<Census, Fault>>;
    /// One instance.
    fn instance(&self, id: &InstanceId) -> impl Future<Output = Result<Presence, Fault>>;
    /// One host with its detail.
    fn host(&self, id: &HostId) -> impl Future<Output = Result<HostLook, Fault>>;
    /// Creates an instance. One call, never repeated.
    fn create(&self, order: &Order) -> impl Future<Output = Answer>;
    /// Asks for an instance to be deleted.
    fn delete(&self, id: &InstanceId) -> impl Future<Output = Result<(), Fault>>;
}

/// Where plans are made again, people are asked, and news is told.
pub trait Desk {
    /// Plans on the market as it is now. What cannot be placed is left out.
    fn plan(&mut self, again: &Again) -> impl Future<Output = Result<Vec<Placed>, Fault>>;
    /// Shows what would be bought, with its cost, and asks whether it may be.
    fn ask(&mut self, placed: &[Placed]) -> impl Future<Output = bool>;
    /// Tells what is being done. What happens is told once; what is waited for may be told often.
    fn tell(&mut self, news: &str);
    /// Whether the person wants to stop. What is under way is still brought to its end.
    fn wants_to_stop(&self) -> bool {
        false
    }
    /// Returns once the person wants to stop; cuts waiting short.
    fn stopped(&self) -> impl Future<Output = ()> {
        std::future::pending()
    }
}

/// How long a port has to answer.
const KNOCK: Duration = Duration::from_secs(5);

/// Runs a buyer to its end.
pub async fn run(
    buyer: &mut Buyer,
    request: RequestId,
    journal: &mut impl Journal,
    market: &impl Market,
    desk: &mut impl Desk,
) -> Outcome {
    let began = Instant::now();
    let mut event = Event::Begin;
    loop {
        if desk.wants_to_stop() && buyer.interrupt() {
            desk.tell(
                "stopping once it is known what exists; Ctrl-C again leaves at once, and the same command takes it up",
            );
        }
        let now = Now {
            elapsed: began.elapsed(),
            wall: Timestamp::now(),
        };
        let action = buyer.step(event, now);
        if let Some(news) = describe(&action) {
            desk.tell(&news);
        }
        event = match action {
            Action::Finish(outcome) => return *outcome,
            Action::Intend { attempt, purse } => Event::Reserved(journal.intend(request, &attempt, &purse)),
            Action::Granted { name, rate, purse } => Event::Reserved(journal.granted(request, &name, rate, &purse)),
            Action::Sending(name) => Event::Recorded(journal.sending(&name)),
            Action::Record(changes) => Event::Recorded(journal.record(request, &changes)),
            Action::Create(order) => Event::Answer(market.create(&order).await),
            Action::LookForInstances => Event::Instances(market.instances().await),
            Action::LookAtInstance(id) => Event::Instance(market.instance(&id).await),
            Action::LookAtHost(id) => Event::Host(market.host(&id).await),
            Action::Delete(id) => {
                let deleted = market.delete(&id).await;
                if let Err(fault) = &deleted {
                    desk.tell(&unconfirmed(&id, fault));
                }
                Event::Deleted(deleted)
            }
            Action::Knock { address, port } => Event::Knocked(knock(&address, port).await),
            Action::Plan(again) => Event::Planned(desk.plan(&again).await),
            Action::Ask(placed) => Event::Answered(desk.ask(&placed).await),
            Action::Wait(time) if buyer.is_interrupted() => waited(sleep(time)).await,
            Action::Wait(time) => tokio::select! {
                event = waited(sleep(time)) => event,
                () = desk.stopped() => Event::Waited,
            },
        };
    }
}

async fn waited(sleep: tokio::time::Sleep) -> Event {
    sleep.await;
    Event::Waited
}

/// Whether something accepts connections there.
async fn knock(address: &str, port: u16) -> bool {
    let connected = timeout(KNOCK, tokio::net::TcpStream::connect((address, port))).await;
    matches!(connected, Ok(Ok(_)))
}
