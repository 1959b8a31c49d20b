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

#[cfg(test)]
mod tests {
    use super::super::compile::{compile, state};
    use super::*;
    use crate::fleet::{FleetBuilder, HostReading, HostRecord, OfferRecord, Origin, Resources, SizeSteps};
    use crate::money::UnitPrice;
    use crate::ports::Port;
    use crate::request::{Vm, VmName};
    use crate::solve::{Limits, Silent, Solution, Status, solve};

    /// A host for each price, in cents.
    fn fleet(prices: impl Iterator<Item = u64>) -> Fleet {
        let mut builder = FleetBuilder::default();
        for (i, cents) in prices.enumerate() {
            builder.push(HostReading::Host(Box::new(HostRecord {
                id: format!("{i:04}").into(),
                offers: vec![OfferRecord {
                    model: "l4-pcie-24gb".into(),
                    stock: Some((1, UnitPrice::from_nanos(cents * 10_000_000))),
                }],
                free: Resources {
                    vcpu: 8,
                    ram_gb: 32,
                    storage_gb: 500,
                },
                ports: Some(Port::new(20_022).into_iter().collect()),
                ..HostRecord::default()
            })));
        }
        builder.finish(SizeSteps::ANY, Origin::default())
    }

    fn request(vms: usize) -> Request {
        let vm = |i: usize| Vm::new(VmName::new(&format!("vm-{i}")).unwrap());
        Request::new((0..vms).map(vm).collect()).unwrap()
    }

    #[test]
    fn the_cheapest_ways_are_named_and_prove_as_much_as_all_of_them() {
        let (fleet, request) = (fleet((0..600).map(|i| 1 + i * 7 % 600)), request(3));
        let (few, all) = (
            state(&fleet, &request, &[], Some(Likely { all: false })),
            compile(&fleet, &request, &[]),
        );
        assert_eq!((few.problem.options.len(), few.options_in_all), (3 * FEWEST, 3 * 600));
        assert!(few.problem.options.iter().all(|o| o.cost <= 2_560_000_000));
        let elsewhere = few.problem.demands[0].elsewhere.unwrap();
        assert_eq!((elsewhere.cost, elsewhere.step), (2_570_000_000, 10_000_000));
        assert!(all.problem.is_whole());
        let [few_solved, all_solved] = [&few, &all].map(|c| solve(&c.problem, &Limits::default(), &Silent));
        assert_eq!((few_solved.status, few_solved.cost), (Status::Optimal, 60_000_000));
        assert_eq!(all_solved.cost, few_solved.cost);
        let carried = few.carried_to(&all, &few_solved.chosen);
        assert_eq!(Solution::of_plan(&all.problem, carried).cost, few_solved.cost);
    }

    #[test]
    fn all_ways_are_named_where_that_is_no_burden_or_hosts_are_scarce() {
        assert!(Likely::new(&fleet(1..600), &request(3)).all);
        let mut ways = Vec::new();
        assert_eq!(Likely { all: false }.keep(&mut ways, 1), None);
    }
}
