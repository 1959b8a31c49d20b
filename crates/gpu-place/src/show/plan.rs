//! The plan of a single VM, as a person reads it.

use gpu_place_core::candidate::{self, Candidate, candidates};
use gpu_place_core::fit::Matcher;
use gpu_place_core::fleet::Fleet;
use gpu_place_core::plan::{Placement, Plan, Status};
use gpu_place_core::request::{Request, SizeMode, Vm};
use gpu_place_core::sizes::{self, DEFAULT_PORT};

use super::money::{amount, difference, per_hour, per_month, percent};
use super::style::{FAINT, GOOD, STRONG, WARN, paint};
use super::table::facts;
use super::{place_of, reasons, safe};

/// What the plan of one VM is shown with.
pub struct Single<'a> {
    pub fleet: &'a Fleet,
    pub request: &'a Request,
    pub plan: &'a Plan,
    /// How old the data is and where it came from.
    pub data: String,
    pub width: u16,
}

impl Single<'_> {
    /// The whole answer.
    pub fn text(&self) -> String {
        match self.plan.placements.first() {
            Some(placement) => self.placed(placement),
            None => self.nothing(),
        }
    }

    fn placed(&self, placement: &Placement) -> String {
        let title = format!("{} × {}", placement.gpu_count, safe(&placement.gpu));
        let price = per_hour(placement.cost_per_hr.total);
        let proof = match self.plan.status {
            Status::Optimal => paint(GOOD, "proved cheapest"),
            _ => paint(WARN, "not proved cheapest"),
        };
        let mut rows = vec![
            ("Host", self.host_line(placement)),
            ("Takes", self.takes(placement)),
            ("Ports", ports(placement)),
            ("Price", price_parts(placement)),
            ("Month", per_month(placement.cost_per_hr.total)),
        ];
        rows.extend(self.effective());
        rows.push(("Runner-up", self.runner_up(placement)));
        rows.extend(self.plan.rejections.first().map(|r| ("Hosts", reasons::summary(r))));
        rows.push(("Data", self.data.clone()));
        format!(
            "{} at {} ({proof})\n\n{}",
            paint(STRONG, title),
            paint(STRONG, price),
            facts(rows, self.width)
        )
    }

    fn nothing(&self) -> String {
        let mut rows: Vec<(&str, String)> = Vec::new();
        rows.extend(self.plan.rejections.first().map(|r| ("Hosts", reasons::summary(r))));
        rows.push(("Data", self.data.clone()));
        let title = if self.fleet.listed() == 0 {
            "The marketplace offers nothing at this moment"
        } else {
            "No placement satisfies the request"
        };
        format!("{}\n\n{}", paint(WARN, title), facts(rows, self.width))
    }

    fn host_line(&self, placement: &Placement) -> String {
        let id = safe(placement.host_id.as_str());
        let Some(host) = self.fleet.find(&placement.host_id).map(|at| self.fleet.host(at)) else {
            return id;
        };
        let stated =
            |value: Option<_>| value.map_or_else(|| "not stated".to_owned(), |v: rust_decimal::Decimal| v.to_string());
        let uptime = host
            .uptime
            .map_or_else(|| "not stated".to_owned(), |u| format!("{u} %"));
        format!(
            "{id}\n{} · tier {} · uptime {uptime}",
            place_of(self.fleet, host),
            stated(host.tier)
        )
    }

    fn takes(&self, placement: &Placement) -> String {
        let Some(vm) = self.vm() else { return String::new() };
        let asked = sizes::Sizes::of(vm, SizeMode::Exact, self.fleet.steps()).at(placement.gpu_count);
        let part = |have: u64, asked: u64, stated: bool, unit: &str| {
            let note = match (stated, have > asked) {
                (_, true) => paint(FAINT, format!(" (raised from {asked})")),
                (false, _) => paint(FAINT, " (default)"),
                _ => String::new(),
            };
            format!("{have} {unit}{note}")
        };
        [
            part(placement.vcpu_count, asked.vcpu, vm.vcpu.is_some(), "vCPU"),
            part(placement.ram_gb, asked.ram_gb, vm.ram_gb.is_some(), "GB RAM"),
            part(
                placement.storage_gb,
                asked.storage_gb,
                vm.storage_gb.is_some(),
                "GB storage",
            ),
        ]
        .join(" · ")
    }

    /// With a price on downtime, what ranks is not what is paid: both are told.
    fn effective(&self) -> Option<(&'static str, String)> {
        let objective = self.plan.objective.as_ref()?;
        let downtime = objective.effective_cost_per_hr - objective.cost_per_hr;
        (downtime.nanos() > 0).then(|| {
            let effective = per_hour(objective.effective_cost_per_hr);
            (
                "Downtime",
                format!(
                    "worth {} more: ranked at {effective}, paid as above",
                    per_hour(downtime)
                ),
            )
        })
    }

    fn runner_up(&self, placement: &Placement) -> String {
        let Some(vm) = self.vm() else { return "none".into() };
        let matcher = Matcher::new(self.fleet, self.request, vm);
        let ranked = candidates(self.fleet, &matcher).ranked;
        let elsewhere = |c: &&Candidate| self.fleet.host(c.host).id != placement.host_id;
        let Some(next) = ranked.iter().find(elsewhere) else {
            return "none: no other host fits".into();
        };
        let host = self.fleet.host(next.host);
        let model = safe(candidate::model_name(self.fleet, next));
        let (total, more) = (next.way.cost.total, next.way.cost.total - placement.cost_per_hr.total);
        let by = if more.nanos() == 0 {
            "the same price".to_owned()
        } else {
            format!("{} ({})", difference(more), percent(more, placement.cost_per_hr.total))
        };
        let id = safe(host.id.as_str());
        format!(
            "{}: {by}\n{} × {model} on {id}, {}",
            per_hour(total),
            next.way.count,
            place_of(self.fleet, host)
        )
    }

    fn vm(&self) -> Option<&Vm> {
        self.request.vms().first()
    }
}

/// `22 → 20000`, or what stands in place of ports.
pub fn ports(placement: &Placement) -> String {
    let arrows = placement
        .port_forwards
        .iter()
        .map(|f| format!("{} → {}", f.internal_port, f.external_port));
    let shown = arrows.collect::<Vec<_>>().join(", ");
    let default = placement.port_forwards.len() == 1
        && placement
            .port_forwards
            .iter()
            .all(|f| u64::from(f.internal_port.number()) == DEFAULT_PORT);
    match (shown.is_empty(), default) {
        (true, _) => "none forwarded".into(),
        (_, true) => format!("{shown}{}", paint(FAINT, " (ssh)")),
        _ => shown,
    }
}

fn price_parts(placement: &Placement) -> String {
    let cost = &placement.cost_per_hr;
    let parts = [
        ("GPUs", cost.gpus),
        ("vCPUs", cost.vcpus),
        ("RAM", cost.ram),
        ("storage", cost.storage),
    ];
    let told = parts.map(|(name, part)| format!("{name} {}", amount(part))).join(" + ");
    format!("{told} = {}", per_hour(cost.total))
}
