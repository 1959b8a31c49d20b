//! Explanations as sentences for a person: plain lines without colour, each with its role, so that the edge can lay them out.
//!
//! Names come from the network: every line is cleaned before it is handed over.

mod reasons;
#[cfg(test)]
mod situations;
mod spell;
mod ways;

use super::{Because, Explanation, Listed, Member, Offered, Relaxation, ShadowPrice, Shortage, WhyNot};
use crate::candidate::Rejections;
use crate::fleet::Fleet;
use crate::money::Money;
use crate::plan::Plan;
use crate::request::Request;
use crate::text::clean;

pub use reasons::reason;
pub use spell::Spelling;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The answer in one sentence.
    Answer,
    /// The head of a list.
    Heading,
    /// An entry of a list.
    Item,
    /// What belongs to the entry above.
    Detail,
    /// Something to know beside.
    Note,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub role: Role,
    /// Its text: no line break, no control character.
    pub text: String,
}

/// Entries of a fleet whose exclusions are told.
const VMS_TOLD: usize = 5;
/// Characters of a line at most.
const LONGEST: usize = 600;

impl Line {
    fn new(role: Role, text: &str) -> Line {
        Line {
            role,
            text: clean(text, LONGEST),
        }
    }
}

/// Lines as plain text: entries indented, sections apart.
pub fn plain(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        match line.role {
            Role::Heading => text.push('\n'),
            Role::Item => text.push_str("  "),
            Role::Detail => text.push_str("    "),
            Role::Answer | Role::Note => {}
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

/// An explanation in words. `spelling` tells whether ways out are given as flags or as keys of a fleet file.
pub fn lines(fleet: &Fleet, request: &Request, plan: &Plan, told: &Explanation, spelling: Spelling) -> Vec<Line> {
    let mut page = Page {
        lines: vec![Line::new(Role::Answer, &answer(fleet, plan))],
    };
    if let Some(taken_at) = &fleet.origin().taken_at {
        page.note(&format!("The market is as of {taken_at}."));
    }
    if let Some(choice) = &told.choice {
        page.list("Why this host", ways::versus(choice));
    }
    // Where there is no host at all, everything clashes and all is short: the answer has said so.
    if fleet.listed() > 0 {
        page.clash(request, told.conflict.as_deref(), spelling);
        page.list(SHORT, told.shortages.iter().map(|s| shortage(request, s)));
    }
    let ways = told.relaxations.iter().map(|way| ways::way(request, way, spelling));
    page.list(ways_heading(plan), ways);
    page.list("What is scarce", told.shadow_prices.iter().map(shadow));
    if let Some(why_not) = &told.why_not {
        page.list(&format!("Why not host {}", why_not.host_id), why_not_lines(why_not));
    }
    page.exclusions(request, &told.rejections);
    page.left_open(told);
    page.lines
}

/// One way out, or one saving, as a line.
pub fn way(request: &Request, way: &Relaxation, spelling: Spelling) -> String {
    clean(&ways::way(request, way, spelling), LONGEST)
}

/// The same in short, below an answer that was given already: what clashes, what is short, and the cheapest ways out.
pub fn brief(request: &Request, plan: &Plan, told: &Explanation, spelling: Spelling) -> Vec<Line> {
    let mut page = Page { lines: Vec::new() };
    page.clash(request, told.conflict.as_deref(), spelling);
    page.list(
        SHORT,
        told.shortages.iter().take(IN_BRIEF).map(|s| shortage(request, s)),
    );
    let ways = told.relaxations.iter().take(IN_BRIEF);
    let untold = told.relaxations.len().saturating_sub(IN_BRIEF);
    let untold = (untold > 0).then(|| format!("and {untold} dearer"));
    let ways = ways.map(|way| ways::way(request, way, spelling));
    page.list(ways_heading(plan), ways.chain(untold));
    page.left_open(told);
    page.lines
}

/// How the headings of exclusions begin.
pub const EXCLUDED: &str = "What excluded hosts";
const CLASHES: &str = "What clashes";
const SHORT: &str = "What is short";
/// Entries of each list in brief.
const IN_BRIEF: usize = 6;

fn ways_heading(plan: &Plan) -> &'static str {
    if plan.status.has_plan() && plan.unplaced.is_empty() {
        "What would save money"
    } else {
        "Ways out, cheapest first"
    }
}

struct Page {
    lines: Vec<Line>,
}

impl Page {
    /// What excluded hosts, for the VMs that the fewest hosts fit.
    fn exclusions(&mut self, request: &Request, all: &[Rejections]) {
        let mut scarcest: Vec<&Rejections> = all.iter().filter(|r| !r.reasons.is_empty()).collect();
        scarcest.sort_by_key(|r| r.fit);
        let untold = scarcest.len().saturating_sub(VMS_TOLD);
        scarcest.truncate(VMS_TOLD);
        for rejections in scarcest {
            let vm = request.vms().iter().find(|vm| vm.name.as_str() == rejections.vm);
            let heading = match all.len() {
                1 => EXCLUDED.to_owned(),
                _ => format!("{EXCLUDED} for {} ({} fit)", rejections.vm, rejections.fit),
            };
            self.list(&heading, rejections.reasons.iter().map(|r| reason(request, vm, r)));
        }
        if untold > 0 {
            self.note(&format!(
                "{untold} more entries, which more hosts fit, have exclusions too."
            ));
        }
    }

    fn clash(&mut self, request: &Request, conflict: Option<&[Member]>, spelling: Spelling) {
        let Some(members) = conflict else { return };
        let (sentence, below) = ways::conflict(request, members, spelling);
        self.list(CLASHES, [sentence]);
        let below = below.iter().map(|text| Line::new(Role::Detail, text));
        self.lines.extend(below);
    }

    fn left_open(&mut self, told: &Explanation) {
        if !told.complete {
            self.note("Not everything was looked at within the limits: there may be more ways.");
        }
    }

    fn note(&mut self, text: &str) {
        self.lines.push(Line::new(Role::Note, text));
    }

    fn list(&mut self, heading: &str, items: impl IntoIterator<Item = String>) {
        let items: Vec<Line> = items.into_iter().map(|text| Line::new(Role::Item, &text)).collect();
        if !items.is_empty() {
            self.lines.push(Line::new(Role::Heading, heading));
            self.lines.extend(items);
        }
    }
}

/// Whether there is a plan, in one sentence.
fn answer(fleet: &Fleet, plan: &Plan) -> String {
    let hosts = fleet.listed();
    let left_out = plan.unplaced.len();
    let all = plan.placements.len() + left_out;
    match &plan.objective {
        Some(objective) if left_out == 0 => {
            let proof = if plan.status == crate::plan::Status::Optimal {
                "No plan costs less."
            } else {
                "It is not proved that no plan costs less."
            };
            format!("{} for {}. {proof}", placed(plan), per_hour(objective.cost_per_hr))
        }
        Some(objective) => format!(
            "{left_out} of {all} VMs are left out; the others cost {}.",
            per_hour(objective.cost_per_hr)
        ),
        None if hosts == 0 => "Nothing is placed: the market lists no host.".to_owned(),
        None if plan.status == crate::plan::Status::Unknown => {
            format!("No plan was found on {hosts} hosts within the limits, and none is ruled out.")
        }
        None if hosts == 1 && all == 1 => "Nothing is placed: the only host cannot take the VM.".to_owned(),
        None if all == 1 => format!("Nothing is placed: none of {} can take the VM.", count(hosts, "host")),
        None => format!("Nothing is placed: {} cannot take all {all} VMs.", count(hosts, "host")),
    }
}

fn placed(plan: &Plan) -> String {
    match &plan.placements[..] {
        [one] => format!("Placed on {}, {} × {},", one.host_id, one.gpu_count, one.gpu),
        all => {
            let hosts: std::collections::BTreeSet<_> = all.iter().map(|p| &p.host_id).collect();
            format!("{} VMs placed on {}", all.len(), count(hosts.len(), "host"))
        }
    }
}

fn shortage(request: &Request, shortage: &Shortage) -> String {
    let what = resource(shortage.resource, shortage.short, shortage.gpu.as_deref());
    let vm = match request.total_replicas() {
        1 => "the VM",
        _ => shortage.vm.as_str(),
    };
    match &shortage.host_id {
        Some(host) => format!("with {what} more free, host {host} could take {vm}"),
        None => format!("all hosts together have {what} too few for {vm}"),
    }
}

fn shadow(price: &ShadowPrice) -> String {
    let what = resource(price.resource, price.more, price.gpu.as_deref());
    let saves = per_hour(price.saves_per_hr);
    format!(
        "{what} more free on host {} would save {saves}, by taking in {}",
        price.host_id, price.vm
    )
}

/// An amount of something, such as "2 GPUs (h100-sxm5-80gb)".
fn resource(resource: super::Resource, amount: u64, gpu: Option<&str>) -> String {
    use super::Resource;
    let amount = usize::try_from(amount).unwrap_or(usize::MAX);
    match resource {
        Resource::Gpu => gpu.map_or_else(
            || count(amount, "GPU"),
            |gpu| format!("{} ({gpu})", count(amount, "GPU")),
        ),
        Resource::Vcpu => count(amount, "vCPU"),
        Resource::Ram => format!("{amount} GB of RAM"),
        Resource::Storage => format!("{amount} GB of storage"),
        Resource::Ports => count(amount, "port"),
    }
}

fn why_not_lines(why_not: &WhyNot) -> Vec<String> {
    match &why_not.listed {
        Listed::No => vec!["the market lists no host with this id".to_owned()],
        Listed::Malformed(reason) => vec![format!("it could not be read: {reason}")],
        Listed::Yes => {
            let one = why_not.vms.len() == 1;
            let prefix = |name: &str| if one { String::new() } else { format!("{name}: ") };
            let lines = why_not.vms.iter().flat_map(|vm| {
                let prefix = prefix(vm.vm.as_str());
                because(&vm.because)
                    .into_iter()
                    .map(move |text| format!("{prefix}{text}"))
            });
            lines.collect()
        }
    }
}

fn because(because: &Because) -> Vec<String> {
    let at = |offered: &Offered| {
        format!(
            "{} there ({} × {})",
            per_hour(offered.cost_per_hr.total),
            offered.gpu_count,
            offered.gpu
        )
    };
    match because {
        Because::Chosen => vec!["it was chosen".to_owned()],
        Because::Fails { rules } => rules.iter().map(reasons::failure).collect(),
        Because::Dearer { offered, by_per_hr } if *by_per_hr == Money::ZERO => {
            vec![format!(
                "it fits and costs as little, {}; the choice among equals fell on the other",
                at(offered)
            )]
        }
        Because::Dearer { offered, by_per_hr } => {
            vec![format!(
                "it fits, {}, but the whole would cost {} more",
                at(offered),
                per_hour(*by_per_hr)
            )]
        }
        Because::Blocks { offered } => vec![format!("it fits, {}, but then the rest has no plan", at(offered))],
        Because::Fits { offered } => vec![format!("it fits, {}", at(offered))],
    }
}

/// Dollars an hour, with cents at least.
fn per_hour(amount: Money) -> String {
    let digits = amount.to_string();
    let cents = digits.split_once('.').map_or(0, |(_, cents)| cents.len());
    let missing = match cents {
        0 => ".00",
        1 => "0",
        _ => "",
    };
    format!("${digits}{missing}/h")
}

/// A number with its noun, in the plural where it has to be.
fn count(amount: usize, noun: &str) -> String {
    format!("{amount} {noun}{}", if amount == 1 { "" } else { "s" })
}
