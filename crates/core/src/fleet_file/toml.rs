//! TOML to the common tree.

use toml_edit::{Document, InlineTable, Item, TableLike};

use super::mistake::{At, Problem};
use super::tree::{Entry, Node, Table, Value};

/// The top level of the text.
pub(super) fn parse(text: &str) -> Result<Table, At<Problem>> {
    let document = Document::parse(text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        let message = e.message().lines().collect::<Vec<_>>().join("; ");
        At(
            at,
            Problem::Syntax {
                format: "TOML",
                message,
            },
        )
    })?;
    Ok(table(text, document.as_table(), 0))
}

/// `at`: where the table begins, for those of its keys that have no place of their own.
fn table(text: &str, source: &dyn TableLike, at: usize) -> Table {
    let entry = |(key, item): (&str, &Item)| {
        let at = source.key(key).and_then(|k| k.span()).map_or(at, |span| span.start);
        let (key, node) = (key.to_owned(), item_node(text, item, at));
        Entry { key, at, node }
    };
    let mut entries: Vec<Entry> = source.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.at);
    Table(entries)
}

fn item_node(text: &str, item: &Item, key_at: usize) -> Node {
    let at = item.span().map_or(key_at, |span| span.start);
    let value = match item {
        Item::None => Value::Null,
        Item::Value(value) => return value_node(text, value, key_at),
        Item::Table(inner) => Value::Table(table(text, inner, at)),
        Item::ArrayOfTables(tables) => {
            let one = |inner: &toml_edit::Table| {
                let at = inner.span().map_or(key_at, |span| span.start);
                let value = Value::Table(table(text, inner, at));
                Node { at, value }
            };
            Value::List(tables.iter().map(one).collect())
        }
    };
    Node { at, value }
}

fn value_node(text: &str, value: &toml_edit::Value, key_at: usize) -> Node {
    let span = value.span().unwrap_or(key_at..key_at);
    let at = span.start;
    let value = match value {
        toml_edit::Value::String(inner) => Value::Text(inner.value().clone()),
        toml_edit::Value::Integer(inner) => Value::Number(inner.value().to_string()),
        toml_edit::Value::Float(_) => Value::Number(digits(text.get(span).unwrap_or_default())),
        toml_edit::Value::Boolean(inner) => Value::Flag(*inner.value()),
        toml_edit::Value::Datetime(_) => Value::Date,
        toml_edit::Value::Array(inner) => Value::List(inner.iter().map(|v| value_node(text, v, at)).collect()),
        toml_edit::Value::InlineTable(inner) => Value::Table(inline(text, inner, at)),
    };
    Node { at, value }
}

fn inline(text: &str, source: &InlineTable, at: usize) -> Table {
    table(text, source, at)
}

/// A float as JSON would write it: TOML also allows a plus sign and underscores.
fn digits(raw: &str) -> String {
    raw.strip_prefix('+').unwrap_or(raw).replace('_', "")
}
