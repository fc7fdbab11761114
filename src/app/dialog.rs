//! Dialogs and short messages: what asks, what tells, and how they go away again.

use super::dom;
use super::later;
use super::page::Page;
use super::ui::prelude::*;
use super::{commands, keep, scenarios};
use crate::editor::session::{Answer, Source};
use loadscape_sim::scenario::{Place, Problem, Severity};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// The dialogs there are.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The command palette.
    Commands,
    /// Every key.
    Keys,
    /// The built-in scenarios.
    Scenarios,
    /// The named incidents.
    Incidents,
    /// The lessons.
    Lessons,
    /// Whether a document may replace unsaved work.
    Question(Source),
    /// What was wrong with what was read, or is wrong with what is drawn.
    Problems {
        /// What it is about.
        title: String,
        /// What is wrong.
        problems: Arc<Vec<Problem>>,
    },
    /// The link that could not be copied, to be copied by hand.
    Link(Arc<str>),
    /// The link would be too long.
    LinkTooLong {
        /// Characters that it would have.
        length: usize,
    },
    /// Something went wrong inside.
    Crash,
}

/// A short message.
#[derive(Clone)]
pub struct Toast {
    /// Tells messages apart.
    pub id: u32,
    /// What it says.
    pub text: String,
    /// Whether something went wrong.
    pub trouble: bool,
    /// What can be done about it.
    pub remedy: Option<ToastRemedy>,
}

/// What can be done about what a message says.
#[derive(Clone)]
pub struct ToastRemedy {
    label: &'static str,
    action: std::rc::Rc<dyn Fn(Page)>,
}

/// Says something for a few seconds; what went wrong stays longer.
pub fn tell(page: Page, text: impl Into<String>, trouble: bool) {
    say(page, text.into(), trouble, None);
}

/// Says something that can be answered with a button; it stays until it is.
pub fn offer(
    page: Page,
    text: impl Into<String>,
    label: &'static str,
    action: impl Fn(Page) + 'static,
) {
    let action = std::rc::Rc::new(action);
    say(
        page,
        text.into(),
        false,
        Some(ToastRemedy { label, action }),
    );
}

fn say(page: Page, text: String, trouble: bool, remedy: Option<ToastRemedy>) {
    page.announcement.set(text.clone());
    let stays = remedy.is_some();
    // Never one that was there before: its time would run out with that one's.
    static LAST: AtomicU32 = AtomicU32::new(0);
    let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    page.toasts.update(|toasts| {
        // The newer of two offers of the same is the one to answer.
        let label = |toast: &Option<ToastRemedy>| toast.as_ref().map(|remedy| remedy.label);
        toasts.retain(|toast| {
            toast.text != text && (remedy.is_none() || label(&toast.remedy) != label(&remedy))
        });
        toasts.push(Toast {
            id,
            text,
            trouble,
            remedy,
        });
        if toasts.len() > 3 {
            toasts.remove(0);
        }
    });
    if stays {
        return;
    }
    dom::later(if trouble { 9_000 } else { 3_200 }, move || {
        dismiss(page, id)
    });
}

fn dismiss(page: Page, id: u32) {
    page.toasts
        .update(|toasts| toasts.retain(|toast| toast.id != id));
}

/// The messages.
pub fn toasts(page: Page) -> AnyView {
    view! {
        <div class="toasts" data-testid="toasts">
            <For each=move || page.toasts.get() key=|toast| toast.id children=move |toast| {
                let id = toast.id;
                view! {
                    <div class="toast" class:trouble=toast.trouble role=if toast.trouble { "alert" } else { "status" } data-testid="toast">
                        <span>{toast.text}</span>
                        {toast.remedy.map(|remedy| view! {
                            <button type="button" class="button" data-testid="toast-remedy" on:click=move |_| { dismiss(page, id); (remedy.action)(page); }>{remedy.label}</button>
                        })}
                        <button type="button" class="icon-button" aria-label="Dismiss" on:click=move |_| dismiss(page, id)>{super::icons::icon("close")}</button>
                    </div>
                }
            } />
        </div>
    }
    .into_any()
}

thread_local! {
    /// Where the keyboard was when the dialog came.
    static BEFORE: Cell<Option<HtmlElement>> = const { Cell::new(None) };
}

/// Closes the dialog and gives the keyboard back to the button that a key opened it with, or to the drawing. A question that is closed is answered with "keep mine".
pub fn close(page: Page) {
    if let Some(Dialog::Question(_)) = page.dialog.get_untracked() {
        keep::answer(page, Answer::KeepMine);
    }
    page.dialog.set(None);
    match BEFORE.take().filter(|before| before.is_connected()) {
        Some(before) => drop(before.focus()),
        None => dom::focus("canvas"),
    }
}

