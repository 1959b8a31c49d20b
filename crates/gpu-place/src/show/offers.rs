//! The fitting hosts, cheapest first.

use gpu_place_core::candidate::{Candidate, model_name};
use gpu_place_core::fleet::Fleet;
use rust_decimal::Decimal;

use super::money::{amount, per_hour};
use super::table::{Align, table};
use super::{place_of, safe};

/// A table of candidates in the order given.
pub fn offers(fleet: &Fleet, shown: &[Candidate], effective: bool, width: u16) -> String {
    let mut columns = vec![
        ("$/h", Align::Right),
        ("GPUs", Align::Below),
        ("vCPU", Align::Right),
        ("RAM", Align::Right),
        ("disk", Align::Right),
        ("uptime", Align::Right),
        ("tier", Align::Right),
        ("Gbit/s", Align::Right),
        ("place", Align::Below),
        ("host", Align::Below),
    ];
    if effective {
        columns.insert(1, ("with downtime", Align::Right));
    }
    let rows = shown.iter().map(|c| row(fleet, c, effective)).collect();
    table(&columns, rows, width)
}

fn row(fleet: &Fleet, candidate: &Candidate, effective: bool) -> Vec<String> {
    let host = fleet.host(candidate.host);
    let way = &candidate.way;
    let stated = |value: Option<Decimal>| value.map_or_else(|| "-".to_owned(), |v| v.to_string());
    let mut cells = vec![
        amount(way.cost.total),
        format!("{} × {}", way.count, safe(model_name(fleet, candidate))),
        way.sizes.vcpu.to_string(),
        format!("{} GB", way.sizes.ram_gb),
        format!("{} GB", way.sizes.storage_gb),
        host.uptime.map_or_else(|| "-".to_owned(), |u| format!("{u} %")),
        stated(host.tier),
        stated(host.network_gbps),
        place_of(fleet, host),
        safe(host.id.as_str()),
    ];
    if effective {
        cells.insert(1, per_hour(way.effective));
    }
    cells
}
