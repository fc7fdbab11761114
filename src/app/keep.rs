//! Keeping work: in this browser as it changes, in files, and safe from what wants to replace it.

use super::dialog::{Dialog, offer, tell};
use super::dom;
use super::later;
use super::page::{Page, SavedState, lock};
use super::share;
use super::slot::{self, Refused, Stored, Written};
use crate::editor::Editor;
use crate::editor::session::{Answer, Opening, Session, Source, Standing, Start, is_blank};
use loadscape_sim::lesson::is_lesson;
use loadscape_sim::scenario::{self, Problem, Reading, Scenario};
use std::cell::Cell;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, HtmlAnchorElement, Url};

/// How often storing is considered while there is something to store, in milliseconds.
const TICK_MS: u32 = 200;

thread_local! {
    static TICKING: Cell<bool> = const { Cell::new(false) };
    // What was wrong with a document that waits for an answer.
    static UNTOLD: Cell<Option<Dialog>> = const { Cell::new(None) };
}

/// What the page begins with.
#[derive(Debug)]
pub struct Restored {
    /// The editor with its document.
    pub editor: Editor,
    /// What is kept of it, and what waits for an answer.
    pub session: Session,
    /// What was wrong with the document as it was read.
    pub problems: Vec<Problem>,
    /// Something to tell, e.g. that the link is damaged.
    pub notice: Option<String>,
}

impl Restored {
    /// An empty drawing.
    pub fn nothing() -> Self {
        let editor = Editor::new(Scenario::default());
        let (session, _) = Session::start(None, None, Scenario::default(), editor.state());
        Restored {
            editor,
            session,
            problems: Vec::new(),
            notice: None,
        }
    }
}

/// What there is to begin with, as it was found.
pub struct Found {
    stored: Option<Stored>,
    linked: bool,
}

impl Found {
    /// Whether neither this browser nor the address holds a document.
    pub fn is_nothing(&self) -> bool {
        self.stored.is_none() && !self.linked
    }
}

/// Looks what this browser and the address hold.
pub fn found() -> Found {
    Found {
        stored: slot::restore(),
        linked: share::address_holds_something(),
    }
}

/// The address's document, else the kept work, else an empty drawing.
pub fn restore(found: Found) -> Restored {
    let mut problems = Vec::new();
    let stored = found.stored.and_then(|stored| {
        let scenario = scenario::read(&stored.text).scenario?;
        Some((scenario, stored.kept))
    });
    let link = share::from_address().map(|reading| {
        reading.and_then(
            |Reading {
                 scenario,
                 problems: found,
             }| {
                problems = found;
                scenario.ok_or_else(|| {
                    problems
                        .first()
                        .map_or_else(|| "It holds no drawing.".to_owned(), ToString::to_string)
                })
            },
        )
    });
    let state = Editor::new(Scenario::default()).state();
    let (session, Start { scenario, notice }) =
        Session::start(stored, link, Scenario::default(), state);
    Restored {
        editor: Editor::new(scenario),
        session,
        problems,
        notice,
    }
}

/// Listens for links that arrive while the page is open, and stores what is left when it goes away.
pub fn listen(page: Page) {
    dom::listen(&dom::window(), "hashchange", move |_: web_sys::Event| {
        later::with(page, move |later| (later.open_address)(page));
    });
    for event in ["pagehide", "visibilitychange"] {
        dom::listen(&dom::window(), event, move |_: web_sys::Event| store(page));
    }
    dom::listen(
        &dom::document(),
        "visibilitychange",
        move |_: web_sys::Event| store(page),
    );
    // What the browser has refused to keep is lost with the page: whoever leaves is asked first.
    dom::listen(
        &dom::window(),
        "beforeunload",
        move |event: web_sys::Event| {
            if page.saved.get_untracked() == SavedState::Failed {
                event.prevent_default();
            }
        },
    );
    dom::listen(&dom::window(), "storage", move |_: web_sys::Event| {
        stored_elsewhere(page)
    });
    dom::listen_actively(&dom::window(), "dragover", |event: web_sys::DragEvent| {
        event.prevent_default()
    });
    dom::listen_actively(&dom::window(), "drop", move |event: web_sys::DragEvent| {
        event.prevent_default();
        if let Some(file) = event
            .data_transfer()
            .and_then(|data| data.files())
            .and_then(|files| files.get(0))
        {
            read_file(page, file);
        }
    });
}

/// Opens the link that was put into the address of the open page.
pub fn open_address(page: Page) {
    if let Some(lesson) = share::lesson_link() {
        share::clear_address();
        return super::learn::open_link(page, &lesson);
    }
    match share::from_address() {
        None => return,
        Some(Err(reason)) => tell(
            page,
            format!("{reason} Your own work is as you left it."),
            true,
        ),
        Some(Ok(reading)) => take(page, reading, Source::Link),
    }
    share::clear_address();
}