/// The dialog that is open.
pub fn dialog(page: Page) -> AnyView {
    (move || {
        page.complete.track();
        let later = later::loaded()?;
        page.dialog.get().map(|dialog| {
            let inner = (later.dialog)(page, dialog);
            let press = move |event: web_sys::PointerEvent| {
                // Only a press on the veil itself closes, not one that bubbles up from the dialog.
                if event.target() == event.current_target() && page.dialog.with_untracked(|dialog| *dialog != Some(Dialog::Crash)) {
                    close(page);
                }
            };
            view! { <div class="veil" mounted=|veil| focus_first(&veil) on:pointerdown=press on:keydown=keep_focus>{inner}</div> }
        })
    })
    .into_any()
}

/// What stands in a dialog.
pub fn contents(page: Page, dialog: Dialog) -> AnyView {
    match dialog {
        Dialog::Commands => commands::palette(page),
        Dialog::Keys => commands::keys(page),
        Dialog::Scenarios => scenarios::dialog(page),
        Dialog::Incidents => super::run::incidents(page),
        Dialog::Lessons => super::learn::dialog(page),
        Dialog::Question(source) => question(page, &source),
        Dialog::Problems { title, problems } => problem_list(page, title, &problems),
        Dialog::Link(link) => link_by_hand(page, &link),
        Dialog::LinkTooLong { length } => too_long(page, length),
        Dialog::Crash => crash(),
    }
}

fn focusable(root: &web_sys::Element) -> Vec<HtmlElement> {
    let Ok(list) = root.query_selector_all(
        "button:not([tabindex='-1']):not([disabled]), input, select, textarea, a[href]",
    ) else {
        return Vec::new();
    };
    (0..list.length())
        .filter_map(|index| list.get(index)?.dyn_into().ok())
        .collect()
}

fn focus_first(veil: &web_sys::Element) {
    let before = dom::document().active_element();
    // Who clicks has the mouse to go on with, and wants the drawing's keys.
    let before = before.filter(|element| element.matches(":focus-visible").unwrap_or(false));
    BEFORE.set(before.and_then(|element| element.dyn_into().ok()));
    let first = veil
        .query_selector("[autofocus]")
        .ok()
        .flatten()
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
        .or_else(|| focusable(veil).into_iter().next());
    if let Some(first) = first {
        let _ = first.focus();
    }
}

/// Keeps Tab within the dialog.
fn keep_focus(event: KeyboardEvent) {
    if event.key() != "Tab" {
        return;
    }
    let Some(veil) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let elements = focusable(&veil);
    let (Some(first), Some(last)) = (elements.first(), elements.last()) else {
        return;
    };
    let active = dom::document().active_element();
    let wraps_to = if event.shift_key() {
        (active.as_deref() == Some(first.as_ref())).then_some(last)
    } else {
        (active.as_deref() == Some(last.as_ref())).then_some(first)
    };
    if let Some(element) = wraps_to {
        event.prevent_default();
        let _ = element.focus();
    }
}

fn question(page: Page, source: &Source) -> AnyView {
    let what = match source {
        Source::Link => "This link holds another drawing.",
        Source::File => "This file holds another drawing.",
        Source::BuiltIn => "You are about to open a built-in scenario.",
        Source::Lesson => "You are about to open a lesson, which brings a drawing of its own.",
        Source::New => "You are about to start an empty drawing.",
    };
    view! {
        <div class="dialog narrow" role="alertdialog" aria-modal="true" aria-label="Replace your work?" data-testid="question">
            <div class="dialog-body">
                <h2>"Replace your work?"</h2>
                <p>{what}" Yours has changes that are in no file and behind no link."</p>
                <p class="mute">"Replacing can be undone as long as this page is open."</p>
            </div>
            <div class="dialog-foot">
                <button type="button" class="button" data-testid="question-save" on:click=move |_| keep::save_file(page)>"Save mine as a file"</button>
                <span class="grow"></span>
                <button type="button" class="button" autofocus data-testid="question-keep" on:click=move |_| close(page)>"Keep mine"</button>
                <button type="button" class="button primary" data-testid="question-replace" on:click=move |_| {
                    dom::focus("canvas");
                    keep::answer(page, Answer::Replace);
                }>"Replace"</button>
            </div>
        </div>
    }
    .into_any()
}

