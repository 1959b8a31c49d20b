//! One host object, in any of its spellings, as a record of checked values.
//!
//! Of equal names the last counts. A host that lacks what every plan needs is malformed; an offer that can't be read spoils only
//! itself; whatever else can't be read counts as not stated.

use std::borrow::Cow;

use gpu_place_core::fleet::{HostReading, HostRecord, Most, OfferRecord, Resources, UnitPrices};
use gpu_place_core::money::UnitPrice;
use gpu_place_core::ports::{Port, PortSet};

use smallvec::SmallVec;

use super::document::{Entry, OuterId};
use super::gpus::{Gpu, gpus};
use super::number;
use crate::json::{Broken, Json, Scalar, Scan, Scanned, Text};

/// The host's object, field by field, nothing judged yet.
#[derive(Debug, Default)]
struct Fields<'a> {
    id: Option<Scalar<'a>>,
    location_id: Option<Scalar<'a>>,
    uptime: Option<Scalar<'a>>,
    ports: Ports,
    resources: Option<Have<'a>>,
    pricing: Option<Pricing<'a>>,
    location: Option<Location<'a>>,
    /// The same object once more, in an envelope of its own.
    attributes: Option<&'a str>,
}

#[derive(Debug, Default)]
struct Have<'a> {
    gpus: Option<Vec<Gpu<'a>>>,
    vcpu: Option<Scalar<'a>>,
    ram_gb: Option<Scalar<'a>>,
    storage_gb: Option<Scalar<'a>>,
    most: Most,
    ports: Ports,
    public_ip: bool,
}

#[derive(Debug, Default)]
struct Pricing<'a> {
    vcpu: Option<Scalar<'a>>,
    ram_gb: Option<Scalar<'a>>,
    storage_gb: Option<Scalar<'a>>,
    gpu: Option<Json<'a>>,
}

#[derive(Debug, Default)]
struct Location<'a> {
    uuid: Option<Scalar<'a>>,
    id: Option<Scalar<'a>>,
    city: Option<Scalar<'a>>,
    state: Option<Scalar<'a>>,
    country: Option<Scalar<'a>>,
    organization: Option<Scalar<'a>>,
    organization_name: Option<Scalar<'a>>,
    tier: Option<Scalar<'a>>,
    network: Option<Scalar<'a>>,
    upload: Option<Scalar<'a>>,
    network_storage: bool,
}

/// `available_ports` at one of its places.
#[derive(Debug, Default)]
enum Ports {
    #[default]
    Absent,
    /// There, but no list.
    Unknown,
    Known(PortSet),
}

/// Reads one host. Fails only where its text is no JSON.
pub(crate) fn read<'a>(entry: &Entry<'a>) -> Result<HostReading<'a>, Broken> {
    let mut fields = None;
    object(&mut Scan::new(entry.text), &mut fields, field)?;
    let Some(mut fields) = fields.as_mut() else {
        return Ok(malformed(None, "it is no object"));
    };
    let (mut id, mut unwrapped) = (fields.id, None);
    if let (None, Some(inner)) = (&fields.resources, fields.attributes) {
        object(&mut Scan::new(inner), &mut unwrapped, field)?;
        if let Some(unwrapped) = &mut unwrapped {
            id = id.or(unwrapped.id);
            fields = unwrapped;
        }
    }
    let id = match entry.id {
        OuterId::Key(key) => id.or(Some(Scalar::Text(key))),
        OuterId::Envelope(id) => Some(id.scalar()),
        OuterId::None => id,
    };
    Ok(judge(id, fields))
}

fn judge<'a>(id: Option<Scalar<'a>>, fields: &mut Fields<'a>) -> HostReading<'a> {
    let id = match id {
        Some(Scalar::Text(id)) => match id.exact() {
            Some(id) if !id.is_empty() => id,
            Some(_) => return malformed(None, "its id is empty"),
            None => return malformed(None, "its id is no text"),
        },
        _ => return malformed(None, "it has no id"),
    };
    match record(id.clone(), fields) {
        Ok(record) => HostReading::Host(Box::new(record)),
        Err(reason) => malformed(Some(id), reason),
    }
}

