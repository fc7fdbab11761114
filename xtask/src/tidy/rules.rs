//! Rules that hold for every file by itself: an opening sentence, a bounded length, nothing left unfinished.

use super::Finding;
use super::source::{Source, words};

/// Longer than this, a file holds more than one idea. Tests count; generated data doesn't.
const LONGEST_FILE: usize = 700;

/// Marks a file that a program wrote.
const GENERATED: &str = "@generated";

/// Macros that say "later", and one that is for the desk only.
const UNFINISHED: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Folders of one machine, which mean nothing on another.
const FOREIGN_PATHS: [&str; 4] = [
    concat!("..", "/shared"),
    concat!("/work", "/main"),
    concat!("/work", "/shared"),
    concat!("/root", "/."),
];

/// Every breach in the file.
pub fn check(source: &Source) -> Vec<Finding> {
    let mut findings = foreign_paths(source);
    if source.is_rust() {
        findings.extend(opening(source));
        findings.extend(length(source));
        findings.extend(unfinished(source));
    }
    findings
}

fn opening(source: &Source) -> Option<Finding> {
    let opens = source
        .text
        .lines()
        .find(|line| !line.trim().is_empty())
        .is_some_and(|line| line.starts_with("//!"));
    let message =
        "opens without `//!`: say in one sentence what this module is for and what it doesn't know";
    (!opens).then(|| Finding::new(source, 1, message))
}

fn length(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().count();
    let generated = source
        .text
        .lines()
        .take(5)
        .any(|line| line.contains(GENERATED));
    (lines > LONGEST_FILE && !generated).then(|| {
        Finding::new(
            source,
            lines,
            format!("has {lines} lines, more than {LONGEST_FILE}: split it by idea"),
        )
    })
}

fn unfinished(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in source.code_lines() {
        for (at, word) in words(line) {
            if UNFINISHED.contains(&word) && line[at + word.len()..].starts_with('!') {
                findings.push(Finding::new(
                    source,
                    number,
                    format!("`{word}!` is left: finish it or take it out"),
                ));
            }
        }
    }
    findings
}

fn foreign_paths(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for path in FOREIGN_PATHS {
            if line.contains(path) {
                let message = format!(
                    "`{path}` exists on one machine only: copy what is needed into the repository"
                );
                findings.push(Finding::new(source, index + 1, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<(usize, String)> {
        check(&Source::new(path, text.to_owned()))
            .into_iter()
            .map(|found| (found.line, found.message))
            .collect()
    }

    #[test]
    fn a_file_without_an_opening_sentence_is_found() {
        assert_eq!(messages("sim/src/a.rs", "//! A.\nfn a() {}\n"), []);
        let found = messages("sim/src/a.rs", "use std::fmt;\n");
        assert!(found[0].1.contains("`//!`"));
    }

    #[test]
    fn a_long_file_is_found_unless_a_program_wrote_it() {
        let long = "//! A.\n".to_owned() + &"// b\n".repeat(LONGEST_FILE);
        assert!(messages("sim/src/a.rs", &long)[0].1.contains("split it"));
        assert_eq!(
            messages("sim/src/a.rs", &format!("//! A. @generated\n{long}")),
            []
        );
        assert_eq!(messages("public/a.svg", &long), []);
    }

    #[test]
    fn unfinished_code_is_found_with_its_line_but_not_in_comments() {
        let text = format!("//! A. {0}!()\nfn a() {{\n    {0}!()\n}}\n", "todo");
        assert_eq!(
            messages("src/a.rs", &text)
                .iter()
                .map(|found| found.0)
                .collect::<Vec<_>>(),
            [3]
        );
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_any_file() {
        let text = format!("see {}/x\n", FOREIGN_PATHS[0]);
        assert!(
            messages("README.md", &text)[0]
                .1
                .contains("copy what is needed")
        );
    }
}
