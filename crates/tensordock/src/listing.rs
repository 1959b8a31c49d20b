//! Hostnodes as the API gave them, each a text of its own: what a snapshot is written from.
//!
//! Every field is kept, known or not. Planning live replaces an entry of the list by the host's detail; the fleet that is planned on
//! is always read from the very document that would be saved.

use std::collections::HashMap;

use gpu_place_core::fleet::{Fleet, HostId, HostReading, Origin};

use crate::PROVIDER;
use crate::json::{Json, Scalar};
use crate::read::{self, Document, Entry, OuterId, ReadError, SCHEMA};

/// The answer to a list call, entry by entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    taken_at: String,
    hosts: Vec<Option<String>>,
    by_id: HashMap<HostId, usize>,
}

/// The answer to a detail call: one host's object, complete with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostDetail {
    id: HostId,
    text: String,
}

/// Why a body is no detail of the host that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetailError {
    /// It can't be read at all.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It holds no host, or several.
    #[error("the answer holds {0} hosts instead of one")]
    NotOne(usize),
    /// It is about another host.
    #[error("the answer is about host `{}` instead of `{}`", gpu_place_core::text::clean(.found.as_str(), 80), gpu_place_core::text::clean(.asked.as_str(), 80))]
    OtherHost {
        /// Whose detail was asked for.
        asked: HostId,
        /// Whose it is.
        found: HostId,
    },
}

impl Listing {
    /// Takes the body of a list call apart. `taken_at` is the time of the call, as it shall be written down.
    pub fn parse(body: &[u8], taken_at: &str) -> Result<Listing, ReadError> {
        let text = read::text(body)?;
        let document = Document::parse(text).map_err(|fault| read::explain(text, fault))?;
        let readings = read::readings(&document.entries).map_err(|broken| read::explain(text, broken.into()))?;
        let mut by_id = HashMap::with_capacity(readings.len());
        for (at, reading) in readings.iter().enumerate() {
            if let Some(id) = id_of(reading) {
                by_id.entry(id).or_insert(at);
            }
        }
        Ok(Listing {
            taken_at: taken_at.to_owned(),
            hosts: document
                .entries
                .iter()
                .map(|entry| Some(self_contained(entry)))
                .collect(),
            by_id,
        })
    }

    /// The time of the list call.
    pub fn taken_at(&self) -> &str {
        &self.taken_at
    }

    /// How many hosts are in it, readable or not.
    pub fn len(&self) -> usize {
        self.hosts.iter().flatten().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of all hosts that have one, in the order of the list, each once.
    pub fn ids(&self) -> Vec<HostId> {
        let mut ids: Vec<(&HostId, usize)> = self.by_id.iter().map(|(id, at)| (id, *at)).collect();
        ids.sort_unstable_by_key(|(_, at)| *at);
        ids.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// Replaces the list's entry of a host by its detail. A host that was not listed is added.
    pub fn put(&mut self, detail: HostDetail) {
        let at = *self.by_id.entry(detail.id).or_insert(self.hosts.len());
        match self.hosts.get_mut(at) {
            Some(host) => *host = Some(detail.text),
            None => self.hosts.push(Some(detail.text)),
        }
    }

    /// Drops a host that is gone.
    pub fn remove(&mut self, id: &HostId) {
        if let Some(host) = self.by_id.remove(id).and_then(|at| self.hosts.get_mut(at)) {
            *host = None;
        }
    }

    /// The whole as a `gpu-place/snapshot/1` document, one line per host.
    pub fn document(&self, source: &str) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let (schema, provider) = (quoted(SCHEMA), quoted(PROVIDER));
        let (taken_at, source) = (quoted(&self.taken_at), quoted(source));
        let size: usize = self.hosts.iter().flatten().map(|host| host.len() + 2).sum();
        let mut text = String::with_capacity(size + 200 + source.len());
        text += &format!(
            "{{\"schema\": {schema}, \"provider\": {provider}, \"taken_at\": {taken_at}, \"source\": {source},\n"
        );
        text += "\"hostnodes\": [";
        for (i, host) in self.hosts.iter().flatten().enumerate() {
            text += if i == 0 { "\n" } else { ",\n" };
            text += host;
        }
        text += "\n]}\n";
        text
    }
}

impl HostDetail {
    /// Reads the body of a detail call for one host. A body without an id is taken to be about the host that was asked for.
    pub fn parse(asked: &HostId, body: &[u8]) -> Result<HostDetail, DetailError> {
        let text = read::text(body)?;
        let document = Document::parse(text).map_err(|fault| read::explain(text, fault))?;
        let readings = read::readings(&document.entries).map_err(|broken| read::explain(text, broken.into()))?;
        let (entry, reading) = match (&document.entries[..], &readings[..]) {
            ([entry], [reading]) => (entry, reading),
            (entries, _) => return Err(DetailError::NotOne(entries.len())),
        };
        let text = self_contained(entry);
        let text = match id_of(reading) {
            Some(found) if found == *asked => text,
            Some(found) => {
                return Err(DetailError::OtherHost {
                    asked: asked.clone(),
                    found,
                });
            }
            None => with_id(&text, &serde_json::Value::from(asked.as_str()).to_string()),
        };
        Ok(HostDetail {
            id: asked.clone(),
            text,
        })
    }

    /// The host's id.
    pub fn id(&self) -> &HostId {
        &self.id
    }

