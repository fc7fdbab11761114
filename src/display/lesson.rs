//! How far somebody has come in the lessons, the links to their steps, and what stands beside one another in them. It knows no lesson's contents.

use super::compared::{Row, row};
use loadscape_sim::lesson::{Bet, Figure, Guess, Known, Measure, Measured};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ComponentId, Scenario};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The steps of a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A bet is placed.
    #[default]
    Bet,
    /// What was bet on happens.
    Reveal,
    /// Something is to be done.
    Task,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Step; 3] = [Step::Bet, Step::Reveal, Step::Task];

    /// What links call it.
    pub fn name(self) -> &'static str {
        match self {
            Step::Bet => "bet",
            Step::Reveal => "reveal",
            Step::Task => "task",
        }
    }

    /// What the screen calls it.
    pub fn label(self) -> &'static str {
        match self {
            Step::Bet => "Bet",
            Step::Reveal => "See",
            Step::Task => "Mend",
        }
    }
}

/// Which step of which lesson a link leads to, where the fragment is such a link: `lesson=NAME` or `lesson=NAME/STEP`. A step that there isn't
/// comes back as it was written.
pub fn read_link(fragment: &str) -> Option<(String, Result<Step, String>)> {
    let rest = fragment.trim_start_matches('#').strip_prefix("lesson=")?;
    let (name, step) = rest.split_once('/').unwrap_or((rest, ""));
    let known = Step::ALL.into_iter().find(|known| known.name() == step);
    let step = match known {
        Some(step) => Ok(step),
        None if step.is_empty() => Ok(Step::default()),
        None => Err(step.to_owned()),
    };
    Some((name.to_owned(), step))
}

/// The fragment of a link to this step.
pub fn write_link(name: &str, step: Step) -> String {
    format!("#lesson={name}/{}", step.name())
}

/// How far somebody has come in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Where they are.
    pub step: Step,
    /// What they bet.
    pub bet: Option<Bet>,
    /// Hints that they have read.
    pub hints: usize,
    /// Whether the task is done.
    pub passed: bool,
    /// Their design of the task, as a share link's text.
    pub design: Option<String>,
}

/// How far somebody has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The lesson that is open.
    pub open: Option<String>,
    /// By lesson.
    pub lessons: BTreeMap<String, Record>,
}

impl Progress {
    /// What was kept; whatever can't be read has not been learned.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text to keep.
    pub fn write(&self) -> String {
        // Plain data with string keys always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How far they are in this one.
    pub fn of(&self, name: &str) -> Record {
        self.lessons.get(name).cloned().unwrap_or_default()
    }
}

/// Where a value stands on a guess's scale, from 0 to 1.
pub fn place(measure: Measure, from: f64, to: f64, value: f64) -> f64 {
    let value = value.clamp(from, to);
    let along = if measure.spans_decades() {
        (value / from).ln() / (to / from).ln()
    } else {
        (value - from) / (to - from)
    };
    along.clamp(0.0, 1.0)
}

/// The value at this place of a guess's scale, at three figures, as nobody guesses finer.
pub fn value_at(measure: Measure, from: f64, to: f64, place: f64) -> f64 {
    let place = place.clamp(0.0, 1.0);
    let value = if measure.spans_decades() {
        from * (to / from).powf(place)
    } else {
        from + (to - from) * place
    };
    rounded(value).clamp(from, to)
}

fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let step = 10_f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / step).round() * step
}

/// What a bet begins with: nothing is suggested, so a number stands in the middle and a curve is flat.
pub fn first_bet(guess: &Guess) -> Option<Bet> {
    match guess {
        Guess::Number {
            figure, from, to, ..
        } => Some(Bet::Number(value_at(figure.measure, *from, *to, 0.5))),
        Guess::Part { .. } => None,
        Guess::Curve {
            figure,
            values,
            from,
            to,
            ..
        } => {
            let low = value_at(figure.measure, *from, *to, 0.3);
            Some(Bet::Curve(vec![low; values.len()]))
        }
    }
}

/// Whether anybody is answered well. A design that answers nobody costs nothing, leaks nothing and is no better for that.
pub fn serves(report: &Report) -> bool {
    report.classes.iter().any(|class| class.goodput.0 > 0.0)
}

/// A row of a design that answers so or doesn't: what answers nobody gains nothing.
pub fn gained(row: Row, serves: bool) -> Row {
    Row {
        better: row.better.filter(|better| serves || !better),
        ..row
    }
}

