//! Why hosts were excluded, rule by rule, with the numbers of the request.

use crate::candidate::Reason;
use crate::explain::{Failure, Field, Key, Value};
use crate::fit::Code;
use crate::request::{Request, Vm};

/// How many hosts fail a rule, and how many fail it alone, as a sentence. `vm` is the VM that asked.
pub fn reason(request: &Request, vm: Option<&Vm>, reason: &Reason) -> String {
    let asked = Asked { request, vm };
    let (one, many) = asked.predicate(reason.code);
    let hosts = match reason.hosts {
        1 => format!("1 host {one}"),
        n => format!("{n} hosts {many}"),
    };
    match (reason.only, reason.hosts) {
        (0, _) => hosts,
        (1, 1) => format!("{hosts}; it would fit otherwise"),
        (only, all) if only == all => format!("{hosts}; they would fit otherwise"),
        (1, _) => format!("{hosts}; 1 of them would fit otherwise"),
        (only, _) => format!("{hosts}; {only} of them would fit otherwise"),
    }
}

struct Asked<'a> {
    request: &'a Request,
    vm: Option<&'a Vm>,
}

impl Asked<'_> {
    fn value(&self, field: Field) -> String {
        let at = self
            .vm
            .and_then(|vm| self.request.vms().iter().position(|other| other.name == vm.name));
        match Value::of(self.request, Key { field, vm: at }) {
            Value::Nothing if field == Field::Vcpu => format!("{} per GPU", crate::sizes::DEFAULT_VCPU_PER_GPU),
            Value::Nothing if field == Field::RamGb => format!("{} GB per GPU", crate::sizes::DEFAULT_RAM_GB_PER_GPU),
            Value::Whole(gb) if matches!(field, Field::RamGb | Field::StorageGb) => format!("{gb} GB"),
            Value::Texts(texts) => texts.join(" or "),
            Value::Ports(ports) => ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            value => value.to_string(),
        }
    }

    /// What hosts do that fail a rule: for one host, and for several.
    fn predicate(&self, code: Code) -> (String, String) {
        let both = |one: &str, many: &str, rest: String| (format!("{one} {rest}"), format!("{many} {rest}"));
        let silent = |one: &str, many: &str, rest: String| {
            (
                format!("{one} {rest} or does not tell"),
                format!("{many} {rest} or do not tell"),
            )
        };
        let same = |text: String| (text.clone(), text);
        match code {
            Code::Malformed => same("could not be read".into()),
            Code::Host => both("is", "are", "not allowed by id".into()),
            Code::GpuModel => both("offers", "offer", self.model()),
            Code::GpuCount => both(
                "has",
                "have",
                format!("the GPU, but fewer than {} free", self.least_count()),
            ),
            Code::Vcpu => both("gives", "give", format!("fewer vCPUs than {}", self.value(Field::Vcpu))),
            Code::Ram => both("gives", "give", format!("less RAM than {}", self.value(Field::RamGb))),
            Code::Storage => both(
                "gives",
                "give",
                format!("less storage than {}", self.value(Field::StorageGb)),
            ),
            Code::PerGpuLimit => both(
                "gives",
                "give",
                "fewer vCPUs or less RAM with each GPU than asked".into(),
            ),
            Code::Uptime => silent(
                "lies",
                "lie",
                format!("below an uptime of {} %", self.value(Field::MinUptime)),
            ),
            Code::Tier => silent("lies", "lie", format!("below tier {}", self.value(Field::MinTier))),
            Code::Region => both("is", "are", "not in the places or with the operators asked for".into()),
            Code::Network => same(format!("cannot give {}", self.network())),
            Code::Ports => silent("lacks", "lack", format!("free ports for {}", self.value(Field::Ports))),
            Code::Price => both(
                "costs",
                "cost",
                format!("more than ${}/h", self.value(Field::MaxPricePerHr)),
            ),
        }
    }

    fn least_count(&self) -> u32 {
        self.vm.map_or(1, |vm| vm.count.least())
    }

    fn model(&self) -> String {
        let memory = [(Field::MinVramGb, "each"), (Field::MinTotalVramGb, "in all")];
        let enough: Vec<String> = memory
            .iter()
            .filter(|(field, _)| self.value(*field) != "none")
            .map(|(field, how)| format!("{} GB {how}", self.value(*field)))
            .collect();
        let gpu = self.value(Field::Gpu);
        let gpu = if gpu.is_empty() { "GPU" } else { &gpu };
        if enough.is_empty() {
            format!("no {gpu}")
        } else {
            format!("no {gpu} of {}", enough.join(" and "))
        }
    }

    fn network(&self) -> String {
        let mut wishes = Vec::new();
        for (field, what) in [
            (Field::MinNetworkGbps, "Gbit/s down"),
            (Field::MinUploadGbps, "Gbit/s up"),
        ] {
            let value = self.value(field);
            if value != "none" {
                wishes.push(format!("{value} {what}"));
            }
        }
        for (field, what) in [
            (Field::NetworkStorage, "network storage"),
            (Field::PublicIp, "a public IP"),
        ] {
            if self.value(field) == "true" {
                wishes.push(what.to_owned());
            }
        }
        wishes.join(" and ")
    }
}

/// A rule that one host fails, with both numbers.
pub(super) fn failure(failure: &Failure) -> String {
    let Failure { asked, has, .. } = failure;
    match failure.code {
        Code::Malformed => "no matching offer of it could be read".to_owned(),
        Code::Host if failure.field == Field::Hosts => format!("it is not among the hosts {asked}"),
        Code::Host => format!("it is excluded by {asked}"),
        Code::GpuModel if has.is_empty() => "it offers no GPU at all".to_owned(),
        Code::GpuModel => format!(
            "it offers {has}, which is not what {} = {asked} asks for",
            failure.field.word()
        ),
        Code::GpuCount => format!("it has {has} of the GPU free, {asked} are asked for"),
        Code::Vcpu => format!("it gives {has} vCPUs, {asked} are asked for"),
        Code::Ram => format!("it gives {has} GB of RAM, {asked} GB are asked for"),
        Code::Storage => format!("it gives {has} GB of storage, {asked} GB are asked for"),
        Code::PerGpuLimit => format!(
            "with so many GPUs it gives at most {} = {has}, {asked} is asked for",
            failure.field.word()
        ),
        Code::Uptime => format!("its uptime is {has}, at least {asked} % is asked for"),
        Code::Tier => format!("its tier is {has}, at least {asked} is asked for"),
        Code::Region | Code::Network => format!(
            "{} is {has}, {} = {asked} is asked for",
            own(failure.field),
            failure.field.word()
        ),
        Code::Ports => format!("its ports: {has}; {asked} is asked for"),
        Code::Price => format!("it costs ${has}/h, at most ${asked}/h is asked for"),
    }
}

/// What of a host a key speaks of.
const fn own(field: Field) -> &'static str {
    match field {
        Field::Countries | Field::ExcludeCountries => "its country",
        Field::Locations => "its location",
        Field::Organizations => "its operator",
        Field::MinNetworkGbps => "its download speed",
        Field::MinUploadGbps => "its upload speed",
        Field::NetworkStorage => "whether it has network storage",
        _ => "whether it has a public IP",
    }
}
