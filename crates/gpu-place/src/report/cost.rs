//! What the plan costs, by part.

use gpu_place_core::fit::CostParts;
use gpu_place_core::money::Money;
use gpu_place_core::plan::Plan;
use maud::{Markup, html};

use super::layout::{Column, table};
use super::picture::{Canvas, Drawn, FAINT, INK, PARTS, WIDTH, block, picture, share, words, words_before};

const ROW: i32 = 24;
const BARS: (i32, i32) = (70, WIDTH - 110);

/// The picture and its table; nothing where nothing is paid for.
pub fn section(plan: &Plan) -> Markup {
    let parts = parts(plan);
    let total: Money = parts.iter().map(|(_, cost)| *cost).sum();
    if total == Money::ZERO {
        return html! {};
    }
    let percent = |cost: Money| format!("{:.1} %", cost.to_f64() / total.to_f64() * 100.0);
    let rows: Vec<Vec<String>> = parts
        .iter()
        .map(|(part, cost)| vec![(*part).to_owned(), cost.to_string(), percent(*cost)])
        .collect();
    let described: Vec<String> = parts
        .iter()
        .map(|(part, cost)| format!("{part} ${cost}/h, {}", percent(*cost)))
        .collect();
    html! {
        section aria-labelledby="cost" {
            h2 id="cost" { "Cost by part" }
            (picture("cost-parts", "What is paid for, in $/h", &described.join("; "), ROW * parts.len() as i32, |canvas| draw(canvas, &parts, total)))
            (table("Cost by part", &[Column::Word("Part"), Column::Number("$/h"), Column::Number("Share")], &rows))
        }
    }
}

fn parts(plan: &Plan) -> [(&'static str, Money); 4] {
    let sum = |part: fn(&CostParts) -> Money| plan.placements.iter().map(|p| part(&p.cost_per_hr)).sum();
    [
        ("GPUs", sum(|c| c.gpus)),
        ("vCPUs", sum(|c| c.vcpus)),
        ("RAM", sum(|c| c.ram)),
        ("Storage", sum(|c| c.storage)),
    ]
}

fn draw(canvas: &Canvas<'_>, parts: &[(&'static str, Money)], total: Money) -> Drawn {
    let (left, right) = BARS;
    let nanos = |cost: Money| u64::try_from(cost.nanos()).unwrap_or(u64::MAX);
    for ((at, (part, cost)), colour) in parts.iter().enumerate().zip(PARTS) {
        let top = ROW * at as i32 + 4;
        let middle = top + (ROW - 8) / 2;
        let end = left + share(right - left, nanos(*cost), nanos(total)).max(1);
        words_before(canvas, part, (left - 8, middle), FAINT)?;
        block(canvas, (left, top), (end, top + ROW - 8), colour)?;
        words(canvas, &format!("${}", cost.rounded(4)), (end + 8, middle), INK)?;
    }
    Ok(())
}
