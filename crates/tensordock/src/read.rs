//! From the bytes of an answer or a snapshot to a [`Fleet`].
//!
//! The document is split into one piece per host, and the pieces are read side by side: what is wrong in one host stays in it. What
//! spoils the whole document (no JSON, another schema, no hostnodes) is an error that says where. Decompression is not done here.

mod document;
mod gpus;
mod host;
mod number;

use gpu_place_core::fleet::{Fleet, FleetBuilder, HostReading, Origin};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

pub use document::SCHEMA;
pub(crate) use document::{Document, Entry, Fault, OuterId};

use crate::STEPS;
use crate::json::Broken;
use gpu_place_core::text::clean;

/// Hosts that are read side by side before they are entered one by one.
const BATCH: usize = 512;

/// A document that was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its hosts. The origin states digest and time.
    pub fleet: Fleet,
    /// The provider, where the document names one.
    pub provider: Option<String>,
    /// Where it came from, in the words of whoever recorded it.
    pub source: Option<String>,
}

/// Why a document could not be read as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("the document is empty; was it cut off?")]
    Empty,
    /// It is no text.
    #[error("not UTF-8 at byte {at}: this is no JSON document")]
    NotUtf8 {
        /// Good bytes before.
        at: usize,
    },
    /// It is no JSON.
    #[error("not JSON at line {line}, column {column} (byte {at}): expected {expected}{}", if *.cut { "; was it cut off?" } else { "" })]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// Good bytes before.
        at: usize,
        /// What should have been there.
        expected: &'static str,
        /// Whether the document just ends there.
        cut: bool,
    },
    /// It names a schema that is not this one.
    #[error("its schema is {found}, and only \"{SCHEMA}\" is known here; record it again, or use a newer gpu-place")]
    UnknownSchema {
        /// What it names.
        found: String,
    },
    /// It is JSON, but holds no hostnodes.
    #[error(
        "no hostnodes in it: it is {found}; expected a snapshot, or the API's answer to GET /hostnodes or /hostnodes/ID"
    )]
    NoHostnodes {
        /// What it is instead.
        found: &'static str,
    },
}

/// Reads the uncompressed bytes of a snapshot, or of the API's own answers.
pub fn read(bytes: &[u8]) -> Result<Read, ReadError> {
    let text = text(bytes)?;
    let (digest, parsed) = rayon::join(|| digest(bytes), || parse(text));
    finish(text, digest, parsed)
}

/// The same for whoever knows the [`digest`] of the bytes already.
pub fn read_digested(bytes: &[u8], digest: String) -> Result<Read, ReadError> {
    let text = text(bytes)?;
    finish(text, digest, parse(text))
}

fn finish(text: &str, digest: String, parsed: Result<(Document<'_>, FleetBuilder), Fault>) -> Result<Read, ReadError> {
    let (document, builder) = parsed.map_err(|fault| explain(text, fault))?;
    let origin = Origin {
        taken_at: document.taken_at.map(Into::into),
        digest,
        details: None,
    };
    Ok(Read {
        fleet: builder.finish(STEPS, origin),
        provider: document.provider.map(Into::into),
        source: document.source.map(Into::into),
    })
}

/// `sha256:` and the digest in lower-case hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    let hex = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    format!("sha256:{hex}")
}

/// The bytes as a text that is not blank.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    std::str::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 {
        at: error.valid_up_to(),
    })
}

fn parse(text: &str) -> Result<(Document<'_>, FleetBuilder), Fault> {
    let document = Document::parse(text)?;
    let mut builder = FleetBuilder::with_capacity(document.entries.len());
    // In batches, so that what is read is taken while it is still in the cache.
    for batch in document.entries.chunks(BATCH) {
        readings(batch)?.into_iter().for_each(|reading| builder.push(reading));
    }
    Ok((document, builder))
}

/// Every host of a document, read side by side, in order.
pub(crate) fn readings<'a>(entries: &[Entry<'a>]) -> Result<Vec<HostReading<'a>>, Broken> {
    let one = |entry: &Entry<'a>| host::read(entry).map_err(|broken| broken.after(entry.at));
    entries.par_iter().with_min_len(64).map(one).collect()
}

pub(crate) fn explain(text: &str, fault: Fault) -> ReadError {
    match fault {
        Fault::Broken(broken) => not_json(text, broken),
        Fault::UnknownSchema(found) => ReadError::UnknownSchema {
            found: clean(&found, 80),
        },
        Fault::NoHostnodes(found) => ReadError::NoHostnodes { found },
    }
}

fn not_json(text: &str, broken: Broken) -> ReadError {
    let before = text.get(..broken.at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    ReadError::NotJson {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        at: broken.at,
        expected: broken.expected,
        cut: broken.at >= text.trim_end().len(),
    }
}

#[cfg(test)]
mod tests;
