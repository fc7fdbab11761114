//! Whether a lesson holds what it says: its designs open, its texts find their numbers, doing nothing fails the task, and each way does what
//! is said of it. It runs the simulation for that.

use super::aim::{aim_words, aims};
use super::bet::{Fact, fact};
use super::figure::{Known, Measure, class, part};
use super::forms::{Guess, Lesson, Objective};
use super::grade::{Grade, grade};
use super::read::{Mistake, terms, texts};
use super::same::altered;
use super::seen::{Seen, play};
use super::shelf::Shelf;
use super::told::untold;
use super::words::{Span, Speaks, foreseen, words};
use crate::analysis::{Analysis, analyse};
use crate::quantities::{time, whole};
use crate::scenario::{Scenario, Severity, validate};
use crate::units::Seconds;

/// What came of checking a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What is wrong with it.
    pub mistakes: Vec<Mistake>,
    /// What the bet is about.
    pub fact: Option<Fact>,
    /// What doing nothing comes to.
    pub nothing: Option<Grade>,
    /// What each way comes to, in their order.
    pub ways: Vec<Option<Grade>>,
    /// Each text as a learner reads it who does nothing, with its place; a way's beside that way. And of each way what its faults hit, where that
    /// isn't what the task names.
    pub texts: Vec<(String, String)>,
}

/// How long an event's design is run where nobody says, in seconds.
pub(super) const EVENT_SECONDS: f64 = 60.0;

/// The most that somebody waits for who bets: how long a run may last, in seconds, and how many requests it may send.
const MOST_SECONDS: f64 = 3600.0;
const MOST_REQUESTS: f64 = 20e6;

/// Checks a lesson with the others on its shelf.
pub fn check(shelf: &Shelf, lesson: &Lesson) -> Checked {
    checked(shelf, lesson, Some(play))
}

/// What is wrong with a lesson as far as it shows without a run, so that whoever opens one needn't wait: whether its designs open, what it names is
/// there and its words are explained.
pub fn glance(shelf: &Shelf, lesson: &Lesson) -> Vec<Mistake> {
    checked(shelf, lesson, None).mistakes
}

/// What runs a design. Who only glances at a lesson has no use for the event simulation, and a page needn't hold it.
type Play = fn(&Scenario, f64) -> (Analysis, Seen);

fn checked(shelf: &Shelf, lesson: &Lesson, runs: Option<Play>) -> Checked {
    let mut checked = Checked {
        mistakes: Vec::new(),
        fact: None,
        nothing: None,
        ways: Vec::new(),
        texts: Vec::new(),
    };
    if let Err(mistake) = steps(shelf, lesson, runs, &mut checked) {
        checked.mistakes.push(mistake);
    }
    checked
}

/// A design with what is known of it.
struct Played {
    scenario: Scenario,
    analysis: Analysis,
    seen: Option<Seen>,
}

impl Played {
    fn solved(scenario: Scenario) -> Self {
        Played {
            analysis: analyse(&scenario),
            scenario,
            seen: None,
        }
    }

    /// It run, if it is to be; where that would take too long, why not.
    fn run(place: &str, scenario: Scenario, runs: Option<Play>) -> Result<Self, Mistake> {
        let solved = Played::solved(scenario);
        let Played {
            scenario, analysis, ..
        } = &solved;
        let report = &analysis.report;
        let seconds = scenario.run.duration_seconds.unwrap_or(EVENT_SECONDS);
        let requests = seconds * report.classes.iter().map(|own| own.offered.0).sum::<f64>();
        if seconds > MOST_SECONDS || requests > MOST_REQUESTS {
            let message = format!(
                "Its run lasts {} and sends {} requests, which nobody waits for: {} and {} are the most.",
                time(Seconds(seconds)),
                whole(requests),
                time(Seconds(MOST_SECONDS)),
                whole(MOST_REQUESTS),
            );
            return Err(Mistake::new(place, message));
        }
        let Some(play) = runs else {
            return Ok(solved);
        };
        let (analysis, seen) = play(scenario, EVENT_SECONDS);
        Ok(Played {
            scenario: solved.scenario,
            analysis,
            seen: Some(seen),
        })
    }

    fn known(&self) -> Known<'_> {
        Known {
            scenario: &self.scenario,
            report: &self.analysis.report,
            seen: self.seen.as_ref(),
        }
    }
}

