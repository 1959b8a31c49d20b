//! Flags that say what is asked for: the keys of a fleet file, spelled with hyphens.

use clap::Args;
use gpu_place_core::fleet::{HostId, PlaceKind};
use gpu_place_core::fleet_file::value;
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::money::Money;
use gpu_place_core::ports::PortAsk;
use gpu_place_core::request::{CountRange, Request, RequestError, SizeMode, SpreadRule, Vm, VmName};
use rust_decimal::Decimal;

use super::values;

/// What is asked for.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Request")]
pub struct RequestFlags {
    /// GPU models, any of them, such as h100,rtx4090 or a100-*: names, their leading parts, or globs [default: any model]
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', value_parser = value::gpu)]
    pub gpu: Vec<GpuPattern>,
    /// GPUs per VM, or an inclusive range such as 2..8 [default: 1]
    #[arg(long, value_name = "N", value_parser = value::count)]
    pub count: Option<CountRange>,
    /// Most that one VM may cost.
    #[arg(long, value_name = "USD_PER_HR", value_parser = value::price)]
    pub max_price: Option<Money>,
    /// vCPUs per VM [default: 4 per GPU]
    #[arg(long, value_name = "N", value_parser = value::size)]
    pub vcpu: Option<u64>,
    /// RAM per VM [default: 16 GB per GPU]
    #[arg(long, value_name = "GB", value_parser = value::size)]
    pub ram: Option<u64>,
    /// Storage per VM [default: 100 GB]
    #[arg(long, value_name = "GB", value_parser = value::size_or_none)]
    pub storage: Option<u64>,
    /// A port to be reached at, or INTERNAL:EXTERNAL; may be given several times [default: 22]
    #[arg(long = "port", value_name = "PORT", value_parser = value::port, value_delimiter = ',')]
    pub ports: Vec<PortAsk>,
    /// Forward no port at all.
    #[arg(long, conflicts_with = "ports")]
    pub no_ports: bool,
    /// Least memory per GPU.
    #[arg(long, value_name = "GB", value_parser = value::size_or_none)]
    pub min_vram: Option<u64>,
    /// Least memory of all GPUs of a VM.
    #[arg(long, value_name = "GB", value_parser = value::size_or_none)]
    pub min_total_vram: Option<u64>,
    /// Least uptime of the host.
    #[arg(long, value_name = "PERCENT", value_parser = value::percent)]
    pub min_uptime: Option<Decimal>,
    /// Least tier of the host.
    #[arg(long, value_name = "TIER", value_parser = value::decimal)]
    pub min_tier: Option<Decimal>,
    /// Only in this country; may be given several times.
    #[arg(long = "country", value_name = "NAME", value_parser = value::text)]
    pub countries: Vec<String>,
    /// Not in this country; may be given several times.
    #[arg(long = "exclude-country", value_name = "NAME", value_parser = value::text)]
    pub exclude_countries: Vec<String>,
    /// Only at this location, by id or city; may be given several times.
    #[arg(long = "location", value_name = "ID|CITY", value_parser = value::text)]
    pub locations: Vec<String>,
    /// Only with this operator, by id or name; may be given several times.
    #[arg(long = "organization", value_name = "ID|NAME", value_parser = value::text)]
    pub organizations: Vec<String>,
    /// Only on this host; may be given several times.
    #[arg(long = "host", value_name = "HOST_ID", value_parser = value::text)]
    pub hosts: Vec<String>,
    /// Not on this host; may be given several times.
    #[arg(long = "exclude-host", value_name = "HOST_ID", value_parser = value::text)]
    pub exclude_hosts: Vec<String>,
    /// Least download speed.
    #[arg(long, value_name = "GBPS", value_parser = value::decimal)]
    pub min_network: Option<Decimal>,
    /// Least upload speed.
    #[arg(long, value_name = "GBPS", value_parser = value::decimal)]
    pub min_upload: Option<Decimal>,
    /// Network storage is needed.
    #[arg(long)]
    pub network_storage: bool,
    /// A public IP is needed, instead of forwarded ports.
    #[arg(long)]
    pub public_ip: bool,
    /// What an hour of downtime costs: ranks hosts by price and uptime together.
    #[arg(long, value_name = "USD_PER_HR", value_parser = value::price)]
    pub downtime_cost: Option<Money>,
    /// Take sizes as asked, without raising them to what the provider sells.
    #[arg(long)]
    pub exact_sizes: bool,
    /// How many such VMs [default: 1]
    #[arg(long, value_name = "N", value_parser = values::replicas)]
    pub replicas: Option<std::num::NonZeroU32>,
    /// Place as many as possible instead of all or none.
    #[arg(long)]
    pub partial: bool,
    /// At most so many replicas per host, location, organization or country, such as host:1
    #[arg(long, value_name = "BY:MAX", value_parser = value::spread)]
    pub spread: Option<SpreadRule>,
    /// All replicas on one host, location, organization or country.
    #[arg(long, value_name = "BY", value_parser = value::place)]
    pub together: Option<PlaceKind>,
    /// Name of the VM, and the prefix of its instance's name [default: vm]
    #[arg(long, value_name = "NAME", value_parser = value::name)]
    pub name: Option<VmName>,
}

impl RequestFlags {
    /// The request that these flags state.
    pub fn request(&self) -> Result<Request, RequestError> {
        let name = self.name.clone().or_else(|| VmName::new("vm"));
        let Some(name) = name else {
            return Err(RequestError::Empty);
        };
        let mut request = Request::new(vec![self.vm(name)])?;
        request.partial = self.partial;
        request.downtime_cost_per_hr = self.downtime_cost.unwrap_or_default();
        request.sizes = if self.exact_sizes {
            SizeMode::Exact
        } else {
            SizeMode::Provider
        };
        Ok(request)
    }

    /// Whether any flag states anything.
    pub fn states_something(&self) -> bool {
        let blank = VmName::new("vm").map(Vm::new);
        let stated = VmName::new("vm").map(|name| self.vm(name));
        blank != stated || self.name.is_some() || self.exact_sizes || self.partial || self.downtime_cost.is_some()
    }

    fn vm(&self, name: VmName) -> Vm {
        let blank = Vm::new(name);
        let ids = |texts: &[String]| texts.iter().map(|t| HostId::new(t)).collect();
        let ports = if self.no_ports {
            Some(Vec::new())
        } else {
            Some(self.ports.clone()).filter(|p| !p.is_empty())
        };
        Vm {
            replicas: self.replicas.unwrap_or(blank.replicas),
            gpu: self.gpu.clone(),
            count: self.count.unwrap_or(blank.count),
            min_vram_gb: self.min_vram,
            min_total_vram_gb: self.min_total_vram,
            vcpu: self.vcpu,
            ram_gb: self.ram,
            storage_gb: self.storage,
            ports,
            min_uptime: self.min_uptime,
            min_tier: self.min_tier,
            countries: self.countries.clone(),
            exclude_countries: self.exclude_countries.clone(),
            locations: self.locations.clone(),
            organizations: self.organizations.clone(),
            hosts: ids(&self.hosts),
            exclude_hosts: ids(&self.exclude_hosts),
            min_network_gbps: self.min_network,
            min_upload_gbps: self.min_upload,
            network_storage: self.network_storage,
            public_ip: self.public_ip,
            max_price_per_hr: self.max_price,
            spread: self.spread,
            together: self.together,
            ..blank
        }
    }
}