fn problem_list(page: Page, title: String, problems: &[Problem]) -> AnyView {
    let rows = problems.iter().cloned().map(|problem| {
        let item = match &problem.place {
            Place::Component { id, .. } => Some(crate::editor::Item::Component(*id)),
            Place::Link { id, .. } => Some(crate::editor::Item::Link(*id)),
            Place::Zone { id, .. } => Some(crate::editor::Item::Zone(*id)),
            _ => None,
        };
        let item = item.filter(|item| page.editor().exists(*item));
        let place = match (&problem.place.to_string(), &problem.field) {
            (place, Some(field)) => format!("{place}, {field}"),
            (place, None) => place.clone(),
        };
        let word = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "note",
        };
        view! {
            <li>
                <b class:bad=problem.severity == Severity::Error>{word}</b>" · "
                {match item {
                    Some(item) => view! { <button type="button" class="link" on:click=move |_| { close(page); page.select(Some(item)); }>{place}</button> }.into_any(),
                    None => view! { <span>{place}</span> }.into_any(),
                }}
                <div>{problem.message}</div>
                <div class="remedy-text">{problem.remedy}</div>
            </li>
        }
    });
    view! {
        <div class="dialog" role="dialog" aria-modal="true" aria-labelledby="problems-title" data-testid="problems">
            <div class="dialog-body scrolls">
                <h2 id="problems-title">{title}</h2>
                <ul class="problems">{rows.collect_view()}</ul>
            </div>
            <div class="dialog-foot"><button type="button" class="button primary" autofocus data-testid="dialog-close" on:click=move |_| close(page)>"Close"</button></div>
        </div>
    }
    .into_any()
}

fn link_by_hand(page: Page, link: &str) -> AnyView {
    let select = |field: web_sys::Element| {
        if let Some(field) = field.dyn_ref::<web_sys::HtmlTextAreaElement>() {
            field.select();
        }
    };
    view! {
        <div class="dialog" role="dialog" aria-modal="true" aria-label="Link to this drawing" data-testid="link-dialog">
            <div class="dialog-body">
                <h2>"Link to this drawing"</h2>
                <p>"The browser didn't let the page copy it. It is selected: copy it by hand."</p>
                <textarea class="field" readonly mounted=select rows="5" aria-label="Link" data-testid="link-text" prop:value=link.to_owned()></textarea>
            </div>
            <div class="dialog-foot"><button type="button" class="button primary" data-testid="dialog-close" on:click=move |_| close(page)>"Close"</button></div>
        </div>
    }
    .into_any()
}

fn too_long(page: Page, length: usize) -> AnyView {
    let length = loadscape_sim::quantities::whole(length as f64);
    let most = loadscape_sim::quantities::whole(loadscape_sim::share::LONGEST_LINK as f64);
    view! {
        <div class="dialog narrow" role="dialog" aria-modal="true" aria-label="Too large for a link" data-testid="too-long">
            <div class="dialog-body">
                <h2>"Too large for a link"</h2>
                <p>{format!("The link would have {length} characters; address bars and messengers cut links above about {most}. Send the file instead: it holds the same drawing.")}</p>
            </div>
            <div class="dialog-foot">
                <button type="button" class="button" data-testid="dialog-close" on:click=move |_| close(page)>"Close"</button>
                <button type="button" class="button primary" autofocus on:click=move |_| { keep::save_file(page); close(page); }>"Save the file"</button>
            </div>
        </div>
    }
    .into_any()
}

fn crash() -> AnyView {
    view! {
        <div class="dialog narrow" role="alertdialog" aria-modal="true" aria-label="Something went wrong">
            <div class="dialog-body"><h2>"Something went wrong"</h2><p>"Your work is kept in this browser. Reload the page to go on."</p></div>
        </div>
    }
    .into_any()
}

/// Keys in the field above a dialog's list: the arrows move along what is `found`, Enter chooses, and the row that one is `at` stays in sight.
pub fn list_keys(
    event: &KeyboardEvent,
    at: RwSignal<usize>,
    found: Memo<Vec<usize>>,
    list: &'static str,
    choose: &dyn Fn(usize),
) {
    let count = found.with_untracked(Vec::len);
    match event.key().as_str() {
        "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
        "ArrowUp" if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
        "Enter" => {
            let chosen = found.with_untracked(|found| found.get(at.get_untracked()).copied());
            if let Some(index) = chosen {
                choose(index);
            }
        }
        _ => return,
    }
    event.prevent_default();
    dom::next_frame(move || {
        let row = dom::document().query_selector(&format!("{list} [aria-selected=true]"));
        if let Ok(Some(row)) = row {
            dom::bring_into_view(&row);
        }
    });
}
