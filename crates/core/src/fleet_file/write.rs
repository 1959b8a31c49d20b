//! A request as a fleet file: the one canonical form of it.
//!
//! Two requests are equal exactly if their texts are. Only what is stated is written, defaults are spelled out per VM, and keys
//! stand in the order of the reference.

use std::fmt::{Display, Write};

use super::SCHEMA;
use crate::fleet::HostId;
use crate::money::Money;
use crate::request::{CountRange, Request, SizeMode, Vm};

/// The request as TOML, which reads back as the same request.
pub fn to_toml(request: &Request) -> String {
    let mut out = Lines(String::new());
    out.value("schema", quote(SCHEMA));
    out.stated("budget_per_hr", request.budget_per_hr);
    out.flag("partial", request.partial);
    if request.downtime_cost_per_hr != Money::ZERO {
        out.value("downtime_cost_per_hr", request.downtime_cost_per_hr);
    }
    if request.sizes == SizeMode::Exact {
        out.value("sizes", quote("exact"));
    }
    for vm in request.vms() {
        out.0.push_str("\n[[vm]]\n");
        write_vm(&mut out, vm);
    }
    out.0
}

fn write_vm(out: &mut Lines, vm: &Vm) {
    out.value("name", quote(vm.name.as_str()));
    if vm.replicas.get() > 1 {
        out.value("replicas", vm.replicas);
    }
    if vm.weight.get() > 1 {
        out.value("weight", vm.weight);
    }
    out.list("gpu", vm.gpu.iter().map(|pattern| quote(pattern.as_str())));
    write_count(out, vm.count);
    out.stated("min_vram_gb", vm.min_vram_gb);
    out.stated("min_total_vram_gb", vm.min_total_vram_gb);
    out.stated("vcpu", vm.vcpu);
    out.stated("ram_gb", vm.ram_gb);
    out.stated("storage_gb", vm.storage_gb);
    write_ports(out, vm);
    out.stated("min_uptime", vm.min_uptime.map(|n| n.normalize()));
    out.stated("min_tier", vm.min_tier.map(|n| n.normalize()));
    write_places(out, vm);
    out.stated("min_network_gbps", vm.min_network_gbps.map(|n| n.normalize()));
    out.stated("min_upload_gbps", vm.min_upload_gbps.map(|n| n.normalize()));
    out.flag("network_storage", vm.network_storage);
    out.flag("public_ip", vm.public_ip);
    out.stated("max_price_per_hr", vm.max_price_per_hr);
    let spread = vm
        .spread
        .map(|rule| format!("{{ by = \"{}\", max = {} }}", rule.by.word(), rule.max));
    out.stated("spread", spread);
    out.stated("together", vm.together.map(|kind| quote(kind.word())));
    out.stated("group", vm.group.as_deref().map(quote));
}

fn write_count(out: &mut Lines, count: CountRange) {
    match (count.least(), count.most()) {
        (1, 1) => {}
        (least, most) if least == most => out.value("count", least),
        _ => out.value("count", quote(&count.to_string())),
    }
}

/// An empty list of ports differs from none stated.
fn write_ports(out: &mut Lines, vm: &Vm) {
    let Some(ports) = &vm.ports else { return };
    let shown: Vec<String> = ports
        .iter()
        .map(|port| match port.external {
            None => port.to_string(),
            Some(_) => quote(&port.to_string()),
        })
        .collect();
    out.value("ports", format!("[{}]", shown.join(", ")));
}

fn write_places(out: &mut Lines, vm: &Vm) {
    let texts = |list: &[String]| list.iter().map(|text| quote(text)).collect::<Vec<_>>();
    let hosts = |list: &[HostId]| list.iter().map(|id| quote(id.as_str())).collect::<Vec<_>>();
    out.list("countries", texts(&vm.countries));
    out.list("exclude_countries", texts(&vm.exclude_countries));
    out.list("locations", texts(&vm.locations));
    out.list("organizations", texts(&vm.organizations));
    out.list("hosts", hosts(&vm.hosts));
    out.list("exclude_hosts", hosts(&vm.exclude_hosts));
}

/// Lines of keys and values.
struct Lines(String);

impl Lines {
    fn value(&mut self, key: &str, value: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn stated(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.value(key, value);
        }
    }

    fn flag(&mut self, key: &str, value: bool) {
        if value {
            self.value(key, value);
        }
    }

    fn list(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.value(key, format!("[{}]", values.join(", ")));
        }
    }
}

