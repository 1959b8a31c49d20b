//! Where words go: the answer to stdout, everything else to stderr.

use std::io::{IsTerminal, Write};

use crate::args::{ColorChoice, OutputFlags};
use crate::failure::Failure;
use crate::show::style::{BAD, FAINT, WARN, paint};

/// How answers and notes are written in this run.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    pub json: bool,
    quiet: bool,
}

impl Out {
    /// Sets colours for the whole process, as the flags say.
    pub fn new(flags: &OutputFlags) -> Out {
        let choice = match flags.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        Out {
            json: flags.json,
            quiet: flags.quiet,
        }
    }

    /// The answer. A reader that has gone away is no failure of ours.
    pub fn answer(self, text: &str) -> Result<(), Failure> {
        self.reaches(text).map(|_| ())
    }

    /// The answer, and whether there was a reader for it.
    pub fn reaches(self, text: &str) -> Result<bool, Failure> {
        let mut stdout = anstream::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
            Err(e) => Err(Failure::could_not(format!("cannot write to standard output: {e}"))),
        }
    }

    /// A remark beside the answer.
    pub fn note(self, text: &str) {
        if !self.quiet {
            self.say(&paint(FAINT, text));
        }
    }

    /// Something to look at.
    pub fn warn(self, text: &str) {
        if !self.quiet {
            self.say(&format!("{} {text}", paint(WARN, "warning:")));
        }
    }

    /// Why the run ends, and what to do next.
    pub fn failure(self, failure: &Failure) {
        self.say(&format!("{} {}", paint(BAD, "error:"), failure.message));
        if let Some(help) = &failure.help {
            self.say(&format!("  {} {help}", paint(FAINT, "help:")));
        }
        if self.json {
            let _ = self.answer(&failure.to_json());
        }
    }

    /// Whether progress is worth drawing.
    pub fn draws_progress(self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }

    /// Stderr may be gone; there is nobody left to tell.
    fn say(self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }
}
