//! The marketplace that a run looks at: a recorded snapshot, the one inside this program, or the real one.

use std::path::{Path, PathBuf};

use gpu_place_core::fleet::Fleet;
use gpu_place_core::place::{Effort, place};
use gpu_place_core::request::Request;
use gpu_place_core::verify::VerifiedPlan;

use crate::args::market::MarketFlags;
use crate::failure::Failure;
use crate::out::Out;

/// Where hosts come from.
pub enum Market {
    /// A file: nothing can be created.
    Recorded(PathBuf),
}

/// A marketplace as it was seen.
pub struct View {
    pub fleet: Fleet,
    /// How old it is and where it came from, in words.
    pub data: String,
}

impl Market {
    pub fn open(flags: &MarketFlags) -> Result<Market, Failure> {
        match &flags.snapshot {
            Some(file) => Ok(Market::Recorded(file.clone())),
            None => Err(Failure::bad_input("no marketplace")),
        }
    }

    /// All hosts, without a plan in mind.
    pub async fn survey(&self, out: Out) -> Result<View, Failure> {
        match self {
            Market::Recorded(file) => {
                let fleet = recorded(file)?;
                warn_malformed(&fleet, out);
                Ok(View {
                    data: data_line(&fleet),
                    fleet,
                })
            }
        }
    }

    /// A verified plan, and the hosts it was made from.
    pub async fn plan(&self, request: &Request, effort: Effort<'_>, out: Out) -> Result<(View, VerifiedPlan), Failure> {
        let view = self.survey(out).await?;
        let plan = place(&view.fleet, request, &[], effort).map_err(|e| Failure::could_not(e.to_string()))?;
        Ok((view, plan))
    }
}

fn data_line(fleet: &Fleet) -> String {
    let origin = fleet.origin();
    format!(
        "{} hosts, taken {}",
        fleet.listed(),
        origin.taken_at.as_deref().unwrap_or("at an unknown time")
    )
}

fn warn_malformed(fleet: &Fleet, out: Out) {
    let bad = fleet.malformed();
    if let Some(first) = bad.first() {
        let id = first
            .id
            .as_ref()
            .map_or_else(|| "a host without id".to_owned(), |id| crate::show::safe(id.as_str()));
        out.warn(&format!(
            "{} of {} hosts could not be read; the first is {id}: {}",
            bad.len(),
            fleet.listed(),
            crate::show::safe(&first.reason)
        ));
    }
}

/// The uncompressed bytes of a snapshot file, or of standard input for `-`.
pub fn snapshot_bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = std::fs::read(file).map_err(|e| Failure::could_not(format!("cannot read {}: {e}", file.display())))?;
    if read.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::decode_all(&read[..]).map_err(|e| Failure::could_not(e.to_string()))
    } else {
        Ok(read)
    }
}

pub fn recorded(file: &Path) -> Result<Fleet, Failure> {
    gpu_place_tensordock::read(&snapshot_bytes(file)?)
        .map(|r| r.fleet)
        .map_err(|e| Failure::could_not(format!("{}: {e}", file.display())))
}
