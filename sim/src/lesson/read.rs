//! Reading a lesson's file: what is wrong with it is told with its place and a remedy. It works nothing out.

use super::figure::Measure;
use super::forms::{Guess, Lesson};
use super::slip::slip;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fmt;

/// Something wrong with a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, e.g. "prediction" or "way 2".
    pub place: String,
    /// What is wrong and what to do, in a sentence or two.
    pub message: String,
}

impl Mistake {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Mistake {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}

/// What came of reading a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadLesson {
    /// The lesson; `None` when the text is none.
    pub lesson: Option<Lesson>,
    /// What is wrong with it as a text. Whether its designs do what it says is [`super::check`]'s to find out.
    pub mistakes: Vec<Mistake>,
}

/// A curve is solved at each of its values while somebody waits.
const MOST_VALUES: usize = 20;

/// Who is to bet reads no more before that.
const MOST_SENTENCES: usize = 2;

/// The version of the form.
const FORMAT_VERSION: u32 = 1;

/// The text behind the mark of its encoding, with which some editors begin a file.
fn unmarked(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// Whether a text is meant as a lesson rather than as a document: by what only lessons have, and where it is no JSON yet, by the words that
/// only lessons need.
pub fn is_lesson(text: &str) -> bool {
    const OWN: [&str; 4] = ["situation", "prediction", "reveal", "hints"];
    match serde_json::from_str::<BTreeMap<String, IgnoredAny>>(unmarked(text)) {
        Ok(fields) => {
            !fields.contains_key("components") && OWN.iter().any(|own| fields.contains_key(*own))
        }
        Err(_) => OWN.iter().all(|own| text.contains(&format!("\"{own}\""))),
    }
}

/// A lesson's text without its blank space, and its fields in an order that is always the same; what is no JSON stays as it is.
pub fn dense(text: &str) -> String {
    let text = unmarked(text);
    let value = serde_json::from_str::<serde_json::Value>(text);
    value.map_or_else(|_| text.to_owned(), |value| value.to_string())
}

/// Reads a lesson.
pub fn read_lesson(text: &str) -> ReadLesson {
    let text = unmarked(text);
    match serde_json::from_str::<Lesson>(text) {
        Ok(lesson) => ReadLesson {
            mistakes: mistakes(&lesson),
            lesson: Some(lesson),
        },
        Err(error) => ReadLesson {
            lesson: None,
            mistakes: vec![slip(text, &error)],
        },
    }
}

fn mistakes(lesson: &Lesson) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut say = |place: &str, message: String| found.push(Mistake::new(place, message));
    if lesson.format_version != FORMAT_VERSION {
        say(
            "format_version",
            format!("This Loadscape reads version {FORMAT_VERSION}."),
        );
    }
    let is_plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if lesson.name.is_empty() || !lesson.name.chars().all(is_plain) {
        say(
            "name",
            "Links contain it: use small letters, digits and hyphens.".to_owned(),
        );
    }
    let start = &lesson.start;
    let named = [
        start.built_in.is_some(),
        start.solution_of.is_some(),
        start.scenario.is_some(),
    ];
    if named.iter().filter(|is_there| **is_there).count() != 1 {
        say(
            "start",
            "Name one of built_in, solution_of and scenario.".to_owned(),
        );
    }
    for (place, objective) in lesson.task.objectives.iter().enumerate() {
        if objective.at_most.is_some() == objective.at_least.is_some() {
            say(
                &format!("objective {}", place + 1),
                "Say either at_most or at_least.".to_owned(),
            );
        }
    }
    let sentences = sentences(&lesson.situation);
    if sentences > MOST_SENTENCES {
        say(
            "situation",
            format!(
                "It has {sentences} sentences, and {MOST_SENTENCES} are read before a bet: leave out what nobody needs for it."
            ),
        );
    }
    if !(3..=7).contains(&lesson.ways.len()) {
        say("ways", "There are three to seven ways.".to_owned());
    }
    if lesson.hints.len() != 3 {
        say("hints", "There are three hints.".to_owned());
    }
    if lesson.task.objectives.is_empty() {
        say("task", "Say what has to be reached: objectives.".to_owned());
    }
    if lesson.task.run.duration_seconds.is_none() {
        say(
            "task",
            "Say how long the run is: \"run\": { \"seed\": 1, \"duration_seconds\": 60 }."
                .to_owned(),
        );
    }
    let guess = &lesson.prediction.guess;
    let range = match guess {
        Guess::Number {
            figure, from, to, ..
        }
        | Guess::Curve {
            figure, from, to, ..
        } => Some((figure.measure, *from, *to)),
        Guess::Part { figure } => {
            if figure.measure != Measure::Bottleneck {
                say(
                    "prediction",
                    "A part is guessed as \"bottleneck\".".to_owned(),
                );
            }
            None
        }
    };
    if let Some((measure, from, to)) = range {
        if measure == Measure::Bottleneck {
            say("prediction", "A bottleneck is no number.".to_owned());
        }
        let least = if measure.spans_decades() {
            f64::MIN_POSITIVE
        } else {
            0.0
        };
        if !(from >= least && to > from && to.is_finite()) {
            say(
                "prediction",
                "\"from\" is above nought (for shares, not below) and \"to\" above \"from\"."
                    .to_owned(),
            );
        }
    }
    if let Guess::Curve { values, figure, .. } = guess {
        if !(3..=MOST_VALUES).contains(&values.len())
            || !values.is_sorted_by(|one, other| one < other)
        {
            say(
                "prediction",
                format!("A curve has from three to {MOST_VALUES} values, which rise."),
            );
        }
        if figure.measure.needs_a_run() {
            say(
                "prediction",
                "Curves are worked out by the solver, which has no such figure.".to_owned(),
            );
        }
    }
    if let Guess::Number {
        figure,
        in_a_run: false,
        ..
    } = guess
        && figure.measure.needs_a_run()
    {
        say(
            "prediction",
            "Only a run shows this figure: say \"in_a_run\": true.".to_owned(),
        );
    }
    let ways = lesson.ways.iter().enumerate();
    let ways = ways.map(|(place, way)| (format!("way {}: title", place + 1), way.title.as_str()));
    let named = [("title", &lesson.title), ("idea", &lesson.idea)];
    let named = named.map(|(place, text)| (place.to_owned(), text.as_str()));
    let said = (named.into_iter().chain(ways)).chain(texts(lesson));
    for (place, text) in said {
        if let Some(number) = bare_number(text) {
            say(
                &place,
                format!(
                    "\"{number}\" is written by hand. Numbers are worked out: write the figure in braces, or a word."
                ),
            );
        }
        if text.trim().is_empty() {
            say(&place, "There is no text.".to_owned());
        }
    }
    found
}

