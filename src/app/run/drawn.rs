//! How a plot of the run is drawn: its curves with their bands, what goes wrong behind them, the moments that are looked at. It decides
//! nothing of what is shown.

use super::super::page::Page;
use super::super::results::plot::{Area, Ink};
use crate::display::curves::{Curve, Lines, Tone};
use crate::display::plots::What;
use crate::display::room::{ticks, ticks_of_time};
use crate::display::run::clock;
use loadscape_player::Pace;
use loadscape_sim::scenario::Fault;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Left of every plot, in CSS pixels: the scales differ, the time axes lie below one another.
pub const GUTTER: f64 = 46.0;
/// Right of every plot, in CSS pixels.
pub const RIGHT: f64 = 8.0;

type Drawn =
    Result<(), DrawingAreaErrorKind<<plotters_canvas::CanvasBackend as DrawingBackend>::ErrorType>>;

type Chart<'a> = ChartContext<
    'a,
    plotters_canvas::CanvasBackend,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// What stands in a plot beside its curves.
pub struct Marks {
    /// The span of time that is shown, seconds.
    pub span: (f64, f64),
    /// The moment that the run is looked back at.
    pub looking: Option<f64>,
    /// The moment under the pointer.
    pub hover: Option<f64>,
    /// What is being chosen by dragging.
    pub chosen: Option<(f64, f64)>,
    /// How finely moments are written.
    pub pace: Pace,
}

/// Draws a plot.
pub fn draw(page: Page, area: &Area, ink: &Ink, lines: &Lines, what: What, marks: &Marks) -> Drawn {
    let (begin, end) = marks.span;
    if end <= begin {
        return Ok(());
    }
    let top = top(lines, what);
    let area = area.margin(
        ink.pixels(6.0),
        ink.pixels(17.0),
        ink.pixels(GUTTER),
        ink.pixels(RIGHT),
    );
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (f64::from(width), f64::from(height));
    let mut chart = ChartBuilder::on(&area).build_cartesian_2d(begin..end, 0.0..top)?;
    shade_faults(page, &mut chart, ink, (begin, end), top)?;
    // Since when all is as before.
    for moment in super::verdict::recovered(page) {
        if (begin..=end).contains(&moment) {
            let line = ink.mute.mix(0.9).stroke_width(ink.stroke(1.0));
            let dashes = 8.0;
            for dash in 0..dashes as u32 {
                let from = top * f64::from(dash) / dashes;
                let dash = vec![(moment, from), (moment, from + top / dashes * 0.5)];
                chart.draw_series(std::iter::once(PathElement::new(dash, line)))?;
            }
        }
    }
    if let Some((from, to)) = marks.chosen {
        let shade = ink.accent.mix(0.14).filled();
        let corners = [(from.max(begin), 0.0), (to.min(end), top)];
        chart.draw_series(std::iter::once(Rectangle::new(corners, shade)))?;
    }
    let heights = match what {
        What::Times | What::Lag => ticks_of_time(top),
        _ => ticks(top),
    };
    for tick in heights {
        let line = ink.line.mix(0.6).stroke_width(ink.stroke(1.0));
        chart.draw_series(std::iter::once(PathElement::new(
            vec![(begin, tick), (end, tick)],
            line,
        )))?;
        area.draw_text(
            &what.tick(tick),
            &ink.text(ink.mute).pos(Pos::new(HPos::Right, VPos::Center)),
            (-ink.pixels(5.0), (height * (1.0 - tick / top)) as i32),
        )?;
    }
    let axis = ink.line.stroke_width(ink.stroke(1.0));
    chart.draw_series(std::iter::once(PathElement::new(
        vec![(begin, 0.0), (end, 0.0)],
        axis,
    )))?;
    // What never fails would be drawn along the axis.
    let says = |curve: &&Curve| {
        curve.tone != Tone::Hot || curve.points.iter().flatten().any(|point| *point > 0.0)
    };
    for curve in lines.curves.iter().filter(says) {
        draw_band(&mut chart, ink, curve, top, (begin, end))?;
    }
    for curve in lines.curves.iter().filter(says) {
        draw_curve(&mut chart, ink, curve, (begin, end))?;
    }
    for (moment, colour) in [(marks.looking, ink.hot), (marks.hover, ink.faint)] {
        if let Some(moment) = moment.filter(|moment| (begin..=end).contains(moment)) {
            let line = colour.stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(moment, 0.0), (moment, top)],
                line,
            )))?;
        }
    }
    let below = |moment: f64, side: HPos| {
        let x = width * (moment - begin) / (end - begin);
        area.draw_text(
            &clock(moment, marks.pace),
            &ink.text(ink.mute).pos(Pos::new(side, VPos::Top)),
            (x as i32, height as i32 + ink.pixels(4.0)),
        )
    };
    let marked = (marks.hover.or(marks.looking)).filter(|moment| (begin..=end).contains(moment));
    match marked {
        Some(moment) => {
            let along = (moment - begin) / (end - begin);
            let side = if along < 0.2 {
                HPos::Left
            } else if along > 0.8 {
                HPos::Right
            } else {
                HPos::Center
            };
            below(moment, side)
        }
        None => {
            below(begin, HPos::Left)?;
            below(end, HPos::Right)
        }
    }
}

