//! What a user asks for: any number of VMs, parsed once into checked quantities.
//!
//! Fields follow the keys of a fleet file. `None` and empty lists mean that nothing was stated; what is then assumed is decided by
//! [`crate::sizes`], so that a plan can show what was defaulted.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};

use rust_decimal::Decimal;
use serde::Serialize;

use crate::fleet::{HostId, PlaceKind};
use crate::gpu::GpuPattern;
use crate::money::Money;
use crate::ports::PortAsk;

/// A VM's name: lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct VmName(String);

impl VmName {
    /// The name, if it has a length of 1 to 64 and only characters that are allowed.
    pub fn new(name: &str) -> Option<VmName> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        ((1..=64).contains(&name.len()) && name.bytes().all(allowed)).then(|| VmName(name.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How many GPUs a VM may have: from `least` to `most`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountRange {
    least: NonZeroU32,
    most: NonZeroU32,
}

impl CountRange {
    /// Most GPUs that a VM can be asked to have.
    pub const LIMIT: u32 = 999_999;

    /// The range, unless it is empty or beyond [`CountRange::LIMIT`].
    pub fn new(least: u32, most: u32) -> Option<CountRange> {
        let (least, most) = (NonZeroU32::new(least)?, NonZeroU32::new(most)?);
        (least <= most && most.get() <= Self::LIMIT).then_some(CountRange { least, most })
    }

    /// Exactly this many.
    pub fn exactly(count: u32) -> Option<CountRange> {
        CountRange::new(count, count)
    }

    /// The fewest.
    pub fn least(self) -> u32 {
        self.least.get()
    }

    /// The most.
    pub fn most(self) -> u32 {
        self.most.get()
    }
}

/// As in a fleet file: `4`, or `2..8`.
impl fmt::Display for CountRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most {
            self.least.fmt(f)
        } else {
            write!(f, "{}..{}", self.least, self.most)
        }
    }
}

/// At most `max` VMs of a group in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpreadRule {
    /// What counts as one place.
    pub by: PlaceKind,
    /// How many VMs it may take.
    pub max: NonZeroU32,
}

/// Identical VMs and what they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vm {
    /// Unique in the request.
    pub name: VmName,
    /// How many are wanted.
    pub replicas: NonZeroU32,
    /// How much leaving one out weighs.
    pub weight: NonZeroU64,
    /// Any of these models; empty: any model at all.
    pub gpu: Vec<GpuPattern>,
    /// GPUs per VM.
    pub count: CountRange,
    /// Least memory per GPU in GB; 0 asks nothing.
    pub min_vram_gb: Option<u64>,
    /// Least memory of all GPUs of the VM in GB; 0 asks nothing.
    pub min_total_vram_gb: Option<u64>,
    /// vCPUs; stated ones are at least 1.
    pub vcpu: Option<u64>,
    /// GB of RAM; stated ones are at least 1.
    pub ram_gb: Option<u64>,
    /// GB of storage.
    pub storage_gb: Option<u64>,
    /// Ports to be reached at.
    pub ports: Option<Vec<PortAsk>>,
    /// Least uptime in percent.
    pub min_uptime: Option<Decimal>,
    /// Least tier.
    pub min_tier: Option<Decimal>,
    /// Only in these countries.
    pub countries: Vec<String>,
    /// Not in these countries.
    pub exclude_countries: Vec<String>,
    /// Only at these locations, by id or city.
    pub locations: Vec<String>,
    /// Only with these operators, by id or name.
    pub organizations: Vec<String>,
    /// Only on these hosts.
    pub hosts: Vec<HostId>,
    /// Not on these hosts.
    pub exclude_hosts: Vec<HostId>,
    /// Least download speed in Gbit/s.
    pub min_network_gbps: Option<Decimal>,
    /// Least upload speed in Gbit/s.
    pub min_upload_gbps: Option<Decimal>,
    /// Whether network storage is needed.
    pub network_storage: bool,
    /// Whether a public IP is needed; then no port is forwarded.
    pub public_ip: bool,
    /// Most that one VM may cost per hour.
    pub max_price_per_hr: Option<Money>,
    /// Not too many in one place.
    pub spread: Option<SpreadRule>,
    /// All in one place.
    pub together: Option<PlaceKind>,
    /// What `spread` and `together` count over; `None`: this VM alone.
    pub group: Option<String>,
}

