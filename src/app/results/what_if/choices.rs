//! A row for each choice: bars of the same figures that a number's charts show.

use super::super::super::css::percent;
use super::super::super::ui::prelude::*;
use super::{COLUMNS, Column, Shown};
use crate::display::unbroken;
use crate::display::what_if::Reach;
use loadscape_sim::insight::{WhatIf, WhatIfPoint};
use wasm_bindgen::JsCast;

/// A bar with its words, and where bounds stand beside it.
struct Bar {
    /// From 0 to 1; whole where there is nothing to measure.
    length: f64,
    /// Whether there is no steady state.
    unsteady: bool,
    words: String,
    bounds: Vec<(f64, String)>,
}

impl Shown {
    pub(super) fn choices(self) -> AnyView {
        let count = Memo::new(move |_| {
            let points = |found: &WhatIf| found.points.len();
            (self.found).with(|found| found.as_ref().map_or(0, |found| points(found)))
        });
        let keys = move |event: web_sys::KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowDown" | "ArrowRight" => 1,
                "ArrowUp" | "ArrowLeft" => count.get_untracked().saturating_sub(1),
                _ => return,
            };
            let Some(found) = self.found.get_untracked() else {
                return;
            };
            event.prevent_default();
            let next = (self.place(&found) + step) % count.get_untracked().max(1);
            self.at.set(Some(next));
            let list = event
                .current_target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let rows = list.and_then(|list| list.query_selector_all("[role=radio]").ok());
            let row = rows.and_then(|rows| rows.item(next as u32));
            if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
                // What is there can be focused.
                let _ = row.focus();
            }
        };
        view! {
            <section class="what-if-choices scrolls">
                <div class="what-if-choice what-if-columns">
                    <span></span>
                    {COLUMNS.map(|column| self.title(column)).collect_view()}
                    <span>"Bottleneck"</span>
                </div>
                <div role="radiogroup" aria-label="What it could be" data-testid="what-if-choices" on:keydown=keys>
                    {move || (0..count.get()).map(|place| self.row(place)).collect_view()}
                </div>
            </section>
        }
        .into_any()
    }

    fn row(self, place: usize) -> AnyView {
        let point = move || {
            let found = self.found.get()?;
            let point = found.points.get(place)?.clone();
            Some((point, found))
        };
        let name = move || point().map(|(point, _)| self.value_words(point.value));
        let here = move || point().is_some_and(|(point, found)| point.value == found.here);
        let chosen = move || {
            let found = self.found.get();
            found.is_some_and(|found| self.place(&found) == place)
        };
        let limits = move || {
            point().map(|(point, _)| {
                point
                    .bottleneck
                    .map_or_else(|| "none".to_owned(), |(id, _)| self.name(id))
            })
        };
        view! {
            <button
                type="button"
                role="radio"
                class="what-if-choice"
                class:here=here
                aria-checked=move || chosen().to_string()
                tabindex=move || if chosen() { "0" } else { "-1" }
                on:click=move |_| self.at.set(Some(place))
            >
                <span class="what-if-name">{name}{move || here().then(|| view! { <small>"you are here"</small> })}</span>
                {COLUMNS.map(|column| view! {
                    <span class="what-if-cell">{move || point().map(|(point, found)| self.bar(&point, &found, column).shown())}</span>
                }).collect_view()}
                <span class="what-if-limit">{limits}</span>
            </button>
        }
        .into_any()
    }

    fn bar(self, point: &WhatIfPoint, found: &WhatIf, column: Column) -> Bar {
        let look = column.look(self);
        let bounds = self.bounds(look);
        let asked: Vec<_> = bounds.iter().map(|(bound, _)| *bound).collect();
        let values: Vec<Option<f64>> = found.points.iter().map(|own| look.of(own)).collect();
        let here = found.today().and_then(|today| look.of(today));
        let reach = Reach::of(look, &values, here, &asked);
        let inside = bounds.into_iter().filter(|(own, _)| reach.holds(own.value));
        Bar {
            length: look.of(point).map_or(1.0, |value| reach.height(value)),
            // What is never full has no limit to show, and is steady all the same.
            unsteady: look.of(point).is_none() && column != Column::Sustained,
            words: look.told(point),
            bounds: inside
                .map(|(own, name)| {
                    let words = format!("{name}: {}", look.words(own.value));
                    (reach.height(own.value), words)
                })
                .collect(),
        }
    }
}

impl Bar {
    fn shown(self) -> AnyView {
        let bounds = self.bounds.into_iter().map(|(along, words)| {
            view! { <u style:left=percent(along) title=words></u> }.into_any()
        });
        let unsteady = self.unsteady;
        view! {
            <span class="what-if-bar" class:unsteady=unsteady>
                <i style:width=percent(self.length)></i>
                {bounds.collect_view()}
            </span>
            <b>{unbroken(&self.words)}</b>
        }
        .into_any()
    }
}
