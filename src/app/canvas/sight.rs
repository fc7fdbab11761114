//! What is near enough to be drawn in full: of a large drawing seen from afar, nodes are plain cards and links have no labels.

use super::super::page::{Page, lock};
use super::super::sync::set_if_new;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use crate::editor::Detail;
use crate::editor::geometry::{inflated, link_curve, node_rectangle, overlap};
use loadscape_sim::scenario::{LinkId, Rectangle};

/// A drawing of no more parts than this is always drawn in full.
pub const FEW: usize = 150;
/// From this zoom on, what is in a node can be made out.
const NEAR_ZOOM: f64 = 0.25;
/// Steps in which the part in sight moves on, in drawing units: panning by less looks nothing up.
const STEP: f64 = 256.0;

/// The part of the drawing that is in sight, with room around; `None` from afar.
fn region(page: Page) -> Memo<Option<Rectangle>> {
    Memo::new(move |_| {
        let viewport = page.viewport.get();
        (viewport.zoom >= NEAR_ZOOM).then(|| {
            let visible = viewport.visible(page.editor().canvas());
            let (x, y) = ((visible.x / STEP).floor(), (visible.y / STEP).floor());
            let steps = |length: f64| (length / STEP).ceil() + 1.0;
            let stepped = Rectangle {
                x: x * STEP,
                y: y * STEP,
                width: steps(visible.width) * STEP,
                height: steps(visible.height) * STEP,
            };
            inflated(stepped, STEP)
        })
    })
}

/// Fills the nodes that come into sight, and gives the links whose labels are to be shown.
pub fn watch(page: Page) -> Memo<Vec<LinkId>> {
    let region = region(page);
    follow(Box::new(move || {
        page.node_ids.track();
        // An edit may bring a part into sight, too.
        page.history.track();
        let region = region.get();
        let near: Vec<_> = {
            let editor = page.editor();
            let nodes = lock(&page.nodes);
            let few = nodes.len() <= FEW;
            editor
                .scenario()
                .components
                .iter()
                .filter(|component| {
                    few || region
                        .is_some_and(|region| overlap(region, node_rectangle(component.position)))
                })
                .filter_map(|component| nodes.get(&component.id))
                .map(|node| node.near.clone())
                .collect()
        };
        for near in near {
            set_if_new(&near, true);
        }
    }));
    let far = Memo::new(move |_| page.viewport.get().detail() == Detail::Far);
    Memo::new(move |_| {
        let ids = page.link_ids.get();
        if far.get() && ids.len() > FEW {
            return Vec::new();
        }
        if ids.len() <= FEW {
            return ids;
        }
        page.history.track();
        let Some(region) = region.get() else {
            return Vec::new();
        };
        let editor = page.editor();
        ids.into_iter()
            .filter(|id| {
                let link = editor.link(*id);
                link.and_then(|link| {
                    let (from, to) = (editor.component(link.from)?, editor.component(link.to)?);
                    Some(link_curve(from.position, to.position).bounds())
                })
                .is_some_and(|bounds| overlap(inflated(bounds, 1.0), region))
            })
            .collect()
    })
}
