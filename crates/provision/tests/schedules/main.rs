//! Thousands of seeded schedules: calls lost, late, refused and lied about, disks full, clocks jumping, processes dying at any point,
//! two at once. After each, what truly exists is held against what was promised and said.
//!
//! `SCHEDULES=100000` runs more, `SCHEDULE=123` runs one again and shows every step of it.

mod check;
mod process;
mod scene;
mod store;
mod world;

use world::World;

/// Seeds that are run when nobody asks for others.
const SCHEDULES: u64 = 10_000;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The first schedule that breaks something.
fn first_violation(seeds: std::ops::Range<u64>) -> Option<(u64, String)> {
    seeds
        .into_iter()
        .find_map(|seed| World::new(seed, false).run().map(|violation| (seed, violation)))
}

/// With one of the deliberate mistakes built in, the same test has to find it.
const BROKEN: bool = cfg!(any(
    feature = "broken-journal-after-create",
    feature = "broken-retry-on-lost"
));

#[test]
fn no_schedule_buys_twice_dearer_or_without_saying_so() {
    if let Some(seed) = number("SCHEDULE") {
        assert_eq!(World::new(seed, true).run(), None, "schedule {seed}");
        return;
    }
    let count = number("SCHEDULES").unwrap_or(SCHEDULES);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let share = count.div_ceil(threads);
    let ranges = (0..threads).map(|n| n * share..((n + 1) * share).min(count));
    let workers: Vec<_> = ranges
        .map(|range| std::thread::spawn(|| first_violation(range)))
        .collect();
    let found = workers
        .into_iter()
        .filter_map(|worker| worker.join().expect("a worker that ends"))
        .min();
    match found {
        Some((seed, violation)) if !BROKEN => panic!("schedule {seed} (SCHEDULE={seed} shows it): {violation}"),
        None if BROKEN => panic!("a deliberate mistake was not found by {count} schedules"),
        _ => {}
    }
}

/// The same on a real journal, which has to agree with the one in memory after every write.
#[cfg(not(feature = "broken-journal-after-create"))]
#[test]
fn schedules_on_a_real_journal() {
    for seed in 0..number("REAL_SCHEDULES").unwrap_or(60) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = World::new(seed, false).with_real_journal(folder.path());
        let violation = world.run();
        assert!(BROKEN || violation.is_none(), "schedule {seed}: {violation:?}");
    }
}

#[test]
fn a_schedule_repeats_exactly() {
    for seed in 0..50 {
        let ends = [0, 1].map(|_| {
            let mut world = World::new(seed, false);
            let violation = world.run();
            let outcomes: Vec<_> = world
                .processes
                .iter()
                .map(|p| p.outcome.as_ref().map(|o| o.to_json()))
                .collect();
            (violation, outcomes, format!("{:?}", world.market.log()))
        });
        assert_eq!(ends[0], ends[1], "schedule {seed}");
    }
}

/// The schedules are only worth something if they get anywhere: every end is met, and most of what can happen happens.
#[cfg(not(any(feature = "broken-journal-after-create", feature = "broken-retry-on-lost")))]
#[test]
fn schedules_meet_every_end() {
    let mut met = std::collections::BTreeMap::<String, u32>::new();
    for seed in 0..1_500 {
        let mut world = World::new(seed, false);
        assert_eq!(world.run(), None, "schedule {seed}");
        for end in world.ends() {
            *met.entry(end).or_default() += 1;
        }
    }
    let expected = [
        "status Created",
        "status Partial",
        "status Failed",
        "status Unknown",
        "result Created",
        "result Refused",
        "result Lost",
        "result Skipped",
        "removed Dearer",
        "removed Stopped",
        "removed PortsIgnored",
        "removed NotReady",
        "removed Undone",
        "removed Surplus",
        "closed NotSent",
        "closed Refused",
        "closed Vanished",
    ];
    let missing: Vec<_> = expected.iter().filter(|end| !met.contains_key(**end)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}; met: {met:#?}");
    if std::env::var_os("SHOW").is_some() {
        eprintln!("{met:#?}");
    }
}
