//! A plan in pictures: one HTML page that needs nothing but itself.
//!
//! No script, no font, no image from elsewhere, and a policy in the page that forbids them. Every picture has its numbers in a table
//! beside it, for readers who do not see it. Names come from the network: they are cleaned, and escaped by the template.

mod bars;
mod cost;
mod excluded;
mod layout;
mod picture;
mod placements;
mod scatter;

use std::path::Path;

use gpu_place_core::explain::Explanation;
use gpu_place_core::explain::text::{EXCLUDED, Line, Role, Spelling, lines};
use gpu_place_core::fleet::Fleet;
use gpu_place_core::plan::{Plan, Status};
use gpu_place_core::request::Request;
use gpu_place_core::text::clean;
use maud::{Markup, html};

use crate::failure::Failure;
use crate::show::money::per_month;

/// Characters of a name that are shown at most.
const LONGEST_NAME: usize = 80;

/// What a page tells of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The market that was planned on.
    pub fleet: &'a Fleet,
    /// What was asked for.
    pub request: &'a Request,
    /// The answer.
    pub plan: &'a Plan,
    /// Why it is the answer, if that was asked.
    pub explanation: Option<&'a Explanation>,
    /// Whether changes are spelled as flags or as keys of a fleet file.
    pub spelling: Spelling,
}

/// The whole page as HTML.
pub fn render(report: &Report<'_>) -> String {
    let title = format!("Placement: {}", headline(report.plan));
    let why = report
        .explanation
        .map(|told| explained(&lines(report.fleet, report.request, report.plan, told, report.spelling)));
    let failed = report.plan.placements.is_empty();
    let body = html! {
        (summary(report))
        @if let Some(why) = why.as_ref().filter(|_| failed) { (why) }
        (placements::section(report.plan))
        (bars::section(report))
        (cost::section(report.plan))
        (scatter::section(report))
        (excluded::section(report))
        @if let Some(why) = why.as_ref().filter(|_| !failed) { (why) }
    };
    layout::page(&title, &body)
}

/// Writes the page to a file.
pub fn write(report: &Report<'_>, file: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::could_not(format!("cannot write the report to {}: {error}", file.display()));
    std::fs::write(file, render(report)).map_err(failed)
}

fn headline(plan: &Plan) -> String {
    match &plan.objective {
        Some(objective) => format!("${}/h", objective.cost_per_hr),
        None => "no plan".to_owned(),
    }
}

/// What is proved, at what cost, on what market.
fn summary(report: &Report<'_>) -> Markup {
    let plan = report.plan;
    let placed = plan.placements.len();
    let all = placed + plan.unplaced.len();
    html! {
        section aria-labelledby="summary" {
            h2 id="summary" { "Summary" }
            p.lead { (verdict(plan)) }
            dl {
                div { dt { "VMs placed" } dd { (placed) " of " (all) } }
                @if let Some(objective) = &plan.objective {
                    div { dt { "Cost" } dd { "$" (objective.cost_per_hr) "/h, " (per_month(objective.cost_per_hr)) } }
                    @if objective.effective_cost_per_hr != objective.cost_per_hr {
                        div { dt { "With downtime priced in" } dd { "$" (objective.effective_cost_per_hr) "/h" } }
                    }
                    div { dt { "No plan costs less than" } dd { "$" (objective.lower_bound_per_hr) "/h" } }
                    div { dt { "Gap" } dd { (gap(objective.gap.to_f64())) } }
                    @if objective.unplaced_weight > 0 {
                        div { dt { "Weight left out" } dd { (objective.unplaced_weight) ", at least " (objective.unplaced_weight_bound) } }
                    }
                }
                div { dt { "Market" } dd { (plan.snapshot.hosts) " hosts" @if plan.snapshot.malformed > 0 { ", " (plan.snapshot.malformed) " of them unreadable" } } }
                div { dt { "As of" } dd { (name(plan.snapshot.taken_at.as_deref().unwrap_or("not stated"))) } }
                div { dt { "Snapshot" } dd.digest { (name(&plan.snapshot.digest)) } }
            }
        }
    }
}

/// How far the bound is away, as a share of the cost.
fn gap(share: f64) -> String {
    if share == 0.0 {
        "none".to_owned()
    } else {
        format!("{:.4} %", share * 100.0)
    }
}

fn verdict(plan: &Plan) -> &'static str {
    match plan.status {
        Status::Optimal if plan.unplaced.is_empty() => "Proved: no plan costs less.",
        Status::Optimal => "Proved: no plan leaves out less, and none that leaves out as little costs less.",
        Status::Feasible => "A plan, with a bound on how much better another could be.",
        Status::Infeasible => "Proved: no plan exists for this request.",
        Status::Unknown => "No plan was found within the limits, and none is ruled out.",
    }
}

/// The sentences of an explanation, by their headings. What excluded hosts has a section of its own.
fn explained(lines: &[Line]) -> Markup {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut notes: Vec<&str> = Vec::new();
    for line in lines {
        match (line.role, groups.last_mut()) {
            (Role::Heading, _) => groups.push(Group {
                heading: &line.text,
                items: Vec::new(),
            }),
            (Role::Item, Some(group)) => group.items.push((&line.text, Vec::new())),
            (Role::Detail, Some(group)) => {
                if let Some((_, details)) = group.items.last_mut() {
                    details.push(&line.text);
                }
            }
            (Role::Note, Some(_)) => notes.push(&line.text),
            _ => {}
        }
    }
    groups.retain(|group| !group.heading.starts_with(EXCLUDED));
    html! {
        section aria-labelledby="explanation" {
            h2 id="explanation" { "Explanation" }
            @for group in &groups {
                h3 { (group.heading) }
                ul { @for (item, details) in &group.items {
                    li { (item) @if !details.is_empty() { ul { @for detail in details { li { (detail) } } } } }
                } }
            }
            @for note in &notes { p { (note) } }
        }
    }
}

/// The entries below one heading, each with what belongs to it.
struct Group<'a> {
    heading: &'a str,
    items: Vec<(&'a str, Vec<&'a str>)>,
}

/// A name from the network, made fit to be shown.
fn name(text: &str) -> String {
    clean(text, LONGEST_NAME)
}

#[cfg(test)]
mod tests;
