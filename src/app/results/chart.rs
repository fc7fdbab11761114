//! The two charts: how latency grows with load, and how response times are distributed.

use super::super::dom;
use super::super::page::Page;
use super::super::solve::with_solver;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::percentiles::{self, Side};
use super::plot::{Area, Ink, plot};
use crate::display::load_curve::{LoadCurve, factors};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::quantities::{rate, time};
use loadscape_sim::scenario::ClassId;
use loadscape_sim::steady::Precision;
use loadscape_sim::units::{PerSecond, Seconds};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::cell::Cell;
use std::sync::Arc;

/// How long the design has to stay as it is before the curve is solved, in milliseconds.
const QUIET_MS: u32 = 120;
/// Points of the curve, fewer for large designs.
const POINTS: usize = 28;
/// From one line of words to the next, in CSS pixels.
const LINE_HEIGHT: f64 = 15.0;
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
        <h3>"Load and slowest p99"</h3>
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

type Drawn =
    Result<(), DrawingAreaErrorKind<<plotters_canvas::CanvasBackend as DrawingBackend>::ErrorType>>;

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
    let area = area.margin(
        ink.pixels(14.0),
        ink.pixels(18.0),
        ink.pixels(6.0),
        ink.pixels(6.0),
    );
    let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..right, 0.0..top)?;
    axes(&mut chart, ink, right, top)?;
    if let Some(objective) = curve.objective {
        dashed(&mut chart, ink, (0.0, objective), (right, objective))?;
        text(
            &mut chart,
            format!("objective {}", time(Seconds(objective))),
            (right * 0.01, objective),
            ink.text(ink.mute),
            HPos::Left,
            VPos::Bottom,
        )?;
    }
    if curve.sustainable.is_finite() {
        dashed(
            &mut chart,
            ink,
            (curve.sustainable, 0.0),
            (curve.sustainable, top),
        )?;
    }
    let line: Vec<(f64, f64)> = clipped(
        curve.points.iter().map(|point| (point.load, point.p99)),
        top,
    );
    let floor: Vec<(f64, f64)> = clipped(
        curve.points.iter().map(|point| (point.load, point.p50)),
        top,
    );
    chart.draw_series(LineSeries::new(
        floor,
        ink.accent.mix(0.35).stroke_width(ink.stroke(1.25)),
    ))?;
    chart.draw_series(LineSeries::new(
        line,
        ink.accent.stroke_width(ink.stroke(2.0)),
    ))?;
    // Each line is named where it begins, if both names have room there.
    let line_height = top * LINE_HEIGHT * ink.scale / f64::from(area.dim_in_pixel().1.max(1));
    let clear = curve.here.0 > right * 0.4;
    if clear && first.p99 - first.p50 > 1.2 * line_height && first.p99 + line_height < top {
        for (name, height) in [("p99", first.p99), ("p50", first.p50)] {
            text(
                &mut chart,
                name.to_owned(),
                (first.load, height + 0.2 * line_height),
                ink.text(ink.mute),
                HPos::Left,
                VPos::Bottom,
            )?;
        }
    }
    let (at, height) = (curve.here.0, curve.here.1.unwrap_or(top).min(top));
    let colour =
        if curve.here.1.is_none() || curve.objective.is_some_and(|objective| height > objective) {
            ink.hot
        } else {
            ink.accent
        };
    chart.draw_series(std::iter::once(Circle::new(
        (at, height),
        ink.pixels(4.5),
        colour.filled(),
    )))?;
    let Some(p99) = curve.here.1 else {
        // The words stand where the curve isn't: behind it if they fit there, else before it.
        let lines = ["you are here:", "no steady state"];
        let leaves = capacity_in_chart(curve, right);
        let room = (1.0 - leaves) * width_in_pixels(&area);
        let beside = room > ink.text_width(lines[1]) + 2.0 * f64::from(ink.pixels(8.0));
        let at = if beside { 0.97 } else { leaves - 0.04 };
        for (line, words) in lines.into_iter().enumerate() {
            let row = if beside { line + 1 } else { line };
            text(
                &mut chart,
                words.to_owned(),
                (right * at, top - line_height * row as f64),
                ink.text(ink.hot),
                HPos::Right,
                VPos::Top,
            )?;
        }
        return axis_words(&area, ink, curve, most, right);
    };
    let words = format!("you are here, {}", time(Seconds(p99)));
    let side = if at > right * 0.5 {
        HPos::Right
    } else {
        HPos::Left
    };
    let offset = right * if at > right * 0.5 { -0.03 } else { 0.03 };
    // Two labels at one height would be none: today's moves to the side of the objective that it is on.
    let above = height > top * 0.8;
    let crowded = curve.objective.is_some_and(|objective| {
        height < objective && height + line_height > objective
            || height >= objective && height - objective < line_height
    });
    let hangs = above || (crowded && curve.objective.is_some_and(|objective| height < objective));
    let vertical = if hangs { VPos::Top } else { VPos::Bottom };
    // Beside the point and off the curve, which may run on level.
    let off = line_height * 0.35;
    let lifted = if hangs {
        height - off
    } else if crowded {
        height + line_height
    } else {
        height + off
    };
    text(
        &mut chart,
        words,
        (at + offset, lifted),
        ink.text(ink.ink),
        side,
        vertical,
    )?;
    axis_words(&area, ink, curve, most, right)
}

