//! Looking for the next byte of a kind, sixteen at a time.

use wide::u8x16;

/// Where from `at` on a string is interrupted: by a quote, a backslash or a control character; or the end.
#[inline]
pub fn interruption(bytes: &[u8], at: usize) -> usize {
    let (blocks, rest) = bytes.get(at..).unwrap_or_default().as_chunks::<16>();
    let mut passed = at;
    for block in blocks {
        let found = interruptions(block);
        if found != 0 {
            return passed + found.trailing_zeros() as usize;
        }
        passed += 16;
    }
    // What is left is filled up with zeros, which are control characters.
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    passed + (interruptions(&last).trailing_zeros() as usize).min(rest.len())
}

/// One bit for each byte that interrupts a string.
#[inline]
fn interruptions(block: &[u8; 16]) -> u32 {
    let bytes = u8x16::new(*block);
    let equal = |byte| bytes.simd_eq(u8x16::splat(byte));
    let control = bytes.simd_eq(bytes.min(u8x16::splat(0x1f)));
    (equal(b'"') | equal(b'\\') | control).to_bitmask()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_loop_finds(bytes in proptest::collection::vec(0u8..=255, 0..60), dull in 0usize..40, at in 0usize..8) {
            let bytes = [vec![b'x'; dull], bytes].concat();
            let at = at.min(bytes.len());
            let plain = bytes[at..].iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
            prop_assert_eq!(interruption(&bytes, at), plain.map_or(bytes.len(), |found| at + found));
        }
    }
}
