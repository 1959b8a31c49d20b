//! `gpu-place status`, `settle` and `destroy`: what this tool has bought.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use gpu_place_core::json;
use gpu_place_core::place::Effort;
use gpu_place_provision::buyer::{Again, Placed};
use gpu_place_provision::id::AttemptName;
use gpu_place_provision::market::Fault;
use gpu_place_provision::run::Desk;
use gpu_place_provision::run::holdings::{Holding, Holdings, Settled, StatusReport};
use gpu_place_provision::run::tensordock::{TensorDock, plan_again};
use jiff::Timestamp;

use crate::args::{DestroyFlags, SettleFlags, StatusFlags};
use crate::buying::{confirm, exit, journal, state_dir};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::market::{Live, Market};
use crate::out::Out;
use crate::show::money::{amount, per_hour};
use crate::show::table::{Align, stdout_width, table};
use crate::show::{outcome, safe};

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

pub async fn settle(flags: &SettleFlags, out: Out) -> Result<Exit, Failure> {
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
    let settled = holdings.settle(SETTLE_FOR, &market, &mut desk).await.map_err(journal)?;
    told(settled, "Nothing is open", out)
}

pub async fn destroy(flags: &DestroyFlags, out: Out) -> Result<Exit, Failure> {
    let mut holdings = holdings(flags.state_dir.as_ref())?;
    let report = holdings.status(Timestamp::now()).map_err(journal)?;
    let names = names(flags, &report)?;
    let live = Market::open_live(&flags.market)?;
    holdings.check_account(&live.account).map_err(journal)?;
    let listed = names.iter().map(|n| safe(n.as_str())).collect::<Vec<_>>().join(", ");
    if !flags.yes && !confirm(&format!("Delete {listed}, disks and all?")) {
        out.note("nothing was deleted; --yes deletes without asking");
        return Ok(Exit::Done);
    }
    let (market, mut desk) = (shop(&live), Quiet { out, live: &live });
    let settled = holdings.destroy(&names, &market, &mut desk).await.map_err(journal)?;
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

/// The attempts that shall be deleted: one by name, or all that a plan or outcome file names the VMs of.
fn names(flags: &DestroyFlags, report: &StatusReport) -> Result<Vec<AttemptName>, Failure> {
    let names: Vec<AttemptName> = match (&flags.name, &flags.all_from) {
        (Some(name), _) => report
            .holdings
            .iter()
            .filter(|h| h.name.as_str() == name)
            .map(|h| h.name.clone())
            .collect(),
        (None, Some(file)) => {
            let wanted = instances_of(file)?;
            report
                .holdings
                .iter()
                .filter(|h| wanted.contains(h.name.as_str()))
                .map(|h| h.name.clone())
                .collect()
        }
        (None, None) => Vec::new(),
    };
    if names.is_empty() {
        return Err(
            Failure::bad_input("the journal knows no such instance").help("`gpu-place status` lists what there is")
        );
    }
    Ok(names)
}

/// The names of the instances that an outcome file lists.
fn instances_of(file: &std::path::Path) -> Result<BTreeSet<String>, Failure> {
    let wrong =
        |why: String| Failure::bad_input(format!("{}: {why}", file.display())).help("give what `--yes --json` printed");
    let document: serde_json::Value = serde_json::from_str(&input::text(file)?).map_err(|e| wrong(e.to_string()))?;
    let listed = document["instances"]
        .as_array()
        .ok_or_else(|| wrong("it lists no instances".into()))?;
    Ok(listed
        .iter()
        .filter_map(|i| i["name"].as_str())
        .map(str::to_owned)
        .collect())
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
                text += &outcome::outcome(&done);
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
        self.out.note(&gpu_place_core::text::clean(news, 300));
    }
}
