//! Strings kept once: places, operators and models recur on thousands of hosts.
//!
//! Names are compared whatever their case and surrounding blanks, and shown as they were read.

use std::collections::HashMap;
use std::sync::Arc;

/// A string of one [`Names`] table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

/// What two names share that differ in case or surrounding blanks only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded(u32);

impl Folded {
    /// One bit out of 64: names without a common bit differ.
    pub(crate) const fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }
}

/// A table of strings.
#[derive(Debug, Clone, Default)]
pub struct Names {
    texts: Vec<Arc<str>>,
    folded: Vec<Folded>,
    by_text: HashMap<Arc<str>, Name>,
}

/// The form in which names are compared.
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

impl Names {
    /// The name of a text, entered if it is new.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.by_text.get(text) {
            return *name;
        }
        let folded = fold(text);
        let key = if folded == text {
            None
        } else {
            Some(self.intern(&folded).0)
        };
        let name = Name(self.texts.len() as u32);
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.folded.push(Folded(key.unwrap_or(name.0)));
        self.by_text.insert(text, name);
        name
    }

    /// The text as it was read.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |t| t)
    }

    /// What the name is compared by.
    pub fn folded(&self, name: Name) -> Folded {
        self.folded.get(name.0 as usize).copied().unwrap_or(Folded(name.0))
    }

    /// What a text is compared by, if any name of the table equals it.
    pub fn find(&self, text: &str) -> Option<Folded> {
        self.by_text.get(fold(text).as_str()).map(|name| Folded(name.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_read_and_compared_folded() {
        let mut names = Names::default();
        let (a, b, c) = (names.intern("Mölln"), names.intern(" MÖLLN "), names.intern("Berlin"));
        assert_eq!(names.text(b), " MÖLLN ");
        assert_eq!(names.folded(a), names.folded(b));
        assert_ne!(names.folded(a), names.folded(c));
        assert_eq!(names.find("mölln"), Some(names.folded(a)));
        assert_eq!(names.find("bern"), None);
    }
}
