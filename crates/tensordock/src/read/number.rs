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
    let exponent = digits
        .bytes()
        .position(|b| matches!(b, b'e' | b'E'))
        .map_or(0, |at| digits.len() - at - 1);
    (exponent <= LONGEST_EXPONENT + 1).then_some(digits)
}

/// A number of at most 15 plain digits, which nearly all whole numbers are.
#[inline]
fn plain(value: Scalar<'_>) -> Option<u64> {
    let Scalar::Number(digits) = value else {
        return None;
    };
    let digit = |sum: u64, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0'));
    if digits.len() <= 15 {
        digits.as_bytes().iter().try_fold(0, digit)
    } else {
        None
    }
}

/// A resource, floored; from 0 to 10¹⁵.
pub(super) fn whole(value: Scalar<'_>) -> Option<u64> {
    if let Some(number) = plain(value) {
        return Some(number);
    }
    Digits::parse(&digits(value)?).ok()?.floored()
}

/// A stated maximum; 0, negative or unreadable counts as none, and one that no resource can reach limits nothing.
pub(super) fn limit(value: Scalar<'_>) -> Option<NonZeroU64> {
    whole(value).and_then(NonZeroU64::new)
}

/// A number of at most 15 plain digits with a point or without, as its digits and how many stand behind the point.
#[inline]
fn plain_decimal(value: Scalar<'_>) -> Option<(u64, u32)> {
    let Scalar::Number(text) = value else {
        return None;
    };
    if text.len() > 16 {
        return None;
    }
    let (mut digits, mut point) = (0, None);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let behind = point.map_or(0, |at| text.len() - at - 1);
    (behind <= 15).then_some((digits, behind as u32))
}

/// A price of one unit.
pub(super) fn price(value: Scalar<'_>) -> Option<UnitPrice> {
    // Nearly all prices are a few plain digits that no rounding touches.
    if let Some((digits, behind @ 0..=9)) = plain_decimal(value) {
        let nanos = digits.checked_mul(10u64.pow(9 - behind))?;
        return (nanos <= UnitPrice::MAX.nanos()).then(|| UnitPrice::from_nanos(nanos));
    }
    UnitPrice::parse(&digits(value)?).ok()
}

/// A port from 1 to 65535, however it is written.
pub(super) fn port(value: Scalar<'_>) -> Option<Port> {
    if let Some(number) = plain(value) {
        return Port::new(number);
    }
    let digits = digits(value)?;
    let whole = parse_decimal(&digits).ok()?.is_integer();
    Digits::parse(&digits)
        .ok()?
        .floored()
        .filter(|_| whole)
        .and_then(Port::new)
}

/// A number that is compared but not counted. One beyond what can be held exactly is taken for the nearest that can.
pub(super) fn decimal(value: Scalar<'_>) -> Option<Decimal> {
    if let Some((digits, behind)) = plain_decimal(value) {
        return Some(Decimal::from_i128_with_scale(i128::from(digits), behind).normalize());
    }
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

    proptest::proptest! {
        /// What is read in one go is what the patient reader makes of the same digits.
        #[test]
        fn plain_digits_are_read_alike(text in "[0-9]{1,9}(\\.[0-9]{1,10})?", zeros in "0{0,3}") {
            let text = format!("{text}{}", if text.contains('.') { zeros } else { String::new() });
            let number = Scalar::Number(&text);
            proptest::prop_assert_eq!(price(number), UnitPrice::parse(&text).ok());
            proptest::prop_assert_eq!(decimal(number), parse_decimal(&text).ok());
            proptest::prop_assert_eq!(decimal(number).map(|d| d.scale()), parse_decimal(&text).ok().map(|d| d.scale()));
        }
    }

    #[test]
    fn a_limit_of_nothing_is_none() {
        assert_eq!(limit(of("0")), None);
        assert_eq!(limit(of("0.9")), None);
        assert_eq!(limit(of("16.5")), NonZeroU64::new(16));
        assert_eq!(limit(of("1e300")), None);
    }
}
