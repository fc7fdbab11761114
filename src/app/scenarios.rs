//! The built-in scenarios, as a menu, as a dialog and as cards on an empty drawing.

use super::dialog::Dialog;
use super::icons::icon;
use super::keep;
use super::later;
use super::page::Page;
use super::ui::prelude::*;
use crate::editor::session::Source;
use loadscape_sim::builtin::{Builtin, builtin, named};
use loadscape_sim::scenario;

/// Opens a built-in scenario, after asking where work would be lost.
pub fn open(page: Page, chosen: &'static Builtin) {
    later::with(page, move |later| (later.open_builtin)(page, chosen.name));
}

/// See [`open`].
pub fn open_now(page: Page, name: &str) {
    let scenario = named(name).and_then(|chosen| scenario::read(chosen.text()).scenario);
    if let Some(scenario) = scenario {
        keep::open(page, scenario, Source::BuiltIn);
    }
}

/// The menu in the header.
pub fn menu(page: Page) -> AnyView {
    let open_menu = RwSignal::new(false);
    view! {
        <div class="menu" on:keydown=move |event| super::dom::menu_keys(&event, open_menu)>
            <button class="button plain" aria-label="Scenarios" aria-haspopup="menu" aria-expanded=move || open_menu.get().to_string() data-testid="scenarios" on:click=move |_| open_menu.update(|open| *open = !*open)>
                <span class="narrow-only" title="Scenarios">{icon("stages")}</span>
                <span class="wide">"Scenarios"</span>
            </button>
            <Show when=move || open_menu.get()>
                <div class="menu-veil" on:click=move |_| open_menu.set(false)></div>
                <div class="menu-list end" role="menu" data-testid="scenarios-menu">
                    {items(page, move || open_menu.set(false))}
                    <button class="menu-item" role="menuitem" data-testid="scenario-new" on:click=move |_| { open_menu.set(false); keep::new_drawing(page); }>
                        <span><b>"Empty drawing"</b><span class="about">"Start from nothing."</span></span>
                    </button>
                </div>
            </Show>
        </div>
    }
    .into_any()
}

fn items(page: Page, then: impl Fn() + Copy + 'static) -> AnyView {
    builtin()
        .iter()
        .map(|scenario| view! {
            <button type="button" class="menu-item" role="menuitem" data-testid=format!("scenario-{}", scenario.name) on:click=move |_| { then(); open(page, scenario); }>
                <span><b>{scenario.title}</b><span class="about">{scenario.summary}</span></span>
            </button>
        })
        .collect_view()
        .into_any()
}

/// The dialog that the command palette opens.
pub fn dialog(page: Page) -> AnyView {
    view! {
        <div class="dialog" role="dialog" aria-modal="true" aria-label="Built-in scenarios">
            <div class="dialog-body scrolls">
                <h2>"Built-in scenarios"</h2>
                {items(page, move || page.dialog.update(|dialog| if *dialog == Some(Dialog::Scenarios) { *dialog = None }))}
            </div>
        </div>
    }
    .into_any()
}

/// The cards on an empty drawing.
pub fn cards(page: Page) -> AnyView {
    view! {
        <div class="invitation-choices">
            {builtin()
                .iter()
                .map(|scenario| view! {
                    <button type="button" class="choice-card" data-testid=format!("card-{}", scenario.name) on:click=move |_| open(page, scenario)>
                        <b>{scenario.title}</b>
                        <span>{scenario.summary}</span>
                    </button>
                })
                .collect_view()}
        </div>
    }
    .into_any()
}
