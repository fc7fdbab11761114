//! What if one number were another: the results' page with the design solved over that number's range. What is solved, and what it says, is
//! [`loadscape_sim::insight::WhatIf`]'s affair.

use super::super::dom;
use super::super::icons::icon;
use super::super::page::Page;
use super::super::solve::with_solver;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::chart::{Drawn, below, dashed};
use super::names::Names;
use super::plot::{Area, Ink, plot};
use crate::display::room::{ticks, ticks_between};
use crate::editor::Change;
use loadscape_sim::catalog::{self, Unit};
use loadscape_sim::catalog::{
    Domain, Parameter, ParameterSpecification, Scale, Value, format_number,
};
use loadscape_sim::insight::{WhatIf, WhatIfPoint, values_to_try};
use loadscape_sim::quantities::{dollars, rate, share, time};
use loadscape_sim::scenario::{ComponentId, Target};
use loadscape_sim::units::{DollarsPerMonth, PerSecond, Seconds};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::cell::Cell;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// How long the design has to stay as it is before it is solved again, in milliseconds.
const QUIET_MS: u32 = 120;
/// Values that are tried; fewer in large designs.
const VALUES: usize = 40;
const FEW_VALUES: usize = 14;
/// Milliseconds of solving before the page gets its turn.
const SLICE_MS: f64 = 8.0;
/// Left and right of every chart, in CSS pixels.
const GUTTER: f64 = 52.0;
const RIGHT: f64 = 10.0;
/// From a point to the words about it at most, in CSS pixels: further away nobody would read them as about it.
const NEAR: f64 = 40.0;

thread_local! {
    static GENERATION: Cell<u32> = const { Cell::new(0) };
}

/// What is found, and where one looks at it.
#[derive(Clone, Copy)]
struct Shown {
    page: Page,
    found: RwSignal<Option<Arc<WhatIf>>>,
    /// The point that is looked at, by its place; today's without one.
    at: RwSignal<Option<usize>>,
    /// The place of the class whose p99 is drawn; the slowest without one.
    class: RwSignal<Option<usize>>,
}

/// What a chart shows of each point.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    /// The p99 of the class at this place; of the slowest without one.
    Time(Option<usize>),
    Sustained,
    Cost,
}

/// The page.
pub fn page(page: Page) -> AnyView {
    let shown = Shown {
        page,
        found: RwSignal::new(None),
        at: RwSignal::new(None),
        class: RwSignal::new(None),
    };
    follow(Box::new(move || {
        page.answer.track();
        page.what_if.track();
        let generation = GENERATION.get().wrapping_add(1);
        GENERATION.set(generation);
        dom::later(QUIET_MS, move || begin(shown, generation));
    }));
    on_cleanup(|| GENERATION.set(GENERATION.get().wrapping_add(1)));
    let close = move |_| page.what_if.set(None);
    let title = move || {
        let (name, specification) = subject(page)?;
        Some(format!("{} of {name}", specification.label))
    };
    view! {
        <div class="what-if" data-testid="what-if">
            <section class="scrolls">
                <h3>
                    <span>"What if: "{move || title().unwrap_or_default()}</span>
                    <button type="button" class="icon-button" aria-label="Close" title="Close" data-testid="what-if-close" on:click=close>{icon("close")}</button>
                </h3>
                {shown.words()}
            </section>
            {[
                (Measure::Time(None), "p99"),
                (Measure::Sustained, "Load that it sustains"),
                (Measure::Cost, "Cost a month"),
            ].map(|(measure, title)| view! {
                <section>
                    <h3>
                        <span>{title}</span>
                        {(measure == Measure::Time(None)).then(|| shown.choice())}
                    </h3>
                    {shown.chart(measure, title)}
                </section>
            }).collect_view()}
        </div>
    }
    .into_any()
}

/// The part's name and the parameter.
fn subject(page: Page) -> Option<(String, &'static ParameterSpecification)> {
    let (id, parameter) = page.what_if.get()?;
    page.revision.track();
    let (kind, name) = page.read(|scenario| {
        scenario
            .component(id)
            .map(|component| (component.kind, component.name.clone()))
    })?;
    let specification = specification_of(kind, parameter)?;
    Some((name, specification))
}

fn specification_of(
    kind: catalog::Kind,
    parameter: Parameter,
) -> Option<&'static ParameterSpecification> {
    (catalog::specification(kind).parameters.iter())
        .find(|specification| specification.parameter == parameter)
}

