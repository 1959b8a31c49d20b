//! Runs the program as a user would.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gpu_place_sim::{Faults, Market, Options, Running, serve};
use serde_json::Value;

/// Long and odd enough to be found wherever it were written.
pub const TOKEN: &str = "t0ken-7f3a9c51e2d84b06";
pub const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample me@example";

/// The code of a run that was killed.
pub const KILLED: i32 = -1;

/// How a run ended.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A marketplace on loopback with the fleet that is shipped.
pub fn market(faults: Faults) -> Running {
    let options = Options {
        token: Some(TOKEN.into()),
        ..Options::default()
    };
    serve(
        Market::embedded(options).with_faults(faults),
        ([127, 0, 0, 1], 0).into(),
    )
    .unwrap()
}

/// Runs the program on that marketplace.
pub fn run(running: &Running, args: &[&str]) -> Done {
    let url = running.url();
    let local = matches!(args.first(), Some(&("status" | "verify" | "completions")));
    let market: &[&str] = if local {
        &[]
    } else {
        &["--api-url", &url, "--rate-limit", "6000"]
    };
    run_with(&[("TENSORDOCK_API_TOKEN", TOKEN)], &[args, market].concat())
}

/// Runs the program with these variables and nothing else of ours in its environment.
pub fn run_with(variables: &[(&str, &str)], args: &[&str]) -> Done {
    Done::of(command(variables, args).output().unwrap())
}

/// The program, ready to be started.
pub fn command(variables: &[(&str, &str)], args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-place"));
    for name in [
        "TENSORDOCK_API_TOKEN",
        "TENSORDOCK_API_KEY",
        "TENSORDOCK_TOKEN",
        "GPU_PLACE_CEILING",
        "GPU_PLACE_HTTP_TIMEOUT",
    ] {
        command.env_remove(name);
    }
    command
        .envs(variables.iter().copied())
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The program on that marketplace, ready to be started.
pub fn command_on(running: &Running, args: &[&str]) -> Command {
    let url = running.url();
    let market = ["--api-url", &url, "--rate-limit", "6000"];
    command(&[("TENSORDOCK_API_TOKEN", TOKEN)], &[args, &market].concat())
}

impl Done {
    /// How a run ended that was started elsewhere.
    pub fn of(output: std::process::Output) -> Done {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Done {
            code: output.status.code().unwrap_or(KILLED),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The answer as JSON.
pub fn json(done: &Done) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {}\n{}", done.stdout, done.stderr))
}

/// A recorded file.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}
