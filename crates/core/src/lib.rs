//! Fit, price, solve, explain and verify GPU placements: pure and deterministic.
#![forbid(unsafe_code)]

pub mod solve;
