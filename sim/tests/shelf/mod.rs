//! The lessons as the page has them, for those who try all of them.

use loadscape_sim::lesson::{ReadLesson, Shelf, read_lesson};
use std::path::Path;

/// In the order of their files, without the glossary.
pub fn shelf() -> Shelf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons");
    let entries = std::fs::read_dir(&folder).expect("there are lessons");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it is listed").path())
        .filter(|path| !path.ends_with("glossary.json"))
        .collect();
    paths.sort();
    let lessons = paths.iter().map(|path| {
        let text = std::fs::read_to_string(path).expect("it can be read");
        let ReadLesson { lesson, mistakes } = read_lesson(&text);
        assert!(mistakes.is_empty(), "{}: {mistakes:?}", path.display());
        lesson.expect("a lesson")
    });
    Shelf {
        lessons: lessons.collect(),
        terms: Vec::new(),
    }
}
