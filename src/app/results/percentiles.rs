//! Where the names of the two percentiles stand in the chart of response times: beside their lines and never over each other.

use super::chart::width_in_pixels;
use super::plot::{Area, Ink};
use loadscape_sim::quantities::time;
use loadscape_sim::units::Seconds;

/// From a percentile's line to its name, in CSS pixels.
pub const GAP: f64 = 4.0;
/// A side of a line.
#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    /// Before it.
    Left,
    /// Behind it.
    Right,
}

/// The name of a percentile's line: beside the line, so many rows below the top.
pub struct Label {
    /// What it says.
    pub words: String,
    /// Where its line is, in seconds.
    pub at: f64,
    /// On which side of the line it stands.
    pub side: Side,
    /// How many lines of words below the top.
    pub row: u8,
}

/// Where the names of the two lines stand: the 99th percentile's to the right of its line if it fits there, the median's on the first
/// side of its own that is free, else a row lower.
pub fn place(area: &Area, ink: &Ink, right: f64, p50: f64, p99: f64) -> [Label; 2] {
    let width = width_in_pixels(area);
    let gap = GAP * ink.scale;
    let place = |at: f64| at / right * width;
    let extent = |at: f64, words: &str, side: Side| {
        let (line, long) = (place(at), ink.text_width(words) + gap);
        match side {
            Side::Right => (line, line + long),
            Side::Left => (line - long, line),
        }
    };
    let fits = |(from, to): (f64, f64)| from >= 0.0 && to <= width;
    let name = |name: &str, at: f64| format!("{name} {}", time(Seconds(at)));
    let (median, slowest) = (name("p50", p50), name("p99", p99));
    let side = if fits(extent(p99, &slowest, Side::Right)) {
        Side::Right
    } else {
        Side::Left
    };
    let taken = extent(p99, &slowest, side);
    let free = |&side: &Side| {
        let (from, to) = extent(p50, &median, side);
        fits((from, to)) && (to + gap <= taken.0 || from >= taken.1 + gap)
    };
    let (median_side, row) = match [Side::Right, Side::Left].iter().find(|side| free(side)) {
        Some(side) => (*side, 0),
        None if fits(extent(p50, &median, Side::Left)) => (Side::Left, 1),
        None => (Side::Right, 1),
    };
    [
        Label {
            words: median,
            at: p50,
            side: median_side,
            row,
        },
        Label {
            words: slowest,
            at: p99,
            side,
            row: 0,
        },
    ]
}
