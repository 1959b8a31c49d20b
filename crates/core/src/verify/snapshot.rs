//! Whether a plan speaks of the fleet that it is judged by.

use super::case::Case;
use super::finding::Finding;
use crate::plan::SCHEMA;

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let (told, origin) = (&case.plan.snapshot, case.fleet.origin());
    let mut same = |field: &'static str, found: String, expected: String| {
        if found != expected {
            findings.push(Finding::Snapshot { field, found, expected });
        }
    };
    let time = |at: &Option<String>| at.clone().unwrap_or_else(|| "null".to_owned());
    same("schema", case.plan.schema.to_owned(), SCHEMA.to_owned());
    same("snapshot.digest", told.digest.clone(), origin.digest.clone());
    same("snapshot.taken_at", time(&told.taken_at), time(&origin.taken_at));
    same(
        "snapshot.hosts",
        told.hosts.to_string(),
        case.fleet.listed().to_string(),
    );
    same(
        "snapshot.malformed",
        told.malformed.to_string(),
        case.fleet.malformed().len().to_string(),
    );
    // A snapshot that was saved no longer tells how many details were fetched for it.
    if let Some(details) = origin.details {
        let found = told.details.map_or("null".to_owned(), |n| n.to_string());
        same("snapshot.details", found, details.to_string());
    }
}