/// The upper end of the scale. Bands may reach beyond it: one wide band must not press all curves to the ground.
fn top(lines: &Lines, what: What) -> f64 {
    let points = lines.curves.iter().flat_map(|curve| curve.points.iter());
    let highest = points
        .flatten()
        .fold(lines.least_top, |most, point| most.max(*point));
    match highest {
        highest if highest > 0.0 && what.is_share() => highest * 1.02,
        highest if highest > 0.0 => highest * 1.12,
        _ => 1.0,
    }
}

/// What goes wrong, and for how long: behind everything else, and with its beginning drawn.
fn shade_faults(
    page: Page,
    chart: &mut Chart<'_>,
    ink: &Ink,
    (begin, end): (f64, f64),
    top: f64,
) -> Drawn {
    let faults = page.faults.with(|faults| {
        let span = |fault: &Fault| {
            (
                fault.start_seconds,
                fault.end_seconds().unwrap_or(fault.start_seconds),
            )
        };
        faults.iter().map(span).collect::<Vec<_>>()
    });
    for (from, to) in faults {
        if from.max(begin) > to.min(end) {
            continue;
        }
        let shade = ink.hot.mix(0.1).filled();
        chart.draw_series(std::iter::once(Rectangle::new(
            [(from.max(begin), 0.0), (to.min(end), top)],
            shade,
        )))?;
        if from >= begin {
            let edge = ink.hot.mix(0.55).stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(from, 0.0), (from, top)],
                edge,
            )))?;
        }
    }
    Ok(())
}

fn colour(ink: &Ink, tone: Tone) -> (RGBAColor, f64) {
    match tone {
        Tone::Accent => (ink.accent.mix(1.0), 1.75),
        Tone::Hot => (ink.hot.mix(1.0), 1.5),
        Tone::Mute => (ink.mute.mix(0.75), 1.25),
        Tone::Soft => (ink.accent.mix(0.4), 1.25),
        Tone::Second => (ink.accent.mix(1.0), 1.25),
        Tone::Third => (ink.hot.mix(0.5), 1.25),
        Tone::Fourth => (ink.accent.mix(0.5), 1.25),
    }
}

/// The stretches in which a curve says something, as corners: spans as steps where there are few, as points where there are many.
fn stretches(
    curve: &Curve,
    (begin, end): (f64, f64),
    of: impl Fn(usize) -> Option<f64>,
) -> Vec<Vec<(f64, f64)>> {
    let mut all = Vec::new();
    let mut stretch: Vec<(f64, f64)> = Vec::new();
    for place in 0..=curve.points.len() {
        let value = (place < curve.points.len()).then(|| of(place)).flatten();
        match value {
            Some(value) => {
                let from = curve.start + place as f64 * curve.seconds;
                let to = from + curve.seconds;
                if to <= begin || from >= end {
                    continue;
                }
                if curve.points.len() <= 48 {
                    stretch.push((from.max(begin), value));
                    stretch.push((to.min(end), value));
                } else {
                    stretch.push(((from + 0.5 * curve.seconds).clamp(begin, end), value));
                }
            }
            None if !stretch.is_empty() => all.push(std::mem::take(&mut stretch)),
            None => {}
        }
    }
    all
}

fn draw_band(chart: &mut Chart<'_>, ink: &Ink, curve: &Curve, top: f64, span: (f64, f64)) -> Drawn {
    if curve.bands.is_empty() {
        return Ok(());
    }
    let band = |place: usize| curve.bands.get(place).copied().flatten();
    let low = stretches(curve, span, |place| band(place).map(|(least, _)| least));
    let high = stretches(curve, span, |place| {
        band(place).map(|(_, most)| most.min(top))
    });
    let (colour, _) = colour(ink, curve.tone);
    for (low, high) in low.into_iter().zip(high) {
        let outline: Vec<(f64, f64)> = low.into_iter().chain(high.into_iter().rev()).collect();
        let shade = colour.mix(0.16).filled();
        chart.draw_series(std::iter::once(Polygon::new(outline, shade)))?;
    }
    Ok(())
}

/// Each stretch in which it says something is a line of its own.
fn draw_curve(chart: &mut Chart<'_>, ink: &Ink, curve: &Curve, span: (f64, f64)) -> Drawn {
    let (colour, width) = colour(ink, curve.tone);
    let style = colour.stroke_width(ink.stroke(width));
    for stretch in stretches(curve, span, |place| curve.points[place]) {
        chart.draw_series(std::iter::once(PathElement::new(stretch, style)))?;
    }
    Ok(())
}
