//! Tables that fit the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

/// Width assumed where there is no terminal: nothing is cut in a pipe.
const PIPE_WIDTH: u16 = 200;

/// How a column is aligned.
#[derive(Debug, Clone, Copy)]
pub enum Align {
    Left,
    Right,
}

/// A table of these columns and rows, indented by two, no wider than `width`.
pub fn table(columns: &[(&str, Align)], rows: Vec<Vec<String>>, width: u16) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.saturating_sub(2).max(20));
    table.set_header(columns.iter().map(|(title, align)| cell(title, *align)));
    for row in rows {
        table.add_row(row.iter().zip(columns).map(|(text, (_, align))| cell(text, *align)));
    }
    indented(&table)
}

/// Facts under their names: `Name   fact`, aligned.
pub fn facts(rows: Vec<(&str, String)>, width: u16) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.saturating_sub(2).max(20));
    for (name, fact) in rows {
        table.add_row([cell(name, Align::Left), cell(&fact, Align::Left)]);
    }
    indented(&table)
}

/// One entry of a list, so far from the left; what does not fit on a line goes on below, further in by two.
pub fn item(text: &str, indent: usize, width: u16) -> String {
    let most = usize::from(width).saturating_sub(indent + 2).max(20);
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if last.width() + 1 + word.width() <= most => *last += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    let (first, below) = (" ".repeat(indent), format!("\n{}", " ".repeat(indent + 2)));
    format!("{first}{}\n", lines.join(&below))
}

fn cell(text: &str, align: Align) -> Cell {
    Cell::new(text).set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
}

fn indented(table: &Table) -> String {
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

/// The width to fit: the terminal's, or wide enough for a pipe.
pub fn stdout_width() -> u16 {
    terminal_size::terminal_size_of(std::io::stdout()).map_or(PIPE_WIDTH, |(width, _)| width.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_wrapped_at_words() {
        assert_eq!(item("one two", 2, 80), "  one two\n");
        let text = "twelve words that do not fit on one line of this width";
        assert_eq!(
            item(text, 2, 30),
            "  twelve words that do not\n    fit on one line of this\n    width\n"
        );
        assert_eq!(item(&"x".repeat(50), 2, 30), format!("  {}\n", "x".repeat(50)));
    }
}