fn steps(
    shelf: &Shelf,
    lesson: &Lesson,
    runs: Option<Play>,
    checked: &mut Checked,
) -> Result<(), Mistake> {
    let start = Played::solved(opened("start", shelf.start(lesson))?);
    let event = Played::run("event", opened("event", shelf.event(lesson))?, runs)?;
    let task = Played::run("task", opened("task", shelf.task(lesson))?, runs)?;
    for (place, design) in [("start", &start), ("event", &event), ("task", &task)] {
        let problems = validate(&design.scenario);
        let bad = problems
            .iter()
            .find(|problem| problem.severity == Severity::Error);
        if let Some(problem) = bad {
            checked
                .mistakes
                .push(Mistake::new(place, problem.to_string()));
        }
    }
    (checked.mistakes).extend(opened("start", untold(shelf, lesson))?);
    prediction(lesson, &event, checked);
    for (place, objective) in lesson.task.objectives.iter().enumerate() {
        if let Some(missing) = objective.figure.missing(&task.scenario) {
            let place = format!("objective {}", place + 1);
            (checked.mistakes).push(Mistake::new(place, sentence(capital(&missing))));
        }
    }
    asked(lesson, &task.scenario, checked);
    for (place, design) in [("event", &event), ("task", &task)] {
        breaks_in_time(place, &design.scenario, checked);
    }
    breaks(lesson, &task.scenario, checked);
    let answers = |objective: &Objective| {
        matches!(
            objective.figure.measure,
            Measure::Success | Measure::Goodput
        )
    };
    if !lesson.task.objectives.iter().any(answers) {
        let message = "Nothing bounds \"success\" or \"goodput\": a design that refuses most requests would pass.";
        checked.mistakes.push(Mistake::new("task", message));
    }
    let mut read = |text: &(String, &str), now: Known| {
        let speaks = Speaks {
            now,
            before: start.known(),
            objectives: &lesson.task.objectives,
        };
        let read = if runs.is_some() { words } else { foreseen };
        match read(text.1, &speaks) {
            Err(why) => checked
                .mistakes
                .push(Mistake::new(text.0.as_str(), sentence(why))),
            Ok(spans) => {
                let shown: String = spans.iter().map(Span::shown).collect();
                checked.texts.push((text.0.clone(), shown));
            }
        }
        for term in terms(text.1)
            .into_iter()
            .filter(|term| shelf.term(term).is_none())
        {
            checked.mistakes.push(Mistake::new(
                text.0.as_str(),
                format!(
                    "\"{term}\" isn't in the glossary: write it there, or take the brackets away."
                ),
            ));
        }
    };
    for text in texts(lesson) {
        match text.0.as_str() {
            "situation" | "prediction" => read(&text, start.known()),
            // It is said before anything has run.
            "event" => read(
                &text,
                Known {
                    seen: None,
                    ..event.known()
                },
            ),
            "reveal" => read(&text, event.known()),
            place if !place.starts_with("way") => read(&text, task.known()),
            _ => {}
        }
    }
    let graded = |played: &Played| {
        let seen = played.seen.as_ref()?;
        Some(grade(
            &lesson.task,
            &played.scenario,
            &played.analysis.report,
            seen,
        ))
    };
    let nothing = graded(&task);
    let mut passing = 0;
    let mut elsewhere = Vec::new();
    let mut ways = Vec::new();
    for (place, way) in lesson.ways.iter().enumerate() {
        let place = format!("way {}", place + 1);
        let played = Played::run(&place, opened(&place, shelf.way(lesson, way))?, runs)?;
        read(&(place.clone(), way.because.as_str()), played.known());
        for aim in aims(&task.scenario, &played.scenario) {
            let words = aim_words(&task.scenario, &played.scenario, &aim);
            elsewhere.extend(words.map(|words| (place.clone(), words)));
        }
        ways.push((
            place,
            way,
            graded(&played),
            altered(&lesson.task, &task.scenario, &played.scenario),
        ));
    }
    if nothing.as_ref().is_some_and(Grade::passed) {
        let message = "Doing nothing passes: make an objective stricter, or the load higher.";
        checked.mistakes.push(Mistake::new("task", message));
    }
    checked.nothing = nothing;
    checked.texts.extend(elsewhere);
    for (place, way, grade, altered) in ways {
        for altered in altered {
            let message = format!(
                "It changes what isn't the learner's to change. {}",
                altered.what
            );
            checked.mistakes.push(Mistake::new(place.as_str(), message));
        }
        let does_pass = grade.as_ref().map(Grade::passed);
        if let Some(does_pass) = does_pass.filter(|does_pass| *does_pass != way.passes) {
            let message = if does_pass {
                "It passes, though it is said to fail."
            } else {
                "It fails, though it is said to pass."
            };
            let figures = grade.as_ref().map_or_else(String::new, figures);
            checked
                .mistakes
                .push(Mistake::new(place.as_str(), format!("{message} {figures}")));
        }
        passing += usize::from(way.passes);
        checked.ways.push(grade);
    }
    if passing < 2 || passing == lesson.ways.len() {
        let message = "There are two ways or more that pass, and one or more that fails.";
        checked.mistakes.push(Mistake::new("ways", message));
    }
    Ok(())
}

