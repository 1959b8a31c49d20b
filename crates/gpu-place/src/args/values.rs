//! From one word of the command line to one checked value.

use std::num::NonZeroU32;
use std::time::Duration;

use gpu_place_core::fleet::PlaceKind;
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::money::{Money, UnitPrice};
use gpu_place_core::number::{MOST_RESOURCE, parse_decimal};
use gpu_place_core::ports::PortAsk;
use gpu_place_core::request::{CountRange, SpreadRule, VmName};
use gpu_place_core::solve::Limits;
use rust_decimal::Decimal;

type Parsed<T> = Result<T, String>;

pub fn pattern(text: &str) -> Parsed<GpuPattern> {
    GpuPattern::new(text).ok_or_else(|| "a GPU pattern cannot be empty".into())
}

pub fn count(text: &str) -> Parsed<CountRange> {
    let whole = |t: &str| t.parse::<u32>().ok().filter(|_| t.bytes().all(|b| b.is_ascii_digit()));
    let range = match text.split_once("..") {
        Some((least, most)) => whole(least).zip(whole(most)).and_then(|(a, b)| CountRange::new(a, b)),
        None => whole(text).and_then(CountRange::exactly),
    };
    range.ok_or_else(|| "expected a count of at least 1, or a range such as 2..8".into())
}

pub fn price(text: &str) -> Parsed<Money> {
    UnitPrice::parse(text)
        .map(Money::from)
        .map_err(|e| format!("{e}; expected USD per hour such as 2.5"))
}

pub fn money(text: &str) -> Parsed<Money> {
    Money::parse(text).map_err(|e| format!("{e}; expected USD per hour such as 250"))
}

pub fn decimal(text: &str) -> Parsed<Decimal> {
    parse_decimal(text).map_err(|e| e.to_string())
}

pub fn amount(text: &str) -> Parsed<u64> {
    let whole = text
        .parse()
        .ok()
        .filter(|n| *n <= MOST_RESOURCE && text.bytes().all(|b| b.is_ascii_digit()));
    whole.ok_or_else(|| "expected a whole number".into())
}

pub fn at_least_one(text: &str) -> Parsed<u64> {
    amount(text)
        .ok()
        .filter(|n| *n >= 1)
        .ok_or_else(|| "expected a whole number of at least 1".into())
}

pub fn replicas(text: &str) -> Parsed<NonZeroU32> {
    text.parse().map_err(|_| "expected a whole number of at least 1".into())
}

pub fn port(text: &str) -> Parsed<PortAsk> {
    PortAsk::parse(text).ok_or_else(|| "expected a port such as 22, or INTERNAL:EXTERNAL such as 9000:20005".into())
}

pub fn place_kind(text: &str) -> Parsed<PlaceKind> {
    let kind = PlaceKind::ALL.into_iter().find(|kind| kind.word() == text);
    kind.ok_or_else(|| "expected host, location, organization or country".into())
}

pub fn spread(text: &str) -> Parsed<SpreadRule> {
    let (by, max) = text.split_once(':').unwrap_or((text, "1"));
    let rule = place_kind(by)
        .ok()
        .zip(max.parse().ok())
        .map(|(by, max)| SpreadRule { by, max });
    rule.ok_or_else(|| "expected BY:MAX such as host:1, by host, location, organization or country".into())
}

pub fn vm_name(text: &str) -> Parsed<VmName> {
    VmName::new(text).ok_or_else(|| "expected lower-case letters, digits and hyphens".into())
}

pub fn duration(text: &str) -> Parsed<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|e| format!("{e}; expected a duration such as 90s, 10m or 2h"))
}

pub fn effort(text: &str) -> Parsed<u64> {
    let normal = Limits::default().work;
    match text {
        "quick" => Ok(normal / 100),
        "normal" => Ok(normal),
        "thorough" => Ok(normal.saturating_mul(10)),
        _ => at_least_one(text).map_err(|_| "expected quick, normal, thorough, or a number of work units".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_values() {
        assert_eq!(count("2..8").map(|c| c.to_string()), Ok("2..8".into()));
        assert!(count("0").is_err() && count("8..2").is_err() && count("+2").is_err());
        assert!(spread("host:1").is_ok() && spread("country").is_ok() && spread("host:0").is_err());
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert!(price("-1").is_err() && price("2000000").is_err() && money("2000000").is_ok());
        assert!(at_least_one("0").is_err() && amount("0").is_ok() && amount("-1").is_err());
    }
}