fn begin(shown: Shown, generation: u32) {
    let page = shown.page;
    if GENERATION.get() != generation {
        return;
    }
    let begun = page.what_if.get_untracked().and_then(|(id, parameter)| {
        page.read(|scenario| {
            let component = scenario.component(id)?;
            let what_if = WhatIf::begin(component, parameter)?;
            let count = if scenario.components.len() > 200 {
                FEW_VALUES
            } else {
                VALUES
            };
            let specification = specification_of(component.kind, parameter)?;
            let values = values_to_try(specification, what_if.here, count);
            Some((what_if, values))
        })
    });
    match begun {
        Some((what_if, values)) => go_on(shown, generation, what_if, values, 0),
        None => shown.found.set(None),
    }
}

/// Solves for as many values as fit into a slice, then lets the page breathe.
fn go_on(shown: Shown, generation: u32, mut what_if: WhatIf, values: Vec<f64>, mut next: usize) {
    if GENERATION.get() != generation {
        return;
    }
    let started = dom::now_ms();
    while next < values.len() && dom::now_ms() - started < SLICE_MS {
        (shown.page)
            .read(|scenario| with_solver(|solver| what_if.extend(solver, scenario, values[next])));
        next += 1;
    }
    if next < values.len() {
        dom::later(0, move || go_on(shown, generation, what_if, values, next));
    } else if shown.found.try_get_untracked().is_some() {
        let same = shown.found.with_untracked(|before| {
            before.as_ref().is_some_and(|before| {
                (before.component, before.parameter) == (what_if.component, what_if.parameter)
                    && before.points.len() == what_if.points.len()
            })
        });
        if !same {
            shown.at.set(None);
        }
        shown.found.set(Some(Arc::new(what_if)));
    }
}

impl Shown {
    fn unit(self) -> Unit {
        match subject(self.page).map(|(_, specification)| specification.domain) {
            Some(Domain::Number { unit, .. }) => unit,
            _ => Unit::None,
        }
    }

    fn name(self, id: ComponentId) -> String {
        self.page.read(|scenario| {
            let component = scenario.component(id);
            component.map_or_else(String::new, |component| component.name.clone())
        })
    }

    /// The place of the point that is looked at.
    fn place(self, found: &WhatIf) -> usize {
        let today = || (found.points.iter()).position(|point| point.value == found.here);
        let chosen = self.at.get().filter(|at| *at < found.points.len());
        chosen.or_else(today).unwrap_or(0)
    }

    fn value_words(self, value: f64) -> String {
        format_number(self.unit(), value)
    }

    fn point_words(self, point: &WhatIfPoint) -> Vec<(&'static str, String)> {
        let all = self.page.objectives.with(Vec::len);
        let mut rows = vec![
            (
                "Slowest p99",
                match point.slowest {
                    Some((class, p99)) => {
                        let name = self.page.classes.with(|classes| {
                            let own = classes.iter().find(|own| own.id == class);
                            own.map_or_else(String::new, |own| own.name.clone())
                        });
                        format!("{}, {name}", time(p99))
                    }
                    None => "no steady state".to_owned(),
                },
            ),
            (
                "Bottleneck",
                match point.bottleneck {
                    Some((id, asked)) => format!("{}, {}", self.name(id), share(asked)),
                    None => "none".to_owned(),
                },
            ),
            ("Sustains", rate(point.sustainable)),
            ("Cost a month", dollars(point.cost)),
        ];
        if all > 0 {
            rows.push(("Objectives met", format!("{} of {all}", point.met)));
        }
        rows
    }

