//! `gpu-place verify PLAN`: a plan file, judged anew against its snapshot and what was asked.

use gpu_place_core::verify::{Finding, read_plan, verify};

use crate::args::VerifyFlags;
use crate::failure::{Exit, Failure};
use crate::show::money::per_hour;
use crate::show::style::{BAD, GOOD, paint};
use crate::out::Out;
use crate::{input, market};

pub fn run(flags: &VerifyFlags, out: Out) -> Result<Exit, Failure> {
    let request = match &flags.fleet {
        Some(_) if flags.request.states_something() => {
            return Err(Failure::bad_input("--fleet and request flags both say what was asked").help("give one of them"));
        }
        Some(file) => input::fleet_file(file)?,
        None => flags.request.request().map_err(|e| Failure::bad_input(e.to_string()))?,
    };
    let text = input::text(&flags.plan)?;
    let plan = read_plan(&text).map_err(|e| Failure::bad_input(format!("{}: {e}", flags.plan.display())))?;
    let mut fleet = market::recorded(&flags.snapshot)?;
    // A plan made live says how many details it took; hosts without one then count as if their ports sufficed.
    let mut origin = fleet.origin().clone();
    origin.details = plan.snapshot.details;
    fleet = fleet.with_origin(origin);
    match verify(&fleet, &request, &[], &plan) {
        Ok(_) => {
            let cost = plan.objective.as_ref().map_or_else(String::new, |o| format!(", {}", per_hour(o.cost_per_hr)));
            let text = format!("{}: {} placements{cost}\n", paint(GOOD, "good"), plan.placements.len());
            answer(out, &[], text).map(|()| Exit::Done)
        }
        Err(findings) => {
            let lines: String = findings.iter().map(|f| format!("{} {f}\n", paint(BAD, "wrong:"))).collect();
            answer(out, &findings, lines)?;
            Ok(Exit::CouldNotWork)
        }
    }
}

fn answer(out: Out, findings: &[Finding], text: String) -> Result<(), Failure> {
    if !out.json {
        return out.answer(&text);
    }
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let document = serde_json::json!({
        "schema": "gpu-place/verify/1", "status": if findings.is_empty() { "good" } else { "wrong" }, "findings": findings,
    });
    out.answer(&format!("{document}\n"))
}
