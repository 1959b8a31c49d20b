//! Values inside a text that is known to be JSON.

use std::borrow::Cow;

use super::scan::{Broken, Scan, Scanned};
use super::text::Text;

/// A value that holds no others, or the fact that it does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scalar<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as its digits stand.
    Number(&'a str),
    /// A string.
    Text(Text<'a>),
    /// An object or a list.
    Nested,
}

impl<'a> Scalar<'a> {
    /// The digits of a number, or of a string that may be one.
    #[inline]
    pub fn digits(self) -> Option<Cow<'a, str>> {
        match self {
            Scalar::Number(digits) => Some(Cow::Borrowed(digits)),
            Scalar::Text(text) => Some(match text.resolve() {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            }),
            _ => None,
        }
    }

    /// A string that is not empty.
    #[inline]
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Scalar::Text(text) => Some(text.resolve()).filter(|t| !t.is_empty()),
            _ => None,
        }
    }
}

/// A value by its text, which is JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// The one value of a whole document.
    pub fn parse(document: &'a str) -> Result<Json<'a>, Broken> {
        let mut scan = Scan::new(document);
        let value = scan.value()?;
        scan.end()?;
        Ok(Json(value))
    }

    /// The value that a scan comes to next.
    pub fn scan(scan: &mut Scan<'a>) -> Scanned<Json<'a>> {
        scan.value().map(Json)
    }

    /// Its text.
    pub fn raw(self) -> &'a str {
        self.0
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        self.0.starts_with('[')
    }

    /// The members of an object; none of anything else.
    pub fn members(self) -> Vec<(Text<'a>, Json<'a>)> {
        let mut members = Vec::new();
        if self.is_object() {
            // The text is known to be JSON: it can't break.
            let _ = Scan::new(self.0).members(|scan, key| {
                members.push((key, Json(scan.balanced()?)));
                Ok(())
            });
        }
        members
    }

    /// The items of a list; none of anything else.
    pub fn items(self) -> Vec<Json<'a>> {
        let mut items = Vec::new();
        if self.is_list() {
            let _ = Scan::new(self.0).items(|scan| {
                items.push(Json(scan.balanced()?));
                Ok(())
            });
        }
        items
    }

    /// The member of this name; of several the last.
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        self.members()
            .into_iter()
            .rev()
            .find(|(key, _)| key.is(name))
            .map(|(_, value)| value)
    }

    /// The first of these names that is there and not `null`.
    pub fn any(self, names: &[&str]) -> Option<Json<'a>> {
        names.iter().find_map(|name| self.get(name).filter(|v| !v.is_null()))
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The value where it is no object and no list.
    pub fn scalar(self) -> Scalar<'a> {
        Scan::new(self.0).scalar().unwrap_or(Scalar::Nested)
    }

    /// A string that is not empty.
    pub fn text(self) -> Option<Cow<'a, str>> {
        self.scalar().text()
    }

    /// The digits of a number that is no string.
    pub fn number(self) -> Option<&'a str> {
        match self.scalar() {
            Scalar::Number(digits) => Some(digits),
            _ => None,
        }
    }

    /// A whole number, written as one or in a string.
    pub fn whole(self) -> Option<u64> {
        let digits = self.scalar().digits()?;
        gpu_place_core::number::Digits::parse(&digits).ok()?.floored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_names_counts() {
        let json = Json::parse(r#" {"a":1,"b":[{"a":7}, "x"],"a":"2 "} "#).unwrap();
        assert_eq!(json.get("a").and_then(Json::whole), Some(2));
        assert_eq!(json.get("b").unwrap().items()[1].text().unwrap(), "x");
        assert!(json.get("c").is_none() && json.items().is_empty());
        assert_eq!(json.any(&["c", "a"]).unwrap().raw(), r#""2 ""#);
    }

    #[test]
    fn a_document_is_one_value() {
        assert!(Json::parse("1 2").is_err() && Json::parse("").is_err() && Json::parse("{}x").is_err());
    }
}
