//! `gpu-place completions SHELL`.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsFlags};
use crate::failure::{Exit, Failure};
use crate::out::Out;

pub fn run(flags: &CompletionsFlags, out: Out) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut Cli::command(), "gpu-place", &mut script);
    let script = String::from_utf8_lossy(&script);
    if out.json {
        let document = serde_json::json!({
            "schema": "gpu-place/completions/1", "shell": flags.shell.to_string(), "script": script,
        });
        return out.answer(&format!("{document}\n")).map(|()| Exit::Done);
    }
    out.answer(&script).map(|()| Exit::Done)
}
