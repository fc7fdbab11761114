//! The palette: every kind of part and zone, to be dragged out, clicked or entered; what a kind is stands in the catalog.

use super::canvas::{on_canvas, pointer};
use super::icons;
use super::later;
use super::page::{Drawer, Page};
use super::ui::prelude::*;
use crate::editor::{Input, ToolKey};
use loadscape_sim::catalog::{self, Group, Kind, ZoneKind};
use loadscape_sim::scenario::{Point, Rectangle};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

/// What an entry of the palette places.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Entry {
    Part(Kind),
    Zone(ZoneKind),
}

impl Entry {
    fn name(self) -> &'static str {
        match self {
            Entry::Part(kind) => kind.name(),
            Entry::Zone(kind) => kind.name(),
        }
    }

    fn label(self) -> &'static str {
        match self {
            Entry::Part(kind) => catalog::specification(kind).label,
            Entry::Zone(kind) => catalog::zone_specification(kind).label,
        }
    }

    fn summary(self) -> &'static str {
        match self {
            Entry::Part(kind) => catalog::specification(kind).summary,
            Entry::Zone(kind) => catalog::zone_specification(kind).summary,
        }
    }

    fn matches(self, query: &str) -> bool {
        let query = query.trim().to_ascii_lowercase();
        query.split_whitespace().all(|word| {
            self.label().to_ascii_lowercase().contains(word)
                || self.summary().to_ascii_lowercase().contains(word)
                || self.name().contains(word)
        })
    }
}

fn group_name(group: Group) -> &'static str {
    match group {
        Group::Traffic => "Traffic",
        Group::Edge => "Edge",
        Group::Compute => "Compute",
        Group::Data => "Data",
        Group::Messaging => "Messaging",
        Group::Theory => "Theory",
    }
}

/// The groups in the palette's order, zones last.
fn groups() -> Vec<(&'static str, Vec<Entry>)> {
    let mut groups: Vec<(&'static str, Vec<Entry>)> = Vec::new();
    for specification in catalog::KINDS {
        let name = group_name(specification.group);
        let entry = Entry::Part(specification.kind);
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((name, vec![entry])),
        }
    }
    groups.push((
        "Zones",
        catalog::ZONE_KINDS
            .iter()
            .map(|specification| Entry::Zone(specification.kind))
            .collect(),
    ));
    groups
}

/// The palette.
pub fn palette(page: Page) -> AnyView {
    let query = RwSignal::new(String::new());
    let described = RwSignal::new(None::<Entry>);
    let enter = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            query.set(String::new());
            super::dom::focus("canvas");
        }
        "ArrowDown" => {
            event.prevent_default();
            step_focus(&event, true);
        }
        "Enter" => {
            // What is called so comes before what is merely described so.
            let wanted = query.with(|query| query.trim().to_ascii_lowercase());
            let entries = || groups().into_iter().flat_map(|(_, entries)| entries);
            let first = entries()
                .find(|entry| entry.label().to_ascii_lowercase().starts_with(&wanted))
                .or_else(|| {
                    entries().find(|entry| entry.label().to_ascii_lowercase().contains(&wanted))
                })
                .or_else(|| entries().find(|entry| entry.matches(&wanted)));
            if let Some(entry) = first.filter(|_| query.with(|query| !query.trim().is_empty())) {
                event.prevent_default();
                place(page, entry, true);
                query.set(String::new());
                // With Shift one goes on adding.
                if !event.shift_key() {
                    super::dom::focus("canvas");
                }
            }
        }
        _ => {}
    };
    let nothing = move || {
        query.with(|query| {
            !groups()
                .into_iter()
                .flat_map(|(_, entries)| entries)
                .any(|entry| entry.matches(query))
        })
    };
    view! {
        <nav class="panel palette" class:open=move || page.drawer.get() == Some(Drawer::Parts) aria-label=move || if page.learns.get() { "Lesson and parts" } else { "Parts" } data-testid="palette">
            {later::view(page, |_| ().into_any(), move |later| (later.lesson)(page))}
            <div class="palette-find">
                <input
                    id="find-part"
                    class="field"
                    type="text"
                    placeholder="Find a part"
                    aria-label="Find a part"
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="find-part"
                    prop:value=move || query.get()
                    on:input:target=move |event| query.set(event.target().value())
                    on:keydown=enter
                />
                <kbd aria-hidden="true">"/"</kbd>
            </div>
            <div class="palette-list scrolls">
                {groups()
                    .into_iter()
                    .map(|(name, entries)| group(page, name, entries, query, described))
                    .collect_view()}
                <Show when=nothing>
                    <p class="empty">"No part is called that."</p>
                </Show>
            </div>
            <p class="palette-about" aria-hidden="true">
                {move || match described.get() {
                    Some(entry) => view! { <b>{entry.label()}</b> {entry.summary()} }.into_any(),
                    None => view! { "Drag a part onto the drawing or a link, or press Enter on it. Then drag from its right edge to what it calls." }.into_any(),
                }}
            </p>
        </nav>
    }
    .into_any()
}

fn group(
    page: Page,
    name: &'static str,
    entries: Vec<Entry>,
    query: RwSignal<String>,
    described: RwSignal<Option<Entry>>,
) -> AnyView {
    let any = {
        let entries = entries.clone();
        move || query.with(|query| entries.iter().any(|entry| entry.matches(query)))
    };
    view! {
        <section aria-label=name>
            <h3 class="palette-group" hidden=move || !any()>{name}</h3>
            {entries.into_iter().map(|entry| part(page, entry, query, described)).collect_view()}
        </section>
    }
    .into_any()
}

