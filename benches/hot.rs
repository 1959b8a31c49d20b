//! The hot paths of a scheduler, in time computed: on a busy machine the wall clock measures the others.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use gpu_place_bench::hot::{PATHS, market};
use rustix::time::{ClockId, Timespec, clock_gettime};

fn now() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(tv_sec.unsigned_abs(), u32::try_from(tv_nsec).unwrap_or(0))
}

fn hot(c: &mut Criterion) {
    let market = market().unwrap();
    let mut group = c.benchmark_group("10000 hosts");
    for path in &PATHS {
        let mut step = (path.ready)(&market);
        let timed = |times: u64| {
            let (mut took, mut start) = (Duration::ZERO, now());
            for _ in 0..times {
                if let Some(large) = step() {
                    took += now() - start;
                    drop(large);
                    start = now();
                }
            }
            took + (now() - start)
        };
        let mut timed = timed;
        group.bench_function(path.name, |b| b.iter_custom(&mut timed));
    }
    group.finish();
}

criterion_group!(benches, hot);
criterion_main!(benches);
