//! From a snapshot document to its hostnode objects.
//!
//! Reads every shape that the API or the snapshot file may have. The objects are kept
//! as they are, readable or not: the market shows what it was given.

use serde_json::{Map, Value};
use thiserror::Error;

/// Why a document offers no hostnodes.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It is not JSON.
    #[error("the snapshot is not JSON: {0}; decompress it first if it is compressed")]
    NotJson(#[from] serde_json::Error),
    /// It is JSON of another shape.
    #[error(
        "the snapshot holds no hostnodes: expected an object with `hostnodes`, an API answer, \
         an array of hostnodes or a map of hostnodes by id"
    )]
    NoHostnodes,
}

/// The hostnode objects of a snapshot document, an API answer, an array or a map by id.
pub(crate) fn hostnodes(document: Value) -> Result<Vec<Value>, DocumentError> {
    match document {
        Value::Array(hosts) => Ok(hosts),
        Value::Object(fields) => in_object(fields),
        _ => Err(DocumentError::NoHostnodes),
    }
}

fn in_object(mut fields: Map<String, Value>) -> Result<Vec<Value>, DocumentError> {
    if let Some(list) = fields.remove("hostnodes") {
        return listed(list);
    }
    for envelope in ["data", "attributes"] {
        if let Some(mut inner) = fields.remove(envelope) {
            if inner.is_null() {
                return Ok(Vec::new());
            }
            if let (Some(id), Value::Object(inner)) = (fields.remove("id"), &mut inner)
                && !inner.contains_key("hostnodes")
            {
                inner.entry("id").or_insert(id);
            }
            return hostnodes(inner);
        }
    }
    if fields.contains_key("available_resources") {
        return Ok(vec![Value::Object(fields)]);
    }
    if fields.values().all(Value::is_object) {
        return listed(Value::Object(fields));
    }
    Err(DocumentError::NoHostnodes)
}

/// An array, a map by id, or nothing at all.
fn listed(list: Value) -> Result<Vec<Value>, DocumentError> {
    match list {
        Value::Null => Ok(Vec::new()),
        Value::Array(hosts) => Ok(hosts),
        Value::Object(by_id) => Ok(by_id.into_iter().map(with_id).collect()),
        _ => Err(DocumentError::NoHostnodes),
    }
}

/// An entry without an id of its own goes by its key.
fn with_id((key, mut host): (String, Value)) -> Value {
    if let Value::Object(fields) = &mut host {
        fields.entry("id").or_insert(Value::String(key));
    }
    host
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_shape_gives_the_same_hosts() {
        let host = json!({"id": "a", "available_resources": {}});
        let nameless = json!({"available_resources": {}});
        for document in [
            json!([host]),
            json!({"hostnodes": [host]}),
            json!({"data": {"hostnodes": [host]}}),
            json!({"data": {"hostnodes": {"a": nameless}}}),
            json!({"data": [host]}),
            json!({"data": host}),
            json!({"data": {"id": "a", "attributes": nameless}}),
            json!({"data": {"type": "list", "id": "x", "attributes": {"hostnodes": [host]}}}),
            json!({"a": nameless}),
            host.clone(),
        ] {
            let hosts = hostnodes(document.clone()).expect("a known shape");
            assert_eq!(hosts, std::slice::from_ref(&host), "{document}");
        }
    }

    #[test]
    fn nothing_is_an_empty_market_and_nonsense_an_error() {
        for document in [json!([]), json!({"data": null}), json!({"hostnodes": null}), json!({})] {
            assert!(hostnodes(document).expect("empty").is_empty());
        }
        for document in [json!(1), json!({"hostnodes": 1}), json!({"x": 1})] {
            assert!(matches!(hostnodes(document), Err(DocumentError::NoHostnodes)));
        }
    }
}
