//! Pictures: SVG by the charting library, with a title and a description for readers who do not see them.

use std::error::Error;

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Words and axes.
pub const INK: RGBColor = RGBColor(0x1b, 0x1f, 0x24);
/// Words beside.
pub const FAINT: RGBColor = RGBColor(0x5b, 0x65, 0x70);
/// Grids and empty bars.
pub const LINE: RGBColor = RGBColor(0xd5, 0xda, 0xe0);
/// Filled bars.
pub const BAR: RGBColor = RGBColor(0x25, 0x63, 0xeb);
/// What was not chosen.
pub const OTHER: RGBColor = RGBColor(0x8a, 0x94, 0xa0);
/// What nothing beats.
pub const FRONT: RGBColor = RGBColor(0x0b, 0x72, 0x85);
/// What was chosen.
pub const CHOSEN: RGBColor = RGBColor(0xc2, 0x41, 0x0c);
/// The parts of a whole.
pub const PARTS: [RGBColor; 4] = [
    BAR,
    RGBColor(0x7c, 0x3a, 0xed),
    RGBColor(0x0f, 0x76, 0x6e),
    RGBColor(0xa1, 0x62, 0x07),
];

/// Width of every picture in its own units; a phone shows it at about three quarters.
pub const WIDTH: i32 = 480;
/// Height of words in the same units.
pub const WORDS: i32 = 14;

/// What pictures are drawn on.
pub type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing comes to.
pub type Drawn = Result<(), Box<dyn Error>>;

/// A picture with a caption. `id` is unique in the page.
pub fn picture(
    id: &str,
    title: &str,
    description: &str,
    height: i32,
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Markup {
    let mut svg = String::new();
    let drawn = {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let canvas = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&canvas).and_then(|()| Ok(canvas.present()?))
    };
    // Drawing into memory does not fail; if it ever does, the table beside still has all the numbers.
    let Some((head, rest)) = drawn.ok().and_then(|()| svg.split_once('>')) else {
        return html! {};
    };
    let words = html! { title id={ (id) "-title" } { (title) } desc id={ (id) "-desc" } { (description) } };
    html! {
        figure {
            (PreEscaped(head)) (PreEscaped(format!(" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">")))
            (words)
            (PreEscaped(rest))
            figcaption { (title) }
        }
    }
}

/// Words at a point, which is their left middle.
pub fn words(canvas: &Canvas<'_>, text: &str, at: (i32, i32), colour: RGBColor) -> Drawn {
    anchored(canvas, text, at, colour, HPos::Left)
}

/// Words that end at a point.
pub fn words_before(canvas: &Canvas<'_>, text: &str, at: (i32, i32), colour: RGBColor) -> Drawn {
    anchored(canvas, text, at, colour, HPos::Right)
}

fn anchored(canvas: &Canvas<'_>, text: &str, at: (i32, i32), colour: RGBColor, side: HPos) -> Drawn {
    let style = ("sans-serif", WORDS)
        .into_font()
        .color(&colour)
        .pos(Pos::new(side, VPos::Center));
    Ok(canvas.draw(&Text::new(text.to_owned(), at, style))?)
}

/// A filled rectangle.
pub fn block(canvas: &Canvas<'_>, corner: (i32, i32), opposite: (i32, i32), colour: RGBColor) -> Drawn {
    Ok(canvas.draw(&Rectangle::new([corner, opposite], colour.filled()))?)
}

/// A share of a length; the whole where the whole is nothing.
pub fn share(length: i32, part: u64, whole: u64) -> i32 {
    if whole == 0 {
        return 0;
    }
    let scaled = u128::from(part.min(whole)) * u128::from(length.unsigned_abs()) / u128::from(whole);
    i32::try_from(scaled).unwrap_or(length)
}

/// Text cut to what fits beside a picture.
pub fn cut(text: &str, most: usize) -> String {
    gpu_place_core::text::clean(text, most)
}
