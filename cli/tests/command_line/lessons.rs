//! `lesson check`.

use crate::support::{file, loadscape, text};
use std::path::Path;

/// A lesson that holds what it says, from beside the page.
fn first() -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons/01-client-and-server.json");
    std::fs::read_to_string(path).expect("it can be read")
}

#[test]
fn a_lesson_that_holds_passes_with_its_figures_and_its_words() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons/01-client-and-server.json");
    let output = loadscape(&["lesson", "check", path.to_str().expect("a name")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    let printed = text(&output.stdout);
    assert!(
        printed.contains("  fails        nothing is changed\n"),
        "{printed}"
    );
    assert!(
        printed.contains("  passes       A second core\n"),
        "{printed}"
    );
    assert!(
        printed.contains("  fails        More threads\n"),
        "{printed}"
    );
    // Numbers stand in the words.
    assert!(
        printed.contains("Bring the p99 to 100 ms or less"),
        "{printed}"
    );
}

#[test]
fn a_lesson_that_does_not_hold_says_where_and_fails() {
    let wrong = first()
        .replacen("\"passes\": false", "\"passes\": true", 1)
        .replace("[knee]", "knee")
        .replace("[utilisation]", "utilisation");
    let path = file("wrong-lesson.json", &wrong);
    let output = loadscape(&["lesson", "check", path.to_str().expect("a name")]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(
        said.contains("wrong-lesson.json: way 3: It fails, though it is said to pass. p99: "),
        "{said}"
    );
    assert!(text(&output.stdout).contains("✗ p99: "));
}

#[test]
fn what_is_no_lesson_says_where_it_stops_being_one() {
    let path = file("no-lesson.json", "{\n  \"name\": 3\n}");
    let output = loadscape(&["lesson", "check", path.to_str().expect("a name")]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("no-lesson.json: line 2, column "));
    let output = loadscape(&["lesson", "check", "nowhere.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("can't read nowhere.json"));
}
