//! Share links: the whole drawing in the address's fragment, copied to the clipboard; what arrives is not trusted.

use super::dialog::{Dialog, tell};
use super::dom;
use super::later;
use super::page::{Page, lock};
use loadscape_sim::scenario::Reading;
use loadscape_sim::share;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Copies a link that holds the drawing; where it would be too long, offers the file.
pub fn copy_link(page: Page) {
    later::with(page, move |later| (later.copy_link)(page));
}

/// See [`copy_link`].
pub fn copy_link_now(page: Page) {
    let (fragment, state) = {
        let editor = page.editor();
        (share::encode(editor.scenario()), editor.state())
    };
    if fragment.len() > share::LONGEST_LINK {
        page.dialog.set(Some(Dialog::LinkTooLong {
            length: fragment.len(),
        }));
        return;
    }
    let Ok(address) = dom::window().location().href() else {
        return;
    };
    let address = address.split('#').next().unwrap_or_default();
    let link = format!("{address}#{fragment}");
    let said = format!(
        "Link copied. It holds the whole drawing in {} characters.",
        loadscape_sim::quantities::whole(link.len() as f64)
    );
    copy(page, link, said, move || {
        lock(&page.session).exported(state)
    });
}

/// Puts a link into the clipboard and says so; where there is none, or it refuses, shows the link to be copied by hand. Then does the rest.
pub fn copy(page: Page, link: String, said: impl Into<String>, then: impl FnOnce() + 'static) {
    let navigator = dom::window().navigator();
    // A page that didn't come over https, nor from this machine, has no clipboard.
    let has_clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into())
        .is_ok_and(|clipboard| clipboard.is_object());
    if !has_clipboard {
        then();
        return page.dialog.set(Some(Dialog::Link(link.into())));
    }
    let promise = navigator.clipboard().write_text(&link);
    let said = said.into();
    spawn_local(async move {
        let is_copied = JsFuture::from(promise).await.is_ok();
        then();
        if is_copied {
            tell(page, said, false);
        } else {
            page.dialog.set(Some(Dialog::Link(link.into())));
        }
    });
}

/// Whether the address holds a document, readable or not.
pub fn address_holds_something() -> bool {
    dom::window()
        .location()
        .hash()
        .is_ok_and(|hash| hash.len() > 1)
}

/// The address's fragment, where it leads to a lesson and holds no document, whose text never begins so.
pub fn lesson_link() -> Option<String> {
    let fragment = dom::window().location().hash().ok()?;
    fragment.starts_with("#lesson").then_some(fragment)
}

/// What the address holds, if it holds anything.
pub fn from_address() -> Option<Result<Reading, String>> {
    let fragment = dom::window().location().hash().ok()?;
    let fragment = fragment.trim_start_matches('#');
    if fragment.is_empty() || lesson_link().is_some() {
        return None;
    }
    Some(share::decode(fragment).map_err(|error| error.to_string()))
}

/// Takes the drawing out of the address, so that a reload shows the work and not the link it began with.
pub fn clear_address() {
    let window = dom::window();
    let location = window.location();
    if let (Ok(history), Ok(path), Ok(query)) =
        (window.history(), location.pathname(), location.search())
    {
        // Where the browser forbids it (a file address), the fragment simply stays.
        let _ = history.replace_state_with_url(
            &wasm_bindgen::JsValue::NULL,
            "",
            Some(&format!("{path}{query}")),
        );
    }
}
