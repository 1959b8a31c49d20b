//! `gpu-place snapshot`: every hostnode with its detail, written whole or not at all.

use std::time::Duration;

use gpu_place_fetch::record::{self, Recorded};
use gpu_place_fetch::store;
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::SnapshotFlags;
use crate::failure::{Exit, Failure};
use crate::market::{Market, unreachable};
use crate::out::Out;
use crate::show::safe;
use crate::watch::Interrupt;

pub async fn run(flags: &SnapshotFlags, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    let live = Market::open_live(&flags.market)?;
    let source = if live.is_embedded() {
        "embedded marketplace".to_owned()
    } else {
        safe(live.client.base_url())
    };
    let bar = if out.draws_progress() {
        progress_bar()
    } else {
        ProgressBar::hidden()
    };
    let recording = async {
        if flags.list_only {
            return record::list_only(&live.client, &source).await;
        }
        record::everything(&live.client, &source, |p| {
            bar.set_length(p.total as u64);
            bar.set_position(p.done as u64);
            bar.set_message(format!(
                "{} left",
                humantime::format_duration(Duration::from_secs(p.left.as_secs()))
            ));
        })
        .await
    };
    let recorded = tokio::select! {
        recorded = recording => recorded.map_err(unreachable)?,
        () = interrupt.wait() => {
            bar.finish_and_clear();
            return Err(Failure::could_not("interrupted; nothing was written"));
        }
    };
    bar.finish_and_clear();
    remarks(&recorded, out);
    write(flags, &recorded, out)?;
    Ok(Exit::Done)
}

fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} hosts, {msg}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn remarks(recorded: &Recorded, out: Out) {
    for id in &recorded.vanished {
        out.warn(&format!(
            "host {} vanished meanwhile and is left out",
            safe(id.as_str())
        ));
    }
    for dropped in &recorded.without_detail {
        out.warn(&format!(
            "host {} is kept as listed, without detail: {}",
            safe(dropped.id.as_str()),
            safe(&dropped.why)
        ));
    }
    if recorded.hosts == 0 {
        out.warn("the marketplace offers nothing at this moment");
    }
}

fn write(flags: &SnapshotFlags, recorded: &Recorded, out: Out) -> Result<(), Failure> {
    let Some(file) = &flags.output else {
        return out.answer(&recorded.document);
    };
    store::save(file, recorded.document.as_bytes()).map_err(|e| Failure::could_not(e.to_string()))?;
    if out.json {
        let document = serde_json::json!({
            "schema": "gpu-place/recorded/1", "file": file.display().to_string(), "hosts": recorded.hosts,
            "details": recorded.details, "vanished": recorded.vanished.len(),
        });
        return out.answer(&format!("{document}\n"));
    }
    let (hosts, details) = (recorded.hosts, recorded.details);
    out.answer(&format!("{}: {hosts} hosts, {details} with detail\n", file.display()))
}
