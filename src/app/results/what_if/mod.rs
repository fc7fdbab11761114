//! What if one setting were another: the results' page with the design solved over its range, or under each of its choices. What is solved, and
//! what it says, is [`loadscape_sim::insight::WhatIf`]'s affair; what is seen of it, [`crate::display::what_if`]'s.

mod chart;
mod choices;
mod chooser;

use super::super::dom;
use super::super::icons::icon;
use super::super::learn;
use super::super::page::Page;
use super::super::solve::with_solver;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use crate::display::what_if::{Bound, Look, MEASURES};
use crate::editor::setting_change;
use loadscape_sim::catalog::{Domain, Value};
use loadscape_sim::insight::{Measure, WhatIf, WhatIfPoint, values_to_try};
use loadscape_sim::quantities::{dollars, rate, share};
use loadscape_sim::scenario::{ClassId, ComponentId};
use std::cell::Cell;
use std::sync::Arc;

/// How long the design has to stay as it is before it is solved again, in milliseconds.
const QUIET_MS: u32 = 120;
/// Values that are tried; fewer in large designs.
const VALUES: usize = 40;
const FEW_VALUES: usize = 14;
/// Milliseconds of solving before the page gets its turn.
const SLICE_MS: f64 = 8.0;

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
    /// The figure that is chosen; what the objectives ask for without one.
    look: RwSignal<Option<Look>>,
}

/// The page.
pub fn page(page: Page) -> AnyView {
    let shown = Shown {
        page,
        found: RwSignal::new(None),
        at: RwSignal::new(None),
        look: RwSignal::new(None),
    };
    follow(Box::new(move || {
        page.answer.track();
        let asked = page.what_if.get();
        // What was found of another setting has other units, and nothing of it can be set here.
        let is_of_another = |found: &Option<Arc<WhatIf>>| {
            (found.as_ref()).is_some_and(|found| Some(found.setting) != asked)
        };
        if shown.found.with_untracked(is_of_another) {
            shown.found.set(None);
            shown.at.set(None);
        }
        let generation = GENERATION.get().wrapping_add(1);
        GENERATION.set(generation);
        dom::later(QUIET_MS, move || begin(shown, generation));
    }));
    on_cleanup(|| GENERATION.set(GENERATION.get().wrapping_add(1)));
    let close = move |_| page.what_if.set(None);
    let is_number = Memo::new(move |_| matches!(domain(page), Some(Domain::Number { .. })));
    view! {
        <div class="what-if" data-testid="what-if">
            <section class="scrolls what-if-words">
                <h3>
                    <span>"What if"</span>
                    {chooser::chooser(page)}
                    <button type="button" class="icon-button" aria-label="Close" title="Close" data-testid="what-if-close" on:click=close>{icon("close")}</button>
                </h3>
                {shown.words()}
            </section>
            {move || if is_number.get() { shown.charts() } else { shown.choices() }}
        </div>
    }
    .into_any()
}

/// What values the setting takes that is looked at.
fn domain(page: Page) -> Option<Domain> {
    let setting = page.what_if.get()?;
    page.revision.track();
    page.read(|scenario| setting.domain(scenario))
}

fn begin(shown: Shown, generation: u32) {
    let page = shown.page;
    if GENERATION.get() != generation {
        return;
    }
    let begun = page.what_if.get_untracked().and_then(|setting| {
        page.read(|scenario| {
            let what_if = WhatIf::begin(scenario, setting)?;
            let count = if scenario.components.len() > 200 {
                FEW_VALUES
            } else {
                VALUES
            };
            let values = values_to_try(setting.domain(scenario)?, what_if.here, count);
            Some((what_if, values))
        })
    });
    match begun {
        Some((what_if, values)) => go_on(shown, generation, what_if, values, 0),
        // What it was of isn't there any more.
        None => page.what_if.set(None),
    }
}

/// Solves for as many values as fit into a slice, then lets the page breathe.
fn go_on(shown: Shown, generation: u32, mut what_if: WhatIf, values: Vec<Value>, mut next: usize) {
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
                before.setting == what_if.setting && before.points.len() == what_if.points.len()
            })
        });
        if !same {
            shown.at.set(None);
        }
        shown.found.set(Some(Arc::new(what_if)));
    }
}

impl Shown {
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

    fn value_words(self, value: Value) -> String {
        domain(self.page).map_or_else(String::new, |domain| domain.format(value))
    }

    fn number_words(self, value: f64) -> String {
        self.value_words(Value::Number(value))
    }

    /// The figure that is looked at: the one that is chosen, as long as its class is there.
    fn look(self) -> Look {
        let first = || self.page.objectives.with(|own| Look::first(own));
        let mut look = self.look.get().unwrap_or_else(first);
        let classes = self.page.classes.read();
        look.class = look
            .class
            .filter(|class| classes.iter().any(|own| own.id == *class));
        look
    }

    /// What the objectives ask of it, each with a name.
    fn bounds(self, look: Look) -> Vec<(Bound, String)> {
        let bounds = self.page.objectives.with(|own| look.bounds(own));
        let classes = self.page.classes.read();
        let name = |bound: &Bound| {
            let class = classes.iter().find(|own| Some(own.id) == bound.class);
            class.map_or_else(
                || "objective".to_owned(),
                |class| format!("objective of {}", class.name),
            )
        };
        let named = bounds.into_iter().map(|bound| (bound, name(&bound)));
        named.collect()
    }

