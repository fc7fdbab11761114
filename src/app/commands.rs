//! Commands as the screen carries them out: keys, the command palette, and what only a page can do (files, clipboard, panels).

use super::dialog::Dialog;
use super::dom;
use super::page::Page;
use super::pinned::Control as Pinning;
use super::run::Control;
use super::ui::prelude::*;
use super::{inspector, keep, later, share, theme};
use crate::editor::{COMMANDS, Command, CommandId, KeyPress, Ran};
use loadscape_sim::catalog::{KINDS, ZONE_KINDS};
use web_sys::{ClipboardEvent, KeyboardEvent};

/// Listens for keys and the clipboard.
pub fn listen(page: Page) {
    dom::listen(&dom::window(), "keydown", move |event: KeyboardEvent| {
        key(page, &event)
    });
    for (name, cuts) in [("copy", false), ("cut", true)] {
        dom::listen(&dom::document(), name, move |event: ClipboardEvent| {
            copy(page, &event, cuts)
        });
    }
    dom::listen(&dom::document(), "paste", move |event: ClipboardEvent| {
        if on_drawing(page)
            && let Some(text) = event
                .clipboard_data()
                .and_then(|data| data.get_data("text/plain").ok())
                .filter(|text| !text.is_empty())
        {
            event.prevent_default();
            later::with(page, move |later| (later.paste)(page, &text));
        }
    });
}

/// Puts parts from the clipboard's text onto the drawing.
pub fn paste(page: Page, text: &str) {
    page.try_act(|editor| editor.paste(text, None));
}

/// The selected parts as text for the clipboard.
pub fn copied(page: Page) -> Option<String> {
    page.editor().copy()
}

/// Whether this is a Mac, where Command stands for Control.
pub fn is_mac() -> bool {
    dom::window()
        .navigator()
        .platform()
        .is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}

fn key(page: Page, event: &KeyboardEvent) {
    if event.is_composing() || event.default_prevented() {
        return;
    }
    let press = KeyPress {
        key: event.key(),
        primary: if is_mac() {
            event.meta_key()
        } else {
            event.ctrl_key()
        },
        shift: event.shift_key(),
        alt: event.alt_key(),
    };
    if page.dialog.with_untracked(Option::is_some) {
        if press.key == "Escape" {
            event.prevent_default();
            super::dialog::close(page);
        }
        return;
    }
    if dom::takes_keys(event) {
        // A field keeps its keys, except those that never mean text; a drag of a tool ends by Escape wherever the keyboard is.
        let global = press.primary && matches!(press.key.as_str(), "k" | "s" | "o");
        if press.key == "Escape" {
            page.act(crate::editor::Editor::cancel);
            dom::focus("canvas");
            return;
        }
        if !global {
            return;
        }
    } else if is_button(event)
        && (matches!(press.key.as_str(), "Enter" | " " | "Tab") || event.key().starts_with("Arrow"))
    {
        return;
    }
    // Tab leaves the drawing, unless a connection under way uses it.
    let ran = page.editor().key(&press, dom::now_ms());
    match ran {
        None => {}
        Some(Ran::Done(effects)) => {
            event.prevent_default();
            super::sync::show(page, effects);
            // With the selection goes the panel in which the focus may have been.
            dom::focus_if_lost("canvas");
        }
        // Their clipboard events follow, and they need the browser's own doing for it.
        Some(Ran::ForTheScreen(CommandId::Cut | CommandId::Copy | CommandId::Paste)) => {}
        Some(Ran::ForTheScreen(command)) => {
            event.prevent_default();
            on_screen(page, command);
        }
    }
}

fn is_button(event: &KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| {
            element
                .closest("button, summary, a, input, [role=tab]")
                .is_ok_and(|found| found.is_some())
        })
}

/// Whether the clipboard's keys mean the drawing rather than some text.
fn on_drawing(page: Page) -> bool {
    let in_field = dom::document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    });
    let text = dom::window()
        .get_selection()
        .ok()
        .flatten()
        .is_some_and(|selection| !selection.is_collapsed());
    !in_field && !text && page.dialog.with_untracked(Option::is_none)
}

fn copy(page: Page, event: &ClipboardEvent, cuts: bool) {
    if !on_drawing(page) {
        return;
    }
    // Where there is something to copy, everything is there.
    let copied = later::loaded().and_then(|later| (later.copy)(page));
    let (Some(text), Some(data)) = (copied, event.clipboard_data()) else {
        return;
    };
    if data.set_data("text/plain", &text).is_ok() {
        event.prevent_default();
        if cuts {
            page.try_act(crate::editor::Editor::delete_selection);
        } else {
            page.announcement.set("Copied.".to_owned());
        }
    }
}

