//! The judge of every claim: a changed request is planned, and what comes out is what is said.

use std::cell::Cell;
use std::rc::Rc;

use serde::Serialize;

use super::feasible::{feasible, left_out};
use crate::fit::{Matcher, Verdict, Way};
use crate::fleet::{Fleet, HostId, HostIx};
use crate::money::Money;
use crate::place::{Effort, propose};
use crate::plan::{Plan, Status};
use crate::request::{Request, Vm, VmName};
use crate::solve::Limits;

/// One VM of a plan, as far as an explanation names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spot {
    /// The VM.
    pub vm: VmName,
    /// Which of its replicas.
    pub replica: u32,
    /// Its host.
    pub host_id: HostId,
    /// The model, as the provider writes it.
    pub gpu: String,
    /// GPUs.
    pub gpu_count: u32,
}

/// What a request comes to: proved least effective cost, and one plan that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub cost: Money,
    pub effective: Money,
    pub spots: Vec<Spot>,
}

impl Outcome {
    /// What a plan comes to, if it is proved to be the best.
    pub fn of(plan: &Plan) -> Option<Outcome> {
        Outcome::as_it_is(plan).filter(|_| plan.status == Status::Optimal)
    }

    /// What a plan comes to, whatever is proved about it.
    pub fn as_it_is(plan: &Plan) -> Option<Outcome> {
        let objective = plan.objective.as_ref()?;
        let spots = plan.placements.iter().map(|p| Spot {
            vm: p.vm.clone(),
            replica: p.replica,
            host_id: p.host_id.clone(),
            gpu: p.gpu.clone(),
            gpu_count: p.gpu_count,
        });
        Some(Outcome {
            cost: objective.cost_per_hr,
            effective: objective.effective_cost_per_hr,
            spots: spots.collect(),
        })
    }
}

/// Whether a request has a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Not settled within the limits.
    Unknown,
}

/// The share of the work that a plan may take which one answer may take, of several VMs.
const OF_ONE: u64 = 40;
/// The same for the best plan that may leave VMs out, which tells the most.
const OF_LENIENT: u64 = 10;
/// The same for all answers together.
const OF_ALL: u64 = 4;

/// What answers have taken so far.
#[derive(Debug, Default)]
struct Spent {
    work: Cell<u64>,
    /// Whether any question was left open.
    open: Cell<bool>,
}

/// Plans requests on one fleet.
pub(super) struct Probe<'a> {
    pub fleet: &'a Fleet,
    effort: Effort<'a>,
    spent: Rc<Spent>,
    /// The hosts to look at for a VM alone; `None` for all.
    among: Option<Vec<HostIx>>,
}

