//! The body of a create call: what is ordered, or why the order is refused.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{money::whole, refusal::Refusal, shelf};

/// Where a machine shall run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Hostnode(String),
    /// The marketplace picks a hostnode at this location.
    Location(String),
}

/// One asked forward; the marketplace chooses where no external port is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forward {
    pub internal: u16,
    pub external: Option<u16>,
}

/// A create call that makes sense by itself.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub name: String,
    pub target: Target,
    pub gpus: Option<(String, u64)>,
    pub vcpu: u64,
    pub ram_gb: u64,
    pub storage_gb: u64,
    pub dedicated_ip: bool,
    pub forwards: Vec<Forward>,
}

impl Order {
    /// Reads and checks a create call; `images` are those on offer, `keys` the known key
    /// ids, any being good where none is known.
    pub fn read(body: &[u8], images: &[String], keys: &[String]) -> Result<Self, Refusal> {
        let document: Value =
            serde_json::from_slice(body).map_err(|_| Refusal::Plain("Invalid JSON in request body"))?;
        let attributes = document
            .pointer("/data/attributes")
            .and_then(Value::as_object)
            .ok_or(Refusal::expected("object", &[]))?;
        let kinds = [document.pointer("/data/type"), attributes.get("type")];
        if kinds
            .iter()
            .any(|kind| kind.and_then(Value::as_str) != Some("virtualmachine"))
        {
            return Err(Refusal::issue(
                &["type"],
                "Invalid literal value, expected \"virtualmachine\"",
            ));
        }
        Self::from_attributes(attributes, images, keys)
    }

    fn from_attributes(attributes: &Map<String, Value>, images: &[String], keys: &[String]) -> Result<Self, Refusal> {
        let image = image(attributes, images)?;
        let resources = attributes
            .get("resources")
            .ok_or(Refusal::expected("object", &["resources"]))?;
        let order = Self {
            name: text(attributes, "name").ok_or(Refusal::expected("string", &["name"]))?,
            target: target(attributes)?,
            gpus: gpus(resources)?,
            vcpu: amount(resources, "vcpu_count")?,
            ram_gb: amount(resources, "ram_gb")?,
            storage_gb: amount(resources, "storage_gb")?,
            dedicated_ip: attributes.get("useDedicatedIp") == Some(&Value::Bool(true)),
            forwards: forwards(attributes)?,
        };
        order.check_sizes()?;
        order.check_reach(&image)?;
        check_key(attributes, &image, keys)?;
        check_cloud_init(attributes)?;
        Ok(order)
    }

    fn check_sizes(&self) -> Result<(), Refusal> {
        if self.vcpu < 2 || !self.vcpu.is_multiple_of(2) {
            return Err(Refusal::issue(
                &["resources", "vcpu_count"],
                "vCPU count must be an even number of at least 2",
            ));
        }
        if self.storage_gb < 100 {
            return Err(Refusal::issue(
                &["resources", "storage_gb"],
                "Storage must be at least 100 GB",
            ));
        }
        if self.gpus.is_none() && matches!(self.target, Target::Location(_)) {
            return Err(Refusal::issue(
                &["resources", "gpus"],
                "At least one GPU is required when deploying by location",
            ));
        }
        Ok(())
    }

