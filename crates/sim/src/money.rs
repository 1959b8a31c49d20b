//! Exact money and tolerant numbers.
//!
//! Prices are nano-dollars per hour in integers from the moment they are read. A figure
//! may come as a JSON number or as a string; it is read from its digits, never through
//! a binary float.

use std::fmt;

use serde_json::Value;

/// Nano-units in one unit.
const NANO: u128 = 1_000_000_000;

/// An amount of money per hour, in nano-dollars (10⁻⁹ USD/h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The most that a price may be before it is taken for nonsense: 1,000,000 USD/h.
    const MAX_PRICE: Self = Self(1_000_000_000_000_000);

    /// Whole dollars per hour; saturates far above any price.
    pub const fn dollars(dollars: u64) -> Self {
        Self(dollars.saturating_mul(1_000_000_000))
    }

    /// Reads a price; none where it is missing, negative, no number or above 1,000,000.
    pub fn price(value: Option<&Value>) -> Option<Self> {
        let nanos = u64::try_from(decimal_nanos(&text(value?)?)?).ok()?;
        Some(Self(nanos)).filter(|price| *price <= Self::MAX_PRICE)
    }

    /// The cost of `count` units at this price.
    pub(crate) fn times(self, count: u64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// This amount raised by `percent` of itself and at least one nano-dollar.
    pub(crate) fn dearer_by(self, percent: u32) -> Self {
        let rise = u128::from(self.0) * u128::from(percent) / 100;
        Self(self.0.saturating_add(u64::try_from(rise.max(1)).unwrap_or(u64::MAX)))
    }

    /// A plain JSON number of dollars.
    pub fn to_json(self) -> Value {
        self.to_string().parse().map_or(Value::Null, Value::Number)
    }
}

/// Dollars in plain digits: no exponent, no trailing zeros.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:09}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// Reads a whole amount: a fraction is floored; none where negative, missing or unreadable.
pub(crate) fn whole(value: Option<&Value>) -> Option<u64> {
    let nanos = u128::try_from(decimal_nanos(&text(value?)?)?).ok()?;
    u64::try_from(nanos / NANO).ok()
}

/// The digits of a JSON number or string.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// Reads decimal text such as `-12.5e-3` as nano-units, rounded half away from zero.
fn decimal_nanos(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    let shift = i64::from(exponent) + 9 - i64::try_from(fraction.len()).ok()?;
    let magnitude = i128::try_from(scaled(significant, shift)?).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// `digits` × 10^`shift`, rounded half up; none where it does not fit.
fn scaled(digits: &str, shift: i64) -> Option<u128> {
    if digits.is_empty() {
        return Some(0);
    }
    if let Ok(up) = u32::try_from(shift) {
        let factor = 10_u128.checked_pow(up)?;
        return digits.parse::<u128>().ok()?.checked_mul(factor);
    }
    let dropped = usize::try_from(shift.unsigned_abs()).ok()?;
    if dropped > digits.len() {
        return Some(0);
    }
    let (kept, rest) = digits.split_at(digits.len() - dropped);
    let kept = if kept.is_empty() { 0 } else { kept.parse::<u128>().ok()? };
    let round_up = rest.as_bytes().first().is_some_and(|digit| *digit >= b'5');
    kept.checked_add(u128::from(round_up))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_are_read_digit_by_digit() {
        let read = |value: Value| Nanos::price(Some(&value)).map(|nanos| nanos.0);
        assert_eq!(read(json!(0.396667)), Some(396_667_000));
        assert_eq!(read(json!(5e-05)), Some(50_000));
        assert_eq!(read(json!("2.2")), Some(2_200_000_000));
        assert_eq!(read(json!("0.0000000005")), Some(1));
        assert_eq!(read(json!("0.00000000049")), Some(0));
        assert_eq!(read(json!(1_000_000)), Some(1_000_000_000_000_000));
        for bad in [
            json!(1_000_001),
            json!(-1),
            json!("x"),
            json!(null),
            json!(""),
            json!("1e999999999"),
        ] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn amounts_are_floored() {
        assert_eq!(whole(Some(&json!(990.7))), Some(990));
        assert_eq!(whole(Some(&json!("12"))), Some(12));
        assert_eq!(whole(Some(&json!(-3))), None);
    }

    #[test]
    fn money_prints_plainly() {
        assert_eq!(Nanos(8_873_800_000).to_string(), "8.8738");
        assert_eq!(Nanos(50_000).to_string(), "0.00005");
        assert_eq!(Nanos::dollars(12).to_json().to_string(), "12");
    }
}