/// Opens a file's text.
pub fn open_text(page: Page, text: &str) {
    if is_lesson(text) {
        return super::learn::open_text(page, text);
    }
    take(page, scenario::read(text), Source::File);
}

/// Opens what was read, and shows what was wrong with it.
fn take(page: Page, reading: Reading, source: Source) {
    let Reading { scenario, problems } = reading;
    match scenario {
        Some(scenario) => {
            open(page, scenario, source);
            show_problems(page, "Not everything could be read", problems);
        }
        None => show_problems(page, "This could not be read", problems),
    }
}

/// Lists problems, where there are any: at once, or as soon as the question that is open is answered with "replace".
pub fn show_problems(page: Page, title: &str, problems: Vec<Problem>) {
    if problems.is_empty() {
        return;
    }
    let dialog = Dialog::Problems {
        title: title.to_owned(),
        problems: Arc::new(problems),
    };
    match page.dialog.get_untracked() {
        None => page.dialog.set(Some(dialog)),
        Some(Dialog::Question(_)) => UNTOLD.set(Some(dialog)),
        Some(_) => {}
    }
}

/// Opens a document, after asking where work would be lost.
pub fn open(page: Page, scenario: Scenario, source: Source) {
    let opening = {
        let editor = page.editor();
        lock(&page.session).open(scenario, source.clone(), editor.scenario(), editor.state())
    };
    match opening {
        Opening::Now(scenario) => replace(page, scenario),
        Opening::Ask => page.dialog.set(Some(Dialog::Question(source))),
        Opening::AlreadyOpen => tell(page, "This drawing is open already.", false),
    }
}

/// Asks the question that the session has waiting, if it has one.
pub fn ask_if_waiting(page: Page) {
    let source = lock(&page.session)
        .question()
        .map(|question| question.source.clone());
    if let Some(source) = source {
        page.dialog.set(Some(Dialog::Question(source)));
    }
}

/// Answers the question.
pub fn answer(page: Page, answer: Answer) {
    let scenario = lock(&page.session).answer(answer);
    let untold = UNTOLD.take();
    page.dialog.set(None);
    if let Some(scenario) = scenario {
        replace(page, scenario);
        page.dialog.set(untold);
    }
}

fn replace(page: Page, scenario: Scenario) {
    // A lesson has its own drawing: with another one it is over for now.
    if let Some(later) = later::loaded().filter(|_| page.learns.get_untracked()) {
        (later.leave_lesson)(page);
    }
    page.act(|editor| editor.open(scenario));
    let state = page.editor().state();
    lock(&page.session).opened(state);
    store(page);
    // What it was chosen on, such as a card of the empty drawing, is gone.
    dom::focus_if_lost("canvas");
}

/// Another tab has stored something. Where it took this tab's place, the person learns it before going on, and can look at it.
fn stored_elsewhere(page: Page) {
    thread_local! {
        static TOLD: Cell<bool> = const { Cell::new(false) };
    }
    let state = page.editor().state();
    // With changes of its own, this tab says so when it stores them.
    if !slot::is_taken() || lock(&page.session).must_store(state) {
        TOLD.set(false);
        return;
    }
    if !TOLD.replace(true) {
        offer(
            page,
            "This drawing was changed in another tab. Go on here, and both are kept.",
            "Show that one here",
            move |page| {
                TOLD.set(false);
                later::with(page, move |later| (later.show_other)(page, ""));
            },
        );
    }
}

/// Goes on with what another tab has stored. What this tab had stays stored where it was.
pub fn show_other(page: Page, other: &str) {
    store(page);
    let stored = slot::stored_by(other)
        .and_then(|stored| Some((scenario::read(&stored.text).scenario?, stored.kept)));
    let Some((scenario, kept)) = stored else {
        return tell(page, "The other tab's drawing is no longer there.", true);
    };
    slot::adopt(other);
    page.act(|editor| editor.open(scenario));
    let state = page.editor().state();
    lock(&page.session).took_over(state, kept);
    show_standing(page);
}

/// Offers what other tabs had stored apart and is nowhere else, when the page is opened anew.
pub fn offer_left_over(page: Page) {
    for other in slot::left_by_others() {
        later::with(page, move |later| (later.offer_other)(page, other));
    }
}

/// Offers what that tab had stored apart.
pub fn offer_other(page: Page, other: String) {
    let scenario = slot::stored_by(&other)
        .filter(|stored| !stored.kept)
        .and_then(|stored| scenario::read(&stored.text).scenario)
        .filter(|scenario| !is_blank(scenario) && page.read(|own| own != scenario));
    let Some(scenario) = scenario else {
        slot::clear(&other);
        return;
    };
    offer(
        page,
        format!(
            "Another tab's drawing is kept as well: “{}”.",
            scenario.title
        ),
        "Open it",
        move |page| show_other(page, &other),
    );
}