    fn words(self) -> AnyView {
        let (page, found) = (self.page, self.found);
        let choose = move |value: String| {
            if let Ok(place) = value.parse::<usize>() {
                self.at.set(Some(place));
            }
        };
        let chosen = move || {
            let found = found.get()?;
            let place = self.place(&found);
            Some((found.points.get(place)?.clone(), place, found))
        };
        // Where there is nothing to set it does nothing, but it isn't disabled: that would take the focus from whoever has just pressed it.
        let make = move |_| {
            if let (Some((point, _, found)), Some((component, parameter))) =
                (chosen(), page.what_if.get_untracked())
                && point.value != found.here
            {
                self.at.set(None);
                page.change(Change::SetParameter {
                    component,
                    parameter,
                    value: Some(Value::Number(point.value)),
                });
            }
        };
        let value = move || chosen().map(|(point, ..)| self.value_words(point.value));
        let is_today = move || chosen().is_none_or(|(point, _, found)| point.value == found.here);
        let rows = move || {
            chosen()
                .map(|(point, ..)| self.point_words(&point))
                .unwrap_or_default()
        };
        let notes = move || {
            let Some(found) = found.get() else {
                return Vec::new();
            };
            let knee = found
                .knee()
                .map(|knee| format!("The p99 bends most at {}.", self.value_words(knee)));
            let passes = found.handovers().into_iter().map(|handover| {
                format!(
                    "From {} on, {} limits it.",
                    self.value_words(handover.after),
                    self.name(handover.to)
                )
            });
            knee.into_iter().chain(passes).collect::<Vec<_>>()
        };
        let last = move || {
            let count = found.with(|found| found.as_ref().map_or(0, |found| found.points.len()));
            count.saturating_sub(1).to_string()
        };
        view! {
            {move || found.with(Option::is_none).then(|| view! { <p class="empty">"Solving…"</p> })}
            <div hidden=move || found.with(Option::is_none)>
                <div class="what-if-at">
                    <b data-testid="what-if-value">{value}</b>
                    <span>{move || if is_today() { "as it is" } else { "instead" }}</span>
                    <button type="button" class="button" aria-disabled=move || is_today().to_string() data-testid="what-if-set" on:click=make>"Set it"</button>
                    <input
                        type="range"
                        class="slider"
                        min="0"
                        max=last
                        step="1"
                        aria-label="Value to look at"
                        aria-valuetext=move || value().unwrap_or_default()
                        data-testid="what-if-slider"
                        prop:value=move || chosen().map_or(0, |(_, place, _)| place).to_string()
                        on:input:target=move |event| choose(event.target().value())
                    />
                </div>
                <div class="what-if-figures" data-testid="what-if-figures">
                    {move || rows().into_iter().map(|(name, value)| view! { <div class="key-figure"><span>{name}</span><b>{value}</b></div> }).collect_view()}
                </div>
                <div class="what-if-notes" data-testid="what-if-notes">
                    {move || notes().into_iter().map(|note| view! { <p>{note}</p> }).collect_view()}
                </div>
            </div>
        }
        .into_any()
    }

    /// Whose p99 is drawn.
    fn choice(self) -> AnyView {
        let page = self.page;
        let choose = move |value: String| self.class.set(value.parse().ok());
        let chosen = move || {
            self.class
                .get()
                .map_or_else(String::new, |place| place.to_string())
        };
        view! {
            <select class="what-if-class" aria-label="Whose p99" data-testid="what-if-class" prop:value=chosen on:change:target=move |event| choose(event.target().value())>
                <option value="">"of the slowest"</option>
                {move || page.classes.get().into_iter().enumerate().map(|(place, class)| view! { <option value=place.to_string()>{format!("of {}", class.name)}</option> }).collect_view()}
            </select>
        }
        .into_any()
    }

    /// The measure with the class that is chosen.
    fn of_class(self, measure: Measure) -> Measure {
        match measure {
            Measure::Time(_) => Measure::Time(self.class.get()),
            own => own,
        }
    }

    fn chart(self, measure: Measure, title: &'static str) -> AnyView {
        let label = Signal::derive(move || {
            let words = self.found.get().and_then(|found| {
                let point = found.points.get(self.place(&found))?;
                let measure = self.of_class(measure);
                let value = measure
                    .of(point)
                    .map_or_else(|| "no steady state".to_owned(), |own| measure.words(own));
                Some(format!(
                    "{title} at {}: {value}",
                    self.value_words(point.value)
                ))
            });
            words.unwrap_or_else(|| title.to_owned())
        });
        let look = move |event: web_sys::PointerEvent| {
            let Some(found) = self.found.get_untracked() else {
                return;
            };
            let width = event
                .current_target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .map_or(0.0, |element| f64::from(element.client_width()));
            let along = (f64::from(event.offset_x()) - GUTTER) / (width - GUTTER - RIGHT).max(1.0);
            let axis = Axis::of(&found, self.is_logarithmic());
            let nearest = (0..found.points.len()).min_by(|one, other| {
                let distance =
                    |place: &usize| (axis.along(found.points[*place].value) - along).abs();
                distance(one).total_cmp(&distance(other))
            });
            self.at.set(nearest);
        };
        let canvas = plot(self.page, label, move |area, ink| {
            if let Some(found) = self.found.get() {
                // A canvas that can't be drawn on stays empty; the words beside it say the same.
                let _ = self.draw(area, ink, &found, self.of_class(measure));
            }
        });
        view! { <div class="plot-frame" on:pointermove=look on:pointerdown=look>{canvas}</div> }
            .into_any()
    }

