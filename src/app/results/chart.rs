//! What charts are made of, and the one of how response times are distributed.

use super::super::page::Page;
use super::super::solve::with_solver;
use super::super::ui::prelude::*;
use super::overview::in_theory;
use super::percentiles::{self, Side};
use super::plot::{Area, Ink, plot};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::quantities::time;
use loadscape_sim::scenario::ClassId;
use loadscape_sim::steady::Precision;
use loadscape_sim::units::Seconds;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// From one line of words to the next, in CSS pixels.
pub(super) const LINE_HEIGHT: f64 = 15.0;

pub(super) type Drawn =
    Result<(), DrawingAreaErrorKind<<plotters_canvas::CanvasBackend as DrawingBackend>::ErrorType>>;

/// How wide the area is in canvas pixels.
pub(super) fn width_in_pixels(area: &Area) -> f64 {
    f64::from(area.dim_in_pixel().0.max(1))
}

pub(super) type Chart<'a> = ChartContext<
    'a,
    plotters_canvas::CanvasBackend,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

pub(super) fn axes(chart: &mut Chart<'_>, ink: &Ink, right: f64, top: f64) -> Drawn {
    let line = ink.line.stroke_width(ink.stroke(1.0));
    chart.draw_series(std::iter::once(PathElement::new(
        vec![(0.0, top), (0.0, 0.0), (right, 0.0)],
        line,
    )))?;
    Ok(())
}

pub(super) fn dashed(chart: &mut Chart<'_>, ink: &Ink, from: (f64, f64), to: (f64, f64)) -> Drawn {
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

pub(super) fn text(
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
pub(super) fn below(area: &Area, ink: &Ink, words: &str, along: f64, side: HPos) -> Drawn {
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
            "Response time"{in_theory(page)}
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
        {move || (shape.with(Option::is_none) && !sent.read().is_empty()).then(|| view! { <p class="empty">{move || without(page)}</p> })}
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
        let latency = figures.answered()?;
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

/// Why there are no response times: what is answered in spite of a backlog has waited longer than what came before it.
fn without(page: Page) -> &'static str {
    let answers = page.answer.with(|answer| {
        let classes = answer.as_ref().map(|answer| &answer.report.classes);
        classes.is_some_and(|classes| classes.iter().any(|class| class.goodput.0 > 0.0))
    });
    match answers {
        true => {
            "No response time: a backlog grows, and whoever comes waits longer than whoever came before."
        }
        false => "No response time: nobody is answered.",
    }
}
