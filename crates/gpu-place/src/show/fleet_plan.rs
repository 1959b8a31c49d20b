//! The plan of a whole fleet, as a person reads it: by VM, by host, in sum.

use std::collections::BTreeMap;

use gpu_place_core::fleet::{Fleet, Host, HostId};
use gpu_place_core::place::Greedy;
use gpu_place_core::plan::{Objective, Placement, Plan, Status};

use super::money::{amount, per_hour, per_month, percent};
use super::style::{BAD, GOOD, STRONG, WARN, paint};
use super::table::{Align, facts, table};
use super::{place_of, reasons, safe};

/// What the plan of a fleet is shown with.
pub struct Whole<'a> {
    pub fleet: &'a Fleet,
    pub plan: &'a Plan,
    /// What an easy greedy plan would leave out and cost.
    pub greedy: Option<Greedy>,
    /// How old the data is and where it came from.
    pub data: String,
    pub width: u16,
}

impl Whole<'_> {
    /// The whole answer.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n\n", self.headline());
        if !self.plan.placements.is_empty() {
            out += &format!("{}\n{}\n", paint(STRONG, "By VM"), self.by_vm());
            out += &format!(
                "{}\n{}\n",
                paint(STRONG, "By host (used of what was free)"),
                self.by_host()
            );
        }
        if !self.plan.unplaced.is_empty() && self.plan.status.has_plan() {
            out += &format!("{}\n{}\n", paint(STRONG, "Left out"), self.left_out());
        }
        out + &facts(self.sums(), self.width)
    }

    fn headline(&self) -> String {
        let (placed, all) = (
            self.plan.placements.len(),
            self.plan.placements.len() + self.plan.unplaced.len(),
        );
        let cost = self
            .plan
            .objective
            .as_ref()
            .map(|o| per_hour(o.cost_per_hr))
            .unwrap_or_default();
        match self.plan.status {
            Status::Optimal => format!(
                "{placed} of {all} VMs placed at {} ({})",
                paint(STRONG, cost),
                paint(GOOD, "proved optimal")
            ),
            Status::Feasible => format!(
                "{placed} of {all} VMs placed at {} ({})",
                paint(STRONG, cost),
                paint(WARN, "not proved optimal")
            ),
            Status::Infeasible if self.fleet.listed() == 0 => paint(
                BAD,
                format!("The marketplace offers nothing at this moment: none of {all} VMs can be placed"),
            ),
            Status::Infeasible => paint(BAD, format!("No plan places all {all} VMs (proved)")),
            Status::Unknown => paint(
                BAD,
                format!("No plan for {all} VMs was found within the limits, and none was ruled out"),
            ),
        }
    }

    fn by_vm(&self) -> String {
        let columns = [
            ("VM", Align::Left),
            ("GPUs", Align::Below),
            ("vCPU", Align::Right),
            ("RAM", Align::Right),
            ("disk", Align::Right),
            ("ports", Align::Left),
            ("$/h", Align::Right),
            ("place", Align::Below),
            ("host", Align::Below),
        ];
        let row = |p: &Placement| {
            let place = self
                .host(&p.host_id)
                .map_or_else(String::new, |h| place_of(self.fleet, h));
            vec![
                format!("{} {}", p.vm, p.replica),
                format!("{} × {}", p.gpu_count, safe(&p.gpu)),
                p.vcpu_count.to_string(),
                format!("{} GB", p.ram_gb),
                format!("{} GB", p.storage_gb),
                p.port_forwards
                    .iter()
                    .map(|f| format!("{}→{}", f.internal_port, f.external_port))
                    .collect::<Vec<_>>()
                    .join(" "),
                amount(p.cost_per_hr.total),
                place,
                safe(p.host_id.as_str()),
            ]
        };
        table(&columns, self.plan.placements.iter().map(row).collect(), self.width)
    }

    fn by_host(&self) -> String {
        let columns = [
            ("host", Align::Below),
            ("VMs", Align::Right),
            ("GPUs", Align::Below),
            ("vCPU", Align::Right),
            ("RAM GB", Align::Right),
            ("disk GB", Align::Right),
            ("ports", Align::Right),
            ("$/h", Align::Right),
        ];
        let mut hosts: BTreeMap<&HostId, Vec<&Placement>> = BTreeMap::new();
        for placement in &self.plan.placements {
            hosts.entry(&placement.host_id).or_default().push(placement);
        }
        let rows = hosts
            .into_iter()
            .filter_map(|(id, placed)| Some(self.host_row(self.host(id)?, &placed)));
        table(&columns, rows.collect(), self.width)
    }

    fn host_row(&self, host: &Host, placed: &[&Placement]) -> Vec<String> {
        let sum = |part: fn(&Placement) -> u64| placed.iter().map(|p| part(p)).sum::<u64>();
        let of = |used: u64, free: u64| format!("{used}/{free}");
        let gpus = host.offers.iter().filter_map(|offer| {
            let name = self.fleet.model(offer.model).name();
            let used: u64 = placed
                .iter()
                .filter(|p| p.gpu == name)
                .map(|p| u64::from(p.gpu_count))
                .sum();
            (used > 0).then(|| format!("{} {}", of(used, offer.stock.map_or(0, |s| s.free)), safe(name)))
        });
        let ports: u64 = placed.iter().map(|p| p.port_forwards.len() as u64).sum();
        vec![
            safe(host.id.as_str()),
            placed.len().to_string(),
            gpus.collect::<Vec<_>>().join(", "),
            of(sum(|p| p.vcpu_count), host.free.vcpu),
            of(sum(|p| p.ram_gb), host.free.ram_gb),
            of(sum(|p| p.storage_gb), host.free.storage_gb),
            host.ports
                .as_ref()
                .map_or_else(|| format!("{ports}/?"), |p| of(ports, p.len() as u64)),
            amount(placed.iter().map(|p| p.cost_per_hr.total).sum()),
        ]
    }

    fn left_out(&self) -> String {
        let mut by_vm: BTreeMap<&str, usize> = BTreeMap::new();
        for unplaced in &self.plan.unplaced {
            *by_vm.entry(unplaced.vm.as_str()).or_default() += 1;
        }
        let rows = self.plan.rejections.iter().filter_map(|r| {
            let count = by_vm.get(r.vm.as_str())?;
            Some(vec![r.vm.clone(), count.to_string(), reasons::summary(r)])
        });
        table(
            &[("VM", Align::Left), ("replicas", Align::Right), ("hosts", Align::Below)],
            rows.collect(),
            self.width,
        )
    }

    fn sums(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if let Some(objective) = &self.plan.objective {
            rows.push((
                "Cost",
                format!(
                    "{}, {}",
                    per_hour(objective.cost_per_hr),
                    per_month(objective.cost_per_hr)
                ),
            ));
            if objective.effective_cost_per_hr != objective.cost_per_hr {
                rows.push((
                    "Ranked at",
                    format!("{}, downtime priced in", per_hour(objective.effective_cost_per_hr)),
                ));
            }
            rows.push(("Proof", proof(objective)));
        } else {
            rows.extend(
                self.plan
                    .rejections
                    .iter()
                    .take(8)
                    .map(|r| ("Hosts", format!("{}: {}", r.vm, reasons::summary(r)))),
            );
        }
        rows.extend(self.greedy.map(|g| ("First fit", self.greedy_line(g))));
        rows.push(("Data", self.data.clone()));
        rows
    }

    fn greedy_line(&self, greedy: Greedy) -> String {
        let Some(objective) = &self.plan.objective else {
            return format!("would leave out a weight of {}", greedy.unplaced_weight);
        };
        if greedy.unplaced_weight != objective.unplaced_weight {
            let (theirs, ours) = (greedy.unplaced_weight, objective.unplaced_weight);
            return format!(
                "would leave out a weight of {theirs} instead of {ours}, at {}",
                per_hour(greedy.cost_per_hr)
            );
        }
        let saved = greedy.cost_per_hr - objective.cost_per_hr;
        format!(
            "would cost {}; this saves {} ({})",
            per_hour(greedy.cost_per_hr),
            per_hour(saved),
            percent(saved, greedy.cost_per_hr)
        )
    }

    fn host(&self, id: &HostId) -> Option<&Host> {
        self.fleet.find(id).map(|at| self.fleet.host(at))
    }
}

fn proof(objective: &Objective) -> String {
    let weight = match (objective.unplaced_weight, objective.unplaced_weight_bound) {
        (0, _) => String::new(),
        (out, bound) if out == bound => format!("weight {out} left out, and no plan leaves out less; "),
        (out, bound) => format!("weight {out} left out, no plan less than {bound}; "),
    };
    if objective.lower_bound_per_hr == objective.effective_cost_per_hr {
        return format!("{weight}no plan costs less");
    }
    let bound = per_hour(objective.lower_bound_per_hr);
    format!(
        "{weight}no plan costs less than {bound} (gap {:.4} %)",
        100.0 * objective.gap.to_f64()
    )
}
