//! Money for a person.

use gpu_place_core::money::Money;

/// `$8.8738/h`: four decimals, or all there are where that would round.
pub fn per_hour(money: Money) -> String {
    format!("${}/h", amount(money))
}

/// `8.8738`: at least two decimals, and as many as are needed up to six.
pub fn amount(money: Money) -> String {
    let exact = money.rounded(6);
    let cut = exact.trim_end_matches('0');
    let decimals = cut.len() - cut.find('.').map_or(cut.len(), |point| point + 1);
    money.rounded(decimals.clamp(2, 6) as u32)
}

/// `$6,477.87 a month`, of 730 hours.
pub fn per_month(money: Money) -> String {
    format!("${} a month", grouped(&money.per_month().rounded(2)))
}

/// A difference with its sign.
pub fn difference(money: Money) -> String {
    let sign = if money < Money::ZERO { "-" } else { "+" };
    format!("{sign}${}/h", amount(Money::from_nanos(money.nanos().abs())))
}

/// A share such as `2.6 %`.
pub fn percent(part: Money, whole: Money) -> String {
    if whole == Money::ZERO {
        return "0 %".into();
    }
    format!("{:.1} %", 100.0 * part.to_f64() / whole.to_f64())
}

/// Digits in groups of three before the point.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && digit.is_ascii_digit() && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_well() {
        let usd = |text| Money::parse(text).unwrap();
        assert_eq!(per_hour(usd("8.8738")), "$8.8738/h");
        assert_eq!(per_hour(usd("8.8")), "$8.80/h");
        assert_eq!(per_hour(usd("0.0000004")), "$0.00/h");
        assert_eq!(per_month(usd("8.8738")), "$6,477.87 a month");
        assert_eq!(per_month(usd("1.37")), "$1,000.10 a month");
        assert_eq!(per_month(usd("0.5")), "$365.00 a month");
        assert_eq!(difference(usd("1") - usd("1.25")), "-$0.25/h");
        assert_eq!(percent(usd("1"), usd("40")), "2.5 %");
    }
}
