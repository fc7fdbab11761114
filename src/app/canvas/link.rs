//! A link: a line whose thickness is its rate, with the rate written on it and an arrowhead at what is called; its path follows
//! from the places of its two ends.

use super::super::css::moved_to;
use super::super::labels;
use super::super::page::{Flow, LinkSignals, Page};
use super::super::ui::prelude::*;
use crate::editor::geometry::{Curve, link_curve};
use loadscape_sim::scenario::{LinkId, Point};

/// Arrowheads, for lines of up to these widths: their length, from its base to its point.
const ARROWHEADS: [(f64, f64); 4] = [(2.0, 8.0), (3.5, 10.0), (5.0, 12.0), (f64::INFINITY, 14.0)];

/// The arrowheads as markers that the style sheet hangs on lines.
pub const ARROWS: &str = concat!(
    r#"<marker id="arrow-0" viewBox="0 0 10 10" markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8" refX="0.2" refY="5" orient="auto"><path class="arrow" d="M0 0 10 5 0 10z"/></marker>"#,
    r#"<marker id="arrow-1" viewBox="0 0 10 10" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" refX="0.2" refY="5" orient="auto"><path class="arrow" d="M0 0 10 5 0 10z"/></marker>"#,
    r#"<marker id="arrow-2" viewBox="0 0 10 10" markerUnits="userSpaceOnUse" markerWidth="12" markerHeight="12" refX="0.2" refY="5" orient="auto"><path class="arrow" d="M0 0 10 5 0 10z"/></marker>"#,
    r#"<marker id="arrow-3" viewBox="0 0 10 10" markerUnits="userSpaceOnUse" markerWidth="14" markerHeight="14" refX="0.2" refY="5" orient="auto"><path class="arrow" d="M0 0 10 5 0 10z"/></marker>"#,
);

/// Which arrowhead a line of this width has, and how long that is.
fn arrowhead(width: f64) -> (usize, f64) {
    let place = ARROWHEADS.iter().position(|(widest, _)| width <= *widest);
    let place = place.unwrap_or(ARROWHEADS.len() - 1);
    (place, ARROWHEADS[place].1)
}

/// The path of a line that a tool draws, with the smallest arrowhead at its end.
pub fn thin_path(curve: &Curve) -> String {
    curve.svg_path_to_arrowhead(ARROWHEADS[0].1)
}

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
            d=move || {
                let (_, length) = arrowhead(flow.with(|flow| flow.width));
                path.with(|(curve, ..)| curve.svg_path_to_arrowhead(length))
            }
            stroke-width=move || flow.with(|flow| flow.width)
        ></path>
    }
    .into_any()
}

fn classes(flow: &Flow, selected: bool) -> String {
    let (arrow, _) = arrowhead(flow.width);
    let mut classes = format!("wire arrow-{arrow}");
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
                moved_to(place()) + " translate(-50%,-50%)"
            }
        >
            {move || flow.with(|flow| flow.label.clone())}
        </span>
    }
    .into_any()
}
