//! Whether a host can take a VM, and if not, by which rules.
//!
//! Every rule is judged by itself: a host may fail several. The rules are those of the reference, section 4, under the same codes.
//! A [`Matcher`] holds all of a VM that can be looked up once per fleet, so that judging a host is a handful of comparisons.

mod code;
mod matcher;
mod way;

pub use code::{Code, CodeSet};
pub use matcher::Matcher;
pub use way::{CostParts, Way};

use smallvec::SmallVec;

/// What became of one VM on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The host can take it: one way for each model that fits, in the host's order.
    Fits(SmallVec<[Way; 1]>),
    /// It cannot; these rules fail. Never empty.
    Fails(CodeSet),
}
