//! A fleet file of any bytes: it is read or refused with a message that a terminal can show, and what was read is written and read
//! again the same.
#![no_main]

use gpu_place_core::fleet_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match fleet_file::read(text, "fleet.toml") {
        Ok(request) => {
            let written = fleet_file::to_toml(&request);
            let again = fleet_file::read(&written, "fleet.toml").unwrap_or_else(|e| panic!("{e}\n{written}"));
            assert_eq!(format!("{request:?}"), format!("{again:?}"));
        }
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        }
    }
});