    fn is_logarithmic(self) -> bool {
        let domain = subject(self.page).map(|(_, specification)| specification.domain);
        matches!(
            domain,
            Some(Domain::Number {
                scale: Scale::Logarithmic,
                ..
            })
        )
    }

    fn draw(self, area: &Area, ink: &Ink, found: &WhatIf, measure: Measure) -> Drawn {
        let axis = Axis::of(found, self.is_logarithmic());
        let values: Vec<(f64, Option<f64>)> = (found.points.iter())
            .map(|point| (axis.along(point.value), measure.of(point)))
            .collect();
        let objective = self.objective(measure);
        let here = found.today().and_then(|today| measure.of(today));
        let top = top(&values, here, objective, measure);
        let area = area.margin(
            ink.pixels(12.0),
            ink.pixels(18.0),
            ink.pixels(GUTTER),
            ink.pixels(RIGHT),
        );
        let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..1.0, 0.0..top)?;
        for tick in ticks(top) {
            let line = ink.line.mix(0.6).stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(0.0, tick), (1.0, tick)],
                line,
            )))?;
            let height = f64::from(area.dim_in_pixel().1) * (1.0 - tick / top);
            area.draw_text(
                &measure.words(tick),
                &ink.text(ink.mute).pos(Pos::new(HPos::Right, VPos::Center)),
                (-ink.pixels(5.0), height as i32),
            )?;
        }
        let ground = ink.line.stroke_width(ink.stroke(1.0));
        chart.draw_series(std::iter::once(PathElement::new(
            vec![(0.0, 0.0), (1.0, 0.0)],
            ground,
        )))?;
        // Where there is no steady state: hatched, not only red.
        for pair in values
            .windows(2)
            .filter(|pair| pair[0].1.is_none() || pair[1].1.is_none())
        {
            let shade = ink.hot.mix(0.1).filled();
            chart.draw_series(std::iter::once(Rectangle::new(
                [(pair[0].0, 0.0), (pair[1].0, top)],
                shade,
            )))?;
            let slant = ink.hot.mix(0.35).stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(pair[0].0, 0.0), (pair[1].0, top)],
                slant,
            )))?;
        }
        // Words are written last, where nothing of what is drawn stands.
        let pieces = pieces(&values, top);
        let mut names = Names::new(&area, ink, (1.0, top), pieces.len());
        for piece in &pieces {
            names.keep_off(piece);
        }
        let handovers = found.handovers();
        for handover in &handovers {
            let at = axis.along(handover.after);
            dashed(&mut chart, ink, (at, 0.0), (at, top))?;
            names.keep_off(&[(at, 0.0), (at, top)]);
        }
        let objective = objective.filter(|bound| *bound <= top);
        if let Some(objective) = objective {
            dashed(&mut chart, ink, (0.0, objective), (1.0, objective))?;
            names.keep_off(&[(0.0, objective), (1.0, objective)]);
        }
        for piece in pieces {
            chart.draw_series(LineSeries::new(
                piece,
                ink.accent.stroke_width(ink.stroke(2.0)),
            ))?;
        }
        let knee = matches!(measure, Measure::Time(_))
            .then(|| found.knee_of(|point| measure.of(point)))
            .flatten();
        let at_value = |value: f64| {
            found
                .points
                .iter()
                .find(|point| point.value == value)
                .and_then(|point| measure.of(point))
        };
        let knee = knee.and_then(|knee| Some((axis.along(knee), at_value(knee)?.min(top))));
        if let Some(knee) = knee {
            let mark = ink.accent.stroke_width(ink.stroke(1.5));
            chart.draw_series(std::iter::once(Circle::new(knee, ink.pixels(6.5), mark)))?;
        }
        let chosen = found.points.get(self.place(found));
        if let Some(chosen) = chosen {
            let at = axis.along(chosen.value);
            let line = ink.mute.stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(at, 0.0), (at, top)],
                line,
            )))?;
        }
        let colour = if here.is_none() { ink.hot } else { ink.accent };
        let place = (axis.along(found.here), here.unwrap_or(top).min(top));
        chart.draw_series(std::iter::once(Circle::new(
            place,
            ink.pixels(4.5),
            colour.filled(),
        )))?;
        if let Some(objective) = objective {
            names.write(&["objective"], ink.mute, (1.0, objective), f64::INFINITY)?;
        }
        if let Some(knee) = knee {
            names.write(&["knee"], ink.mute, knee, NEAR)?;
        }
        for handover in &handovers {
            let about = (axis.along(handover.after), top);
            names.write(&[&self.name(handover.to)], ink.mute, about, NEAR)?;
        }
        let (Some(first), Some(last)) = (found.points.first(), found.points.last()) else {
            return Ok(());
        };
        let whole = found.points.iter().all(|point| point.value.fract() == 0.0);
        let between = |value: f64| axis.along(value);
        for tick in ticks_between(first.value, last.value, between, whole) {
            let words = self.value_words(tick);
            below(&area, ink, &words, axis.along(tick), HPos::Center)?;
        }
        below(&area, ink, &self.value_words(first.value), 0.0, HPos::Left)?;
        below(&area, ink, &self.value_words(last.value), 1.0, HPos::Right)
    }

    /// The strictest bound on what is drawn that is asked for, in its own unit: of a class, what is asked of it or of all.
    fn objective(self, measure: Measure) -> Option<f64> {
        let class = match measure {
            Measure::Time(Some(place)) => self
                .page
                .classes
                .with(|classes| classes.get(place).map(|class| class.id)),
            _ => None,
        };
        self.page.objectives.with(|objectives| {
            let bounds = objectives
                .iter()
                .filter(|objective| {
                    class.is_none() || objective.class.is_none() || objective.class == class
                })
                .filter_map(|objective| match (measure, objective.target) {
                    (Measure::Time(_), Target::P99AtMostSeconds(bound))
                    | (Measure::Cost, Target::CostAtMostDollarsPerMonth(bound)) => Some(bound),
                    _ => None,
                });
            bounds.reduce(f64::min)
        })
    }
}