fn malformed<'a>(id: Option<Cow<'a, str>>, reason: &str) -> HostReading<'a> {
    HostReading::Malformed {
        id,
        reason: reason.to_owned(),
    }
}

fn record<'a>(id: Cow<'a, str>, fields: &mut Fields<'a>) -> Result<HostRecord<'a>, &'static str> {
    let have = fields.resources.as_mut().ok_or("it has no available_resources")?;
    let pricing = fields.pricing.as_ref().ok_or("it has no pricing")?;
    let gpus = have.gpus.as_ref().ok_or("it has no list of gpus")?;
    let nowhere = Location::default();
    let place = fields.location.as_ref().unwrap_or(&nowhere);
    let text = |value: Option<Scalar<'a>>| value.and_then(Scalar::text);
    Ok(HostRecord {
        id,
        free: Resources {
            vcpu: amount(have.vcpu, "its vcpu_count is missing or unreadable")?,
            ram_gb: amount(have.ram_gb, "its ram_gb is missing or unreadable")?,
            storage_gb: amount(have.storage_gb, "its storage_gb is missing or unreadable")?,
        },
        prices: UnitPrices {
            vcpu: price(pricing.vcpu, "its per_vcpu_hr is missing or unreadable")?,
            ram_gb: price(pricing.ram_gb, "its per_gb_ram_hr is missing or unreadable")?,
            storage_gb: price(pricing.storage_gb, "its per_gb_storage_hr is missing or unreadable")?,
        },
        offers: offers(gpus, pricing.gpu),
        most: have.most,
        ports: match (std::mem::take(&mut have.ports), std::mem::take(&mut fields.ports)) {
            (Ports::Known(ports), _) | (Ports::Absent, Ports::Known(ports)) => Some(ports),
            _ => None,
        },
        uptime: fields.uptime.and_then(number::decimal),
        tier: place.tier.and_then(number::decimal),
        location_id: text(fields.location_id),
        location: text(place.uuid).or_else(|| text(place.id)),
        city: text(place.city),
        state: text(place.state),
        country: text(place.country),
        organization: text(place.organization),
        organization_name: text(place.organization_name),
        network_gbps: place.network.and_then(number::decimal),
        upload_gbps: place.upload.and_then(number::decimal),
        network_storage: place.network_storage,
        public_ip: have.public_ip,
    })
}

fn amount(value: Option<Scalar<'_>>, reason: &'static str) -> Result<u64, &'static str> {
    value.and_then(number::whole).ok_or(reason)
}

fn price(value: Option<Scalar<'_>>, reason: &'static str) -> Result<UnitPrice, &'static str> {
    value.and_then(number::price).ok_or(reason)
}

/// Nameless offers are dropped. The price of one without may stand in the host's own price list.
fn offers<'a>(gpus: &[Gpu<'a>], listed: Option<Json<'a>>) -> Vec<OfferRecord<'a>> {
    let listed_price = |model: &str| {
        let list = listed?;
        let price = if list.is_object() { list.get(model)? } else { list };
        number::price(price.scalar())
    };
    let offer = |gpu: &Gpu<'a>| {
        let model = gpu.model()?;
        let price = match gpu.price() {
            Some(price) => number::price(price),
            None => listed_price(&model),
        };
        let stock = gpu.free().and_then(number::whole).zip(price);
        Some(OfferRecord { model, stock })
    };
    gpus.iter().filter_map(offer).collect()
}

/// Reads an object into its place by a function that takes one member after the other; leaves `None` where it is something else.
pub(super) fn object<'a, T: Default>(
    scan: &mut Scan<'a>,
    place: &mut Option<T>,
    member: impl Fn(&mut T, &mut Scan<'a>, Text<'a>) -> Scanned<()>,
) -> Scanned<()> {
    *place = None;
    if scan.peek() != Some(b'{') {
        return scan.value().map(drop);
    }
    let read = place.insert(T::default());
    scan.members(|scan, key| member(read, scan, key))
}

