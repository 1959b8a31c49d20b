//! Buys a verified plan safely: never twice, never dearer than agreed, nothing lost.
//!
//! [`journal`] holds what was intended, before it is tried. [`buyer`] decides, without any I/O: events in, actions out. [`run`] carries
//! the actions to a marketplace and to the journal. [`outcome`] is what is said at the end.

pub mod buyer;
pub mod id;
pub mod journal;
pub mod market;
pub mod outcome;
pub mod run;
pub mod tensordock;
