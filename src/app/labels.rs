//! Where links write their rates: on the line, and clear of every node, of the zones' names and of one another. Settled when the
//! drawing comes to rest.

use super::dom;
use super::page::{Page, lock};
use super::sync::set_if_new;
use super::ui::prelude::*;
use crate::editor::crowd::Crowd;
use crate::editor::geometry::{Curve, inflated, link_curve, node_rectangle};
use crate::editor::{Detail, Tool, zone_name_rectangle};
use loadscape_sim::scenario::{Point, Rectangle};
use std::cell::Cell;

/// Room above a node that the words of its state take, in drawing units.
const TAG: f64 = 14.0;

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Room that a label takes, in drawing units. Wide enough for its letters, as measuring them would force a layout.
fn room(label: &str, detail: Detail) -> (f64, f64) {
    const LETTER: f64 = 6.2;
    const PADDING: f64 = 10.0;
    const HEIGHT: f64 = 18.0;
    // As the style sheet has it: smaller drawings have larger letters.
    let scale = if detail == Detail::Full { 1.0 } else { 1.3 };
    let letters = label.chars().count() as f64;
    ((letters * LETTER + PADDING) * scale, HEIGHT * scale)
}

/// The label's place while its link moves: clear of its own two ends.
pub fn provisional(page: Page, label: &str, curve: &Curve, from: Point, to: Point) -> Point {
    let detail = page.viewport.with_untracked(|viewport| viewport.detail());
    let (width, height) = room(label, detail);
    curve.label_place(width, height, &[node_rectangle(from), node_rectangle(to)])
}

/// Settles them again when what they say or how large it is written changes.
pub fn start(page: Page) {
    let detail = Memo::new(move |_| page.viewport.get().detail());
    super::ui::follow(Box::new(move || {
        page.answer.track();
        detail.with(|_| ());
        settle(page);
    }));
}

/// Finds every label a place before the next frame, unless something is being dragged.
pub fn settle(page: Page) {
    if ASKED.replace(true) {
        return;
    }
    dom::next_frame(move || {
        ASKED.set(false);
        let moving = matches!(
            *page.editor().tool(),
            Tool::Dragging { .. } | Tool::Pressing { .. }
        );
        let detail = page.viewport.with_untracked(|viewport| viewport.detail());
        if moving || detail == Detail::Far {
            return;
        }
        for (signal, place) in places(page, detail) {
            set_if_new(&signal, Some(place));
        }
    });
}

type Settled = (ArcRwSignal<Option<(Curve, Point)>>, (Curve, Point));

fn places(page: Page, detail: Detail) -> Vec<Settled> {
    let editor = page.editor();
    let links = lock(&page.links);
    let mut taken = Crowd::new();
    for node in editor.node_rectangles() {
        taken.add(Rectangle {
            y: node.y - TAG,
            height: node.height + TAG,
            ..node
        });
    }
    for zone in &editor.scenario().zones {
        taken.add(zone_name_rectangle(zone));
    }
    let mut settled = Vec::with_capacity(links.len());
    for link in &editor.scenario().links {
        let (Some(from), Some(to), Some(signals)) = (
            editor.component(link.from),
            editor.component(link.to),
            links.get(&link.id),
        ) else {
            continue;
        };
        let (width, height) = signals
            .flow
            .with_untracked(|flow| room(&flow.label, detail));
        let curve = link_curve(from.position, to.position);
        let obstacles = taken.overlapping(inflated(curve.bounds(), width));
        let place = curve.label_place(width, height, &obstacles);
        taken.add(Rectangle {
            x: place.x - width / 2.0,
            y: place.y - height / 2.0,
            width,
            height,
        });
        settled.push((signals.label.clone(), (curve, place)));
    }
    settled
}
