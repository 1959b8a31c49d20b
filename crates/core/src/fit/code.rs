//! The codes under which rules of fit are reported.

use std::fmt;

use serde::{Serialize, Serializer};

/// A rule that a host can fail. The order is that of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Code {
    /// The host, or all of its matching offers, could not be read.
    Malformed,
    /// The host's id is not allowed.
    Host,
    /// No model of the host matches.
    GpuModel,
    /// Too few GPUs free.
    GpuCount,
    /// Too few vCPUs.
    Vcpu,
    /// Too little RAM.
    Ram,
    /// Too little storage.
    Storage,
    /// More vCPUs or RAM per GPU than the host gives.
    PerGpuLimit,
    /// Uptime too low or not stated.
    Uptime,
    /// Tier too low or not stated.
    Tier,
    /// In the wrong place.
    Region,
    /// Too slow, or without what was asked of the network.
    Network,
    /// Too few external ports, or not the right ones.
    Ports,
    /// Too dear.
    Price,
}

impl Code {
    /// All codes in the order of the reference.
    pub const ALL: [Code; 14] = [
        Code::Malformed,
        Code::Host,
        Code::GpuModel,
        Code::GpuCount,
        Code::Vcpu,
        Code::Ram,
        Code::Storage,
        Code::PerGpuLimit,
        Code::Uptime,
        Code::Tier,
        Code::Region,
        Code::Network,
        Code::Ports,
        Code::Price,
    ];

    /// The code as it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Code::Malformed => "malformed",
            Code::Host => "host",
            Code::GpuModel => "gpu-model",
            Code::GpuCount => "gpu-count",
            Code::Vcpu => "vcpu",
            Code::Ram => "ram",
            Code::Storage => "storage",
            Code::PerGpuLimit => "per-gpu-limit",
            Code::Uptime => "uptime",
            Code::Tier => "tier",
            Code::Region => "region",
            Code::Network => "network",
            Code::Ports => "ports",
            Code::Price => "price",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A set of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodeSet(u16);

impl CodeSet {
    /// No code.
    pub const NONE: CodeSet = CodeSet(0);

    /// The set of one.
    pub const fn of(code: Code) -> CodeSet {
        CodeSet(1 << code as u16)
    }

    /// Adds the code if `fails`.
    pub fn add(&mut self, code: Code, fails: bool) {
        self.0 |= u16::from(fails) << code as u16;
    }

    /// Whether it holds the code.
    pub const fn contains(self, code: Code) -> bool {
        self.0 & (1 << code as u16) != 0
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many it holds.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// What is in either.
    pub const fn union(self, other: CodeSet) -> CodeSet {
        CodeSet(self.0 | other.0)
    }

    /// Its codes in the order of the reference.
    pub fn iter(self) -> impl Iterator<Item = Code> {
        Code::ALL.into_iter().filter(move |code| self.contains(*code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_added() {
        let mut set = CodeSet::NONE;
        for code in Code::ALL {
            set.add(code, code.word().len() == 4);
        }
        assert_eq!(set.iter().map(Code::word).collect::<Vec<_>>(), ["host", "vcpu", "tier"]);
        assert_eq!(set.len(), 3);
        assert!(set.contains(Code::Host) && !set.contains(Code::Price));
    }
}
