//! Instances as the marketplace shows them.
//!
//! Everything here was told by the other side, in any of the spellings it is known to use. Texts are cleaned; cleaning never makes
//! one name look like another that was clean before, so names may be compared.

use std::borrow::Cow;
use std::fmt;

use gpu_place_core::money::Money;
use gpu_place_core::ports::{Port, PortForward};

use crate::json::Json;
use gpu_place_core::text::clean;

/// The marketplace's id of an instance: printable ASCII that is safe inside a URL's path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(String);

impl InstanceId {
    /// The id, if it has 1 to 128 letters, digits, `-`, `_`, `.` or `:`, and is not made of dots alone.
    pub fn new(id: &str) -> Option<InstanceId> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        let good = (1..=128).contains(&id.len()) && id.bytes().all(plain) && !id.bytes().all(|b| b == b'.');
        good.then(|| InstanceId(id.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id that came as a string or as a number.
    pub(crate) fn read(json: Json<'_>) -> Option<InstanceId> {
        let id = json.text().or_else(|| json.number().map(Cow::Borrowed))?;
        InstanceId::new(&id)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an instance is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceState {
    /// Being made: creating, queued, pending, provisioning.
    Creating,
    /// Coming up again.
    Starting,
    /// Up; not necessarily reachable yet.
    Running,
    /// Going down.
    Stopping,
    /// Down; it still costs money.
    Stopped,
    /// Down, its GPUs given back: stopped and disassociated, or outbid.
    Released,
    /// Being deleted.
    Deleting,
    /// Deleted.
    Deleted,
    /// Failed.
    Error,
    /// A word that is not known, or none.
    Unknown,
}

impl InstanceState {
    /// The state of a status word, whatever its case and hyphens.
    pub fn of_word(word: &str) -> InstanceState {
        let plain: String = word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
        match plain.to_lowercase().as_str() {
            "creating" | "queued" | "pending" | "provisioning" => InstanceState::Creating,
            "starting" => InstanceState::Starting,
            "running" => InstanceState::Running,
            "stopping" => InstanceState::Stopping,
            "stopped" => InstanceState::Stopped,
            "stoppeddisassociated" | "outbid" => InstanceState::Released,
            "deleting" => InstanceState::Deleting,
            "deleted" | "terminated" => InstanceState::Deleted,
            "error" => InstanceState::Error,
            _ => InstanceState::Unknown,
        }
    }
}

/// An instance as a list or a detail call shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Its name; empty where the answer has none.
    pub name: String,
    /// What it is doing.
    pub state: InstanceState,
    /// The marketplace's own word for it.
    pub status: String,
    /// Its public address.
    pub address: Option<String>,
    /// Forwarded ports; `None` where the answer says nothing of them.
    pub port_forwards: Option<Vec<PortForward>>,
    /// What it costs per hour, where the answer says so readably.
    pub rate_hourly: Option<Money>,
    /// Its GPUs: model and count.
    pub gpus: Vec<(String, u64)>,
}

impl Instance {
    /// An instance without envelope, or with its fields under `attributes`.
    pub(crate) fn read(json: Json<'_>) -> Option<Instance> {
        let id = InstanceId::read(json.get("id")?)?;
        let fields = json.get("attributes").filter(|a| a.is_object()).unwrap_or(json);
        let text = |names: &[&str], most| fields.any(names).and_then(Json::text).map(|text| clean(&text, most));
        let status = text(&["status"], 40).unwrap_or_default();
        Some(Instance {
            id,
            name: text(&["name"], 200).unwrap_or_default(),
            state: InstanceState::of_word(&status),
            status,
            address: text(&["ipAddress", "ip_address", "ip", "public_ip"], 100),
            port_forwards: fields.any(&["portForwards", "port_forwards"]).and_then(port_forwards),
            rate_hourly: fields.any(&["rateHourly", "rate_hourly"]).and_then(money),
            gpus: fields
                .get("resources")
                .and_then(|r| r.get("gpus"))
                .map_or(Vec::new(), gpus),
        })
    }
}

fn money(json: Json<'_>) -> Option<Money> {
    Money::parse(&json.scalar().digits()?).ok()
}

fn port(json: Json<'_>) -> Option<Port> {
    json.whole().and_then(Port::new)
}

/// `None` unless it is a list, or a map from external to internal port, all of which can be read.
fn port_forwards(json: Json<'_>) -> Option<Vec<PortForward>> {
    if json.is_list() {
        return json.items().into_iter().map(port_forward).collect();
    }
    let mapped = |(external, internal): (crate::json::Text<'_>, Json<'_>)| {
        Some(PortForward {
            internal_port: port(internal)?,
            external_port: external.resolve().trim().parse().ok().and_then(Port::new)?,
        })
    };
    json.is_object()
        .then(|| json.members().into_iter().map(mapped).collect())?
}

fn port_forward(json: Json<'_>) -> Option<PortForward> {
    Some(PortForward {
        internal_port: port(json.any(&["internal_port", "internalPort"])?)?,
        external_port: port(json.any(&["external_port", "externalPort"])?)?,
    })
}

/// GPUs by model: a map whose values may name the model better than its keys, or a list.
fn gpus<'a>(json: Json<'a>) -> Vec<(String, u64)> {
    let count = |json: Json<'_>| {
        json.any(&["count", "availableCount", "amount"])
            .and_then(Json::whole)
            .unwrap_or(0)
    };
    let name = |json: Json<'a>| json.any(&["v0Name", "gpuV0Name"]).and_then(Json::text);
    let keyed = json
        .members()
        .into_iter()
        .map(|(key, gpu)| (name(gpu).unwrap_or(key.resolve()), count(gpu)));
    let listed = json
        .items()
        .into_iter()
        .filter_map(|gpu| Some((name(gpu)?, count(gpu))));
    keyed
        .chain(listed)
        .map(|(name, count)| (clean(&name, 80), count))
        .collect()
}

/// A list of instances, and whether it may be taken for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceList {
    /// The entries that could be read.
    pub instances: Vec<Instance>,
    /// Why the list proves no absence; `None` for a complete, readable one.
    pub incomplete: Option<String>,
}

