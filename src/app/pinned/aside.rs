//! One's own design while the pinned one stands in its place: it is kept until one goes back to it, whatever becomes of what is drawn meanwhile.

use super::{Control, control, is_shown, kept};
use crate::app::page::Page;
use crate::app::ui::follow;
use crate::app::ui::prelude::*;
use crate::display::pinned::are_related;
use crate::editor::Change;
use loadscape_sim::scenario::{Scenario, write};
use std::cell::RefCell;
use std::sync::Arc;

/// Where it is kept, beside the pinned one.
pub const KEY: &str = "loadscape.aside";
/// What undo calls the step that shows the pinned design.
const SHOWN: &str = "Show the pinned design";
/// What it calls the step back from a changed copy of it.
const BACK: &str = "Back to your design";
/// What the editor calls the step that opens another drawing.
const OPENED: &str = "Open drawing";

thread_local! {
    static ASIDE: ArcRwSignal<Option<Arc<Scenario>>> = ArcRwSignal::new(None);
    // What stood aside last: the step that shows the pinned design can be made again.
    static LAST: RefCell<Option<Arc<Scenario>>> = const { RefCell::new(None) };
}

fn aside() -> ArcRwSignal<Option<Arc<Scenario>>> {
    ASIDE.with(Clone::clone)
}

fn set(own: Option<Arc<Scenario>>) {
    // Where the browser keeps nothing it is safe until the page is reloaded, and undo has it as well.
    match &own {
        Some(own) => {
            kept::keep(KEY, &write(own));
        }
        None => kept::forget(KEY),
    }
    if own.is_some() {
        LAST.set(own.clone());
    }
    aside().set(own);
}

/// Whether another design stands in the place of one's own.
pub fn is_away() -> bool {
    aside().with(Option::is_some)
}

/// One's own design while exactly the pinned one is shown in its place: what this browser has to keep.
pub fn own_while_shown(page: Page) -> Option<Arc<Scenario>> {
    let own = aside().get_untracked()?;
    let pinned = page.pinned.get_untracked()?;
    is_shown(page, &pinned).then_some(own)
}

/// Shows the pinned design in place of one's own, or goes back to that.
pub fn swap(page: Page) {
    if let Some(own) = aside().get_untracked() {
        return back(page, &own);
    }
    let Some(pinned) = page.pinned.get_untracked() else {
        page.announcement
            .set("Nothing is pinned. K pins the design as it is.".to_owned());
        return;
    };
    if is_shown(page, &pinned) {
        page.announcement
            .set("This is the pinned design itself: nothing has been changed.".to_owned());
        return;
    }
    let own = Arc::new(page.read(Clone::clone));
    let change = Change::ReplaceScenario(Box::new(pinned.scenario.clone()));
    page.change_all(SHOWN, vec![change]);
    set(Some(own));
    page.announcement
        .set("This is the pinned design; your own is kept. J goes back.".to_owned());
}

fn back(page: Page, own: &Arc<Scenario>) {
    let undoes = undo_label(page).as_deref() == Some(SHOWN);
    if undoes {
        page.undo();
    } else {
        let change = Change::ReplaceScenario(Box::new(Scenario::clone(own)));
        page.change_all(BACK, vec![change]);
    }
    set(None);
    page.announcement.set(
        if undoes {
            "This is your design again."
        } else {
            "This is your design again. Undo shows what you made of the pinned one."
        }
        .to_owned(),
    );
}

fn undo_label(page: Page) -> Option<String> {
    page.history.with_untracked(|history| history.undo.clone())
}

/// What stood aside before the page was reloaded or closed, by where that was kept.
pub fn restore(kept: fn(&str) -> Option<Scenario>) {
    if let Some(own) = kept(KEY) {
        set(Some(Arc::new(own)));
    }
}

/// How what is drawn stands to one's own design and to the pinned one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stand {
    /// It is one's own.
    Own,
    /// It is the pinned one.
    Pinned,
    /// It is a copy of that, and has been changed.
    Changed,
}

/// Says on the drawing what is shown, what becomes of a change, and how one gets back.
pub fn banner(page: Page) -> AnyView {
    let stand = Memo::new(move |_| {
        page.steps.track();
        if aside().with(Option::is_none) {
            return Stand::Own;
        }
        let pinned = page.pinned.get();
        if pinned.is_some_and(|pinned| is_shown(page, &pinned)) {
            Stand::Pinned
        } else {
            Stand::Changed
        }
    });
    // Undo, redo and other documents lead to and from one's own design, too.
    follow(Box::new(move || {
        page.steps.track();
        match aside().get_untracked() {
            Some(own) => {
                // The question whether that may be replaced was asked then, and undo leads back.
                let is_other = undo_label(page).as_deref() == Some(OPENED);
                if page.read(|drawn| *drawn == *own || is_other || !are_related(&own, drawn)) {
                    set(None);
                }
            }
            None => {
                let last = LAST.with_borrow(Clone::clone);
                let again = undo_label(page).as_deref() == Some(SHOWN)
                    && (page.pinned.get_untracked()).is_some_and(|pinned| is_shown(page, &pinned));
                if let Some(last) = last.filter(|_| again) {
                    set(Some(last));
                }
            }
        }
    }));
    follow(Box::new(move || {
        if stand.get() == Stand::Changed {
            page.announcement.set(CHANGED.to_owned());
        }
    }));
    (move || {
        let words = match stand.get() {
            Stand::Own => return ().into_any(),
            Stand::Pinned => "This is the pinned design. Your own is kept: what you change here is changed in a copy.",
            Stand::Changed => CHANGED,
        };
        view! {
            <div class="aside-banner" role="status" data-testid="aside">
                <span>{words}</span>
                <button type="button" class="button primary" data-testid="aside-back" on:click=move |_| control(page, Control::Swap)>"Back to mine"<span class="by-keys">"(J)"</span></button>
                {(stand.get() == Stand::Changed).then(|| view! {
                    <button type="button" class="button" data-testid="aside-stay" on:click=move |_| stay(page)>"Go on with this"</button>
                })}
            </div>
        }
        .into_any()
    })
    .into_any()
}

const CHANGED: &str =
    "You are changing a copy of the pinned design. Your own is kept as you left it.";

/// What is drawn is one's own design from now on.
fn stay(page: Page) {
    set(None);
    page.announcement
        .set("This is your design now. Undo leads to the one before.".to_owned());
}