/// Runs a command from a menu or the palette.
pub fn run(page: Page, command: CommandId) {
    let ran = page.editor().run(command, dom::now_ms());
    match ran {
        Ran::Done(effects) => super::sync::show(page, effects),
        Ran::ForTheScreen(command) => on_screen(page, command),
    }
}

fn on_screen(page: Page, command: CommandId) {
    match command {
        CommandId::New => keep::new_drawing(page),
        CommandId::Scenarios => page.dialog.set(Some(Dialog::Scenarios)),
        CommandId::OpenFile => keep::choose_file(page),
        CommandId::SaveFile => keep::save_file(page),
        CommandId::CopyLink => share::copy_link(page),
        CommandId::Inspect | CommandId::Rename => inspector::edit(page),
        CommandId::FindPart => {
            page.drawer.set(Some(super::page::Drawer::Parts));
            page.lesson_folded.set(true);
            // At once, so that what is typed next lands in the field; later only where a drawer must come out first.
            dom::focus_soon("find-part");
        }
        CommandId::CommandPalette => page.dialog.set(Some(Dialog::Commands)),
        CommandId::Help => page.dialog.set(Some(Dialog::Keys)),
        CommandId::ToggleTheme => theme::toggle(page),
        CommandId::PlayOrPause => {
            later::with(page, move |later| (later.run)(page, Control::Toggle))
        }
        CommandId::StepOnce => later::with(page, move |later| (later.run)(page, Control::Step)),
        CommandId::Restart => later::with(page, move |later| (later.run)(page, Control::Restart)),
        CommandId::Pin => later::with(page, move |later| (later.pin)(page, Pinning::Pin)),
        CommandId::ShowPinned => later::with(page, move |later| (later.pin)(page, Pinning::Swap)),
        CommandId::Unpin => later::with(page, move |later| (later.pin)(page, Pinning::Unpin)),
        CommandId::Why => later::with(page, move |later| (later.why)(page)),
        CommandId::Incidents => page.dialog.set(Some(Dialog::Incidents)),
        CommandId::Lessons => page.dialog.set(Some(Dialog::Lessons)),
        CommandId::TryIncident(id) => later::with(page, move |later| (later.incident)(page, id)),
        CommandId::EndRun => later::with(page, move |later| (later.run)(page, Control::End)),
        // The clipboard can only be used from its own keys and events.
        CommandId::Cut | CommandId::Copy | CommandId::Paste => page
            .announcement
            .set("Use Ctrl+X, Ctrl+C and Ctrl+V.".to_owned()),
        _ => {}
    }
}

/// An entry of the command palette.
#[derive(Clone, Debug)]
struct Entry {
    label: String,
    group: &'static str,
    keys: String,
    command: CommandId,
}

fn entries(page: Page) -> Vec<Entry> {
    let mac = is_mac();
    let editor = page.editor();
    let commands: Vec<Entry> = COMMANDS
        .iter()
        .filter(|command| {
            command.id != CommandId::CommandPalette
                && !matches!(
                    command.id,
                    CommandId::Cut | CommandId::Copy | CommandId::Paste
                )
        })
        .filter(|command| editor.available(command.when))
        .map(|command| Entry {
            label: command.label.to_owned(),
            group: command.group.label(),
            keys: command
                .keys
                .first()
                .map(|keys| keys.label(mac))
                .unwrap_or_default(),
            command: command.id,
        })
        .collect();
    let parts = KINDS.iter().map(|kind| Entry {
        label: format!("Add {}", kind.label),
        group: "Parts",
        keys: String::new(),
        command: CommandId::AddPart(kind.kind),
    });
    let zones = ZONE_KINDS.iter().map(|zone| Entry {
        label: format!("Add zone: {}", zone.label),
        group: "Zones",
        keys: String::new(),
        command: CommandId::AddZone(zone.kind),
    });
    drop(editor);
    let incidents = super::run::incident_entries(page).into_iter();
    let incidents = incidents
        .filter(|entry| entry.here.is_ok())
        .map(|entry| Entry {
            label: format!("Try {}", entry.name),
            group: "Incidents",
            keys: String::new(),
            command: CommandId::TryIncident(entry.id),
        });
    let all = commands.into_iter().chain(parts).chain(zones);
    all.chain(incidents).collect()
}

