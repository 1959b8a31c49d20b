//! Tables that fit the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

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