impl Vm {
    /// One VM of any single GPU, with nothing else stated.
    pub fn new(name: VmName) -> Vm {
        Vm {
            name,
            replicas: NonZeroU32::MIN,
            weight: NonZeroU64::MIN,
            gpu: Vec::new(),
            count: CountRange {
                least: NonZeroU32::MIN,
                most: NonZeroU32::MIN,
            },
            min_vram_gb: None,
            min_total_vram_gb: None,
            vcpu: None,
            ram_gb: None,
            storage_gb: None,
            ports: None,
            min_uptime: None,
            min_tier: None,
            countries: Vec::new(),
            exclude_countries: Vec::new(),
            locations: Vec::new(),
            organizations: Vec::new(),
            hosts: Vec::new(),
            exclude_hosts: Vec::new(),
            min_network_gbps: None,
            min_upload_gbps: None,
            network_storage: false,
            public_ip: false,
            max_price_per_hr: None,
            spread: None,
            together: None,
            group: None,
        }
    }

    /// The group whose rules bind it: the stated one, else its own name.
    pub fn group(&self) -> &str {
        self.group.as_deref().unwrap_or(self.name.as_str())
    }
}

/// Whether sizes are raised to what the provider sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SizeMode {
    /// Raised to the provider's steps.
    #[default]
    Provider,
    /// Taken as asked.
    Exact,
}

/// A whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is wanted, in the order of the user's file. Names are unique.
    vms: Vec<Vm>,
    /// Most that all VMs together may cost per hour.
    pub budget_per_hr: Option<Money>,
    /// Whether VMs may be left out.
    pub partial: bool,
    /// What an hour of downtime costs; ranks hosts, is never billed.
    pub downtime_cost_per_hr: Money,
    /// How sizes are read.
    pub sizes: SizeMode,
}

/// Why VMs make no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no VM.
    #[error("nothing is asked for: a request needs at least one VM")]
    Empty,
    /// Two VMs have one name.
    #[error("two VMs are named `{0}`: names have to be unique")]
    DuplicateName(VmName),
}

impl Request {
    /// A request for these VMs, all or nothing, without budget.
    pub fn new(vms: Vec<Vm>) -> Result<Request, RequestError> {
        if vms.is_empty() {
            return Err(RequestError::Empty);
        }
        let mut names: Vec<&VmName> = vms.iter().map(|vm| &vm.name).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(RequestError::DuplicateName(pair[0].clone()));
        }
        Ok(Request {
            vms,
            budget_per_hr: None,
            partial: false,
            downtime_cost_per_hr: Money::ZERO,
            sizes: SizeMode::Provider,
        })
    }

    /// What is wanted, in the order of the user's file.
    pub fn vms(&self) -> &[Vm] {
        &self.vms
    }

    /// The same request with one VM changed by `change`; its name stays.
    pub fn with_vm(&self, at: usize, change: impl FnOnce(&mut Vm)) -> Request {
        let mut request = self.clone();
        if let Some(vm) = request.vms.get_mut(at) {
            let name = vm.name.clone();
            change(vm);
            vm.name = name;
        }
        request
    }

    /// The same request with every VM changed by `change`, which is told its position; names stay.
    pub fn with_each_vm(&self, mut change: impl FnMut(usize, &mut Vm)) -> Request {
        let mut request = self.clone();
        for (at, vm) in request.vms.iter_mut().enumerate() {
            let name = vm.name.clone();
            change(at, vm);
            vm.name = name;
        }
        request
    }

    /// The same request for only these of its VMs, by position; `None` for none of them.
    pub fn only_vms(&self, at: &[usize]) -> Option<Request> {
        let vms: Vec<Vm> = at.iter().filter_map(|at| self.vms.get(*at).cloned()).collect();
        let some = !vms.is_empty();
        some.then(|| Request { vms, ..self.clone() })
    }

    /// How many VMs are wanted in all.
    pub fn total_replicas(&self) -> u64 {
        self.vms.iter().map(|vm| u64::from(vm.replicas.get())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(VmName::new("train-1").is_some());
        for bad in ["", "Train", "a b", "ä", "x_y"] {
            assert!(VmName::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_request_has_distinct_vms() {
        let vm = |name| Vm::new(VmName::new(name).unwrap());
        assert_eq!(Request::new(vec![]), Err(RequestError::Empty));
        assert!(matches!(
            Request::new(vec![vm("a"), vm("b"), vm("a")]),
            Err(RequestError::DuplicateName(_))
        ));
        assert_eq!(Request::new(vec![vm("a"), vm("b")]).unwrap().total_replicas(), 2);
    }

    #[test]
    fn ranges_are_not_empty() {
        assert_eq!(CountRange::new(2, 8).unwrap().to_string(), "2..8");
        assert_eq!(CountRange::exactly(4).unwrap().to_string(), "4");
        assert!(
            CountRange::new(0, 3).is_none()
                && CountRange::new(4, 3).is_none()
                && CountRange::exactly(1_000_000).is_none()
        );
    }
}
