//! The one place where texts from the network are made fit to be shown.

/// A text without control characters and of at most `most` characters.
///
/// Blanks of any kind become spaces; other control characters, and those that turn the direction of writing, become `U+FFFD`, and a
/// cut is marked with `…`: a text that had to be changed never equals one that had not.
pub fn clean(text: &str, most: usize) -> String {
    let mut shown: String = text.trim().chars().take(most).map(harmless).collect();
    if text.trim().chars().nth(most).is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

fn harmless(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            char::REPLACEMENT_CHARACTER
        }
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_defused_and_length_is_bounded() {
        assert_eq!(clean("\u{1b}[2Jred\r\nline ", 99), "\u{fffd}[2Jred  line");
        assert_eq!(clean("abcdef", 4), "abc…");
        assert_eq!(clean("abcd", 4), "abcd");
        assert_eq!(clean("Mölln", 9), "Mölln");
    }

    proptest! {
        #[test]
        fn nothing_that_moves_a_cursor_is_left(text in any::<String>(), most in 1usize..50) {
            let shown = clean(&text, most);
            prop_assert!(!shown.chars().any(char::is_control) && shown.chars().count() <= most);
        }
    }
}
