//! The only crate that speaks HTTP to a marketplace, and the one that keeps snapshots.
//!
//! [`Client`] makes the calls, within the provider's limits and never creating twice. [`live`] plans against a market with the
//! fewest calls that prove the plan; [`record`] writes all of it down; [`store`] reads and writes snapshot files. What an answer
//! means is decided in `gpu_place_tensordock`; what to buy is decided elsewhere.
#![forbid(unsafe_code)]

mod client;
mod details;
mod error;
pub mod live;
pub mod record;
pub mod store;

pub use client::{Client, Settings};
pub use error::FetchError;
