//! `gpu-place status`, `settle` and `destroy`: what this tool has bought.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_place_core::json;
use gpu_place_core::place::Effort;
use gpu_place_provision::buyer::{Again, Placed};
use gpu_place_provision::id::AttemptName;
use gpu_place_provision::journal::JournalError;
use gpu_place_provision::market::Fault;
use gpu_place_provision::run::Desk;
use gpu_place_provision::run::holdings::{Held, Holding, Holdings, Settled, StatusReport};
use gpu_place_provision::run::tensordock::{TensorDock, plan_again};
use jiff::Timestamp;
use serde_json::Value;

use crate::args::{DestroyFlags, SettleFlags, StatusFlags};
use crate::asking::confirm;
use crate::buying::{NEWS, exit, journal, state_dir};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::market::{Live, Market};
use crate::out::Out;
use crate::show::money::{amount, per_hour};
use crate::show::table::{Align, stdout_width, table};
use crate::show::{outcome, safe};
use crate::watch::Interrupt;

/// How long a create without an answer is looked for while settling.
const SETTLE_FOR: Duration = Duration::from_secs(120);

pub fn status(flags: &StatusFlags, out: Out) -> Result<Exit, Failure> {
    let report = holdings(flags.state_dir.as_ref())?
        .status(Timestamp::now())
        .map_err(journal)?;
    if out.json {
        return out.answer(&json::document(&report)).map(|()| Exit::Done);
    }
    out.answer(&status_text(&report)).map(|()| Exit::Done)
}

pub async fn settle(flags: &SettleFlags, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    let mut holdings = holdings(flags.state_dir.as_ref())?;
    if let Some(name) = &flags.abandon {
        holdings.abandon(name).map_err(journal)?;
        let text = if out.json {
            format!(
                "{}\n",
                serde_json::json!({ "schema": "gpu-place/abandon/1", "name": name })
            )
        } else {
            format!(
                "`{}` is closed: it no longer counts and is not looked for any more\n",
                safe(name)
            )
        };
        return out.answer(&text).map(|()| Exit::Done);
    }
    let live = Market::open_live(&flags.market)?;
    holdings.check_account(&live.account).map_err(journal)?;
    let (market, mut desk) = (shop(&live), Quiet { out, live: &live });
    let settled = unless_stopped(&interrupt, holdings.settle(SETTLE_FOR, &market, &mut desk)).await?;
    told(settled, "Nothing is open", out)
}

pub async fn destroy(flags: &DestroyFlags, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    let mut holdings = holdings(flags.state_dir.as_ref())?;
    let report = holdings.status(Timestamp::now()).map_err(journal)?;
    let names = names(flags, &report, out)?;
    let live = Market::open_live(&flags.market)?;
    holdings.check_account(&live.account).map_err(journal)?;
    let listed = names.iter().map(|n| safe(n.as_str())).collect::<Vec<_>>().join(", ");
    if !flags.yes && !confirm(format!("Delete {listed}, disks and all?"), &interrupt).await {
        out.note("nothing was deleted; --yes deletes without asking");
        return Ok(Exit::Done);
    }
    let (market, mut desk) = (shop(&live), Quiet { out, live: &live });
    let settled = unless_stopped(&interrupt, holdings.destroy(&names, &market, &mut desk)).await?;
    told(settled, "Nothing was left to delete", out)
}

fn holdings(state: Option<&PathBuf>) -> Result<Holdings, Failure> {
    Holdings::open(&state_dir(state, false)?.path).map_err(journal)
}

fn shop(live: &Live) -> TensorDock {
    TensorDock {
        client: live.client.clone(),
        launch: None,
    }
}

/// The end of the work, or Ctrl-C: all that was done is in the journal, so that it can be left at any point.
async fn unless_stopped(
    interrupt: &Interrupt,
    work: impl Future<Output = Result<Vec<Settled>, JournalError>>,
) -> Result<Vec<Settled>, Failure> {
    tokio::select! {
        settled = work => settled.map_err(journal),
        () = interrupt.wait() => {
            Err(Failure::could_not("stopped by Ctrl-C").help("`gpu-place settle` goes on from here"))
        }
    }
}

/// The attempts that shall be deleted: one by name, or all that a plan or outcome file names.
fn names(flags: &DestroyFlags, report: &StatusReport, out: Out) -> Result<Vec<AttemptName>, Failure> {
    let names: Vec<AttemptName> = match (&flags.name, &flags.all_from) {
        (Some(name), _) => held_as(report, |held| held.name.as_str() == name),
        (None, Some(file)) => named_in(file, report, out)?,
        (None, None) => Vec::new(),
    };
    if names.is_empty() {
        return Err(
            Failure::bad_input("the journal knows no such instance").help("`gpu-place status` lists what there is")
        );
    }
    Ok(names)
}

fn held_as(report: &StatusReport, wanted: impl Fn(&Held) -> bool) -> Vec<AttemptName> {
    let held = report.holdings.iter().filter(|held| wanted(held));
    held.map(|held| held.name.clone()).collect()
}

