//! Strict JSON, read without building a tree.
//!
//! Two needs rule out an ordinary deserializer here. Prices have to be read from their digits, which a deserializer turns into
//! floats; and what is wrong inside one host (a lone surrogate, an absurd exponent, a thousand levels of nesting) must not spoil
//! the document around it. [`Scan`] goes through a text once and hands out borrowed pieces; [`Json`] is a value inside a text that
//! is already known to be JSON, for the small answers where looking twice costs nothing.
//!
//! It knows nothing of hosts, instances or prices.

mod balanced;
mod find;
mod scan;
mod text;
mod value;

pub(crate) use scan::{Broken, Scan, Scanned};
pub(crate) use text::Text;
pub(crate) use value::{Json, Scalar};
