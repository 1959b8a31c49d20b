//! Tables that fit the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

/// Width assumed where there is no terminal: nothing is cut in a pipe.
const PIPE_WIDTH: u16 = 200;

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    /// To the left; where the table is too wide, on a line of its own below each row, the last such column first.
    Below,
}

/// A table of these columns and rows, indented by two, no wider than `width` as far as that can be.
pub fn table(columns: &[(&str, Align)], rows: Vec<Vec<String>>, width: u16) -> String {
    let below = too_wide(columns, &rows, width);
    let beside = |row: &[String]| -> Vec<String> {
        let kept = row.iter().enumerate().filter(|(at, _)| !below.contains(at));
        kept.map(|(_, text)| text.clone()).collect()
    };
    let kept = columns.iter().enumerate().filter(|(at, _)| !below.contains(at));
    let aligned: Vec<Align> = kept.map(|(_, (_, align))| *align).collect();
    let titles: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
    let mut table = Table::new();
    table.load_style(NOTHING);
    if below.is_empty() {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width.saturating_sub(2).max(20));
    }
    let cells = |row: &[String]| -> Vec<Cell> {
        let row = beside(row);
        row.iter()
            .zip(&aligned)
            .map(|(text, align)| cell(text, *align))
            .collect()
    };
    table.set_header(cells(&titles));
    for row in &rows {
        table.add_row(cells(row));
    }
    if below.is_empty() {
        return indented(&table);
    }
    // Unwrapped, each row is one line.
    let all = [&titles].into_iter().chain(&rows);
    let lines = table.lines().zip(all).map(|(line, row)| {
        let under: Vec<&str> = below
            .iter()
            .map(|at| row[*at].as_str())
            .filter(|text| !text.is_empty())
            .collect();
        format!(" {}\n{}", line.trim_end(), item(&under.join(" · "), 6, width))
    });
    lines.collect()
}

/// The columns that have to go below each row for the others to fit.
fn too_wide(columns: &[(&str, Align)], rows: &[Vec<String>], width: u16) -> Vec<usize> {
    let longest = |at: usize| {
        let texts = rows.iter().filter_map(|row| row.get(at)).map(|text| text.width());
        texts.chain([columns[at].0.width()]).max().unwrap_or(0) + 2
    };
    let mut needed: usize = (0..columns.len()).map(longest).sum();
    let mut below: Vec<usize> = Vec::new();
    let movable = (0..columns.len()).rev().filter(|at| columns[*at].1 == Align::Below);
    for at in movable {
        if needed <= usize::from(width) {
            break;
        }
        needed -= longest(at);
        below.insert(0, at);
    }
    below
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
        Align::Left | Align::Below => CellAlignment::Left,
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
    fn columns_go_below_where_a_table_is_too_wide() {
        let columns = [("$/h", Align::Right), ("GPUs", Align::Below), ("host", Align::Below)];
        let rows = || vec![vec!["1.5".into(), "1 × h100".into(), "a-long-name-of-a-host".into()]];
        assert_eq!(
            table(&columns, rows(), 80),
            "  $/h  GPUs      host\n  1.5  1 × h100  a-long-name-of-a-host\n"
        );
        assert_eq!(
            table(&columns, rows(), 30),
            "  $/h  GPUs\n      host\n  1.5  1 × h100\n      a-long-name-of-a-host\n"
        );
        assert_eq!(table(&columns, rows(), 12).lines().next(), Some("  $/h"));
    }

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
