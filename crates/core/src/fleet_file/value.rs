//! Single values as text: what the keys of a fleet file and the flags of the command line have in common.
//!
//! Every function reads one value and, where it cannot, says what it expected.

use std::fmt;
use std::num::NonZeroU32;

use rust_decimal::Decimal;

use super::keys::nearest;
use super::tree::quoted;
use crate::fleet::PlaceKind;
use crate::gpu::GpuPattern;
use crate::money::{Money, UnitPrice};
use crate::number::{MOST_RESOURCE, parse_decimal};
use crate::ports::PortAsk;
use crate::request::{CountRange, SizeMode, SpreadRule, VmName};

/// A value that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}{}", .expected.hint(.found))]
pub struct ValueError {
    /// What would have been right.
    pub expected: Expected,
    /// What was there: short, in quotes if it was a text, without control characters.
    pub found: String,
}

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// `true` or `false`.
    Flag,
    /// Any text that is not blank.
    Text,
    /// A list of texts.
    Texts,
    /// A GPU model or pattern, or a list of them.
    Gpus,
    /// One GPU model or pattern.
    Gpu,
    /// A VM's name.
    Name,
    /// A number of GPUs or a range.
    Count,
    /// A port, or two.
    Port,
    /// A list of ports.
    Ports,
    /// A spread rule as a flag gives it.
    Spread,
    /// A spread rule as a file gives it.
    SpreadTable,
    /// A kind of place.
    Place,
    /// How sizes are read.
    Sizes,
    /// A price in USD per hour.
    Price,
    /// An amount in USD per hour.
    Amount,
    /// A percentage.
    Percent,
    /// A number that is not negative.
    Decimal,
    /// A whole number within limits.
    Whole {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A table.
    Table,
    /// Tables of VMs.
    Tables,
}

const PLACES: [&str; 4] = ["host", "location", "organization", "country"];
const SIZES: [&str; 2] = ["provider", "exact"];

impl Expected {
    /// The error of having found this text instead.
    pub(super) fn not(self, text: &str) -> ValueError {
        self.instead_of(quoted(text))
    }

    /// The error of having found something that is shown as `found`.
    pub(super) fn instead_of(self, found: String) -> ValueError {
        ValueError { expected: self, found }
    }

    /// The word that a wrong one may have meant, or how a single text becomes a list.
    fn hint(self, found: &str) -> String {
        let is_text = found.starts_with('"');
        let words: &[&str] = match self {
            Expected::Place => &PLACES,
            Expected::Sizes => &SIZES,
            Expected::Texts if is_text => return format!(": write [{found}]"),
            Expected::Whole { .. }
            | Expected::Count
            | Expected::Price
            | Expected::Amount
            | Expected::Percent
            | Expected::Decimal
                if is_text && parse_decimal(found.trim_matches('"')).is_ok() =>
            {
                return ": write the number without quotes".to_owned();
            }
            _ => &[],
        };
        nearest(found.trim_matches('"'), words).map_or(String::new(), |word| format!(": did you mean \"{word}\"?"))
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Expected::Flag => "true or false",
            Expected::Text => "a text that is not blank",
            Expected::Texts => "a list of texts",
            Expected::Gpus => "a GPU model or pattern, such as \"h100-*\", or a list of them",
            Expected::Gpu => "a GPU model or pattern, such as \"h100-*\"",
            Expected::Name => "a name of 1 to 64 lower-case letters, digits and hyphens",
            Expected::Count => {
                return write!(
                    f,
                    "a number of GPUs from 1 to {}, or a range such as \"2..8\"",
                    CountRange::LIMIT
                );
            }
            Expected::Port => "a port from 1 to 65535, or a port with its fixed external port such as \"9000:20005\"",
            Expected::Ports => "a list of ports, such as [22, \"9000:20005\"]",
            Expected::Spread => "a place and the most VMs that it may take, such as host:1",
            Expected::SpreadTable => "a table such as { by = \"host\", max = 1 }",
            Expected::Place => "\"host\", \"location\", \"organization\" or \"country\"",
            Expected::Sizes => "\"provider\" or \"exact\"",
            Expected::Price => "a price in USD per hour from 0 to 1000000",
            Expected::Amount => "an amount in USD per hour from 0 up",
            Expected::Percent => "a percentage from 0 to 100",
            Expected::Decimal => "a number from 0 up",
            Expected::Whole { least, most } => return write!(f, "a whole number from {least} to {most}"),
            Expected::Table => "a table",
            Expected::Tables => "tables headed [[vm]]",
        })
    }
}

