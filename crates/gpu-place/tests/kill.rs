//! The program is killed at 200 random moments of its life and started again: exactly what was asked for exists.
//!
//! A seed decides the scene and the share of its life after which a run is killed; how far it has come by then is the machine's doing.
//! The sum at the end shows how the moments were spread.

mod common;

use std::ops::AddAssign;
use std::path::Path;
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{Done, KEY, KILLED, command_on, json, market, run};
use gpu_place_sim::{Fault, Faults, Op, Running};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const POINTS: u64 = 200;
/// Runs side by side; most of a run is waiting.
const WORKERS: usize = 6;

/// What is asked for, and what befalls the first create.
struct Scene {
    replicas: usize,
    fault: Option<Fault>,
}

fn scenes() -> [Scene; 4] {
    let late = Duration::from_millis(150);
    let scene = |replicas, fault| Scene { replicas, fault };
    [
        scene(1, None),
        scene(2, None),
        scene(1, Some(Fault::AnswerLate(late))),
        scene(2, Some(Fault::LandsLate(late))),
    ]
}

/// One marketplace and one state folder, with the request that is made there over and over.
struct Stage {
    running: Running,
    state: tempfile::TempDir,
    replicas: usize,
}

impl Stage {
    fn new(scene: &Scene) -> Stage {
        let faults = scene
            .fault
            .iter()
            .fold(Faults::none(), |faults, fault| faults.on(Op::Create, 0, fault.clone()));
        Stage {
            running: market(faults),
            state: tempfile::tempdir().unwrap(),
            replicas: scene.replicas,
        }
    }

    fn folder(&self) -> &Path {
        self.state.path()
    }

    fn start(&self) -> Child {
        let (replicas, folder) = (self.replicas.to_string(), self.folder().to_str().unwrap());
        let words = ["--gpu", "rtx4090", "--replicas", &replicas, "--max-price", "2"];
        let buying = [
            "--yes",
            "--json",
            "--ssh-key",
            KEY,
            "--settle-for",
            "2",
            "--state-dir",
            folder,
        ];
        command_on(&self.running, &[&words[..], &buying].concat())
            .spawn()
            .unwrap()
    }

    /// Runs to its end, or is killed after this time.
    fn run(&self, killed_after: Option<Duration>) -> Done {
        let mut child = self.start();
        if let Some(life) = killed_after {
            thread::sleep(life);
            // It may have ended by itself.
            let _ = child.kill();
        }
        Done::of(child.wait_with_output().unwrap())
    }

    fn on_state(&self, args: &[&str]) -> Done {
        let folder = ["--state-dir", self.folder().to_str().unwrap(), "--json"];
        run(&self.running, &[args, &folder].concat())
    }

    fn phase(&self) -> Phase {
        if !self.folder().join("journal.sqlite3").exists() {
            Phase::BeforeTheJournal
        } else if self.running.market(|m| m.calls(Op::Create)) == 0 {
            Phase::BeforeTheCreate
        } else {
            Phase::AfterTheCreate
        }
    }
}

/// How far a run had come when it was killed.
enum Phase {
    BeforeTheJournal,
    BeforeTheCreate,
    AfterTheCreate,
}

/// What became of all points.
#[derive(Debug, Default)]
struct Sum {
    before_the_journal: u32,
    before_the_create: u32,
    after_the_create: u32,
    /// Ended by themselves before they could be killed.
    ended: u32,
    /// Killed between the note that a create is being sent and the sending.
    doubts: u32,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Sum) {
        self.before_the_journal += other.before_the_journal;
        self.before_the_create += other.before_the_create;
        self.after_the_create += other.after_the_create;
        self.ended += other.ended;
        self.doubts += other.doubts;
    }
}

/// Whether the whole outcome was told: whoever read it does not ask again.
fn told(done: &Done) -> bool {
    serde_json::from_str::<serde_json::Value>(&done.stdout).is_ok_and(|outcome| outcome["status"] == "created")
}

