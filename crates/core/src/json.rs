//! JSON as it is printed: one line per field, ending in a line break.

use serde::Serialize;

/// A value as a JSON document. The types that are printed have text keys and numbers that JSON knows, so nothing in them can fail.
pub fn document(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
