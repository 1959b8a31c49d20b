//! What excluded hosts, by rule.

use gpu_place_core::candidate::{Reason, Rejections};
use gpu_place_core::explain::text::reason;
use maud::{Markup, html};

use super::layout::{Column, table};
use super::picture::{BAR, Canvas, Drawn, FAINT, INK, LINE, WIDTH, block, picture, share, words, words_before};
use super::{Report, name};

const ROW: i32 = 24;
const BARS: (i32, i32) = (110, WIDTH - 110);
/// Entries drawn; the tables have all.
const ENTRIES_DRAWN: usize = 12;

/// A picture and a table for each entry of the request that any host was excluded for.
pub fn section(report: &Report<'_>) -> Markup {
    let entries: Vec<(usize, &Rejections)> = report
        .plan
        .rejections
        .iter()
        .enumerate()
        .filter(|(_, r)| !r.reasons.is_empty())
        .collect();
    if entries.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="excluded" {
            h2 id="excluded" { "What excluded hosts" }
            @for (at, rejections) in entries {
                h3 { (rejections.vm) ": " (rejections.fit) " of " (rejections.hosts) " hosts fit" }
                @if at < ENTRIES_DRAWN { (drawn(at, rejections)) }
                (numbers(report, rejections))
            }
        }
    }
}

fn drawn(at: usize, rejections: &Rejections) -> Markup {
    let title = format!(
        "Hosts excluded for {}, by rule; the dark part fails that rule alone",
        name(&rejections.vm)
    );
    let described: Vec<String> = rejections
        .reasons
        .iter()
        .map(|r| format!("{}: {}, {} for that alone", r.code, r.hosts, r.only))
        .collect();
    let height = ROW * rejections.reasons.len() as i32;
    picture(
        &format!("excluded-{at}"),
        &title,
        &described.join("; "),
        height,
        |canvas| draw(canvas, rejections),
    )
}

fn draw(canvas: &Canvas<'_>, rejections: &Rejections) -> Drawn {
    let (left, right) = BARS;
    for (at, Reason { code, hosts, only }) in rejections.reasons.iter().enumerate() {
        let top = ROW * at as i32 + 4;
        let middle = top + (ROW - 8) / 2;
        let length = |part| left + share(right - left, part, rejections.hosts).max(i32::from(part > 0));
        words_before(canvas, code.word(), (left - 8, middle), FAINT)?;
        block(canvas, (left, top), (length(*hosts), top + ROW - 8), LINE)?;
        block(canvas, (left, top), (length(*only), top + ROW - 8), BAR)?;
        words(canvas, &format!("{hosts} ({only})"), (length(*hosts) + 8, middle), INK)?;
    }
    Ok(())
}

fn numbers(report: &Report<'_>, rejections: &Rejections) -> Markup {
    let vm = report.request.vms().iter().find(|vm| vm.name.as_str() == rejections.vm);
    let columns = [
        Column::Word("Rule"),
        Column::Number("Hosts"),
        Column::Number("That alone"),
        Column::Name("In words"),
    ];
    let row = |r: &Reason| {
        vec![
            r.code.to_string(),
            r.hosts.to_string(),
            r.only.to_string(),
            reason(report.request, vm, r),
        ]
    };
    let rows: Vec<Vec<String>> = rejections.reasons.iter().map(row).collect();
    table(
        &format!("Hosts excluded for {}, by rule", name(&rejections.vm)),
        &columns,
        &rows,
    )
}
