//! Where the hostnodes are in a document: every shape that answers and snapshots are known to come in.
//!
//! One pass over the text finds each host's piece of it. What is inside a piece is not looked at here.

use std::borrow::Cow;

use crate::json::{Broken, Json, Scan, Scanned, Text};

/// The schema of a recorded snapshot.
pub const SCHEMA: &str = "gpu-place/snapshot/1";
/// Names that lead to the hostnodes.
const ENVELOPES: [&str; 3] = ["data", "attributes", "hostnodes"];
/// How many envelopes may lie in each other.
const DEPTH: u32 = 4;

/// A document taken apart.
#[derive(Debug, Default)]
pub(crate) struct Document<'a> {
    /// `taken_at`, where it is stated.
    pub taken_at: Option<Cow<'a, str>>,
    /// `provider`, where it is stated.
    pub provider: Option<Cow<'a, str>>,
    /// `source`, where it is stated.
    pub source: Option<Cow<'a, str>>,
    /// The hosts in their order.
    pub entries: Vec<Entry<'a>>,
}

/// One host: the text of its object, and an id that stands outside of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// Its piece of the document. Not yet known to be JSON.
    pub text: &'a str,
    /// Bytes of the document before it.
    pub at: usize,
    /// The id from outside.
    pub id: OuterId<'a>,
}

