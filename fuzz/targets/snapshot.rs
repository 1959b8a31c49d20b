//! A snapshot file of any bytes, compressed or not: it is read or refused, and what was read can be planned on.
#![no_main]

use std::io::Write;

use gpu_place_core::place::{Effort, place};
use gpu_place_core::request::{Request, Vm, VmName};
use gpu_place_fetch::store;
use libfuzzer_sys::fuzz_target;

/// A few bytes can unpack to very many.
const LARGEST: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    let Ok(document) = store::load_at_most(file.path(), LARGEST) else {
        return;
    };
    let Ok(read) = gpu_place_tensordock::read(&document) else {
        return;
    };
    let name = VmName::new("vm").expect("a name");
    let request = Request::new(vec![Vm::new(name)]).expect("a request");
    // The planner has every plan examined by code that shares nothing with it.
    let plan = place(&read.fleet, &request, &[], Effort::default()).expect("a plan that stands the examination");
    assert!(plan.plan().to_json().ends_with("}\n"));
});
