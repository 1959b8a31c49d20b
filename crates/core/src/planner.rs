//! A planner that stays: a fleet held ready, kept up to date change by change, and asked again and again.
//!
//! A scheduler asks thousands of times a second, of a market that changes all the while. [`Planner`] holds the fleet with an index of
//! its offers, so that an answer looks at a few hosts, a change touches one, and a question of the kind *what if* is asked on the
//! planner itself and undone, not on a copy. What it answers is what [`place`](crate::place::place) answers on the same fleet.
//!
//! It counts no rejections for a single answer: why a host was not taken is for the cold road, [`Planner::plan`].

mod again;
mod change;
mod hold;
mod index;
mod start;
mod summary;
mod tree;

use std::collections::HashMap;

use crate::candidate::Candidate;
use crate::fit::Matcher;
use crate::fleet::{Fleet, Host, HostId, HostIx, sort_by_id};
use crate::gpu::{Model, ModelIx};
use crate::money::Money;
use crate::place::placement_of;
use crate::plan::Placement;
use crate::request::Request;

pub use again::Again;
pub use change::{Change, NoSuchOffer};
pub use hold::{Refused, Reservation};

use hold::Held;
use index::Index;

/// A fleet held ready for questions.
#[derive(Debug, Clone)]
pub struct Planner {
    /// What is free: hosts as listed, less what is reserved. Newcomers stand at the end and gone hosts keep their place until
    /// [`Planner::fleet`] puts it in order.
    fleet: Fleet,
    index: Index,
    /// Places of hosts that are gone.
    vacant: Vec<HostIx>,
    in_order: bool,
    /// Hosts on which something is reserved.
    held: HashMap<HostId, Held>,
    next_reservation: u64,
    last: Option<again::Last>,
    /// Whether anything became roomier or cheaper since the last plan.
    eased: bool,
    /// How the hosts stood that changed since the what-if questions began that are open.
    undo: Vec<change::Before>,
    what_ifs: u32,
}

/// Where a single VM goes, and what that costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The placement, as a plan would have it.
    pub placement: Placement,
    /// Its cost and the price of the host's downtime, per hour.
    pub effective_cost_per_hr: Money,
}

/// The request is not for a single VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request asks for more than one VM; plan it as a fleet")]
pub struct NotSingle;

impl Planner {
    /// Holds a fleet ready. Takes a few milliseconds for 10,000 hosts.
    pub fn new(fleet: Fleet) -> Planner {
        Planner {
            index: Index::new(&fleet),
            fleet,
            vacant: Vec::new(),
            in_order: true,
            held: HashMap::new(),
            next_reservation: 0,
            last: None,
            eased: true,
            undo: Vec::new(),
            what_ifs: 0,
        }
    }

    /// The fleet as it stands: hosts as listed last, less what is reserved. Puts newcomers into their order, which takes a few
    /// milliseconds for 10,000 hosts where there are any.
    pub fn fleet(&mut self) -> &Fleet {
        self.put_in_order();
        &self.fleet
    }

    /// One host as it stands, less what is reserved on it.
    pub fn host(&self, id: &HostId) -> Option<&Host> {
        self.fleet.find(id).map(|at| self.fleet.host(at))
    }

    /// One model that the fleet's offers name.
    pub fn model(&self, at: ModelIx) -> &Model {
        self.fleet.model(at)
    }

    /// The best placement of a single VM and its cost, or `None` where no host fits.
    ///
    /// # Errors
    ///
    /// [`NotSingle`] if the request asks for several VMs or replicas.
    pub fn answer(&self, request: &Request) -> Result<Option<Answer>, NotSingle> {
        let [vm] = request.vms() else { return Err(NotSingle) };
        if vm.replicas.get() > 1 {
            return Err(NotSingle);
        }
        let matcher = Matcher::new(&self.fleet, request, vm);
        Ok(self.best(request, &matcher).map(|candidate| Answer {
            placement: placement_of(&self.fleet, request, candidate),
            effective_cost_per_hr: candidate.way.effective,
        }))
    }

    fn best(&self, request: &Request, matcher: &Matcher<'_>) -> Option<Candidate> {
        let allowed = &matcher.vm().hosts;
        if allowed.is_empty() {
            return self.index.best(&self.fleet, matcher, request.budget_per_hr);
        }
        let there = allowed.iter().filter_map(|id| self.fleet.find(id));
        index::best_on(&self.fleet, matcher, request.budget_per_hr, there)
    }

    /// Asks on a market that is changed for as long as `ask` runs: whatever it changes, reserves and releases is undone afterwards.
    /// Nothing is copied but the hosts that change.
    pub fn what_if<R>(&mut self, ask: impl FnOnce(&mut Planner) -> R) -> R {
        let mark = self.undo.len();
        let (last, eased) = (self.last.clone(), self.eased);
        self.what_ifs += 1;
        let answer = ask(self);
        self.what_ifs -= 1;
        while self.undo.len() > mark {
            if let Some(before) = self.undo.pop() {
                self.restore(before);
            }
        }
        (self.last, self.eased) = (last, eased);
        answer
    }

    fn put_in_order(&mut self) {
        if self.in_order {
            return;
        }
        let fleet = &mut self.fleet;
        let mut at = 0;
        let mut vacant = vec![false; fleet.hosts.len()];
        self.vacant.drain(..).for_each(|host| vacant[host.0 as usize] = true);
        fleet.hosts.retain(|_| {
            at += 1;
            !vacant[at - 1]
        });
        sort_by_id(&mut fleet.hosts);
        let place = |(at, host): (usize, &Host)| (host.id.clone(), HostIx(at as u32));
        fleet.by_id = fleet.hosts.iter().enumerate().map(place).collect();
        self.index = Index::new(fleet);
        self.in_order = true;
    }
}
