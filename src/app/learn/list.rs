//! The list of lessons: which there are, and which are done.

use super::super::dialog::{self, Dialog};
use super::super::dom;
use super::super::icons::icon;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::fetch::with_shelf;
use super::own;
use super::state::{learning, open};
use crate::display::lesson::Record;
use loadscape_sim::lesson::{Lesson, Shelf};
use std::rc::Rc;

/// Identifies the lesson to go on with.
const NEXT: &str = "lesson-to-go-on-with";

/// The dialog.
pub fn dialog(page: Page) -> AnyView {
    learning().look();
    let found = ArcRwSignal::new(None::<Result<Rc<Shelf>, String>>);
    let arrived = found.clone();
    with_shelf(move |shelf| {
        arrived.set(Some(shelf));
        dom::focus_soon(NEXT);
    });
    let contents = move || match found.get() {
        None => view! { <p class="empty">"Fetching the lessons…"</p> },
        Some(Err(why)) => view! { <p class="empty" role="alert">{why}</p> },
        Some(Ok(shelf)) => rows(page, &shelf),
    };
    view! {
        <div class="dialog lessons" role="dialog" aria-modal="true" aria-label="Lessons" data-testid="lessons">
            <div class="dialog-body scrolls">
                <h2>"Lessons"</h2>
                <p class="mute">"Each begins with a bet on a design, shows what becomes of it, and leaves you something to mend. Any design that keeps the objectives will do."</p>
                {contents}
            </div>
            <div class="dialog-foot"><span class="grow"></span><button type="button" class="button" on:click=move |_| dialog::close(page)>"Close"</button></div>
        </div>
    }
}

fn rows(page: Page, shelf: &Rc<Shelf>) -> AnyView {
    let is_stage = |lesson: &&Lesson| lesson.row.starts_with("stage");
    let next = learning().progress.with_untracked(|progress| {
        let names = shelf.lessons.iter().map(|lesson| lesson.name.as_str());
        progress.next(names).map(str::to_owned)
    });
    let is_next = |lesson: &Lesson| next.as_deref() == Some(lesson.name.as_str());
    let group = |title: &'static str, lessons: Vec<&Lesson>| {
        view! {
            <section class="lesson-group">
                <h3>{title}</h3>
                {lessons.into_iter().map(|lesson| {
                    let row = row(page, lesson, is_next(lesson));
                    let own = (title == YOURS).then(|| forget(page, lesson));
                    view! { <div class="lesson-line">{row}{own}</div> }
                }).collect_view()}
            </section>
        }
    };
    let is_own = |lesson: &&Lesson| own::text(&lesson.name).is_some();
    let (yours, others): (Vec<&Lesson>, Vec<&Lesson>) = shelf.lessons.iter().partition(is_own);
    let (stages, ideas): (Vec<&Lesson>, Vec<&Lesson>) = others.into_iter().partition(is_stage);
    let groups = [
        ("One idea each", ideas),
        ("One system as its users grow", stages),
        (YOURS, yours),
    ]
    .into_iter()
    .filter(|(_, lessons)| !lessons.is_empty())
    .map(|(title, lessons)| group(title, lessons))
    .collect_view();
    view! { <div class="lesson-groups">{groups}</div> }
}

/// What lessons are called that came from files and links.
const YOURS: &str = "Yours, from files and links";

/// What takes a lesson off the list that came from a file or a link.
fn forget(page: Page, lesson: &Lesson) -> AnyView {
    let says = format!("Take “{}” off this list", lesson.title);
    let name = lesson.name.clone();
    view! {
        <button type="button" class="icon-button" aria-label=says.clone() title=says data-testid=format!("lesson-forget-{name}") on:click=move |_| {
            own::forget(page, &name);
            page.dialog.set(Some(Dialog::Lessons));
        }>{icon("close")}</button>
    }
}

fn row(page: Page, lesson: &Lesson, is_next: bool) -> AnyView {
    let record: Record = learning()
        .progress
        .with_untracked(|progress| progress.of(&lesson.name));
    let begun = record != Record::default();
    let state = match (record.passed, begun) {
        (true, _) => "done",
        (false, true) => "begun",
        (false, false) => "",
    };
    let name = lesson.name.clone();
    // A teacher may call it anything; there is room for a number.
    let number = lesson.row.trim_start_matches("stage ");
    let number = match number.chars().count() {
        0..=3 => number.to_owned(),
        _ => "·".to_owned(),
    };
    view! {
        <button type="button" class="lesson-row" id=is_next.then_some(NEXT) autofocus=is_next data-testid=format!("lesson-{}", lesson.name) on:click=move |_| {
            page.dialog.update(|dialog| if *dialog == Some(Dialog::Lessons) { *dialog = None });
            open(page, &name, None);
        }>
            <span class="lesson-mark" class:done=record.passed>{if record.passed { "✓".to_owned() } else { number }}</span>
            <span><b>{lesson.title.clone()}</b><span class="about">{lesson.idea.clone()}</span></span>
            <em>{state}</em>
        </button>
    }
}
