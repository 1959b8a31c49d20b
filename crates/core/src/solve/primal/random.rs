//! A tiny repeatable source of choices (SplitMix64): small, fast, and good enough to vary a search.

/// A seeded stream of choices.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let scaled = (u128::from(self.next()) * bound as u128) >> 64;
        scaled as usize
    }

    /// Yes in `parts` of `whole` cases.
    pub fn chance(&mut self, parts: usize, whole: usize) -> bool {
        self.below(whole) < parts
    }

    /// One of `items`, if there is any.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        items.get(self.below(items.len())).copied()
    }

    /// A sort key for a random order.
    pub fn key(&mut self) -> u64 {
        self.next()
    }

    /// An exponentially distributed number of mean about `1 << 16`, by a straight line between the powers of two: annealing needs
    /// the shape, and integers are the same everywhere.
    pub fn exponential(&mut self) -> u64 {
        let bits = self.next() | 1;
        let zeros = bits.leading_zeros();
        let rest = (bits << zeros << 1) >> 48;
        // ln 2 in 16 binary digits.
        (((u64::from(zeros) << 16) + (0xffff - rest)) * 45_426) >> 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cover_their_range_evenly() {
        let mut dice = Dice::new(3);
        let mut seen = [0; 10];
        for _ in 0..10_000 {
            seen[dice.below(10)] += 1;
        }
        assert!(seen.iter().all(|&count| (850..1150).contains(&count)), "{seen:?}");
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn exponential_numbers_have_their_mean_and_shape() {
        let mut dice = Dice::new(3);
        let draws: Vec<_> = (0..20_000).map(|_| dice.exponential()).collect();
        let mean = draws.iter().sum::<u64>() / 20_000;
        assert!((60_000..70_000).contains(&mean), "{mean}");
        let above = draws.iter().filter(|&&draw| draw > 2 * 65_536).count();
        assert!((2_400..3_000).contains(&above), "e^-2 of 20,000 is 2,707, not {above}");
    }
}