/// A TOML basic string.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU32, NonZeroU64};

    use expect_test::expect;
    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;
    use crate::fleet::PlaceKind;
    use crate::fleet_file::{read, value};
    use crate::request::{SpreadRule, VmName};

    fn texts() -> impl Strategy<Value = Vec<String>> {
        vec("\\PC{0,4}[\"\\\\\t\u{7f}\u{85}]?[a-zü]", 0..3)
    }

    fn decimals(most: i64) -> impl Strategy<Value = Option<Decimal>> {
        of((0..=most * 1000).prop_map(|n| Decimal::new(n, 3)))
    }

    fn money() -> impl Strategy<Value = Option<Money>> {
        of((0..=1_000_000_000_000_000i128).prop_map(Money::from_nanos))
    }

    fn kinds() -> impl Strategy<Value = PlaceKind> {
        proptest::sample::select(PlaceKind::ALL.to_vec())
    }

    prop_compose! {
        fn amounts()(
            replicas in 1u32..9, weight in 1u64..9, least in 1u32..9, more in 0u32..9,
            sizes in (of(0u64..99), of(0u64..99), of(1u64..99), of(1u64..99), of(0u64..99)),
            minima in (decimals(100), decimals(9), decimals(9), decimals(9)),
            max_price_per_hr in money(),
        ) -> Vm {
            let mut vm = Vm::new(VmName::new("vm").unwrap());
            vm.replicas = NonZeroU32::new(replicas).unwrap();
            vm.weight = NonZeroU64::new(weight).unwrap();
            vm.count = CountRange::new(least, least + more).unwrap();
            (vm.min_vram_gb, vm.min_total_vram_gb, vm.vcpu, vm.ram_gb, vm.storage_gb) = sizes;
            (vm.min_uptime, vm.min_tier, vm.min_network_gbps, vm.min_upload_gbps) = minima;
            vm.max_price_per_hr = max_price_per_hr;
            vm
        }
    }

    prop_compose! {
        fn vms()(
            vm in amounts(),
            gpu in vec("[a-z0-9*?-]{1,9}", 0..3),
            ports in of(vec("[1-9][0-9]{0,3}(:[1-9][0-9]{0,3})?", 0..3)),
            places in (texts(), texts(), texts(), texts(), texts(), texts()),
            flags in any::<(bool, bool)>(),
            spread in of((kinds(), 1u32..5)), together in of(kinds()), group in of("[a-z \"]{0,3}x"),
        ) -> Vm {
            let ids = |texts: Vec<String>| texts.iter().map(|id| HostId::new(id)).collect();
            let (countries, exclude_countries, locations, organizations, hosts, exclude_hosts) = places;
            Vm {
                gpu: gpu.iter().map(|text| value::gpu(text).unwrap()).collect(),
                ports: ports.map(|list| list.iter().map(|text| value::port(text).unwrap()).collect()),
                countries, exclude_countries, locations, organizations,
                hosts: ids(hosts), exclude_hosts: ids(exclude_hosts),
                network_storage: flags.0, public_ip: flags.1,
                spread: spread.map(|(by, max)| SpreadRule { by, max: NonZeroU32::new(max).unwrap() }),
                together, group,
                ..vm
            }
        }
    }

    prop_compose! {
        fn requests()(
            vms in vec(vms(), 1..4), budget in money(), downtime in money(), partial: bool, exact: bool,
        ) -> Request {
            let named = |(i, vm): (usize, Vm)| Vm { name: VmName::new(&format!("vm-{i}")).unwrap(), ..vm };
            let mut request = Request::new(vms.into_iter().enumerate().map(named).collect()).unwrap();
            request.budget_per_hr = budget;
            request.partial = partial;
            request.downtime_cost_per_hr = downtime.unwrap_or_default();
            request.sizes = if exact { SizeMode::Exact } else { SizeMode::Provider };
            request
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(request in requests()) {
            let text = to_toml(&request);
            let read = read(&text, "written");
            prop_assert_eq!(read.as_ref(), Ok(&request), "{}", text);
            prop_assert_eq!(read.map(|r| to_toml(&r)), Ok(text));
        }
    }

    #[test]
    fn only_what_is_stated_is_written() {
        let mut vm = Vm::new(VmName::new("train").unwrap());
        vm.gpu = vec![value::gpu("H100-*").unwrap()];
        vm.ports = Some(vec![value::port("22").unwrap(), value::port("9000:20005").unwrap()]);
        vm.countries = vec!["Côte d'Ivoire \"CI\"\n".to_owned()];
        vm.spread = Some(value::spread("host:2").unwrap());
        let plain = Vm::new(VmName::new("plain").unwrap());
        let text = to_toml(&Request::new(vec![vm, plain]).unwrap());
        expect![[r#"
            schema = "gpu-place/fleet/1"

            [[vm]]
            name = "train"
            gpu = ["h100-*"]
            ports = [22, "9000:20005"]
            countries = ["Côte d'Ivoire \"CI\"\u000A"]
            spread = { by = "host", max = 2 }

            [[vm]]
            name = "plain"
        "#]]
        .assert_eq(&text);
    }
}
