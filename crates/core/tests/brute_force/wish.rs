//! Fleet files of up to three entries and five VMs.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde::{Serialize, Serializer};

use super::market::prices;

pub const PATTERNS: [&str; 6] = ["RTX4090", "a100", "a100-pcie", "*-80gb", "b?00", "*"];
/// No external port stands in it twice.
const PORTS: [&str; 5] = ["22", "80", "443:20001", "8080:20002", "9000:20004"];
/// Most VMs of a wish.
const MOST_VMS: u64 = 5;

/// Money is in nano-dollars per hour.
#[derive(Debug, Serialize)]
pub struct Wish {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "money")]
    pub budget_per_hr: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "money")]
    pub downtime_cost_per_hr: Option<u64>,
    pub partial: bool,
    pub sizes: &'static str,
    #[serde(rename = "vm")]
    pub vms: Vec<Vm>,
}

/// The keys of an entry, as they are spelled in the file. Uptime is in hundredths of a percent.
#[derive(Debug, Serialize)]
pub struct Vm {
    pub name: String,
    pub replicas: u64,
    pub weight: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gpu: Vec<&'static str>,
    #[serde(serialize_with = "range")]
    pub count: (u64, u64),
    #[serde(flatten)]
    pub sizes: Sizes,
    #[serde(flatten)]
    pub host: HostWish,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "money")]
    pub max_price_per_hr: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub struct Sizes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_vram_gb: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_total_vram_gb: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vcpu: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ram_gb: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_gb: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<&'static str>>,
}

/// What is asked of a host whatever the model.
#[derive(Debug, Serialize)]
pub struct HostWish {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "percent")]
    pub min_uptime: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_tier: Option<u64>,
    pub countries: Vec<&'static str>,
    pub exclude_countries: Vec<&'static str>,
    pub locations: Vec<&'static str>,
    pub organizations: Vec<&'static str>,
    pub hosts: Vec<&'static str>,
    pub exclude_hosts: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_network_gbps: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_upload_gbps: Option<u64>,
    pub network_storage: bool,
    pub public_ip: bool,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spread {
    pub by: Kind,
    pub max: usize,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Host,
    Location,
    Organization,
    Country,
}

impl Wish {
    pub fn file(&self) -> String {
        serde_json::to_string(self).unwrap()
    }
}

impl Vm {
    /// Internal ports with their fixed external ones: the default where nothing is stated, none with a public IP.
    pub fn asked_ports(&self) -> Vec<Option<u16>> {
        let fixed = |text: &&str| text.split_once(':').map(|(_, external)| external.parse().unwrap());
        match &self.sizes.ports {
            _ if self.host.public_ip => Vec::new(),
            None => vec![None],
            Some(ports) => ports.iter().map(fixed).collect(),
        }
    }

    pub fn group(&self) -> &str {
        self.group.unwrap_or(&self.name)
    }
}

fn money<S: Serializer>(nanos: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
    nanos.map(|n| n as f64 / 1e9).serialize(to)
}

fn percent<S: Serializer>(hundredths: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
    hundredths.map(|n| n as f64 / 100.0).serialize(to)
}

fn range<S: Serializer>((least, most): &(u64, u64), to: S) -> Result<S::Ok, S::Error> {
    if least == most {
        least.serialize(to)
    } else {
        format!("{least}..{most}").serialize(to)
    }
}

/// Something that few entries state, as there are many keys.
fn rare<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    weighted(0.04, of)
}

fn rare_list(names: &[&'static str]) -> impl Strategy<Value = Vec<&'static str>> + use<> {
    let some = subsequence(names.to_vec(), 1..names.len());
    prop_oneof![24 => Just(Vec::new()), 1 => some]
}

fn kinds() -> impl Strategy<Value = Kind> {
    select(vec![Kind::Host, Kind::Location, Kind::Organization, Kind::Country])
}

prop_compose! {
    fn sizes()(
        memory in (rare(20u64..90), rare(20u64..170)),
        sizes in (weighted(0.7, 1u64..12), weighted(0.7, 1u64..48), weighted(0.5, 0u64..300)),
        ports in weighted(0.7, subsequence(PORTS.to_vec(), 0..=3)),
    ) -> Sizes {
        Sizes {
            min_vram_gb: memory.0, min_total_vram_gb: memory.1, vcpu: sizes.0, ram_gb: sizes.1, storage_gb: sizes.2, ports,
        }
    }
}

prop_compose! {
    fn host_wishes()(
        minima in (rare(9_700u64..9_990), rare(0u64..4), rare(0u64..3), rare(0u64..3)),
        countries in rare_list(&["poland", "Japan"]), exclude_countries in rare_list(&["Poland", "japan"]),
        locations in rare_list(&["LOC-a", "loc-b"]), organizations in rare_list(&["org-x", "ORG-Y"]),
        hosts in rare_list(&["host-0", "host-1", "host-2"]), exclude_hosts in rare_list(&["host-0", "host-1", "host-2"]),
        network_storage in prop::bool::weighted(0.04), public_ip in prop::bool::weighted(0.1),
    ) -> HostWish {
        HostWish {
            min_uptime: minima.0, min_tier: minima.1, min_network_gbps: minima.2, min_upload_gbps: minima.3,
            countries, exclude_countries, locations, organizations, hosts, exclude_hosts, network_storage, public_ip,
        }
    }
}

/// Any model will do for many, so that entries compete.
fn patterns() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![3 => Just(Vec::new()), 2 => subsequence(PATTERNS.to_vec(), 1..=3)]
}

prop_compose! {
    fn vms()(
        replicas in 1u64..4, weight in 1u64..5, gpu in patterns(),
        count in (1u64..3, prop_oneof![3 => Just(0u64), 1 => 1u64..3]),
        sizes in sizes(), host in host_wishes(), max_price_per_hr in rare(prices().prop_map(|n| 4 * n)),
        spread in weighted(0.25, (kinds(), 1usize..3)), together in weighted(0.2, kinds()), group in weighted(0.4, Just("g")),
    ) -> Vm {
        let spread = spread.map(|(by, max)| Spread { by, max });
        let count = (count.0, count.0 + count.1);
        Vm { name: String::new(), replicas, weight, gpu, count, sizes, host, max_price_per_hr, spread, together, group }
    }
}

prop_compose! {
    pub fn wishes()(
        vms in vec(vms(), 1..=3), budget_per_hr in weighted(0.25, prices().prop_map(|n| 5 * n)),
        downtime_cost_per_hr in weighted(0.4, 0u64..50_000_000_000), partial in prop::bool::weighted(0.6), exact: bool,
    ) -> Wish {
        let mut left = MOST_VMS;
        let fitted = |(at, vm): (usize, Vm)| {
            let replicas = vm.replicas.min(left);
            left -= replicas;
            Vm { name: format!("vm-{at}"), replicas, ..vm }
        };
        let vms = vms.into_iter().enumerate().map(fitted).filter(|vm| vm.replicas > 0).collect();
        let sizes = if exact { "exact" } else { "provider" };
        Wish { budget_per_hr, downtime_cost_per_hr, partial, sizes, vms }
    }
}
