//! What the first screen does without: solving, reading and writing documents, the panels' contents and the dialogs.
//!
//! The linked program is cut in two behind these functions (`cargo xtask build` says how). The first part draws and edits; the
//! second is fetched as soon as a hand, a key or a document asks for it. Nothing outside this module names what stands in
//! [`Later`] directly, or it would be pulled into the first part.
// The macro that marks the cut declares the function behind it as a foreign one.
#![allow(unsafe_code)]

use super::dialog::{self, Dialog};
use super::inspector::{self, Subject};
use super::page::Page;
use super::ui::prelude::*;
use super::{
    canvas, commands, dom, keep, learn, pinned, results, run, scenarios, share, solve, why,
};
use std::cell::Cell;
use wasm_bindgen_futures::spawn_local;

/// The second part's functions.
#[derive(Debug)]
pub struct Later {
    /// The document to begin with: the address's, else the one kept in this browser.
    pub restore: fn(keep::Found) -> keep::Restored,
    /// Opens the document that the address now holds.
    pub open_address: fn(Page),
    /// Opens a file's text.
    pub open_text: fn(Page, &str),
    /// Goes on with what another tab has stored there.
    pub show_other: fn(Page, &str),
    /// Offers what another tab has stored there.
    pub offer_other: fn(Page, String),
    /// Opens a built-in scenario by its name.
    pub open_builtin: fn(Page, &str),
    /// Writes the document into this browser's storage.
    pub store: fn(Page),
    /// Saves the document as a file.
    pub save_file: fn(Page),
    /// Opens the lesson that this fragment leads to.
    pub open_lesson: fn(Page, &str),
    /// Leaves the lesson that is open.
    pub leave_lesson: fn(Page),
    /// The lesson beside the drawing.
    pub lesson: fn(Page) -> AnyView,
    /// Copies a link to the document.
    pub copy_link: fn(Page),
    /// Puts parts from the clipboard's text onto the drawing.
    pub paste: fn(Page, &str),
    /// The selected parts as text for the clipboard.
    pub copy: fn(Page) -> Option<String>,
    /// Solves the document and shows the answer.
    pub solve: fn(Page),
    /// Asks why the selected part, or what limits the design, is as it is.
    pub why: fn(Page),
    /// Pins the design, shows the pinned one, or forgets it.
    pub pin: fn(Page, pinned::Control),
    /// What differs from the pinned design, on the drawing.
    pub ghosts: fn(Page) -> AnyView,
    /// Plays, pauses, steps, changes or ends the run.
    pub run: fn(Page, run::Control),
    /// Tries the incident of this identifier.
    pub incident: fn(Page, &str),
    /// The run's controls.
    pub run_bar: fn(Page) -> AnyView,
    /// The run's requests on their way.
    pub flow: fn(Page) -> AnyView,
    /// How much of the drawing a sheet covers, and the controls and the key of a run.
    pub covered: fn(Page, &web_sys::Element) -> crate::editor::Insets,
    /// Shows what a press under this pointer would do.
    pub cursor: fn(Page, &web_sys::PointerEvent),
    /// Where one is on the drawing.
    pub bearings: fn(Page) -> AnyView,
    /// The results' contents.
    pub results: fn(Page) -> AnyView,
    /// What the inspector shows of its subject.
    pub properties: fn(Page, Subject) -> AnyView,
    /// A dialog's contents.
    pub dialog: fn(Page, Dialog) -> AnyView,
}

const LATER: Later = Later {
    restore: keep::restore,
    open_address: keep::open_address,
    open_text: keep::open_text,
    show_other: keep::show_other,
    offer_other: keep::offer_other,
    open_builtin: scenarios::open_now,
    store: keep::write,
    save_file: keep::save_file_now,
    open_lesson: learn::open_link,
    leave_lesson: learn::leave,
    lesson: learn::panel,
    copy_link: share::copy_link_now,
    paste: commands::paste,
    copy: commands::copied,
    solve: solve::now,
    why: why::ask_here,
    pin: pinned::control,
    ghosts: pinned::ghosts,
    run: run::control,
    incident: run::try_incident,
    run_bar: run::bar,
    flow: run::flow,
    covered: run::covered,
    cursor: canvas::show_cursor,
    bearings: canvas::bearings,
    results: results::contents,
    properties: inspector::contents,
    dialog: dialog::contents,
};