    fn check_reach(&self, image: &str) -> Result<(), Refusal> {
        let path = ["port_forwards"];
        let forwards_ssh = self.forwards.iter().any(|forward| forward.internal == 22);
        if image.starts_with("ubuntu") && !self.dedicated_ip && !forwards_ssh {
            return Err(Refusal::issue(&path, "SSH port (22) must be forwarded for Ubuntu VMs"));
        }
        let named = || self.forwards.iter().filter_map(|forward| forward.external);
        let distinct: BTreeSet<u16> = named().collect();
        if distinct.len() != named().count() {
            return Err(Refusal::issue(&path, "External ports must be unique"));
        }
        Ok(())
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn image(attributes: &Map<String, Value>, images: &[String]) -> Result<String, Refusal> {
    let image = text(attributes, "image").ok_or(Refusal::expected("string", &["image"]))?;
    if images.contains(&image) {
        Ok(image)
    } else {
        Err(Refusal::not_one_of(images, &image, &["image"]))
    }
}

fn target(attributes: &Map<String, Value>) -> Result<Target, Refusal> {
    match (text(attributes, "hostnode_id"), text(attributes, "location_id")) {
        (Some(id), None) => Ok(Target::Hostnode(id)),
        (None, Some(id)) => Ok(Target::Location(id)),
        _ => Err(Refusal::issue(
            &[],
            "Exactly one of hostnode_id and location_id must be provided",
        )),
    }
}

fn amount(resources: &Value, name: &str) -> Result<u64, Refusal> {
    let number = resources.get(name).filter(|value| value.is_number());
    whole(number)
        .filter(|amount| *amount > 0)
        .ok_or(Refusal::expected("positive number", &["resources", name]))
}

/// The `gpus` map: none, or one model with its count.
fn gpus(resources: &Value) -> Result<Option<(String, u64)>, Refusal> {
    let path = ["resources", "gpus"];
    let models = match resources.get("gpus") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(models)) => models,
        Some(_) => return Err(Refusal::expected("object", &path)),
    };
    let mut models = models.iter();
    match (models.next(), models.next()) {
        (None, _) => Ok(None),
        (Some((model, entry)), None) => {
            let count = whole(entry.get("count")).filter(|count| *count > 0);
            let count = count.ok_or(Refusal::expected(
                "positive number",
                &["resources", "gpus", model, "count"],
            ))?;
            Ok(Some((model.clone(), count)))
        }
        _ => Err(Refusal::issue(&path, "Only one GPU model per instance is supported")),
    }
}

fn forwards(attributes: &Map<String, Value>) -> Result<Vec<Forward>, Refusal> {
    match attributes.get("port_forwards") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(forward).collect(),
        Some(_) => Err(Refusal::expected("array", &["port_forwards"])),
    }
}

/// An external port that is missing or 0 leaves the choice to the marketplace.
fn forward(entry: &Value) -> Result<Forward, Refusal> {
    let number = |name| Refusal::expected("port number", &["port_forwards", name]);
    let internal = entry
        .get("internal_port")
        .and_then(shelf::port)
        .ok_or(number("internal_port"))?;
    let external = match entry.get("external_port") {
        None | Some(Value::Null) => None,
        Some(zero) if zero.as_u64() == Some(0) => None,
        Some(asked) => Some(shelf::port(asked).ok_or(number("external_port"))?),
    };
    Ok(Forward { internal, external })
}

/// Exactly one key, but for Windows, which takes none or any.
fn check_key(attributes: &Map<String, Value>, image: &str, keys: &[String]) -> Result<(), Refusal> {
    match (text(attributes, "ssh_key"), text(attributes, "ssh_key_id")) {
        (Some(_), Some(_)) => Err(Refusal::issue(
            &["ssh_key"],
            "Provide either ssh_key or ssh_key_id, not both",
        )),
        (None, None) if !image.starts_with("windows") => Err(Refusal::issue(
            &["ssh_key"],
            "An SSH key is required for non-Windows images",
        )),
        (None, Some(id)) if !keys.is_empty() && !keys.contains(&id) => Err(Refusal::NotFound("SSH key not found")),
        _ => Ok(()),
    }
}

/// The form of `cloud_init`: an object, never YAML text, with lists and flags of the right type.
fn check_cloud_init(attributes: &Map<String, Value>) -> Result<(), Refusal> {
    let fields = match attributes.get("cloud_init") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(Refusal::expected("object", &["cloud_init"])),
    };
    for (name, value) in fields {
        let (kind, good) = match name.as_str() {
            "runcmd" | "packages" | "write_files" => ("array", value.is_array()),
            "package_update" | "package_upgrade" => ("boolean", value.is_boolean()),
            _ => return Err(Refusal::issue(&["cloud_init", name], "Unrecognized key")),
        };
        if !good {
            return Err(Refusal::expected(kind, &["cloud_init", name]));
        }
    }
    Ok(())
}
