//! The options that a plan is likely to use, where there are millions.
//!
//! Among ten thousand hosts a VM goes to one of its cheapest hundred or so: what makes it go further is that others want them too, and
//! these are few beside the hosts. Naming only those options saves nearly all of the work. The problem tells what the others cost at
//! least, so that whatever the solver proves of it holds with all of them.

use crate::candidate::Candidate;
use crate::fleet::Fleet;
use crate::request::Request;
use crate::solve::problem::Elsewhere;

/// With fewer pairs of hosts and VMs than this, all options are named.
const MANY_PAIRS: usize = 4_000_000;
/// All are named too where there are fewer hosts for each copy than this.
const HOSTS_PER_COPY: u64 = 4;
/// At least so many options of a VM are named, or this share of them, or so many for each copy.
const FEWEST: usize = 256;
const SHARE: usize = 32;
const PER_COPY: usize = 8;

/// Which options are named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likely {
    all: bool,
}

impl Likely {
    pub(super) fn new(fleet: &Fleet, request: &Request) -> Self {
        let (hosts, vms) = (fleet.hosts().len(), request.vms().len());
        let copies = request.total_replicas();
        Likely {
            all: hosts.saturating_mul(vms) < MANY_PAIRS || (hosts as u64) < copies.saturating_mul(HOSTS_PER_COPY),
        }
    }

    /// Keeps the likely ways of a VM of so many copies: the cheapest ones. Returns what is known of the others.
    pub(super) fn keep(self, ways: &mut Vec<Candidate>, copies: usize) -> Option<Elsewhere> {
        let keep = FEWEST.max(ways.len() / SHARE).max(copies.saturating_mul(PER_COPY));
        if self.all || ways.len() < keep.saturating_mul(2) {
            return None;
        }
        ways.select_nth_unstable_by_key(keep, |c| (c.way.effective, c.host, c.way.offer, c.way.count));
        let elsewhere = Elsewhere::of(ways.drain(keep..).map(|c| c.way.effective.nanos()));
        ways.shrink_to_fit();
        elsewhere
    }
}