thread_local! {
    static LOADED: Cell<Option<&'static Later>> = const { Cell::new(None) };
}

/// The second part could not be fetched.
#[derive(Clone, Copy, Debug)]
struct Unreachable;

const UNREACHABLE: &str = "The rest of Loadscape could not be fetched. Check the connection, then try again: what you drew is still here.";

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for Unreachable {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Unreachable
    }
}

#[cfg(feature = "split")]
#[wasm_split_helpers::wasm_split(later, fallible)]
fn fetch() -> Result<&'static Later, Unreachable> {
    Ok(&LATER)
}

#[cfg(not(feature = "split"))]
async fn fetch() -> Result<&'static Later, Unreachable> {
    Ok(&LATER)
}

/// The second part, where it is there already.
pub fn loaded() -> Option<&'static Later> {
    LOADED.get()
}

/// Does something with the second part: now where it is there, else as soon as it has been fetched.
pub fn with(page: Page, then: impl FnOnce(&'static Later) + 'static) {
    match loaded() {
        Some(later) => then(later),
        None => fetched(move |later| match later {
            Some(later) => {
                arrived(page);
                then(later);
            }
            None => dialog::tell(page, UNREACHABLE, true),
        }),
    }
}

fn arrived(page: Page) {
    if !page.complete.get_untracked() {
        page.complete.set(true);
        page.toasts
            .update(|toasts| toasts.retain(|toast| toast.text != UNREACHABLE));
        // What was drawn while it could not be fetched has no answer yet.
        solve::request(page);
    }
}

/// Fetches the second part and goes on with it; with nothing where it can't be reached. By itself only before there is a page:
/// later on, the page has to know, see [`with`].
pub fn fetched(then: impl FnOnce(Option<&'static Later>) + 'static) {
    dress();
    let then: Box<dyn FnOnce(Option<&'static Later>)> = Box::new(then);
    spawn_local(async move {
        let later = fetch().await.ok();
        if later.is_some() {
            LOADED.set(later);
        }
        then(later);
    });
}

/// Fetches the style sheet of what the second part shows, once; it is smaller than that, and so there before.
fn dress() {
    thread_local! {
        static DRESSED: Cell<bool> = const { Cell::new(false) };
    }
    if DRESSED.replace(true) {
        return;
    }
    let document = dom::document();
    let meta = document.query_selector("meta[name=loadscape-later-style]");
    let address = meta
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute("content"));
    // A page that was built without `cargo xtask build` has all of its sheets at once.
    let (Some(address), Ok(link)) = (address, document.create_element("link")) else {
        return;
    };
    // Only names that are none are refused.
    let _ = link.set_attribute("rel", "stylesheet");
    let _ = link.set_attribute("href", &address);
    if let Some(head) = document.head() {
        let _ = head.append_child(&link);
    }
}

/// Fetches the second part at the first sign of somebody there.
pub fn listen(page: Page) {
    for event in ["pointermove", "pointerdown", "keydown", "focusin", "wheel"] {
        dom::listen(&dom::window(), event, move |_: web_sys::Event| {
            if loaded().is_none() {
                with(page, |_| {});
            }
        });
    }
}

/// A view from the second part, as soon as that is there; until then the other.
pub fn view(
    page: Page,
    until_then: fn(Page) -> AnyView,
    view: impl Fn(&'static Later) -> AnyView + 'static,
) -> AnyView {
    (move || {
        page.complete.track();
        loaded().map_or_else(|| until_then(page), &view)
    })
    .into_any()
}