impl Measure {
    fn of(self, point: &WhatIfPoint) -> Option<f64> {
        match self {
            Measure::Time(None) => point.slowest.map(|(_, p99)| p99.0),
            Measure::Time(Some(place)) => point.p99.get(place).copied().flatten().map(|p99| p99.0),
            Measure::Sustained => Some(point.sustainable.0).filter(|load| load.is_finite()),
            Measure::Cost => Some(point.cost.0),
        }
    }

    fn words(self, value: f64) -> String {
        match self {
            Measure::Time(_) => time(Seconds(value)),
            Measure::Sustained => rate(PerSecond(value)),
            Measure::Cost => dollars(DollarsPerMonth(value)),
        }
    }
}

/// The axis of values, from 0 to 1.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Axis {
    fn of(found: &WhatIf, logarithmic: bool) -> Self {
        let value = |point: Option<&WhatIfPoint>| point.map_or(0.0, |point| point.value);
        let (from, to) = (value(found.points.first()), value(found.points.last()));
        Axis {
            from,
            to,
            // Nought has no place on a logarithmic axis.
            logarithmic: logarithmic && from > 0.0,
        }
    }

    fn along(&self, value: f64) -> f64 {
        let (value, from, to) = if self.logarithmic {
            (value.ln(), self.from.ln(), self.to.ln())
        } else {
            (value, self.from, self.to)
        };
        if to > from {
            (value - from) / (to - from)
        } else {
            0.5
        }
    }
}

/// How high the chart reaches: today's figure and the objective are well inside; an explosion near the end is cut off.
fn top(
    values: &[(f64, Option<f64>)],
    here: Option<f64>,
    objective: Option<f64>,
    measure: Measure,
) -> f64 {
    let heights = || values.iter().filter_map(|(_, height)| *height);
    let highest = heights().fold(0.0, f64::max);
    let lowest = heights().fold(f64::INFINITY, f64::min);
    let top = if matches!(measure, Measure::Time(_)) {
        let wanted = here.unwrap_or(0.0).max(objective.unwrap_or(0.0)) * 1.6;
        highest.min(wanted.max(lowest * 4.0))
    } else {
        // A bound that is far off stays outside, or the curve would lie flat.
        let bound = objective.filter(|bound| *bound < 2.0 * highest);
        highest.max(bound.unwrap_or(0.0))
    };
    if top > 0.0 && top.is_finite() {
        top * 1.15
    } else {
        1.0
    }
}

/// The curve in pieces without gaps, cut off at the top.
fn pieces(values: &[(f64, Option<f64>)], top: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = vec![Vec::new()];
    for (along, height) in values {
        match height {
            Some(height) => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push((*along, height.min(top)));
                }
            }
            None => pieces.push(Vec::new()),
        }
    }
    pieces
}
