//! Of which design the run's figures are, for all that shows any: they belong to the design that ran. As soon as another is drawn, what is shown
//! of parts and objectives is theory's again, and what stays of the run says of what it is.

use super::super::page::Page;
use super::super::sync::set_if_new;
use super::super::ui::prelude::*;
use super::{Control, control};
use crate::display::ran::{is_drawn, ran_words};
use loadscape_player::{Frame, RunOf, State};

thread_local! {
    // Frames come ten times a second, and this changes with an edit: who shows anything follows this.
    static OF: ArcRwSignal<RunOf> = ArcRwSignal::new(RunOf::Drawn);
    static DRAWN: ArcRwSignal<bool> = ArcRwSignal::new(true);
}

/// Notes of what a frame is.
pub(super) fn note_frame(frame: Option<&Frame>) {
    OF.with(|of| set_if_new(of, frame.map_or(RunOf::Drawn, |frame| frame.of)));
    DRAWN.with(|drawn| set_if_new(drawn, frame.is_none_or(is_drawn)));
}

/// Of which design the open run's figures are; `None` where none is open.
pub fn run_of(page: Page) -> Option<RunOf> {
    let of = OF.with(ArcRwSignal::get);
    page.run.open.get().then_some(of)
}

/// Whether there are figures of a run to be shown as those of what is drawn.
pub fn counts(page: Page) -> bool {
    matches!(run_of(page), Some(RunOf::Drawn | RunOf::Both(_)))
}

/// Whether the drawing shows a run, and not the steady state.
pub fn shows(page: Page) -> bool {
    let drawn = DRAWN.with(ArcRwSignal::get);
    page.run.open.get() && drawn
}

/// The same for once.
pub fn shows_now(page: Page) -> bool {
    page.run.open.get_untracked() && DRAWN.with(ArcRwSignal::get_untracked)
}

/// The moment of the past that is looked at, seconds; `None` while the present is.
pub fn looking(page: Page) -> Option<f64> {
    let frame = page.run.frame;
    frame.with(|frame| frame.as_ref().and_then(|frame| frame.looking))
}

/// What is said above figures that aren't all of the design that is drawn, and the way to some that are.
pub fn note(page: Page) -> AnyView {
    let words = Memo::new(move |_| {
        let pace = page.run.pace.get();
        page.run.frame.with(|frame| {
            let frame = frame.as_ref()?;
            Some((ran_words(frame, pace)?, frame.state != State::Playing))
        })
    });
    let again = move |_| control(page, Control::Restart);
    (move || {
        words.get().map(|(words, stands)| view! {
            <p class="run-note" role="status" data-testid="run-note">
                <span>{words}</span>
                {stands.then(|| view! { <button type="button" class="link" data-testid="run-note-again" on:click=again>"Run it again"</button> })}
            </p>
        })
    })
    .into_any()
}
