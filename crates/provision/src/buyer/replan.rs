//! Planning again what is missing, within what was agreed.

use std::collections::BTreeMap;
use std::time::Duration;

use gpu_place_core::money::Money;
use gpu_place_core::place::Standing;
use gpu_place_core::request::{Request, Vm, VmName};

use super::{Action, Again, Aim, Buyer, Placed, StopKind, Task};
use crate::id::Slot;
use crate::journal::Change;
use crate::market::Fault;

/// How often a run plans before something must be wrong.
const MOST_PLANS: u32 = 200;
/// How often the market is asked in vain.
const TRIES: u32 = 5;

/// The most that a VM of an entry may cost in a plan. Entries that are not among them have no limit but their own.
pub(super) type Caps = BTreeMap<VmName, Money>;

/// How planning goes.
#[derive(Debug)]
pub(super) struct Plans {
    /// Whether somebody agreed to what this run may buy.
    consented: bool,
    /// Whether somebody was asked to agree to more.
    asked: bool,
    made: u32,
    tries: u32,
    next: Duration,
}

impl Plans {
    pub(super) fn new(consented: bool) -> Plans {
        Plans {
            consented,
            asked: false,
            made: 0,
            tries: 0,
            next: Duration::ZERO,
        }
    }
}

impl Buyer {
    /// Plans what is missing, if anything is.
    pub(super) fn replan(&mut self) -> Option<Action> {
        if self.stop.is_some() || !self.terms.buys() {
            return None;
        }
        let missing = self.missing();
        if missing.is_empty() {
            return None;
        }
        if self.plans.made >= MOST_PLANS {
            self.stop_for(StopKind::Market, "the market changes faster than it can be planned for");
            return Some(Action::Wait(Duration::ZERO));
        }
        let from = self.plans.next.max(self.cool_until);
        if from > self.now.elapsed {
            return Some(self.wait_until(from));
        }
        let caps = self.agreed_caps(&missing);
        Some(self.plan(caps))
    }

    fn plan(&mut self, caps: Caps) -> Action {
        self.plans.made += 1;
        match self.again(&caps) {
            Some(again) => {
                self.task = Task::Planning(caps);
                Action::Plan(Box::new(again))
            }
            None => {
                self.stop_for(StopKind::NothingLeft, "nothing is left to plan");
                Action::Wait(Duration::ZERO)
            }
        }
    }

    /// VMs that are to exist and do not, with what each may cost.
    fn missing(&self) -> Vec<(Slot, Money)> {
        let wanted = self
            .book
            .agreed
            .iter()
            .filter(|(slot, _)| !self.given_up.contains(slot));
        wanted
            .filter(|(slot, _)| self.book.occupant(slot).is_none())
            .cloned()
            .collect()
    }

    /// Within an entry the VMs are alike: a plan may use what the dearest of them may cost.
    fn agreed_caps(&self, missing: &[(Slot, Money)]) -> Caps {
        let mut caps = Caps::new();
        for (slot, agreed) in missing {
            let cap = caps.entry(slot.vm.clone()).or_insert(*agreed);
            *cap = (*cap).max(*agreed);
        }
        caps
    }

    /// The request for what is missing. What exists, or may, is renumbered from 0, so that exactly the missing number remains.
    fn again(&self, caps: &Caps) -> Option<Again> {
        let mut missing: BTreeMap<VmName, u32> = BTreeMap::new();
        for (slot, _) in self.missing() {
            *missing.entry(slot.vm).or_default() += 1;
        }
        let (mut vms, mut standing) = (Vec::new(), Vec::new());
        let asked = self.terms.request.as_ref()?;
        for vm in asked.vms() {
            let there = self.standing_of(vm);
            let replicas = there.len() as u32 + missing.get(&vm.name).copied().unwrap_or_default();
            standing.extend(there);
            if let Some(replicas) = std::num::NonZeroU32::new(replicas) {
                vms.push(self.narrowed(vm, replicas, caps));
            }
        }
        let mut request = Request::new(vms).ok()?;
        request.budget_per_hr = [asked.budget_per_hr, self.terms.purse.budget]
            .into_iter()
            .flatten()
            .min();
        request.partial = !self.terms.all_or_nothing();
        request.downtime_cost_per_hr = asked.downtime_cost_per_hr;
        request.sizes = asked.sizes;
        Some(Again { request, standing })
    }

    fn narrowed(&self, vm: &Vm, replicas: std::num::NonZeroU32, caps: &Caps) -> Vm {
        let mut vm = vm.clone();
        vm.replicas = replicas;
        vm.exclude_hosts.extend(self.excluded.iter().cloned());
        vm.max_price_per_hr = [vm.max_price_per_hr, caps.get(&vm.name).copied()]
            .into_iter()
            .flatten()
            .min();
        vm
    }

    /// What exists of an entry, or may exist.
    fn standing_of(&self, vm: &Vm) -> Vec<Standing> {
        let there = self.book.attempts.iter().filter(|a| a.slot.vm == vm.name);
        let there = there.filter(|a| a.is_open() || self.book.stands(a));
        there
            .zip(0..)
            .map(|(attempt, replica)| Standing {
                vm: vm.name.clone(),
                replica,
                host_id: attempt.deal.host.clone(),
                location: attempt.deal.location.clone(),
                organization: attempt.deal.organization.clone(),
                country: attempt.deal.country.clone(),
                cost_per_hr: attempt.price(),
            })
            .collect()
    }

