//! Whether the counts of hosts that do not fit are right.

use super::case::Case;
use super::finding::Finding;
use super::rules::Failed;
use crate::candidate::Rejections;
use crate::fit::Code;

/// How hosts fared for one VM.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    fit: u64,
    /// By rule: hosts that fail it, and hosts that fail it alone.
    failed: [(u64, u64); Code::ALL.len()],
}

impl Tally {
    pub fn count(&mut self, failed: Failed) {
        self.fit += u64::from(failed.none());
        for (code, (hosts, only)) in Code::ALL.into_iter().zip(&mut self.failed) {
            *hosts += u64::from(failed.has(code));
            *only += u64::from(failed.has(code) && failed.len() == 1);
        }
    }
}

/// Whether there are rejections for each VM, in the order of the request.
pub(super) fn check_list(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let found: Vec<&str> = case.plan.rejections.iter().map(|r| r.vm.as_str()).collect();
    let expected: Vec<&str> = case.request.vms().iter().map(|vm| vm.name.as_str()).collect();
    if found != expected {
        findings.push(Finding::RejectionsOf {
            found: found.join(", "),
        });
    }
}

/// Whether what the plan says of one VM is what was counted.
pub(super) fn check(case: &Case<'_>, told: &Rejections, mut tally: Tally, findings: &mut Vec<Finding>) {
    let mut malformed = Failed::default();
    malformed.note(Code::Malformed, true);
    for _ in case.fleet.malformed() {
        tally.count(malformed);
    }
    let mut same = |what: String, found: u64, expected: u64| {
        if found != expected {
            findings.push(Finding::Rejections {
                vm: told.vm.clone(),
                what,
                found,
                expected,
            });
        }
    };
    same("hosts".to_owned(), told.hosts, case.fleet.listed() as u64);
    same("fit".to_owned(), told.fit, tally.fit);
    for (code, (hosts, only)) in Code::ALL.into_iter().zip(tally.failed) {
        let of_code = told.reasons.iter().find(|reason| reason.code == code);
        same(format!("{code}: hosts"), of_code.map_or(0, |r| r.hosts), hosts);
        same(format!("{code}: only"), of_code.map_or(0, |r| r.only), only);
    }
    let in_order = told
        .reasons
        .windows(2)
        .all(|pair| pair.first().map(|r| r.code) < pair.last().map(|r| r.code));
    if !in_order || told.reasons.iter().any(|reason| reason.hosts == 0) {
        findings.push(Finding::RejectionOrder { vm: told.vm.clone() });
    }
}
