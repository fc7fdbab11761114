//! All lessons together, and the designs that each goes through. It doesn't know where they come from.

use super::aim::{aimed, aimed_anew};
use super::change::{Change, apply, open};
use super::figure::{Measure, class};
use super::forms::{Bound, Lesson, Way};
use super::same::altered;
use crate::builtin;
use crate::scenario::{Objective, Scenario, Target, read};
use serde::Deserialize;

/// A word of the field.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What it is called.
    pub term: String,
    /// What it means, in a sentence or two.
    pub means: String,
    /// How it is worked out; empty where it isn't.
    #[serde(default)]
    pub formula: String,
    /// Who says so.
    #[serde(default)]
    pub source: String,
}

/// Lessons and the words that they explain.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shelf {
    /// The lessons, in the order in which they are to be taken.
    pub lessons: Vec<Lesson>,
    /// The glossary.
    pub terms: Vec<Term>,
}

/// Why a design can't be gone on with in the next lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// That begins with no other's solution.
    Alone,
    /// Something changes there that the design hasn't, or has under another name: what.
    Change(String),
    /// Nobody could be graded by it, since it does other work: what of it.
    Work(String),
}

/// So many lessons may follow from one another.
const LONGEST_CHAIN: usize = 16;

impl Shelf {
    /// All lessons from one text, as the build puts them together.
    ///
    /// # Errors
    /// Why they can't be read.
    pub fn read(text: &str) -> Result<Shelf, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The lesson of this name.
    pub fn lesson(&self, name: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.name == name)
    }

    /// The glossary's entry for a term, whatever its case.
    pub fn term(&self, term: &str) -> Option<&Term> {
        let mut terms = self.terms.iter();
        terms.find(|entry| entry.term.eq_ignore_ascii_case(term))
    }

    /// The design that a lesson begins with.
    ///
    /// # Errors
    /// Why there is none.
    pub fn start(&self, lesson: &Lesson) -> Result<Scenario, String> {
        self.start_within(lesson, LONGEST_CHAIN)
    }

    /// The design after the event.
    ///
    /// # Errors
    /// Why there is none.
    pub fn event(&self, lesson: &Lesson) -> Result<Scenario, String> {
        self.event_within(lesson, LONGEST_CHAIN)
    }

    /// The design that the task is about.
    ///
    /// # Errors
    /// Why there is none.
    pub fn task(&self, lesson: &Lesson) -> Result<Scenario, String> {
        self.task_within(lesson, LONGEST_CHAIN)
    }

    /// The designs of start, event and task: each is made from the one before, so that a chain of lessons is gone through once.
    ///
    /// # Errors
    /// Why there is none.
    pub fn designs(&self, lesson: &Lesson) -> Result<[Scenario; 3], String> {
        let start = self.start(lesson)?;
        let event = after_event(lesson, start.clone())?;
        let task = as_task(lesson, event.clone())?;
        Ok([start, event, task])
    }

    /// The design that a way comes to; what goes wrong in the task goes wrong in it too, whatever parts it has.
    ///
    /// # Errors
    /// Why there is none.
    pub fn way(&self, lesson: &Lesson, way: &Way) -> Result<Scenario, String> {
        let task = self.task(lesson)?;
        let mut design = apply(&task, &way.changes)?;
        if let Some(faults) = aimed_anew(&task, &design) {
            design.faults = faults;
        }
        Ok(design)
    }

    /// The lesson whose solution this one begins with, and the way that is taken for it.
    pub fn begins_with(&self, lesson: &Lesson) -> Option<(&Lesson, &Way)> {
        let before = self.lesson(lesson.start.solution_of.as_deref()?)?;
        Some((before, solution(before)?))
    }

    /// A design that somebody has come to in the lesson whose solution this one begins with, under all that happens up to this one's task.
    ///
    /// # Errors
    /// Why it can't be gone on with.
    pub fn go_on_with(&self, lesson: &Lesson, own: &Scenario) -> Result<Scenario, Hindrance> {
        let task = match &lesson.start.solution_of {
            Some(_) => self.task(lesson).map_err(|_| Hindrance::Alone)?,
            None => return Err(Hindrance::Alone),
        };
        let mut design = own.clone();
        design.title.clone_from(&task.title);
        design.notes.clear();
        design.faults.clear();
        design.objectives.clone_from(&task.objectives);
        // What goes wrong hits whatever there is, and not what it names.
        let breaks = |change: &Change| matches!(change, Change::Fault { .. });
        let changes = (lesson.start.changes.iter())
            .chain(&lesson.event.changes)
            .chain(&lesson.task.changes);
        let changes: Vec<Change> = changes.filter(|change| !breaks(change)).cloned().collect();
        let mut design = apply(&design, &changes).map_err(Hindrance::Change)?;
        design.run = task.run;
        design.faults = aimed(&task, &design);
        match altered(&lesson.task, &task, &design).into_iter().next() {
            Some(own) => Err(Hindrance::Work(own.what)),
            None => Ok(design),
        }
    }

    fn start_within(&self, lesson: &Lesson, chain: usize) -> Result<Scenario, String> {
        let start = &lesson.start;
        let mut design = if let Some(name) = &start.built_in {
            let built_in = builtin::named(name)
                .ok_or_else(|| format!("there is no built-in scenario \"{name}\""))?;
            read(built_in.text())
                .scenario
                .ok_or_else(|| format!("the built-in scenario \"{name}\" can't be read"))?
        } else if let Some(name) = &start.solution_of {
            let Some(chain) = chain.checked_sub(1) else {
                return Err(format!("\"{name}\" begins, in the end, with itself"));
            };
            let before = self
                .lesson(name)
                .ok_or_else(|| format!("there is no lesson \"{name}\""))?;
            let way =
                solution(before).ok_or_else(|| format!("\"{name}\" has no way that passes"))?;
            apply(&self.task_within(before, chain)?, &way.changes)?
        } else if let Some(document) = &start.scenario {
            open(document)?
        } else {
            return Err("the start names no design".to_owned());
        };
        design.title.clone_from(&lesson.title);
        design.notes.clear();
        design.faults.clear();
        design.objectives.clear();
        apply(&design, &start.changes)
    }

    fn event_within(&self, lesson: &Lesson, chain: usize) -> Result<Scenario, String> {
        after_event(lesson, self.start_within(lesson, chain)?)
    }

    fn task_within(&self, lesson: &Lesson, chain: usize) -> Result<Scenario, String> {
        as_task(lesson, self.event_within(lesson, chain)?)
    }
}