/// The figures that stand beside one another while a design is changed, by the solver.
pub fn beside(before: &Known, now: &Known) -> Vec<Row> {
    const SHOWN: [(Measure, &str); 4] = [
        (Measure::P99, "Slowest p99"),
        (Measure::Success, "Answered well"),
        (Measure::HighestLoad, "Sustains"),
        (Measure::Cost, "Cost a month"),
    ];
    let measured = |known: &Known, measure| Figure { measure, of: None }.of(known);
    let rows = SHOWN.into_iter().filter_map(|(measure, label)| {
        let (was, is) = (measured(before, measure), measured(now, measure));
        was.or(is)?;
        let write = |value: f64| {
            let words = measure.write(value);
            words.strip_suffix(" a month").unwrap_or(&words).to_owned()
        };
        let number = |measured: Option<Measured>| measured.and_then(Measured::number);
        let better = measure.is_better_when_higher();
        Some(row(label, number(was), number(is), better, &write))
    });
    let limit = |known: &Known| match measured(known, Measure::Bottleneck) {
        Some(Measured::Part(id)) => Some(name(known.scenario, id)),
        _ => None,
    };
    let limits = (limit(before), limit(now));
    let limits = (limits.0.is_some() || limits.1.is_some()).then(|| Row {
        label: "Gives way first".to_owned(),
        before: limits.0.unwrap_or("–".to_owned()),
        after: limits.1.unwrap_or("–".to_owned()),
        change: String::new(),
        better: None,
    });
    rows.chain(limits).collect()
}

fn name(scenario: &Scenario, id: ComponentId) -> String {
    scenario
        .component(id)
        .map_or_else(String::new, |part| part.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_name_a_lesson_and_a_step() {
        for step in Step::ALL {
            let link = write_link("client-and-server", step);
            assert_eq!(
                read_link(&link),
                Some(("client-and-server".to_owned(), Ok(step)))
            );
        }
        assert_eq!(
            read_link("#lesson=cache"),
            Some(("cache".to_owned(), Ok(Step::Bet)))
        );
        assert_eq!(
            read_link("#lesson=cache/"),
            Some(("cache".to_owned(), Ok(Step::Bet)))
        );
        assert_eq!(
            read_link("#lesson=cache/nonsense"),
            Some(("cache".to_owned(), Err("nonsense".to_owned())))
        );
        assert_eq!(read_link("#AQxyz"), None);
    }

    #[test]
    fn an_empty_drawing_gains_nothing() {
        use loadscape_sim::analysis::analyse;
        let text = loadscape_sim::builtin::named("knee")
            .expect("it is built in")
            .text();
        let before = loadscape_sim::scenario::read(text).scenario.expect("sound");
        let empty = Scenario::default();
        let (was, is) = (analyse(&before), analyse(&empty));
        assert!(serves(&was.report) && !serves(&is.report));
        let known = |scenario, report| Known {
            scenario,
            report,
            seen: None,
        };
        let rows = beside(&known(&before, &was.report), &known(&empty, &is.report));
        assert!(rows.iter().any(|row| row.better == Some(true)), "{rows:?}");
        for row in rows {
            let worse = row.better == Some(false);
            let row = gained(row, serves(&is.report));
            assert_ne!(row.better, Some(true), "{row:?}");
            assert_eq!(row.better == Some(false), worse, "{row:?}");
        }
    }

    #[test]
    fn progress_comes_back_and_rubbish_is_no_progress() {
        let mut progress = Progress {
            open: Some("cache".to_owned()),
            ..Progress::default()
        };
        let record = Record {
            step: Step::Task,
            bet: Some(Bet::Number(0.3)),
            hints: 2,
            passed: true,
            design: Some("abc".to_owned()),
        };
        progress.lessons.insert("cache".to_owned(), record);
        assert_eq!(Progress::read(&progress.write()), progress);
        for rubbish in ["", "{", "[1]", "{\"lessons\": 3}"] {
            assert_eq!(Progress::read(rubbish), Progress::default());
        }
    }

    #[test]
    fn places_and_values_are_each_others_inverse() {
        for (measure, from, to) in [(Measure::P99, 0.01, 10.0), (Measure::Success, 0.0, 1.0)] {
            for step in 0..=20 {
                let along = f64::from(step) / 20.0;
                let value = value_at(measure, from, to, along);
                // Three figures are within half a percent.
                assert!(
                    (place(measure, from, to, value) - along).abs() < 0.005,
                    "{value}"
                );
            }
            assert_eq!(place(measure, from, to, f64::INFINITY), 1.0);
        }
    }
}
