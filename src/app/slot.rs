//! Which place of this browser's storage is this tab's: the common one, until another tab has stored there since; then one of its
//! own, so that neither tab's work is lost. It knows text, not documents.

use super::dom;
use std::cell::RefCell;
use web_sys::Storage;

/// The work; its place's name follows.
const WORK: &str = "loadscape.work";
/// Whether the work is also in a file or behind a link.
const KEPT: &str = "loadscape.kept";
/// Changes with each writing, so that a tab sees that another one wrote; and says when that was.
const STAMP: &str = "loadscape.stamp";
/// The place's name, in the storage of the tab itself: it outlives a reload.
const OWN: &str = "loadscape.slot";

thread_local! {
    // The place's name: empty for the common one.
    static SLOT: RefCell<String> = RefCell::default();
    // The stamp that this tab has written or read last.
    static SEEN: RefCell<Option<String>> = RefCell::default();
}

/// Work as it was stored.
pub struct Stored {
    /// The document as text.
    pub text: String,
    /// Whether it is also in a file or behind a link.
    pub kept: bool,
}

/// Where the work went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Where it was before.
    Here,
    /// To a place of this tab's own, from now on: another tab has stored another drawing where it was.
    Apart,
}

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The browser keeps nothing for this page.
    NoStorage,
    /// There is no more room.
    Full,
}

/// What this browser keeps for the page, where it lets it.
pub fn storage() -> Option<Storage> {
    dom::window().local_storage().ok().flatten()
}

fn tab_storage() -> Option<Storage> {
    dom::window().session_storage().ok().flatten()
}

fn get(storage: &Storage, key: &str, slot: &str) -> Option<String> {
    storage.get_item(&format!("{key}{slot}")).ok().flatten()
}

fn slot() -> String {
    SLOT.with_borrow(String::clone)
}

/// The work that this tab goes on with, read when the page is opened: its own, or in a new tab what was drawn last in any.
pub fn restore() -> Option<Stored> {
    let storage = storage()?;
    let own = tab_storage().and_then(|tab| tab.get_item(OWN).ok().flatten());
    let slots = slots(&storage);
    let chosen = own.filter(|own| slots.contains(own)).or_else(|| {
        let written =
            |slot: &String| get(&storage, STAMP, slot).map_or(0.0, |stamp| written_ms(&stamp));
        let by_time = |one: &String, other: &String| written(one).total_cmp(&written(other));
        // Where nobody knows when, the common one, which comes last.
        slots.into_iter().max_by(by_time)
    });
    if let Some(chosen) = chosen {
        SLOT.set(chosen);
    }
    let slot = slot();
    SEEN.set(get(&storage, STAMP, &slot));
    stored_in(&storage, &slot)
}

fn stored_in(storage: &Storage, slot: &str) -> Option<Stored> {
    Some(Stored {
        text: get(storage, WORK, slot)?,
        kept: get(storage, KEPT, slot).is_some_and(|kept| kept == "true"),
    })
}

/// What another tab has stored there.
pub fn stored_by(other: &str) -> Option<Stored> {
    stored_in(&storage()?, other)
}

/// The places at which there is work, the common one last.
fn slots(storage: &Storage) -> Vec<String> {
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok()?);
    let mut slots: Vec<String> =
        (keys.filter_map(|key| key.strip_prefix(WORK).map(str::to_owned))).collect();
    slots.sort_unstable_by(|one, other| other.cmp(one));
    slots
}

/// The places at which other tabs have stored, for a tab that has just been opened; none after a reload, when they have been offered already.
pub fn left_by_others() -> Vec<String> {
    let (Some(storage), Some(tab)) = (storage(), tab_storage()) else {
        return Vec::new();
    };
    if tab.get_item(OWN).ok().flatten().is_some() {
        return Vec::new();
    }
    remember_slot();
    let mut slots = slots(&storage);
    slots.retain(|other| *other != slot());
    slots
}

/// Whether another tab has stored at this tab's place since this tab last looked.
pub fn is_taken() -> bool {
    storage().is_some_and(|storage| {
        let now = get(&storage, STAMP, &slot());
        SEEN.with_borrow(|seen| *seen != now)
    })
}

/// Goes on at another place, with what is stored there.
pub fn adopt(other: &str) {
    if let Some(storage) = storage() {
        SEEN.set(get(&storage, STAMP, other));
    }
    SLOT.set(other.to_owned());
    remember_slot();
}

fn remember_slot() {
    if let Some(tab) = tab_storage() {
        // Where the tab keeps nothing, the next tab offers the work instead of this one restoring it.
        let _ = tab.set_item(OWN, &slot());
    }
}

/// Forgets what a tab had left at a place of its own.
pub fn clear(other: &str) {
    let Some(storage) = storage().filter(|_| !other.is_empty() && other != slot()) else {
        return;
    };
    for key in [WORK, KEPT, STAMP] {
        let _ = storage.remove_item(&format!("{key}{other}"));
    }
}

/// Stores the work, at this tab's place or, where another tab has stored since, at a new one.
///
/// # Errors
/// When the browser stores nothing.
pub fn write(text: &str, kept: bool) -> Result<Written, Refused> {
    let storage = storage().ok_or(Refused::NoStorage)?;
    let written = if is_taken() {
        SLOT.set(format!(".{}", unique()));
        remember_slot();
        Written::Apart
    } else {
        Written::Here
    };
    let (slot, stamp) = (slot(), [written_now(), unique()].join("-"));
    let put = |key: &str, value: &str| storage.set_item(&format!("{key}{slot}"), value);
    put(WORK, text)
        .and_then(|()| put(KEPT, if kept { "true" } else { "false" }))
        .and_then(|()| put(STAMP, &stamp))
        .map_err(|_| Refused::Full)?;
    SEEN.set(Some(stamp));
    Ok(written)
}

fn written_now() -> String {
    format!("{:x}", js_sys::Date::now() as u64)
}

/// When this stamp was made, milliseconds since 1970; 0 for those of before stamps said so.
fn written_ms(stamp: &str) -> f64 {
    let time = stamp.split_once('-').map(|(time, _)| time);
    let time = time.and_then(|time| u64::from_str_radix(time, 16).ok());
    time.unwrap_or(0) as f64
}

fn unique() -> String {
    let number = js_sys::Math::random() * 2_f64.powi(52);
    format!("{:013x}", number as u64)
}
