//! From one region of the page to the next by F6, as elsewhere: Tab alone takes a hundred presses from a lesson to a parameter.

use super::dom;
use super::page::Page;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// The regions in their order: what each is within, and what of it takes the focus, the first that can.
const REGIONS: [(&str, &str); 6] = [
    (".header", ANYTHING),
    (".lesson", ""),
    (".palette", "#find-part"),
    (".canvas-area", "#canvas"),
    (".inspector", ANYTHING),
    (".results", ANYTHING),
];
/// What can have the focus.
const ANYTHING: &str = ":is(button, input, select, textarea, summary, a[href], [tabindex]):not([tabindex=\"-1\"], [disabled])";

/// Listens for the key.
pub fn listen(page: Page) {
    thread_local! {
        static LISTENS: Cell<bool> = const { Cell::new(false) };
    }
    if LISTENS.replace(true) {
        return;
    }
    dom::listen(&dom::window(), "keydown", move |event: KeyboardEvent| {
        let plain = !(event.ctrl_key() || event.alt_key() || event.meta_key());
        let is_free = page.dialog.with_untracked(Option::is_none);
        if event.key() == "F6" && plain && is_free && go(!event.shift_key()) {
            event.prevent_default();
        }
    });
}

/// Goes to the next region that is in sight, or the one before; whether there is one.
fn go(forwards: bool) -> bool {
    let active = dom::document().active_element();
    let is_within = |selector: &str| {
        let inside = active.as_ref().map(|active| active.closest(selector));
        inside.is_some_and(|inside| inside.is_ok_and(|found| found.is_some()))
    };
    let count = REGIONS.len();
    let here = REGIONS.iter().position(|(region, _)| is_within(region));
    let step = |by: usize| match (here, forwards) {
        (Some(here), true) => (here + by) % count,
        (Some(here), false) => (here + count - by) % count,
        (None, true) => by - 1,
        (None, false) => count - by,
    };
    let target = (1..=count).map(step).find_map(|place| {
        let (region, inside) = REGIONS[place];
        target(region, inside)
    });
    // Only what can have the focus is found.
    target.is_some_and(|target| target.focus().is_ok())
}

/// What takes the focus in this region, while that is in sight.
fn target(region: &str, inside: &str) -> Option<HtmlElement> {
    let region = dom::document().query_selector(region).ok().flatten()?;
    if !is_in_sight(&region) {
        return None;
    }
    if inside.is_empty() {
        return region.dyn_into().ok();
    }
    let found = region.query_selector_all(inside).ok()?;
    (0..found.length())
        .filter_map(|place| found.item(place)?.dyn_into::<HtmlElement>().ok())
        .find(|element| element.offset_width() > 0)
}

/// A drawer that is closed stands beside the window.
pub fn is_in_sight(element: &Element) -> bool {
    let own = element.get_bounding_client_rect();
    let (width, height) = dom::window_size().unwrap_or((f64::INFINITY, f64::INFINITY));
    let seen = dom::window().get_computed_style(element).ok().flatten();
    let seen = seen.and_then(|style| style.get_property_value("visibility").ok());
    own.width() > 0.0
        && own.height() > 0.0
        && own.right() > 0.0
        && own.bottom() > 0.0
        && own.left() < width
        && own.top() < height
        && seen.is_none_or(|seen| seen == "visible")
}