/// Every text of the lesson in which figures may stand, with its place.
pub(super) fn texts(lesson: &Lesson) -> Vec<(String, &str)> {
    let mut texts = vec![
        ("situation".to_owned(), lesson.situation.as_str()),
        ("prediction".to_owned(), lesson.prediction.question.as_str()),
        ("event".to_owned(), lesson.event.says.as_str()),
        ("reveal".to_owned(), lesson.reveal.as_str()),
        ("task".to_owned(), lesson.task.says.as_str()),
    ];
    // Where nothing happens, nothing needs to be said.
    let happens = !lesson.event.changes.is_empty();
    texts.retain(|(place, text)| place != "event" || happens || !text.is_empty());
    for (place, hint) in lesson.hints.iter().enumerate() {
        texts.push((format!("hint {}", place + 1), hint));
    }
    for (place, way) in lesson.ways.iter().enumerate() {
        texts.push((format!("way {}", place + 1), &way.because));
    }
    texts
}

/// The terms in a text, whatever stands in its braces.
pub(super) fn terms(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(['{', '[']) {
        let close = if rest[place..].starts_with('[') {
            ']'
        } else {
            '}'
        };
        let inside = &rest[place + 1..];
        let Some(end) = inside.find(close) else {
            break;
        };
        if close == ']' {
            let term = inside[..end].rsplit('|').next().unwrap_or_default();
            found.push(term.trim());
        }
        rest = &inside[end + 1..];
    }
    found
}

/// How many sentences a text has: a stop, or a mark of a question or an exclamation, with nothing or a space behind it, outside braces.
fn sentences(text: &str) -> usize {
    let mut inside = false;
    let mut letters = text.trim().chars().peekable();
    let mut count = 0;
    while let Some(letter) = letters.next() {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            '.' | '?' | '!' if !inside => {
                count += usize::from(letters.peek().is_none_or(|next| next.is_whitespace()));
            }
            _ => {}
        }
    }
    count
}

/// A number that stands in the text by itself, outside braces; "p99" is a name.
fn bare_number(text: &str) -> Option<String> {
    let mut inside = false;
    let mut before = ' ';
    for (place, letter) in text.char_indices() {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            _ if letter.is_ascii_digit() && !inside && !before.is_alphanumeric() => {
                let rest = &text[place..];
                let end =
                    rest.find(|next: char| !next.is_ascii_digit() && next != '.' && next != ',');
                return Some(rest[..end.unwrap_or(rest.len())].to_owned());
            }
            _ => {}
        }
        before = letter;
    }
    None
}
