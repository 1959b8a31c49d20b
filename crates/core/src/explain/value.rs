//! Values of a request's keys: read from a request, put back into one, shown and serialised as a fleet file has them.

use std::fmt;

use rust_decimal::Decimal;
use serde::ser::{Error as _, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::field::{Field, Key};
use crate::fleet::{HostId, PlaceKind};
use crate::gpu::GpuPattern;
use crate::money::Money;
use crate::ports::PortAsk;
use crate::request::{CountRange, Request, SpreadRule, Vm};
use crate::sizes::{self, Sizes};

/// What a key is or could be set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The key is not there.
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A whole amount, in the key's own unit.
    Whole(u64),
    /// GPUs per VM.
    Count(CountRange),
    /// A decimal number, in the key's own unit.
    Number(Decimal),
    /// An amount per hour.
    Money(Money),
    /// A list of names.
    Texts(Vec<String>),
    /// Ports to be forwarded.
    Ports(Vec<PortAsk>),
    /// A rule of `spread`.
    Spread(SpreadRule),
    /// What `together` goes by.
    Place(PlaceKind),
}

impl Value {
    /// The value in force of a key. Sizes that were defaulted show what they come to, unless that depends on the count.
    pub fn of(request: &Request, key: Key) -> Value {
        match (key.vm.and_then(|at| request.vms().get(at)), key.field) {
            (_, Field::BudgetPerHr) => money(request.budget_per_hr),
            (_, Field::Partial) => Value::Flag(request.partial),
            (Some(vm), field) => of_vm(request, vm, field),
            (None, _) => Value::Nothing,
        }
    }

    /// The request with this value under a key. A value that the key cannot have changes nothing.
    pub fn put(&self, request: &Request, key: Key) -> Request {
        if let Some(at) = key.vm {
            return request.with_vm(at, |vm| self.put_vm(vm, key.field));
        }
        let mut request = request.clone();
        match (key.field, self) {
            (Field::BudgetPerHr, Value::Nothing) => request.budget_per_hr = None,
            (Field::BudgetPerHr, Value::Money(budget)) => request.budget_per_hr = Some(*budget),
            (Field::Partial, Value::Flag(partial)) => request.partial = *partial,
            _ => {}
        }
        request
    }

    /// Sets the key of one VM; see [`Value::put`].
    pub(super) fn put_vm(&self, vm: &mut Vm, field: Field) {
        match (field, self) {
            (Field::Count, Value::Count(count)) => vm.count = *count,
            (Field::MinVramGb, value) => vm.min_vram_gb = value.whole(),
            (Field::MinTotalVramGb, value) => vm.min_total_vram_gb = value.whole(),
            (Field::Vcpu, value) => vm.vcpu = value.whole(),
            (Field::RamGb, value) => vm.ram_gb = value.whole(),
            (Field::StorageGb, value) => vm.storage_gb = value.whole(),
            (Field::Ports, Value::Ports(ports)) => vm.ports = Some(ports.clone()),
            (Field::MinUptime, value) => vm.min_uptime = value.number(),
            (Field::MinTier, value) => vm.min_tier = value.number(),
            (Field::MinNetworkGbps, value) => vm.min_network_gbps = value.number(),
            (Field::MinUploadGbps, value) => vm.min_upload_gbps = value.number(),
            (Field::NetworkStorage, value) => vm.network_storage = *value == Value::Flag(true),
            (Field::PublicIp, value) => vm.public_ip = *value == Value::Flag(true),
            (Field::MaxPricePerHr, Value::Money(cap)) => vm.max_price_per_hr = Some(*cap),
            (Field::MaxPricePerHr, _) => vm.max_price_per_hr = None,
            (Field::Spread, Value::Spread(rule)) => vm.spread = Some(*rule),
            (Field::Spread, _) => vm.spread = None,
            (Field::Together, Value::Place(kind)) => vm.together = Some(*kind),
            (Field::Together, _) => vm.together = None,
            (Field::Group, value) => vm.group = value.texts().first().cloned(),
            (field, value) => put_list(vm, field, value.texts()),
        }
    }

    fn whole(&self) -> Option<u64> {
        match self {
            Value::Whole(amount) => Some(*amount),
            _ => None,
        }
    }

