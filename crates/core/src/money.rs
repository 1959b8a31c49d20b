//! Money: whole nano-dollars per hour, from the digits that were read to the digits that are printed.
//!
//! No binary float touches a price. The unit, 10⁻⁹ USD/h, is fine enough that no marketplace price seen so far is rounded,
//! and wide enough (`i128`) that no sum of prices overflows.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

use crate::number::{Digits, NumberError};

/// Nano-dollars in a dollar.
pub const NANO: i128 = 1_000_000_000;

/// An exact amount of money per hour, in nano-dollars (10⁻⁹ USD/h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

/// A price of one unit (a GPU, a vCPU, a GB) per hour: between 0 and 1,000,000 USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnitPrice(u64);

/// Why a text is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not a decimal number at all.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// Below zero.
    #[error("a price cannot be negative")]
    Negative,
    /// Above [`UnitPrice::MAX`].
    #[error("a price above 1,000,000 USD/h is taken for an error")]
    TooHigh,
}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);
    /// The largest amount that is read from outside: far above any bill, far below any overflow.
    pub const MAX_READ: Money = Money(1_000_000_000_000_000 * NANO);

    /// This many nano-dollars per hour.
    pub const fn from_nanos(nanos: i128) -> Money {
        Money(nanos)
    }

    /// The amount in nano-dollars per hour.
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// Reads an amount that may exceed what a single price may be, such as a budget.
    /// A tenth or later decimal digit is rounded half away from zero.
    pub fn parse(text: &str) -> Result<Money, PriceError> {
        let nanos = Digits::parse(text)?.scaled_rounded(9);
        match nanos {
            Some(n) if n < 0 => Err(PriceError::Negative),
            Some(n) if n <= Self::MAX_READ.0 => Ok(Money(n)),
            _ => Err(PriceError::TooHigh),
        }
    }

    /// The amount as a fraction of a dollar, for display and statistics only.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / NANO as f64
    }

    /// The amount rounded half away from zero to `digits` decimal digits (at most 9), always with that many, for a person.
    pub fn rounded(self, digits: u32) -> String {
        let unit = 10i128.pow(9 - digits.min(9));
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = (self.0.abs() + unit / 2) / unit;
        let scale = 10i128.pow(digits.min(9));
        if digits == 0 {
            return format!("{sign}{units}");
        }
        format!(
            "{sign}{}.{:0width$}",
            units / scale,
            units % scale,
            width = digits as usize
        )
    }

    /// What a month of 730 hours costs.
    pub fn per_month(self) -> Money {
        Money(self.0 * 730)
    }
}

impl UnitPrice {
    /// The highest price that is believed.
    pub const MAX: UnitPrice = UnitPrice(1_000_000 * NANO as u64);

    /// Reads a price from its decimal digits; see [`Money::parse`] for rounding.
    pub fn parse(text: &str) -> Result<UnitPrice, PriceError> {
        let digits = Digits::parse(text)?;
        if digits.is_negative() {
            return Err(PriceError::Negative);
        }
        if !digits.at_most(1_000_000) {
            return Err(PriceError::TooHigh);
        }
        let nanos = digits.scaled_rounded(9).and_then(|n| u64::try_from(n).ok());
        nanos.map(UnitPrice).ok_or(PriceError::TooHigh)
    }

    /// This many nano-dollars per hour, capped at [`UnitPrice::MAX`].
    pub const fn from_nanos(nanos: u64) -> UnitPrice {
        if nanos > Self::MAX.0 {
            Self::MAX
        } else {
            UnitPrice(nanos)
        }
    }

    /// The price in nano-dollars per hour.
    pub const fn nanos(self) -> u64 {
        self.0
    }
}

impl From<UnitPrice> for Money {
    fn from(price: UnitPrice) -> Money {
        Money(i128::from(price.0))
    }
}

impl Mul<u64> for UnitPrice {
    type Output = Money;
    fn mul(self, amount: u64) -> Money {
        Money(i128::from(self.0) * i128::from(amount))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(iter: I) -> Money {
        iter.fold(Money::ZERO, Add::add)
    }
}

/// All the digits there are: no exponent, no trailing zeros after the point, at least one digit before it.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (
            self.0.unsigned_abs() / NANO as u128,
            self.0.unsigned_abs() % NANO as u128,
        );
        if part == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        f.pad(format!("{sign}{whole}.{part:09}").trim_end_matches('0'))
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Money::from(*self).fmt(f)
    }
}

/// A plain JSON number with the digits of its `Display`. Works with `serde_json` alone.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_in_digits_out() {
        for (text, shown) in [
            ("8.8738", "8.8738"),
            ("0.272999", "0.272999"),
            ("12", "12"),
            ("2.50", "2.5"),
            ("1e-9", "0.000000001"),
            ("5E-10", "0.000000001"),
            ("4.9e-10", "0"),
            ("0.0000000014999999999999999999999999999999999999", "0.000000001"),
            ("-0", "0"),
            ("1e6", "1000000"),
        ] {
            assert_eq!(Money::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn a_price_has_a_floor_and_a_ceiling() {
        assert_eq!(UnitPrice::parse("-0.01"), Err(PriceError::Negative));
        assert_eq!(UnitPrice::parse("1000000.000000000001"), Err(PriceError::TooHigh));
        assert_eq!(UnitPrice::parse("1e999999999999"), Err(PriceError::TooHigh));
        assert_eq!(UnitPrice::parse("1000000"), Ok(UnitPrice::MAX));
        assert!(matches!(UnitPrice::parse("NaN"), Err(PriceError::Number(_))));
    }

    #[test]
    fn rounding_for_a_person() {
        assert_eq!(Money::parse("8.87385").unwrap().rounded(4), "8.8739");
        assert_eq!(Money::parse("8.8").unwrap().rounded(2), "8.80");
        assert_eq!(Money::from_nanos(-1_500_000_000).rounded(0), "-2");
    }

    proptest! {
        #[test]
        fn printing_then_reading_changes_nothing(nanos in 0i128..=Money::MAX_READ.nanos()) {
            let money = Money::from_nanos(nanos);
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
        }

        #[test]
        fn reading_is_total(text in ".{0,40}") {
            let _ = (Money::parse(&text), UnitPrice::parse(&text));
        }

        #[test]
        fn products_and_sums_are_exact(price in 0..=UnitPrice::MAX.nanos(), a in 0u64..=1_000_000_000_000_000, b in 0u64..=1_000_000_000_000_000) {
            let price = UnitPrice::from_nanos(price);
            prop_assert_eq!(price * a + price * b, price * (a + b));
        }
    }
}
