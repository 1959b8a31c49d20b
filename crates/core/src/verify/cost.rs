//! What a VM costs, and what a host's downtime is worth: whole nano-dollars per hour.

use rust_decimal::Decimal;

use super::ask::Amounts;
use crate::fleet::{Host, Stock};

/// The cost of one VM, part by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub gpus: i128,
    pub vcpus: i128,
    pub ram: i128,
    pub storage: i128,
}

impl Cost {
    pub fn new(host: &Host, stock: Stock, count: u32, amounts: Amounts) -> Cost {
        let of = |amount: u128, unit_nanos: u64| {
            let amount = i128::try_from(amount).unwrap_or(i128::MAX);
            amount.saturating_mul(i128::from(unit_nanos))
        };
        Cost {
            gpus: of(u128::from(count), stock.price.nanos()),
            vcpus: of(amounts.vcpu, host.prices.vcpu.nanos()),
            ram: of(amounts.ram_gb, host.prices.ram_gb.nanos()),
            storage: of(amounts.storage_gb, host.prices.storage_gb.nanos()),
        }
    }

    pub fn total(&self) -> i128 {
        [self.gpus, self.vcpus, self.ram, self.storage]
            .into_iter()
            .fold(0, i128::saturating_add)
    }
}

/// (100 − uptime %) of what an hour of downtime costs, rounded half away from zero. A host that states no uptime counts as always down.
/// Decimals of the uptime beyond the 18th are rounded away.
pub(super) fn penalty(uptime: Option<Decimal>, downtime_cost: i128) -> i128 {
    if downtime_cost == 0 {
        return 0;
    }
    let down = (Decimal::ONE_HUNDRED - uptime.unwrap_or(Decimal::ZERO)).round_dp(18);
    let whole = 100 * 10i128.pow(down.scale());
    let product = down.mantissa().saturating_mul(downtime_cost);
    let (share, rest) = (product / whole, product % whole);
    if rest * 2 >= whole { share + 1 } else { share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penalty_is_rounded_half_away_from_zero() {
        let uptime = |text: &str| text.parse().ok();
        assert_eq!(penalty(uptime("99.5"), 1_000_000_000), 5_000_000);
        assert_eq!(penalty(uptime("99.5"), 100), 1);
        assert_eq!(penalty(uptime("99.5"), 99), 0);
        assert_eq!(penalty(None, 7), 7);
        assert_eq!(penalty(uptime("100"), 7), 0);
    }
}
