//! Why hosts were excluded, in words.

use gpu_place_core::candidate::{Reason, Rejections};
use gpu_place_core::fit::Code;

/// One line: how many hosts fit, and the rules that excluded the others, most first.
pub fn summary(rejections: &Rejections) -> String {
    let mut reasons: Vec<&Reason> = rejections.reasons.iter().collect();
    reasons.sort_by_key(|r| std::cmp::Reverse(r.hosts));
    let told: Vec<String> = reasons
        .iter()
        .map(|r| format!("{} {}", r.hosts, phrase(r.code)))
        .collect();
    let of = format!("{} of {} hosts fit", rejections.fit, rejections.hosts);
    if told.is_empty() {
        of
    } else {
        format!("{of}; {}", told.join(", "))
    }
}

/// What hosts that fail a rule have in common.
pub const fn phrase(code: Code) -> &'static str {
    match code {
        Code::Malformed => "could not be read",
        Code::Host => "not allowed by id",
        Code::GpuModel => "without the GPU",
        Code::GpuCount => "with too few GPUs free",
        Code::Vcpu => "short of vCPUs",
        Code::Ram => "short of RAM",
        Code::Storage => "short of storage",
        Code::PerGpuLimit => "give less per GPU",
        Code::Uptime => "below the uptime",
        Code::Tier => "below the tier",
        Code::Region => "in the wrong place",
        Code::Network => "lack the network",
        Code::Ports => "without the ports",
        Code::Price => "too dear",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_reason_comes_first() {
        let reason = |code, hosts| Reason { code, hosts, only: 0 };
        let reasons = vec![reason(Code::GpuModel, 3), reason(Code::Price, 7)];
        let rejections = Rejections {
            vm: "vm".into(),
            hosts: 12,
            fit: 2,
            reasons,
        };
        assert_eq!(summary(&rejections), "2 of 12 hosts fit; 7 too dear, 3 without the GPU");
    }
}