    fn number(&self) -> Option<Decimal> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The names of a list; none for any other value.
    pub fn texts(&self) -> &[String] {
        match self {
            Value::Texts(texts) => texts,
            _ => &[],
        }
    }
}

fn put_list(vm: &mut Vm, field: Field, texts: &[String]) {
    let hosts = || texts.iter().map(|t| HostId::new(t)).collect();
    match field {
        Field::Gpu => vm.gpu = texts.iter().filter_map(|t| GpuPattern::new(t)).collect(),
        Field::Hosts => vm.hosts = hosts(),
        Field::ExcludeHosts => vm.exclude_hosts = hosts(),
        Field::Countries => vm.countries = texts.to_vec(),
        Field::ExcludeCountries => vm.exclude_countries = texts.to_vec(),
        Field::Locations => vm.locations = texts.to_vec(),
        Field::Organizations => vm.organizations = texts.to_vec(),
        _ => {}
    }
}

fn of_vm(request: &Request, vm: &Vm, field: Field) -> Value {
    let ids = |hosts: &[HostId]| Value::Texts(hosts.iter().map(HostId::to_string).collect());
    match field {
        Field::Gpu => Value::Texts(vm.gpu.iter().map(GpuPattern::to_string).collect()),
        Field::Count => Value::Count(vm.count),
        Field::MinVramGb => whole(vm.min_vram_gb),
        Field::MinTotalVramGb => whole(vm.min_total_vram_gb),
        Field::Vcpu | Field::RamGb | Field::StorageGb => size(request, vm, field),
        Field::Ports => Value::Ports(sizes::ports(vm)),
        Field::MinUptime => number(vm.min_uptime),
        Field::MinTier => number(vm.min_tier),
        Field::MinNetworkGbps => number(vm.min_network_gbps),
        Field::MinUploadGbps => number(vm.min_upload_gbps),
        Field::Countries => Value::Texts(vm.countries.clone()),
        Field::ExcludeCountries => Value::Texts(vm.exclude_countries.clone()),
        Field::Locations => Value::Texts(vm.locations.clone()),
        Field::Organizations => Value::Texts(vm.organizations.clone()),
        Field::Hosts => ids(&vm.hosts),
        Field::ExcludeHosts => ids(&vm.exclude_hosts),
        Field::NetworkStorage => Value::Flag(vm.network_storage),
        Field::PublicIp => Value::Flag(vm.public_ip),
        Field::MaxPricePerHr => money(vm.max_price_per_hr),
        Field::Spread => vm.spread.map_or(Value::Nothing, Value::Spread),
        Field::Together => vm.together.map_or(Value::Nothing, Value::Place),
        Field::Group => vm
            .group
            .as_ref()
            .map_or(Value::Nothing, |g| Value::Texts(vec![g.clone()])),
        Field::BudgetPerHr | Field::Partial => Value::Nothing,
    }
}

/// What a VM asks of a resource: as stated, else the default for its count, before any step of the provider.
fn size(request: &Request, vm: &Vm, field: Field) -> Value {
    let stated = match field {
        Field::Vcpu => vm.vcpu,
        Field::RamGb => vm.ram_gb,
        _ => vm.storage_gb,
    };
    let fixed = vm.count.least() == vm.count.most();
    if stated.is_none() && !fixed && field != Field::StorageGb {
        return Value::Nothing;
    }
    let default = Sizes::of(vm, request.sizes, crate::fleet::SizeSteps::ANY).at(vm.count.least());
    Value::Whole(match field {
        Field::Vcpu => default.vcpu,
        Field::RamGb => default.ram_gb,
        _ => default.storage_gb,
    })
}

fn whole(amount: Option<u64>) -> Value {
    amount.map_or(Value::Nothing, Value::Whole)
}

fn number(number: Option<Decimal>) -> Value {
    number.map_or(Value::Nothing, Value::Number)
}

fn money(amount: Option<Money>) -> Value {
    amount.map_or(Value::Nothing, Value::Money)
}

