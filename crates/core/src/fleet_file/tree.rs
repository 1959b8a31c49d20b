//! What TOML and JSON have in common: values, and where they stand.

use super::mistake::{At, Problem};
use super::{json, toml};

/// A value and the byte that it begins at.
#[derive(Debug)]
pub(super) struct Node {
    pub at: usize,
    pub value: Value,
}

/// A value. Numbers keep their digits.
#[derive(Debug)]
pub(super) enum Value {
    /// JSON's `null`: as if the key were not there, nor its default.
    Null,
    Flag(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Table(Table),
    /// A TOML date or time, for which there is no use.
    Date,
}

/// Keys and their values, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Table(pub Vec<Entry>);

/// One key with its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub key: String,
    pub at: usize,
    pub node: Node,
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }
}

impl Node {
    /// The value as a message shows it: short, on one line, without control characters.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Flag(flag) => flag.to_string(),
            Value::Number(digits) => shorten(digits),
            Value::Text(text) => quoted(text),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Date => "a date".to_owned(),
        }
    }
}

/// A text in quotes, short and without control characters.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shorten(text).escape_debug())
}

fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Reads JSON if the text is a JSON object, and TOML otherwise. Of a text that is neither, the mistake of the likelier format is told.
pub(super) fn parse(text: &str) -> Result<Table, At<Problem>> {
    json::parse(text).or_else(|not_json| {
        toml::parse(text).map_err(|not_toml| if begins_as_json(text) { not_json } else { not_toml })
    })
}

fn begins_as_json(text: &str) -> bool {
    let text = text.trim_start();
    let in_list = text
        .strip_prefix('[')
        .is_some_and(|rest| rest.trim_start().starts_with('{'));
    text.starts_with('{') || in_list
}