/// What was made; where it couldn't be, that as a mistake.
fn opened<T>(place: &str, made: Result<T, String>) -> Result<T, Mistake> {
    made.map_err(|why| Mistake::new(place, sentence(why)))
}

/// Whatever breaks does so while the run lasts.
fn breaks_in_time(place: &str, design: &Scenario, checked: &mut Checked) {
    let seconds = design.run.duration_seconds.unwrap_or(EVENT_SECONDS);
    let late = design.faults.iter();
    for fault in late.filter(|fault| fault.start_seconds >= seconds) {
        let message = format!(
            "A fault begins at {}, and the run is over at {}: nobody ever sees it.",
            time(Seconds(fault.start_seconds)),
            time(Seconds(seconds)),
        );
        checked.mistakes.push(Mistake::new(place, message));
    }
}

/// Something breaks where the task says that it does, or measures what comes of it.
fn breaks(lesson: &Lesson, task: &Scenario, checked: &mut Checked) {
    if !task.faults.is_empty() {
        return;
    }
    let says = lesson.task.says.to_lowercase();
    if says.contains("surviv") {
        let message = "It speaks of surviving, and has no fault: name what breaks in its changes.";
        checked.mistakes.push(Mistake::new("task", message));
    }
    for (place, objective) in lesson.task.objectives.iter().enumerate() {
        if matches!(objective.figure.measure, Measure::Recovery | Measure::Lost) {
            let message = format!(
                "The task has no fault, so that {} says nothing: name what breaks in its changes.",
                objective.figure
            );
            let place = format!("objective {}", place + 1);
            checked.mistakes.push(Mistake::new(place, message));
        }
    }
}

/// What has to be asked is there.
fn asked(lesson: &Lesson, task: &Scenario, checked: &mut Checked) {
    for (name, parts) in &lesson.task.asks {
        let mut lacks = |what: &str, name: &str| {
            let message = format!("\"asks\" names the {what} \"{name}\", which isn't there.");
            checked.mistakes.push(Mistake::new("task", message));
        };
        if class(task, name).is_none() {
            lacks("class", name);
        }
        for name in parts.iter().filter(|name| part(task, name).is_none()) {
            lacks("part", name);
        }
    }
}

/// With a full stop, where it has none.
fn sentence(why: String) -> String {
    match why.ends_with('.') {
        true => why,
        false => why + ".",
    }
}

/// With a capital letter at its beginning.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    (letters.next()).map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn prediction(lesson: &Lesson, event: &Played, checked: &mut Checked) {
    let guess = &lesson.prediction.guess;
    let (Guess::Number { figure, .. } | Guess::Part { figure } | Guess::Curve { figure, .. }) =
        guess;
    let known = event.known();
    // What only a run shows isn't there where none was made.
    let waits = known.seen.is_none()
        && matches!(guess, Guess::Number { in_a_run: true, .. })
        && figure.missing(&event.scenario).is_none();
    if waits {
        return;
    }
    let fact = fact(guess, &known);
    let message = match (&fact, guess) {
        (None, _) => {
            let missing = figure.missing(&event.scenario);
            let why = missing.unwrap_or_else(|| "it has no value there".to_owned());
            Some(format!(
                "The bet is about {figure}, but after the event {why}."
            ))
        }
        (Some(Fact::Number(value)), Guess::Number { from, to, .. })
            if value.is_finite() && !(from..=to).contains(&value) =>
        {
            let value = figure.measure.write(*value);
            Some(format!(
                "It comes to {value}, which nobody could bet: widen the range."
            ))
        }
        _ => None,
    };
    if let Some(message) = message {
        checked.mistakes.push(Mistake::new("prediction", message));
    }
    checked.fact = fact;
}

/// What was measured against what was asked for, e.g. "p99: 312 ms (at most 300 ms)".
fn figures(grade: &Grade) -> String {
    let rows: Vec<String> = (grade.objectives.iter())
        .filter(|graded| !graded.met)
        .map(|graded| graded.to_string())
        .collect();
    rows.join("; ")
}