/// The command palette: everything that can be done, found by typing.
pub fn palette(page: Page) -> AnyView {
    let all = StoredValue::new(entries(page));
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let words: Vec<String> = query
            .read()
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        all.with_value(|all| {
            (0..all.len())
                .filter(|index| {
                    let label = all[*index].label.to_lowercase();
                    words.iter().all(|word| label.contains(word.as_str()))
                })
                .collect::<Vec<_>>()
        })
    });
    let choose = move |index: usize| {
        let command = all.with_value(|all| all.get(index).map(|entry| entry.command));
        super::dialog::close(page);
        if let Some(command) = command {
            run(page, command);
        }
    };
    let keys = move |event: KeyboardEvent| {
        super::dialog::list_keys(&event, at, found, ".command-list", &choose)
    };
    view! {
        <div class="dialog" role="dialog" aria-modal="true" aria-label="Commands" data-testid="command-palette">
            <input
                class="command-field"
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls="command-list"
                aria-activedescendant=move || format!("command-{}", at.get())
                placeholder="What do you want to do?"
                aria-label="Find a command"
                autocomplete="off"
                spellcheck="false"
                data-testid="command-field"
                prop:value=move || query.get()
                on:input:target=move |event| { query.set(event.target().value()); at.set(0); }
                on:keydown=keys
            />
            <div class="command-list scrolls" role="listbox" id="command-list">
                {move || found.get().into_iter().enumerate().map(|(place, index)| {
                    let entry = all.with_value(|all| all[index].clone());
                    view! {
                        <button
                            type="button"
                            class="menu-item"
                            role="option"
                            tabindex="-1"
                            id=format!("command-{place}")
                            aria-selected=move || (at.get() == place).to_string()
                            on:pointermove=move |_| if at.get_untracked() != place { at.set(place) }
                            on:click=move |_| choose(index)
                        >
                            <span class="grow">{entry.label}</span>
                            <span class="mute">{entry.group}</span>
                            {(!entry.keys.is_empty()).then(|| view! { <kbd>{entry.keys}</kbd> })}
                        </button>
                    }
                }).collect_view()}
                <Show when=move || found.read().is_empty()><p class="empty dialog-body">"Nothing is called that."</p></Show>
            </div>
        </div>
    }
    .into_any()
}

/// Every key, by what it is for.
pub fn keys(page: Page) -> AnyView {
    let mac = is_mac();
    let mut groups: Vec<(&'static str, Vec<&'static Command>)> = Vec::new();
    for command in COMMANDS.iter().filter(|command| !command.keys.is_empty()) {
        match groups
            .iter_mut()
            .find(|(group, _)| *group == command.group.label())
        {
            Some((_, commands)) => commands.push(command),
            None => groups.push((command.group.label(), vec![command])),
        }
    }
    view! {
        <div class="dialog" role="dialog" aria-modal="true" aria-label="Keys and commands" data-testid="keys">
            <div class="dialog-body scrolls">
                <h2>"Keys"</h2>
                <p class="mute">"Drag from a part's right edge to what it calls. A part that is let go on a link is inserted into it. Space or the middle button pans; the wheel with Ctrl zooms. In the connect mode, arrows choose the other end and Enter connects."</p>
                <div class="keys">
                    {groups.into_iter().map(|(group, commands)| view! {
                        <h3>{group}</h3>
                        {commands.into_iter().map(|command| view! {
                            <span>{command.label}</span>
                            <span class="key-list">{command.keys.iter().map(|keys| view! { <kbd>{keys.label(mac)}</kbd>" " }).collect_view()}</span>
                        }).collect_view()}
                    }).collect_view()}
                    <h3>"Panels"</h3>
                    <span>"Next panel: lesson, parts, drawing, properties, results"</span>
                    <span class="key-list"><kbd>"F6"</kbd></span>
                    <span>"Previous panel"</span>
                    <span class="key-list"><kbd>"Shift+F6"</kbd></span>
                </div>
            </div>
            <div class="dialog-foot">
                <button type="button" class="button" on:click=move |_| page.dialog.set(Some(Dialog::Commands))>"All commands"</button>
                <button type="button" class="button primary" data-testid="dialog-close" autofocus on:click=move |_| super::dialog::close(page)>"Close"</button>
            </div>
        </div>
    }
    .into_any()
}
