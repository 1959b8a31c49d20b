//! From one `[[vm]]` to a [`Vm`].

use std::num::{NonZeroU32, NonZeroU64};

use super::MOST_VMS;
use super::keys::Section;
use super::mistake::{At, Problem};
use super::tree::{Node, Value};
use super::value::{self, Expected, ValueError};
use super::view::{Mistakes, View, flag, number, text, whole};
use crate::fleet::HostId;
use crate::number::MOST_RESOURCE;
use crate::ports::PortAsk;
use crate::request::{CountRange, SpreadRule, Vm, VmName};

/// The VM of a table that begins at `at`, with the place of its name; `None` if it has no readable name.
pub(super) fn read(view: &View<'_>, at: usize, mistakes: &mut Mistakes) -> Option<(usize, Vm)> {
    let Some(found) = view.find("name") else {
        let (key, section) = ("name", view.section.clone());
        mistakes.push(At(at, Problem::MissingKey { key, section }));
        check(view, mistakes);
        return None;
    };
    let Some(name) = view.read("name", mistakes, text(Expected::Name, value::name)) else {
        check(view, mistakes);
        return None;
    };
    Some((found.node.at, rest(view, name, mistakes)))
}

/// Notes what is wrong with a table that makes no VM.
pub(super) fn check(view: &View<'_>, mistakes: &mut Mistakes) {
    if let Some(name) = VmName::new("unnamed") {
        rest(view, name, mistakes);
    }
}

/// Everything but the name.
fn rest(view: &View<'_>, name: VmName, mistakes: &mut Mistakes) -> Vm {
    let mut vm = Vm::new(name);
    amounts(view, &mut vm, mistakes);
    places(view, &mut vm, mistakes);
    if let Some(gpu) = gpus(view, mistakes) {
        vm.gpu = gpu;
    }
    if let Some(count) = view.read("count", mistakes, count) {
        vm.count = count;
    }
    vm.ports = view.read_list("ports", Expected::Ports, mistakes, port);
    vm.network_storage = view.read("network_storage", mistakes, flag).unwrap_or_default();
    vm.public_ip = view.read("public_ip", mistakes, flag).unwrap_or_default();
    vm.spread = spread(view, mistakes);
    vm.together = view.read("together", mistakes, text(Expected::Place, value::place));
    vm.group = view.read("group", mistakes, text(Expected::Text, value::text));
    vm
}

/// What is a single number.
fn amounts(view: &View<'_>, vm: &mut Vm, mistakes: &mut Mistakes) {
    let replicas = view.read("replicas", mistakes, whole(1, MOST_VMS));
    if let Some(replicas) = replicas.and_then(|n| u32::try_from(n).ok()).and_then(NonZeroU32::new) {
        vm.replicas = replicas;
    }
    if let Some(weight) = view
        .read("weight", mistakes, whole(1, MOST_RESOURCE))
        .and_then(NonZeroU64::new)
    {
        vm.weight = weight;
    }
    vm.min_vram_gb = view.read("min_vram_gb", mistakes, whole(0, MOST_RESOURCE));
    vm.min_total_vram_gb = view.read("min_total_vram_gb", mistakes, whole(0, MOST_RESOURCE));
    vm.vcpu = view.read("vcpu", mistakes, whole(1, MOST_RESOURCE));
    vm.ram_gb = view.read("ram_gb", mistakes, whole(1, MOST_RESOURCE));
    vm.storage_gb = view.read("storage_gb", mistakes, whole(0, MOST_RESOURCE));
    vm.min_uptime = view.read("min_uptime", mistakes, number(Expected::Percent, value::percent));
    vm.min_tier = view.read("min_tier", mistakes, number(Expected::Decimal, value::decimal));
    vm.min_network_gbps = view.read("min_network_gbps", mistakes, number(Expected::Decimal, value::decimal));
    vm.min_upload_gbps = view.read("min_upload_gbps", mistakes, number(Expected::Decimal, value::decimal));
    vm.max_price_per_hr = view.read("max_price_per_hr", mistakes, number(Expected::Price, value::price));
}

/// Where it may stand.
fn places(view: &View<'_>, vm: &mut Vm, mistakes: &mut Mistakes) {
    let mut texts = |key| {
        let one = |node: &Node| text(Expected::Text, value::text)(node);
        view.read_list(key, Expected::Texts, mistakes, one).unwrap_or_default()
    };
    vm.countries = texts("countries");
    vm.exclude_countries = texts("exclude_countries");
    vm.locations = texts("locations");
    vm.organizations = texts("organizations");
    let mut hosts = |key| texts(key).iter().map(|id| HostId::new(id)).collect();
    vm.hosts = hosts("hosts");
    vm.exclude_hosts = hosts("exclude_hosts");
}

fn gpus(view: &View<'_>, mistakes: &mut Mistakes) -> Option<Vec<crate::gpu::GpuPattern>> {
    match &view.find("gpu")?.node.value {
        Value::Text(one) => view
            .read("gpu", mistakes, |_| value::gpu(one))
            .map(|pattern| vec![pattern]),
        _ => {
            let one = |node: &Node| text(Expected::Gpu, value::gpu)(node);
            view.read_list("gpu", Expected::Gpus, mistakes, one)
        }
    }
}

/// A number, or a range as text.
fn count(node: &Node) -> Result<CountRange, ValueError> {
    match &node.value {
        Value::Number(digits) if !digits.contains("..") => value::count(digits),
        Value::Text(range) if range.contains("..") => value::count(range),
        _ => Err(Expected::Count.instead_of(node.shown())),
    }
}

/// A number, or a number or pair as text.
fn port(node: &Node) -> Result<PortAsk, ValueError> {
    match &node.value {
        Value::Number(text) | Value::Text(text) => value::port(text),
        _ => Err(Expected::Port.instead_of(node.shown())),
    }
}

fn spread(view: &View<'_>, mistakes: &mut Mistakes) -> Option<SpreadRule> {
    let found = view.find("spread")?;
    let Value::Table(own) = &found.node.value else {
        mistakes.push(found.wrong(found.node, Expected::SpreadTable.instead_of(found.node.shown())));
        return None;
    };
    let section = Section::Spread(Box::new(found.section));
    let inner = View {
        section,
        own,
        defaults: None,
    };
    inner.check_keys(mistakes);
    if inner.find("by").is_none() {
        let (key, section) = ("by", inner.section.clone());
        mistakes.push(At(found.node.at, Problem::MissingKey { key, section }));
    }
    let by = inner.read("by", mistakes, text(Expected::Place, value::place));
    let max = inner.read("max", mistakes, whole(1, u64::from(u32::MAX))).unwrap_or(1);
    let max = u32::try_from(max).ok().and_then(NonZeroU32::new)?;
    by.map(|by| SpreadRule { by, max })
}