/// A whole number from `least` to `most`: digits alone.
pub fn whole(text: &str, least: u64, most: u64) -> Result<u64, ValueError> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain
        .then(|| text.parse().ok())
        .flatten()
        .filter(|n| (least..=most).contains(n))
        .ok_or_else(|| Expected::Whole { least, most }.instead_of(number_or_quoted(text)))
}

/// A size that a VM needs some of, such as vCPUs: at least 1.
pub fn size(text: &str) -> Result<u64, ValueError> {
    whole(text, 1, MOST_RESOURCE)
}

/// A size that may be nothing, such as storage.
pub fn size_or_none(text: &str) -> Result<u64, ValueError> {
    whole(text, 0, MOST_RESOURCE)
}

/// How many GPUs: `8`, or `2..8` with both ends included.
pub fn count(text: &str) -> Result<CountRange, ValueError> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let read = |digits| {
        whole(digits, 1, u64::from(CountRange::LIMIT))
            .ok()
            .and_then(|n| u32::try_from(n).ok())
    };
    let range = read(least)
        .zip(read(most))
        .and_then(|(least, most)| CountRange::new(least, most));
    range.ok_or_else(|| Expected::Count.instead_of(number_or_quoted(text)))
}

/// A port: `22`, or `9000:20005` for one that has to be reached at a certain external port.
pub fn port(text: &str) -> Result<PortAsk, ValueError> {
    PortAsk::parse(text).ok_or_else(|| Expected::Port.instead_of(number_or_quoted(text)))
}

/// A kind of place: `host`, `location`, `organization`, `country`.
pub fn place(text: &str) -> Result<PlaceKind, ValueError> {
    let found = PlaceKind::ALL.into_iter().find(|kind| kind.word() == text);
    found.ok_or_else(|| Expected::Place.not(text))
}

/// A spread rule: `host:1`, or `host` for at most one.
pub fn spread(text: &str) -> Result<SpreadRule, ValueError> {
    let (by, max) = text.split_once(':').unwrap_or((text, "1"));
    let max = whole(max, 1, u64::from(u32::MAX))
        .ok()
        .and_then(|n| u32::try_from(n).ok());
    let rule = place(by).ok().zip(max.and_then(NonZeroU32::new));
    rule.map(|(by, max)| SpreadRule { by, max })
        .ok_or_else(|| Expected::Spread.not(text))
}

/// How sizes are read: `provider` or `exact`.
pub fn sizes(text: &str) -> Result<SizeMode, ValueError> {
    match text {
        "provider" => Ok(SizeMode::Provider),
        "exact" => Ok(SizeMode::Exact),
        _ => Err(Expected::Sizes.not(text)),
    }
}

/// A price per hour, up to what any one price may be.
pub fn price(text: &str) -> Result<Money, ValueError> {
    let price = UnitPrice::parse(text).map(Money::from);
    price.map_err(|_| Expected::Price.instead_of(number_or_quoted(text)))
}

/// An amount per hour, such as a budget: it may exceed what a single price may be.
pub fn amount(text: &str) -> Result<Money, ValueError> {
    Money::parse(text).map_err(|_| Expected::Amount.instead_of(number_or_quoted(text)))
}

