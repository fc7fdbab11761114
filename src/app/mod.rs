//! The screen: Leptos views over the editor; it decides nothing that a test without a browser could decide.
//!
//! One [`page::Page`] holds the editor and a signal for each thing that can change by itself. Every gesture goes to the editor,
//! whose effects say what to read again ([`sync`]); every change of the model asks for a new answer before the next frame ([`solve`]).
//!
//! # Names for tests
//! `data-testid` is stable: `canvas`, `stage`, `node-ID` (with `data-kind` and `data-state`), `link-ID` (its label: `data-link=ID`),
//! `zone-ID`, `palette`, `find-part`, `part-KIND` (kinds and zone kinds by their file names), `inspector`, `inspector-name`, `why`,
//! `remedy-N`, `parameter-NAME` with `parameter-NAME-entry`, `-slider`, `-unlimited`, `-switch`, `-choice` and `choice-NAME`,
//! `pane-parameters`, `pane-calls`, `pane-figures`, `pane-break` (what the inspector of a component shows), `plan-CLASS`, `station`, `class-ID` with `-name`, `-operation`, `-share`, `objective-N` with `-target`, `-bound`, `-class`,
//! `faults` with `break-N` and `fault-N` (`-start`, `-duration`, `-remove`), `add-class`, `add-objective`, `title`, `notes`, `saved`, `undo`, `redo`, `open`, `save`, `share`, `theme`, `help`, `scenarios`,
//! `scenario-NAME`, `card-NAME`, `invitation`, `drop-client`, `results`, `headline`, `figure-NAME` (`sent`, `served`, `slowest-p99`,
//! `sustains`, `head-room`, `cost-a-month`), `times`, `times-CLASS`, `tab-results`, `tab-objectives`, `tab-assumptions`,
//! `incidents` with `incident-field` and `incident-ID`, `timeline` with `timeline-caption`, `bar-N` (`-end`) and `tail-N`,
//! `verdicts` with `verdict-N` (`-words`, `-remove`), `run-to-the-end`, `run-break`, `run-play`, `run-bar` with `run-clock`, `run-scrub`, `run-step`, `run-restart`, `run-pace`, `run-speed` and `run-end`, `tab-run`, `run-page`, `theory-CLASS`,
//! `zoom-in`, `zoom-out`, `zoom-level`, `zoom-fit`, `minimap`, `lost`, `lost-fit`, `draft`, `receiving`, `command-palette`, `command-field`, `keys`, `question` with
//! `question-keep`, `question-replace`, `question-save`, `problems` and `problems-button`, `notes-on-part`, `toast`, `status` (the live region).
//! `learn`, `lessons` with `lesson-NAME`, `lesson` with `lesson-tab`, `-parts`, `-all`, `-link`, `-leave`, `-step-STEP`, `-bet`, `-run`, `-hurry`, `-judged`, `-on`,
//! `-objective-N`, `-verdict`, `-put-back`, `-beside`, `-hint`, `-answer`, `-ways`, `-next`, `-again`; `guess-number`, `guess-part-ID`, `guess-ground`, `guess-point-N`, `term`.
//! A port is `.port.in` or `.port.out` within its node.

mod canvas;
mod commands;
mod css;
mod dialog;
mod dom;
mod ground;
mod header;
mod icons;
mod inspector;
mod keep;
mod labels;
mod later;
mod learn;
mod page;
mod palette;
mod pinned;
mod proving;
mod regions;
mod remedies;
mod results;
mod run;
mod scenarios;
mod share;
mod sheet;
mod signal;
mod slot;
mod solve;
mod sync;
mod theme;
mod ui;
mod why;

use crate::editor::Effects;
use icons::icon;
use page::{Drawer, Page};
use ui::prelude::*;

/// Starts the page: restores the work, mounts the screen and listens.
pub fn start() {
    catch_panics();
    // Leptos brings up its executor and the root owner; what stands in the page is put there by the screen's own builder.
    leptos::mount::mount_to_body(|| {
        let found = keep::found();
        if found.is_nothing() {
            return mount(keep::Restored::nothing());
        }
        let owner = leptos::prelude::Owner::current();
        later::fetched(move |later| match (later, owner) {
            (Some(later), Some(owner)) => owner.with(|| mount((later.restore)(found))),
            _ => banner(INCOMPLETE),
        });
    });
}

