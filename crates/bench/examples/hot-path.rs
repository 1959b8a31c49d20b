//! Repeats one hot path: `hot-path NAME TIMES`; without a name, lists them. For counters and profilers, which see all that it does.

use std::process::ExitCode;

use gpu_place_bench::hot::{PATHS, market};
use rustix::time::{ClockId, clock_gettime};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(name) = words.next() else {
        PATHS.iter().for_each(|path| println!("{}", path.name));
        return ExitCode::SUCCESS;
    };
    let times: u32 = words.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let (Some(path), Ok(market)) = (PATHS.iter().find(|path| path.name == name), market()) else {
        eprintln!("hot-path: there is no path of that name");
        return ExitCode::FAILURE;
    };
    let mut step = (path.ready)(&market);
    let (mut took, mut start) = (0.0, now());
    for _ in 0..times {
        if let Some(large) = step() {
            took += now() - start;
            drop(large);
            start = now();
        }
    }
    took += now() - start;
    println!("{name}: {:.3} us each", took * 1e6 / f64::from(times.max(1)));
    ExitCode::SUCCESS
}

/// Seconds that this process has computed, on all threads: waiting for a busy machine is not among them.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