/// The capacity as a share of the chart's width.
fn capacity_in_chart(curve: &LoadCurve, right: f64) -> f64 {
    (curve.sustainable / right).clamp(0.0, 1.0)
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

/// How wide the area is in canvas pixels.
pub(super) fn width_in_pixels(area: &Area) -> f64 {
    f64::from(area.dim_in_pixel().0.max(1))
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

type Chart<'a> = ChartContext<
    'a,
    plotters_canvas::CanvasBackend,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

fn axes(chart: &mut Chart<'_>, ink: &Ink, right: f64, top: f64) -> Drawn {
    let line = ink.line.stroke_width(ink.stroke(1.0));
    chart.draw_series(std::iter::once(PathElement::new(
        vec![(0.0, top), (0.0, 0.0), (right, 0.0)],
        line,
    )))?;
    Ok(())
}

fn dashed(chart: &mut Chart<'_>, ink: &Ink, from: (f64, f64), to: (f64, f64)) -> Drawn {
    let pieces = 40;
    let at = |piece: usize| {
        let along = piece as f64 / pieces as f64;
        (
            from.0 + (to.0 - from.0) * along,
            from.1 + (to.1 - from.1) * along,
        )
    };
    chart.draw_series((0..pieces).step_by(2).map(|piece| {
        PathElement::new(
            vec![at(piece), at(piece + 1)],
            ink.faint.stroke_width(ink.stroke(1.0)),
        )
    }))?;
    Ok(())
}

fn text(
    chart: &mut Chart<'_>,
    words: String,
    at: (f64, f64),
    style: TextStyle<'static>,
    side: HPos,
    height: VPos,
) -> Drawn {
    chart.draw_series(std::iter::once(Text::new(
        words,
        at,
        style.pos(Pos::new(side, height)),
    )))?;
    Ok(())
}

/// Words below the horizontal axis, at this share of its length.
fn below(area: &Area, ink: &Ink, words: &str, along: f64, side: HPos) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let x = (f64::from(width) * along).round() as i32;
    area.draw_text(
        words,
        &ink.text(ink.mute).pos(Pos::new(side, VPos::Top)),
        (x, height as i32 + ink.pixels(4.0)),
    )
}

/// How the response times of one class are distributed: the density, with the median and the 99th percentile.
pub fn distribution(page: Page, chosen: RwSignal<Option<ClassId>>) -> AnyView {
    // Without a choice, the class with the slowest p99 is the one to look at.
    let sent = Memo::new(move |_| {
        page.answer.with(|answer| {
            let Some(answer) = answer else {
                return Vec::new();
            };
            answer
                .report
                .classes
                .iter()
                .filter(|class| class.offered.0 > 0.0)
                .map(|class| {
                    (
                        class.class,
                        class.latency.map_or(f64::INFINITY, |latency| latency.p99.0),
                    )
                })
                .collect::<Vec<_>>()
        })
    });
    let class = Memo::new(move |_| {
        sent.with(|sent| {
            let chosen = chosen
                .get()
                .filter(|chosen| sent.iter().any(|(class, _)| class == chosen));
            chosen.or_else(|| {
                sent.iter()
                    .max_by(|left, right| left.1.total_cmp(&right.1))
                    .map(|(class, _)| *class)
            })
        })
    });
    let shape = Memo::new(move |_| {
        let class = class.get()?;
        let answer = page.answer.get()?;
        Shape::of(&answer, class)
    });
    let label = Signal::derive(move || {
        shape.with(|shape| match shape {
            Some(shape) => format!(
                "Response time: half below {}, 99 % below {}.",
                time(Seconds(shape.p50)),
                time(Seconds(shape.p99))
            ),
            None => "Response time: no steady state.".to_owned(),
        })
    });
    view! {
        <h3>
            "Response time"
            <select
                class="select"
                hidden=move || sent.read().is_empty()
                aria-label="Of which class"
                data-testid="distribution-class"
                on:change:target=move |event| chosen.set(event.target().value().parse::<u32>().ok().map(ClassId))
            >
                {move || page.classes.get().into_iter().filter(|candidate| sent.read().iter().any(|(class, _)| *class == candidate.id)).map(|candidate| {
                    let id = candidate.id;
                    view! { <option value=id.to_string() prop:selected=move || class.get() == Some(id)>{candidate.name}</option> }
                }).collect_view()}
            </select>
        </h3>
        {move || (shape.with(Option::is_none) && !sent.read().is_empty()).then(|| view! { <p class="empty">"No response time: nothing is answered in a steady state."</p> })}
        {plot(page, label, move |area, ink| {
            if let Some(shape) = shape.read().as_ref() {
                let _ = draw_shape(area, ink, shape);
            }
        })}
    }
    .into_any()
}

/// The density of a response time.
#[derive(Clone, Debug, PartialEq)]
struct Shape {
    /// Seconds with the density there; times ascend.
    density: Vec<(f64, f64)>,
    p50: f64,
    p99: f64,
}

impl Shape {
    /// Points of the curve.
    const POINTS: usize = 110;
    /// How far the chart goes, in 99th percentiles: its name has room beside its line.
    const REACH: f64 = 1.36;

    fn of(answer: &Analysis, class: ClassId) -> Option<Shape> {
        let place = answer
            .report
            .classes
            .iter()
            .position(|figures| figures.class == class)?;
        let figures = &answer.report.classes[place];
        let latency = figures.latency.filter(|_| figures.goodput.0 > 0.0)?;
        let last = latency.p99.0 * Shape::REACH;
        if last <= 0.0 {
            return None;
        }
        let times: Vec<f64> = (1..=Shape::POINTS)
            .map(|point| last * point as f64 / Shape::POINTS as f64)
            .collect();
        // The solver may have been at another load since; percentiles bring it back to this network.
        let network = &answer.compiled.network;
        let distribution = with_solver(|solver| {
            solver.means(network);
            solver.percentiles(network, Precision::Fast);
            solver.distribution(network, place, &times)
        })?;
        let density = std::iter::once((0.0, 0.0))
            .chain(
                times
                    .iter()
                    .zip(&distribution)
                    .map(|(time, (_, density))| (*time, density.max(0.0))),
            )
            .collect();
        Some(Shape {
            density,
            p50: latency.p50.0,
            p99: latency.p99.0,
        })
    }
}

fn draw_shape(area: &Area, ink: &Ink, shape: &Shape) -> Drawn {
    let right = shape.p99 * Shape::REACH;
    // A constant delay is a spike that would flatten everything beside it: the chart's height follows the bulk.
    let mut heights: Vec<f64> = shape
        .density
        .iter()
        .map(|(_, density)| *density)
        .filter(|density| density.is_finite())
        .collect();
    heights.sort_by(f64::total_cmp);
    let highest = heights.last().copied().unwrap_or(0.0);
    let bulk = heights
        .get(heights.len() * 95 / 100)
        .copied()
        .unwrap_or(highest);
    let top = (bulk * 2.5).min(highest).max(highest * 0.05) * 1.12;
    if top <= 0.0 || !top.is_finite() {
        return Ok(());
    }
    let area = area.margin(
        ink.pixels(14.0),
        ink.pixels(18.0),
        ink.pixels(6.0),
        ink.pixels(6.0),
    );
    let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..right, 0.0..top)?;
    let points: Vec<(f64, f64)> = shape
        .density
        .iter()
        .map(|(time, density)| (*time, density.min(top)))
        .collect();
    chart.draw_series(AreaSeries::new(
        points.iter().copied(),
        0.0,
        ink.accent.mix(0.14),
    ))?;
    chart.draw_series(LineSeries::new(
        points,
        ink.accent.stroke_width(ink.stroke(1.75)),
    ))?;
    axes(&mut chart, ink, right, top)?;
    let labels = percentiles::place(&area, ink, right, shape.p50, shape.p99);
    for (label, strong) in labels.into_iter().zip([false, true]) {
        dashed(&mut chart, ink, (label.at, 0.0), (label.at, top))?;
        let gap = right * ink.scale * percentiles::GAP / width_in_pixels(&area);
        let (side, gap) = match label.side {
            Side::Right => (HPos::Left, gap),
            Side::Left => (HPos::Right, -gap),
        };
        let row = f64::from(label.row) * LINE_HEIGHT * ink.scale
            / f64::from(area.dim_in_pixel().1.max(1));
        text(
            &mut chart,
            label.words,
            (label.at + gap, top * (1.0 - row)),
            ink.text(if strong { ink.ink } else { ink.mute }),
            side,
            VPos::Top,
        )?;
    }
    below(&area, ink, "0", 0.0, HPos::Left)?;
    below(&area, ink, &time(Seconds(right)), 1.0, HPos::Right)
}