/// Starts an empty drawing.
pub fn new_drawing(page: Page) {
    open(page, Scenario::default(), Source::New);
}

/// The document changed: store it when it has been quiet for a moment.
pub fn document_changed(page: Page) {
    lock(&page.session).changed(dom::now_ms());
    show_standing(page);
    tick(page);
}

fn tick(page: Page) {
    if TICKING.replace(true) {
        return;
    }
    dom::later(TICK_MS, move || {
        TICKING.set(false);
        let (due, must) = {
            let editor = page.editor();
            let (state, session) = (editor.state(), lock(&page.session));
            // In the middle of a drag there is no time to write, and soon nothing to write either.
            let due = !editor.in_gesture() && session.storing_is_due(state, dom::now_ms());
            (due, session.must_store(state))
        };
        if due {
            later::with(page, move |later| (later.store)(page));
        }
        if must {
            tick(page);
        }
    });
}

/// Stores the work now if it isn't stored. Nothing that needs storing is there before what stores it.
pub fn store(page: Page) {
    let state = page.editor().state();
    let must = lock(&page.session).must_store(state);
    if let Some(later) = later::loaded().filter(|_| must) {
        (later.store)(page);
    }
}

/// Writes the work into this browser's storage.
pub fn write(page: Page) {
    // What is drawn in a lesson is kept with it first, so that whoever opens the page again at something else isn't asked about it.
    super::learn::keep(page);
    let state = page.editor().state();
    // While the pinned design is looked at in its place, one's own is what has to be kept.
    let own = super::pinned::own_while_shown(page);
    let text = own.map_or_else(|| page.read(scenario::write), |own| scenario::write(&own));
    let kept = lock(&page.session).is_kept(state);
    let mut written = slot::write(&text, kept);
    if written == Err(Refused::Full) && super::pinned::make_room() {
        written = slot::write(&text, kept);
    }
    match written {
        Ok(written) => {
            lock(&page.session).stored(state);
            if written == Written::Apart {
                offer(
                    page,
                    "This drawing was changed in another tab, too. Both are kept: yours in this tab, that one in the other.",
                    "Show that one here",
                    move |page| show_other(page, ""),
                );
            }
        }
        Err(refused) => {
            let reason = match refused {
                Refused::Full => "This browser's storage is full. Save the drawing as a file.",
                Refused::NoStorage => {
                    "This browser keeps nothing for this page. Save the drawing as a file."
                }
            };
            let first = !matches!(lock(&page.session).standing(state), Standing::Failed(_));
            lock(&page.session).storing_failed(reason, dom::now_ms());
            if first {
                tell(page, reason, true);
            }
        }
    }
    show_standing(page);
}

fn show_standing(page: Page) {
    let state = page.editor().state();
    let standing = lock(&page.session).standing(state);
    let saved = match standing {
        Standing::Stored => SavedState::Saved,
        Standing::Changed => SavedState::Pending,
        Standing::Failed(_) => SavedState::Failed,
    };
    if page.saved.get_untracked() != saved {
        page.saved.set(saved);
    }
}

/// Saves the drawing as a JSON file.
pub fn save_file(page: Page) {
    later::with(page, move |later| (later.save_file)(page));
}

/// See [`save_file`].
pub fn save_file_now(page: Page) {
    let (text, title, state) = {
        let editor = page.editor();
        (
            scenario::write(editor.scenario()),
            editor.scenario().title.clone(),
            editor.state(),
        )
    };
    let parts = js_sys::Array::of1(&JsValue::from_str(&text));
    let saved = Blob::new_with_str_sequence(&parts)
        .and_then(|blob| Url::create_object_url_with_blob(&blob))
        .and_then(|address| {
            let anchor: HtmlAnchorElement = dom::document().create_element("a")?.unchecked_into();
            anchor.set_href(&address);
            anchor.set_download(&file_name(&title));
            anchor.click();
            Url::revoke_object_url(&address)
        });
    match saved {
        Ok(()) => {
            lock(&page.session).exported(state);
            page.announcement.set("Saved as a file.".to_owned());
        }
        Err(_) => tell(page, "The browser didn't let the page save a file.", true),
    }
}

/// A file name from a title: letters, digits and dashes.
fn file_name(title: &str) -> String {
    let mut name = String::new();
    for letter in title.to_lowercase().chars() {
        if letter.is_alphanumeric() {
            name.push(letter);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    format!("{}.json", if name.is_empty() { "loadscape" } else { name })
}

/// Lets the user choose a file to open.
pub fn choose_file(page: Page) {
    dom::choose_file(".json,application/json", move |file| read_file(page, file));
}

fn read_file(page: Page, file: web_sys::File) {
    dom::read_text(file, move |text| match text {
        Some(text) => later::with(page, move |later| (later.open_text)(page, &text)),
        None => tell(page, "That file could not be read.", true),
    });
}
