//! The run's page of the results: its figures through time, on one axis, and theory beside them.

use super::super::page::Page;
use super::super::results::plot::{Area, Ink, plot};
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::Control;
use super::courses::{Curve, Lines, Tone, What, lines, slowest, subject};
use super::{theory, verdict};
use crate::display::room::ticks;
use crate::display::run::clock;
use loadscape_sim::scenario::{ClassId, Fault};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use wasm_bindgen::JsCast;

type Drawn =
    Result<(), DrawingAreaErrorKind<<plotters_canvas::CanvasBackend as DrawingBackend>::ErrorType>>;

/// Left of every plot, in CSS pixels: the scales differ, the time axes lie below one another.
const GUTTER: f64 = 46.0;
const RIGHT: f64 = 8.0;

/// The page.
pub fn page(page: Page) -> AnyView {
    // The moment under the pointer, the same in all plots.
    let hover = RwSignal::new(None::<f64>);
    let class = RwSignal::new(None::<ClassId>);
    follow(Box::new(move || {
        page.selection.track();
        page.answer.track();
        super::control(page, Control::Watch);
    }));
    let name = move || {
        let watched = page.run.course.with(|course| {
            let course = course.as_ref()?;
            course.components.first().map(|part| part.component)
        });
        watched.or_else(|| subject(page)).and_then(|id| {
            page.read(|scenario| {
                scenario
                    .component(id)
                    .map(|component| component.name.clone())
            })
        })
    };
    let of_part = move |what: &'static str| {
        move || name().map_or_else(|| what.to_owned(), |name| format!("{what} of {name}"))
    };
    let times = move || {
        let slow = page
            .run
            .course
            .with(|course| course.as_ref().and_then(|course| slowest(course)));
        let name = slow.and_then(|slow| {
            page.classes.with(|classes| {
                let own = classes.iter().find(|class| class.id == slow);
                own.map(|class| class.name.clone())
            })
        });
        name.map_or_else(
            || "Response time".to_owned(),
            |name| format!("Response time of {name}"),
        )
    };
    view! {
        <div class="run-page" data-testid="run-page">
            <section class="scrolls">{verdict::verdicts(page)}{theory::beside(page)}</section>
            <section>{one(page, "run-rates", Signal::derive(|| "Requests".to_owned()), What::Rates, class, hover)}</section>
            <section>{one(page, "run-times", Signal::derive(times), What::Times, class, hover)}</section>
            <section>{one(page, "run-use", Signal::derive(of_part("Use")), What::Use, class, hover)}</section>
            <section>{one(page, "run-waiting", Signal::derive(of_part("Waiting")), What::Waiting, class, hover)}</section>
        </div>
    }
    .into_any()
}

fn one(
    page: Page,
    id: &'static str,
    title: Signal<String>,
    what: What,
    class: RwSignal<Option<ClassId>>,
    hover: RwSignal<Option<f64>>,
) -> AnyView {
    let drawn = move || {
        page.run.course.with(|course| {
            course
                .as_ref()
                .map_or_else(Lines::default, |course| lines(course, what, class.get()))
        })
    };
    let keys = move || {
        let moment = hover.get();
        drawn()
            .curves
            .iter()
            .map(|curve| {
                let value = moment.map_or_else(|| curve.last(), |moment| curve.at(moment));
                (
                    curve.name,
                    curve.tone,
                    value.map_or_else(|| "–".to_owned(), |value| what.words(value)),
                )
            })
            .collect::<Vec<_>>()
    };
    let label = Signal::derive(move || {
        let words: Vec<String> = keys()
            .into_iter()
            .map(|(name, _, value)| format!("{name} {value}"))
            .collect();
        format!("{}: {}", title.get(), words.join(", "))
    });
    let moment = move |event: &web_sys::MouseEvent| {
        let width = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .map_or(0.0, |element| f64::from(element.client_width()));
        let (begin, end) = span(page)?;
        let along = (f64::from(event.offset_x()) - GUTTER) / (width - GUTTER - RIGHT).max(1.0);
        (0.0..=1.0)
            .contains(&along)
            .then_some(begin + along * (end - begin))
    };
    let follow_pointer = move |event: web_sys::PointerEvent| hover.set(moment(&event));
    let look = move |event: web_sys::MouseEvent| {
        if let Some(moment) = moment(&event) {
            super::control(page, Control::Look(Some(moment)));
        }
    };
    let canvas = plot(page, label, move |area, ink| {
        // A canvas that can't be drawn on stays empty; the keys say the last figures.
        let _ = draw(page, area, ink, &drawn(), what, hover.get());
    });
    view! {
        <h3>
            <span class="plot-title">{move || title.get()}</span>
            <span class="plot-keys" data-testid=id>
                {move || keys().into_iter().map(|(name, tone, value)| view! { <span class=tone_class(tone)>{name}" "<b>{value}</b></span> }).collect_view()}
            </span>
        </h3>
        <div class="plot-frame" on:pointermove=follow_pointer on:pointerleave=move |_| hover.set(None) on:click=look>{canvas}</div>
    }
    .into_any()
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Accent => "plot-key tone-accent",
        Tone::Hot => "plot-key tone-hot",
        Tone::Mute => "plot-key tone-mute",
        Tone::Soft => "plot-key tone-soft",
    }
}

