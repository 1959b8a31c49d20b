//! The judge of every claim: a changed request is planned, and what comes out is what is said.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::fit::{Matcher, Verdict, Way};
use crate::fleet::{Fleet, HostId, HostIx};
use crate::money::Money;
use crate::place::{Effort, greedy, propose};
use crate::plan::{Plan, Status};
use crate::request::{Request, Vm, VmName};
use crate::solve::problem::Cost;
use crate::solve::{Progress, Watch};

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

/// Plans requests on one fleet.
pub(super) struct Probe<'a> {
    pub fleet: &'a Fleet,
    effort: Effort<'a>,
    open: Cell<bool>,
    /// The hosts that can matter to a VM alone; `None`: all.
    among: Option<Vec<HostIx>>,
}

impl<'a> Probe<'a> {
    pub fn new(fleet: &'a Fleet, effort: Effort<'a>) -> Probe<'a> {
        Probe {
            fleet,
            effort,
            open: Cell::new(false),
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
            open: Cell::new(false),
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
        Probe::new(fleet, self.effort)
    }

    /// Whether to end here, by the word of whoever looks on.
    pub fn stopped(&self) -> bool {
        self.effort.watch.stop()
    }

    /// Whether any question so far was left open.
    pub fn left_open(&self) -> bool {
        self.open.get() || self.stopped()
    }

    /// Plans a request as far as the effort allows.
    pub fn plan(&self, request: &Request) -> Plan {
        propose(self.fleet, request, &[], self.effort)
    }

    /// The proved best plan of a request, all of it placed unless it is `partial`; `None` where there is none or the proof is missing.
    pub fn best(&self, request: &Request) -> Option<Outcome> {
        if self.stopped() {
            self.open.set(true);
            return None;
        }
        let plan = self.plan(request);
        if matches!(plan.status, Status::Feasible | Status::Unknown) {
            self.open.set(true);
        }
        Outcome::of(&plan)
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
            self.open.set(true);
            return Answer::Unknown;
        }
        self.possible_at(request)
    }

    /// For several VMs. A budget is kept if the least real cost is within it, which is easier to see than to plan under it.
    fn possible_at(&self, request: &Request) -> Answer {
        let mut unbounded = request.clone();
        unbounded.budget_per_hr = None;
        unbounded.downtime_cost_per_hr = Money::ZERO;
        let within = |cost: Money| request.budget_per_hr.is_none_or(|budget| cost <= budget);
        let easy = greedy(self.fleet, &unbounded);
        if easy.unplaced_weight == 0 && within(easy.cost_per_hr) {
            return Answer::Yes;
        }
        let first = Settled {
            outer: self.effort.watch,
            budget: request.budget_per_hr.map(Money::nanos),
            settled: AtomicBool::new(false),
        };
        let effort = Effort {
            limits: self.effort.limits,
            watch: &first,
        };
        let plan = propose(self.fleet, &unbounded, &[], effort);
        match &plan.objective {
            Some(objective) if within(objective.cost_per_hr) => Answer::Yes,
            Some(objective) if !within(objective.lower_bound_per_hr) => Answer::No,
            None if plan.status == Status::Infeasible => Answer::No,
            _ => {
                self.open.set(true);
                Answer::Unknown
            }
        }
    }
}

/// The VM of a request for one alone.
pub(super) fn lone(request: &Request) -> Option<&Vm> {
    match request.vms() {
        [vm] if vm.replicas.get() == 1 => Some(vm),
        _ => None,
    }
}

/// Stops a solve as soon as it is seen whether there is a plan within a budget.
struct Settled<'a> {
    outer: &'a dyn Watch,
    budget: Option<Cost>,
    settled: AtomicBool,
}

impl Watch for Settled<'_> {
    fn progress(&self, progress: &Progress) {
        let cheap = |cost: Cost| self.budget.is_none_or(|budget| cost <= budget);
        if progress.cost.is_some_and(cheap) || !cheap(progress.cost_bound) {
            self.settled.store(true, Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        self.settled.load(Ordering::Relaxed) || self.outer.stop()
    }
}
