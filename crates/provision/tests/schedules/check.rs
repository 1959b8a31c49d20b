//! What must hold, whatever happens, against what truly exists.

use std::collections::BTreeMap;

use gpu_place_core::money::Money;
use gpu_place_provision::id::AttemptName;
use gpu_place_provision::journal::{AttemptState, RequestId};
use gpu_place_provision::outcome::{Outcome, Status};
use gpu_place_sim::Instance;

use crate::world::World;

/// What was broken, in words.
pub type Violation = String;

const SLACK: i128 = 1_000;

fn money(instance: &Instance) -> Money {
    Money::from_nanos(i128::from(instance.rate.0))
}

/// At every moment: no VM exists twice, and what exists was promised within the ceiling.
pub fn at_all_times(world: &World) -> Option<Violation> {
    let disk = world.disk.borrow();
    let mut slots: BTreeMap<(RequestId, String), Vec<&str>> = BTreeMap::new();
    let mut promised = Money::ZERO;
    for instance in world.market.instances() {
        let Some((request, attempt)) = disk.attempt(&instance.name) else {
            continue;
        };
        promised += attempt.deal.cost;
        let names = slots.entry((request, attempt.slot.to_string())).or_default();
        names.push(&instance.name);
        if names.len() > 1 {
            return Some(format!("{} exists twice: {names:?}", attempt.slot));
        }
    }
    let ceiling = world.processes[0].terms.purse.ceiling;
    ceiling
        .filter(|ceiling| promised > *ceiling)
        .map(|ceiling| format!("{promised} USD/h were promised under a ceiling of {ceiling}"))
}

/// At the end of a run: the outcome tells the truth.
pub fn outcome(world: &World, at: usize, outcome: &Outcome) -> Option<Violation> {
    let process = &world.processes[at];
    let live = |id: &str| world.market.instances().iter().find(|instance| instance.id == id);
    for report in &outcome.instances {
        let Some(instance) = live(report.instance_id.as_str()) else {
            if world.taken.iter().any(|id| id == report.instance_id.as_str()) {
                continue;
            }
            let stopped = world.market.gone().iter().any(|i| i.id == report.instance_id.as_str());
            return Some(format!(
                "{} is reported and does not exist (existed: {stopped})",
                report.name
            ));
        };
        if instance.name != report.name.as_str() {
            return Some(format!("{} is reported as {}", instance.name, report.name));
        }
    }
    let wanted = process.asked.total_replicas();
    let there = outcome.instances.len() as u64;
    let right = match outcome.status {
        Status::Created => there == wanted,
        Status::Partial => there > 0 && there < wanted,
        Status::Failed => there == 0,
        Status::Unknown => true,
    };
    if !right {
        return Some(format!("{:?} with {there} of {wanted} instances", outcome.status));
    }
    half_done(world, at, outcome)
}

/// All or nothing: what remains of a whole that failed was taken over from earlier runs.
fn half_done(world: &World, at: usize, outcome: &Outcome) -> Option<Violation> {
    let process = &world.processes[at];
    if outcome.status != Status::Partial || !process.terms.all_or_nothing() {
        return None;
    }
    let disk = world.disk.borrow();
    let book = disk.book(process.request?)?;
    let mine = outcome
        .instances
        .iter()
        .find(|i| book.attempt(&i.name).is_some_and(|a| a.run == book.run));
    mine.map(|instance| format!("{} was not undone", instance.name))
}

/// When everything has come to rest: nothing exists that nobody speaks of, and nothing costs more than was agreed.
pub fn at_the_end(world: &World) -> Option<Violation> {
    at_all_times(world)
        .or_else(|| orphan(world))
        .or_else(|| too_dear(world))
        .or_else(|| over_purse(world))
}

fn outcome_of(world: &World, request: RequestId) -> Option<&Outcome> {
    let of = world
        .processes
        .iter()
        .filter(|p| p.request == Some(request) && p.outcome.is_some());
    of.max_by_key(|p| p.ended_at)?.outcome.as_ref()
}

/// Whether an outcome speaks of an attempt of this name, as of something to look at or as of something that is there.
fn speaks_of(outcome: &Outcome, instance: &Instance) -> bool {
    let reported = outcome.instances.iter().any(|i| i.instance_id.as_str() == instance.id);
    let named = |name: &Option<AttemptName>| name.as_ref().is_some_and(|n| n.as_str() == instance.name);
    reported || (outcome.status == Status::Unknown && outcome.attempts.iter().any(|a| named(&a.name)))
}

fn orphan(world: &World) -> Option<Violation> {
    let disk = world.disk.borrow();
    for instance in world.market.instances() {
        let Some((request, attempt)) = disk.attempt(&instance.name) else {
            return Some(format!("{} exists, and the journal does not know it", instance.name));
        };
        let told = outcome_of(world, request).is_some_and(|outcome| speaks_of(outcome, instance));
        // A process that never came to its end leaves the journal to the next one.
        let kept = matches!(attempt.state, AttemptState::Created(_)) || attempt.is_open();
        let leaving = disk
            .book(request)
            .is_some_and(|book| book.removals.iter().any(|r| r.id.as_str() == instance.id && !r.done));
        let unfinished = outcome_of(world, request).is_none() && (kept || leaving);
        if !told && !unfinished {
            return Some(format!("{} exists, and no outcome speaks of it", instance.name));
        }
    }
    None
}

fn warned(outcome: &Outcome, instance: &Instance) -> bool {
    let unread = outcome
        .instances
        .iter()
        .any(|i| i.name.as_str() == instance.name && i.status == "unknown");
    unread || outcome.warnings.iter().any(|warning| warning.contains(&instance.name))
}

fn too_dear(world: &World) -> Option<Violation> {
    let disk = world.disk.borrow();
    world.market.instances().iter().find_map(|instance| {
        let (request, attempt) = disk.attempt(&instance.name)?;
        let outcome = outcome_of(world, request)?;
        let dear = money(instance).nanos() > attempt.deal.agreed.nanos() + SLACK;
        let excused = outcome.status == Status::Unknown || warned(outcome, instance);
        (dear && !excused).then(|| {
            format!(
                "{} costs {} and {} were agreed",
                instance.name,
                money(instance),
                attempt.deal.agreed
            )
        })
    })
}

fn over_purse(world: &World) -> Option<Violation> {
    let ceiling = world.processes[0].terms.purse.ceiling?;
    let all = world.processes.iter().filter_map(|p| p.outcome.as_ref());
    let certain = all.clone().all(|outcome| outcome.status != Status::Unknown);
    let warned = world
        .market
        .instances()
        .iter()
        .any(|instance| all.clone().any(|outcome| warned(outcome, instance)));
    let total: Money = world.market.instances().iter().map(money).sum();
    (certain && !warned && total > ceiling).then(|| format!("{total} USD/h run under a ceiling of {ceiling}"))
}
