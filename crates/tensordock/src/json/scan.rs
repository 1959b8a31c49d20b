//! A cursor that moves through JSON text from value to value and refuses whatever is not JSON.

use super::balanced::balanced;
use super::find::interruption;
use super::text::Text;
use super::value::Scalar;

/// Text that is not JSON: where, in bytes from its beginning, and what was expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Bytes before the fault.
    pub at: usize,
    /// What should have been there.
    pub expected: &'static str,
}

impl Broken {
    /// The same fault, in a text that begins this many bytes into another.
    pub fn after(self, bytes: usize) -> Broken {
        Broken {
            at: self.at + bytes,
            ..self
        }
    }
}

/// A cursor in a text.
#[derive(Debug, Clone)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

/// What a step of a scan gives.
pub(crate) type Scanned<T> = Result<T, Broken>;

impl<'a> Scan<'a> {
    /// At the beginning of a text.
    pub fn new(text: &'a str) -> Scan<'a> {
        Scan { text, at: 0 }
    }

    /// The first byte of what comes next, blanks skipped.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at).copied() {
                Some(byte) if byte > b' ' => return Some(byte),
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other,
            }
        }
    }

    /// Nothing but blanks may follow.
    pub fn end(&mut self) -> Scanned<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.broken("the end of the document")),
        }
    }

    /// Goes through the members of an object. `each` has to move past the member's value.
    #[inline]
    pub fn members(&mut self, mut each: impl FnMut(&mut Scan<'a>, Text<'a>) -> Scanned<()>) -> Scanned<()> {
        self.expect(b'{', "an object")?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            each(self, key)?;
            if self.ends(b'}', "`,` or `}`")? {
                return Ok(());
            }
        }
    }

    /// Goes through the items of a list. `each` has to move past the item.
    #[inline]
    pub fn items(&mut self, mut each: impl FnMut(&mut Scan<'a>) -> Scanned<()>) -> Scanned<()> {
        self.expect(b'[', "a list")?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.ends(b']', "`,` or `]`")? {
                return Ok(());
            }
        }
    }

    /// Between two parts: passes the comma, or the bracket that ends them, and says whether it was that.
    #[inline]
    fn ends(&mut self, bracket: u8, expected: &'static str) -> Scanned<bool> {
        let next = self.peek();
        if next != Some(b',') && next != Some(bracket) {
            return Err(self.broken(expected));
        }
        self.at += 1;
        Ok(next == Some(bracket))
    }

    /// A value that is no object and no list; one that is, is passed over.
    #[inline]
    pub fn scalar(&mut self) -> Scanned<Scalar<'a>> {
        match self.peek() {
            Some(b'"') => self.quoted().map(Scalar::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Scalar::Number),
            Some(b'{' | b'[') => self.value().map(|_| Scalar::Nested),
            Some(b't') => self.word("true").map(|()| Scalar::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Scalar::Bool(false)),
            Some(b'n') => self.word("null").map(|()| Scalar::Null),
            _ => Err(self.broken("a value")),
        }
    }

    /// Passes over any value, checking it, and gives its text. Nesting costs no stack.
    pub fn value(&mut self) -> Scanned<&'a str> {
        let mut open: Vec<bool> = Vec::new();
        self.peek();
        let start = self.at;
        loop {
            let opened = match self.peek() {
                Some(b'{') => Some(true),
                Some(b'[') => Some(false),
                _ => None,
            };
            if let Some(object) = opened {
                self.at += 1;
                if !self.take(closing(object)) {
                    open.push(object);
                    if object {
                        self.key()?;
                    }
                    continue;
                }
            } else {
                self.scalar()?;
            }
            if self.close(&mut open)? {
                return Ok(self.since(start));
            }
        }
    }

    /// After a value inside `open`: leaves what ends here, and says whether the outermost ended.
    fn close(&mut self, open: &mut Vec<bool>) -> Scanned<bool> {
        while let Some(object) = open.last().copied() {
            if self.take(closing(object)) {
                open.pop();
                continue;
            }
            self.expect(b',', "`,` or a closing bracket")?;
            if object {
                self.key()?;
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// Passes over a value by counting its brackets, and gives its text, which may be no JSON: whoever reads it will see.
    pub fn balanced(&mut self) -> Scanned<&'a str> {
        if !matches!(self.peek(), Some(b'{' | b'[')) {
            return self.value();
        }
        let start = self.at;
        let length = balanced(&self.text.as_bytes()[start..]);
        self.at = length.map_or(self.text.len(), |length| start + length);
        match length {
            Some(_) => Ok(self.since(start)),
            None => Err(self.broken("a closing bracket")),
        }
    }

    /// A string, its escapes checked but not yet resolved.
    #[cfg(test)]
    pub fn string(&mut self) -> Scanned<Text<'a>> {
        if self.peek() != Some(b'"') {
            return Err(self.broken("a string"));
        }
        self.quoted()
    }

    /// The same, where a quote is known to stand.
    #[inline]
    fn quoted(&mut self) -> Scanned<Text<'a>> {
        let start = self.at + 1;
        self.at = interruption(self.text.as_bytes(), start);
        let escaped = self.byte() != Some(b'"');
        if escaped {
            self.escapes()?;
        }
        let raw = self.since(start);
        self.at += 1;
        Ok(Text::new(raw, escaped))
    }

    /// From inside of a string to its closing quote.
    #[cold]
    fn escapes(&mut self) -> Scanned<()> {
        loop {
            match self.byte() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.broken("no control character inside a string")),
                None => return Err(self.broken("the end of a string")),
            }
            self.at = interruption(self.text.as_bytes(), self.at);
        }
    }

    fn escape(&mut self) -> Scanned<()> {
        let rest = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let length = match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') if rest.len() >= 5 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return Err(self.broken("an escape such as `\\n` or `\\u00e9`")),
        };
        self.at += length;
        Ok(())
    }

    /// A number of one to fifteen plain digits, which most whole numbers are; anything else is left where it is.
    #[inline]
    pub fn plain_number(&mut self) -> Option<u64> {
        let first = self.peek()?;
        let rest = self.text.as_bytes().get(self.at..)?;
        let (mut length, mut number) = (0, 0);
        for byte in rest.iter().take(16) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number * 10 + u64::from(digit);
            length += 1;
        }
        let goes_on = matches!(rest.get(length), Some(b'.' | b'e' | b'E'));
        let padded = first == b'0' && length > 1;
        if !(1..=15).contains(&length) || goes_on || padded {
            return None;
        }
        self.at += length;
        Some(number)
    }

    #[inline]
    fn number(&mut self) -> Scanned<&'a str> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(self.since(start))
    }

    #[inline]
    fn digits(&mut self) -> Scanned<()> {
        let start = self.at;
        while self.byte().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.broken("a digit"));
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Scanned<()> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.broken("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    #[inline]
    fn key(&mut self) -> Scanned<Text<'a>> {
        if self.peek() != Some(b'"') {
            return Err(self.broken("a name in quotes"));
        }
        let key = self.quoted()?;
        self.expect(b':', "`:`")?;
        Ok(key)
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    #[inline]
    fn expect(&mut self, byte: u8, expected: &'static str) -> Scanned<()> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.broken(expected))
        }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// How many bytes lie behind; blanks before what comes next are among them.
    pub fn position(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// The text from a position to here. Both lie beside ASCII, so they are character boundaries.
    #[inline]
    pub fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn broken(&self, expected: &'static str) -> Broken {
        Broken {
            at: self.at.min(self.text.len()),
            expected,
        }
    }
}

fn closing(object: bool) -> u8 {
    if object { b'}' } else { b']' }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Result<(), Broken> {
        let mut scan = Scan::new(text);
        scan.value()?;
        scan.end()
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(whole(&deep), Ok(()));
    }

    #[test]
    fn a_fault_is_told_where_it_is() {
        assert_eq!(
            whole(r#"{"a": 1,}"#),
            Err(Broken {
                at: 8,
                expected: "a name in quotes"
            })
        );
        assert_eq!(whole("[1, 2").map_err(|b| b.at), Err(5));
    }

    #[test]
    fn a_balanced_piece_ends_where_its_brackets_close() {
        let mut scan = Scan::new(r#" {"a":"}\"]","b":[{}]} , 7"#);
        assert_eq!(scan.balanced(), Ok(r#"{"a":"}\"]","b":[{}]}"#));
    }

    proptest! {
        /// The well-kept parser of the ecosystem is the oracle. It alone minds lone surrogates in what it passes over as a key.
        #[test]
        fn what_is_json_is_judged_as_by_serde(text in r#"([\[\]{},:" ]|"[a-z\\n]{0,3}"|-?[0-9.eE+]{1,4}|true|null|\\u[0-9]{4}|é){0,24}"#) {
            let judged = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(whole(&text).is_ok(), judged, "{}", text);
        }
    }
}