fn part(
    page: Page,
    entry: Entry,
    query: RwSignal<String>,
    described: RwSignal<Option<Entry>>,
) -> AnyView {
    // A press that becomes a drag ends in a click event too; that click must not place a second part.
    let dragged = StoredValue::new(false);
    let pressed = StoredValue::new(None::<(i32, i32, i32)>);
    let down = move |event: PointerEvent| {
        dragged.set_value(false);
        // A finger scrolls the list; it places by tapping.
        if event.button() == 0 && event.pointer_type() != "touch" {
            pressed.set_value(Some((
                event.pointer_id(),
                event.client_x(),
                event.client_y(),
            )));
            if let Some(target) = event
                .current_target()
                .and_then(|target| target.dyn_into::<HtmlElement>().ok())
            {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let moves = move |event: PointerEvent| {
        let Some((id, x, y)) = pressed
            .get_value()
            .filter(|(id, ..)| *id == event.pointer_id())
        else {
            return;
        };
        if !dragged.get_value() {
            if f64::from(event.client_x() - x).hypot(f64::from(event.client_y() - y)) < 4.0 {
                return;
            }
            dragged.set_value(true);
            pressed.set_value(Some((id, x, y)));
            super::canvas::remember_origin();
            match entry {
                Entry::Part(kind) => page.act(|editor| editor.start_placing(kind)),
                Entry::Zone(kind) => page.act(|editor| editor.start_drawing_zone(kind)),
            }
        }
        if matches!(entry, Entry::Part(_)) {
            page.input(Input::Move(pointer(&event)));
        }
    };
    let up = move |event: PointerEvent| {
        pressed.set_value(None);
        if dragged.get_value() {
            match entry {
                Entry::Part(_) => page.input(Input::Up(pointer(&event))),
                Entry::Zone(kind) => {
                    page.input(Input::Key(ToolKey::Escape));
                    let at = on_canvas(&event);
                    page.try_act(|editor| editor.insert_zone(kind, around(editor.world(at))));
                }
            }
        }
    };
    let lost = move |event: PointerEvent| {
        pressed.set_value(None);
        if dragged.get_value() {
            page.input(Input::Lost(event.pointer_id()));
        }
    };
    let click = move |event: web_sys::MouseEvent| {
        if !dragged.get_value() {
            // A click that no pointer made has no count: it came from Enter or the space bar.
            place(page, entry, event.detail() == 0);
            // The new part is selected: the next key is for it.
            super::dom::focus("canvas");
        }
        dragged.set_value(false);
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowDown" | "ArrowUp" => {
            event.prevent_default();
            event.stop_propagation();
            step_focus(&event, event.key() == "ArrowDown");
        }
        "Escape" => super::dom::focus("canvas"),
        _ => {}
    };
    view! {
        <button
            class="part"
            type="button"
            title=entry.summary()
            aria-label=format!("{}: {}", entry.label(), entry.summary())
            data-testid=format!("part-{}", entry.name())
            hidden=move || query.with(|query| !entry.matches(query))
            on:pointerdown=down
            on:pointermove=moves
            on:pointerup=up
            on:pointercancel=lost
            on:click=click
            on:keydown=keys
            on:focus=move |_| described.set(Some(entry))
            on:pointerenter=move |_| described.set(Some(entry))
            on:pointerleave=move |_| described.set(None)
        >
            {icons::icon(entry.name())}
            <span>{entry.label()}</span>
        </button>
    }
    .into_any()
}

/// A zone of a useful size about the point where it was let go.
fn around(point: Point) -> Rectangle {
    Rectangle {
        x: point.x - 200.0,
        y: point.y - 120.0,
        width: 400.0,
        height: 240.0,
    }
}

/// Places it where there is room: a part at once; a zone by key around the selection, by pointer where it is drawn next.
fn place(page: Page, entry: Entry, by_key: bool) {
    match entry {
        Entry::Part(kind) => page.try_act(|editor| editor.add_part(kind)),
        Entry::Zone(kind) if by_key => page.try_act(|editor| editor.add_zone(kind)),
        Entry::Zone(kind) => page.act(|editor| editor.start_drawing_zone(kind)),
    }
    page.drawer.set(None);
}

/// Moves the focus to the next or previous visible entry.
fn step_focus(event: &KeyboardEvent, forwards: bool) {
    let document = super::dom::document();
    let Ok(parts) = document.query_selector_all(".palette .part:not([hidden])") else {
        return;
    };
    let parts: Vec<HtmlElement> = (0..parts.length())
        .filter_map(|index| parts.get(index)?.dyn_into().ok())
        .collect();
    let here = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let at = here.and_then(|here| parts.iter().position(|part| *part == here));
    let next = match (at, forwards) {
        (None, _) => Some(0),
        (Some(at), true) => Some(at + 1),
        (Some(0), false) => None,
        (Some(at), false) => Some(at - 1),
    };
    match next {
        Some(next) => {
            if let Some(part) = parts.get(next) {
                let _ = part.focus();
            }
        }
        None => super::dom::focus("find-part"),
    }
}
