//! Words of the command line that a fleet file does not know. What both know is read by `fleet_file::value`.

use std::num::NonZeroU32;
use std::time::Duration;

use gpu_place_core::fleet_file::{MOST_VMS, value};
use gpu_place_core::solve::Limits;

/// How many VMs: as many as a fleet file may ask for.
pub fn replicas(text: &str) -> Result<NonZeroU32, String> {
    let count = value::whole(text, 1, MOST_VMS).map_err(|e| e.to_string())?;
    u32::try_from(count)
        .ok()
        .and_then(NonZeroU32::new)
        .ok_or_else(|| "too many".into())
}

/// A number of seconds, or a duration with its unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|e| format!("{e}; expected a duration such as 90s, 10m or 2h"))
}

/// A duration that is not zero.
pub fn some_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() {
        return Err("expected more than no time at all, such as 30s".into());
    }
    Ok(time)
}

/// How hard the solver tries, in work units.
pub fn effort(text: &str) -> Result<u64, String> {
    let normal = Limits::default().work;
    match text {
        "quick" => Ok(normal / 100),
        "normal" => Ok(normal),
        "thorough" => Ok(normal.saturating_mul(10)),
        _ => value::size(text).map_err(|_| "expected quick, normal, thorough, or a number of work units".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert!(duration("-1s").is_err() && duration("soon").is_err());
        assert_eq!(some_time("500ms"), Ok(Duration::from_millis(500)));
        assert!(some_time("0").is_err() && some_time("0s").is_err());
    }

    #[test]
    fn replicas_have_the_limit_of_a_fleet_file() {
        assert_eq!(replicas("3").map(NonZeroU32::get), Ok(3));
        assert!(replicas("0").is_err() && replicas("1000000").is_ok() && replicas("1000001").is_err());
    }

    #[test]
    fn effort_has_names() {
        assert_eq!(effort("1234"), Ok(1234));
        assert_eq!(effort("normal"), Ok(Limits::default().work));
        assert!(effort("0").is_err() && effort("much").is_err());
    }
}
