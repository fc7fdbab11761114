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
        printed.contains("bring the p99 to 100 ms or less"),
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

/// The whole lesson that docs/lessons.md shows.
fn example() -> &'static str {
    let page = include_str!("../../../docs/lessons.md");
    let (_, from) = page
        .split_once("```json lesson\n")
        .expect("there is an example");
    from.split_once("```").expect("it ends").0
}

/// A lesson of this text in a folder of its own, checked: what it ends with, and what it says is wrong.
fn checked_alone(folder: &str, lesson: &str, glossary: Option<&str>) -> (Option<i32>, String) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let path = folder.join("my-lesson.json");
    std::fs::write(&path, lesson).expect("the temporary folder is writable");
    if let Some(glossary) = glossary {
        std::fs::write(folder.join("glossary.json"), glossary).expect("it is writable");
    }
    let output = loadscape(&["lesson", "check", path.to_str().expect("a name")]);
    (output.status.code(), text(&output.stderr))
}

#[test]
fn the_example_for_teachers_holds_in_any_folder() {
    assert_eq!(
        checked_alone("example", example(), None),
        (Some(0), String::new())
    );
}

#[test]
fn a_lesson_elsewhere_may_begin_with_one_that_comes_with_loadscape_and_explain_words_of_its_own() {
    let (before, rest) = example().split_once("\"scenario\": {").expect("a design");
    let (_, after) = rest.split_once("\"prediction\"").expect("a bet");
    let mut begun =
        format!("{before}\"solution_of\": \"client-and-server\" }}, \"prediction\"{after}");
    // Its way has two cores; the neighbour is drawn by the lesson itself, in front of which Users stand as there.
    let (_, said) = checked_alone("begun", &begun, None);
    assert!(!said.contains("there is no lesson"), "{said}");
    assert!(said.contains("Neighbour"), "{said}");
    begun = begun.replace("client-and-server", "no-such-lesson");
    let (code, said) = checked_alone("begun-nowhere", &begun, None);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("start: there is no lesson \"no-such-lesson\"."),
        "{said}"
    );

    let own = example().replace(
        "the [utilisation]",
        "the [busyness], not the [utilisation],",
    );
    let (code, said) = checked_alone("no-word", &own, None);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("\"busyness\" isn't in the glossary"),
        "{said}"
    );
    let words = r#"[{ "term": "busyness", "means": "How busy something is." }]"#;
    assert_eq!(
        checked_alone("own-word", &own, Some(words)),
        (Some(0), String::new())
    );
}

#[test]
fn a_mark_of_the_encoding_in_front_is_no_part_of_a_lesson() {
    let marked = format!("\u{feff}{}", example());
    assert_eq!(
        checked_alone("marked", &marked, Some("\u{feff}[]")),
        (Some(0), String::new())
    );
}

#[test]
fn what_never_happens_or_says_nothing_is_a_mistake() {
    let says = |folder: &str, from: &str, to: &str| {
        assert!(example().contains(from), "{from}");
        let (code, said) = checked_alone(folder, &example().replacen(from, to, 1), None);
        assert_eq!(code, Some(1), "{to}: {said}");
        said
    };
    let late = says("late-fault", "\"at\": 60", "\"at\": 500");
    assert!(
        late.contains("task: A fault begins at 500 s, and the run is over at 120 s"),
        "{late}"
    );
    let fault = "\"changes\": [ { \"fault\": { \"at\": 60, \"lasts\": 20, \"part\": \"Users\", \"what\": { \"multiply\": { \"factor\": 1.5 } } } } ],";
    let unbroken = says(
        "nothing-breaks",
        &format!(
            "For twenty seconds half as many again ask. Over the whole run bring the p95 to {{limit 1}} or less, for {{limit 2}} at most, and answer {{limit 3}} well.\",\n    {fault}"
        ),
        "Survive it, with {limit 1}, {limit 2} and {limit 3}.\", \"changes\": [],",
    );
    assert!(
        unbroken.contains("speaks of surviving, and has no fault"),
        "{unbroken}"
    );
    let empty = says(
        "no-idea",
        "Does a server that waits have anything to do?",
        " ",
    );
    assert!(empty.contains("idea: There is no text."), "{empty}");
    let silent = says(
        "silent-event",
        "\"says\": \"More than twice as many ask\"",
        "\"says\": \"\"",
    );
    assert!(silent.contains("event: There is no text."), "{silent}");
    let counted = says(
        "counted",
        "\"title\": \"More cores\"",
        "\"title\": \"4 cores\"",
    );
    assert!(
        counted.contains("way 3: title: \"4\" is written by hand."),
        "{counted}"
    );
    // A word is missed also where a figure of the same text is.
    let both = says(
        "no-word-nor-figure",
        "the [utilisation] that",
        "the [busyness] of {p95 of Nobody} that",
    );
    assert!(
        both.contains("there is no class \"Nobody\"")
            && both.contains("\"busyness\" isn't in the glossary"),
        "{both}"
    );
}

#[test]
fn a_name_that_is_taken_is_warned_of() {
    let own = example().replace("\"a-slow-neighbour\"", "\"client-and-server\"");
    let (code, said) = checked_alone("taken", &own, None);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains(
            "name: warning: a lesson that comes with Loadscape is called \"client-and-server\""
        ),
        "{said}"
    );
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
