//! What was typed for one command, typed again for another.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory};

use crate::args::Cli;

/// Files that a run writes: nobody who wants an explanation wants them written once more.
const WRITTEN: [&str; 2] = ["save_snapshot", "report"];

/// `gpu-place explain` with all that was typed and that it knows, fit to be pasted into a shell.
pub fn explaining(typed: &ArgMatches) -> String {
    let typed = typed.subcommand_matches("plan").unwrap_or(typed);
    let cli = Cli::command();
    let known = cli
        .find_subcommand("explain")
        .into_iter()
        .flat_map(Command::get_arguments);
    let known = known.filter(|arg| !WRITTEN.contains(&arg.get_id().as_str()));
    let words: Vec<String> = known.flat_map(|arg| words(arg, typed)).collect();
    let words = ["gpu-place", "explain"]
        .into_iter()
        .chain(words.iter().map(String::as_str));
    // Only a NUL cannot be quoted, and no argument holds one.
    shlex::try_join(words).unwrap_or_default()
}

/// An argument as it was typed, if it was.
fn words(arg: &Arg, typed: &ArgMatches) -> Vec<String> {
    let id = arg.get_id().as_str();
    let stated =
        matches!(typed.try_contains_id(id), Ok(true)) && typed.value_source(id) == Some(ValueSource::CommandLine);
    if !stated {
        return Vec::new();
    }
    let flag = arg.get_long().map(|long| format!("--{long}"));
    if !arg.get_action().takes_values() {
        return Vec::from_iter(flag);
    }
    let raw = typed.get_raw(id).into_iter().flatten();
    let mut values: Vec<String> = raw.map(|value| value.to_string_lossy().into_owned()).collect();
    if let Some(delimiter) = arg.get_value_delimiter() {
        values = vec![values.join(&delimiter.to_string())];
    }
    values
        .into_iter()
        .flat_map(|value| flag.clone().into_iter().chain([value]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(words: &[&str]) -> String {
        explaining(&Cli::command().get_matches_from([&["gpu-place"], words].concat()))
    }

    #[test]
    fn a_request_keeps_its_flags_and_its_market() {
        let typed = [
            "--gpu",
            "h100,a100-*",
            "--count",
            "2..8",
            "--country",
            "United States",
            "--country",
            "Norway",
            "--no-ports",
            "--market",
            "sim",
            "--yes",
            "--ssh-key",
            "me.pub",
            "--report",
            "plan.html",
            "-v",
        ];
        assert_eq!(
            explained(&typed),
            "gpu-place explain --gpu 'h100,a100-*' --count 2..8 --no-ports --country 'United States' --country Norway --market sim"
        );
    }

    #[test]
    fn a_fleet_keeps_its_file_and_its_market() {
        let typed = [
            "plan",
            "my fleet.toml",
            "--snapshot",
            "-",
            "--budget",
            "9.5",
            "--effort",
            "quick",
            "--wait",
            "2h",
        ];
        assert_eq!(
            explained(&typed),
            "gpu-place explain 'my fleet.toml' --budget 9.5 --snapshot - --effort quick"
        );
    }

    #[test]
    fn what_is_typed_again_is_understood() {
        let typed = explained(&["--gpu", "a 'b\" c$d", "--port", "22,80:20000", "--snapshot", "a\nb"]);
        let words = shlex::split(&typed).unwrap();
        let cli = Cli::command().try_get_matches_from(&words);
        assert!(cli.is_ok(), "{typed}: {cli:?}");
    }
}
