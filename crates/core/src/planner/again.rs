//! Planning a fleet again, from the plan before.
//!
//! Two things are kept. What still stands of the last plan is where the next begins. And while nothing has become roomier or cheaper,
//! what was proved stays proved: if the last plan can still be had at its price, it is the answer, and nothing is solved.

use std::collections::HashMap;

use super::Planner;
use super::start::{Known, Start, solve_from};
use crate::candidate::model_name;
use crate::fleet::{Fleet, HostId};
use crate::place::{self, Compiled, Effort, Standing, Unsound, compile, examine};
use crate::request::{Request, VmName};
use crate::solve::problem::{Cost, DemandIx, OptIx};
use crate::solve::{Solution, Status};
use crate::verify::VerifiedPlan;

/// A plan of a fleet, and how much of the one before is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The plan, examined like every other.
    pub plan: VerifiedPlan,
    /// VMs that could stay where the last plan had them, before the solver looked for something better.
    pub kept: u64,
    /// Whether the last plan settled it, without a solve.
    pub settled: bool,
}

/// The last plan of a fleet, in names that outlive changes of the fleet.
#[derive(Debug, Clone)]
pub(super) struct Last {
    request: Request,
    standing: Vec<Standing>,
    seats: Vec<(Seat, u32)>,
    status: Status,
    weight: u128,
    weight_bound: u128,
    cost_bound: Cost,
}

/// Where copies of one VM stand, and with what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seat {
    vm: VmName,
    host: HostId,
    gpu: String,
    count: u32,
}

impl Planner {
    /// Plans a request on the fleet as it stands, and has the plan examined: what [`place`](crate::place::place) does, begun from the
    /// last plan that this planner made. The request need not be the same: VMs are told by their names. Reservations are not made.
    ///
    /// # Errors
    ///
    /// [`Unsound`] as for [`place`](crate::place::place).
    pub fn plan(&mut self, request: &Request, standing: &[Standing], effort: Effort<'_>) -> Result<Again, Unsound> {
        self.put_in_order();
        let fleet = &self.fleet;
        if let Some(plan) = place::single(fleet, request, standing) {
            let plan = examine(fleet, request, standing, &plan)?;
            return Ok(Again {
                plan,
                kept: 0,
                settled: false,
            });
        }
        let compiled = compile(fleet, request, standing);
        let last = self.last.as_ref();
        let start = last.map_or_else(Start::default, |last| {
            let same = !self.eased && last.request == *request && last.standing == standing;
            last.start(fleet, request, &compiled, same)
        });
        let solution = solve_from(&compiled.problem, &start, &effort.limits, effort.watch);
        let last = Last::of(fleet, request, standing, &compiled, &solution);
        let kept = start.chosen.iter().map(|(_, copies)| u64::from(*copies)).sum();
        let settled = solution.work == 0 && start.known.is_some();
        let plan = place::of_solution(fleet, request, standing, compiled, &solution);
        let plan = examine(fleet, request, standing, &plan)?;
        self.last = Some(last);
        self.eased = false;
        Ok(Again { plan, kept, settled })
    }
}

impl Last {
    fn of(fleet: &Fleet, request: &Request, standing: &[Standing], compiled: &Compiled, solution: &Solution) -> Last {
        let seat = |(option, copies): &(OptIx, u32)| (Seat::of(fleet, request, compiled, *option), *copies);
        Last {
            request: request.clone(),
            standing: standing.to_vec(),
            seats: solution.chosen.iter().map(seat).collect(),
            status: solution.status,
            weight: solution.unplaced_weight,
            weight_bound: solution.weight_bound,
            cost_bound: solution.cost_bound,
        }
    }

    /// What is left of it for a problem. `same` says that its bounds hold.
    fn start(&self, fleet: &Fleet, request: &Request, compiled: &Compiled, same: bool) -> Start {
        let demand = |(at, vm): (usize, &'_ crate::request::Vm)| (vm.name.clone(), at as DemandIx);
        let demands: HashMap<VmName, DemandIx> = request.vms().iter().enumerate().map(demand).collect();
        let option = |(seat, copies): &(Seat, u32)| {
            let demand = *demands.get(&seat.vm)?;
            seat.option(fleet, compiled, demand).map(|option| (option, *copies))
        };
        let wanted: Vec<(OptIx, u32)> = self.seats.iter().filter_map(option).collect();
        let known = Known {
            infeasible: self.status == Status::Infeasible,
            weight_bound: self.weight_bound,
            weight: self.weight,
            cost_bound: self.cost_bound,
        };
        Start::keeping(&compiled.problem, wanted, same.then_some(known))
    }
}

impl Seat {
    fn of(fleet: &Fleet, request: &Request, compiled: &Compiled, option: OptIx) -> Seat {
        let candidate = compiled.candidate(option);
        let demand = compiled.problem.options[option as usize].demand;
        Seat {
            vm: request.vms()[demand as usize].name.clone(),
            host: fleet.host(candidate.host).id.clone(),
            gpu: model_name(fleet, candidate).to_owned(),
            count: candidate.way.count,
        }
    }

    /// The option of a demand that stands for the same.
    fn option(&self, fleet: &Fleet, compiled: &Compiled, demand: DemandIx) -> Option<OptIx> {
        let mut on_host = compiled.options_on(demand, fleet.find(&self.host)?);
        on_host.find(|option| {
            let candidate = compiled.candidate(*option);
            candidate.way.count == self.count && model_name(fleet, candidate) == self.gpu
        })
    }
}
