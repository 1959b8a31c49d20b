//! The keys of a request that can stand in the way, and the order in which they are doubted.

use serde::{Serialize, Serializer};

/// A key of a fleet file that constrains a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the key that `word` spells")]
pub enum Field {
    // The order is the one in which a conflict gives keys up: what a user hardly thinks of first, what the request is about last.
    MinTotalVramGb,
    MinVramGb,
    Ports,
    StorageGb,
    RamGb,
    Vcpu,
    Group,
    NetworkStorage,
    MinUploadGbps,
    MinNetworkGbps,
    PublicIp,
    ExcludeHosts,
    ExcludeCountries,
    Organizations,
    Locations,
    Countries,
    Hosts,
    MinUptime,
    MinTier,
    Together,
    Spread,
    MaxPricePerHr,
    Count,
    Gpu,
    BudgetPerHr,
    Partial,
}

impl Field {
    /// The keys of one VM.
    pub const OF_VM: [Field; 24] = [
        Field::MinTotalVramGb,
        Field::MinVramGb,
        Field::Ports,
        Field::StorageGb,
        Field::RamGb,
        Field::Vcpu,
        Field::Group,
        Field::NetworkStorage,
        Field::MinUploadGbps,
        Field::MinNetworkGbps,
        Field::PublicIp,
        Field::ExcludeHosts,
        Field::ExcludeCountries,
        Field::Organizations,
        Field::Locations,
        Field::Countries,
        Field::Hosts,
        Field::MinUptime,
        Field::MinTier,
        Field::Together,
        Field::Spread,
        Field::MaxPricePerHr,
        Field::Count,
        Field::Gpu,
    ];

    /// The key as a fleet file spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Field::MinTotalVramGb => "min_total_vram_gb",
            Field::MinVramGb => "min_vram_gb",
            Field::Ports => "ports",
            Field::StorageGb => "storage_gb",
            Field::RamGb => "ram_gb",
            Field::Vcpu => "vcpu",
            Field::Group => "group",
            Field::NetworkStorage => "network_storage",
            Field::MinUploadGbps => "min_upload_gbps",
            Field::MinNetworkGbps => "min_network_gbps",
            Field::PublicIp => "public_ip",
            Field::ExcludeHosts => "exclude_hosts",
            Field::ExcludeCountries => "exclude_countries",
            Field::Organizations => "organizations",
            Field::Locations => "locations",
            Field::Countries => "countries",
            Field::Hosts => "hosts",
            Field::MinUptime => "min_uptime",
            Field::MinTier => "min_tier",
            Field::Together => "together",
            Field::Spread => "spread",
            Field::MaxPricePerHr => "max_price_per_hr",
            Field::Count => "count",
            Field::Gpu => "gpu",
            Field::BudgetPerHr => "budget_per_hr",
            Field::Partial => "partial",
        }
    }

    /// Whether it says how much a VM takes, rather than what a host must be.
    pub const fn is_size(self) -> bool {
        matches!(
            self,
            Field::Count | Field::Vcpu | Field::RamGb | Field::StorageGb | Field::Ports
        )
    }

    /// Whether it binds VMs to each other.
    pub const fn is_rule(self) -> bool {
        matches!(self, Field::Spread | Field::Together | Field::Group)
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One key of one VM, or of the whole request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub field: Field,
    /// Position of the VM in the request; `None` for a key of the whole request.
    pub vm: Option<usize>,
}
