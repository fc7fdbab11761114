//! The run's page of the results: theory and simulation, and figures through time, chosen and on one axis.

use super::super::page::Page;
use super::super::results::plot::plot;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::Control;
use super::drawn::{GUTTER, Marks, RIGHT, draw};
use super::{looking, theory, timeline, verdict, waterfall};
use crate::display::curves::{Lines, Tone, lines, slowest};
use crate::display::plots::{Offers, What, shown_by, zoomed};
use crate::display::run::clock;
use crate::editor::Item;
use loadscape_player::Question;
use loadscape_sim::scenario::{ClassId, ComponentId};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A press that moves no further than this is a click, in CSS pixels.
const STILL: f64 = 5.0;
/// How much a press or a turn of the wheel makes of the span.
const ZOOM: f64 = 0.5;
/// Steps of the arrow keys over a plot.
const STEPS: f64 = 100.0;

/// What the views of the page share.
#[derive(Clone, Copy)]
struct Look {
    page: Page,
    /// The moment under the pointer, the same in all plots.
    hover: RwSignal<Option<f64>>,
    /// What is being chosen by dragging: from where, to where.
    chosen: RwSignal<Option<(f64, f64)>>,
    offers: Memo<Offers>,
}

/// The page.
pub fn page(page: Page) -> AnyView {
    let look = Look {
        page,
        hover: RwSignal::new(None),
        chosen: RwSignal::new(None),
        offers: Memo::new(move |_| {
            page.answer.track();
            offers(page)
        }),
    };
    follow(Box::new(move || {
        page.selection.track();
        page.answer.track();
        page.run.choice.track();
        super::control(page, Control::Watch);
    }));
    let shown = Memo::new(move |_| page.run.choice.get().shown(&look.offers.get()));
    view! {
        <div class="run-page" data-testid="run-page">
            <section class="scrolls">{verdict::verdicts(page)}{theory::beside(page)}</section>
            <div class="run-plots" data-testid="run-plots" data-span=move || shown_span(page)>
                {tools(look)}
                {waterfall::place(page)}
                <div class="plot-grid" class:beside=move || page.run.question.get().is_some()>
                    {super::super::ui::each(move || shown.get(), |what| what.id(), move |what| one(look, what))}
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What the drawing has to plot.
fn offers(page: Page) -> Offers {
    page.answer
        .with_untracked(|answer| {
            let network = &answer.as_ref()?.compiled.network;
            Some(page.read(|scenario| Offers::of(scenario, network)))
        })
        .unwrap_or_default()
}

/// Of whom a plot is: the part that was chosen, else the selected, else the bottleneck, else whoever has such a thing.
fn subject(page: Page, offers: &Offers, what: What) -> Option<ComponentId> {
    let chosen = page.run.choice.with(|choice| choice.part);
    let selected = page.selection.with(|selection| match selection[..] {
        [Item::Component(id)] => Some(id),
        _ => None,
    });
    let bottleneck = page.answer.with(|answer| {
        let first = answer.as_ref()?.report.bottleneck.as_ref();
        first.map(|first| first.component)
    });
    // That a bottleneck keeps pages in its memory, too, isn't what a hit ratio is looked at for.
    let bottleneck = bottleneck.filter(|_| what != What::Hits);
    offers.subject(what, &[chosen, selected, bottleneck])
}

/// Of whom the plots are that are shown.
pub fn subjects(page: Page) -> Vec<ComponentId> {
    let offers = offers(page);
    let shown = page
        .run
        .choice
        .with_untracked(|choice| choice.shown(&offers));
    let mut subjects: Vec<ComponentId> = (shown.into_iter())
        .filter_map(|what| subject(page, &offers, what))
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

fn name_of(page: Page, id: ComponentId) -> String {
    page.read(|scenario| {
        let part = scenario.component(id);
        part.map_or_else(String::new, |part| part.name.clone())
    })
}

/// Which plots, of whom, whose requests, and which span.
fn tools(look: Look) -> AnyView {
    let Look {
        page,
        hover,
        offers,
        ..
    } = look;
    let choice = page.run.choice;
    let chips = move || {
        let offers = offers.get();
        let there = What::ALL.into_iter().filter(|what| offers.has(*what));
        there
            .map(|what| {
                let pressed = Memo::new(move |_| choice.get().shown(&look.offers.get()).contains(&what));
                let toggle = move |_| {
                    let offers = look.offers.get_untracked();
                    choice.update(|choice| choice.toggle(what, &offers));
                };
                view! {
                    <button type="button" class="chip" aria-pressed=move || pressed.get().to_string() data-testid=format!("plot-{}", what.id()) on:click=toggle>{what.name()}</button>
                }
            })
            .collect_view()
    };
    let parts = move || {
        page.revision.track();
        let chosen = choice.with(|choice| choice.part);
        let option = move |id: ComponentId| {
            view! { <option value=id.0.to_string() prop:selected=chosen == Some(id)>{name_of(page, id)}</option> }
        };
        offers
            .get()
            .all_parts()
            .into_iter()
            .map(option)
            .collect_view()
    };
    let choose_part = move |value: String| {
        let part = value.parse().ok().map(ComponentId);
        choice.update(|choice| choice.part = part);
    };
    let choose_class = move |value: String| {
        let class = value.parse().ok().map(ClassId);
        choice.update(|choice| choice.class = class);
    };
    let classes = move || {
        let classes = page.classes.get();
        (classes.len() > 1).then(|| {
            let chosen = choice.with(|choice| choice.class);
            view! {
                <select class="select" aria-label="Whose requests" title="Whose requests" data-testid="plot-class" on:change:target=move |event| choose_class(event.target().value())>
                    <option value="" prop:selected=chosen.is_none()>"all classes"</option>
                    {classes.into_iter().map(|class| view! { <option value=class.id.0.to_string() prop:selected=chosen == Some(class.id)>{class.name}</option> }).collect_view()}
                </select>
            }
        })
    };
    let zoomed = Memo::new(move |_| choice.with(|choice| choice.span.is_some()));
    let moment = move || {
        let pace = page.run.pace.get();
        let looking = looking(page);
        match (hover.get(), looking) {
            (Some(moment), _) => format!("at {}", clock(moment, pace)),
            (None, Some(moment)) => format!("past: {}", clock(moment, pace)),
            (None, None) => match choice.with(|choice| choice.span) {
                Some((from, to)) => format!("{} to {}", clock(from, pace), clock(to, pace)),
                None => String::new(),
            },
        }
    };
    view! {
        <div class="plot-tools" role="group" aria-label="Plots">
            <div class="chips">{chips}</div>
            <span class="plot-moment" class:past=move || hover.get().is_none() && looking(page).is_some() data-testid="plot-moment">{moment}</span>
            <select class="select" aria-label="Of whom" title="Of whom use, waiting and the like are shown: the selected part, else the bottleneck, or always the same" data-testid="plot-part" on:change:target=move |event| choose_part(event.target().value())>
                <option value="" prop:selected=move || choice.with(|choice| choice.part.is_none())>"follow selection"</option>
                {parts}
            </select>
            {classes}
            {move || looking(page).map(|moment| view! {
                <button type="button" class="chip" title="Where the time of the slowest requests went at this moment (S over a plot; or press in the plot of response times)" data-testid="plot-slowest" on:click=move |_| slowest_at(page, moment)>"slowest requests"</button>
            })}
            <span class="plot-zoom">
                <button type="button" class="chip" aria-label="Show less time" title="Show less time (+; or drag over a plot)" data-testid="plot-closer" on:click=move |_| zoom(look, ZOOM)>"+"</button>
                <button type="button" class="chip" aria-label="Show more time" title="Show more time (−)" data-testid="plot-further" disabled=move || !zoomed.get() on:click=move |_| zoom(look, 1.0 / ZOOM)>"−"</button>
                <button type="button" class="chip" title="Show the whole run (0)" data-testid="plot-whole" disabled=move || !zoomed.get() on:click=move |_| super::control(page, Control::Span(None))>"all"</button>
            </span>
        </div>
    }
    .into_any()
}

/// From when to when the plots reach, seconds.
fn span(page: Page) -> Option<(f64, f64)> {
    let course = page.run.course.get_untracked()?;
    // Below a line of faults the plots reach as far as it does, so that a fault stands at the same place of both.
    let whole = || course.reached.max(timeline::reach(page).unwrap_or(0.0));
    let span = course.span.unwrap_or_else(|| (0.0, whole()));
    (span.1 > span.0).then_some(span)
}

/// The same as it can be read by those who see no axis.
fn shown_span(page: Page) -> String {
    page.run.course.track();
    let pace = page.run.pace.get();
    span(page).map_or_else(String::new, |(from, to)| {
        format!("{} to {}", clock(from, pace), clock(to, pace))
    })
}

/// Shows less or more time, around the moment that is looked at, else around the middle.
fn zoom(look: Look, factor: f64) {
    let page = look.page;
    let (Some((from, to)), Some(course)) = (span(page), page.run.course.get_untracked()) else {
        return;
    };
    let around = look.hover.get_untracked().or_else(|| looking(page));
    let around = around.filter(|moment| (from..=to).contains(moment));
    let around = around.unwrap_or(0.5 * (from + to));
    let before = page.run.choice.with_untracked(|choice| choice.span);
    let span = zoomed(before, course.reached, around, factor);
    super::control(page, Control::Span(span));
}

fn one(look: Look, what: What) -> AnyView {
    let Look {
        page,
        hover,
        offers,
        ..
    } = look;
    let choice = page.run.choice;
    let part = Memo::new(move |_| subject(page, &offers.get(), what));
    let drawn = Memo::new(move |_| {
        let class = choice.with(|choice| choice.class);
        page.run.course.with(|course| {
            let lines = course.as_ref().map_or_else(Lines::default, |course| {
                lines(course, what, class, part.get())
            });
            Arc::new(lines)
        })
    });
    let title = Memo::new(move |_| title(page, what, part.get()));
    // What the drawing shows, or showed while the run was of it, of the same part.
    let seen = Memo::new(move |_| {
        page.run.frame.with(|frame| {
            let frame = frame.as_ref()?;
            shown_by(&frame.picture, what, part.get()?)
        })
    });
    // What the keys say and what is read aloud is worked out once.
    let readings = Memo::new(move |_| {
        let hovered = hover.get();
        let moment = hovered.or_else(|| looking(page));
        let mut readings = drawn.get().read(what, moment);
        // A point of the plot is of a longer time than what a node shows: of the moment that both are of, the same is said.
        if let Some(seen) = seen.get().filter(|_| hovered.is_none())
            && let [own] = &mut readings[..]
        {
            own.value = what.words(seen);
        }
        readings
    });
    let label = Signal::derive(move || {
        let words: Vec<String> = (readings.get().into_iter())
            .map(|own| match own.band.as_str() {
                "" => format!("{} {}", own.name, own.value),
                band => format!("{} {} (95 % sure: {band})", own.name, own.value),
            })
            .collect();
        format!("{}: {}", title.get(), words.join(", "))
    });
    let keys = move || {
        let keys = readings.get();
        // Without a failure there is no cause to name.
        if keys.is_empty() && what == What::Errors {
            return "Nothing has failed.".into_any();
        }
        keys.into_iter().map(|own| {
            let band = (!own.band.is_empty()).then(|| format!("95 % sure: {}", own.band));
            view! { <span class=tone_class(own.tone) title=band>{own.name}" "<b>{own.value}</b></span> }
        })
        .collect_view()
        .into_any()
    };
    // Not all keys may have room, and percentiles are of spans of their own.
    let all = move || {
        let spans = if what == What::Times {
            drawn.get().spans()
        } else {
            String::new()
        };
        format!("{}{spans}", label.get())
    };
    let canvas = plot(page, label, move |area, ink| {
        let looks = looking(page);
        let marks = Marks {
            span: match span(page) {
                Some(span) => span,
                None => return,
            },
            looking: looks,
            hover: hover.get(),
            chosen: look.chosen.get(),
            pace: page.run.pace.get_untracked(),
        };
        // A canvas that can't be drawn on stays empty; the keys say the last figures.
        let _ = draw(page, area, ink, &drawn.get(), what, &marks);
    });
    view! {
        <section class="plot-one">
            <h3>
                <span class="plot-title" title=move || title.get()>{move || title.get()}</span>
                <span class="plot-keys" title=all data-testid=format!("run-{}", what.id())>{keys}</span>
            </h3>
            {frame(look, what, canvas)}
        </section>
    }
    .into_any()
}

/// What is pressed, dragged and typed over a plot.
fn frame(look: Look, what: What, canvas: AnyView) -> AnyView {
    let Look {
        page,
        hover,
        chosen,
        ..
    } = look;
    let pressed = StoredValue::new(None::<(f64, f64)>);
    let down = move |event: web_sys::PointerEvent| {
        if event.button() == 0
            && let Some(moment) = moment(page, &event)
        {
            pressed.set_value(Some((f64::from(event.client_x()), moment)));
            if let Some(target) = event.current_target()
                && let Ok(element) = target.dyn_into::<web_sys::Element>()
            {
                let _ = element.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let over = move |event: web_sys::PointerEvent| {
        let moment = moment(page, &event);
        hover.set(moment);
        if let (Some((x, began)), Some(moment)) = (pressed.get_value(), moment)
            && (f64::from(event.client_x()) - x).abs() > STILL
        {
            chosen.set(Some((began.min(moment), began.max(moment))));
        }
    };
    let up = move |event: web_sys::PointerEvent| {
        let began = pressed.get_value();
        pressed.set_value(None);
        match (chosen.get_untracked(), began) {
            (Some((from, to)), Some(_)) => {
                chosen.set(None);
                // There is nothing to see of what hasn't happened yet.
                let course = page.run.course.get_untracked();
                let to = to.min(course.map_or(0.0, |course| course.reached));
                if from < to {
                    super::control(page, Control::Span(Some((from, to))));
                }
            }
            (None, Some((_, moment))) if event.button() == 0 => {
                super::control(page, Control::Look(Some(moment)));
                if what == What::Times {
                    slowest_at(page, moment);
                }
            }
            _ => {}
        }
    };
    let leave = move |_: web_sys::PointerEvent| {
        hover.set(None);
        pressed.set_value(None);
        chosen.set(None);
    };
    let wheel = move |event: web_sys::Event| {
        let event: web_sys::WheelEvent = event.unchecked_into();
        // By itself the wheel moves the page.
        if event.ctrl_key() || event.shift_key() {
            event.prevent_default();
            let turned = event.delta_y() + event.delta_x();
            zoom(look, if turned < 0.0 { ZOOM } else { 1.0 / ZOOM });
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if key_over(look, &event.key()) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    view! {
        <div class="plot-frame" tabindex="0" role="group" id=format!("frame-{}", what.id()) aria-label=format!("{}: arrow keys read it, Enter looks back, S shows the slowest requests, plus and minus change the span", what.name()) data-testid=format!("frame-{}", what.id())
            on:pointerdown=down on:pointermove=over on:pointerup=up on:pointerleave=leave on:pointercancel=leave on:wheel=wheel on:keydown=key on:blur=move |_: web_sys::Event| hover.set(None)>{canvas}</div>
    }
    .into_any()
}

/// Looks for the slowest requests around a moment: those of the finest point that the response times have there.
fn slowest_at(page: Page, moment: f64) {
    let class = page.run.choice.with_untracked(|choice| choice.class);
    let point = page.run.course.with_untracked(|course| {
        let times = lines(course.as_ref()?, What::Times, class, None);
        let spans = times.curves.iter();
        let spans = spans.filter_map(|curve| curve.span_at(moment));
        spans.min_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))
    });
    // Where there are too few to say how slow they were, some time on either side.
    let around = || {
        let (from, to) = span(page)?;
        let reach = 0.01 * (to - from);
        Some(((moment - reach).max(0.0), moment + reach))
    };
    if let Some((from, to)) = point.or_else(around) {
        let question = Question { from, to, class };
        super::control(page, Control::Slowest(Some(question)));
    }
}

/// Whether the key did something.
fn key_over(look: Look, key: &str) -> bool {
    let page = look.page;
    let Some((from, to)) = span(page) else {
        return false;
    };
    let here = look.hover.get_untracked().or_else(|| looking(page));
    let step = (to - from) / STEPS;
    let moved = |by: f64| {
        let moment = here.unwrap_or(to) + by * step;
        look.hover.set(Some(moment.clamp(from, to)));
    };
    match key {
        "ArrowLeft" => moved(-1.0),
        "ArrowRight" => moved(1.0),
        "PageUp" => moved(-10.0),
        "PageDown" => moved(10.0),
        "Home" => look.hover.set(Some(from)),
        "End" => look.hover.set(Some(to)),
        "Enter" => super::control(page, Control::Look(here)),
        "s" => slowest_at(page, here.unwrap_or(to)),
        "Escape" if page.run.question.with_untracked(Option::is_some) => {
            super::control(page, Control::Slowest(None));
        }
        "+" | "=" => zoom(look, ZOOM),
        "-" | "−" => zoom(look, 1.0 / ZOOM),
        "0" => super::control(page, Control::Span(None)),
        _ => return false,
    }
    true
}

/// The moment under the pointer.
fn moment(page: Page, event: &web_sys::MouseEvent) -> Option<f64> {
    let target = event.current_target()?;
    let element = target.dyn_into::<web_sys::Element>().ok()?;
    let width = f64::from(element.client_width());
    let (begin, end) = span(page)?;
    let along = (f64::from(event.offset_x()) - GUTTER) / (width - GUTTER - RIGHT).max(1.0);
    // Beside the plot is its edge.
    (-0.25..=1.1)
        .contains(&along)
        .then(|| begin + along.clamp(0.0, 1.0) * (end - begin))
}

fn title(page: Page, what: What, part: Option<ComponentId>) -> String {
    page.revision.track();
    let class_name = |id: ClassId| {
        page.classes.with(|classes| {
            let own = classes.iter().find(|class| class.id == id);
            own.map(|class| class.name.clone())
        })
    };
    match (what, part) {
        (What::Times, _) => {
            let chosen = page.run.choice.with(|choice| choice.class);
            let slow = || page.run.course.with(|course| slowest(course.as_ref()?));
            let name = chosen.or_else(slow).and_then(class_name);
            let which = match chosen {
                None if page.classes.with(Vec::len) > 1 => ", the slowest",
                _ => "",
            };
            name.map_or_else(
                || what.name().to_owned(),
                |name| format!("{} of {name}{which}", what.name()),
            )
        }
        (What::Rates, _) => {
            let chosen = page.run.choice.with(|choice| choice.class);
            let name = chosen.and_then(class_name);
            name.map_or_else(
                || what.name().to_owned(),
                |name| format!("{} of {name}", what.name()),
            )
        }
        // A message that ends among the dead letters, or a copy that isn't made, is an error, though whoever sent it was answered well.
        (What::Errors, _) => {
            let any_later = page.answer.with(|answer| {
                let mut links = answer.iter().flat_map(|answer| &answer.report.links);
                links.any(|link| link.asynchronous)
            });
            let later = if any_later { ", waited for or not" } else { "" };
            format!("{}{later}", what.name())
        }
        (_, Some(part)) => format!("{} of {}", what.name(), name_of(page, part)),
        (_, None) => what.name().to_owned(),
    }
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Accent => "plot-key tone-accent",
        Tone::Hot => "plot-key tone-hot",
        Tone::Mute => "plot-key tone-mute",
        Tone::Soft => "plot-key tone-soft",
        Tone::Second => "plot-key tone-second",
        Tone::Third => "plot-key tone-third",
        Tone::Fourth => "plot-key tone-fourth",
    }
}