const INCOMPLETE: &str = "Loadscape could not be fetched completely. Your work is kept in this browser: check the connection and reload the page.";

fn mount(restored: keep::Restored) {
    if let Some(body) = dom::document().body() {
        ui::append(&body, app(restored));
    }
}

/// The screen with its page.
pub fn app(restored: keep::Restored) -> AnyView {
    let keep::Restored {
        editor,
        session,
        problems,
        notice,
    } = restored;
    let page = Page::new(editor, session);
    sync::show(page, everything());
    theme::start(page);
    commands::listen(page);
    keep::listen(page);
    later::listen(page);
    let lesson = share::lesson_link();
    share::clear_address();
    if let Some(lesson) = lesson {
        later::with(page, move |later| (later.open_lesson)(page, &lesson));
    }
    if let Some(notice) = notice {
        dialog::tell(page, notice, true);
    }
    keep::ask_if_waiting(page);
    keep::offer_left_over(page);
    keep::show_problems(page, "Not everything in the link could be read", problems);
    ui::follow(Box::new(move || {
        dom::document().set_title(&format!("{} · Loadscape", page.title.read()))
    }));
    let narrow = move || page.drawer.get().is_some();
    view! {
        {icons::sprite()}
        {results::probes()}
        <div class="app" class:drawer-open=narrow class:learns=move || page.learns.get() data-testid="app">
            {header::header(page)}
            {palette::palette(page)}
            {canvas::canvas(page)}
            {results::results(page)}
            {inspector::inspector(page)}
            {drawers(page)}
        </div>
        {dialog::dialog(page)}
        {dialog::toasts(page)}
        <div class="unseen" role="status" aria-live="polite" data-testid="status">{move || page.announcement.get()}</div>
    }
    .into_any()
}

/// On narrow screens: what lies over the drawing, and the buttons that bring it.
fn drawers(page: Page) -> AnyView {
    let toggle = move |drawer: Drawer| {
        move |_| {
            page.drawer
                .update(|open| *open = (*open != Some(drawer)).then_some(drawer))
        }
    };
    let is_open = move |drawer: Drawer| move || (page.drawer.get() == Some(drawer)).to_string();
    view! {
        <div class="drawer-veil" on:click=move |_| page.drawer.set(None)></div>
        <nav class="drawer-bar" aria-label="Panels">
            <button type="button" data-testid="drawer-parts" aria-pressed=is_open(Drawer::Parts) on:click=toggle(Drawer::Parts)>{icon("parts")}{move || if page.learns.get() { "Lesson" } else { "Parts" }}</button>
            <button type="button" data-testid="drawer-properties" aria-pressed=is_open(Drawer::Properties) on:click=toggle(Drawer::Properties)>{icon("sliders")}"Properties"</button>
            <button type="button" data-testid="drawer-results" aria-pressed=is_open(Drawer::Results) on:click=toggle(Drawer::Results)>{icon("chart")}"Results"</button>
        </nav>
    }
    .into_any()
}

/// The effects of coming from nothing to the document: everything is new.
fn everything() -> Effects {
    Effects {
        model: true,
        component_list: true,
        link_list: true,
        zone_list: true,
        viewport: true,
        history: true,
        ..Effects::none()
    }
}

/// A panic leaves the work where it was stored and says so; without the hook the page would just stop answering.
fn catch_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        report(info);
        console_error_panic_hook::hook(info);
        banner(
            "Something went wrong in Loadscape. Your work is kept in this browser: reload the page to go on.",
        );
    }));
}

/// Says something that the page can't say in its own way any more, or not yet.
fn banner(words: &str) {
    let document = dom::document();
    let (Some(body), Ok(banner)) = (document.body(), document.create_element("div")) else {
        return;
    };
    banner.set_class_name("crash");
    // Nothing is left to say it with if the browser refuses these.
    let _ = banner.set_attribute("role", "alert");
    banner.set_text_content(Some(words));
    let _ = body.append_child(&banner);
}