/// The way that others go on with.
fn solution(lesson: &Lesson) -> Option<&Way> {
    lesson.ways.iter().find(|way| way.passes)
}

/// The start's design after the event.
fn after_event(lesson: &Lesson, mut design: Scenario) -> Result<Scenario, String> {
    if let Some(run) = lesson.event.run {
        design.run = run;
    }
    apply(&design, &lesson.event.changes)
}

/// The event's design as the task has it.
fn as_task(lesson: &Lesson, mut design: Scenario) -> Result<Scenario, String> {
    design.faults.clear();
    design.run = lesson.task.run;
    let mut design = apply(&design, &lesson.task.changes)?;
    design.objectives = objectives(lesson, &design);
    Ok(design)
}

/// Those of the task's objectives that a document can have, so that all of the page shows them.
fn objectives(lesson: &Lesson, design: &Scenario) -> Vec<Objective> {
    let own = lesson.task.objectives.iter();
    own.filter_map(|objective| {
        let target = match (objective.figure.measure, objective.bound()) {
            (Measure::Mean, Bound::AtMost(bound)) => Target::MeanAtMostSeconds(bound),
            (Measure::P95, Bound::AtMost(bound)) => Target::P95AtMostSeconds(bound),
            (Measure::P99, Bound::AtMost(bound)) => Target::P99AtMostSeconds(bound),
            (Measure::Success, Bound::AtLeast(bound)) => Target::SuccessAtLeast(bound),
            (Measure::Goodput, Bound::AtLeast(bound)) => Target::GoodputAtLeastPerSecond(bound),
            (Measure::Cost, Bound::AtMost(bound)) => Target::CostAtMostDollarsPerMonth(bound),
            (Measure::Utilisation, Bound::AtMost(bound)) if objective.figure.of.is_none() => {
                Target::UtilisationAtMost(bound)
            }
            _ => return None,
        };
        let name = objective.figure.of.as_deref();
        Some(Objective {
            class: name.and_then(|name| class(design, name)),
            target,
        })
    })
    .collect()
}