/// An id that stands outside the host's own object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OuterId<'a> {
    /// There is none.
    None,
    /// The key in a map: counts where the host has no id of its own.
    Key(Text<'a>),
    /// The id of an envelope: counts before the host's own.
    Envelope(Json<'a>),
}

/// Why there are no hostnodes in a document.
#[derive(Debug)]
pub(crate) enum Fault {
    Broken(Broken),
    UnknownSchema(String),
    NoHostnodes(&'static str),
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Fault {
        Fault::Broken(broken)
    }
}

/// A value with the envelopes in it opened.
#[derive(Debug)]
struct Outline<'a> {
    text: &'a str,
    at: usize,
    inner: Inner<'a>,
}

#[derive(Debug)]
enum Inner<'a> {
    Map(Vec<(Text<'a>, Outline<'a>)>),
    /// Pieces whose brackets match; nothing else is known of them.
    List(Vec<(usize, &'a str)>),
    Leaf,
}

impl<'a> Document<'a> {
    /// Finds the hosts of a document.
    pub fn parse(text: &'a str) -> Result<Document<'a>, Fault> {
        let mut scan = Scan::new(text);
        let outline = outline(&mut scan, DEPTH)?;
        scan.end()?;
        let mut document = Document::default();
        for (name, field) in [
            ("taken_at", &mut document.taken_at),
            ("provider", &mut document.provider),
            ("source", &mut document.source),
        ] {
            *field = outline.get(name).and_then(|value| Json::parse(value.text).ok()?.text());
        }
        document.entries = hostnodes(outline)?;
        Ok(document)
    }
}

fn outline<'a>(scan: &mut Scan<'a>, depth: u32) -> Scanned<Outline<'a>> {
    let at = scan.position();
    let inner = match scan.peek() {
        Some(b'{') if depth > 0 => {
            let mut members = Vec::new();
            scan.members(|scan, key| {
                let envelope = ENVELOPES.iter().any(|name| key.is(name));
                members.push((key, outline(scan, if envelope { depth - 1 } else { 0 })?));
                Ok(())
            })?;
            Inner::Map(members)
        }
        Some(b'[') if depth > 0 => {
            let mut items = Vec::new();
            scan.items(|scan| {
                items.push((scan.position(), scan.balanced()?));
                Ok(())
            })?;
            Inner::List(items)
        }
        _ => {
            scan.value()?;
            Inner::Leaf
        }
    };
    Ok(Outline {
        text: scan.since(at),
        at,
        inner,
    })
}

impl<'a> Outline<'a> {
    fn get(&self, name: &str) -> Option<&Outline<'a>> {
        match &self.inner {
            Inner::Map(members) => members
                .iter()
                .rev()
                .find(|(key, _)| key.is(name))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Gives one member and drops the others, which then have to be JSON, too.
    fn take(self, name: &str) -> Scanned<Option<Outline<'a>>> {
        let Inner::Map(members) = self.inner else {
            return Ok(None);
        };
        let mut taken: Option<Outline<'a>> = None;
        for (key, value) in members {
            let dropped = if key.is(name) {
                taken.replace(value)
            } else {
                Some(value)
            };
            dropped.map_or(Ok(()), |dropped| dropped.check())?;
        }
        Ok(taken)
    }

    fn is_map(&self) -> bool {
        matches!(self.inner, Inner::Map(_))
    }

    fn is_null(&self) -> bool {
        self.text == "null"
    }

    /// Looks at the pieces that nobody else will look at.
    fn check(&self) -> Scanned<()> {
        match &self.inner {
            Inner::Map(members) => members.iter().try_for_each(|(_, value)| value.check()),
            Inner::List(items) => items
                .iter()
                .try_for_each(|(at, item)| Json::parse(item).map(drop).map_err(|broken| broken.after(*at))),
            Inner::Leaf => Ok(()),
        }
    }
}

/// Opens the envelopes and lists what is inside.
fn hostnodes(document: Outline<'_>) -> Result<Vec<Entry<'_>>, Fault> {
    let enveloped = document
        .get("data")
        .is_some_and(|data| !matches!(data.inner, Inner::Leaf));
    let empty = document.get("data").is_some_and(Outline::is_null) && document.get("hostnodes").is_none();
    let document = if enveloped {
        document.take("data")?.unwrap_or_else(no_outline)
    } else {
        document
    };
    let id = document.get("id").and_then(|id| Json::parse(id.text).ok());
    let typed = document.get("attributes").is_some_and(Outline::is_map);
    let document = if typed {
        document.take("attributes")?.unwrap_or_else(no_outline)
    } else {
        document
    };
    check_schema(&document)?;
    if document.get("hostnodes").is_some() {
        return listed(document.take("hostnodes")?.unwrap_or_else(no_outline));
    }
    if document.get("available_resources").is_some() {
        let id = id.filter(|_| typed).map_or(OuterId::None, OuterId::Envelope);
        let Outline { text, at, .. } = document;
        return Ok(vec![Entry { text, at, id }]);
    }
    if empty {
        return Ok(Vec::new());
    }
    if document.get("schema").is_some() {
        return Err(Fault::NoHostnodes("a snapshot without `hostnodes`"));
    }
    listed(document)
}

fn no_outline<'a>() -> Outline<'a> {
    Outline {
        text: "null",
        at: 0,
        inner: Inner::Leaf,
    }
}

fn check_schema(document: &Outline<'_>) -> Result<(), Fault> {
    let Some(schema) = document.get("schema") else {
        return Ok(());
    };
    match Json::parse(schema.text)?.text() {
        Some(schema) if schema == SCHEMA => Ok(()),
        _ => Err(Fault::UnknownSchema(schema.text.to_owned())),
    }
}

/// A list, a map by id, or nothing.
fn listed(hostnodes: Outline<'_>) -> Result<Vec<Entry<'_>>, Fault> {
    let bare = |(at, text)| Entry {
        text,
        at,
        id: OuterId::None,
    };
    let none = hostnodes.is_null();
    match hostnodes.inner {
        Inner::List(items) => Ok(items.into_iter().map(bare).collect()),
        Inner::Map(members) if is_map_of_hosts(&members) => Ok(by_id(members)),
        Inner::Map(_) => Err(Fault::NoHostnodes("an object that holds none")),
        Inner::Leaf if none => Ok(Vec::new()),
        Inner::Leaf => Err(Fault::NoHostnodes("a single value")),
    }
}

/// An error answer or some other document is not a map of hosts. An empty one lists no hosts.
fn is_map_of_hosts(members: &[(Text<'_>, Outline<'_>)]) -> bool {
    members.is_empty() || members.iter().any(|(_, value)| value.text.starts_with('{'))
}

/// Of equal keys the last counts, at the place of the first.
fn by_id<'a>(members: Vec<(Text<'a>, Outline<'a>)>) -> Vec<Entry<'a>> {
    let mut places = std::collections::HashMap::new();
    let mut entries: Vec<Entry<'a>> = Vec::with_capacity(members.len());
    for (key, value) in members {
        let entry = Entry {
            text: value.text,
            at: value.at,
            id: OuterId::Key(key),
        };
        let at = *places.entry(key.resolve()).or_insert(entries.len());
        match entries.get_mut(at) {
            Some(earlier) => *earlier = entry,
            None => entries.push(entry),
        }
    }
    entries
}
