//! The inspector: what is selected, why it hurts, what can be set about it; without a selection, the document itself.

mod classes;
mod component;
mod curve;
mod document;
mod entry;
mod faults;
mod figures;
mod link;
mod objectives;
mod parameter;
mod plan;
mod protection;
mod run;
mod steps;
mod traffic;
mod what_if;
mod zone;

pub use entry::{Accepts, number_entry};

use super::icons::icon;
use super::later;
use super::page::{Drawer, Page};
use super::ui::prelude::*;
use crate::editor::{CommandId, Hit, Item};
use std::cell::Cell;

thread_local! {
    // What the fields in the page belong to; a frame behind the selection.
    static SHOWN: Cell<Option<Subject>> = const { Cell::new(None) };
}

/// The inspector.
pub fn inspector(page: Page) -> AnyView {
    let subject = Memo::new(move |_| Subject::of(&page.selection.read()));
    let empty =
        Memo::new(move |_| page.node_ids.with(Vec::is_empty) && page.zone_ids.with(Vec::is_empty));
    view! {
        <aside class="panel inspector scrolls" class:open=move || page.drawer.get() == Some(Drawer::Properties) aria-label="Properties" data-testid="inspector" id="inspector">
            {move || {
                let subject = subject.get();
                view! {
                    {(subject == Subject::Document).then(|| title(page))}
                    {if empty.get() { first(page) } else { later::view(page, first, move |later| (later.properties)(page, subject)) }}
                }
            }}
        </aside>
    }
    .into_any()
}

/// What stands there while nothing is drawn.
fn first(_: Page) -> AnyView {
    view! { <p class="summary">{NOTHING_DRAWN}</p> }.into_any()
}

const NOTHING_DRAWN: &str = "Nothing is drawn yet.";

/// The drawing's title, as the inspector's head.
fn title(page: Page) -> AnyView {
    view! {
        <div class="inspector-head">
            <span class="badge">{icon("logo")}</span>
            <input
                id="inspector-name"
                class="title-field"
                aria-label="Title of the drawing"
                maxlength="120"
                spellcheck="false"
                data-testid="document-title"
                prop:value=move || page.title.get()
                on:input:target=move |event| page.set_title(event.target().value())
                on:keydown=super::dom::blur_on_enter
            />
        </div>
    }
    .into_any()
}

/// What the inspector shows of its subject; of the whole drawing, what stands below its title.
pub fn contents(page: Page, subject: Subject) -> AnyView {
    // Another subject is read from its beginning.
    if SHOWN.replace(Some(subject)) != Some(subject)
        && let Some(inspector) = super::dom::document().get_element_by_id("inspector")
    {
        inspector.set_scroll_top(0);
    }
    match subject {
        Subject::Document => document::document(page),
        Subject::Item(Item::Component(id)) => component::component(page, id),
        Subject::Item(Item::Link(id)) => link::link(page, id),
        Subject::Item(Item::Zone(id)) => zone::zone(page, id),
        Subject::Several(count) => several(page, count),
    }
}

/// What the inspector speaks of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subject {
    /// The whole drawing: nothing is selected.
    Document,
    /// The one selected item.
    Item(Item),
    /// So many selected items.
    Several(usize),
}

impl Subject {
    fn of(selection: &[Item]) -> Self {
        match selection {
            [] => Subject::Document,
            [item] => Subject::Item(*item),
            items => Subject::Several(items.len()),
        }
    }
}

/// Opens the inspector on what was hit and puts the keyboard into its name.
pub fn open(page: Page, hit: Hit) {
    let item = match hit {
        Hit::Component(id) | Hit::Port(id, _) => Item::Component(id),
        Hit::Link(id) | Hit::LinkEnd(id, _) => Item::Link(id),
        Hit::ZoneBorder(id) | Hit::ZoneHandle(id, _) => Item::Zone(id),
        Hit::Canvas => return,
    };
    page.select(Some(item));
    edit(page);
}

/// Puts the keyboard into the inspector: into the name, or where there is none, into the first field.
pub fn edit(page: Page) {
    use wasm_bindgen::JsCast;
    page.drawer.set(Some(Drawer::Properties));
    let field = || {
        let field = super::dom::document()
            .query_selector("#inspector-name, #inspector input")
            .ok()
            .flatten()?;
        field.dyn_into::<web_sys::HtmlElement>().ok()
    };
    let focus = move || {
        if let Some(field) = field() {
            // A field that can't be focused leaves the keyboard where it is.
            let _ = field.focus();
        }
    };
    // At once where the inspector shows that part already: who types fast has typed a letter by the next frame.
    let subject = Subject::of(&page.selection.get_untracked());
    if SHOWN.get() == Some(subject) {
        focus();
        let active = super::dom::document().active_element();
        if field().is_some_and(|field| active.as_ref() == Some(field.as_ref())) {
            return;
        }
    }
    super::dom::next_frame(focus);
}

fn several(page: Page, count: usize) -> AnyView {
    view! {
        <div class="inspector-head"><h2>{format!("{count} selected")}</h2></div>
        <p class="summary">"Drag one of them to move all. Shift-click adds and takes away."</p>
        {actions(page)}
    }
    .into_any()
}

/// What can be done with whatever is selected.
fn actions(page: Page) -> AnyView {
    // A second link between the same two parts would mean nothing.
    let is_link = page
        .selection
        .with_untracked(|selection| matches!(selection[..], [Item::Link(_)]));
    view! {
        <div class="inspector-actions">
            <button class="button" hidden=is_link data-testid="duplicate" on:click=move |_| super::commands::run(page, CommandId::Duplicate)>{icon("copy")}"Duplicate"</button>
            <button class="button danger" data-testid="delete" on:click=move |_| super::commands::run(page, CommandId::Delete)>{icon("bin")}"Delete"</button>
        </div>
    }
    .into_any()
}
