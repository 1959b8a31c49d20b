//! The rules that one host fails for one VM, with the numbers in them.

use rust_decimal::Decimal;
use serde::Serialize;

use super::field::Field;
use super::value::Value;
use crate::fit::{Code, Matcher, Verdict, Way};
use crate::fleet::{Fleet, Host};
use crate::names::Name;
use crate::request::Request;

/// A rule that a host fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The rule.
    pub code: Code,
    /// The key that asks for it.
    pub field: Field,
    /// What is asked.
    pub asked: String,
    /// What the host has; untrusted text.
    pub has: String,
}

/// What a host fails for a VM, in the order of the rules; empty where it fits.
pub fn failures(fleet: &Fleet, request: &Request, vm: usize, host: &Host) -> Vec<Failure> {
    let Some(asker) = request.vms().get(vm) else {
        return Vec::new();
    };
    let matcher = Matcher::new(fleet, request, asker);
    let Verdict::Fails(codes) = matcher.judge(host) else {
        return Vec::new();
    };
    let numbers = Numbers {
        fleet,
        request,
        at: vm,
        host,
        matcher: &matcher,
        way: matcher.nearest(host).map(|(_, way)| way),
    };
    codes.iter().flat_map(|code| numbers.of(code)).collect()
}

struct Numbers<'a> {
    fleet: &'a Fleet,
    request: &'a Request,
    at: usize,
    host: &'a Host,
    matcher: &'a Matcher<'a>,
    way: Option<Way>,
}

