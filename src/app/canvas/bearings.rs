//! Where one is on the drawing: everything in small, and the way back when no part is in sight. Fetched with the second half.

use super::super::commands;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::super::{pinned, regions, sheet};
use crate::editor::geometry::{encloses, overlap};
use crate::editor::{CommandId, Viewport};
use loadscape_sim::scenario::{NODE_HEIGHT, NODE_WIDTH, Rectangle};
use wasm_bindgen::JsCast;

/// The map, the way back, and whose design is shown, each while it is needed.
pub fn bearings(page: Page) -> AnyView {
    regions::listen(page);
    sheet::make_room(page);
    ((lost(page), minimap(page)), pinned::banner(page)).into_any()
}

/// The way back when no part is in sight.
fn lost(page: Page) -> AnyView {
    let lost = Memo::new(move |_| {
        page.viewport.track();
        page.node_ids.track();
        page.zone_ids.track();
        page.steps.track();
        page.editor().shows_nothing()
    });
    view! {
        <Show when=move || lost.get()>
            <div class="lost" role="status" data-testid="lost">
                "No part in sight"
                <button class="button" data-testid="lost-fit" on:click=move |_| commands::run(page, CommandId::ZoomToFit)>
                    "Show everything"<kbd>"F"</kbd>
                </button>
            </div>
        </Show>
    }
    .into_any()
}

/// Everything in small, with the part that is in view; press to go there.
fn minimap(page: Page) -> AnyView {
    const MARGIN: f64 = 60.0;
    /// Pixels of the drawing's corner that the map covers.
    const COVERED_WIDTH: f64 = 164.0;
    const COVERED_HEIGHT: f64 = 112.0;
    let boxes = Memo::new(move |_| {
        page.node_ids.with(|_| ());
        page.zone_ids.with(|_| ());
        page.answer.with(|_| ());
        page.steps.get();
        page.revision.get();
        let editor = page.editor();
        editor.bounds()
    });
    let frame = Memo::new(move |_| {
        let bounds = boxes.get()?;
        let view = page.viewport.get().visible(page.editor().canvas());
        let (left, top) = (bounds.x.min(view.x) - MARGIN, bounds.y.min(view.y) - MARGIN);
        let right = (bounds.x + bounds.width).max(view.x + view.width) + MARGIN;
        let bottom = (bounds.y + bounds.height).max(view.y + view.height) + MARGIN;
        Some((
            Rectangle {
                x: left,
                y: top,
                width: right - left,
                height: bottom - top,
            },
            view,
        ))
    });
    // Where everything is in view anyway, the map must not lie over any of it.
    let needed = Memo::new(move |_| {
        let Some((_, view)) = frame.get() else {
            return false;
        };
        let Some(bounds) = boxes.get() else {
            return false;
        };
        if !encloses(view, bounds) {
            return true;
        }
        let zoom = page.viewport.get().zoom;
        let corner = Rectangle {
            x: view.x + view.width - COVERED_WIDTH / zoom,
            y: view.y + view.height - COVERED_HEIGHT / zoom,
            width: COVERED_WIDTH / zoom,
            height: COVERED_HEIGHT / zoom,
        };
        let editor = page.editor();
        let zones = editor.scenario().zones.iter().map(|zone| zone.rectangle);
        !editor
            .node_rectangles()
            .into_iter()
            .chain(zones)
            .any(|drawn| overlap(drawn, corner))
    });
    let goes = move |event: web_sys::PointerEvent| {
        let drawing = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let (Some(drawing), Some((frame, _))) = (drawing, frame.get_untracked()) else {
            return;
        };
        if event.buttons() == 0 {
            return;
        }
        let rectangle = drawing.get_bounding_client_rect();
        let scale = (rectangle.width() / frame.width).min(rectangle.height() / frame.height);
        let x = frame.x
            + frame.width / 2.0
            + (f64::from(event.client_x()) - rectangle.left() - rectangle.width() / 2.0) / scale;
        let y = frame.y
            + frame.height / 2.0
            + (f64::from(event.client_y()) - rectangle.top() - rectangle.height() / 2.0) / scale;
        page.act(|editor| {
            let (centre, zoom) = (editor.canvas().centre(), editor.viewport().zoom);
            editor.set_viewport(Viewport {
                x: centre.x - x * zoom,
                y: centre.y - y * zoom,
                zoom,
            })
        });
    };
    let rectangles = move || {
        boxes.with(|_| ());
        page.steps.get();
        let hot = page.answer.with(|answer| {
            answer.as_ref().and_then(|answer| {
                answer
                    .report
                    .bottleneck
                    .as_ref()
                    .map(|bottleneck| bottleneck.component)
            })
        });
        let (nodes, zones) = page.read(|scenario| {
            let nodes: Vec<_> = scenario
                .components
                .iter()
                .map(|component| (component.position, Some(component.id) == hot))
                .collect();
            let zones: Vec<_> = scenario.zones.iter().map(|zone| zone.rectangle).collect();
            (nodes, zones)
        });
        let zones = zones.into_iter().map(|zone| view! { <rect class="zone-mark" x=zone.x y=zone.y width=zone.width height=zone.height rx="12"></rect> }.into_any());
        let nodes = nodes.into_iter().map(|(place, hot)| view! { <rect class:hot=hot x=place.x y=place.y width=NODE_WIDTH height=NODE_HEIGHT rx="14"></rect> }.into_any());
        zones.chain(nodes).collect_view()
    };
    view! {
        <Show when=move || needed.get()>
            <svg
                class="minimap"
                aria-hidden="true"
                data-testid="minimap"
                viewBox=move || frame.get().map(|(frame, _)| format!("{:.0} {:.0} {:.0} {:.0}", frame.x, frame.y, frame.width, frame.height))
                on:pointerdown=goes
                on:pointermove=goes
            >
                {rectangles}
                {move || frame.get().map(|(_, view)| view! { <rect class="view" x=view.x y=view.y width=view.width height=view.height rx="8"></rect> })}
            </svg>
        </Show>
    }
    .into_any()
}
