//! The frame of the page: its head, its style, and the blocks that sections are made of.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The page may load nothing at all, and run nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Pictures are drawn in the colours of a light page. On a dark one the style replaces each by its counterpart.
const STYLE: &str = "
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --faint: #5b6570; --line: #d5dae0; --bar: #2563eb; --other: #8a94a0;
  --front: #0b7285; --chosen: #c2410c; --part2: #7c3aed; --part3: #0f766e; --part4: #a16207; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e8ebee; --faint: #a0aab4; --line: #3a424b; --bar: #6ea0ff;
  --other: #76808b; --front: #4fc3d9; --chosen: #ff9a5c; --part2: #b794f6; --part3: #4fd1b8; --part4: #e0b341; } }
@media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --faint: #444444; --line: #bbbbbb; --bar: #2563eb;
  --other: #8a94a0; --front: #0b7285; --chosen: #c2410c; --part2: #7c3aed; --part3: #0f766e; --part4: #a16207; }
  section, figure, tr { break-inside: avoid; } details > * { display: block; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 1rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
.lead { font-weight: 600; margin: 0 0 .5rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .6rem 1.2rem; margin: 0; }
dt { color: var(--faint); font-size: .85rem; } dd { margin: 0; } .digest { font-size: .75rem; }
figure { margin: .5rem 0 1rem; } figure svg { display: block; width: 100%; max-width: 42rem; height: auto; }
figcaption, caption { color: var(--faint); font-size: .9rem; text-align: left; }
.table { overflow-x: auto; } .table:focus { outline: 2px solid var(--bar); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } caption { padding: .3rem 0; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: normal; } td.number, th.number { text-align: right; white-space: nowrap; }
td.word { white-space: nowrap; } td.name { min-width: 8rem; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--faint); }
svg text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
svg [fill='#1B1F24' i] { fill: var(--ink); } svg [fill='#5B6570' i] { fill: var(--faint); } svg [fill='#D5DAE0' i] { fill: var(--line); }
svg [fill='#2563EB' i] { fill: var(--bar); } svg [fill='#8A94A0' i] { fill: var(--other); } svg [fill='#0B7285' i] { fill: var(--front); }
svg [fill='#C2410C' i] { fill: var(--chosen); } svg [fill='#7C3AED' i] { fill: var(--part2); } svg [fill='#0F766E' i] { fill: var(--part3); }
svg [fill='#A16207' i] { fill: var(--part4); } svg [stroke='#1B1F24' i] { stroke: var(--ink); } svg [stroke='#D5DAE0' i] { stroke: var(--line); }
svg [stroke='#5B6570' i] { stroke: var(--faint); } svg [stroke='#0B7285' i] { stroke: var(--front); } svg [stroke='#C2410C' i] { stroke: var(--chosen); }
svg [stroke='#8A94A0' i] { stroke: var(--other); }
";

/// A page of one body.
pub fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    };
    page.into_string()
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// Names, which may be long.
    Name(&'static str),
    /// Short words.
    Word(&'static str),
    /// Numbers, aligned to the right.
    Number(&'static str),
}

impl Column {
    const fn class(self) -> &'static str {
        match self {
            Column::Name(_) => "name",
            Column::Word(_) => "word",
            Column::Number(_) => "number",
        }
    }

    const fn head(self) -> &'static str {
        match self {
            Column::Name(head) | Column::Word(head) | Column::Number(head) => head,
        }
    }
}

/// A table that scrolls by itself where the page is narrow, reachable by keyboard.
pub fn table(caption: &str, columns: &[Column], rows: &[Vec<String>]) -> Markup {
    html! {
        div.table role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for column in columns { th scope="col" class=(column.class()) { (column.head()) } } } }
                tbody {
                    @for row in rows {
                        tr { @for (column, cell) in columns.iter().zip(row) { td class=(column.class()) { (cell) } } }
                    }
                }
            }
        }
    }
}
