//! Looking a table's keys up, collecting what is wrong with them.

use std::collections::HashSet;

use super::keys::Section;
use super::mistake::{At, Problem};
use super::tree::{Node, Table, Value};
use super::value::{Expected, ValueError};

/// The mistakes found so far.
pub(super) type Mistakes = Vec<At<Problem>>;

/// A table, with the values it falls back on.
pub(super) struct View<'a> {
    pub section: Section,
    pub own: &'a Table,
    pub defaults: Option<&'a Table>,
}

/// A value found under a key.
pub(super) struct Found<'a> {
    pub key: &'static str,
    pub section: Section,
    pub node: &'a Node,
}

impl<'a> View<'a> {
    /// What is stated under the key here, else in the defaults. `null` states nothing, and takes a default back.
    pub fn find(&self, key: &'static str) -> Option<Found<'a>> {
        let (entry, section) = match self.own.get(key) {
            Some(entry) => (entry, self.section.clone()),
            None => (self.defaults?.get(key).filter(|_| key != "name")?, Section::Defaults),
        };
        let node = &entry.node;
        (!matches!(node.value, Value::Null)).then_some(Found { key, section, node })
    }

    /// The value of a key; `None` if it is not stated, or not readable, which is then noted.
    pub fn read<T>(
        &self,
        key: &'static str,
        mistakes: &mut Mistakes,
        read: impl FnOnce(&Node) -> Result<T, ValueError>,
    ) -> Option<T> {
        let found = self.find(key)?;
        read(found.node)
            .map_err(|error| mistakes.push(found.wrong(found.node, error)))
            .ok()
    }

    /// The values of a list; `None` if there is no list, empty if it is empty.
    pub fn read_list<T>(
        &self,
        key: &'static str,
        list: Expected,
        mistakes: &mut Mistakes,
        mut read: impl FnMut(&Node) -> Result<T, ValueError>,
    ) -> Option<Vec<T>> {
        let found = self.find(key)?;
        let Value::List(nodes) = &found.node.value else {
            mistakes.push(found.wrong(found.node, list.instead_of(found.node.shown())));
            return None;
        };
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            match read(node) {
                Ok(value) => values.push(value),
                Err(error) => mistakes.push(found.wrong(node, error)),
            }
        }
        Some(values)
    }

    /// Notes each key that is unknown here or stated twice.
    pub fn check_keys(&self, mistakes: &mut Mistakes) {
        let known = self.section.keys();
        let mut seen = HashSet::new();
        for entry in &self.own.0 {
            let (key, section) = (entry.key.clone(), self.section.clone());
            if !known.contains(&key.as_str()) {
                mistakes.push(At(entry.at, Problem::UnknownKey { key, section }));
            } else if !seen.insert(&entry.key) {
                mistakes.push(At(entry.at, Problem::KeyTwice { key, section }));
            }
        }
    }
}

impl Found<'_> {
    /// The mistake of a value under this key.
    pub fn wrong(&self, node: &Node, error: ValueError) -> At<Problem> {
        let (key, section) = (self.key.to_owned(), self.section.clone());
        At(node.at, Problem::Value { key, section, error })
    }
}

/// The text of a text, handed to its reader.
pub(super) fn text<T>(
    expected: Expected,
    read: impl FnOnce(&str) -> Result<T, ValueError>,
) -> impl FnOnce(&Node) -> Result<T, ValueError> {
    move |node| match &node.value {
        Value::Text(text) => read(text),
        _ => Err(expected.instead_of(node.shown())),
    }
}

/// The digits of a number, handed to its reader.
pub(super) fn number<T>(
    expected: Expected,
    read: impl FnOnce(&str) -> Result<T, ValueError>,
) -> impl FnOnce(&Node) -> Result<T, ValueError> {
    move |node| match &node.value {
        Value::Number(digits) => read(digits),
        _ => Err(expected.instead_of(node.shown())),
    }
}

/// A whole number within limits.
pub(super) fn whole(least: u64, most: u64) -> impl FnOnce(&Node) -> Result<u64, ValueError> {
    number(Expected::Whole { least, most }, move |digits| {
        super::value::whole(digits, least, most)
    })
}

/// `true` or `false`.
pub(super) fn flag(node: &Node) -> Result<bool, ValueError> {
    match node.value {
        Value::Flag(flag) => Ok(flag),
        _ => Err(Expected::Flag.instead_of(node.shown())),
    }
}
