//! The page as a whole: nothing from elsewhere, nothing unescaped, everything in words too.

use gpu_place_core::explain::explain;
use gpu_place_core::fleet::{FleetBuilder, HostReading, HostRecord, OfferRecord, Origin, Resources, SizeSteps};
use gpu_place_core::money::UnitPrice;
use gpu_place_core::place::{Effort, propose};
use gpu_place_core::request::{Vm, VmName};

use super::*;

fn host(id: &str, cents: u64, uptime: i64) -> HostRecord<'_> {
    HostRecord {
        id: id.into(),
        offers: vec![OfferRecord {
            model: "h100-sxm5-80gb".into(),
            stock: Some((8, UnitPrice::from_nanos(cents * 10_000_000))),
        }],
        free: Resources {
            vcpu: 64,
            ram_gb: 256,
            storage_gb: 1000,
        },
        ports: Some((20_000..20_004).filter_map(gpu_place_core::ports::Port::new).collect()),
        uptime: Some(rust_decimal::Decimal::new(uptime, 1)),
        ..HostRecord::default()
    }
}

fn page(hosts: Vec<HostRecord<'_>>, vm: Vm) -> String {
    let mut builder = FleetBuilder::default();
    for host in hosts {
        builder.push(HostReading::Host(Box::new(host)));
    }
    let origin = Origin {
        taken_at: Some("<b>today</b>".into()),
        ..Origin::default()
    };
    let fleet = builder.finish(SizeSteps::ANY, origin);
    let request = Request::new(vec![vm]).unwrap();
    let plan = propose(&fleet, &request, &[], Effort::default());
    let told = explain(&fleet, &request, Effort::default(), &mut |_| ());
    let report = Report {
        fleet: &fleet,
        request: &request,
        plan: &plan,
        explanation: Some(&told),
        spelling: Spelling::Flags,
    };
    render(&report)
}

fn vm() -> Vm {
    Vm::new(VmName::new("vm").unwrap())
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</title><script>alert(1)</script>\u{1b}[2J\u{202e}\" onload=\"x";
    let page = page(vec![host(hostile, 100, 999), host("b", 90, 950)], vm());
    assert!(!page.contains("<script") && !page.contains("<b>today") && !page.contains(" onload=\"x"));
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = page(vec![host("a", 100, 999), host("b", 90, 950)], vm());
    for loads in ["src=", "@import", "url(", "<script", "<iframe", "<img"] {
        assert!(!page.contains(loads), "{loads}");
    }
    let links: Vec<&str> = page.match_indices("href=").map(|(at, _)| &page[at..at + 14]).collect();
    assert_eq!(links, ["href=\"data:,\">"]);
    let addresses: Vec<&str> = page
        .match_indices("http://")
        .map(|(at, _)| &page[at..at + 26])
        .collect();
    assert!(
        addresses.iter().all(|a| *a == "http://www.w3.org/2000/svg"),
        "{addresses:?}"
    );
}

#[test]
fn every_picture_is_told_in_words_and_its_numbers_stand_in_a_table() {
    let page = page(vec![host("a", 100, 999), host("b", 90, 950)], vm());
    let count = |what: &str| page.matches(what).count();
    assert_eq!(count("<svg "), 3);
    assert_eq!((count("<title "), count("<desc "), count("role=\"img\"")), (3, 3, 3));
    assert_eq!(count("<table>"), count("<caption>"));
    assert!(count("<table>") >= count("<svg "));
}

#[test]
fn a_request_without_plan_has_a_page_too() {
    let mut asked = vm();
    asked.min_uptime = Some(rust_decimal::Decimal::ONE_HUNDRED);
    let page = page(vec![host("a", 100, 999), host("b", 90, 950)], asked);
    assert!(page.contains("no plan exists") && page.contains("--min-uptime 99.9"));
}
