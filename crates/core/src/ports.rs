//! Ports, and the sets of them that a host has free.

use std::fmt;
use std::num::NonZeroU16;

use serde::Serialize;

/// A TCP port, 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Port(NonZeroU16);

impl Port {
    /// The port of this number, if there is one.
    pub fn new(number: u64) -> Option<Port> {
        u16::try_from(number).ok().and_then(NonZeroU16::new).map(Port)
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An internal port that a VM asks to be reached at, from outside at any port or at a fixed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortAsk {
    /// The port inside the VM.
    pub internal: Port,
    /// The port outside, where it has to be a certain one.
    pub external: Option<Port>,
}

impl PortAsk {
    /// Reads `22` or `9000:20005`.
    pub fn parse(text: &str) -> Option<PortAsk> {
        let read = |digits: &str| {
            let plain = !digits.is_empty() && digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse().ok().and_then(Port::new)).flatten()
        };
        match text.split_once(':') {
            None => Some(PortAsk {
                internal: read(text)?,
                external: None,
            }),
            Some((inside, outside)) => Some(PortAsk {
                internal: read(inside)?,
                external: Some(read(outside)?),
            }),
        }
    }
}

impl fmt::Display for PortAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.external {
            None => self.internal.fmt(f),
            Some(external) => write!(f, "{}:{external}", self.internal),
        }
    }
}

/// A set of ports, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortSet(Box<[Port]>);

impl PortSet {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the port is among them.
    pub fn contains(&self, port: Port) -> bool {
        self.0.binary_search(&port).is_ok()
    }

    /// The ports, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Port> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Port> for PortSet {
    fn from_iter<I: IntoIterator<Item = Port>>(ports: I) -> PortSet {
        let mut ports: Vec<Port> = ports.into_iter().collect();
        ports.sort_unstable();
        ports.dedup();
        PortSet(ports.into())
    }
}

/// Where a port of a VM is reached from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PortForward {
    /// The port inside the VM.
    pub internal_port: Port,
    /// The port on the host's public address.
    pub external_port: Port,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_are_read_and_shown() {
        for text in ["22", "9000:20005", "1:65535"] {
            assert_eq!(PortAsk::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "0", "65536", "22:", ":22", "22:0", "+22", "2 2", "22:1:2", "000022"] {
            assert_eq!(PortAsk::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sets_are_sorted_and_distinct() {
        let set: PortSet = [9, 3, 9].into_iter().filter_map(Port::new).collect();
        assert_eq!(set.iter().map(Port::number).collect::<Vec<_>>(), [3, 9]);
        assert!(Port::new(3).is_some_and(|p| set.contains(p)) && !Port::new(4).is_some_and(|p| set.contains(p)));
    }
}
