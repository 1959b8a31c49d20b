//! Planning against a market with the fewest details that prove the plan.
//!
//! The list of hostnodes tells everything but free ports. So a plan is made as if the ports of every host sufficed; where it then
//! stands on hosts whose ports are not known yet, their details are fetched, and it is made again. Each plan is as good as any can
//! be, and knowing more never makes a better one possible: the first that stands on known ports alone is the one that all details
//! would have led to. What planning is, this module does not know.

use std::collections::BTreeSet;

use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_tensordock::listing::live_fleet;
use gpu_place_tensordock::{HostDetail, Listing};

use crate::client::Client;
use crate::details::{self, Fetched};
use crate::error::FetchError;

/// What snapshots made while planning say of their source.
const SOURCE: &str = "planned live";

/// A plan made against a market, and all that it was made from.
#[derive(Debug, Clone)]
pub struct Planned<P> {
    /// The plan.
    pub plan: P,
    /// The fleet that it was made on. Its origin states how many details were fetched.
    pub fleet: Fleet,
    /// That fleet as a snapshot document; the fleet's digest is this text's.
    pub document: String,
    /// The list, with what was fetched of it: for planning once more.
    pub listing: Listing,
    /// Hosts that were listed but could not be used.
    pub dropped: Vec<Dropped>,
}

/// A listed host that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its id.
    pub id: HostId,
    /// Why not.
    pub why: String,
}

/// Lists the market and plans on it.
///
/// `planner` makes a plan and names the hosts whose detail it needs to rely on it: those that it uses although their ports are not
/// known. It may take its time; nothing is under way meanwhile. `progress` hears how many details were fetched so far, and how many
/// are wanted.
pub async fn plan<P>(
    client: &Client,
    planner: impl FnMut(&Fleet) -> (P, Vec<HostId>),
    progress: impl FnMut(usize, usize),
) -> Result<Planned<P>, FetchError> {
    let listing = client.hostnodes().await?;
    plan_on(client, listing, planner, progress).await
}

/// Plans on a market that was listed before.
pub async fn plan_on<P>(
    client: &Client,
    listing: Listing,
    mut planner: impl FnMut(&Fleet) -> (P, Vec<HostId>),
    mut progress: impl FnMut(usize, usize),
) -> Result<Planned<P>, FetchError> {
    let mut market = Market {
        listing,
        asked: BTreeSet::new(),
        dropped: Vec::new(),
    };
    loop {
        let document = market.listing.document(SOURCE);
        let details = u32::try_from(market.asked.len()).unwrap_or(u32::MAX);
        let fleet = live_fleet(&document, details).map_err(|error| FetchError::Unreadable {
            call: "GET /hostnodes".to_owned(),
            why: error.to_string(),
        })?;
        let (plan, wanted) = planner(&fleet);
        let wanted: Vec<HostId> = wanted.into_iter().filter(|id| !market.asked.contains(id)).collect();
        if wanted.is_empty() {
            return Ok(Planned {
                plan,
                fleet,
                document,
                listing: market.listing,
                dropped: market.dropped,
            });
        }
        market.ask(client, wanted, &mut progress).await?;
    }
}

/// What is known of the market so far.
struct Market {
    listing: Listing,
    asked: BTreeSet<HostId>,
    dropped: Vec<Dropped>,
}

impl Market {
    async fn ask(
        &mut self,
        client: &Client,
        wanted: Vec<HostId>,
        progress: &mut impl FnMut(usize, usize),
    ) -> Result<(), FetchError> {
        let wanted_in_all = self.asked.len() + wanted.len();
        progress(self.asked.len(), wanted_in_all);
        let mut answers = Vec::with_capacity(wanted.len());
        let before = self.asked.len();
        details::fetch(client, wanted, |id, fetched| {
            answers.push((id, fetched));
            progress(before + answers.len(), wanted_in_all);
        })
        .await?;
        // Answers come in any order; what is made of them must not depend on it.
        answers.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (id, fetched) in answers {
            self.take(id, fetched);
        }
        Ok(())
    }

    fn take(&mut self, id: HostId, fetched: Fetched) {
        let why = match fetched {
            Fetched::Detail(detail) if !names_ports(&detail) => {
                Some("its detail names no list of free ports".to_owned())
            }
            Fetched::Detail(detail) => {
                self.listing.put(detail);
                None
            }
            Fetched::Gone => Some("it is gone".to_owned()),
            Fetched::Failed(error) => Some(error.to_string()),
        };
        if let Some(why) = why {
            self.listing.remove(&id);
            self.dropped.push(Dropped { id: id.clone(), why });
        }
        self.asked.insert(id);
    }
}

/// A host whose ports stay unknown fits nothing that needs one. One that can't be read at all stays, to be counted as malformed.
fn names_ports(detail: &HostDetail) -> bool {
    detail
        .fleet()
        .is_ok_and(|fleet| fleet.hosts().iter().all(|host| host.ports.is_some()))
}
