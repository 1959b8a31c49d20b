//! The tool behind the comparison. An example, so that the workspace has one binary alone.

use std::process::ExitCode;

fn main() -> ExitCode {
    gpu_place_bench::run()
}
