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

/// Bytes that equal `byte` but for the bit that tells lower from upper case.
#[inline]
pub fn equal_folded(word: u64, byte: u8) -> u64 {
    equal(word | (ONES * 0x20), byte)
}

/// The first position from `at` on that passes a test, or the end. What is left of a last word is filled with zeros.
#[inline]
pub fn find(bytes: &[u8], mut at: usize, test: impl Fn(u64) -> u64) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let mask = test(u64::from_le_bytes(*chunk));
        if mask != 0 {
            return at + (mask.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let found = (test(u64::from_le_bytes(last)).trailing_zeros() / 8) as usize;
    at + found.min(rest.len())
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
            let quote = |w| equal(w, b'"') | equal(w, b'\\') | less(w, 0x20);
            prop_assert_eq!(find(&bytes, at, quote), plain(|b| b == b'"' || b == b'\\' || b < 0x20));
            let bracket = |w| equal_folded(w, b'{') | equal_folded(w, b'}');
            prop_assert_eq!(find(&bytes, at, bracket), plain(|b| matches!(b | 0x20, b'{' | b'}')));
        }
    }
}
