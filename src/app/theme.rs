//! Light or dark: what the system prefers until the user says otherwise; the choice is kept in this browser.

use super::dom;
use super::page::Page;
use web_sys::MediaQueryListEvent;

const KEY: &str = "loadscape.theme";

/// Takes up the kept choice and follows the system where there is none.
pub fn start(page: Page) {
    apply(kept().as_deref());
    page.dark.set(is_dark());
    if let Ok(Some(query)) = dom::window().match_media("(prefers-color-scheme: dark)") {
        dom::listen(&query, "change", move |_: MediaQueryListEvent| {
            page.dark.set(is_dark())
        });
    }
}

/// Switches to the other one and keeps the choice.
pub fn toggle(page: Page) {
    let theme = if is_dark() { "light" } else { "dark" };
    if let Ok(Some(storage)) = dom::window().local_storage() {
        // A full or forbidden storage forgets the choice with the page, no more.
        let _ = storage.set_item(KEY, theme);
    }
    apply(Some(theme));
    page.dark.set(is_dark());
}

fn kept() -> Option<String> {
    let storage = dom::window().local_storage().ok()??;
    storage
        .get_item(KEY)
        .ok()?
        .filter(|theme| theme == "light" || theme == "dark")
}

fn apply(theme: Option<&str>) {
    if let (Some(theme), Some(root)) = (theme, dom::document().document_element()) {
        let _ = root.set_attribute("data-theme", theme);
    }
}

fn is_dark() -> bool {
    match kept().as_deref() {
        Some(theme) => theme == "dark",
        None => dom::window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}
