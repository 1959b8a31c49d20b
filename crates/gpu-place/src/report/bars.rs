//! What the plan takes of each host that it uses: a filled bar for each resource.

use std::collections::BTreeMap;

use gpu_place_core::fleet::{Fleet, Host, HostId};
use gpu_place_core::plan::Placement;
use maud::{Markup, html};

use super::layout::{Column, table};
use super::picture::{BAR, Canvas, Drawn, FAINT, INK, LINE, WIDTH, block, cut, picture, share, words, words_before};
use super::{Report, name};

/// Hosts drawn; the table has all.
const HOSTS_DRAWN: usize = 40;
/// Height of one bar and the gap below it.
const ROW: i32 = 22;
/// Where bars begin and end.
const BARS: (i32, i32) = (135, WIDTH - 110);

/// One resource of one host.
struct Use {
    what: String,
    taken: u64,
    free: u64,
}

/// The pictures and their table.
pub fn section(report: &Report<'_>) -> Markup {
    let hosts = hosts(report);
    if hosts.is_empty() {
        return html! {};
    }
    let drawn = &hosts[..hosts.len().min(HOSTS_DRAWN)];
    let columns = [
        Column::Name("Host"),
        Column::Name("Resource"),
        Column::Number("Taken"),
        Column::Number("Free before"),
        Column::Number("Share"),
    ];
    let rows: Vec<Vec<String>> = hosts
        .iter()
        .flat_map(|(id, uses)| uses.iter().map(|u| row(id, u)))
        .collect();
    html! {
        section aria-labelledby="hosts" {
            h2 id="hosts" { "Plan by host" }
            @for (at, (id, uses)) in drawn.iter().enumerate() {
                (picture(&format!("host-{at}"), &format!("Host {}", name(id.as_str())), &described(uses), ROW * uses.len() as i32, |canvas| draw(canvas, uses)))
            }
            @if hosts.len() > drawn.len() { p { (hosts.len() - drawn.len()) " more hosts are in the table only." } }
            details open[hosts.len() <= 4] {
                summary { "The same in numbers" }
                (table("What the plan takes of each host", &columns, &rows))
            }
        }
    }
}

fn row(id: &HostId, of: &Use) -> Vec<String> {
    let percent = if of.free == 0 {
        String::new()
    } else {
        format!("{:.0} %", of.taken as f64 / of.free as f64 * 100.0)
    };
    vec![
        name(id.as_str()),
        of.what.clone(),
        of.taken.to_string(),
        of.free.to_string(),
        percent,
    ]
}

fn described(uses: &[Use]) -> String {
    let parts: Vec<String> = uses
        .iter()
        .map(|u| format!("{} of {} {}", u.taken, u.free, u.what))
        .collect();
    format!("Taken: {}.", parts.join(", "))
}

fn draw(canvas: &Canvas<'_>, uses: &[Use]) -> Drawn {
    let (left, right) = BARS;
    for (at, of) in uses.iter().enumerate() {
        let top = ROW * at as i32 + 4;
        let middle = top + ROW / 2 - 3;
        words_before(canvas, &cut(&of.what, 18), (left - 8, middle), FAINT)?;
        block(canvas, (left, top), (right, top + ROW - 8), LINE)?;
        block(
            canvas,
            (left, top),
            (left + share(right - left, of.taken, of.free), top + ROW - 8),
            BAR,
        )?;
        words(
            canvas,
            &format!("{} of {}", of.taken, of.free),
            (right + 8, middle),
            INK,
        )?;
    }
    Ok(())
}

/// The hosts in use, by id, each with what it had free before the plan.
fn hosts<'a>(report: &Report<'a>) -> Vec<(&'a HostId, Vec<Use>)> {
    let mut by_host: BTreeMap<&HostId, Vec<&Placement>> = BTreeMap::new();
    for placement in &report.plan.placements {
        by_host.entry(&placement.host_id).or_default().push(placement);
    }
    let used = by_host.into_iter().filter_map(|(id, here)| {
        let host = report.fleet.host(report.fleet.find(id)?);
        Some((id, uses(report.fleet, host, &here)))
    });
    used.collect()
}

fn uses(fleet: &Fleet, host: &Host, here: &[&Placement]) -> Vec<Use> {
    let sum = |amount: fn(&Placement) -> u64| here.iter().map(|p| amount(p)).fold(0, u64::saturating_add);
    let gpus = host.offers.iter().filter_map(|offer| {
        let model = fleet.model(offer.model);
        let mine = here.iter().filter(|p| p.gpu == model.name());
        let taken = mine.map(|p| u64::from(p.gpu_count)).sum();
        (taken > 0).then(|| Use {
            // The shortest form of the name, without its brand.
            what: name(model.aliases().last().map_or(model.name(), |alias| alias)),
            taken,
            free: offer.stock.map_or(0, |stock| stock.free),
        })
    });
    let mut uses: Vec<Use> = gpus.collect();
    let of = |what: &str, taken, free| Use {
        what: what.to_owned(),
        taken,
        free,
    };
    uses.push(of("vCPUs", sum(|p| p.vcpu_count), host.free.vcpu));
    uses.push(of("GB of RAM", sum(|p| p.ram_gb), host.free.ram_gb));
    uses.push(of("GB of disk", sum(|p| p.storage_gb), host.free.storage_gb));
    if let Some(ports) = &host.ports {
        uses.push(of("ports", sum(|p| p.port_forwards.len() as u64), ports.len() as u64));
    }
    uses
}
