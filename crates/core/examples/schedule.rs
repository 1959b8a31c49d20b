//! A batch scheduler's loop on a recorded fleet: jobs arrive and end, hosts change, single jobs are placed at once, and what has to
//! wait is planned as one fleet when there is time.
//!
//! `cargo run --release -p gpu-place-core --example schedule -- SNAPSHOT.json.zst FLEET.toml`

use std::collections::VecDeque;

use gpu_place_core::fleet_file;
use gpu_place_core::money::Money;
use gpu_place_core::place::Effort;
use gpu_place_core::planner::{Change, Planner, Reservation};
use gpu_place_core::request::{Request, Vm};
use gpu_place_core::solve::Limits;

/// Jobs that come in each round, and how many rounds each runs.
const ARRIVALS: usize = 40;
const RUNS: usize = 8;
const ROUNDS: usize = 15;
/// How long the planner may think about the queue: a second or two.
const THOUGHT: Limits = Limits { work: 100_000_000 };

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut arg = |default: &str| args.next().unwrap_or_else(|| default.to_owned());
    let snapshot = std::fs::File::open(arg("fixtures/fleet-vast/vast-409.snapshot.json.zst"))?;
    let name = arg("fixtures/fleet-vast/vast-409-scarce.fleet.toml");
    let fleet = gpu_place_tensordock::read(&zstd::decode_all(snapshot)?)?.fleet;
    let wanted = fleet_file::read(&std::fs::read_to_string(&name)?, &name)?;
    let mut arrivals = wanted.vms().iter().cycle();

    let mut planner = Planner::new(fleet);
    let mut running: VecDeque<(usize, Reservation)> = VecDeque::new();
    let mut waiting: Vec<Vm> = Vec::new();
    for round in 0..ROUNDS {
        // What has ended gives back what it held.
        while let Some((_, reservation)) = running.pop_front_if(|(until, _)| *until <= round) {
            planner.release(&reservation);
        }
        // The marketplace has news: here, a host goes in every round.
        if let Some(id) = running.front().map(|(_, reservation)| reservation.host().clone()) {
            planner.apply(Change::Gone(id))?;
        }
        let (mut placed, mut cost) = (0, Money::ZERO);
        for vm in arrivals.by_ref().take(ARRIVALS) {
            match place_now(&mut planner, &wanted, vm)? {
                Some((reservation, paid)) => {
                    running.push_back((round + RUNS, reservation));
                    (placed, cost) = (placed + 1, cost + paid);
                }
                None => waiting.push(vm.clone()),
            }
        }
        // Now and then the queue is planned as a whole, as much of it as fits.
        let queued = waiting.len();
        if round % 5 == 4 {
            for (reservation, paid) in place_queue(&mut planner, &wanted, &mut waiting)? {
                running.push_back((round + RUNS, reservation));
                (placed, cost) = (placed + 1, cost + paid);
            }
        }
        println!(
            "round {round:>2}: {placed:>2} placed at ${}/h, {queued} queued, {} wait",
            cost.rounded(4),
            waiting.len()
        );
    }
    Ok(())
}

/// Places one job on the best host there is, if any.
fn place_now(
    planner: &mut Planner,
    wanted: &Request,
    vm: &Vm,
) -> Result<Option<(Reservation, Money)>, Box<dyn std::error::Error>> {
    let mut vm = vm.clone();
    vm.replicas = std::num::NonZeroU32::MIN;
    let request = like(wanted, vec![vm])?;
    let Some(answer) = planner.answer(&request)? else {
        return Ok(None);
    };
    let reservation = planner.reserve(&request.vms()[0], &answer.placement)?;
    Ok(Some((reservation, answer.placement.cost_per_hr.total)))
}

/// Plans all that waits at once, reserves what the plan places, and leaves the rest waiting.
fn place_queue(
    planner: &mut Planner,
    wanted: &Request,
    waiting: &mut Vec<Vm>,
) -> Result<Vec<(Reservation, Money)>, Box<dyn std::error::Error>> {
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    // A job that came twice waits once.
    waiting.sort_by(|a, b| a.name.cmp(&b.name));
    waiting.dedup_by(|a, b| a.name == b.name);
    let mut request = like(wanted, waiting.clone())?;
    request.partial = true;
    let effort = Effort {
        limits: THOUGHT,
        ..Effort::default()
    };
    let plan = planner.plan(&request, &[], effort)?.plan.into_plan();
    let mut reserved = Vec::new();
    for placement in &plan.placements {
        if let Some(vm) = request.vms().iter().find(|vm| vm.name == placement.vm) {
            reserved.push((planner.reserve(vm, placement)?, placement.cost_per_hr.total));
        }
    }
    waiting.retain(|vm| plan.unplaced.iter().any(|left| left.vm == vm.name));
    Ok(reserved)
}

fn like(wanted: &Request, vms: Vec<Vm>) -> Result<Request, gpu_place_core::request::RequestError> {
    let mut request = Request::new(vms)?;
    (request.sizes, request.downtime_cost_per_hr) = (wanted.sizes, wanted.downtime_cost_per_hr);
    Ok(request)
}
