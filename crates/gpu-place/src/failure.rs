//! How a run ends when it does not end well: a message, what to do next, and the exit code of the reference.

use std::fmt;

use serde::Serialize;

/// Exit codes, as promised to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Could not work: network, token, file, snapshot too old, verification, another process, internal.
    CouldNotWork = 1,
    /// Bad usage or input.
    BadInput = 2,
    /// No placement, or not for all; nothing was bought.
    NoPlacement = 3,
    /// There was a plan, but buying failed; nothing exists.
    NotBought = 4,
    /// Some of what was asked for exists, some does not.
    Partly = 5,
    /// It is unknown whether something was created.
    Unknown = 6,
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> u8 {
        exit as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

/// An end with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Failure {
    /// Something outside did not work.
    pub fn could_not(message: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::CouldNotWork,
            message: message.into(),
            help: None,
        }
    }

    /// What was asked makes no sense.
    pub fn bad_input(message: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::BadInput,
            message: message.into(),
            help: None,
        }
    }

    /// The same with a word on what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }

    /// The failure as a JSON document.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            schema: &'static str,
            exit: Exit,
            message: &'a str,
            help: Option<&'a str>,
        }
        let document = Document {
            schema: "gpu-place/error/1",
            exit: self.exit,
            message: &self.message,
            help: self.help.as_deref(),
        };
        gpu_place_core::json::document(&document)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_json_too() {
        let failure = Failure::bad_input("no \"such\" thing").help("try another");
        let value: serde_json::Value = serde_json::from_str(&failure.to_json()).unwrap();
        assert_eq!(value["exit"], 2);
        assert_eq!(value["message"], "no \"such\" thing");
        assert_eq!(value["help"], "try another");
    }
}
