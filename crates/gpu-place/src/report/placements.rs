//! Every VM and where it stands, as a table.

use gpu_place_core::plan::{Placement, Plan};
use maud::{Markup, html};

use super::layout::{Column, table};
use super::name;

/// The table of placements, and of what is left out.
pub fn section(plan: &Plan) -> Markup {
    html! {
        section aria-labelledby="placements" {
            h2 id="placements" { "Placements" }
            @if plan.placements.is_empty() { p { "Nothing is placed." } } @else { (placed(plan)) }
            @if !plan.unplaced.is_empty() { (left_out(plan)) }
        }
    }
}

fn placed(plan: &Plan) -> Markup {
    let columns = [
        Column::Word("VM"),
        Column::Number("Replica"),
        Column::Name("Host"),
        Column::Name("GPUs"),
        Column::Number("vCPUs"),
        Column::Number("RAM, GB"),
        Column::Number("Storage, GB"),
        Column::Name("Ports"),
        Column::Number("$/h"),
    ];
    let rows: Vec<Vec<String>> = plan.placements.iter().map(row).collect();
    table("Where each VM stands and what it costs", &columns, &rows)
}

fn row(placement: &Placement) -> Vec<String> {
    let ports: Vec<String> = placement
        .port_forwards
        .iter()
        .map(|p| format!("{} → {}", p.external_port, p.internal_port))
        .collect();
    vec![
        placement.vm.to_string(),
        placement.replica.to_string(),
        name(placement.host_id.as_str()),
        format!("{} × {}", placement.gpu_count, name(&placement.gpu)),
        placement.vcpu_count.to_string(),
        placement.ram_gb.to_string(),
        placement.storage_gb.to_string(),
        ports.join(", "),
        placement.cost_per_hr.total.to_string(),
    ]
}

fn left_out(plan: &Plan) -> Markup {
    let mut by_vm: Vec<(&str, usize)> = Vec::new();
    for unplaced in &plan.unplaced {
        match by_vm.last_mut() {
            Some((vm, count)) if *vm == unplaced.vm.as_str() => *count += 1,
            _ => by_vm.push((unplaced.vm.as_str(), 1)),
        }
    }
    let rows: Vec<Vec<String>> = by_vm
        .iter()
        .map(|(vm, count)| vec![(*vm).to_owned(), count.to_string()])
        .collect();
    table("Left out", &[Column::Word("VM"), Column::Number("How many")], &rows)
}
