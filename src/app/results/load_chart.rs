//! How latency grows with load: the slowest class's p99 over the load, with today's place on it.

use super::super::dom;
use super::super::page::Page;
use super::super::solve::with_solver;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::chart::{Drawn, axes, below, dashed, width_in_pixels};
use super::names::{GAP, Names};
use super::overview::in_theory;
use super::plot::{Area, Ink, plot};
use crate::display::load_curve::{LoadCurve, factors};
use crate::display::room::ticks_of_time;
use loadscape_sim::quantities::{rate, time};
use loadscape_sim::units::{PerSecond, Seconds};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::cell::Cell;
use std::sync::Arc;

/// How long the design has to stay as it is before the curve is solved, in milliseconds.
const QUIET_MS: u32 = 120;
/// Points of the curve, fewer for large designs.
const POINTS: usize = 28;
/// Milliseconds of solving before the page gets its turn.
const SLICE_MS: f64 = 8.0;

thread_local! {
    static GENERATION: Cell<u32> = const { Cell::new(0) };
}

/// The slowest class's p99 over the load, with today's place on it.
pub fn load(page: Page) -> AnyView {
    let curve = RwSignal::new(None::<Arc<LoadCurve>>);
    follow(Box::new(move || {
        page.answer.track();
        let generation = GENERATION.get().wrapping_add(1);
        GENERATION.set(generation);
        dom::later(QUIET_MS, move || begin(page, curve, generation));
    }));
    on_cleanup(|| GENERATION.set(GENERATION.get().wrapping_add(1)));
    let label = Signal::derive(move || {
        curve.with(|curve| match curve {
            Some(curve) => {
                let here = curve.here.1.map_or_else(
                    || "no steady state".to_owned(),
                    |p99| format!("p99 {}", time(Seconds(p99))),
                );
                format!(
                    "Load and latency: at {} now, {here}; sustains {}.",
                    rate(PerSecond(curve.here.0)),
                    rate(PerSecond(curve.sustainable))
                )
            }
            None => "Load and latency".to_owned(),
        })
    });
    view! {
        <h3>"Load and slowest p99"{in_theory(page)}</h3>
        {plot(page, label, move |area, ink| {
            if let Some(curve) = curve.read().as_ref() {
                // A canvas that can't be drawn on stays empty; the table says the same.
                let _ = draw_load(area, ink, curve);
            }
        })}
    }
    .into_any()
}

fn begin(page: Page, shown: RwSignal<Option<Arc<LoadCurve>>>, generation: u32) {
    if GENERATION.get() != generation {
        return;
    }
    let Some(answer) = page.answer.get_untracked() else {
        return;
    };
    let (curve, components) = page.read(|scenario| {
        (
            LoadCurve::begin(scenario, &answer.report),
            scenario.components.len(),
        )
    });
    if curve.here.0 <= 0.0 {
        shown.set(None);
        return;
    }
    let loads = factors(
        &answer.report,
        if components > 200 { POINTS / 3 } else { POINTS },
    );
    go_on(page, shown, generation, curve, loads, 0);
}

/// Solves as many loads as fit into a slice, then lets the page breathe.
fn go_on(
    page: Page,
    shown: RwSignal<Option<Arc<LoadCurve>>>,
    generation: u32,
    mut curve: LoadCurve,
    loads: Vec<f64>,
    mut next: usize,
) {
    if GENERATION.get() != generation {
        return;
    }
    let started = dom::now_ms();
    while next < loads.len() && dom::now_ms() - started < SLICE_MS {
        page.read(|scenario| with_solver(|solver| curve.extend(solver, scenario, loads[next])));
        next += 1;
    }
    if next < loads.len() {
        dom::later(0, move || {
            go_on(page, shown, generation, curve, loads, next)
        });
    } else if shown.try_get_untracked().is_some() {
        shown.set(Some(Arc::new(curve)));
    }
}

/// The curves: p99 and p50.
const CURVES: usize = 2;