/// A percentage.
pub fn percent(text: &str) -> Result<Decimal, ValueError> {
    within(text, Expected::Percent, Decimal::ONE_HUNDRED)
}

/// A number from 0 up, such as a tier or a speed.
pub fn decimal(text: &str) -> Result<Decimal, ValueError> {
    within(text, Expected::Decimal, Decimal::from(MOST_RESOURCE))
}

fn within(text: &str, expected: Expected, most: Decimal) -> Result<Decimal, ValueError> {
    let number = parse_decimal(text).ok();
    number
        .filter(|n| (Decimal::ZERO..=most).contains(n))
        .ok_or_else(|| expected.instead_of(number_or_quoted(text)))
}

/// A GPU model or pattern.
pub fn gpu(text: &str) -> Result<GpuPattern, ValueError> {
    GpuPattern::new(text).ok_or_else(|| Expected::Gpu.not(text))
}

/// A VM's name.
pub fn name(text: &str) -> Result<VmName, ValueError> {
    VmName::new(text).ok_or_else(|| Expected::Name.not(text))
}

/// A name of anything else, such as a country or a host: not blank, otherwise as it is.
pub fn text(text: &str) -> Result<String, ValueError> {
    if text.trim().is_empty() {
        return Err(Expected::Text.not(text));
    }
    Ok(text.to_owned())
}

/// Numbers are shown bare, all else in quotes.
fn number_or_quoted(text: &str) -> String {
    let short = text.len() <= 40 && !text.is_empty();
    let numeric = short && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if numeric { text.to_owned() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<T>(result: Result<T, ValueError>) -> String {
        result.map_or_else(|e| e.to_string(), |_| "read".to_owned())
    }

    #[test]
    fn values_are_read() {
        assert_eq!(count("2..8"), Ok(CountRange::new(2, 8).unwrap()));
        assert_eq!(count("4"), Ok(CountRange::exactly(4).unwrap()));
        assert_eq!(port("9000:20005").unwrap().to_string(), "9000:20005");
        let rule = |by, max| {
            Ok(SpreadRule {
                by,
                max: NonZeroU32::new(max).unwrap(),
            })
        };
        assert_eq!(spread("country:3"), rule(PlaceKind::Country, 3));
        assert_eq!(spread("host"), rule(PlaceKind::Host, 1));
        assert_eq!(price("2.5").unwrap().nanos(), 2_500_000_000);
        assert_eq!(amount("20000000").unwrap().nanos(), 20_000_000_000_000_000);
        assert_eq!(percent("99.95").unwrap().to_string(), "99.95");
        assert_eq!(sizes("exact"), Ok(SizeMode::Exact));
        assert_eq!(text(" Köln "), Ok(" Köln ".to_owned()));
    }

    #[test]
    fn what_is_wrong_says_what_would_be_right() {
        for (said, expected) in [
            (
                shown(whole("-3", 1, 9)),
                "expected a whole number from 1 to 9, found -3",
            ),
            (
                shown(size("4.0")),
                "expected a whole number from 1 to 1000000000000000, found 4.0",
            ),
            (
                shown(count("8..2")),
                "expected a number of GPUs from 1 to 999999, or a range such as \"2..8\", found 8..2",
            ),
            (
                shown(price("cheap")),
                "expected a price in USD per hour from 0 to 1000000, found \"cheap\"",
            ),
            (
                shown(percent("100.5")),
                "expected a percentage from 0 to 100, found 100.5",
            ),
            (
                shown(place("hots")),
                "expected \"host\", \"location\", \"organization\" or \"country\", found \"hots\": did you mean \"host\"?",
            ),
            (
                shown(spread("host:0")),
                "expected a place and the most VMs that it may take, such as host:1, found \"host:0\"",
            ),
            (shown(text(" ")), "expected a text that is not blank, found \" \""),
        ] {
            assert_eq!(said, expected);
        }
    }
}
