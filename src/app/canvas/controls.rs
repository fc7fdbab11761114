//! What floats over the drawing: zoom, the map, the invitation of an empty drawing, and what the tool under way expects.

use super::super::commands;
use super::super::icons::icon;
use super::super::page::Page;
use super::super::scenarios;
use super::super::ui::prelude::*;
use crate::editor::geometry::{encloses, overlap};
use crate::editor::{CommandId, Tool, Viewport};
use loadscape_sim::catalog::Kind;
use loadscape_sim::scenario::{NODE_HEIGHT, NODE_WIDTH, Rectangle};
use wasm_bindgen::JsCast;

/// Zoom out, the zoom itself, zoom in, fit.
pub fn zoom(page: Page) -> AnyView {
    let level = move || format!("{:.0} %", page.viewport.get().zoom * 100.0);
    view! {
        <div class="zoom" role="group" aria-label="Zoom">
            <button class="button square" aria-label="Zoom out" title="Zoom out (−)" data-testid="zoom-out" on:click=move |_| commands::run(page, CommandId::ZoomOut)>
                {icon("minus")}
            </button>
            <button class="button level" aria-label="Zoom to 100 per cent" title="Zoom to 100 % (0)" data-testid="zoom-level" on:click=move |_| commands::run(page, CommandId::ZoomToNaturalSize)>
                {level}
            </button>
            <button class="button square" aria-label="Zoom in" title="Zoom in (+)" data-testid="zoom-in" on:click=move |_| commands::run(page, CommandId::ZoomIn)>
                {icon("plus")}
            </button>
            <button class="button" title="Show everything (F)" data-testid="zoom-fit" on:click=move |_| commands::run(page, CommandId::ZoomToFit)>
                "Fit"
            </button>
        </div>
    }
    .into_any()
}

/// What the tool under way expects.
pub fn hint(page: Page) -> AnyView {
    let words = move || {
        page.tool.with(|tool| match tool {
            Tool::Connecting(connection) if connection.grip.is_none() => {
                Some("Choose the other end: click it, or arrow keys and Enter")
            }
            Tool::DrawingZone { drawn: None, .. } => {
                Some("Drag a rectangle around what belongs to the zone")
            }
            _ => None,
        })
    };
    (move || {
        words().map(|words| view! { <div class="hint" role="status">{words}<kbd>"Esc"</kbd></div> })
    })
    .into_any()
}

/// An empty drawing invites.
pub fn invitation(page: Page) -> AnyView {
    let empty = Memo::new(move |_| {
        page.node_ids.with(Vec::is_empty)
            && page.zone_ids.with(Vec::is_empty)
            && !matches!(
                page.tool.read(),
                Tool::PlacingPart { .. } | Tool::DrawingZone { .. }
            )
    });
    view! {
        <Show when=move || empty.get()>
            <section class="invitation" data-testid="invitation">
                <h2>"Draw a system, see where its load goes"</h2>
                <p>"Start with the people who use it, or open a stage of a system that grows."</p>
                <button class="button primary" data-testid="drop-client" on:click=move |_| page.try_act(|editor| editor.add_part(Kind::Clients))>
                    {icon("clients")}
                    "Place clients"
                </button>
                {scenarios::cards(page)}
            </section>
        </Show>
    }
    .into_any()
}

/// Everything in small, with the part that is in view; press to go there.
pub fn minimap(page: Page) -> AnyView {
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
