//! Looking on while the solver runs: progress for a person, and the two ways to stop it, a time limit and Ctrl-C.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gpu_place_core::money::Money;
use gpu_place_core::solve::{Progress, Watch};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;

use crate::show::money::per_hour;

/// Set by Ctrl-C: whoever works stops at the next good point, with what there is.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Pressed>);

#[derive(Debug, Default)]
struct Pressed {
    flag: AtomicBool,
    waiting: Notify,
}

impl Interrupt {
    /// Listens for Ctrl-C from now on. The first asks to stop; the second ends the process at once.
    pub fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let pressed = interrupt.0.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if pressed.flag.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
                pressed.waiting.notify_waiters();
            }
        });
        interrupt
    }

    /// Whether it was pressed.
    pub fn pressed(&self) -> bool {
        self.0.flag.load(Ordering::Relaxed)
    }

    /// Returns when it is pressed, or was.
    pub async fn wait(&self) {
        let mut waiting = pin!(self.0.waiting.notified());
        // Listening has to begin before the look, or a press between the two would go unnoticed.
        waiting.as_mut().enable();
        if !self.pressed() {
            waiting.await;
        }
    }
}

/// Shows the solver's progress and stops it at a deadline or on Ctrl-C.
pub struct SolverWatch {
    bar: ProgressBar,
    deadline: Option<Instant>,
    interrupt: Interrupt,
}

impl SolverWatch {
    pub fn new(draw: bool, time_limit: Option<Duration>, interrupt: Interrupt) -> SolverWatch {
        let bar = if draw { spinner() } else { ProgressBar::hidden() };
        SolverWatch {
            bar,
            deadline: time_limit.and_then(|limit| Instant::now().checked_add(limit)),
            interrupt,
        }
    }
}

impl SolverWatch {
    /// Has something written to the terminal while the solver runs on.
    pub fn aside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Clears the line: the solver rests, and others write to the terminal.
    pub fn rest(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for SolverWatch {
    fn drop(&mut self) {
        self.rest();
    }
}

impl Watch for SolverWatch {
    fn progress(&self, progress: &Progress) {
        self.bar.set_message(line(progress));
        self.bar.tick();
    }

    fn stop(&self) -> bool {
        self.interrupt.pressed() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

fn spinner() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} {elapsed} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.set_message("solving");
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn line(progress: &Progress) -> String {
    let (Some(weight), Some(cost)) = (progress.unplaced_weight, progress.cost) else {
        return "solving: no plan yet".into();
    };
    let money = |nanos| per_hour(Money::from_nanos(nanos));
    let mut line = match weight {
        0 => String::new(),
        _ => format!("weight {weight} left out (at least {}), ", progress.weight_bound),
    };
    line += &format!("best {}", money(cost));
    // Cost is not bounded before it is known how little can be left out.
    let bound = progress.cost_bound.clamp(0, cost);
    if bound > 0 {
        let gap = 100.0 * (cost - bound) as f64 / cost as f64;
        line += &format!(", bound {}, gap {gap:.3} %", money(bound));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_reads_as_a_sentence() {
        let progress = Progress {
            unplaced_weight: Some(3),
            weight_bound: 2,
            cost: Some(2_000_000_000),
            cost_bound: 1_900_000_000,
            work: 7,
        };
        assert_eq!(
            line(&progress),
            "weight 3 left out (at least 2), best $2.00/h, bound $1.90/h, gap 5.000 %"
        );
        let early = Progress {
            unplaced_weight: Some(0),
            cost_bound: 0,
            ..progress.clone()
        };
        assert_eq!(line(&early), "best $2.00/h");
        assert_eq!(line(&Progress { cost: None, ..progress }), "solving: no plan yet");
    }
}
