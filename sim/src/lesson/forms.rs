//! What a lesson consists of, as its file has it. It knows neither how a lesson is read nor what becomes of its designs.

use super::change::Change;
use super::figure::Figure;
use crate::scenario::{ClassId, RunSettings, Scenario};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A lesson.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The version of the form: 1.
    pub format_version: u32,
    /// What links call it: small letters, digits and hyphens.
    pub name: String,
    /// Which row of the ground to cover it is, e.g. "3a" or "stage 2"; shown before the title.
    pub row: String,
    /// What lists call it.
    pub title: String,
    /// The one new idea, in a sentence that doesn't give it away.
    pub idea: String,
    /// The situation, in two sentences; see [`super::words()`] for what may stand in texts.
    pub situation: String,
    /// The design to begin with.
    pub start: Start,
    /// The bet that is placed before anything runs.
    pub prediction: Prediction,
    /// What happens once the bet is placed.
    #[serde(default)]
    pub event: Event,
    /// What to say when bet and fact are there.
    pub reveal: String,
    /// What is to be done then.
    pub task: Task,
    /// From a nudge over a direction to the answer.
    pub hints: [String; 3],
    /// Designs that pass and designs that don't; the first that passes is the one that the lesson is about.
    pub ways: Vec<Way>,
}

impl Lesson {
    /// The class that the task is about: the one that its objectives name; `None` where they name none, or several.
    pub fn subject(&self, scenario: &Scenario) -> Option<ClassId> {
        let objectives = self.task.objectives.iter();
        let mut named = objectives.filter_map(|own| own.figure.class(scenario));
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)
    }
}

/// A design to begin with.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// A built-in scenario's name.
    #[serde(default)]
    pub built_in: Option<String>,
    /// The name of the lesson whose task's design, solved by its first way that passes, this one begins with.
    #[serde(default)]
    pub solution_of: Option<String>,
    /// A document, as a file has it. One of the three is there.
    #[serde(default)]
    pub scenario: Option<serde_json::Value>,
    /// Changes to it.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// What happens once the bet is placed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// In a few words, e.g. "The users double".
    #[serde(default)]
    pub says: String,
    /// What becomes of the design.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// How it is run; as the design has it where nothing is said.
    #[serde(default)]
    pub run: Option<RunSettings>,
}

/// A bet.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// What is asked.
    pub question: String,
    /// How it is answered.
    pub guess: Guess,
}

/// How a bet is placed, and what it is held against: figures of the design after the event.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Guess {
    /// A number.
    Number {
        /// Which figure.
        figure: Figure,
        /// The least that can be said, in the figure's own unit.
        from: f64,
        /// The most.
        to: f64,
        /// Whether a run shows it; else the solver.
        #[serde(default)]
        in_a_run: bool,
    },
    /// The part that gives way first.
    Part {
        /// Its name in the file is [`super::Measure::Bottleneck`]'s.
        figure: Figure,
    },
    /// A figure at several values of a part's parameter.
    Curve {
        /// Which figure.
        figure: Figure,
        /// The part's name.
        part: String,
        /// The parameter's name.
        parameter: String,
        /// The values, rising, in the parameter's own unit.
        values: Vec<f64>,
        /// The least that can be said, in the figure's own unit.
        from: f64,
        /// The most; a figure that grows without end counts as this.
        to: f64,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// In a few sentences.
    pub says: String,
    /// What becomes of the event's design before it is handed over; its faults are those of the task.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// What a run has to show.
    pub objectives: Vec<Objective>,
    /// Parts that a request of a class has to ask as often as the task's design does, by the class's name: work that no design may leave out.
    /// Databases, storages and parts outside are meant without being named.
    #[serde(default)]
    pub asks: BTreeMap<String, Vec<String>>,
    /// How it is run.
    pub run: RunSettings,
    /// Whether the ways stand side by side from the beginning, and not only once the task is done.
    #[serde(default)]
    pub shows_ways: bool,
}

/// A bound on a figure.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// Which figure.
    pub figure: Figure,
    /// The most that it may be, in its own unit.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// The least. One of the two is there.
    #[serde(default)]
    pub at_least: Option<f64>,
}

/// Which way a figure is bounded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// It may be so much.
    AtMost(f64),
    /// It has to be so much.
    AtLeast(f64),
}

impl Objective {
    /// Its bound. Reading has made sure that there is one.
    pub fn bound(&self) -> Bound {
        match (self.at_most, self.at_least) {
            (Some(most), _) => Bound::AtMost(most),
            (None, least) => Bound::AtLeast(least.unwrap_or(0.0)),
        }
    }

    /// Whether this value keeps it.
    pub fn is_kept_by(&self, value: f64) -> bool {
        match self.bound() {
            Bound::AtMost(most) => value <= most,
            Bound::AtLeast(least) => value >= least,
        }
    }
}

/// A design that somebody might come to.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// In a few words, e.g. "A second server".
    pub title: String,
    /// Whether it keeps the task's objectives.
    pub passes: bool,
    /// Why, and what it costs besides money.
    pub because: String,
    /// What becomes of the task's design.
    pub changes: Vec<Change>,
}
