//! What a person sees: plain text, aligned, with colours that never carry meaning alone.
//!
//! Functions here make text and print nothing. Strings from the network pass through [`safe`] before they get into any of it.

pub mod explained;
pub mod fleet_plan;
pub mod money;
pub mod offers;
pub mod outcome;
pub mod plan;
pub mod reasons;
pub mod style;
pub mod table;

use gpu_place_core::fleet::{Fleet, Host, HostId};
use gpu_place_core::names::Name;
use gpu_place_core::text::clean;

/// A text from the network, fit to be shown.
pub fn safe(text: &str) -> String {
    clean(text, 80)
}

/// A word on hosts that failed lately; `None` where there are none.
pub fn set_aside(hosts: &[HostId]) -> Option<String> {
    let shown: Vec<String> = hosts.iter().map(|id| safe(id.as_str())).collect();
    (!shown.is_empty()).then(|| format!("set aside because they failed lately: {}", shown.join(", ")))
}

/// Where a host stands, as far as it says: city, state, country, without repeating a word.
pub fn place_of(fleet: &Fleet, host: &Host) -> String {
    let text = |name: Option<Name>| name.map(|n| safe(fleet.names().text(n)));
    let mut parts: Vec<String> = Vec::new();
    for part in [host.place.city, host.place.state, host.place.country]
        .into_iter()
        .filter_map(text)
    {
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        "place not stated".into()
    } else {
        parts.join(", ")
    }
}
