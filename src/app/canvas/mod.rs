//! The drawing: zones below, lines above them, nodes on top, all on one stage that pan and zoom transform as a whole.

mod bearings;
mod controls;
mod cursor;
mod link;
mod node;
mod overlay;
mod pointer;
mod sight;
mod zone;

use super::css::pixels;
use super::later;
use super::page::Page;
use super::run;
use super::ui::prelude::*;
use crate::editor::{Canvas, Detail, Insets, Item, Tool};
use loadscape_sim::quantities::Decimal;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

pub use bearings::bearings;
pub use cursor::show as show_cursor;
pub use pointer::{on_canvas, pointer};
pub use sight::FEW;

/// The drawing with what floats over it.
pub fn canvas(page: Page) -> AnyView {
    let mounted = move |surface: web_sys::Element| {
        watch_size(page, &surface);
        pointer::listen(page, &surface);
    };
    let viewport = page.viewport;
    let detail = Memo::new(move |_| viewport.get().detail());
    let labelled = sight::watch(page);
    super::labels::start(page);
    let class = move || {
        let mode = page.tool.with(|tool| match tool {
            Tool::Panning { .. } | Tool::Pinching { .. } => " panning",
            Tool::Dragging { onto: Some(_), .. } => " dragging inserting",
            Tool::Dragging { .. } => " dragging",
            Tool::Connecting(_) => " connecting",
            Tool::PlacingPart { .. } => " placing",
            Tool::DrawingZone { .. } => " zoning",
            _ => "",
        });
        let detail = match detail.get() {
            Detail::Full => "",
            Detail::Small => " small",
            Detail::Far => " far small",
        };
        format!("canvas{mode}{detail}")
    };
    let active = move || {
        page.focus.get().map(|item| match item {
            Item::Component(id) => format!("node-{id}"),
            Item::Zone(id) => format!("zone-{id}"),
            Item::Link(id) => format!("link-{id}"),
        })
    };
    view! {
        <main class="canvas-area" data-testid="canvas-area">
            <div
                id="canvas"
                class=class
                mounted=mounted
                tabindex="0"
                role="application"
                aria-roledescription="drawing"
                aria-label="Drawing. Arrow keys move between parts, Enter opens the properties, C connects, ? lists every key."
                aria-activedescendant=active
                data-testid="canvas"
            >
                {dots(page)}
                <div
                    class="stage"
                    data-testid="stage"
                    style:transform=move || {
                        let viewport = viewport.get();
                        format!("translate({},{}) scale({})", pixels(viewport.x), pixels(viewport.y), Decimal::up_to(viewport.zoom, 9))
                    }
                >
                    <div class="zones">
                        <For each=move || page.zone_ids.get() key=|id| *id children=move |id| zone::zone(page, id) />
                    </div>
                    <svg class="wires" aria-hidden="true">
                        <defs inner_html=link::ARROWS></defs>
                        <For each=move || page.link_ids.get() key=|id| *id children=move |id| link::line(page, id) />
                        {overlay::draft_lines(page)}
                    </svg>
                    <div class="labels" aria-hidden="true">
                        <For each=move || labelled.get() key=|id| *id children=move |id| link::label(page, id) />
                    </div>
                    <div class="nodes">
                        <For each=move || page.node_ids.get() key=|id| *id children=move |id| node::node(page, id) />
                    </div>
                    {later::view(page, |_| ().into_any(), move |later| (later.ghosts)(page))}
                    {overlay::overlay(page)}
                </div>
            </div>
            {run::flow_place(page)}
            {controls::hint(page)}
            {controls::invitation(page)}
            {controls::zoom(page)}
            {later::view(page, |_| ().into_any(), move |later| (later.bearings)(page))}
        </main>
    }
    .into_any()
}

/// The ground's dots, which follow pan and zoom and thin out when they would become noise.
fn dots(page: Page) -> AnyView {
    let spacing = Memo::new(move |_| {
        let mut spacing = 20.0 * page.viewport.get().zoom;
        while spacing < 14.0 {
            spacing *= 2.0;
        }
        spacing
    });
    view! {
        <div
            class="dots"
            style:background-size=move || [pixels(spacing.get()), pixels(spacing.get())].join(" ")
            style:background-position=move || {
                let (viewport, spacing) = (page.viewport.get(), spacing.get());
                format!("{} {}", pixels((viewport.x - spacing / 2.0) % spacing), pixels((viewport.y - spacing / 2.0) % spacing))
            }
        ></div>
    }
    .into_any()
}

/// Tells the editor the drawing's size, and how much of it something lies over.
pub fn measure(page: Page) {
    let Some(element) = super::dom::document().get_element_by_id("canvas") else {
        return;
    };
    let (width, height) = (
        f64::from(element.client_width()),
        f64::from(element.client_height()),
    );
    if width <= 0.0 || height <= 0.0 {
        return;
    }
    pointer::remember_origin(&element);
    let insets =
        later::loaded().map_or_else(Insets::default, |later| (later.covered)(page, &element));
    page.set_canvas(Canvas {
        width,
        height,
        insets,
    });
}

/// Measures the drawing as soon as it has a size and whenever that changes, and fits it in the first time.
fn watch_size(page: Page, surface: &web_sys::Element) {
    // A run's controls and its key lie over the drawing, once they stand there.
    super::ui::follow(Box::new(move || {
        page.run.open.track();
        super::dom::next_frame(move || measure(page));
    }));
    let first = Cell::new(true);
    let observer = Closure::<dyn FnMut()>::new(move || {
        measure(page);
        if first.take() {
            page.act(crate::editor::Editor::zoom_to_fit);
        }
    });
    if let Ok(watch) = web_sys::ResizeObserver::new(observer.as_ref().unchecked_ref()) {
        watch.observe(surface);
        // The drawing is as old as the page: the observer and its callback live as long.
        std::mem::forget(watch);
    }
    observer.forget();
}

/// Measures where the drawing is, before a gesture that begins outside it.
pub fn remember_origin() {
    if let Some(surface) = super::dom::document().get_element_by_id("canvas") {
        pointer::remember_origin(&surface);
    }
}
