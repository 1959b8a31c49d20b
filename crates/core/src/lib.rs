//! Fit, price, solve, explain and verify GPU placements: pure and deterministic.
#![forbid(unsafe_code)]

pub mod candidate;
pub mod explain;
pub mod fit;
pub mod fleet;
pub mod fleet_file;
pub mod gpu;
pub mod json;
pub mod money;
pub mod names;
pub mod number;
pub mod place;
pub mod plan;
pub mod planner;
pub mod ports;
pub mod request;
pub mod sizes;
pub mod solve;
pub mod text;
pub mod verify;
