//! `gpu-place offers`: the fitting hosts, cheapest first.

use gpu_place_core::candidate::{Candidate, Rejections, candidates, model_name};
use gpu_place_core::explain::pareto;
use gpu_place_core::fit::Matcher;
use gpu_place_core::fleet::{Fleet, HostId};
use gpu_place_core::json;
use gpu_place_core::money::Money;
use gpu_place_provision::run::MEMORY;
use gpu_place_provision::run::holdings::Holdings;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::args::OffersFlags;
use crate::args::market::MarketName;
use crate::buying::{journal, state_dir};
use crate::failure::{Exit, Failure};
use crate::market::Market;
use crate::out::Out;
use crate::show::table::stdout_width;
use crate::show::{offers, reasons};
use crate::{patterns, show};

pub async fn run(flags: &OffersFlags, out: Out) -> Result<Exit, Failure> {
    let request = flags.request.request().map_err(|e| Failure::bad_input(e.to_string()))?;
    let view = Market::open(&flags.market)?.survey(out).await?;
    for warning in patterns::check(&view.fleet, &request)? {
        out.warn(&warning);
    }
    if let Some(warning) = show::set_aside(&set_aside(flags)?) {
        out.warn(&warning);
    }
    let matcher = Matcher::new(&view.fleet, &request, &request.vms()[0]);
    let mut found = candidates(&view.fleet, &matcher);
    if flags.pareto {
        found.ranked = pareto(&view.fleet, &found.ranked);
    }
    let fitting = found.ranked.len();
    found.ranked.truncate(flags.top);
    let exit = if found.ranked.is_empty() {
        Exit::NoPlacement
    } else {
        Exit::Done
    };
    if out.json {
        let offers: Vec<Offer> = found.ranked.iter().map(|c| Offer::of(&view.fleet, c)).collect();
        let document = Document {
            schema: "gpu-place/offers/1",
            offers,
            rejections: &found.rejections,
        };
        return out.answer(&json::document(&document)).map(|()| exit);
    }
    let summary = reasons::summary(&found.rejections);
    if found.ranked.is_empty() {
        let nothing = if view.fleet.listed() == 0 {
            "The marketplace offers nothing at this moment"
        } else {
            "No host fits"
        };
        out.answer(&format!("{nothing}\n\n  {summary}\n  {}\n", view.data))?;
        return Ok(exit);
    }
    let table = offers::offers(
        &view.fleet,
        &found.ranked,
        request.downtime_cost_per_hr > Money::ZERO,
        stdout_width(),
    );
    let more = fitting.saturating_sub(found.ranked.len());
    let more = if more > 0 {
        format!("  {more} more: --top {fitting} shows all\n")
    } else {
        String::new()
    };
    out.answer(&format!("{table}\n{more}  {summary}\n  {}\n", view.data))?;
    Ok(exit)
}

/// Hosts that failed lately, as far as a journal remembers; a look at offers makes no journal.
fn set_aside(flags: &OffersFlags) -> Result<Vec<HostId>, Failure> {
    let unrelated = flags.market.snapshot.is_some() || flags.market.market == Some(MarketName::Sim);
    if flags.state_dir.is_none() && unrelated {
        return Ok(Vec::new());
    }
    let folder = state_dir(flags.state_dir.as_ref(), false)?.path;
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = Holdings::open(&folder)
        .and_then(|holdings| holdings.set_aside(MEMORY))
        .map_err(journal)?;
    Ok(failed.into_iter().map(|failed| failed.host).collect())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    offers: Vec<Offer>,
    rejections: &'a Rejections,
}

/// One way on one host, as JSON.
#[derive(Serialize)]
struct Offer {
    host_id: String,
    location_id: Option<String>,
    place: String,
    gpu: String,
    gpu_count: u32,
    vcpu_count: u64,
    ram_gb: u64,
    storage_gb: u64,
    uptime: Option<Box<RawValue>>,
    tier: Option<Box<RawValue>>,
    network_gbps: Option<Box<RawValue>>,
    ports: Option<usize>,
    cost_per_hr: gpu_place_core::fit::CostParts,
    effective_cost_per_hr: Money,
}

impl Offer {
    fn of(fleet: &Fleet, candidate: &Candidate) -> Offer {
        let (host, way) = (fleet.host(candidate.host), &candidate.way);
        let number =
            |value: Option<rust_decimal::Decimal>| value.and_then(|v| RawValue::from_string(v.to_string()).ok());
        Offer {
            host_id: host.id.to_string(),
            location_id: host.place.location_id.map(|n| fleet.names().text(n).to_owned()),
            place: show::place_of(fleet, host),
            gpu: model_name(fleet, candidate).to_owned(),
            gpu_count: way.count,
            vcpu_count: way.sizes.vcpu,
            ram_gb: way.sizes.ram_gb,
            storage_gb: way.sizes.storage_gb,
            uptime: number(host.uptime),
            tier: number(host.tier),
            network_gbps: number(host.network_gbps),
            ports: host.ports.as_ref().map(|p| p.len()),
            cost_per_hr: way.cost,
            effective_cost_per_hr: way.effective,
        }
    }
}