/// Kills a run, sometimes the next one as well, and lets the last one end.
fn point(seed: u64, lives: &[Duration]) -> Sum {
    let scenes = scenes();
    let at = seed as usize % scenes.len();
    let stage = Stage::new(&scenes[at]);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut sum, mut done) = (Sum::default(), None);
    for _ in 0..random.random_range(1..=2) {
        // Most of a run is waiting for the instance to run; most that can go wrong comes before, so that is where most moments fall.
        let share = random.random_range(0.0_f64..1.0).powi(3);
        let killed = stage.run(Some(lives[at].mul_f64(share)));
        match stage.phase() {
            _ if killed.code != KILLED => sum.ended += 1,
            Phase::BeforeTheJournal => sum.before_the_journal += 1,
            Phase::BeforeTheCreate => sum.before_the_create += 1,
            Phase::AfterTheCreate => sum.after_the_create += 1,
        }
        if told(&killed) {
            done = Some(killed);
            break;
        }
    }
    let mut done = done.unwrap_or_else(|| stage.run(None));
    while done.code == 6 {
        sum.doubts += 1;
        abandon(seed, &stage, &done);
        done = stage.run(None);
    }
    assert!(
        told(&done),
        "seed {seed}: {} {} {}",
        done.code,
        done.stdout,
        done.stderr
    );
    exactly_what_was_asked(seed, &stage, &done);
    sum
}

/// There was a note that a create is being sent, and no list shows it. The marketplace never heard of it: a person who looked there
/// says so, and the request goes on.
fn abandon(seed: u64, stage: &Stage, done: &Done) {
    let outcome = json(done);
    let open = outcome["attempts"].as_array().unwrap().iter();
    let name = open.filter(|a| a["result"] == "lost").find_map(|a| a["name"].as_str());
    let name = name.unwrap_or_else(|| panic!("seed {seed}: nothing to look for: {outcome}"));
    stage.running.market(|m| m.drain());
    let exists = stage.running.market(|m| m.instances().iter().any(|i| i.name == name));
    assert!(!exists, "seed {seed}: `{name}` exists and was not found");
    let abandoned = stage.on_state(&["settle", "--abandon", name]);
    assert_eq!(abandoned.code, 0, "seed {seed}: {}", abandoned.stderr);
}

fn exactly_what_was_asked(seed: u64, stage: &Stage, done: &Done) {
    let there: Vec<String> = stage.running.market(|m| {
        m.drain();
        m.instances().iter().map(|instance| instance.name.clone()).collect()
    });
    assert_eq!(
        there.len(),
        stage.replicas,
        "seed {seed}: {there:?}, told {}",
        done.stdout
    );
    let names = |list: &serde_json::Value| -> Vec<String> {
        let mut names: Vec<String> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let mut there = there;
    there.sort();
    assert_eq!(names(&json(done)["instances"]), there, "seed {seed}");
    assert_eq!(
        names(&json(&stage.on_state(&["status"]))["holdings"]),
        there,
        "seed {seed}"
    );
}

/// How long each scene takes undisturbed, under the load that there will be.
fn lives() -> Vec<Duration> {
    let scenes = scenes();
    thread::scope(|scope| {
        let runs: Vec<_> = scenes
            .iter()
            .map(|scene| {
                scope.spawn(|| {
                    let (stage, began) = (Stage::new(scene), Instant::now());
                    let done = stage.run(None);
                    assert!(told(&done), "{} {}", done.stdout, done.stderr);
                    began.elapsed()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

#[test]
fn whenever_it_is_killed_exactly_what_was_asked_for_exists_in_the_end() {
    let (lives, next, sum) = (lives(), AtomicU64::new(0), Mutex::new(Sum::default()));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= POINTS {
                        break;
                    }
                    let of_one = point(seed, &lives);
                    *sum.lock().unwrap() += of_one;
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap();
    println!("lives {lives:?}: {sum:?}");
    for phase in [sum.before_the_journal, sum.before_the_create, sum.after_the_create] {
        assert!(phase > 5, "the moments were not spread over the run's life: {sum:?}");
    }
    assert!(
        u64::from(sum.doubts) < POINTS / 10,
        "too many runs end in doubt: {sum:?}"
    );
}
