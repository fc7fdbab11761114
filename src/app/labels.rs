//! Where links write their rates: on the line, and clear of every node. Settled when the drawing comes to rest.

use super::dom;
use super::page::{Page, lock};
use super::sync::set_if_new;
use super::ui::prelude::*;
use crate::editor::Tool;
use crate::editor::geometry::{Curve, inflated, link_curve, node_rectangle, overlap};
use loadscape_sim::scenario::{Point, Rectangle};
use std::cell::Cell;

/// Room that a label takes, in drawing units.
pub const WIDTH: f64 = 54.0;
/// See [`WIDTH`].
pub const HEIGHT: f64 = 18.0;

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// The label's place while its link moves: clear of its own two ends.
pub fn provisional(curve: &Curve, from: Point, to: Point) -> Point {
    curve.label_place(WIDTH, HEIGHT, &[node_rectangle(from), node_rectangle(to)])
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
        if moving {
            return;
        }
        for (signal, place) in places(page) {
            set_if_new(&signal, Some(place));
        }
    });
}

type Settled = (ArcRwSignal<Option<(Curve, Point)>>, (Curve, Point));

fn places(page: Page) -> Vec<Settled> {
    let editor = page.editor();
    let links = lock(&page.links);
    let nodes = editor.node_rectangles();
    let mut taken: Vec<Rectangle> = Vec::new();
    let mut settled = Vec::with_capacity(links.len());
    for link in &editor.scenario().links {
        let (Some(from), Some(to), Some(signals)) = (
            editor.component(link.from),
            editor.component(link.to),
            links.get(&link.id),
        ) else {
            continue;
        };
        let curve = link_curve(from.position, to.position);
        let around = inflated(curve.bounds(), WIDTH);
        let obstacles: Vec<Rectangle> = nodes
            .iter()
            .chain(&taken)
            .copied()
            .filter(|rectangle| overlap(*rectangle, around))
            .collect();
        let place = curve.label_place(WIDTH, HEIGHT, &obstacles);
        taken.push(Rectangle {
            x: place.x - WIDTH / 2.0,
            y: place.y - HEIGHT / 2.0,
            width: WIDTH,
            height: HEIGHT,
        });
        settled.push((signals.label.clone(), (curve, place)));
    }
    settled
}
