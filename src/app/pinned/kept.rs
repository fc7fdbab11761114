//! Where a pinned design and one's own beside it are kept: in the storage of the tab, which outlives a reload and is no other tab's, and in the
//! browser's, for a tab that is opened when this one has been closed. It never takes room that the work itself needs.

use crate::app::dom;
use crate::app::slot;
use loadscape_sim::scenario::{self, Scenario};
use web_sys::Storage;

/// All that may be kept here.
const KEYS: [&str; 2] = [super::KEY, super::aside::KEY];

fn tab() -> Option<Storage> {
    dom::window().session_storage().ok().flatten()
}

fn get(storage: Option<Storage>, key: &str) -> Option<String> {
    storage?.get_item(key).ok().flatten()
}

/// Keeps a document; whether that outlives a reload.
pub fn keep(key: &str, text: &str) -> bool {
    let mut kept = false;
    for storage in [slot::storage(), tab()].into_iter().flatten() {
        match storage.set_item(key, text) {
            Ok(()) => kept = true,
            // Nothing is better than what was kept before and is something else.
            Err(_) => {
                let _ = storage.remove_item(key);
            }
        }
    }
    kept
}

/// Forgets it here; another tab's that has been kept since stays.
pub fn forget(key: &str) {
    let own = get(tab(), key);
    if let Some(storage) = slot::storage()
        && get(slot::storage(), key) == own
    {
        // What can't be taken away is read again in another tab, and can be unpinned again.
        let _ = storage.remove_item(key);
    }
    if let Some(storage) = tab() {
        // After a reload it is known that there is none.
        let _ = storage.set_item(key, "");
    }
}

/// Whether this tab has had anything to keep under this name, be it gone.
pub fn knows(key: &str) -> bool {
    get(tab(), key).is_some()
}

/// What this tab keeps.
pub fn of_this_tab(key: &str) -> Option<Scenario> {
    scenario::read(&get(tab(), key)?).scenario
}

/// What a tab has kept last.
pub fn of_any_tab(key: &str) -> Option<Scenario> {
    scenario::read(&get(slot::storage(), key)?).scenario
}

/// Gives up what is kept for other tabs, so that there is room for the work; whether there was anything.
pub fn make_room() -> bool {
    let Some(storage) = slot::storage() else {
        return false;
    };
    let mut any = false;
    for key in KEYS {
        if get(slot::storage(), key).is_some() {
            any |= storage.remove_item(key).is_ok();
        }
    }
    any
}