    fn point_words(self, point: &WhatIfPoint) -> Vec<(String, String)> {
        let all = self.page.objectives.with(Vec::len);
        let look = self.look();
        let label = self.page.classes.with(|classes| look.label(classes));
        let mut rows = vec![
            (label, look.told(point)),
            (
                "Bottleneck".to_owned(),
                match point.bottleneck {
                    Some((id, asked)) => format!("{}, {}", self.name(id), share(asked)),
                    None => "none".to_owned(),
                },
            ),
            ("Sustains".to_owned(), rate(point.sustainable)),
            ("Cost a month".to_owned(), dollars(point.cost)),
        ];
        // At a lesson's task its own rows count, and a run decides them.
        if all > 0 && learn::at_the_task().is_none() {
            rows.push((
                "Objectives met".to_owned(),
                format!("{} of {all}", point.met),
            ));
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
            if let Some((point, _, found)) = chosen()
                && point.value != found.here
            {
                self.at.set(None);
                let change =
                    page.read(|scenario| setting_change(scenario, found.setting, point.value));
                if let Some(change) = change {
                    page.change(change);
                }
            }
        };
        let value = move || chosen().map(|(point, ..)| self.value_words(point.value));
        let is_today = move || chosen().is_none_or(|(point, _, found)| point.value == found.here);
        let rises = move || {
            let first = chosen().and_then(|(_, _, found)| found.points.first()?.number());
            first.is_some()
        };
        let rows = move || {
            chosen()
                .map(|(point, ..)| self.point_words(&point))
                .unwrap_or_default()
        };
        let notes = move || {
            let Some(found) = found.get() else {
                return Vec::new();
            };
            let look = self.look();
            let label = self.page.classes.with(|classes| look.label(classes));
            let knee = found
                .knee(look.measure, look.class)
                .map(|knee| format!("{label} bends most at {}.", self.number_words(knee)));
            let passes = found.handovers().into_iter().map(|handover| {
                format!(
                    "From {} on, {} limits it.",
                    self.number_words(handover.after),
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
                        hidden=move || !rises()
                        aria-label="Value to look at"
                        aria-valuetext=move || value().unwrap_or_default()
                        data-testid="what-if-slider"
                        prop:value=move || chosen().map_or(0, |(_, place, _)| place).to_string()
                        on:input:target=move |event| choose(event.target().value())
                    />
                </div>
                <div class="what-if-said">
                    <div class="what-if-figures" data-testid="what-if-figures">
                        {move || rows().into_iter().map(|(name, value)| view! { <div class="key-figure"><span>{name}</span><b>{value}</b></div> }).collect_view()}
                    </div>
                    <div class="what-if-notes" data-testid="what-if-notes">
                        {move || notes().into_iter().map(|note| view! { <p>{note}</p> }).collect_view()}
                    </div>
                </div>
            </div>
        }
        .into_any()
    }

    /// What stands above a column: where the figure can be chosen, the choice.
    fn title(self, column: Column) -> AnyView {
        if column == Column::Look {
            return self.choice();
        }
        let classes = self.page.classes.get_untracked();
        let words = column.look(self).label(&classes);
        view! { <span>{words}</span> }
    }

    /// Which figure is looked at, and whose.
    fn choice(self) -> AnyView {
        let page = self.page;
        let measure = Memo::new(move |_| self.look().measure);
        let class = Memo::new(move |_| self.look().class);
        let choose = move |name: String| {
            let named = MEASURES.iter().find(|(_, own, _)| *own == name);
            if let Some((measure, ..)) = named {
                self.look.set(Some(Look {
                    measure: *measure,
                    class: class.get_untracked(),
                }));
            }
        };
        let choose_class = move |value: String| {
            self.look.set(Some(Look {
                measure: measure.get_untracked(),
                class: value.parse().ok().map(ClassId),
            }));
        };
        let asked = move |measure: Measure| {
            page.objectives.with(|own| {
                own.iter()
                    .any(|own| Measure::of_target(own.target).0 == measure)
            })
        };
        view! {
            <span class="what-if-look">
                <select class="what-if-class" aria-label="Which figure" data-testid="what-if-measure" on:change:target=move |event| choose(event.target().value())>
                    {MEASURES.map(|(own, name, label)| view! {
                        <option value=name prop:selected=move || measure.get() == own>{label}{move || asked(own).then_some(" (objective)")}</option>
                    }).collect_view()}
                </select>
                <select class="what-if-class" aria-label="Of which class" data-testid="what-if-class" hidden=move || !measure.get().is_of_classes() on:change:target=move |event| choose_class(event.target().value())>
                    <option value="" prop:selected=move || class.get().is_none()>{move || Look { measure: measure.get(), class: None }.of_all()}</option>
                    {move || page.classes.get().into_iter().map(|own| {
                        let id = own.id;
                        view! { <option value=id.to_string() prop:selected=move || class.get() == Some(id)>{format!("of {}", own.name)}</option> }
                    }).collect_view()}
                </select>
            </span>
        }
        .into_any()
    }
}

/// What a column shows: the figure that is looked at, and the two that always are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    Look,
    Sustained,
    Cost,
}

const COLUMNS: [Column; 3] = [Column::Look, Column::Sustained, Column::Cost];

impl Column {
    fn look(self, shown: Shown) -> Look {
        let of = |measure| Look {
            measure,
            class: None,
        };
        match self {
            Column::Look => shown.look(),
            Column::Sustained => of(Measure::Sustained),
            Column::Cost => of(Measure::Cost),
        }
    }
}
