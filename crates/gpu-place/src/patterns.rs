//! GPU patterns that match nothing in a fleet: an error if all do, with the nearest names.

use gpu_place_core::fleet::Fleet;
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::request::Request;

use crate::failure::Failure;
use crate::show::safe;

/// Names that are suggested for one pattern.
const SUGGESTIONS: usize = 3;
/// How alike a name has to be to be suggested, from 0 to 1.
const LIKENESS: f64 = 0.65;

/// Warnings for patterns that match nothing; an error if every pattern of the request is one. An empty market accuses nobody.
pub fn check(fleet: &Fleet, request: &Request) -> Result<Vec<String>, Failure> {
    let patterns: Vec<&GpuPattern> = request.vms().iter().flat_map(|vm| &vm.gpu).collect();
    let mut unmatched: Vec<&GpuPattern> = patterns
        .iter()
        .copied()
        .filter(|p| !fleet.models().iter().any(|m| p.matches(m)))
        .collect();
    unmatched.sort_unstable_by_key(|p| p.as_str());
    unmatched.dedup();
    if fleet.models().is_empty() || unmatched.is_empty() {
        return Ok(Vec::new());
    }
    let told: Vec<String> = unmatched.iter().map(|p| told(fleet, p)).collect();
    // A VM without patterns takes any model, so the request as a whole may still be met.
    let any_model = request.vms().iter().any(|vm| vm.gpu.is_empty());
    if !any_model && patterns.iter().all(|p| unmatched.contains(p)) {
        return Err(Failure::bad_input(told.join("; "))
            .help("`gpu-place offers` lists what is on offer; a glob such as 'rtx*' matches whole names"));
    }
    Ok(told)
}

fn told(fleet: &Fleet, pattern: &GpuPattern) -> String {
    let near = nearest(fleet, pattern);
    let known = if near.is_empty() {
        String::new()
    } else {
        format!("; nearest: {}", near.join(", "))
    };
    format!("no GPU of the marketplace matches `{}`{known}", safe(pattern.as_str()))
}

/// Full names of the models whose name, with or without brand or its later parts, is most like the pattern.
fn nearest(fleet: &Fleet, pattern: &GpuPattern) -> Vec<String> {
    let plain: String = pattern.as_str().chars().filter(|c| !matches!(c, '*' | '?')).collect();
    let likeness = |alias: &str| {
        let parts = alias.match_indices('-').map(|(at, _)| &alias[..at]).chain([alias]);
        parts.map(|part| strsim::jaro_winkler(part, &plain)).fold(0.0, f64::max)
    };
    let mut scored: Vec<(f64, &str)> = fleet
        .models()
        .iter()
        .map(|m| (m.aliases().iter().map(|a| likeness(a)).fold(0.0, f64::max), m.name()))
        .filter(|(score, _)| *score >= LIKENESS)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| safe(name))
        .collect()
}
