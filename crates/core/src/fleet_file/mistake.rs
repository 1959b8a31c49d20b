//! What can be wrong with a fleet file, and how it is told.

use std::fmt;

use super::SCHEMA;
use super::keys;
use super::value::ValueError;

pub use super::keys::Section;

/// All mistakes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetFileError {
    file: String,
    mistakes: Vec<Mistake>,
}

/// One mistake and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The character in its line, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The text is neither JSON nor TOML.
    Syntax {
        /// The format that it looks like.
        format: &'static str,
        /// What that format's reader says.
        message: String,
    },
    /// The file is for another version.
    Schema(String),
    /// No VM is asked for.
    Empty,
    /// More VMs are asked for than [`super::MOST_VMS`].
    TooMany,
    /// There is no such key here.
    UnknownKey {
        /// The key as written.
        key: String,
        /// Where it was written.
        section: Section,
    },
    /// A key is stated twice in one table.
    KeyTwice {
        /// The key.
        key: String,
        /// Where.
        section: Section,
    },
    /// A key that has to be there is not.
    MissingKey {
        /// The key.
        key: &'static str,
        /// Where it belongs.
        section: Section,
    },
    /// A value is of the wrong type, out of range, or unreadable.
    Value {
        /// Its key.
        key: String,
        /// Where.
        section: Section,
        /// What was expected and what was found.
        error: ValueError,
    },
    /// Two VMs have one name.
    NameTwice {
        /// The name.
        name: String,
        /// The line of the first.
        first_line: usize,
    },
}

/// Something and the byte of the text that it belongs to.
#[derive(Debug, PartialEq)]
pub(super) struct At<T>(pub usize, pub T);

impl FleetFileError {
    pub(super) fn new(file: &str, text: &str, mut mistakes: Vec<At<Problem>>) -> FleetFileError {
        mistakes.sort_by_key(|At(at, _)| *at);
        // What is wrong with a default is found again for every VM that takes it.
        mistakes.dedup();
        let mut cursor = Cursor::new(text);
        let place = |At(at, problem): At<Problem>| {
            let (line, column) = cursor.advance_to(at);
            Mistake { line, column, problem }
        };
        FleetFileError {
            file: file.to_owned(),
            mistakes: mistakes.into_iter().map(place).collect(),
        }
    }

    /// The mistakes in the order of their lines; never none.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

/// Counts lines and characters up to one byte after another, so that many mistakes take one walk through the text.
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    column: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Cursor<'a> {
        let text = text.as_bytes();
        Cursor {
            text,
            at: 0,
            line: 1,
            column: 1,
        }
    }

    /// Line and character of a byte that is not before the last one, both from 1.
    pub fn advance_to(&mut self, at: usize) -> (usize, usize) {
        let at = at.min(self.text.len());
        for byte in self.text.get(self.at..at).unwrap_or_default() {
            match byte {
                b'\n' => (self.line, self.column) = (self.line + 1, 1),
                // The further bytes of a character.
                0x80..=0xBF => {}
                _ => self.column += 1,
            }
        }
        self.at = self.at.max(at);
        (self.line, self.column)
    }
}

impl fmt::Display for FleetFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            let Mistake { line, column, problem } = mistake;
            let end = if i > 0 { "\n" } else { "" };
            write!(f, "{end}{}:{line}:{column}: {problem}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for FleetFileError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Syntax { format, message } => write!(f, "this is not valid {format}: {message}"),
            Problem::Schema(found) => write!(f, "unknown schema {found}: this version reads \"{SCHEMA}\""),
            Problem::Empty => write!(f, "nothing is asked for: a fleet file needs at least one [[vm]]"),
            Problem::TooMany => write!(f, "more than {} VMs are asked for in all", super::MOST_VMS),
            Problem::UnknownKey { key, section } => {
                write!(
                    f,
                    "unknown key `{}` {section}{}",
                    key.escape_debug(),
                    advice(key, section)
                )
            }
            Problem::KeyTwice { key, section } => write!(f, "`{}` is stated twice {section}", key.escape_debug()),
            Problem::MissingKey { key, section } => write!(f, "`{key}` is missing {section}"),
            Problem::Value { key, section, error } => write!(f, "`{key}` {section}: {error}"),
            Problem::NameTwice { name, first_line } => {
                write!(
                    f,
                    "a VM named `{name}` stands in line {first_line} already: names have to be unique"
                )
            }
        }
    }
}

/// What to write instead of an unknown key.
fn advice(key: &str, section: &Section) -> String {
    if let Some(home) = section.other_home(key) {
        return format!(": it belongs {home}");
    }
    match keys::nearest(key, section.keys()) {
        Some(nearest) => format!(": did you mean `{nearest}`?"),
        None => format!(": known are {}", section.keys().join(", ")),
    }
}
