//! Looking at eight bytes at a time, in plain arithmetic.
//!
//! A mask has the top bit of each byte set where a test holds. Tests may err above the first byte that passes, never below it, so
//! the lowest set bit is right, also of several masks joined.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Bytes that equal `byte`.
#[inline]
pub fn equal(word: u64, byte: u8) -> u64 {
    less(word ^ (ONES * u64::from(byte)), 1)
}

/// Bytes that are less than `byte`, which is at most 128.
#[inline]
pub fn less(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(byte)) & !word & TOPS
}

/// Quotes and control characters. Flipping their second bit brings a quote right above the control characters, which stay
/// below 0x20 among themselves.
#[inline]
pub fn quote_or_control(word: u64) -> u64 {
    less(word ^ (ONES * 0x02), b'"' - 1)
}

/// Brackets, and nothing else that JSON has outside of strings.
#[inline]
pub fn bracket(word: u64) -> u64 {
    let folded = (word | (ONES * 0x20)) & !TOPS;
    ((folded + ONES * u64::from(0x80 - b'{')) | word) & TOPS
}

/// The first position from `at` on that passes a test, or the end. What is left of a last word is filled with zeros.
#[inline]
pub fn find(bytes: &[u8], at: usize, test: impl Fn(u64) -> u64) -> usize {
    let (words, rest) = bytes.get(at..).unwrap_or_default().as_chunks::<8>();
    let mut passed = at;
    for word in words {
        let mask = test(u64::from_le_bytes(*word));
        if mask != 0 {
            return passed + (mask.trailing_zeros() / 8) as usize;
        }
        passed += 8;
    }
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let found = (test(u64::from_le_bytes(last)).trailing_zeros() / 8) as usize;
    passed + found.min(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_loop_finds(bytes in proptest::collection::vec(0u8..=255, 0..40), at in 0usize..8) {
            let at = at.min(bytes.len());
            let plain = |test: fn(u8) -> bool| bytes[at..].iter().position(|b| test(*b)).map_or(bytes.len(), |i| at + i);
            let quote = |w| quote_or_control(w) | equal(w, b'\\');
            prop_assert_eq!(find(&bytes, at, quote), plain(|b| b == b'"' || b == b'\\' || b < 0x20));
            prop_assert_eq!(find(&bytes, at, bracket), plain(|b| b | 0x20 >= b'{'));
        }
    }
}
