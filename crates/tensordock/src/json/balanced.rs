//! Where the bracket is closed that a text begins with, found 64 bytes at a time.

use wide::u8x64;

/// What is known between two blocks.
#[derive(Debug, Default)]
struct Balance {
    /// Brackets that are open.
    depth: usize,
    /// All ones inside of a string, else nothing.
    inside: u64,
    /// Whether a backslash came last, inside of a string.
    escaped: bool,
}

/// How long the value is that begins here with a bracket: to where as many are closed as were opened, of whatever kind, those in
/// strings not counted. `None` where it does not end.
pub fn balanced(bytes: &[u8]) -> Option<usize> {
    let mut balance = Balance::default();
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    (0..)
        .step_by(64)
        .zip(blocks.iter().chain([&last]))
        .find_map(|(at, block)| Some(at + balance.end(block)?))
}

impl Balance {
    /// How many bytes of a block there are to the last bracket, if it is among them.
    #[inline]
    fn end(&mut self, block: &[u8; 64]) -> Option<usize> {
        let bytes = u8x64::new(*block);
        if self.escaped || bytes.simd_eq(u8x64::splat(b'\\')).any() {
            return self.end_by_byte(block);
        }
        let inside = between_quotes(bytes.simd_eq(u8x64::splat(b'"')).to_bitmask()) ^ self.inside;
        self.inside = 0u64.wrapping_sub(inside >> 63);
        // A bracket and its brace differ in one bit.
        let folded = bytes | u8x64::splat(0x20);
        let opening = folded.simd_eq(u8x64::splat(b'{')).to_bitmask() & !inside;
        let closing = folded.simd_eq(u8x64::splat(b'}')).to_bitmask() & !inside;
        let mut brackets = opening | closing;
        while brackets != 0 {
            let at = brackets.trailing_zeros();
            brackets &= brackets - 1;
            if self.ends(opening >> at & 1 != 0) {
                return Some(at as usize + 1);
            }
        }
        None
    }

    /// The same, where there are escapes.
    #[cold]
    fn end_by_byte(&mut self, block: &[u8; 64]) -> Option<usize> {
        let ended = block.iter().position(|byte| {
            let escaped = std::mem::take(&mut self.escaped);
            match byte {
                b'"' if !escaped => self.inside = !self.inside,
                b'\\' => self.escaped = self.inside != 0 && !escaped,
                b'{' | b'[' if self.inside == 0 => return self.ends(true),
                b'}' | b']' if self.inside == 0 => return self.ends(false),
                _ => {}
            }
            false
        });
        ended.map(|at| at + 1)
    }

    /// Counts a bracket, and says whether it was the last.
    #[inline]
    fn ends(&mut self, opening: bool) -> bool {
        if opening {
            self.depth += 1;
        } else {
            self.depth -= 1;
        }
        self.depth == 0
    }
}

/// Sets each bit that has an odd number of set ones at and below it: from each opening quote on until before its closing one.
fn between_quotes(quotes: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].iter().fold(quotes, |bits, by| bits ^ (bits << by))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One byte after the other.
    fn plain(text: &str) -> Option<usize> {
        let (mut depth, mut inside, mut bytes) = (0, false, text.bytes().enumerate());
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => inside = !inside,
                b'\\' if inside => drop(bytes.next()),
                b'{' | b'[' if !inside => depth += 1,
                b'}' | b']' if !inside => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    proptest! {
        #[test]
        fn a_value_ends_where_a_plain_loop_ends_it(text in r#"[\[{]([\[\]{}"é]|\\["\\x]|[a-z]{1,30}){0,60}"#) {
            prop_assert_eq!(balanced(text.as_bytes()), plain(&text), "{}", text);
        }

        #[test]
        fn long_strings_are_passed_over(dull in "[a-z]{50,140}", escape in r#"\\["\\]"#, end in "[a-z]{0,70}") {
            let text = format!(r#"[{{"a":"{dull}}}]{escape}]","b":["{end}"]}},"]"]"#);
            prop_assert_eq!(balanced(format!("{text} , 7").as_bytes()), Some(text.len()));
        }
    }
}
