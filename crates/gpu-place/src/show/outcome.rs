//! What was bought, as a person reads it.

use gpu_place_provision::outcome::{AttemptResult, InstanceReport, Outcome, Status, Try};

use super::money::{per_hour, per_month};
use super::style::{BAD, GOOD, STRONG, WARN, paint};
use super::{safe, table::facts};

/// The user that the provider's Ubuntu images know.
const LOGIN: &str = "user";
const SSH: u16 = 22;

/// The whole account.
pub fn outcome(outcome: &Outcome) -> String {
    let (count, running) = (outcome.instances.len(), running(outcome));
    let headline = match outcome.status {
        Status::Created => format!("{}: {running}", paint(GOOD, "Created")),
        Status::Partial => format!("{}: {running}", paint(WARN, "Only some of it exists")),
        Status::Failed => paint(BAD, "Nothing was created"),
        Status::Unknown if count == 0 => paint(BAD, "It is unknown whether anything was created"),
        Status::Unknown => format!(
            "{}: {running} for sure",
            paint(BAD, "It is unknown whether more was created")
        ),
    };
    account(outcome, &headline)
}

/// What is left of a request that was settled, or of which something was deleted.
pub fn settled(outcome: &Outcome) -> String {
    let count = outcome.instances.len();
    let certain = outcome.status != Status::Unknown;
    let headline = match (count, certain) {
        (0, true) => paint(GOOD, "Nothing of it exists any more"),
        (0, false) => paint(BAD, "It is unknown whether anything of it exists"),
        (_, true) => format!("{}: {}", paint(GOOD, "On the marketplace"), running(outcome)),
        (_, false) => format!(
            "{}: {} for sure",
            paint(BAD, "It is unknown whether more exists"),
            running(outcome)
        ),
    };
    account(outcome, &headline)
}

fn running(outcome: &Outcome) -> String {
    let (cost, count) = (outcome.cost_per_hr(), outcome.instances.len());
    format!(
        "{count} instance{} at {} ({})",
        if count == 1 { "" } else { "s" },
        per_hour(cost),
        per_month(cost)
    )
}

fn account(outcome: &Outcome, headline: &str) -> String {
    let mut text = format!("\n{headline}\n");
    if let Some(reason) = &outcome.reason {
        text += &format!("  {reason}\n");
    }
    for instance in &outcome.instances {
        text += &format!("\n{}", one(instance));
    }
    let stands = |attempt: &Try| outcome.instances.iter().any(|i| attempt.name.as_ref() == Some(&i.name));
    for attempt in &outcome.attempts {
        if attempt.result != AttemptResult::Created || !stands(attempt) {
            text += &format!("  {}\n", tried(attempt, outcome.reason.as_deref()));
        }
    }
    text
}

fn one(instance: &InstanceReport) -> String {
    let title = format!("{} {}", instance.vm, instance.replica);
    let ports: Vec<String> = instance
        .port_forwards
        .iter()
        .map(|f| format!("{} → {}", f.internal_port, f.external_port))
        .collect();
    let mut rows = vec![
        ("Instance", safe(instance.instance_id.as_str())),
        ("Name", safe(instance.name.as_str())),
        ("Host", safe(instance.host_id.as_str())),
        ("Status", safe(&instance.status)),
        ("Price", per_hour(instance.cost_per_hr)),
    ];
    if !ports.is_empty() {
        rows.push(("Ports", ports.join(", ")));
    }
    rows.push(("Reach it", reach(instance)));
    format!("{}\n{}", paint(STRONG, title), facts(rows, 200))
}

fn reach(instance: &InstanceReport) -> String {
    let Some(address) = &instance.address else {
        return "no address yet; `gpu-place status` tells its name".into();
    };
    let address = safe(address);
    let forwarded = instance.port_forwards.iter().find(|f| f.internal_port.number() == SSH);
    match forwarded {
        Some(forward) => format!("ssh -p {} {LOGIN}@{address}", forward.external_port),
        None if instance.port_forwards.is_empty() => format!("ssh {LOGIN}@{address}"),
        None => address,
    }
}

/// What became of a try; what stands as the reason of the whole already is not said again.
fn tried(attempt: &Try, reason: Option<&str>) -> String {
    let what = match attempt.result {
        AttemptResult::Created => "created, not kept",
        AttemptResult::Refused => "refused",
        AttemptResult::Lost => "no answer",
        AttemptResult::Skipped => "skipped",
    };
    let message = attempt
        .message
        .as_deref()
        .filter(|message| Some(*message) != reason)
        .map_or_else(String::new, |m| format!(": {m}"));
    let name = attempt
        .name
        .as_ref()
        .map_or_else(String::new, |n| format!(" (`{}`)", safe(n.as_str())));
    format!(
        "{} {} on {}: {what}{name}{message}",
        attempt.vm,
        attempt.replica,
        safe(attempt.host_id.as_str())
    )
}
