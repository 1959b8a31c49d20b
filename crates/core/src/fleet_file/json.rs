//! JSON to the common tree.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::IgnoredAny;

use super::mistake::{At, Problem};
use super::tree::{Entry, Node, Table, Value};

/// Plain JSON, none of the extensions that the parser knows.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The object that the text is.
pub(super) fn parse(text: &str) -> Result<Table, At<Problem>> {
    // serde_json is the stricter judge and has the clearer messages; the other parser tells where each value stands.
    serde_json::from_str::<IgnoredAny>(text).map_err(|e| syntax(offset(text, e.line(), e.column()), &plain(&e)))?;
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT)
        .map_err(|e| syntax(e.range().start, &e.kind().to_string()))?;
    match parsed.value {
        Some(ast::Value::Object(object)) => Ok(table(object)),
        _ => Err(syntax(0, "a fleet file is an object with a list `vm`")),
    }
}

fn syntax(at: usize, message: &str) -> At<Problem> {
    let (format, message) = ("JSON", message.to_owned());
    At(at, Problem::Syntax { format, message })
}

/// The message without its position, which is told elsewhere.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    before + column.saturating_sub(1)
}

fn table(object: ast::Object<'_>) -> Table {
    let entry = |property: ast::ObjectProp<'_>| Entry {
        at: property.range.start,
        key: property.name.into_string(),
        node: node(property.value),
    };
    Table(object.properties.into_iter().map(entry).collect())
}

fn node(value: ast::Value<'_>) -> Node {
    let at = value.range().start;
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(flag) => Value::Flag(flag.value),
        ast::Value::NumberLit(number) => Value::Number(number.value.to_owned()),
        ast::Value::StringLit(text) => Value::Text(text.value.into_owned()),
        ast::Value::Array(array) => Value::List(array.elements.into_iter().map(node).collect()),
        ast::Value::Object(object) => Value::Table(table(object)),
    };
    Node { at, value }
}
