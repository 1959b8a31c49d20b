//! The keys of a fleet file, and what an unknown one may have meant.

use std::fmt;

/// Keys of the top level.
pub(super) const ROOT: [&str; 7] = [
    "schema",
    "budget_per_hr",
    "partial",
    "downtime_cost_per_hr",
    "sizes",
    "defaults",
    "vm",
];

/// Keys of a `[[vm]]`.
pub(super) const VM: [&str; 27] = [
    "name",
    "replicas",
    "weight",
    "gpu",
    "count",
    "min_vram_gb",
    "min_total_vram_gb",
    "vcpu",
    "ram_gb",
    "storage_gb",
    "ports",
    "min_uptime",
    "min_tier",
    "countries",
    "exclude_countries",
    "locations",
    "organizations",
    "hosts",
    "exclude_hosts",
    "min_network_gbps",
    "min_upload_gbps",
    "network_storage",
    "public_ip",
    "max_price_per_hr",
    "spread",
    "together",
    "group",
];

const SPREAD: [&str; 2] = ["by", "max"];

/// A table of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// The top level.
    Root,
    /// `[defaults]`.
    Defaults,
    /// A `[[vm]]` by its name, or by its number from 1 where it has none.
    Vm(String),
    /// The `spread` of some table.
    Spread(Box<Section>),
}

impl Section {
    /// The keys that it may hold.
    pub(super) fn keys(&self) -> &'static [&'static str] {
        match self {
            Section::Root => &ROOT,
            Section::Defaults => VM.get(1..).unwrap_or_default(),
            Section::Vm(_) => &VM,
            Section::Spread(_) => &SPREAD,
        }
    }

    /// Where a key belongs that is known, but not here.
    pub(super) fn other_home(&self, key: &str) -> Option<&'static str> {
        match self {
            Section::Root if VM.contains(&key) => Some("in a [[vm]] or in [defaults]"),
            Section::Defaults if key == "name" => Some("in a [[vm]]: every VM has a name of its own"),
            Section::Defaults | Section::Vm(_) if ROOT.contains(&key) => Some("at the top level, before all tables"),
            _ => None,
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Section::Root => f.write_str("at the top level"),
            Section::Defaults => f.write_str("in [defaults]"),
            Section::Vm(name) => write!(f, "in [[vm]] {name}"),
            Section::Spread(outer) => write!(f, "in `spread` {outer}"),
        }
    }
}

/// The known word that is most like a wrong one, if any is like it at all.
pub(super) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let wrong = wrong.to_lowercase().replace(['-', ' '], "_");
    let plural = wrong.strip_suffix('y').map(|stem| format!("{stem}ies"));
    let likeness = |known: &&str| {
        if plural.as_deref() == Some(*known) {
            return 1.0;
        }
        let begins = wrong.len() >= 3 && known.starts_with(&wrong);
        let alike = strsim::normalized_damerau_levenshtein(&wrong, known);
        if begins { alike.max(0.9) } else { alike }
    };
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= 0.5).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_found() {
        for (wrong, right) in [
            ("replica", "replicas"),
            ("Max-Price", "max_price_per_hr"),
            ("ram", "ram_gb"),
            ("vcpus", "vcpu"),
            ("gpu_count", "count"),
            ("country", "countries"),
            ("min_vram", "min_vram_gb"),
            ("exclude-host", "exclude_hosts"),
        ] {
            assert_eq!(nearest(wrong, &VM), Some(right), "{wrong}");
        }
        assert_eq!(nearest("colour", &VM), None);
    }
}
