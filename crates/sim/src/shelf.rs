//! What a hostnode object offers for sale, read tolerantly.
//!
//! Knows the provider's field names and the shapes that they come in, but not what has
//! been sold: that is the host's business.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::money::{Nanos, whole};

/// Field names of a GPU offer's free count, in order of preference.
const COUNTS: [&str; 5] = ["availableCount", "available_count", "max_count", "count", "amount"];
const MODELS: [&str; 2] = ["v0Name", "gpuV0Name"];
const GPU_PRICES: [&str; 4] = ["price_per_hr", "pricePerHr", "price", "price_per_hour"];

/// GPUs of one model on one host.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub model: String,
    pub free: u64,
    pub price: Nanos,
    /// Where in the host's `gpus` the offer stands: index or key, then the fields that say how many and how dear.
    pub position: Position,
    pub count_field: &'static str,
    pub price_field: &'static str,
}

/// The place of an offer within `gpus`.
#[derive(Clone, Debug)]
pub(crate) enum Position {
    Index(usize),
    Key(String),
}

/// Price of one unit for one hour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitPrices {
    pub vcpu: Nanos,
    pub ram_gb: Nanos,
    pub storage_gb: Nanos,
}

/// The most that one machine may take; none where nothing is stated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub vcpu: Option<u64>,
    pub ram_gb: Option<u64>,
    pub storage_gb: Option<u64>,
    pub vcpu_per_gpu: Option<u64>,
    pub ram_gb_per_gpu: Option<u64>,
}

/// Everything that a readable host sells.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub offers: Vec<Offer>,
    pub vcpu: u64,
    pub ram_gb: u64,
    pub storage_gb: u64,
    pub ports: BTreeSet<u16>,
    pub public_ip: bool,
    pub prices: UnitPrices,
    pub limits: Limits,
}

impl Shelf {
    /// Reads a hostnode object; none where it can't be sold from.
    pub fn read(host: &Value) -> Option<Self> {
        let resources = host.get("available_resources")?;
        let pricing = host.get("pricing")?;
        Some(Self {
            offers: offers(resources.get("gpus")?)?,
            vcpu: whole(resources.get("vcpu_count"))?,
            ram_gb: whole(resources.get("ram_gb"))?,
            storage_gb: whole(resources.get("storage_gb"))?,
            ports: ports_field(host).map(ports).unwrap_or_default(),
            public_ip: resources.get("has_public_ip_available") == Some(&Value::Bool(true)),
            prices: UnitPrices {
                vcpu: Nanos::price(pricing.get("per_vcpu_hr"))?,
                ram_gb: Nanos::price(pricing.get("per_gb_ram_hr"))?,
                storage_gb: Nanos::price(pricing.get("per_gb_storage_hr"))?,
            },
            limits: limits(resources),
        })
    }

    /// The offer of a model, whatever the case.
    pub fn offer(&self, model: &str) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.model.eq_ignore_ascii_case(model))
    }
}

/// The host's own list of free ports, which may stand in two places.
pub(crate) fn ports_field(host: &Value) -> Option<&Value> {
    host.get("available_resources")
        .and_then(|resources| resources.get("available_ports"))
        .or_else(|| host.get("available_ports"))
}

/// A port from 1 to 65535, as number or text.
pub(crate) fn port(value: &Value) -> Option<u16> {
    whole(Some(value))
        .and_then(|port| u16::try_from(port).ok())
        .filter(|port| *port > 0)
}

fn ports(list: &Value) -> BTreeSet<u16> {
    list.as_array().into_iter().flatten().filter_map(port).collect()
}

fn limits(resources: &Value) -> Limits {
    let stated = |name| whole(resources.get(name)).filter(|limit| *limit > 0);
    Limits {
        vcpu: stated("max_vcpus"),
        ram_gb: stated("max_ram_gb"),
        storage_gb: stated("max_storage_gb"),
        vcpu_per_gpu: stated("max_vcpus_per_gpu"),
        ram_gb_per_gpu: stated("max_ram_per_gpu"),
    }
}

/// The readable offers of a host, the first of each model.
fn offers(gpus: &Value) -> Option<Vec<Offer>> {
    let read: Vec<Offer> = match gpus {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .filter_map(|(index, gpu)| offer(gpu, None, Position::Index(index)))
            .collect(),
        Value::Object(by_model) => by_model
            .iter()
            .filter_map(|(key, gpu)| offer(gpu, Some(key), Position::Key(key.clone())))
            .collect(),
        _ => return None,
    };
    let mut seen = BTreeSet::new();
    Some(
        read.into_iter()
            .filter(|offer| seen.insert(offer.model.to_lowercase()))
            .collect(),
    )
}

fn offer(gpu: &Value, key: Option<&String>, position: Position) -> Option<Offer> {
    let named = MODELS.iter().find_map(|name| gpu.get(name)?.as_str());
    let model = named
        .or(key.map(String::as_str))
        .or_else(|| gpu.get("displayName")?.as_str())?;
    let stated = |names: &[&'static str]| names.iter().copied().find(|name| gpu.get(name).is_some());
    let (count_field, price_field) = (stated(&COUNTS)?, stated(&GPU_PRICES)?);
    Some(Offer {
        model: model.to_owned(),
        free: whole(gpu.get(count_field))?,
        price: Nanos::price(gpu.get(price_field))?,
        position,
        count_field,
        price_field,
    })
}