    /// A fleet of this one host.
    pub fn fleet(&self) -> Result<Fleet, ReadError> {
        let document = format!("[{}]", self.text);
        Ok(read::read(document.as_bytes())?.fleet)
    }
}

/// The fleet of a document, planned live with this many details fetched.
pub fn live_fleet(document: &str, details: u32) -> Result<Fleet, ReadError> {
    let fleet = read::read(document.as_bytes())?.fleet;
    let origin = Origin {
        details: Some(details),
        ..fleet.origin().clone()
    };
    Ok(fleet.with_origin(origin))
}

fn id_of(reading: &HostReading<'_>) -> Option<HostId> {
    match reading {
        HostReading::Host(host) => Some(HostId::new(&host.id)),
        HostReading::Malformed { id, .. } => id.as_deref().map(HostId::new),
    }
}

/// An entry's text with the id in it that stood outside.
fn self_contained(entry: &Entry<'_>) -> String {
    let own = || Json::parse(entry.text).ok().and_then(|host| host.get("id"));
    match entry.id {
        OuterId::None => entry.text.to_owned(),
        OuterId::Key(_) if own().is_some() => entry.text.to_owned(),
        OuterId::Key(key) => with_id(entry.text, &serde_json::Value::from(key.resolve()).to_string()),
        // Of equal names the last counts, as the envelope's id does.
        OuterId::Envelope(id) if own().is_some() => match entry.text.trim_end().strip_suffix('}') {
            Some(open) => format!("{open}, \"id\": {}}}", id.raw()),
            None => entry.text.to_owned(),
        },
        OuterId::Envelope(id) => with_id(entry.text, id.raw()),
    }
}

/// An object with this id, which is JSON, as its first member; anything else stays as it is.
fn with_id(text: &str, id: &str) -> String {
    let Some(rest) = text.trim_start().strip_prefix('{') else {
        return text.to_owned();
    };
    let empty = matches!(Json::parse(text).map(Json::scalar), Ok(Scalar::Nested)) && rest.trim_start().starts_with('}');
    let comma = if empty { "" } else { ", " };
    format!("{{\"id\": {id}{comma}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = r#"{"id":"a","later":[1,  2.50],"available_resources":{"gpus":[],"vcpu_count":1,"ram_gb":1,"storage_gb":1},
        "pricing":{"per_vcpu_hr":1,"per_gb_ram_hr":1,"per_gb_storage_hr":1}}"#;

    fn listing(hosts: &str) -> Listing {
        Listing::parse(
            format!(r#"{{"data":{{"hostnodes":[{hosts}]}}}}"#).as_bytes(),
            "2026-11-23T12:00:00Z",
        )
        .unwrap()
    }

    fn fleet(listing: &Listing) -> Fleet {
        live_fleet(&listing.document("test"), 1).unwrap()
    }

    #[test]
    fn every_field_is_written_back_as_it_was() {
        let document = listing(&format!(r#"{A}, 7, {{"x":1}}"#)).document("a \"test\"");
        assert!(document.contains(A) && document.contains("\n7,\n{\"x\":1}\n"));
        let read = read::read(document.as_bytes()).unwrap();
        assert_eq!(read.source.as_deref(), Some("a \"test\""));
        assert_eq!((read.fleet.hosts().len(), read.fleet.malformed().len()), (1, 2));
        assert_eq!(read.fleet.origin().taken_at.as_deref(), Some("2026-11-23T12:00:00Z"));
    }

    #[test]
    fn a_detail_takes_the_place_of_its_entry() {
        let mut listing = listing(&format!("{A},{}", A.replace("\"a\"", "\"b\"")));
        let body = format!(
            r#"{{"data":{}}}"#,
            A.replace("\"gpus\"", "\"available_ports\":[22],\"gpus\"")
        );
        listing.put(HostDetail::parse(&HostId::new("a"), body.as_bytes()).unwrap());
        let read = fleet(&listing);
        let ports: Vec<bool> = read.hosts().iter().map(|host| host.ports.is_some()).collect();
        assert_eq!(ports, [true, false]);
        listing.remove(&HostId::new("a"));
        assert_eq!(fleet(&listing).listed(), 1);
        assert_eq!(listing.ids(), [HostId::new("b")]);
    }

    #[test]
    fn ids_from_outside_come_along() {
        let bare = A.replacen(r#""id":"a","#, "", 1);
        for body in [
            format!(r#"{{"a":{bare}}}"#),
            format!(r#"{{"data":{{"id":"a","attributes":{bare}}}}}"#),
            format!(
                r#"{{"data":{{"id":"a","attributes":{}}}}}"#,
                A.replace("\"a\"", "\"z\"")
            ),
        ] {
            let listing = Listing::parse(body.as_bytes(), "T").unwrap();
            assert_eq!(listing.ids(), [HostId::new("a")], "{body}");
            assert_eq!(fleet(&listing).hosts()[0].id, HostId::new("a"), "{body}");
        }
        let detail = HostDetail::parse(&HostId::new("a"), format!(r#"{{"data":{bare}}}"#).as_bytes()).unwrap();
        assert_eq!(detail.fleet().unwrap().hosts()[0].id, HostId::new("a"));
    }

    #[test]
    fn an_answer_about_another_host_is_none() {
        let error = HostDetail::parse(&HostId::new("b"), A.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "the answer is about host `a` instead of `b`");
        assert!(matches!(
            HostDetail::parse(&HostId::new("b"), b"[]"),
            Err(DetailError::NotOne(0))
        ));
    }
}
