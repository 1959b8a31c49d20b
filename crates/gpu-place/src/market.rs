//! The marketplace that a run looks at: a recorded snapshot, the one inside this program, or the real one.

use std::path::Path;

use gpu_place_core::fleet::Fleet;

use crate::args::market::MarketFlags;
use crate::failure::Failure;

/// The uncompressed bytes of a snapshot file, or of standard input for `-`.
pub fn snapshot_bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = std::fs::read(file).map_err(|e| Failure::could_not(format!("cannot read {}: {e}", file.display())))?;
    if read.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) { zstd::decode_all(&read[..]).map_err(|e| Failure::could_not(e.to_string())) } else { Ok(read) }
}

pub fn recorded(flags: &MarketFlags) -> Result<Fleet, Failure> {
    let file = flags.snapshot.as_deref().ok_or_else(|| Failure::bad_input("no snapshot"))?;
    gpu_place_tensordock::read(&snapshot_bytes(file)?).map(|r| r.fleet).map_err(|e| Failure::could_not(format!("{}: {e}", file.display())))
}
