//! The shapes that the API's answers are known to come in.

use serde_json::{Map, Value, json};

use crate::refusal::IssueForm;

/// The shape of a list answer. NAME is `hostnodes` or `instances`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// `{"data":{NAME:[…]}}`, the form of hostnodes.
    Named,
    /// `{"data":[…]}`, the form of instances.
    Data,
    /// `[…]`
    Bare,
    /// `{"data":{NAME:{id:…}}}`
    ById,
    /// `{"data":{"type":"list","id":NAME,"attributes":{NAME:[…]}}}`
    Typed,
}

/// The shape of a detail answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailForm {
    /// `{"data":{…}}`, the form of a hostnode.
    Data,
    /// `{…}`, the form of an instance.
    Bare,
    /// `{"data":{"id":…,"attributes":{…}}}`
    Attributes,
}

/// The spelling of an instance's fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldCase {
    /// `ipAddress`, `portForwards`, `internal_port`, `rateHourly`: as really seen.
    #[default]
    Real,
    /// `ip_address`, `port_forwards`, `internalPort`, `rate_hourly`.
    Swapped,
}

/// The shapes of all answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forms {
    /// List of hostnodes.
    pub hostnodes: ListForm,
    /// Detail of a hostnode.
    pub hostnode: DetailForm,
    /// List of instances.
    pub instances: ListForm,
    /// Detail of an instance.
    pub instance: DetailForm,
    /// Spelling of an instance's fields.
    pub case: FieldCase,
    /// Wrapping of validation issues.
    pub issues: IssueForm,
}

impl Default for Forms {
    fn default() -> Self {
        Self {
            hostnodes: ListForm::Named,
            hostnode: DetailForm::Data,
            instances: ListForm::Data,
            instance: DetailForm::Bare,
            case: FieldCase::Real,
            issues: IssueForm::List,
        }
    }
}

impl ListForm {
    pub(crate) fn wrap(self, name: &str, entries: Vec<Value>) -> Value {
        match self {
            Self::Named => json!({ "data": { name: entries } }),
            Self::Data => json!({ "data": entries }),
            Self::Bare => Value::Array(entries),
            Self::ById => json!({ "data": { name: by_id(entries) } }),
            Self::Typed => {
                json!({ "data": { "type": "list", "id": name, "attributes": { name: entries } } })
            }
        }
    }
}

/// Entries without an id go by their place.
fn by_id(entries: Vec<Value>) -> Map<String, Value> {
    let key = |index: usize, entry: &Value| match entry.get("id") {
        Some(Value::String(id)) => id.clone(),
        _ => index.to_string(),
    };
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| (key(index, &entry), entry))
        .collect()
}

impl DetailForm {
    pub(crate) fn wrap(self, object: Value) -> Value {
        match self {
            Self::Data => json!({ "data": object }),
            Self::Bare => object,
            Self::Attributes => {
                let Value::Object(mut fields) = object else {
                    return object;
                };
                let id = fields.remove("id");
                json!({ "data": { "id": id, "attributes": fields } })
            }
        }
    }
}

pub(crate) struct FieldNames {
    pub address: &'static str,
    pub forwards: &'static str,
    pub internal: &'static str,
    pub external: &'static str,
    pub rate: &'static str,
}

impl FieldCase {
    pub(crate) const fn names(self) -> FieldNames {
        match self {
            Self::Real => FieldNames {
                address: "ipAddress",
                forwards: "portForwards",
                internal: "internal_port",
                external: "external_port",
                rate: "rateHourly",
            },
            Self::Swapped => FieldNames {
                address: "ip_address",
                forwards: "port_forwards",
                internal: "internalPort",
                external: "externalPort",
                rate: "rate_hourly",
            },
        }
    }
}
