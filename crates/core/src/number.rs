//! Decimal numbers as they are written: read from their digits, never through a binary float.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The largest amount of a resource that is believed.
pub const MOST_RESOURCE: u64 = 1_000_000_000_000_000;

/// A text that is no decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number")]
pub struct NumberError;

/// A decimal number taken apart: sign, digits, and how far the point is to their right.
#[derive(Debug, Clone, Copy)]
pub struct Digits<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Digits<'a> {
    /// Takes a number apart that is written as in JSON (leading zeros are let pass): `-12.50e3`.
    pub fn parse(text: &'a str) -> Result<Digits<'a>, NumberError> {
        let bytes = text.as_bytes();
        let (negative, rest) = match bytes.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let (whole, rest) = split_digits(rest)?;
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => split_digits(rest)?,
            None => (&[][..], rest),
        };
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', rest)) => read_exponent(rest)?,
            Some(_) => return Err(NumberError),
        };
        let whole = &whole[whole.iter().take_while(|d| **d == b'0').count()..];
        let zeros = fraction.iter().rev().take_while(|d| **d == b'0').count();
        let fraction = &fraction[..fraction.len() - zeros];
        Ok(Digits {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative && !(self.whole.is_empty() && self.fraction.iter().all(|d| *d == b'0'))
    }

    /// Whether the number is at most `most`, exactly.
    pub fn at_most(&self, most: u64) -> bool {
        match self.scaled(0) {
            Some((units, rest)) => {
                self.is_negative() || units < i128::from(most) || (units == i128::from(most) && rest == Rest::Nothing)
            }
            None => self.is_negative(),
        }
    }

    /// The number times 10^`scale`, rounded half away from zero; `None` when beyond about 10³⁷.
    pub fn scaled_rounded(&self, scale: i64) -> Option<i128> {
        let (units, rest) = self.scaled(scale)?;
        let units = units + i128::from(rest >= Rest::Half);
        Some(if self.negative { -units } else { units })
    }

    /// The whole part of a number from 0 to [`MOST_RESOURCE`]; `None` outside.
    pub fn floored(&self) -> Option<u64> {
        if self.is_negative() || !self.at_most(MOST_RESOURCE) {
            return None;
        }
        self.scaled(0).and_then(|(units, _)| u64::try_from(units).ok())
    }

    /// |number| × 10^scale as whole units and what is left below one unit.
    fn scaled(&self, scale: i64) -> Option<(i128, Rest)> {
        // The digit at index i has the weight 10^(point - 1 - i).
        let point = (self.whole.len() as i64)
            .saturating_add(self.exponent)
            .saturating_add(scale);
        let mut units = 0i128;
        let mut rest = Rest::Nothing;
        let mut seen = false;
        for (i, digit) in self.whole.iter().chain(self.fraction).enumerate() {
            let digit = digit - b'0';
            seen |= digit != 0;
            match i as i64 {
                i if i < point => units = units.checked_mul(10)?.checked_add(i128::from(digit))?,
                i if i == point => rest = Rest::first(digit),
                _ if digit != 0 => rest = rest.and_more(),
                _ => {}
            }
        }
        let missing = point.saturating_sub((self.whole.len() + self.fraction.len()) as i64);
        if missing > 0 && seen {
            let factor = u32::try_from(missing).ok().and_then(|m| 10i128.checked_pow(m))?;
            units = units.checked_mul(factor)?;
        }
        // A point left of all digits: they are worth less than half a unit.
        if point < 0 && seen {
            rest = Rest::BelowHalf;
        }
        (units <= i128::MAX / 10).then_some((units, rest))
    }
}

/// What a cut-off fraction is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rest {
    Nothing,
    BelowHalf,
    Half,
}

impl Rest {
    fn first(digit: u8) -> Rest {
        match digit {
            0 => Rest::Nothing,
            1..=4 => Rest::BelowHalf,
            _ => Rest::Half,
        }
    }

    fn and_more(self) -> Rest {
        self.max(Rest::BelowHalf)
    }
}

fn split_digits(bytes: &[u8]) -> Result<(&[u8], &[u8]), NumberError> {
    let n = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    if n == 0 {
        Err(NumberError)
    } else {
        Ok(bytes.split_at(n))
    }
}

fn read_exponent(bytes: &[u8]) -> Result<i64, NumberError> {
    let (negative, bytes) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, bytes),
    };
    let (digits, rest) = split_digits(bytes)?;
    if !rest.is_empty() {
        return Err(NumberError);
    }
    let size = digits
        .iter()
        .fold(0i64, |n, d| n.saturating_mul(10).saturating_add(i64::from(d - b'0')));
    Ok(if negative { -size } else { size })
}

/// Reads a number that is compared but not counted (uptime, tier, speed). Beyond 28 digits it is rounded.
pub fn parse_decimal(text: &str) -> Result<Decimal, NumberError> {
    Digits::parse(text)?;
    let read = if text.bytes().any(|b| matches!(b, b'e' | b'E')) {
        Decimal::from_scientific(text)
    } else {
        text.parse()
    };
    read.map(|d: Decimal| d.normalize()).map_err(|_| NumberError)
}

/// `(100 − uptime) / 100 × amount`, rounded half away from zero; an uptime beyond 18 decimals is rounded first.
/// The uptime lies between 0 and 100.
pub(crate) fn downtime_share(uptime: Decimal, amount: i128) -> i128 {
    let down = (Decimal::ONE_HUNDRED - uptime).round_dp(18);
    let unit = 100 * 10i128.pow(down.scale());
    let product = down.mantissa().saturating_mul(amount);
    (product + unit / 2) / unit
}

/// A decimal as a float, for drawing only.
pub fn to_f64(number: Decimal) -> f64 {
    number.to_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn resources_are_floored() {
        for (text, whole) in [
            ("990.7", Some(990)),
            ("0", Some(0)),
            ("1e3", Some(1000)),
            ("-1", None),
            ("1e15", Some(MOST_RESOURCE)),
            ("1000000000000000.5", None),
        ] {
            assert_eq!(Digits::parse(text).unwrap().floored(), whole, "{text}");
        }
        assert_eq!(Digits::parse("0.000001e6").unwrap().floored(), Some(1));
        assert_eq!(Digits::parse("123e-99999999999999999999").unwrap().floored(), Some(0));
        assert_eq!(Digits::parse("0e99999999999999999999").unwrap().floored(), Some(0));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".5", "1.", "1e", "0x1", "1_000", "+1", " 1", "inf", "NaN", "1e+",
        ] {
            assert!(Digits::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn downtime_is_priced_half_away_from_zero() {
        let uptime = parse_decimal("99.5").unwrap();
        assert_eq!(downtime_share(uptime, 1_000_000_000), 5_000_000);
        assert_eq!(downtime_share(uptime, 100), 1);
        assert_eq!(downtime_share(uptime, 99), 0);
        assert_eq!(downtime_share(Decimal::ZERO, 7), 7);
    }

    proptest! {
        #[test]
        fn scaling_agrees_with_integers(whole in 0u64..1_000_000_000, part in 0u32..1_000_000) {
            let text = format!("{whole}.{part:06}");
            let digits = Digits::parse(&text).unwrap();
            prop_assert_eq!(digits.scaled_rounded(6), Some(i128::from(whole) * 1_000_000 + i128::from(part)));
            prop_assert_eq!(digits.floored(), Some(whole));
            prop_assert_eq!(digits.scaled_rounded(0), Some(i128::from(whole) + i128::from(part >= 500_000)));
        }
    }
}
