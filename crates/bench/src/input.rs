//! Reading a snapshot and a fleet file, as the program itself reads them.

use std::io;
use std::path::{Path, PathBuf};

use gpu_place_core::fleet::Fleet;
use gpu_place_core::fleet_file::{self, FleetFileError};
use gpu_place_core::request::Request;
use gpu_place_tensordock::ReadError;
use thiserror::Error;

/// The first bytes of a zstd file.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Why the tool had to stop.
#[derive(Debug, Error)]
pub enum Failure {
    /// A file could not be read.
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// A file could not be written.
    #[error("cannot write {0}: {1}")]
    Write(PathBuf, #[source] io::Error),
    /// A snapshot could not be understood.
    #[error("{0}: {1}")]
    Snapshot(PathBuf, #[source] ReadError),
    /// A fleet file could not be understood.
    #[error(transparent)]
    Fleet(#[from] FleetFileError),
    /// A plan did not pass its examination.
    #[error("the plan did not verify: {0}")]
    Unsound(String),
}

/// A market and what is wanted of it.
pub struct Instance {
    /// The hosts.
    pub fleet: Fleet,
    /// The VMs.
    pub request: Request,
}

impl Instance {
    /// Reads both files.
    pub fn read(snapshot: &Path, fleet: &Path) -> Result<Self, Failure> {
        let bytes = uncompressed(snapshot).map_err(|e| Failure::Read(snapshot.into(), e))?;
        let read = gpu_place_tensordock::read(&bytes).map_err(|e| Failure::Snapshot(snapshot.into(), e))?;
        let text = std::fs::read_to_string(fleet).map_err(|e| Failure::Read(fleet.into(), e))?;
        let request = fleet_file::read(&text, &fleet.display().to_string())?;
        Ok(Self {
            fleet: read.fleet,
            request,
        })
    }
}

fn uncompressed(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(path)?;
    if bytes.starts_with(&ZSTD_MAGIC) {
        zstd::decode_all(&bytes[..])
    } else {
        Ok(bytes)
    }
}
