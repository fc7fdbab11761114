//! Lessons that a teacher has written: opened from a file or from a link that holds all of one, kept in this browser, and passed on in links. What may
//! stand in one is the simulation core's affair.

use super::super::dialog::tell;
use super::super::keep::show_problems;
use super::super::page::Page;
use super::super::slot::storage;
use super::fetch::{put, take, with_shelf};
use super::state::{learning, leave, open_on};
use crate::display::lesson::Step;
use loadscape_sim::lesson::{Lesson, Mistake, ReadLesson, Shelf, dense, glance, read_lesson};
use loadscape_sim::scenario::{Place, Problem, Severity};
use loadscape_sim::share::{self, ShareError};
use std::cell::RefCell;

/// Where the browser keeps each, by its name.
const KEPT: &str = "loadscape.lesson-of.";

thread_local! {
    // Names and texts of those on the shelf.
    static OWN: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// The text of the lesson of this name, where it came from a file or a link.
pub fn text(name: &str) -> Option<String> {
    OWN.with_borrow(|own| {
        let own = own.iter().find(|(known, _)| known == name);
        own.map(|(_, text)| text.clone())
    })
}

/// The shelf that comes with the page, and behind it what this browser has kept and can still be opened.
pub fn with_own(mut shelf: Shelf) -> Shelf {
    let Some(storage) = storage() else {
        return shelf;
    };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok()?);
    let mut keys: Vec<String> = keys.filter(|key| key.starts_with(KEPT)).collect();
    keys.sort_unstable();
    for text in keys.iter().filter_map(|key| storage.get_item(key).ok()?) {
        if let Ok(lesson) = admitted(&shelf, &text) {
            OWN.with_borrow_mut(|own| own.push((lesson.name.clone(), text)));
            shelf.lessons.push(lesson);
        }
    }
    shelf
}

/// Opens the first step of the lesson that a file holds, or tells what is wrong with it.
pub fn open_text(page: Page, text: &str) {
    open(page, text.to_owned(), Step::Bet);
}

/// Opens a step of the lesson that a link holds.
pub fn open_packed(page: Page, packed: &str, step: Step) {
    match share::decode_lesson(packed) {
        Ok(text) => open(page, text, step),
        Err(ShareError::Empty) => tell(
            page,
            "This link holds no lesson. Copy it again where it was made, to its very end.",
            true,
        ),
        Err(error) => tell(page, error.to_string(), true),
    }
}

fn open(page: Page, text: String, step: Step) {
    with_shelf(move |shelf| match shelf {
        Err(why) => tell(page, why, true),
        Ok(shelf) => match admitted(&shelf, &text) {
            Err(mistakes) => {
                let problems = mistakes.into_iter().map(problem).collect();
                show_problems(page, "This lesson can't be opened yet", problems);
            }
            Ok(lesson) => {
                let name = lesson.name.clone();
                keep(page, lesson, &text);
                with_shelf(move |shelf| {
                    if let Ok(shelf) = shelf {
                        open_on(page, shelf, &name, Some(step));
                    }
                });
            }
        },
    });
}

/// Puts a lesson onto the shelf and keeps it. Whatever was done in another one of its name was done in another one.
fn keep(page: Page, lesson: Lesson, written: &str) {
    let written = dense(written);
    let name = lesson.name.clone();
    let before = text(&name);
    if before.as_ref() == Some(&written) {
        return;
    }
    if before.is_some() {
        leave_it(page, &name);
        learning().forget(page, &name);
    }
    if let Some(storage) = storage() {
        // Where the browser keeps nothing it is there until the page is closed, of which somebody is told with how far they come.
        let _ = storage.set_item(&format!("{KEPT}{name}"), &written);
    }
    OWN.with_borrow_mut(|own| {
        own.retain(|(known, _)| *known != name);
        own.push((name, written));
    });
    put(lesson);
}

/// Takes a lesson off the shelf, and what was done in it.
pub fn forget(page: Page, name: &str) {
    leave_it(page, name);
    learning().forget(page, name);
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("{KEPT}{name}"));
    }
    OWN.with_borrow_mut(|own| own.retain(|(known, _)| known != name));
    take(name);
}

fn leave_it(page: Page, name: &str) {
    let is_open = |open: &Option<_>| {
        let open: Option<&std::rc::Rc<super::state::Open>> = open.as_ref();
        open.is_some_and(|open| open.lesson().name == name)
    };
    if learning().open.with_untracked(is_open) {
        leave(page);
    }
}

/// The lesson of a text, where nothing is wrong with it that shows without a run.
fn admitted(shelf: &Shelf, written: &str) -> Result<Lesson, Vec<Mistake>> {
    let ReadLesson {
        lesson,
        mut mistakes,
    } = read_lesson(written);
    let Some(lesson) = lesson else {
        return Err(mistakes);
    };
    if shelf.lesson(&lesson.name).is_some() && text(&lesson.name).is_none() {
        mistakes.push(Mistake {
            place: "name".to_owned(),
            message: format!(
                "A lesson that comes with Loadscape is called \"{}\": call this one something else.",
                lesson.name
            ),
        });
    }
    // Ranges and lists that are wrong are no ground to work anything out on.
    if mistakes.is_empty() {
        mistakes = glance(shelf, &lesson);
    }
    match mistakes.is_empty() {
        true => Ok(lesson),
        false => Err(mistakes),
    }
}

fn problem(mistake: Mistake) -> Problem {
    Problem {
        severity: Severity::Error,
        place: Place::Lesson,
        field: Some(mistake.place),
        parameter: None,
        message: mistake.message,
        remedy: String::new(),
    }
}
