//! Questions to a person at a terminal.

use std::io::{BufRead, IsTerminal, Write};

use gpu_place_core::money::Money;
use gpu_place_core::plan::Plan;

use crate::show::money::{per_hour, per_month};
use crate::watch::Interrupt;

/// Asks a person whether the plan shall be bought.
pub async fn agreed(plan: &Plan, interrupt: &Interrupt) -> bool {
    let cost = plan.objective.as_ref().map_or(Money::ZERO, |o| o.cost_per_hr);
    let count = plan.placements.len();
    let what = if count == 1 {
        "this VM".to_owned()
    } else {
        format!("these {count} VMs")
    };
    let question = format!("Create {what} for {} ({})?", per_hour(cost), per_month(cost));
    confirm(question, interrupt).await
}

/// Asks for a `y`. Anything else, Ctrl-C, or no terminal, is a no.
pub async fn confirm(question: String, interrupt: &Interrupt) -> bool {
    // The terminal is read in a thread of its own, which Ctrl-C leaves behind: the program ends soon.
    let answer = tokio::task::spawn_blocking(move || ask(&question));
    tokio::select! {
        biased;
        () = interrupt.wait() => {
            eprintln!();
            false
        }
        answer = answer => answer.unwrap_or(false),
    }
}

fn ask(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    let mut stderr = std::io::stderr();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    let mut line = String::new();
    asked.is_ok()
        && std::io::stdin().lock().read_line(&mut line).is_ok()
        && matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}
