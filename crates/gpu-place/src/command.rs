//! One file for each thing that can be done.

pub mod completions;
pub mod explain;
pub mod holdings;
pub mod offers;
pub mod place;
pub mod plan;
pub mod simulate;
pub mod snapshot;
pub mod verify;
