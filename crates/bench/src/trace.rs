//! Our own road with a clock beside it: when which plan and which bound was known.

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use gpu_place_core::place::{Effort, place};
use gpu_place_core::solve::problem::Cost;
use gpu_place_core::solve::{Limits, Progress, Watch};
use serde::Serialize;

use crate::input::{Failure, Instance};

/// What happened when. All times are seconds since the files began to be read.
#[derive(Serialize)]
pub struct Trace {
    read: f64,
    done: f64,
    events: Vec<Event>,
    plan: serde_json::Value,
}

/// What was known at one moment.
#[derive(Serialize)]
struct Event {
    at: f64,
    unplaced_weight: Option<u128>,
    weight_bound: u128,
    cost: Option<Cost>,
    cost_bound: Cost,
}

/// Places a fleet and notes every improvement.
pub fn run(snapshot: &Path, fleet: &Path, seconds: Option<f64>) -> Result<Trace, Failure> {
    let start = Instant::now();
    let instance = Instance::read(snapshot, fleet)?;
    let read = start.elapsed().as_secs_f64();
    let clock = Clock {
        start,
        seconds: seconds.unwrap_or(f64::INFINITY),
        events: Mutex::new(Vec::new()),
    };
    let effort = Effort {
        limits: Limits::default(),
        watch: &clock,
    };
    let plan = place(&instance.fleet, &instance.request, &[], effort).map_err(|e| Failure::Unsound(e.to_string()))?;
    let done = start.elapsed().as_secs_f64();
    let plan = serde_json::from_str(&plan.plan().to_json()).map_err(|e| Failure::Unsound(e.to_string()))?;
    Ok(Trace {
        read,
        done,
        events: clock.events.into_inner().unwrap_or_default(),
        plan,
    })
}

struct Clock {
    start: Instant,
    seconds: f64,
    events: Mutex<Vec<Event>>,
}

impl Watch for Clock {
    fn progress(&self, progress: &Progress) {
        let event = Event {
            at: self.start.elapsed().as_secs_f64(),
            unplaced_weight: progress.unplaced_weight,
            weight_bound: progress.weight_bound,
            cost: progress.cost,
            cost_bound: progress.cost_bound,
        };
        if let Ok(mut events) = self.events.lock() {
            events.push(event);
        }
    }

    fn stop(&self) -> bool {
        self.start.elapsed().as_secs_f64() >= self.seconds
    }
}
