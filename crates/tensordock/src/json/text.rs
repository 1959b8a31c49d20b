//! Strings as they stand in JSON, resolved only where they are needed.

use std::borrow::Cow;

/// A string of a JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    pub(super) fn new(raw: &'a str, escaped: bool) -> Text<'a> {
        Text { raw, escaped }
    }

    /// The string itself. A lone half of a surrogate pair, which no text can hold, becomes `U+FFFD`.
    pub fn resolve(self) -> Cow<'a, str> {
        if self.escaped {
            Cow::Owned(unescape(self.raw).0)
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// The string itself, or `None` if it holds a lone half of a surrogate pair.
    pub fn exact(self) -> Option<Cow<'a, str>> {
        if !self.escaped {
            return Some(Cow::Borrowed(self.raw));
        }
        let (text, faithful) = unescape(self.raw);
        faithful.then_some(Cow::Owned(text))
    }

    /// Whether this is the string `word`.
    #[inline]
    pub fn is(self, word: &str) -> bool {
        if self.escaped {
            self.resolve() == word
        } else {
            self.raw == word
        }
    }
}

/// Resolves checked escapes; says whether no lone surrogate had to be replaced.
fn unescape(raw: &str) -> (String, bool) {
    let mut text = String::with_capacity(raw.len());
    let mut faithful = true;
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let (c, length) = escape(after);
        faithful &= c.is_some();
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = after.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    (text, faithful)
}

/// What stands after a backslash: the character, and how many bytes it takes.
fn escape(after: &str) -> (Option<char>, usize) {
    let simple = |c| (Some(c), 1);
    match after.as_bytes().first() {
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => unit(after).map_or((None, 5), |first| pair(first, after)),
        Some(byte) => simple(char::from(*byte)),
        None => (None, 0),
    }
}

/// The number in `uXXXX`.
fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.get(1..5)?, 16).ok()
}

/// One unit, or two that make up one character.
fn pair(first: u32, after: &str) -> (Option<char>, usize) {
    let second = after.get(5..).and_then(|rest| rest.strip_prefix('\\'));
    let low = second.filter(|s| s.starts_with('u')).and_then(unit);
    match (first, low) {
        (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code), 11)
        }
        _ => (char::from_u32(first), 5),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::Scan;

    fn text(json: &str) -> Text<'_> {
        Scan::new(json).string().unwrap()
    }

    #[test]
    fn lone_surrogates_are_told_apart_from_pairs() {
        assert_eq!(text(r#""\ud83d\ude00x""#).exact().unwrap(), "😀x");
        assert_eq!(text(r#""a\ud83d""#).exact(), None);
        assert_eq!(text(r#""\ude00\ud83d\u0041""#).resolve(), "\u{fffd}\u{fffd}A");
    }

    #[test]
    fn an_escaped_name_is_still_that_name() {
        assert!(text(r#""d\u0061ta""#).is("data") && text(r#""data""#).is("data") && !text(r#""dat""#).is("data"));
    }

    proptest! {
        #[test]
        fn what_was_escaped_comes_back(original in "[ -~\u{0}-\u{20}é😀\"\\\\]{0,20}") {
            let json = serde_json::to_string(&original).unwrap();
            prop_assert_eq!(text(&json).exact().unwrap(), original.as_str());
        }
    }
}