/// As a fleet file would have it, without quotes around single words.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &String| format!("{text:?}");
        match self {
            Value::Nothing => f.write_str("none"),
            Value::Flag(flag) => flag.fmt(f),
            Value::Whole(amount) => amount.fmt(f),
            Value::Count(count) => count.fmt(f),
            Value::Number(number) => number.normalize().fmt(f),
            Value::Money(amount) => amount.fmt(f),
            Value::Texts(texts) => write!(f, "[{}]", texts.iter().map(quoted).collect::<Vec<_>>().join(", ")),
            Value::Ports(ports) => {
                let port = |p: &PortAsk| match p.external {
                    None => p.to_string(),
                    Some(_) => format!("\"{p}\""),
                };
                write!(f, "[{}]", ports.iter().map(port).collect::<Vec<_>>().join(", "))
            }
            Value::Spread(rule) => write!(f, "{{ by = \"{}\", max = {} }}", rule.by.word(), rule.max),
            Value::Place(kind) => f.write_str(kind.word()),
        }
    }
}

/// The JSON that a fleet file in JSON would have.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Nothing => serializer.serialize_none(),
            Value::Flag(flag) => flag.serialize(serializer),
            Value::Whole(amount) => amount.serialize(serializer),
            Value::Count(count) if count.least() == count.most() => count.least().serialize(serializer),
            Value::Count(count) => serializer.collect_str(count),
            Value::Number(number) => RawValue::from_string(number.normalize().to_string())
                .map_err(S::Error::custom)?
                .serialize(serializer),
            Value::Money(amount) => amount.serialize(serializer),
            Value::Texts(texts) => texts.serialize(serializer),
            Value::Ports(ports) => serialize_ports(ports, serializer),
            Value::Spread(rule) => {
                let mut object = serializer.serialize_struct("Spread", 2)?;
                object.serialize_field("by", rule.by.word())?;
                object.serialize_field("max", &rule.max.get())?;
                object.end()
            }
            Value::Place(kind) => serializer.serialize_str(kind.word()),
        }
    }
}

fn serialize_ports<S: Serializer>(ports: &[PortAsk], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(ports.len()))?;
    for port in ports {
        match port.external {
            None => list.serialize_element(&port.internal)?,
            Some(_) => list.serialize_element(&port.to_string())?,
        }
    }
    list.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::VmName;

    #[test]
    fn every_value_can_be_read_back() {
        let mut vm = Vm::new(VmName::new("a").unwrap());
        vm.gpu = vec![GpuPattern::new("h100").unwrap()];
        vm.count = CountRange::new(2, 8).unwrap();
        vm.min_vram_gb = Some(40);
        vm.vcpu = Some(32);
        vm.ports = Some(vec![PortAsk::parse("22").unwrap(), PortAsk::parse("80:20005").unwrap()]);
        vm.min_uptime = Some(Decimal::new(995, 1));
        vm.countries = vec!["France".into()];
        vm.hosts = vec![HostId::new("h")];
        vm.network_storage = true;
        vm.max_price_per_hr = Some(Money::from_nanos(5));
        vm.together = Some(PlaceKind::Location);
        vm.group = Some("g".into());
        let full = Request::new(vec![vm]).unwrap();
        let bare = Request::new(vec![Vm::new(VmName::new("a").unwrap())]).unwrap();
        let key = |field| Key { field, vm: Some(0) };
        let mut copy = bare;
        for field in Field::OF_VM {
            // A defaulted size of a range has no single value to copy.
            copy = Value::of(&full, key(field)).put(&copy, key(field));
        }
        copy = copy.with_vm(0, |vm| vm.storage_gb = None);
        assert_eq!(copy, full);
    }

    #[test]
    fn json_and_text_are_those_of_a_fleet_file() {
        let range = Value::Count(CountRange::new(2, 8).unwrap());
        let ports = Value::Ports(vec![PortAsk::parse("22").unwrap(), PortAsk::parse("80:20005").unwrap()]);
        let both = |value: &Value| (serde_json::to_string(value).unwrap(), value.to_string());
        assert_eq!(both(&range), ("\"2..8\"".into(), "2..8".into()));
        assert_eq!(both(&ports), ("[22,\"80:20005\"]".into(), "[22, \"80:20005\"]".into()));
        assert_eq!(
            both(&Value::Number(Decimal::new(9950, 2))),
            ("99.5".into(), "99.5".into())
        );
        assert_eq!(both(&Value::Nothing), ("null".into(), "none".into()));
    }
}