fn field<'a>(fields: &mut Fields<'a>, scan: &mut Scan<'a>, key: Text<'a>) -> Scanned<()> {
    match &*key.resolve() {
        "id" => fields.id = Some(scan.scalar()?),
        "location_id" => fields.location_id = Some(scan.scalar()?),
        "uptime_percentage" => fields.uptime = Some(scan.scalar()?),
        "available_ports" => fields.ports = ports(scan)?,
        "available_resources" => object(scan, &mut fields.resources, resource)?,
        "pricing" => object(scan, &mut fields.pricing, unit_price)?,
        "location" => object(scan, &mut fields.location, location)?,
        "attributes" => fields.attributes = Some(scan.value()?),
        _ => drop(scan.value()?),
    }
    Ok(())
}

fn resource<'a>(have: &mut Have<'a>, scan: &mut Scan<'a>, key: Text<'a>) -> Scanned<()> {
    match &*key.resolve() {
        "gpus" => have.gpus = gpus(scan)?,
        "vcpu_count" => have.vcpu = Some(scan.scalar()?),
        "ram_gb" => have.ram_gb = Some(scan.scalar()?),
        "storage_gb" => have.storage_gb = Some(scan.scalar()?),
        "max_vcpus_per_gpu" => have.most.vcpu_per_gpu = number::limit(scan.scalar()?),
        "max_ram_per_gpu" => have.most.ram_gb_per_gpu = number::limit(scan.scalar()?),
        "max_vcpus" => have.most.vcpu = number::limit(scan.scalar()?),
        "max_ram_gb" => have.most.ram_gb = number::limit(scan.scalar()?),
        "max_storage_gb" => have.most.storage_gb = number::limit(scan.scalar()?),
        "available_ports" => have.ports = ports(scan)?,
        "has_public_ip_available" => have.public_ip = is_true(scan)?,
        _ => drop(scan.value()?),
    }
    Ok(())
}

fn unit_price<'a>(pricing: &mut Pricing<'a>, scan: &mut Scan<'a>, key: Text<'a>) -> Scanned<()> {
    match &*key.resolve() {
        "per_vcpu_hr" => pricing.vcpu = Some(scan.scalar()?),
        "per_gb_ram_hr" => pricing.ram_gb = Some(scan.scalar()?),
        "per_gb_storage_hr" => pricing.storage_gb = Some(scan.scalar()?),
        "per_gpu_hr" => pricing.gpu = Some(Json::scan(scan)?),
        _ => drop(scan.value()?),
    }
    Ok(())
}

fn location<'a>(place: &mut Location<'a>, scan: &mut Scan<'a>, key: Text<'a>) -> Scanned<()> {
    match &*key.resolve() {
        "uuid" => place.uuid = Some(scan.scalar()?),
        "id" => place.id = Some(scan.scalar()?),
        "city" => place.city = Some(scan.scalar()?),
        "stateprovince" => place.state = Some(scan.scalar()?),
        "country" => place.country = Some(scan.scalar()?),
        "organization" => place.organization = Some(scan.scalar()?),
        "organizationName" => place.organization_name = Some(scan.scalar()?),
        "tier" => place.tier = Some(scan.scalar()?),
        "network_speed_gbps" => place.network = Some(scan.scalar()?),
        "network_speed_upload_gbps" => place.upload = Some(scan.scalar()?),
        "has_network_storage" => place.network_storage = is_true(scan)?,
        _ => drop(scan.value()?),
    }
    Ok(())
}

fn is_true(scan: &mut Scan<'_>) -> Scanned<bool> {
    Ok(matches!(scan.scalar()?, Scalar::Bool(true)))
}

fn ports(scan: &mut Scan<'_>) -> Scanned<Ports> {
    if scan.peek() != Some(b'[') {
        scan.value()?;
        return Ok(Ports::Unknown);
    }
    let mut ports: SmallVec<[Port; 64]> = SmallVec::new();
    scan.items(|scan| {
        let port = match scan.plain_number() {
            Some(number) => Port::new(number),
            None => number::port(scan.scalar()?),
        };
        if let Some(port) = port {
            ports.push(port);
        }
        Ok(())
    })?;
    Ok(Ports::Known(ports.into_iter().collect()))
}
