//! Price against uptime: all hosts that fit, those that nothing beats, and the chosen ones.

use std::collections::BTreeSet;

use gpu_place_core::candidate::{Candidate, candidates, model_name};
use gpu_place_core::explain::pareto;
use gpu_place_core::fit::Matcher;
use gpu_place_core::fleet::Fleet;
use gpu_place_core::request::Vm;
use maud::{Markup, html};
use plotters::prelude::*;

use super::layout::{Column, table};
use super::picture::{CHOSEN, Canvas, Drawn, FAINT, FRONT, INK, LINE, OTHER, WORDS, picture};
use super::{Report, name};

/// Entries of a request that are drawn.
const ENTRIES_DRAWN: usize = 8;
/// Hosts drawn beside the front and the chosen ones, cheapest first.
const HOSTS_DRAWN: usize = 1500;
const HEIGHT: i32 = 320;

/// One host on the plane.
struct Dot {
    uptime: f64,
    price: f64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Other,
    Front,
    Chosen,
}

/// A picture for each entry of the request, with the front in a table.
pub fn section(report: &Report<'_>) -> Markup {
    let entries: Vec<Entry<'_>> = report
        .request
        .vms()
        .iter()
        .take(ENTRIES_DRAWN)
        .map(|vm| Entry::of(report, vm))
        .collect();
    let entries: Vec<&Entry<'_>> = entries.iter().filter(|entry| !entry.ranked.is_empty()).collect();
    if entries.is_empty() {
        return html! {};
    }
    let left_out = report.request.vms().len().saturating_sub(ENTRIES_DRAWN);
    html! {
        section aria-labelledby="tradeoff" {
            h2 id="tradeoff" { "Price against uptime" }
            @for (at, entry) in entries.iter().enumerate() { (entry.shown(at)) }
            @if left_out > 0 { p { (left_out) " more entries are not drawn." } }
        }
    }
}

/// One VM of the request with the hosts that fit it.
struct Entry<'a> {
    fleet: &'a Fleet,
    vm: &'a Vm,
    ranked: Vec<Candidate>,
    front: Vec<Candidate>,
    chosen: BTreeSet<&'a str>,
}

impl<'a> Entry<'a> {
    fn of(report: &Report<'a>, vm: &'a Vm) -> Entry<'a> {
        let ranked = candidates(report.fleet, &Matcher::new(report.fleet, report.request, vm)).ranked;
        let mine = report.plan.placements.iter().filter(|p| p.vm == vm.name);
        Entry {
            fleet: report.fleet,
            vm,
            front: pareto(report.fleet, &ranked),
            ranked,
            chosen: mine.map(|p| p.host_id.as_str()).collect(),
        }
    }

    fn shown(&self, at: usize) -> Markup {
        let dots = self.dots();
        let title = format!(
            "{}: $/h of one VM against the host's uptime in percent. Rings: no other beats them on price, uptime, tier and network; diamonds: chosen",
            self.vm.name
        );
        html! {
            @if dots.is_empty() { p { (self.vm.name) ": no host that fits states its uptime." } }
            @else { (picture(&format!("tradeoff-{at}"), &title, &self.described(&dots), HEIGHT, |canvas| draw(canvas, &dots))) }
            (self.numbers())
        }
    }

    fn described(&self, dots: &[Dot]) -> String {
        format!(
            "{} ways to place it, {} of them drawn; the {} that no other beats on price, uptime, tier and network are rings, chosen hosts are diamonds.",
            self.ranked.len(),
            dots.len(),
            self.front.len()
        )
    }

    fn kind(&self, candidate: &Candidate) -> Kind {
        if self.chosen.contains(self.fleet.host(candidate.host).id.as_str()) {
            Kind::Chosen
        } else if self.front.contains(candidate) {
            Kind::Front
        } else {
            Kind::Other
        }
    }

    fn dots(&self) -> Vec<Dot> {
        let dot = |(rank, candidate): (usize, &Candidate)| {
            let kind = self.kind(candidate);
            let uptime = self.fleet.host(candidate.host).uptime?.to_string().parse().ok()?;
            let price = candidate.way.cost.total.to_f64();
            (rank < HOSTS_DRAWN || kind != Kind::Other).then_some(Dot { uptime, price, kind })
        };
        self.ranked.iter().enumerate().filter_map(dot).collect()
    }

    /// The front and the chosen hosts, cheapest first.
    fn numbers(&self) -> Markup {
        let columns = [
            Column::Name("Host"),
            Column::Name("GPUs"),
            Column::Number("$/h"),
            Column::Number("Uptime, %"),
            Column::Number("Tier"),
            Column::Number("Gbit/s"),
            Column::Word("Chosen"),
        ];
        let told = self
            .ranked
            .iter()
            .filter(|candidate| self.kind(candidate) != Kind::Other);
        let rows: Vec<Vec<String>> = told.map(|candidate| self.row(candidate)).collect();
        table(
            &format!(
                "{}: chosen hosts, and those that no other beats on price, uptime, tier and network",
                self.vm.name
            ),
            &columns,
            &rows,
        )
    }

    fn row(&self, candidate: &Candidate) -> Vec<String> {
        let host = self.fleet.host(candidate.host);
        let stated = |value: Option<rust_decimal::Decimal>| {
            value.map_or_else(|| "–".to_owned(), |value| value.normalize().to_string())
        };
        let chosen = if self.kind(candidate) == Kind::Chosen {
            "yes"
        } else {
            ""
        };
        vec![
            name(host.id.as_str()),
            format!("{} × {}", candidate.way.count, name(model_name(self.fleet, candidate))),
            candidate.way.cost.total.to_string(),
            stated(host.uptime),
            stated(host.tier),
            stated(host.network_gbps),
            chosen.to_owned(),
        ]
    }
}

fn draw(canvas: &Canvas<'_>, dots: &[Dot]) -> Drawn {
    let (uptimes, prices) = (
        range(dots.iter().map(|d| d.uptime)),
        range(dots.iter().map(|d| d.price)),
    );
    let mut chart = ChartBuilder::on(canvas)
        .margin(8)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(uptimes.0..uptimes.1, prices.0..prices.1)?;
    chart
        .configure_mesh()
        .x_labels(5)
        .y_labels(6)
        .x_desc("uptime, %")
        .y_desc("$/h")
        .axis_style(FAINT)
        .bold_line_style(LINE)
        .light_line_style(TRANSPARENT)
        .label_style(("sans-serif", WORDS).into_font().color(&INK))
        .draw()?;
    let of = |kind: Kind| dots.iter().filter(move |dot| dot.kind == kind);
    chart.draw_series(of(Kind::Other).map(|d| Circle::new((d.uptime, d.price), 3, OTHER.filled())))?;
    chart.draw_series(of(Kind::Front).map(|d| Circle::new((d.uptime, d.price), 5, FRONT.stroke_width(2))))?;
    chart.draw_series(of(Kind::Chosen).map(|d| {
        let diamond = [(0, -8), (8, 0), (0, 8), (-8, 0)];
        EmptyElement::at((d.uptime, d.price)) + Polygon::new(diamond.to_vec(), CHOSEN.filled())
    }))?;
    Ok(())
}

/// The range of values with some room around, never empty.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let room = ((most - least) * 0.08).max(most.abs() * 0.005).max(0.01);
    (least - room, most + room)
}
