//! Money in machine integers: exact where it fits, rounded down where it does not.

use super::problem::{Cost, Opt, Problem};

/// The largest sum of scaled amounts: small enough that floats hold it exactly and that no sum of products with a few multipliers
/// overflows 64 bits.
const MOST: Cost = 1 << 48;

/// `scaled = floor(amount / divisor) * factor`, where the divisor divides every amount unless amounts are absurdly large.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    divisor: Cost,
    factor: i64,
    exact: bool,
}

impl Scale {
    /// Fits a scale to the amounts of the options.
    pub(crate) fn new(problem: &Problem, amount: impl Fn(&Opt) -> Cost) -> Self {
        let unnamed = problem.demands.iter().filter_map(|d| d.elsewhere).map(|e| e.step);
        let named = problem.options.iter().map(&amount);
        let step = named.chain(unnamed).fold(0, |step, amount| gcd(amount, step)).max(1);
        let mut dearest = vec![0; problem.demands.len()];
        for option in &problem.options {
            let most = &mut dearest[option.demand as usize];
            *most = amount(option).max(*most);
        }
        let total: Cost = dearest
            .iter()
            .zip(&problem.demands)
            .map(|(c, d)| (c / step) * Cost::from(d.copies))
            .sum::<Cost>()
            .max(1);
        let coarse = total / MOST + 1;
        let factor = if coarse > 1 { 1 } else { (MOST / total).min(1 << 30) };
        Scale {
            divisor: step * coarse,
            factor: factor as i64,
            exact: coarse == 1,
        }
    }

    /// The scaled amount, rounded down.
    pub(crate) fn down(&self, amount: Cost) -> i64 {
        let whole = (amount / self.divisor).min(4 * MOST);
        (whole * Cost::from(self.factor)) as i64
    }

    /// The least amount that a sum of exact amounts can have when its scaled sum is at least `scaled`.
    pub(crate) fn least(&self, scaled: i64) -> Cost {
        let steps = Cost::from(scaled).div_euclid(Cost::from(self.factor));
        let up = steps + Cost::from(Cost::from(scaled).rem_euclid(Cost::from(self.factor)) != 0);
        up.max(0) * self.divisor
    }

    /// The scaled size of the smallest difference between two sums.
    pub(crate) fn step(&self) -> i64 {
        self.factor
    }

    /// Whether scaled sums are exact.
    pub(crate) fn exact(&self) -> bool {
        self.exact
    }
}

/// The greatest common divisor of two amounts, neither negative; that of 0 and another is the other.
pub(crate) fn gcd(a: Cost, b: Cost) -> Cost {
    match (u64::try_from(a), u64::try_from(b)) {
        // Far quicker, and nearly always enough.
        (Ok(a), Ok(b)) => gcd_of_small(a, b).into(),
        _ if b == 0 => a,
        _ => gcd(b, a % b),
    }
}

fn gcd_of_small(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd_of_small(b, a % b) }
}
