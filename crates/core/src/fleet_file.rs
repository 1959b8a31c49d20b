//! The fleet file, `gpu-place/fleet/1`: what a user asks for, written in TOML or in the same shape in JSON.
//!
//! A file is read in two steps: from text to a small tree that remembers where each value stands, then from the tree to a
//! [`Request`]. All mistakes of a file are reported at once, each with its line, its key and what would be right. Nothing here
//! knows of hosts: whether anything fits is not asked.

mod json;
mod keys;
mod mistake;
mod reader;
mod toml;
mod tree;
pub mod value;
mod view;
mod vm;
mod write;

pub use mistake::{FleetFileError, Mistake, Problem, Section};
pub use write::to_toml;

use crate::request::Request;

/// The number of the fleet file's format.
pub const SCHEMA: &str = "gpu-place/fleet/1";

/// The most VMs that one file may ask for, replicas counted.
pub const MOST_VMS: u64 = 1_000_000;

/// Reads a fleet file: JSON if it is a JSON object, TOML otherwise. `file` is its name in messages.
///
/// # Errors
///
/// All mistakes of the file, in the order of their lines.
pub fn read(text: &str, file: &str) -> Result<Request, FleetFileError> {
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    reader::request(text).map_err(|mistakes| FleetFileError::new(file, text, mistakes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{SizeMode, Vm};

    fn only(text: &str) -> Vm {
        let request = read(text, "test").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(request.vms().len(), 1);
        request.vms()[0].clone()
    }

    const EVERY_KEY: &str = r#"
        schema = "gpu-place/fleet/1"
        budget_per_hr = 1_250.000_000_000_4
        partial = true
        downtime_cost_per_hr = 0.1
        sizes = "exact"
        [[vm]]
        name = "train"
        replicas = 4
        weight = 2
        gpu = ["H100-sxm5-80gb", "a100-*"]
        count = "2..8"
        min_vram_gb = 80
        min_total_vram_gb = 640
        vcpu = 0x20
        ram_gb = 256
        storage_gb = 1000
        ports = [22, "8080", "9000:20005"]
        min_uptime = 99.5
        min_tier = 3
        countries = ["United States", "Canada"]
        exclude_countries = []
        hosts = ["a"]
        min_network_gbps = +1e1
        network_storage = true
        max_price_per_hr = 25.10
        spread = { by = "host", max = 1 }
        together = "location"
        group = "training"
        "#;

    #[test]
    fn every_key_is_read() {
        let request = read(EVERY_KEY, "test").unwrap();
        assert_eq!(request.budget_per_hr.unwrap().to_string(), "1250");
        assert_eq!(request.downtime_cost_per_hr.nanos(), 100_000_000);
        assert!(request.partial && request.sizes == SizeMode::Exact);
        let vm = &request.vms()[0];
        assert_eq!((vm.replicas.get(), vm.weight.get(), vm.vcpu), (4, 2, Some(32)));
        assert_eq!(
            vm.gpu.iter().map(|p| p.as_str()).collect::<Vec<_>>(),
            ["h100-sxm5-80gb", "a100-*"]
        );
        let ports: Vec<String> = vm.ports.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(ports, ["22", "8080", "9000:20005"]);
        assert_eq!(vm.min_uptime.map(|n| n.to_string()).as_deref(), Some("99.5"));
        assert_eq!(vm.min_network_gbps.map(|n| n.to_string()).as_deref(), Some("10"));
        assert_eq!(vm.max_price_per_hr.map(|n| n.to_string()).as_deref(), Some("25.1"));
        assert_eq!(vm.group(), "training");
    }

    #[test]
    fn json_and_toml_say_the_same() {
        let json = r#"{ "vm": [ { "name": "a", "gpu": "L4", "count": 2, "min_uptime": 99.50, "spread": { "by": "country" } } ] }"#;
        let toml = "vm = [{ name = 'a', gpu = 'l4', count = 2, min_uptime = 99.5, spread.by = 'country' }]";
        assert_eq!(read(json, "test"), read(toml, "test"));
        assert_eq!(only(json).spread.map(|rule| rule.max.get()), Some(1));
    }

    #[test]
    fn defaults_stand_in_for_what_a_vm_does_not_state() {
        let vm = only("defaults = { count = 4, ports = [] }\n[[vm]]\nname = 'a'\nports = [80]");
        assert_eq!((vm.count.least(), vm.ports.map(|p| p.len())), (4, Some(1)));
        let vm = only(r#"{ "defaults": { "vcpu": 8, "min_tier": 3 }, "vm": [{ "name": "a", "min_tier": null }] }"#);
        assert_eq!((vm.vcpu, vm.min_tier), (Some(8), None));
    }

    #[test]
    fn money_keeps_every_digit() {
        let vm = only("[[vm]]\nname = 'a'\nmax_price_per_hr = 123456.123456789499999999999999999999");
        assert_eq!(vm.max_price_per_hr.unwrap().to_string(), "123456.123456789");
    }

    #[test]
    fn a_byte_order_mark_is_no_mistake() {
        assert_eq!(only("\u{feff}{\"vm\":[{\"name\":\"a\"}]}").name.as_str(), "a");
        assert_eq!(only("\u{feff}[[vm]]\r\nname = 'a'\r\n").name.as_str(), "a");
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
        for text in [
            format!("vm = {open}{close}"),
            format!("{{\"vm\": {open}{close}}}"),
            open,
        ] {
            assert!(read(&text, "test").is_err());
        }
    }

    mod laws {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #[test]
            fn reading_is_total(text in "[\\[\\]{}\",:=a-z0-9. \n-]{0,80}") {
                let _ = read(&text, "test");
            }

            #[test]
            fn a_cut_off_file_is_read_or_refused(at in 0..EVERY_KEY.len()) {
                let _ = read(EVERY_KEY.get(..at).unwrap_or_default(), "test");
            }
        }
    }
}
