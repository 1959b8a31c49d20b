//! A call as the marketplace receives it, without HTTP.

use serde_json::Value;

/// The method of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
    /// Any other method; no route answers to it.
    Other,
}

/// One call: method, path below the base URL, bearer token and body.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Path below the base URL, such as `/hostnodes/hn-1`, with its query if any.
    pub path: String,
    /// The bearer token sent along.
    pub token: Option<String>,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl Call {
    /// A call without token and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            token: None,
            body: Vec::new(),
        }
    }

    /// A read.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    /// The creation of an instance; `body` is the whole request document.
    pub fn create(body: &Value) -> Self {
        Self::new(Method::Post, "/instances").with_body(body)
    }

    /// The deletion of an instance.
    pub fn delete(instance_id: &str) -> Self {
        Self::new(Method::Delete, format!("/instances/{instance_id}"))
    }

    /// The same call with a JSON body.
    #[must_use]
    pub fn with_body(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self
    }

    /// The same call with a token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }
}

/// What a call asks for: the kinds that faults are aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// GET /locations
    Locations,
    /// GET /hostnodes
    Hostnodes,
    /// GET /hostnodes/{id}
    Hostnode,
    /// GET /instances
    Instances,
    /// GET /instances/{id}
    Instance,
    /// POST /instances
    Create,
    /// DELETE /instances/{id}
    Delete,
    /// POST /instances/{id}/start
    Start,
    /// POST /instances/{id}/stop
    Stop,
    /// PUT /instances/{id}/modify
    Modify,
    /// GET /secrets
    Secrets,
    /// No such route, or no such method on it.
    Unknown,
}

impl Op {
    /// Every operation that a route answers to.
    pub const ALL: [Self; 11] = [
        Self::Locations,
        Self::Hostnodes,
        Self::Hostnode,
        Self::Instances,
        Self::Instance,
        Self::Create,
        Self::Delete,
        Self::Start,
        Self::Stop,
        Self::Modify,
        Self::Secrets,
    ];
}

/// A call's operation and the id in its path; empty where the route has none.
pub(crate) fn route(call: &Call) -> (Op, String) {
    let path = call.path.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let parts = (parts.next(), parts.next(), parts.next(), parts.next());
    let (op, id) = match (call.method, parts) {
        (Method::Get, (Some("locations"), None, ..)) => (Op::Locations, ""),
        (Method::Get, (Some("hostnodes"), None, ..)) => (Op::Hostnodes, ""),
        (Method::Get, (Some("hostnodes"), Some(id), None, _)) => (Op::Hostnode, id),
        (Method::Get, (Some("instances"), None, ..)) => (Op::Instances, ""),
        (Method::Get, (Some("instances"), Some(id), None, _)) => (Op::Instance, id),
        (Method::Get, (Some("secrets"), None, ..)) => (Op::Secrets, ""),
        (Method::Post, (Some("instances"), None, ..)) => (Op::Create, ""),
        (Method::Delete, (Some("instances"), Some(id), None, _)) => (Op::Delete, id),
        (Method::Post, (Some("instances"), Some(id), Some("start"), None)) => (Op::Start, id),
        (Method::Post, (Some("instances"), Some(id), Some("stop"), None)) => (Op::Stop, id),
        (Method::Put, (Some("instances"), Some(id), Some("modify"), None)) => (Op::Modify, id),
        _ => (Op::Unknown, ""),
    };
    (op, percent_decoded(id))
}

/// Undoes percent-encoding; what is no valid escape stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%');
        let decoded = escape
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_told_apart() {
        let op = |method, path: &str| route(&Call::new(method, path));
        assert_eq!(op(Method::Get, "/hostnodes?gpu=x"), (Op::Hostnodes, String::new()));
        assert_eq!(
            op(Method::Get, "/hostnodes/a%2Fb%zz"),
            (Op::Hostnode, "a/b%zz".to_owned())
        );
        assert_eq!(op(Method::Put, "/instances/i/modify").0, Op::Modify);
        assert_eq!(op(Method::Delete, "/instances").0, Op::Unknown);
        assert_eq!(op(Method::Post, "/instances/i/start/now").0, Op::Unknown);
    }
}
