//! What clashes, what would help and what it costs, and what speaks for the chosen host, as sentences.

use super::spell::{self, Spelling};
use super::{count, per_hour};
use crate::explain::stated::is_default;
use crate::explain::{Change, Choice, Key, Member, Offered, Relaxation, Spot, Value};
use crate::money::Money;
use crate::request::{Request, VmName};

/// A conflict in a sentence, and its members below where they are many.
pub(super) fn conflict(request: &Request, members: &[Member], spelling: Spelling) -> (String, Vec<String>) {
    let named: Vec<String> = members.iter().map(|member| asked(request, member, spelling)).collect();
    let (sentence, below) = match &named[..] {
        [] => (
            "nothing on this market could take even the least that a provider sells, whatever is given up".to_owned(),
            Vec::new(),
        ),
        [one] => (format!("{one} cannot be had, whatever else is given up"), Vec::new()),
        [first, second] => (
            format!("{first} and {second} cannot be had together; each alone can"),
            Vec::new(),
        ),
        many => {
            let head = format!(
                "these {} cannot be had together; without any one of them, the rest can:",
                many.len()
            );
            let below = match request.vms().len() {
                1 => named,
                _ => by_vm(request, members, spelling),
            };
            (head, below)
        }
    };
    let untold = below.len().saturating_sub(ENTRIES_TOLD);
    let untold = (untold > 0).then(|| format!("and those of {} more", count(untold, "VM")));
    (sentence, below.into_iter().take(ENTRIES_TOLD).chain(untold).collect())
}

/// Entries of a conflict that are told.
const ENTRIES_TOLD: usize = 12;

/// The members of a conflict, those of one VM side by side.
fn by_vm(request: &Request, members: &[Member], spelling: Spelling) -> Vec<String> {
    let runs = members.chunk_by(|a, b| a.vm == b.vm);
    let entry = |run: &[Member]| {
        let keys: Vec<String> = run
            .iter()
            .map(|member| typed_as_it_is(request, member, spelling))
            .collect();
        let vm = run.first().and_then(|member| member.vm.as_ref());
        vm.map_or_else(String::new, |vm| format!("{vm}: ")) + &keys.join(", ")
    };
    runs.map(entry).collect()
}

/// A key as it would be typed, behind the VM that states it.
fn asked(request: &Request, member: &Member, spelling: Spelling) -> String {
    let typed = typed_as_it_is(request, member, spelling);
    match &member.vm {
        Some(vm) if request.vms().len() > 1 => format!("{vm}: {typed}"),
        _ => typed,
    }
}

/// A key as it would be typed, and whether anybody did.
fn typed_as_it_is(request: &Request, member: &Member, spelling: Spelling) -> String {
    let by_name = |name: &VmName| request.vms().iter().position(|vm| vm.name == *name);
    let at = member.vm.as_ref().and_then(by_name);
    let field = member.field;
    let default = at.is_some_and(|at| is_default(&request.vms()[at], field));
    let typed = match Value::of(request, Key { field, vm: at }) {
        // A default that grows with the GPUs has no one value.
        Value::Nothing => field.word().to_owned(),
        value => spell::value(field, &value, spelling),
    };
    typed + if default { " (by default)" } else { "" }
}

/// A relaxation as one would type it, with what it comes to.
pub(super) fn way(request: &Request, way: &Relaxation, spelling: Spelling) -> String {
    let typed: Vec<String> = way.changes.iter().map(|change| typed(change, spelling)).collect();
    let total = if way.saves_per_hr > Money::ZERO {
        format!("saves {}, {}", per_hour(way.saves_per_hr), per_hour(way.cost_per_hr))
    } else {
        per_hour(way.cost_per_hr)
    };
    let left_out = usize::try_from(request.total_replicas())
        .unwrap_or(usize::MAX)
        .saturating_sub(way.placements.len());
    let left_out = if left_out > 0 {
        format!(", {} left out", count(left_out, "VM"))
    } else {
        String::new()
    };
    format!("{}: {total} {}{left_out}", typed.join(" and "), on(&way.placements))
}

fn typed(change: &Change, spelling: Spelling) -> String {
    let to = spell::change(change, spelling);
    match &change.from {
        Value::Nothing | Value::Flag(_) => to,
        _ if change.to == Value::Nothing => to,
        from => format!("{to} (now {})", short(from)),
    }
}

/// A value beside its key, where a list needs no brackets.
fn short(value: &Value) -> String {
    match value {
        Value::Texts(texts) => texts.join(", "),
        Value::Ports(ports) => ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Value::Spread(rule) => format!("{}:{}", rule.by.word(), rule.max),
        value => value.to_string(),
    }
}

fn on(spots: &[Spot]) -> String {
    match spots {
        [one] => format!("on {} ({} × {})", one.host_id, one.gpu_count, one.gpu),
        all => {
            let hosts: std::collections::BTreeSet<_> = all.iter().map(|spot| &spot.host_id).collect();
            format!("for {} on {}", count(all.len(), "VM"), count(hosts.len(), "host"))
        }
    }
}

/// The chosen host against the next best.
pub(super) fn versus(choice: &Choice) -> Vec<String> {
    let Some(other) = &choice.runner_up else {
        return vec!["no other host fits".to_owned()];
    };
    let (chosen, next) = (choice.chosen.effective_cost_per_hr, other.effective_cost_per_hr);
    let name = format!(
        "the next best, {} ({} × {}),",
        other.host_id, other.gpu_count, other.gpu
    );
    if next == chosen {
        return vec![format!(
            "{name} costs as much; higher uptime, then higher tier, then the smaller id decides"
        )];
    }
    let downtime = if other.cost_per_hr.total == next && choice.chosen.cost_per_hr.total == chosen {
        ""
    } else {
        " with downtime priced in"
    };
    vec![format!(
        "{name} costs {} more{downtime}: {}",
        per_hour(next - chosen),
        parts(&choice.chosen, other)
    )]
}

/// The difference part by part, where there is one.
fn parts(chosen: &Offered, other: &Offered) -> String {
    let (a, b) = (&chosen.cost_per_hr, &other.cost_per_hr);
    let downtime = |offered: &Offered| offered.effective_cost_per_hr - offered.cost_per_hr.total;
    let parts = [
        ("GPUs", b.gpus - a.gpus),
        ("vCPUs", b.vcpus - a.vcpus),
        ("RAM", b.ram - a.ram),
        ("storage", b.storage - a.storage),
        ("downtime", downtime(other) - downtime(chosen)),
    ];
    let told = parts.iter().filter(|(_, more)| *more != Money::ZERO);
    let signed = |more: Money| {
        if more > Money::ZERO {
            format!("+{more}")
        } else {
            more.to_string()
        }
    };
    told.map(|(part, more)| format!("{part} {}", signed(*more)))
        .collect::<Vec<_>>()
        .join(", ")
}
