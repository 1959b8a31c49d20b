//! An explanation, as a person reads it.

use gpu_place_core::explain::text::{Line, Role};

use super::style::{STRONG, paint};
use super::table::item;

/// The lines with their heads emphasised, entries indented and wrapped to `width`.
pub fn text(lines: &[Line], width: u16) -> String {
    let mut text = String::new();
    for line in lines {
        match line.role {
            Role::Heading => text += &format!("\n{}\n", paint(STRONG, &line.text)),
            Role::Item => text += &item(&line.text, 2, width),
            Role::Detail => text += &item(&line.text, 4, width),
            Role::Answer => text += &format!("{}\n", paint(STRONG, &line.text)),
            Role::Note => text += &format!("{}\n", line.text),
        }
    }
    text
}