impl InstanceList {
    /// Whether what is not in this list does not exist.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_none()
    }

    /// The list in a body that is JSON and states no error: bare, under `data`, under a name, or in a typed envelope.
    pub(crate) fn read(body: Json<'_>) -> InstanceList {
        let Some(list) = find_list(body) else {
            return InstanceList {
                instances: Vec::new(),
                incomplete: Some("the answer holds no list of instances".into()),
            };
        };
        let entries = if list.is_list() {
            list.items()
        } else {
            list.members().into_iter().map(|(_, v)| v).collect()
        };
        let instances: Vec<Instance> = entries.iter().filter_map(|entry| Instance::read(*entry)).collect();
        let unreadable = entries.len() - instances.len();
        let nameless = instances.iter().filter(|instance| instance.name.is_empty()).count();
        let incomplete = match (unreadable, nameless) {
            (0, 0) => more_pages(body, entries.len()),
            (0, n) => Some(format!("{n} of {} instances have no name", entries.len())),
            (n, _) => Some(format!("{n} of {} instances could not be read", entries.len())),
        };
        InstanceList { instances, incomplete }
    }
}

/// The list itself, or a map by id. Where it is missing or `null` nothing is known: that would prove absence by silence.
fn find_list(body: Json<'_>) -> Option<Json<'_>> {
    let data = body.get("data").unwrap_or(body);
    if data.is_list() {
        return Some(data);
    }
    let holder = data.get("attributes").filter(|a| a.is_object()).unwrap_or(data);
    let list = holder.get("instances")?;
    (list.is_list() || list.is_object()).then_some(list)
}

/// Signs of further pages. None has ever been seen; a list that shows one proves nothing.
fn more_pages(body: Json<'_>, listed: usize) -> Option<String> {
    let data = body.get("data").filter(|data| data.is_object());
    let places = [
        Some(body),
        body.get("meta"),
        body.get("links"),
        body.get("pagination"),
        data,
    ];
    let more = places.into_iter().flatten().any(|place| {
        let next = place.any(&["next", "next_page", "nextPage", "next_cursor", "nextCursor"]);
        let more = place
            .any(&["has_more", "hasMore"])
            .is_some_and(|more| more.raw() == "true");
        let total = place.any(&["total", "total_count", "totalCount"]).and_then(Json::whole);
        next.is_some_and(|next| !matches!(next.raw(), "\"\"" | "false")) || more || total > Some(listed as u64)
    });
    more.then(|| "the list says that there is more of it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> InstanceList {
        InstanceList::read(Json::parse(text).unwrap())
    }

    const FLAT: &str = r#"{"type":"virtualmachine","id":"468b","name":"my-vm","status":"running","ipAddress":"203.0.113.10",
        "portForwards":[{"internal_port":22,"external_port":20456}],
        "resources":{"vcpu_count":8,"gpus":{"RTX 4090":{"count":1,"v0Name":"geforcertx4090-pcie-24gb"}}},"rateHourly":0.272999}"#;

    #[test]
    fn the_real_form_is_read_in_full() {
        let instance = Instance::read(Json::parse(FLAT).unwrap()).unwrap();
        assert_eq!((instance.id.as_str(), instance.name.as_str()), ("468b", "my-vm"));
        assert_eq!(instance.state, InstanceState::Running);
        assert_eq!(instance.address.as_deref(), Some("203.0.113.10"));
        assert_eq!(instance.rate_hourly, Some(Money::from_nanos(272_999_000)));
        assert_eq!(instance.gpus, [("geforcertx4090-pcie-24gb".to_owned(), 1)]);
        let forwards = instance.port_forwards.unwrap();
        assert_eq!(
            forwards.iter().map(|f| f.external_port.number()).collect::<Vec<_>>(),
            [20456]
        );
    }

    #[test]
    fn the_other_spellings_mean_the_same() {
        let swapped = FLAT
            .replace("ipAddress", "ip_address")
            .replace("portForwards", "port_forwards")
            .replace("internal_port", "internalPort")
            .replace("external_port", "externalPort")
            .replace("rateHourly", "rate_hourly");
        let (one, other) = (Json::parse(FLAT).unwrap(), Json::parse(&swapped).unwrap());
        assert_eq!(Instance::read(one), Instance::read(other));
        let mapped = Json::parse(r#"{"id":7,"port_forwards":{"20456":"22"}}"#).unwrap();
        assert_eq!(
            Instance::read(mapped).unwrap().port_forwards,
            Instance::read(one).unwrap().port_forwards
        );
        let none = Json::parse(r#"{"id":7,"portForwards":null}"#).unwrap();
        assert_eq!(Instance::read(none).unwrap().port_forwards, None);
    }

    #[test]
    fn every_form_of_a_list_is_read() {
        for text in [
            format!(r#"{{"data":[{FLAT}]}}"#),
            format!("[{FLAT}]"),
            format!(r#"{{"data":{{"instances":[{FLAT}]}}}}"#),
            format!(r#"{{"data":{{"instances":{{"468b":{FLAT}}}}}}}"#),
            format!(r#"{{"data":{{"type":"list","id":"instances","attributes":{{"instances":[{FLAT}]}}}}}}"#),
            r#"{"data":{"instances":[{"type":"VM","id":"468b","attributes":{"name":"my-vm","status":"Running"}}]}}"#
                .into(),
        ] {
            let list = list(&text);
            assert!(list.is_complete() && list.instances.len() == 1, "{text}");
            assert_eq!(list.instances[0].name, "my-vm");
        }
    }

    #[test]
    fn only_a_complete_list_says_so() {
        assert!(list(r#"{"data":[]}"#).is_complete());
        for text in [
            "{}",
            r#"{"data":null}"#,
            r#"{"data":"x"}"#,
            r#"{"data":[{"name":"no id"}]}"#,
            r#"{"data":[{"id":"no name"}]}"#,
            r#"{"data":[{"id":"../x","name":"a"}]}"#,
            r#"{"data":[],"meta":{"next":"/instances?page=2"}}"#,
            r#"{"data":[],"total":3}"#,
        ] {
            assert!(!list(text).is_complete(), "{text}");
        }
    }

    #[test]
    fn status_words_are_normalised() {
        assert_eq!(InstanceState::of_word("Stopped-Disassociated"), InstanceState::Released);
        assert_eq!(InstanceState::of_word("QUEUED"), InstanceState::Creating);
        assert_eq!(InstanceState::of_word("dancing"), InstanceState::Unknown);
    }
}
