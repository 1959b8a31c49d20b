//! All that a verification looks at.

use std::collections::{BTreeSet, HashMap};

use super::ask::Ask;
use crate::fleet::Fleet;
use crate::place::Standing;
use crate::plan::Plan;
use crate::request::{Request, VmName};

/// The plan to judge and what it is judged by.
pub(super) struct Case<'a> {
    pub fleet: &'a Fleet,
    pub request: &'a Request,
    pub standing: &'a [Standing],
    pub plan: &'a Plan,
    /// What each VM of the request needs, in the order of the request.
    pub asks: Vec<Ask<'a>>,
    at: HashMap<&'a VmName, usize>,
}

impl<'a> Case<'a> {
    pub fn new(fleet: &'a Fleet, request: &'a Request, standing: &'a [Standing], plan: &'a Plan) -> Case<'a> {
        let asks = request.vms().iter().map(|vm| Ask::new(fleet, request, vm)).collect();
        let at = request.vms().iter().enumerate().map(|(i, vm)| (&vm.name, i)).collect();
        Case {
            fleet,
            request,
            standing,
            plan,
            asks,
            at,
        }
    }

    /// The position of a VM in the request.
    pub fn position(&self, name: &VmName) -> Option<usize> {
        self.at.get(name).copied()
    }

    /// The replicas that are to be placed or left out: those of the request that do not stand.
    pub fn wanted(&self) -> BTreeSet<(usize, u32)> {
        let all = self.request.vms().iter().enumerate();
        let mut wanted: BTreeSet<(usize, u32)> = all
            .flat_map(|(at, vm)| (0..vm.replicas.get()).map(move |replica| (at, replica)))
            .collect();
        for standing in self.standing {
            if let Some(at) = self.position(&standing.vm) {
                wanted.remove(&(at, standing.replica));
            }
        }
        wanted
    }

    /// What the standing VMs cost, in nano-dollars per hour.
    pub fn standing_cost(&self) -> i128 {
        self.standing
            .iter()
            .fold(0, |sum, s| sum.saturating_add(s.cost_per_hr.nanos()))
    }
}
