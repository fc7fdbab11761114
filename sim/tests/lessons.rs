//! Every lesson holds what it says: its designs open, its texts find their numbers, doing nothing fails, and each of its ways does what is
//! said of it, by the solver and the event simulation.

use loadscape_sim::lesson::{ReadLesson, Shelf, check, read_lesson};
use std::path::Path;

/// The lessons as the page has them, in the order of their files, and the glossary.
fn shelf() -> Shelf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons");
    let entries = std::fs::read_dir(&folder).expect("there are lessons");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it is listed").path())
        .collect();
    paths.sort();
    let mut shelf = Shelf::default();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        if path.ends_with("glossary.json") {
            shelf.terms = serde_json::from_str(&text).expect("a glossary");
            continue;
        }
        let ReadLesson { lesson, mistakes } = read_lesson(&text);
        assert!(mistakes.is_empty(), "{}: {mistakes:?}", path.display());
        shelf.lessons.push(lesson.expect("a lesson"));
    }
    shelf
}

#[test]
fn every_lesson_holds_what_it_says() {
    let shelf = shelf();
    // Each is some runs of a minute or more: side by side they take half as long.
    std::thread::scope(|scope| {
        let checks: Vec<_> = (shelf.lessons.iter())
            .map(|lesson| {
                let shelf = &shelf;
                scope.spawn(move || (&lesson.name, check(shelf, lesson)))
            })
            .collect();
        for checking in checks {
            let (name, checked) = checking.join().expect("it ends");
            let mistakes: Vec<String> =
                (checked.mistakes.iter()).map(ToString::to_string).collect();
            assert!(mistakes.is_empty(), "{name}: {}", mistakes.join("\n"));
        }
    });
}

#[test]
fn no_two_lessons_have_one_name() {
    let shelf = shelf();
    let mut names: Vec<&str> = (shelf.lessons.iter())
        .map(|lesson| lesson.name.as_str())
        .collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn no_term_is_explained_that_no_lesson_uses() {
    let shelf = shelf();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons");
    let entries = std::fs::read_dir(folder).expect("there are lessons");
    let all: String = entries
        .map(|entry| entry.expect("it is listed").path())
        .filter(|path| !path.ends_with("glossary.json"))
        .map(|path| {
            std::fs::read_to_string(path)
                .expect("it can be read")
                .to_lowercase()
        })
        .collect();
    for entry in &shelf.terms {
        let term = entry.term.to_lowercase();
        let used = all.contains(&format!("[{term}]")) || all.contains(&format!("|{term}]"));
        assert!(used, "{term}");
    }
}
