//! The API token: from a file or the environment, never from a flag.

use std::path::Path;

use secrecy::SecretString;

use crate::failure::Failure;

/// Variables that may hold it, first the one that is documented first.
const VARIABLES: [&str; 3] = ["TENSORDOCK_API_TOKEN", "TENSORDOCK_API_KEY", "TENSORDOCK_TOKEN"];

/// The token of a file, else of the environment.
pub fn find(file: Option<&Path>) -> Result<SecretString, Failure> {
    let token = match file {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|e| Failure::could_not(format!("cannot read the token file {}: {e}", file.display())))?,
        None => VARIABLES
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|t| !t.trim().is_empty()))
            .ok_or_else(missing)?,
    };
    match token.trim() {
        "" => Err(missing()),
        token => Ok(SecretString::from(token)),
    }
}

fn missing() -> Failure {
    Failure::bad_input("no API token: the TensorDock marketplace needs one").help(
        "set TENSORDOCK_API_TOKEN or give --token-file; or try --market sim (no account needed), or plan on a --snapshot",
    )
}
