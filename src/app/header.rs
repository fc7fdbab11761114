//! The bar at the top: what is open, whether it is kept, and what can be done with the whole of it.

use super::dialog::Dialog;
use super::icons::icon;
use super::page::{Page, SavedState};
use super::ui::prelude::*;
use super::{keep, run, scenarios, share, theme};
use std::sync::Arc;

/// The bar at the top.
pub fn header(page: Page) -> AnyView {
    view! {
        <header class="header" data-testid="header">
            <h1 class="logo">{icon("logo")}<span class="logo-word">"Loadscape"</span></h1>
            <span class="rule"></span>
            {title(page)}
            {saved(page)}
            {problems(page)}
            <span class="grow"></span>
            {run::place(page)}
            <span class="grow"></span>
            <button class="button plain" aria-label="Lessons" title="Lessons: bet, see, mend" data-testid="learn" on:click=move |_| page.dialog.set(Some(Dialog::Lessons))>
                <span class="narrow-only">{icon("learn")}</span>
                <span class="wide">"Learn"</span>
            </button>
            {scenarios::menu(page)}
            {history_buttons(page)}
            <span class="rule wide"></span>
            <button class="button plain square wide" title="Open a file (Ctrl+O)" aria-label="Open a file" data-testid="open" on:click=move |_| keep::choose_file(page)>
                {icon("open")}
            </button>
            <button class="button plain square wide" title="Save as a file (Ctrl+S)" aria-label="Save as a file" data-testid="save" on:click=move |_| keep::save_file(page)>
                {icon("save")}
            </button>
            <button class="button plain square wide" title="Keys and commands (?)" aria-label="Keys and commands" data-testid="help" on:click=move |_| page.dialog.set(Some(Dialog::Keys))>
                {icon("keyboard")}
            </button>
            {theme_button(page)}
            {more(page)}
            <button class="button primary" data-testid="share" title="Copy a link that holds this drawing" on:click=move |_| share::copy_link(page)>
                "Share"
            </button>
        </header>
    }
    .into_any()
}

fn title(page: Page) -> AnyView {
    view! {
        <input
            class="title-field"
            aria-label="Title"
            data-testid="title"
            maxlength="120"
            spellcheck="false"
            prop:value=move || page.title.get()
            on:input:target=move |event| page.set_title(event.target().value())
            on:keydown=super::dom::blur_on_enter
        />
    }
    .into_any()
}

fn saved(page: Page) -> AnyView {
    let word = move || match page.saved.get() {
        SavedState::Saved => "saved",
        SavedState::Pending => "saving…",
        SavedState::Untouched => "",
        SavedState::Failed => "not saved: storage is full",
    };
    view! {
        <span class="saved" class:trouble=move || page.saved.get() == SavedState::Failed data-testid="saved">
            {word}
        </span>
    }
    .into_any()
}

/// What is wrong with the document as it stands, where anything is.
fn problems(page: Page) -> AnyView {
    let open = move |_| {
        let problems = page.problems.get_untracked();
        page.dialog.set(Some(Dialog::Problems {
            title: "Worth a look".to_owned(),
            problems: Arc::new(problems),
        }));
    };
    let words = move || match page.problems.read().len() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    view! {
        <Show when=move || !page.problems.read().is_empty()>
            <button class="button plain problems-button" data-testid="problems-button" on:click=open>{icon("warning")}{words}</button>
        </Show>
    }
    .into_any()
}

fn history_buttons(page: Page) -> AnyView {
    let label = |verb: &str, step: Option<String>| match step {
        Some(step) => format!("{verb}: {step}"),
        None => verb.to_owned(),
    };
    view! {
        <button
            class="button plain square"
            data-testid="undo"
            aria-label="Undo"
            title=move || label("Undo", page.history.get().undo)
            disabled=move || page.history.get().undo.is_none()
            on:click=move |_| page.undo()
        >
            {icon("undo")}
        </button>
        <button
            class="button plain square"
            data-testid="redo"
            aria-label="Redo"
            title=move || label("Redo", page.history.get().redo)
            disabled=move || page.history.get().redo.is_none()
            on:click=move |_| page.redo()
        >
            {icon("redo")}
        </button>
    }
    .into_any()
}

fn theme_button(page: Page) -> AnyView {
    view! {
        <button class="button plain square wide" data-testid="theme" title="Light or dark" aria-label="Switch between light and dark" on:click=move |_| theme::toggle(page)>
            {move || icon(if page.dark.get() { "sun" } else { "moon" })}
        </button>
    }
    .into_any()
}

/// On narrow screens the buttons that don't fit live in a menu.
fn more(page: Page) -> AnyView {
    let open = RwSignal::new(false);
    let choose = move |action: fn(Page)| {
        move |_| {
            open.set(false);
            action(page);
        }
    };
    view! {
        <div class="menu narrow-only" on:keydown=move |event| super::dom::menu_keys(&event, open)>
            <button class="button plain square" aria-label="More" aria-haspopup="menu" aria-expanded=move || open.get().to_string() data-testid="more" on:click=move |_| open.update(|open| *open = !*open)>
                {icon("more")}
            </button>
            <Show when=move || open.get()>
                <div class="menu-veil" on:click=move |_| open.set(false)></div>
                <div class="menu-list end" role="menu">
                    <button class="menu-item" role="menuitem" on:click=choose(keep::choose_file)>{icon("open")}"Open a file"</button>
                    <button class="menu-item" role="menuitem" on:click=choose(keep::save_file)>{icon("save")}"Save as a file"</button>
                    <button class="menu-item" role="menuitem" on:click=choose(|page| page.dialog.set(Some(Dialog::Keys)))>{icon("keyboard")}"Keys and commands"</button>
                    <button class="menu-item" role="menuitem" on:click=choose(theme::toggle)>{icon("moon")}"Light or dark"</button>
                </div>
            </Show>
        </div>
    }
    .into_any()
}
