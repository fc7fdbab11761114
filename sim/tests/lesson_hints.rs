//! Whoever does what a lesson's third hint says, and nothing besides, passes its task: settings of the first way that passes which the hint doesn't
//! name are left as they are.

mod shelf;

use loadscape_sim::catalog::{Parameter, Value as Setting, parameter};
use loadscape_sim::lesson::{Lesson, Shelf, altered, grade, play, put_back};
use loadscape_sim::scenario::{Component, Scenario};
use shelf::shelf;

const UNITS: [&str; 20] = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// The number as a hint has it; `None` where it has no words here.
fn in_words(number: f64) -> Option<String> {
    if number == 0.5 {
        return Some("half".to_owned());
    }
    let whole =
        (number.fract() == 0.0 && (0.0..100.0).contains(&number)).then_some(number as usize)?;
    Some(match (whole / 10, whole % 10) {
        (0 | 1, _) => UNITS[whole].to_owned(),
        (tens, 0) => TENS[tens].to_owned(),
        (tens, rest) => format!("{}-{}", TENS[tens], UNITS[rest]),
    })
}

/// Whether a text has these as words of their own.
fn has(text: &str, words: &str) -> bool {
    let letter = |end: Option<char>| end.is_some_and(|own| own.is_alphabetic() || own == '-');
    text.match_indices(words).any(|(place, _)| {
        let rest = &text[place + words.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        !letter(text[..place].chars().next_back()) && !letter(rest.chars().next())
    })
}

/// Whether the hint says so: the number, the choice, or what it is of.
fn names(hint: &str, part: &Component, which: Parameter, value: Setting) -> bool {
    let Some(known) = parameter(part.kind, which) else {
        return false;
    };
    let label = known.label.to_lowercase();
    match value {
        Setting::Number(number) => {
            in_words(number).is_some_and(|words| has(hint, &words)) || has(hint, &label)
        }
        Setting::Flag(_) => has(hint, &label),
        Setting::Choice(choice) => {
            let is = choice.name().replace('_', " ");
            has(hint, &is) || has(hint, &is.replace(' ', "-"))
        }
        Setting::Unlimited(_) => false,
    }
}

/// A text as it is read, without the marks of terms.
fn plain(text: &str) -> String {
    let pieces = text
        .split('[')
        .enumerate()
        .map(|(place, piece)| match piece.split_once(']') {
            Some((term, rest)) if place > 0 => {
                let shown = term.split('|').next().unwrap_or_default();
                format!("{shown}{rest}")
            }
            _ => piece.to_owned(),
        });
    pieces.collect()
}

/// The first way that passes, with what the third hint names of it alone; and what that leaves out.
fn followed(shelf: &Shelf, lesson: &Lesson) -> (Scenario, Vec<String>) {
    let task = shelf.task(lesson).expect("a design");
    let way = lesson.ways.iter().find(|way| way.passes).expect("a way");
    let whole = shelf.way(lesson, way).expect("a design");
    let hint = plain(&lesson.hints[2]).to_lowercase();
    let mut said = whole.clone();
    let mut left = Vec::new();
    for part in &mut said.components {
        let before = task.components.iter().find(|own| own.id == part.id);
        for (which, value) in part.parameters.clone() {
            let was = before.and_then(|own| own.parameters.get(&which));
            if was == Some(&value) || names(&hint, part, which, value) {
                continue;
            }
            left.push(format!("{} of {}", which.name(), part.name));
            match was {
                Some(was) => part.parameters.insert(which, *was),
                None => part.parameters.remove(&which),
            };
        }
    }
    // The page says what isn't the learner's to change, and puts it back by a press.
    if !altered(&lesson.task, &task, &said).is_empty() {
        said = put_back(&lesson.task, &task, &said);
    }
    (said, left)
}

#[test]
fn numbers_have_words() {
    let words = [2.0, 15.0, 48.0, 60.0, 0.5].map(in_words);
    let expected = ["two", "fifteen", "forty-eight", "sixty", "half"];
    assert_eq!(words, expected.map(|word| Some(word.to_owned())));
    assert!(has("eight shards of twelve cores", "eight") && !has("forty-eight", "eight"));
}

#[test]
fn whoever_follows_the_third_hint_passes() {
    let shelf = shelf();
    let mut failed = Vec::new();
    for lesson in &shelf.lessons {
        let (design, left) = followed(&shelf, lesson);
        let task = shelf.task(lesson).expect("a design");
        let (analysis, seen) = play(&design, 60.0);
        let grade = grade(&lesson.task, &design, &analysis.report, &seen);
        let altered = altered(&lesson.task, &task, &design);
        if !grade.passed() || !altered.is_empty() {
            let rows: Vec<String> = grade.objectives.iter().map(ToString::to_string).collect();
            failed.push(format!(
                "{}: {rows:?} {altered:?}, as the hint doesn't name {left:?}",
                lesson.name
            ));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A hint that names less than it takes is found.
#[test]
fn a_hint_that_leaves_out_what_it_takes_doesnt_pass() {
    let mut shelf = shelf();
    let place = (shelf.lessons.iter()).position(|own| own.name == "stage-0");
    let lesson = &mut shelf.lessons[place.expect("it is there")];
    lesson.hints[2] = "Make it larger.".to_owned();
    let lesson = lesson.clone();
    let (design, left) = followed(&shelf, &lesson);
    assert_eq!(left, ["cores of Blog server"]);
    let (analysis, seen) = play(&design, 60.0);
    assert!(!grade(&lesson.task, &design, &analysis.report, &seen).passed());
}
