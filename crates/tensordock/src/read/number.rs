//! Numbers of a host, from their digits: numbers and strings alike, absurd ones never.

use std::borrow::Cow;
use std::num::NonZeroU64;

use gpu_place_core::money::UnitPrice;
use gpu_place_core::number::{Digits, parse_decimal};
use gpu_place_core::ports::Port;
use rust_decimal::Decimal;

use crate::json::Scalar;

/// The longest exponent that is taken for a number rather than for nonsense, in digits.
const LONGEST_EXPONENT: usize = 18;

/// The digits of a number that makes sense.
fn digits(value: Scalar<'_>) -> Option<Cow<'_, str>> {
    let digits = value.digits()?;
    let exponent = digits.find(['e', 'E']).map_or(0, |at| digits.len() - at - 1);
    (exponent <= LONGEST_EXPONENT + 1).then_some(digits)
}

/// Short plain digits, which nearly all whole numbers are.
fn short(digits: &str) -> Option<u64> {
    let plain = digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// A resource, floored; from 0 to 10¹⁵.
pub(super) fn whole(value: Scalar<'_>) -> Option<u64> {
    let digits = digits(value)?;
    short(&digits).or_else(|| Digits::parse(&digits).ok()?.floored())
}

/// A stated maximum; 0, negative or unreadable counts as none, and one that no resource can reach limits nothing.
pub(super) fn limit(value: Scalar<'_>) -> Option<NonZeroU64> {
    whole(value).and_then(NonZeroU64::new)
}

/// A price of one unit.
pub(super) fn price(value: Scalar<'_>) -> Option<UnitPrice> {
    UnitPrice::parse(&digits(value)?).ok()
}

/// A port from 1 to 65535, however it is written.
pub(super) fn port(value: Scalar<'_>) -> Option<Port> {
    let digits = digits(value)?;
    let number = short(&digits).or_else(|| {
        let number = parse_decimal(&digits).ok()?.normalize();
        if number.is_integer() {
            Digits::parse(&digits).ok()?.floored()
        } else {
            None
        }
    });
    number.and_then(Port::new)
}

/// A number that is compared but not counted. One beyond what can be held exactly is taken for the nearest that can.
pub(super) fn decimal(value: Scalar<'_>) -> Option<Decimal> {
    let digits = digits(value)?;
    parse_decimal(&digits).ok().or_else(|| {
        let number = Digits::parse(&digits).ok()?;
        Some(match (number.is_negative(), number.at_most(1)) {
            (false, true) => Decimal::ZERO,
            (false, false) => Decimal::MAX,
            (true, _) => Decimal::MIN,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn of(json: &str) -> Scalar<'_> {
        Json::parse(json).unwrap().scalar()
    }

    #[test]
    fn numbers_come_in_many_clothes() {
        for (json, amount) in [
            ("990.7", Some(990)),
            (r#"" 990.7 ""#, Some(990)),
            ("1e3", Some(1000)),
            ("-0", Some(0)),
            ("-1", None),
            ("1e15", Some(1_000_000_000_000_000)),
            ("1000000000000001", None),
            ("true", None),
            ("null", None),
            (r#""""#, None),
            (r#""1_000""#, None),
            ("[1]", None),
            ("1e-99999999999999999999", None),
        ] {
            assert_eq!(whole(of(json)), amount, "{json}");
        }
    }

    #[test]
    fn a_port_is_whole_and_in_range() {
        let number = |json| port(of(json)).map(Port::number);
        assert_eq!(number("20000.0"), Some(20000));
        assert_eq!(number(r#""22""#), Some(22));
        for json in ["20000.5", "0", "65536", "-22", "1e99", "1e-5"] {
            assert_eq!(number(json), None, "{json}");
        }
    }

    #[test]
    fn absurd_numbers_keep_their_side() {
        assert_eq!(decimal(of("1e300")), Some(Decimal::MAX));
        assert_eq!(decimal(of("1e-300")), Some(Decimal::ZERO));
        assert_eq!(decimal(of("1e99999999999999999999")), None);
        assert!(decimal(of("-1e300")) < Some(Decimal::ZERO));
    }

    #[test]
    fn a_limit_of_nothing_is_none() {
        assert_eq!(limit(of("0")), None);
        assert_eq!(limit(of("0.9")), None);
        assert_eq!(limit(of("16.5")), NonZeroU64::new(16));
        assert_eq!(limit(of("1e300")), None);
    }
}
