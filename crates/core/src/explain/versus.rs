//! Why this host and not another: against the runner-up, and against any host that is asked after.

use std::num::NonZeroU32;

use serde::Serialize;

use super::failure::{Failure, failures};
use super::probe::{Answer, Outcome, Probe, lone};
use crate::candidate::{Candidate, candidates, model_name};
use crate::fit::{CostParts, Matcher, Verdict, Way};
use crate::fleet::{Fleet, HostId, HostIx};
use crate::money::Money;
use crate::place::Effort;
use crate::plan::Plan;
use crate::request::{Request, Vm, VmName};

/// A host as an offer to one VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// The host.
    pub host_id: HostId,
    /// The model, as the provider writes it.
    pub gpu: String,
    /// GPUs.
    pub gpu_count: u32,
    /// What it costs, part by part.
    pub cost_per_hr: CostParts,
    /// The same with the price of downtime.
    pub effective_cost_per_hr: Money,
}

/// The chosen host of a VM alone, and the best of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What was chosen.
    pub chosen: Offered,
    /// What would be without that host.
    pub runner_up: Option<Offered>,
}

/// Why a host has none of a request's VMs, or not more of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyNot {
    /// The host.
    pub host_id: HostId,
    /// Whether the market lists it, and if it could not be read, what is wrong with it.
    pub listed: Listed,
    /// For each VM of the request; empty where the host could not be read.
    pub vms: Vec<VmWhyNot>,
}

/// What the market knows of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Listed {
    /// It is there.
    Yes,
    /// No host has this id.
    No,
    /// It is there but could not be read, for this reason.
    Malformed(String),
}

/// The answer for one VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VmWhyNot {
    /// The VM.
    pub vm: VmName,
    /// Why it does not stand there.
    #[serde(flatten)]
    pub because: Because,
}

/// Why a VM does not stand on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "because")]
pub enum Because {
    /// It does.
    Chosen,
    /// The host fails these rules.
    Fails {
        /// With their numbers.
        rules: Vec<Failure>,
    },
    /// It fits, but the whole plan would cost more with one of the VM's replicas there.
    Dearer {
        /// The VM there.
        offered: Offered,
        /// How much more, effective.
        by_per_hr: Money,
    },
    /// It fits alone, but with it there the rest of the request has no plan.
    Blocks {
        /// The VM there.
        offered: Offered,
    },
    /// It fits; what a plan with it there would cost was not settled within the limits, or there is no plan to compare with.
    Fits {
        /// The VM there.
        offered: Offered,
    },
}

/// What speaks for the chosen host of a VM alone; `None` for several VMs, or where nothing is chosen.
pub fn choice(fleet: &Fleet, request: &Request) -> Option<Choice> {
    let vm = lone(request)?;
    let ranked = candidates(fleet, &Matcher::new(fleet, request, vm)).ranked;
    let within = |c: &&Candidate| request.budget_per_hr.is_none_or(|budget| c.way.cost.total <= budget);
    let mut affordable = ranked.iter().filter(within);
    let chosen = affordable.next()?;
    let runner_up = affordable.find(|other| other.host != chosen.host);
    let offered = |c: &Candidate| offered(fleet, c.host, &c.way);
    Some(Choice {
        chosen: offered(chosen),
        runner_up: runner_up.map(offered),
    })
}

fn offered(fleet: &Fleet, host: HostIx, way: &Way) -> Offered {
    Offered {
        host_id: fleet.host(host).id.clone(),
        gpu: model_name(fleet, &Candidate { host, way: *way }).to_owned(),
        gpu_count: way.count,
        cost_per_hr: way.cost,
        effective_cost_per_hr: way.effective,
    }
}

/// Why a host has none of a request's VMs in this plan: the rules it fails, or what a plan with one of them there would cost.
pub fn why_not(fleet: &Fleet, request: &Request, plan: &Plan, id: &HostId, effort: Effort<'_>) -> WhyNot {
    let answer = |listed, vms| WhyNot {
        host_id: id.clone(),
        listed,
        vms,
    };
    let Some(host) = fleet.find(id) else {
        let malformed = fleet.malformed().iter().find(|m| m.id.as_ref() == Some(id));
        return answer(
            malformed.map_or(Listed::No, |m| Listed::Malformed(m.reason.clone())),
            Vec::new(),
        );
    };
    let probe = Probe::new(fleet, effort);
    let base = Outcome::as_it_is(plan);
    let asked = Asked {
        probe: &probe,
        request,
        plan,
        base: base.as_ref(),
        host,
    };
    let vms = request.vms().iter().enumerate().map(|(at, vm)| VmWhyNot {
        vm: vm.name.clone(),
        because: asked.because(at, vm),
    });
    answer(Listed::Yes, vms.collect())
}

/// One host that is asked after.
struct Asked<'a> {
    probe: &'a Probe<'a>,
    request: &'a Request,
    plan: &'a Plan,
    base: Option<&'a Outcome>,
    host: HostIx,
}

impl Asked<'_> {
    fn because(&self, at: usize, vm: &Vm) -> Because {
        let fleet = self.probe.fleet;
        let host = fleet.host(self.host);
        if self
            .plan
            .placements
            .iter()
            .any(|p| p.vm == vm.name && p.host_id == host.id)
        {
            return Because::Chosen;
        }
        let ways = match Matcher::new(fleet, self.request, vm).judge(host) {
            Verdict::Fits(ways) => ways,
            Verdict::Fails(_) => {
                return Because::Fails {
                    rules: failures(fleet, self.request, at, host),
                };
            }
        };
        let Some(way) = ways.iter().min_by_key(|way| way.effective) else {
            return Because::Fails { rules: Vec::new() };
        };
        self.compared(at, offered(fleet, self.host, way))
    }

    fn compared(&self, at: usize, offered: Offered) -> Because {
        let Some(base) = self.base.filter(|_| self.plan.unplaced.is_empty()) else {
            return Because::Fits { offered };
        };
        let Some(forced) = self.with_one_there(at) else {
            return Because::Fits { offered };
        };
        match self.probe.best(&forced) {
            Some(other) => Because::Dearer {
                offered,
                by_per_hr: other.effective - base.effective,
            },
            None if self.probe.possible(&forced) == Answer::No => Because::Blocks { offered },
            None => Because::Fits { offered },
        }
    }

    /// The request with one replica of a VM bound to the host, under the same rules as the others.
    fn with_one_there(&self, at: usize) -> Option<Request> {
        let vm = self.request.vms().get(at)?;
        let mut bound = vm.clone();
        bound.hosts = vec![self.probe.fleet.host(self.host).id.clone()];
        bound.group = Some(vm.group().to_owned());
        bound.replicas = NonZeroU32::MIN;
        let mut vms = self.request.vms().to_vec();
        match NonZeroU32::new(vm.replicas.get() - 1) {
            None => vms[at] = bound,
            Some(rest) => {
                bound.name = self.free_name()?;
                vms[at].replicas = rest;
                vms[at].group = bound.group.clone();
                vms.insert(at + 1, bound);
            }
        }
        let mut forced = Request::new(vms).ok()?;
        let asked = self.request;
        forced.budget_per_hr = asked.budget_per_hr;
        (forced.downtime_cost_per_hr, forced.sizes) = (asked.downtime_cost_per_hr, asked.sizes);
        Some(forced)
    }

    fn free_name(&self) -> Option<VmName> {
        let taken = |name: &VmName| self.request.vms().iter().any(|vm| vm.name == *name);
        let names = (0..=self.request.vms().len()).filter_map(|n| VmName::new(&format!("bound-{n}")));
        names.into_iter().find(|name| !taken(name))
    }
}