    /// A plan came, or the market could not be read.
    pub(super) fn planned(&mut self, caps: Caps, planned: Result<Vec<Placed>, Fault>) -> Option<Action> {
        match planned {
            Ok(placed) => {
                self.plans.tries = 0;
                self.take_plan(caps, placed)
            }
            Err(fault) if fault.unauthorised => {
                self.stop_for(StopKind::Unauthorised, fault.message);
                None
            }
            Err(fault) => {
                self.plans.tries += 1;
                let pause = fault.retry_after.unwrap_or(Duration::from_secs(1 << self.plans.tries));
                self.plans.next = self.now.elapsed + pause;
                if self.plans.tries >= TRIES {
                    self.stop_for(StopKind::Market, fault.message);
                }
                None
            }
        }
    }

    fn take_plan(&mut self, caps: Caps, placed: Vec<Placed>) -> Option<Action> {
        let missing = self.missing();
        let dearer = caps.is_empty();
        match assign(&missing, placed, dearer) {
            Err((vm, cap)) => {
                let mut narrower = caps;
                narrower.insert(vm, cap);
                Some(self.plan(narrower))
            }
            Ok(aims) if aims.len() < missing.len() => self.take_less(aims, &missing, dearer),
            Ok(aims) => self.accept(aims, dearer),
        }
    }

    /// Not everything can be placed at the agreed prices.
    fn take_less(&mut self, aims: Vec<Aim>, missing: &[(Slot, Money)], dearer: bool) -> Option<Action> {
        if self.terms.may_ask && !self.plans.asked {
            self.plans.asked = true;
            return Some(self.plan(Caps::new()));
        }
        if self.terms.all_or_nothing() {
            let price = if dearer {
                ""
            } else {
                " at no more than the agreed price"
            };
            self.stop_for(
                StopKind::NothingLeft,
                format!(
                    "no host is left for {} of the VMs{price}. `gpu-place explain` tells what would help; --wait waits for stock",
                    missing.len() - aims.len()
                ),
            );
            return None;
        }
        for (slot, _) in missing
            .iter()
            .filter(|(slot, _)| !aims.iter().any(|aim| aim.slot == *slot))
        {
            self.warn(format!("no host is left for {slot} at no more than the agreed price"));
            self.given_up.insert(slot.clone());
        }
        self.accept(aims, dearer)
    }

    /// Buys the plan, once somebody agreed to it.
    fn accept(&mut self, aims: Vec<Aim>, dearer: bool) -> Option<Action> {
        let ask = dearer || !self.plans.consented;
        if !ask || aims.is_empty() {
            self.aims = aims.into();
            return None;
        }
        let shown = aims.iter().map(|aim| aim.placed.clone()).collect();
        self.task = Task::Asking(aims);
        Some(Action::Ask(shown))
    }

    /// The person agreed, or did not. What was agreed to is what was shown, and written down.
    pub(super) fn agreed(&mut self, aims: Vec<Aim>, yes: bool) -> Option<Action> {
        if !yes {
            self.stop_for(StopKind::Declined, "the new plan was not agreed to");
            return None;
        }
        self.plans.consented = true;
        let prices: Vec<(Slot, Money)> = aims
            .iter()
            .map(|aim| (aim.slot.clone(), aim.agreed.max(aim.placed.cost())))
            .collect();
        self.aims = aims
            .into_iter()
            .zip(&prices)
            .map(|(aim, (_, agreed))| Aim::at(aim.slot, aim.placed, *agreed))
            .collect();
        Some(self.record(vec![Change::Agreed(prices)]))
    }
}

/// Gives each placement a missing VM of its entry whose agreed price covers it: the cheapest placement to the VM that may cost least.
///
/// Fails with a tighter cap for an entry where that does not work out.
pub(super) fn assign(
    missing: &[(Slot, Money)],
    placed: Vec<Placed>,
    any_price: bool,
) -> Result<Vec<Aim>, (VmName, Money)> {
    let mut by_vm: BTreeMap<VmName, Vec<Placed>> = BTreeMap::new();
    for placed in placed {
        by_vm.entry(placed.placement.vm.clone()).or_default().push(placed);
    }
    let mut aims = Vec::new();
    for (vm, mut found) in by_vm {
        let mut slots: Vec<&(Slot, Money)> = missing.iter().filter(|(slot, _)| slot.vm == vm).collect();
        slots.sort_by_key(|(_, agreed)| *agreed);
        found.sort_by_key(Placed::cost);
        found.truncate(slots.len());
        // With fewer placements than VMs, the VMs that may cost least are left out.
        let slots = slots.split_off(slots.len() - found.len());
        for (placed, (slot, agreed)) in found.into_iter().zip(slots) {
            if placed.cost() > *agreed && !any_price {
                return Err((vm, *agreed));
            }
            aims.push(Aim::at(slot.clone(), placed, *agreed));
        }
    }
    Ok(aims)
}
