//! Markets of up to five hosts, written down as the marketplace would list them.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// A GPU model, its memory, and which of [`PATTERNS`](super::wish::PATTERNS) it answers to.
#[derive(Debug, PartialEq)]
pub struct Model {
    pub name: &'static str,
    pub vram_gb: Option<u64>,
    pub answers_to: &'static [&'static str],
}

pub const MODELS: [Model; 4] = [
    Model {
        name: "geforcertx4090-pcie-24gb",
        vram_gb: Some(24),
        answers_to: &["RTX4090", "*"],
    },
    Model {
        name: "A100-pcie-80gb",
        vram_gb: Some(80),
        answers_to: &["a100", "a100-pcie", "*-80gb", "*"],
    },
    Model {
        name: "a100-sxm4-40gb",
        vram_gb: Some(40),
        answers_to: &["a100", "*"],
    },
    Model {
        name: "b200",
        vram_gb: None,
        answers_to: &["b?00", "*"],
    },
];

/// Money is in nano-dollars per hour, uptime in hundredths of a percent.
#[derive(Debug)]
pub struct Host {
    pub id: String,
    pub malformed: bool,
    pub offers: Vec<Offer>,
    pub vcpu: u64,
    pub ram_gb: u64,
    pub storage_gb: u64,
    pub max_vcpus: Option<u64>,
    pub max_ram_gb: Option<u64>,
    pub max_storage_gb: Option<u64>,
    pub max_vcpus_per_gpu: Option<u64>,
    pub max_ram_per_gpu: Option<u64>,
    /// Of a vCPU, a GB of RAM and a GB of storage.
    pub prices: [u64; 3],
    pub ports: Option<Vec<u16>>,
    pub public_ip: bool,
    pub network_storage: bool,
    pub uptime: Option<u64>,
    pub tier: Option<u64>,
    pub download: Option<u64>,
    pub upload: Option<u64>,
    pub location: Option<&'static str>,
    pub country: Option<&'static str>,
    pub organization: Option<&'static str>,
}

#[derive(Debug)]
pub struct Offer {
    pub model: &'static Model,
    pub free: u64,
    /// None where it cannot be read.
    pub price: Option<u64>,
}

#[derive(Debug)]
pub struct Market {
    pub hosts: Vec<Host>,
}

impl Market {
    pub fn snapshot(&self) -> String {
        let hosts: Vec<Value> = self.hosts.iter().map(Host::listed).collect();
        json!({ "schema": "gpu-place/snapshot/1", "provider": "tensordock", "hostnodes": hosts }).to_string()
    }
}

impl Host {
    fn listed(&self) -> Value {
        json!({
            "id": self.id,
            "uptime_percentage": self.uptime.map(|u| format!("{}.{:02}", u / 100, u % 100)),
            "available_resources": self.resources(),
            "pricing": {
                "per_vcpu_hr": if self.malformed { "-1".to_owned() } else { dollars(self.prices[0]) },
                "per_gb_ram_hr": dollars(self.prices[1]),
                "per_gb_storage_hr": dollars(self.prices[2]),
            },
            "location": {
                "uuid": self.location, "country": self.country, "organization": self.organization, "tier": self.tier,
                "network_speed_gbps": self.download, "network_speed_upload_gbps": self.upload,
                "has_network_storage": self.network_storage,
            },
        })
    }

    /// A fraction is floored, and a limit of 0 is none.
    fn resources(&self) -> Value {
        json!({
            "gpus": self.offers.iter().map(Offer::listed).collect::<Vec<_>>(),
            "vcpu_count": self.vcpu, "ram_gb": format!("{}.7", self.ram_gb), "storage_gb": self.storage_gb,
            "max_vcpus": self.max_vcpus.unwrap_or(0), "max_ram_gb": self.max_ram_gb.unwrap_or(0),
            "max_storage_gb": self.max_storage_gb, "max_vcpus_per_gpu": self.max_vcpus_per_gpu,
            "max_ram_per_gpu": self.max_ram_per_gpu,
            "available_ports": self.ports, "has_public_ip_available": self.public_ip,
        })
    }
}

impl Offer {
    fn listed(&self) -> Value {
        json!({ "v0Name": self.model.name, "availableCount": self.free, "price_per_hr": self.price.map(dollars) })
    }
}

fn dollars(nanos: u64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// Few different prices, so that plans tie, and some with all nine digits.
pub fn prices() -> impl Strategy<Value = u64> {
    prop_oneof![3 => (0u64..6).prop_map(|n| n * 250_000_000), 1 => 0u64..1_500_000_001]
}

fn limit(most: u64) -> impl Strategy<Value = Option<u64>> {
    weighted(0.1, 2..most)
}

fn name(names: [&'static str; 3]) -> impl Strategy<Value = Option<&'static str>> {
    weighted(0.9, select(names.to_vec()))
}

prop_compose! {
    fn offers()(
        models in subsequence((0..MODELS.len()).collect::<Vec<_>>(), 1..=3),
        stock in vec((0u64..9, weighted(0.97, prices())), 3),
    ) -> Vec<Offer> {
        let offer = |(model, (free, price)): (usize, (u64, Option<u64>))| Offer { model: &MODELS[model], free, price };
        models.into_iter().zip(stock).map(offer).collect()
    }
}

prop_compose! {
    fn hosts()(
        malformed in prop::bool::weighted(0.03), offers in offers(),
        free in (8u64..64, 24u64..240, 150u64..1_200), prices in [prices(), prices(), prices()],
        most in (limit(16), limit(64), limit(300), limit(12), limit(48)),
        ports in weighted(0.97, subsequence((20_000u16..20_006).collect::<Vec<_>>(), 2..=6)),
        flags: (bool, bool),
        quality in (weighted(0.8, 9_700u64..10_050), weighted(0.8, 0u64..5), weighted(0.8, 0u64..4), weighted(0.8, 0u64..4)),
        location in name(["loc-a", "loc-b", "LOC-A"]), country in name(["Poland", "Japan", "JAPAN"]),
        organization in name(["org-x", "org-y", "Org-X"]),
    ) -> Host {
        Host {
            id: String::new(), malformed, offers, vcpu: free.0, ram_gb: free.1, storage_gb: free.2,
            // Tiny prices of what comes in hundreds keep GPUs in the game.
            prices: [prices[0] / 10, prices[1] / 100, prices[2] / 1000],
            max_vcpus: most.0, max_ram_gb: most.1, max_storage_gb: most.2, max_vcpus_per_gpu: most.3, max_ram_per_gpu: most.4,
            ports, public_ip: flags.0, network_storage: flags.1,
            uptime: quality.0, tier: quality.1, download: quality.2, upload: quality.3, location, country, organization,
        }
    }
}

prop_compose! {
    pub fn markets()(hosts in vec(hosts(), 1..=5)) -> Market {
        let numbered = |(at, host)| Host { id: format!("host-{at}"), ..host };
        Market { hosts: hosts.into_iter().enumerate().map(numbered).collect() }
    }
}