impl<'a> Probe<'a> {
    pub fn new(fleet: &'a Fleet, effort: Effort<'a>) -> Probe<'a> {
        Probe {
            fleet,
            effort,
            spent: Rc::default(),
            among: None,
        }
    }

    /// The same judge for requests that admit no host but those that `widest` does, which saves a VM alone to look at the others.
    pub fn within(&self, widest: &Request) -> Probe<'a> {
        let among = lone(widest).map(|vm| {
            let matcher = Matcher::new(self.fleet, widest, vm);
            let fits = |at: &HostIx| matches!(matcher.judge(self.fleet.host(*at)), Verdict::Fits(_));
            self.hosts().filter(fits).collect()
        });
        Probe {
            fleet: self.fleet,
            effort: self.effort,
            spent: Rc::clone(&self.spent),
            among,
        }
    }

    fn hosts(&self) -> impl Iterator<Item = HostIx> {
        let all = (0..self.fleet.hosts().len() as u32)
            .map(HostIx)
            .filter(|_| self.among.is_none());
        self.among.iter().flatten().copied().chain(all)
    }

    /// The same judge on another fleet.
    pub fn on<'b>(&'b self, fleet: &'b Fleet) -> Probe<'b> {
        Probe {
            fleet,
            effort: self.effort,
            spent: Rc::clone(&self.spent),
            among: None,
        }
    }

    /// Whether to end here: by the word of whoever looks on, or because the answers took all that they may.
    pub fn stopped(&self) -> bool {
        self.effort.watch.stop() || self.spent.work.get() > self.effort.limits.work / OF_ALL
    }

    /// Whether any question so far was left open.
    pub fn left_open(&self) -> bool {
        self.spent.open.get() || self.stopped()
    }

    /// Plans a request as far as the effort allows.
    pub fn plan(&self, request: &Request) -> Plan {
        propose(self.fleet, request, &[], self.effort)
    }

    /// Plans a changed request as far as one answer of many may go.
    fn plan_changed(&self, request: &Request) -> Plan {
        self.plan_within(request, OF_ONE)
    }

    /// Plans several VMs, some of which may be left out.
    pub fn plan_lenient(&self, request: &Request) -> Plan {
        let mut lenient = request.clone();
        lenient.partial = true;
        self.plan_within(&lenient, OF_LENIENT)
    }

    fn plan_within(&self, request: &Request, share: u64) -> Plan {
        let plan = propose(self.fleet, request, &[], self.effort_of(share));
        self.spend(plan.solver.work);
        if matches!(plan.status, Status::Feasible | Status::Unknown) {
            self.spent.open.set(true);
        }
        plan
    }

    fn effort_of(&self, share: u64) -> Effort<'a> {
        Effort {
            limits: Limits {
                work: self.effort.limits.work / share,
            },
            watch: self.effort.watch,
        }
    }

    fn spend(&self, work: u64) {
        self.spent.work.set(self.spent.work.get().saturating_add(work));
    }

    /// The proved best plan of a request, all of it placed unless it is `partial`; `None` where there is none or the proof is missing.
    pub fn best(&self, request: &Request) -> Option<Outcome> {
        if self.stopped() {
            self.spent.open.set(true);
            return None;
        }
        Outcome::of(&self.plan_changed(request))
    }

    /// The least effective cost of a request; `None` as for [`Probe::best`].
    pub fn least_effective(&self, request: &Request) -> Option<Money> {
        match lone(request) {
            Some(vm) => self.ways(request, vm).map(|way| way.effective).min(),
            None => self.best(request).map(|outcome| outcome.effective),
        }
    }

    /// All ways to place a VM alone within its budget.
    fn ways<'b>(&'b self, request: &'b Request, vm: &'b Vm) -> impl Iterator<Item = Way> + 'b {
        let matcher = Matcher::new(self.fleet, request, vm);
        let judged = self.hosts().map(move |at| matcher.judge(self.fleet.host(at)));
        let ways = judged.flat_map(|verdict| match verdict {
            Verdict::Fits(ways) => ways,
            Verdict::Fails(_) => Default::default(),
        });
        ways.filter(|way| request.budget_per_hr.is_none_or(|budget| way.cost.total <= budget))
    }

    /// Whether a request has any plan, which is often quicker told than the best one.
    pub fn possible(&self, request: &Request) -> Answer {
        if let Some(vm) = lone(request) {
            let fits = self.ways(request, vm).next().is_some();
            return if fits { Answer::Yes } else { Answer::No };
        }
        if self.stopped() {
            self.spent.open.set(true);
            return Answer::Unknown;
        }
        let (answer, work) = feasible(self.fleet, request, self.effort_of(OF_ONE));
        self.spend(work);
        if answer == Answer::Unknown {
            self.spent.open.set(true);
        }
        answer
    }
}

impl Probe<'_> {
    /// The least weight that has to be left out, budget aside; `None` where no plan was found.
    pub fn left_out(&self, request: &Request) -> Option<u128> {
        let (weight, work) = left_out(self.fleet, request, self.effort_of(OF_ONE));
        self.spend(work);
        weight
    }
}

/// The VM of a request for one alone.
pub(super) fn lone(request: &Request) -> Option<&Vm> {
    match request.vms() {
        [vm] if vm.replicas.get() == 1 => Some(vm),
        _ => None,
    }
}
