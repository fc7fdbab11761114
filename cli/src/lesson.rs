//! `lesson check`: whether a lesson holds what it says, by running it. It teaches nobody.

use crate::{BAD_INPUT, LESSON_FAILS, print};
use crate::{shipped, terminal};
use loadscape_sim::lesson::{
    Checked, Grade, Lesson, ReadLesson, Shelf, Term, check, describe, read_lesson,
};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The file beside lessons that explains words.
const GLOSSARY: &str = "glossary.json";
/// Larger files are no lessons, in bytes.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Checks these files, each with the other lessons of its folder and those that come with Loadscape.
///
/// # Errors
/// Why there was nothing to check.
pub fn check_files(paths: &[PathBuf]) -> Result<ExitCode, String> {
    let (mut unreadable, mut wrong) = (false, false);
    for path in paths {
        let name = terminal::line(&path.display().to_string());
        let ReadLesson { lesson, mistakes } = read_lesson(&text(path)?);
        let Some(lesson) = lesson else {
            unreadable = true;
            for mistake in mistakes {
                eprintln!("{name}: {}", terminal::line(&mistake.to_string()));
            }
            continue;
        };
        let shelf = shelf(path, &lesson)?;
        let checked = check(&shelf, &lesson);
        wrong |= !mistakes.is_empty() || !checked.mistakes.is_empty();
        print(&report(&name, &lesson, &checked))?;
        // Whoever works on one that comes with Loadscape means that one.
        if shipped::lessons().any(|own| own.name == lesson.name && own.title != lesson.title) {
            eprintln!(
                "{name}: name: warning: a lesson that comes with Loadscape is called \"{}\", so that the page opens no other one by that name: call this one something else.",
                terminal::line(&lesson.name)
            );
        }
        for mistake in mistakes.iter().chain(&checked.mistakes) {
            eprintln!("{name}: {}", terminal::line(&mistake.to_string()));
        }
    }
    Ok(match (unreadable, wrong) {
        (true, _) => ExitCode::from(BAD_INPUT),
        (false, true) => ExitCode::from(LESSON_FAILS),
        (false, false) => ExitCode::SUCCESS,
    })
}

fn text(path: &Path) -> Result<String, String> {
    let name = terminal::line(&path.display().to_string());
    let cannot = |error: std::io::Error| format!("can't read {name}: {error}; check its name");
    let size = std::fs::metadata(path).map_err(cannot)?.len();
    if size > LARGEST_FILE {
        return Err(format!("{name} is too large to be a lesson"));
    }
    let text = std::fs::read_to_string(path).map_err(cannot)?;
    // With which some editors begin a file.
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// The lesson with its neighbours and with those that come with Loadscape, on which it may be built; those that can't be read are left out, and
/// missed where they are needed. What stands beside the lesson goes before what comes with Loadscape.
fn shelf(path: &Path, lesson: &Lesson) -> Result<Shelf, String> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut lessons = vec![lesson.clone()];
    let mut put = |other: Lesson| {
        if lessons.iter().all(|own| own.name != other.name) {
            lessons.push(other);
        }
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut neighbours: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    neighbours.sort();
    for neighbour in neighbours {
        let is_json = neighbour.extension().is_some_and(|end| end == "json");
        if !is_json || neighbour.file_name().is_some_and(|name| name == GLOSSARY) {
            continue;
        }
        let text = text(&neighbour).ok();
        if let Some(other) = text.and_then(|text| read_lesson(&text).lesson) {
            put(other);
        }
    }
    shipped::lessons().for_each(put);
    let glossary = folder.join(GLOSSARY);
    let mut terms: Vec<Term> = if glossary.exists() {
        serde_json::from_str(&text(&glossary)?)
            .map_err(|error| format!("{GLOSSARY} beside the lesson can't be read: {error}"))?
    } else {
        Vec::new()
    };
    // A word is looked for from the first one on.
    terms.extend(shipped::terms());
    Ok(Shelf { lessons, terms })
}

fn report(name: &str, lesson: &Lesson, checked: &Checked) -> String {
    let mut out = String::new();
    let title = terminal::line(&lesson.title);
    // Writing to a text can't fail.
    let _ = writeln!(out, "{name}: {title}");
    if let Some(fact) = &checked.fact {
        let fact = describe(&lesson.prediction.guess, fact);
        let _ = writeln!(out, "  bet          {}", terminal::line(&fact));
    }
    let mut row = |title: &str, grade: Option<&Grade>| {
        let Some(grade) = grade else {
            return;
        };
        let passed = if grade.passed() { "passes" } else { "fails " };
        let _ = writeln!(out, "  {passed}       {}", terminal::line(title));
        for graded in &grade.objectives {
            let mark = if graded.met { "  " } else { "✗ " };
            let _ = writeln!(
                out,
                "               {mark}{}",
                terminal::line(&graded.to_string())
            );
        }
    };
    row("nothing is changed", checked.nothing.as_ref());
    for (way, grade) in lesson.ways.iter().zip(&checked.ways) {
        row(&way.title, grade.as_ref());
    }
    for (place, text) in &checked.texts {
        let _ = writeln!(out, "  {place:<12} {}", terminal::line(text));
    }
    out
}