impl Numbers<'_> {
    fn of(&self, code: Code) -> Vec<Failure> {
        let vm = &self.request.vms()[self.at];
        match code {
            Code::Malformed => vec![self.failure(code, Field::Gpu, "an offer that can be read", "none")],
            Code::Host => self.where_asked(code, &[Field::Hosts, Field::ExcludeHosts], self.host.id.as_str()),
            Code::GpuModel => vec![self.model()],
            Code::Network => self.network(),
            Code::Region => self.region(),
            Code::Uptime => vec![self.failure(
                code,
                Field::MinUptime,
                &self.value(Field::MinUptime),
                &stated(self.host.uptime),
            )],
            Code::Tier => vec![self.failure(
                code,
                Field::MinTier,
                &self.value(Field::MinTier),
                &stated(self.host.tier),
            )],
            Code::Ports => vec![self.failure(code, Field::Ports, &self.value(Field::Ports), &self.ports())],
            Code::Price => {
                let cost = self.way.map_or_else(String::new, |way| way.cost.total.to_string());
                let cap = vm.max_price_per_hr.map_or_else(String::new, |cap| cap.to_string());
                vec![self.failure(code, Field::MaxPricePerHr, &cap, &cost)]
            }
            Code::GpuCount | Code::Vcpu | Code::Ram | Code::Storage | Code::PerGpuLimit => self.amount(code),
        }
    }

    fn failure(&self, code: Code, field: Field, asked: &str, has: &str) -> Failure {
        Failure {
            code,
            field,
            asked: asked.to_owned(),
            has: has.to_owned(),
        }
    }

    fn value(&self, field: Field) -> String {
        let key = super::Key {
            field,
            vm: Some(self.at),
        };
        Value::of(self.request, key).to_string()
    }

    fn where_asked(&self, code: Code, fields: &[Field], has: &str) -> Vec<Failure> {
        let asked = fields
            .iter()
            .filter(|field| self.value(**field) != "[]" && self.alone_fails(code, **field));
        asked
            .map(|field| self.failure(code, *field, &self.value(*field), has))
            .collect()
    }

    /// Whether the host fails the rule with this one of the keys that ask for it.
    fn alone_fails(&self, code: Code, field: Field) -> bool {
        let key = |field| super::Key {
            field,
            vm: Some(self.at),
        };
        let others = asking(code).iter().filter(|other| **other != field);
        let only = others.fold(self.request.clone(), |r, other| Value::Nothing.put(&r, key(*other)));
        let matcher = Matcher::new(self.fleet, &only, &only.vms()[self.at]);
        matches!(matcher.judge(self.host), Verdict::Fails(codes) if codes.contains(code))
    }

    fn model(&self) -> Failure {
        let names: Vec<&str> = self
            .host
            .offers
            .iter()
            .map(|offer| self.fleet.model(offer.model).name())
            .collect();
        let memory = [Field::MinVramGb, Field::MinTotalVramGb];
        let field = memory.into_iter().find(|field| self.value(*field) != "none");
        let field = field
            .filter(|field| self.alone_fails(Code::GpuModel, *field))
            .unwrap_or(Field::Gpu);
        self.failure(Code::GpuModel, field, &self.value(field), &names.join(", "))
    }

    fn region(&self) -> Vec<Failure> {
        let place = &self.host.place;
        let text = |name: Option<Name>| name.map_or("not stated", |name| self.fleet.names().text(name));
        let rules = [
            (Field::Countries, text(place.country)),
            (Field::ExcludeCountries, text(place.country)),
            (Field::Locations, text(place.city.or(place.location))),
            (
                Field::Organizations,
                text(place.organization_name.or(place.organization)),
            ),
        ];
        rules
            .into_iter()
            .flat_map(|(field, has)| self.where_asked(Code::Region, &[field], has))
            .collect()
    }

    fn network(&self) -> Vec<Failure> {
        let yes_no = |has: bool| if has { "yes" } else { "no" }.to_owned();
        let rules = [
            (Field::MinNetworkGbps, stated(self.host.network_gbps)),
            (Field::MinUploadGbps, stated(self.host.upload_gbps)),
            (Field::NetworkStorage, yes_no(self.host.network_storage)),
            (Field::PublicIp, yes_no(self.host.public_ip)),
        ];
        let asked = rules
            .into_iter()
            .filter(|(field, _)| !matches!(&*self.value(*field), "none" | "false"));
        let failing = asked.filter(|(field, _)| self.alone_fails(Code::Network, *field));
        failing
            .map(|(field, has)| self.failure(Code::Network, field, &self.value(field), &has))
            .collect()
    }

    fn ports(&self) -> String {
        match &self.host.ports {
            None => "unknown".to_owned(),
            Some(ports) => {
                let taken = self
                    .matcher
                    .ports()
                    .iter()
                    .filter_map(|p| p.external)
                    .find(|p| !ports.contains(*p));
                taken.map_or_else(|| format!("{} free", ports.len()), |port| format!("{port} is taken"))
            }
        }
    }

    fn amount(&self, code: Code) -> Vec<Failure> {
        let (host, most) = (self.host, &self.host.most);
        let sizes = self.way.map(|way| way.sizes).unwrap_or_default();
        let count = self.way.map_or(0, |way| way.count);
        let free = self
            .way
            .and_then(|way| host.offers.get(way.offer)?.stock)
            .map_or(0, |stock| stock.free);
        let within = |free: u64, most: Option<std::num::NonZeroU64>| most.map_or(free, |m| free.min(m.get()));
        let (field, asked, has) = match code {
            Code::GpuCount => (Field::Count, u64::from(count), free),
            Code::Vcpu => (Field::Vcpu, sizes.vcpu, within(host.free.vcpu, most.vcpu)),
            Code::Ram => (Field::RamGb, sizes.ram_gb, within(host.free.ram_gb, most.ram_gb)),
            Code::Storage => (
                Field::StorageGb,
                self.storage(),
                within(host.free.storage_gb, most.storage_gb),
            ),
            _ => return self.per_gpu(sizes, count),
        };
        vec![self.failure(code, field, &asked.to_string(), &has.to_string())]
    }

    fn storage(&self) -> u64 {
        let sizes = crate::sizes::Sizes::of(self.matcher.vm(), self.request.sizes, self.fleet.steps());
        sizes.at(1).storage_gb
    }

    fn per_gpu(&self, sizes: crate::fleet::Resources, count: u32) -> Vec<Failure> {
        let most = &self.host.most;
        let rules = [
            (Field::Vcpu, sizes.vcpu, most.vcpu_per_gpu),
            (Field::RamGb, sizes.ram_gb, most.ram_gb_per_gpu),
        ];
        let limits = rules
            .into_iter()
            .filter_map(|(field, asked, most)| Some((field, asked, most?.get().saturating_mul(u64::from(count)))));
        let beyond = limits.filter(|(_, asked, limit)| asked > limit);
        beyond
            .map(|(field, asked, limit)| self.failure(Code::PerGpuLimit, field, &asked.to_string(), &limit.to_string()))
            .collect()
    }
}

/// The keys behind a rule that several ask for.
fn asking(code: Code) -> &'static [Field] {
    match code {
        Code::Host => &[Field::Hosts, Field::ExcludeHosts],
        Code::Region => &[
            Field::Countries,
            Field::ExcludeCountries,
            Field::Locations,
            Field::Organizations,
        ],
        Code::Network => &[
            Field::MinNetworkGbps,
            Field::MinUploadGbps,
            Field::NetworkStorage,
            Field::PublicIp,
        ],
        Code::GpuModel => &[Field::Gpu, Field::MinVramGb, Field::MinTotalVramGb],
        _ => &[],
    }
}

fn stated(value: Option<Decimal>) -> String {
    value.map_or_else(|| "not stated".to_owned(), |value| value.normalize().to_string())
}
