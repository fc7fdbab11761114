//! A link: a line whose thickness is its rate, with the rate written on it; its path follows from the places of its two ends.

use super::super::labels;
use super::super::page::{Flow, LinkSignals, Page};
use super::super::ui::prelude::*;
use crate::editor::geometry::{Curve, link_curve};
use loadscape_sim::scenario::{LinkId, Point};

/// The curve of a link with its two ends, woken by a move of either end and by nothing else.
fn curve(signals: &LinkSignals) -> Memo<(Curve, Point, Point)> {
    let ends = signals.ends.clone();
    Memo::new(move |_| {
        let (from, to) = ends.with(|(from, to)| (from.get(), to.get()));
        (link_curve(from, to), from, to)
    })
}

/// The line of one link.
pub fn line(page: Page, id: LinkId) -> AnyView {
    let Some(signals) = page.link(id) else {
        return ().into_any();
    };
    let path = curve(&signals);
    let flow = RwSignal::from(signals.flow);
    let selected = RwSignal::from(signals.selected);
    view! {
        <path
            id=format!("link-{id}")
            class=move || classes(&flow.read(), selected.get())
            data-testid=format!("link-{id}")
            d=move || path.with(|(curve, ..)| curve.svg_path())
            stroke-width=move || flow.with(|flow| flow.width)
        ></path>
    }
    .into_any()
}

fn classes(flow: &Flow, selected: bool) -> String {
    let mut classes = String::from("wire");
    for (on, class) in [
        (flow.asynchronous, " asynchronous"),
        (flow.idle, " idle"),
        (flow.hot, " hot"),
        (selected, " selected"),
    ] {
        if on {
            classes.push_str(class);
        }
    }
    classes
}

/// The rate of one link, written on its line.
pub fn label(page: Page, id: LinkId) -> AnyView {
    let Some(signals) = page.link(id) else {
        return ().into_any();
    };
    let path = curve(&signals);
    let flow = RwSignal::from(signals.flow);
    let selected = RwSignal::from(signals.selected);
    let settled = signals.label;
    let place = move || {
        let (curve, from, to) = path.get();
        let settled = settled.with(|settled| {
            settled
                .as_ref()
                .filter(|(of, _)| *of == curve)
                .map(|(_, place)| *place)
        });
        settled.unwrap_or_else(|| {
            let label = flow.with(|flow| flow.label.clone());
            labels::provisional(page, &label, &curve, from, to)
        })
    };
    view! {
        <span
            class="wire-label"
            class:hot=move || flow.read().hot
            class:selected=move || selected.get()
            data-link=id.to_string()
            hidden=move || flow.read().label.is_empty()
            style:transform=move || {
                let place = place();
                format!("translate({:.1}px,{:.1}px) translate(-50%,-50%)", place.x, place.y)
            }
        >
            {move || flow.with(|flow| flow.label.clone())}
        </span>
    }
    .into_any()
}