/// An outcome names its instances. A plan names VMs and hosts: what stands for a VM on another host than planned is left alone, since
/// it may well belong to another request of the same words.
fn named_in(file: &Path, report: &StatusReport, out: Out) -> Result<Vec<AttemptName>, Failure> {
    let wrong = |why: &str| {
        Failure::bad_input(format!("{}: {why}", file.display())).help("give what --json printed: a plan, or an outcome")
    };
    let document: Value = serde_json::from_str(&input::text(file)?).map_err(|e| wrong(&e.to_string()))?;
    if let Some(instances) = document["instances"].as_array() {
        let named = |held: &Held| instances.iter().any(|i| i["name"] == held.name.as_str());
        return Ok(held_as(report, named));
    }
    let placements = document["placements"]
        .as_array()
        .ok_or_else(|| wrong("it lists neither instances nor placements"))?;
    for placement in placements {
        let elsewhere = |held: &Held| is_for(placement, held) && !is_at(placement, held);
        let there = |held: &Held| is_for(placement, held) && is_at(placement, held);
        if held_as(report, there).is_empty() {
            out.warn(&missing(placement, &held_as(report, elsewhere)));
        }
    }
    Ok(held_as(report, |held| {
        placements
            .iter()
            .any(|placement| is_for(placement, held) && is_at(placement, held))
    }))
}

fn is_for(placement: &Value, held: &Held) -> bool {
    placement["vm"] == held.vm.as_str() && placement["replica"] == held.replica
}

fn is_at(placement: &Value, held: &Held) -> bool {
    placement["host_id"] == held.host_id.as_str()
        && placement["gpu"] == held.gpu.as_str()
        && placement["gpu_count"] == held.gpu_count
}

fn missing(placement: &Value, elsewhere: &[AttemptName]) -> String {
    let text = |key: &str| safe(placement[key].as_str().unwrap_or_default());
    let vm = format!("{} {}", text("vm"), placement["replica"].as_u64().unwrap_or_default());
    let held = elsewhere.iter().map(|name| format!("`{}`", safe(name.as_str())));
    match &held.collect::<Vec<_>>()[..] {
        [] => format!("{vm}: the journal knows nothing of it on host {}", text("host_id")),
        held => format!(
            "{vm}: it is not on host {} as planned, but there is {}; destroy it by name",
            text("host_id"),
            held.join(", ")
        ),
    }
}

fn status_text(report: &StatusReport) -> String {
    if report.holdings.is_empty() {
        return "Nothing bought is running or open\n".into();
    }
    let columns = [
        ("state", Align::Left),
        ("name", Align::Left),
        ("VM", Align::Left),
        ("GPUs", Align::Below),
        ("$/h", Align::Right),
        ("so far $", Align::Right),
        ("since", Align::Below),
        ("host", Align::Below),
    ];
    let state = |h: Holding| match h {
        Holding::Running => "running",
        Holding::Open => "unknown",
        Holding::Leaving => "leaving",
    };
    let rows = report.holdings.iter().map(|h| {
        vec![
            state(h.state).to_owned(),
            safe(h.name.as_str()),
            format!("{} {}", h.vm, h.replica),
            format!("{} × {}", h.gpu_count, safe(&h.gpu)),
            amount(h.cost_per_hr),
            h.cost_so_far.rounded(2),
            safe(&h.since),
            safe(h.host_id.as_str()),
        ]
    });
    let table = table(&columns, rows.collect(), stdout_width());
    format!(
        "{table}\n  in all {}, ${} so far\n",
        per_hour(report.cost_per_hr),
        report.cost_so_far.rounded(2)
    )
}

/// Tells how each request stands; the worst decides the exit code.
fn told(settled: Vec<Settled>, nothing: &str, out: Out) -> Result<Exit, Failure> {
    let (mut text, mut documents, mut worst) = (String::new(), Vec::new(), 0);
    for one in settled {
        match one.outcome {
            Ok(done) => {
                worst = worst.max(if done.exit_code() == 6 { 6 } else { 0 });
                text += &outcome::settled(&done);
                documents.push(serde_json::to_value(&done).unwrap_or_default());
            }
            Err(error) => {
                worst = worst.max(1);
                out.warn(&error.to_string());
            }
        }
    }
    if out.json {
        let document = serde_json::json!({ "schema": "gpu-place/settled/1", "outcomes": documents });
        out.answer(&format!("{document}\n"))?;
    } else {
        out.answer(&if text.is_empty() { format!("{nothing}\n") } else { text })?;
    }
    Ok(exit(worst))
}

/// Tells what is done; agrees to nothing, since nothing is bought here.
struct Quiet<'a> {
    out: Out,
    live: &'a Live,
}

impl Desk for Quiet<'_> {
    async fn plan(&mut self, again: &Again) -> Result<Vec<Placed>, Fault> {
        plan_again(&self.live.client, again, Effort::default()).await
    }

    async fn ask(&mut self, _: &[Placed]) -> bool {
        false
    }

    fn tell(&mut self, news: &str) {
        self.out.note(&gpu_place_core::text::clean(news, NEWS));
    }
}
