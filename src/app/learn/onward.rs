//! A lesson that begins with the solution of another, gone on with by whoever has a solution of their own to that.

use super::super::page::Page;
use super::super::ui::prelude::*;
use super::grading::differs;
use super::state::{Open, draw, learning, show};
use loadscape_sim::lesson::Hindrance;
use loadscape_sim::share;
use std::rc::Rc;

/// The offer, where somebody has passed the lesson before by another design; or why that can't be gone on with.
pub fn onward(page: Page, open: &Rc<Open>) -> Option<AnyView> {
    let lesson = open.lesson();
    let before = open.shelf.lesson(lesson.start.solution_of.as_deref()?)?;
    let record = learning()
        .progress
        .with_untracked(|progress| progress.of(&before.name));
    let kept = record.design.filter(|_| record.passed)?;
    let own = share::decode(&kept).ok()?.scenario?;
    let title = before.title.clone();
    let design = match open.shelf.go_on_with(lesson, &own) {
        // The lesson's own solution is what it begins with anyway.
        Ok(design) if !differs(&design, &open.task.scenario) => return None,
        Ok(design) => design,
        Err(Hindrance::Alone) => return None,
        Err(Hindrance::Change(why)) => {
            let why = format!(
                "You can't go on with your own design of “{title}”, for something changes here that it hasn't: {why}. Call what does that work by this name there, pass once more and come back; or go on with the design that is drawn here."
            );
            return Some(hindered(why));
        }
        Err(Hindrance::Work(what)) => {
            let why = format!(
                "You can't go on with your own design of “{title}”: nobody could be graded by it. {what}"
            );
            return Some(hindered(why));
        }
    };
    let go = move |_| {
        draw(page, "Go on with your own design", design.clone());
        page.announcement.set(
            "Your own design of the lesson before is drawn, under what happens here.".to_owned(),
        );
        show(page);
    };
    Some(view! {
        <button type="button" class="link" data-testid="lesson-own-design" on:click=go>{format!("Go on with your own design of “{title}”")}</button>
    }
    .into_any())
}

fn hindered(why: String) -> AnyView {
    view! { <p class="mute" data-testid="lesson-own-hindered">{why}</p> }.into_any()
}
