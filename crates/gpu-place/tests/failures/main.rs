//! Every kind of failure that creating is known to meet, over HTTP: what a person then reads, and the exit code.

#[path = "../common/mod.rs"]
mod common;
mod deployment;
mod elsewhere;
mod granted;
mod request;
mod scene;
mod unanswered;
