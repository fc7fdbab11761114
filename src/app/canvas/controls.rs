//! What floats over the drawing: zoom, the invitation of an empty drawing, and what the tool under way expects.

use super::super::commands;
use super::super::dialog::Dialog;
use super::super::icons::icon;
use super::super::page::Page;
use super::super::scenarios;
use super::super::ui::prelude::*;
use crate::editor::{CommandId, Tool};
use loadscape_sim::catalog::Kind;
use loadscape_sim::quantities::Decimal;

/// Zoom out, the zoom itself, zoom in, fit.
pub fn zoom(page: Page) -> AnyView {
    let level = move || format!("{} %", Decimal::fixed(page.viewport.get().zoom * 100.0, 0));
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
                <p>"Start with the people who use it, take a lesson, or open a stage of a system that grows."</p>
                <div class="invitation-starts">
                <button class="button primary" data-testid="drop-client" on:click=move |_| page.try_act(|editor| editor.add_part(Kind::Clients))>
                    {icon("clients")}
                    "Place clients"
                </button>
                <button class="button" data-testid="first-lesson" on:click=move |_| page.dialog.set(Some(Dialog::Lessons))>
                    {icon("learn")}
                    "Take a lesson"
                </button>
                </div>
                {scenarios::cards(page)}
            </section>
        </Show>
    }
    .into_any()
}