/// From when to when the plots reach, seconds.
fn span(page: Page) -> Option<(f64, f64)> {
    page.run.course.with_untracked(|course| {
        let course = course.as_ref()?;
        let points = course
            .classes
            .iter()
            .map(|class| class.offered.len())
            .max()?;
        (points > 0).then(|| (course.start, course.start + course.seconds * points as f64))
    })
}

fn draw(
    page: Page,
    area: &Area,
    ink: &Ink,
    lines: &Lines,
    what: What,
    hover: Option<f64>,
) -> Drawn {
    let Some((begin, end)) = span(page) else {
        return Ok(());
    };
    let highest = lines
        .curves
        .iter()
        .flat_map(|curve| curve.points.iter().flatten())
        .fold(lines.least_top, |most, point| most.max(*point));
    let top = if highest > 0.0 {
        highest * if what == What::Use { 1.02 } else { 1.12 }
    } else {
        1.0
    };
    let area = area.margin(
        ink.pixels(6.0),
        ink.pixels(17.0),
        ink.pixels(GUTTER),
        ink.pixels(RIGHT),
    );
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (f64::from(width), f64::from(height));
    let mut chart = ChartBuilder::on(&area).build_cartesian_2d(begin..end, 0.0..top)?;
    // What goes wrong, and for how long: behind everything else, and with its ends drawn.
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
        let (from, to) = (from.max(begin), to.min(end));
        if from > to {
            continue;
        }
        let shade = ink.hot.mix(0.1).filled();
        chart.draw_series(std::iter::once(Rectangle::new(
            [(from, 0.0), (to, top)],
            shade,
        )))?;
        let edge = ink.hot.mix(0.55).stroke_width(ink.stroke(1.0));
        chart.draw_series(std::iter::once(PathElement::new(
            vec![(from, 0.0), (from, top)],
            edge,
        )))?;
    }
    // Since when all is as before.
    for moment in verdict::recovered(page) {
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
    for tick in ticks(top) {
        let line = ink.line.mix(0.6).stroke_width(ink.stroke(1.0));
        chart.draw_series(std::iter::once(PathElement::new(
            vec![(begin, tick), (end, tick)],
            line,
        )))?;
        area.draw_text(
            &what.words(tick),
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
        draw_curve(&mut chart, ink, curve, end)?;
    }
    let pace = page.run.pace.get_untracked();
    let looking = page
        .run
        .frame
        .with(|frame| frame.as_ref().and_then(|frame| frame.looking));
    for (moment, colour) in [(looking, ink.hot), (hover, ink.faint)] {
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
            &clock(moment, pace),
            &ink.text(ink.mute).pos(Pos::new(side, VPos::Top)),
            (x as i32, height as i32 + ink.pixels(4.0)),
        )
    };
    let marked = hover
        .or(looking)
        .filter(|moment| (begin..=end).contains(moment));
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

type Chart<'a> = ChartContext<
    'a,
    plotters_canvas::CanvasBackend,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// Each stretch in which it says something is a line of its own.
fn draw_curve(chart: &mut Chart<'_>, ink: &Ink, curve: &Curve, end: f64) -> Drawn {
    let (colour, width) = match curve.tone {
        Tone::Accent => (ink.accent.mix(1.0), 1.75),
        Tone::Hot => (ink.hot.mix(1.0), 1.5),
        Tone::Mute => (ink.mute.mix(0.75), 1.25),
        Tone::Soft => (ink.accent.mix(0.4), 1.25),
    };
    let style = colour.stroke_width(ink.stroke(width));
    let mut stretch: Vec<(f64, f64)> = Vec::new();
    for place in 0..=curve.points.len() {
        match curve.points.get(place).copied().flatten() {
            Some(value) => {
                let begin = curve.start + place as f64 * curve.seconds;
                // Spans as steps where there are few, as points where there are many.
                if curve.points.len() <= 48 {
                    stretch.push((begin, value));
                    stretch.push(((begin + curve.seconds).min(end), value));
                } else {
                    stretch.push(((begin + 0.5 * curve.seconds).min(end), value));
                }
            }
            None if !stretch.is_empty() => {
                let line = std::mem::take(&mut stretch);
                chart.draw_series(std::iter::once(PathElement::new(line, style)))?;
            }
            None => {}
        }
    }
    Ok(())
}