fn draw_load(area: &Area, ink: &Ink, curve: &LoadCurve) -> Drawn {
    let Some(first) = curve.points.first().filter(|first| first.p99 > 0.0) else {
        return Ok(());
    };
    let most = if curve.sustainable.is_finite() {
        curve.sustainable
    } else {
        curve.points.last().map_or(first.load, |last| last.load)
    };
    let right = most.max(curve.here.0) * 1.04;
    let wanted = curve
        .here
        .1
        .unwrap_or(0.0)
        .max(curve.objective.unwrap_or(0.0));
    let top = (wanted * 1.5).max(first.p99 * 4.0);
    let ticks: Vec<(f64, String)> = ticks_of_time(top)
        .into_iter()
        .map(|tick| (tick, time(Seconds(tick))))
        .collect();
    let gutter = ticks
        .iter()
        .map(|(_, words)| ink.text_width(words))
        .fold(0.0, f64::max);
    let area = area.margin(
        ink.pixels(14.0),
        ink.pixels(18.0),
        gutter as i32 + ink.pixels(6.0),
        ink.pixels(6.0),
    );
    let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..right, 0.0..top)?;
    for (tick, words) in &ticks {
        let line = ink.line.mix(0.6).stroke_width(ink.stroke(1.0));
        chart.draw_series(std::iter::once(PathElement::new(
            vec![(0.0, *tick), (right, *tick)],
            line,
        )))?;
        let height = f64::from(area.dim_in_pixel().1) * (1.0 - tick / top);
        area.draw_text(
            words,
            &ink.text(ink.mute).pos(Pos::new(HPos::Right, VPos::Center)),
            (-ink.pixels(5.0), height as i32),
        )?;
    }
    axes(&mut chart, ink, right, top)?;
    let line = clipped(
        curve.points.iter().map(|point| (point.load, point.p99)),
        top,
    );
    let floor = clipped(
        curve.points.iter().map(|point| (point.load, point.p50)),
        top,
    );
    let mut names = Names::new(&area, ink, (right, top), CURVES);
    names.keep_off(&line);
    names.keep_off(&floor);
    if let Some(objective) = curve.objective {
        let ends = [(0.0, objective), (right, objective)];
        dashed(&mut chart, ink, ends[0], ends[1])?;
        names.keep_off(&ends);
    }
    if curve.sustainable.is_finite() {
        let ends = [(curve.sustainable, 0.0), (curve.sustainable, top)];
        dashed(&mut chart, ink, ends[0], ends[1])?;
        names.keep_off(&ends);
    }
    let begins = [
        ("p99", line.first().copied()),
        ("p50", floor.first().copied()),
    ];
    chart.draw_series(LineSeries::new(
        floor,
        ink.accent.mix(0.35).stroke_width(ink.stroke(1.25)),
    ))?;
    chart.draw_series(LineSeries::new(
        line,
        ink.accent.stroke_width(ink.stroke(2.0)),
    ))?;
    let (at, height) = (curve.here.0, curve.here.1.unwrap_or(top).min(top));
    let missed = curve.objective.is_some_and(|objective| height > objective);
    let colour = if curve.here.1.is_none() || missed {
        ink.hot
    } else {
        ink.accent
    };
    chart.draw_series(std::iter::once(Circle::new(
        (at, height),
        ink.pixels(4.5),
        colour.filled(),
    )))?;
    match curve.here.1 {
        Some(p99) => {
            let words = format!("you are here, {}", time(Seconds(p99)));
            names.write(&[&words], ink.ink, (at, height), f64::INFINITY)?;
        }
        None => names.write(
            &["you are here:", "no steady state"],
            ink.hot,
            (at, height),
            f64::INFINITY,
        )?,
    }
    if let Some(objective) = curve.objective {
        let words = format!("objective {}", time(Seconds(objective)));
        names.write(&[&words], ink.mute, (0.0, objective), f64::INFINITY)?;
    }
    // Each line is named where it begins, if the name has room there.
    for (name, begin) in begins {
        if let Some(begin) = begin {
            names.write(&[name], ink.mute, begin, 3.0 * GAP)?;
        }
    }
    axis_words(&area, ink, curve, most, right)
}

/// What stands below the axis: where it begins, and how much is sustained at most.
fn axis_words(area: &Area, ink: &Ink, curve: &LoadCurve, most: f64, right: f64) -> Drawn {
    let capacity = rate(PerSecond(if curve.sustainable.is_finite() {
        curve.sustainable
    } else {
        most
    }));
    let words = if curve.sustainable.is_finite() {
        format!("{capacity} at most")
    } else {
        capacity
    };
    // The words end at the capacity's line; where that is too near the left for them, they begin at it.
    let (width, zero) = (width_in_pixels(area), ink.text_width("0 "));
    let at = (most / right).min(1.0);
    if at * width - ink.text_width(&words) > zero {
        below(area, ink, "0", 0.0, HPos::Left)?;
        below(area, ink, &words, at, HPos::Right)
    } else {
        if at * width > zero {
            below(area, ink, "0", 0.0, HPos::Left)?;
        }
        below(area, ink, &words, at, HPos::Left)
    }
}

/// The points up to the top of the chart, the last one cut where it leaves it.
fn clipped(points: impl Iterator<Item = (f64, f64)>, top: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (x, y) in points {
        if y > top {
            if let Some(&(x0, y0)) = kept.last() {
                kept.push((x0 + (x - x0) * (top - y0) / (y - y0), top));
            }
            break;
        }
        kept.push((x, y));
    }
    kept
}
