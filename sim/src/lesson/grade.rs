//! Whether a design does what a task asks for, by what its run has shown. It doesn't look at which parts were placed.

use super::figure::Known;
use super::forms::{Bound, Objective, Task};
use super::seen::Seen;
use crate::report::Report;
use crate::scenario::Scenario;
use std::fmt;

/// What a task's run comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    /// By objective, in the task's order.
    pub objectives: Vec<Graded>,
}

/// What an objective comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// Which.
    pub objective: Objective,
    /// What was measured, in the figure's unit, infinite where it grows without end; `None` where there was too little to measure.
    pub measured: Option<f64>,
    /// Whether it is kept.
    pub met: bool,
}

impl Grade {
    /// Whether all objectives are kept.
    pub fn passed(&self) -> bool {
        self.objectives.iter().all(|graded| graded.met)
    }
}

/// Grades a run of a design. What it costs and carries at most is the solver's to say; everything else is what was seen.
pub fn grade(task: &Task, scenario: &Scenario, report: &Report, seen: &Seen) -> Grade {
    let known = Known {
        scenario,
        report,
        seen: Some(seen),
    };
    Grade {
        objectives: (task.objectives.iter())
            .map(|objective| graded(objective, &known))
            .collect(),
    }
}

/// One objective by what is known, be it a run or the solver's figures.
pub fn graded(objective: &Objective, known: &Known) -> Graded {
    let measured = objective
        .figure
        .of(known)
        .and_then(|figure| figure.number());
    Graded {
        objective: objective.clone(),
        measured,
        met: measured.is_some_and(|measured| objective.is_kept_by(measured)),
    }
}

impl fmt::Display for Graded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = &self.objective.figure;
        let (words, bound) = match self.objective.bound() {
            Bound::AtMost(bound) => ("at most", bound),
            Bound::AtLeast(bound) => ("at least", bound),
        };
        let measured = match self.measured {
            Some(value) => figure.measure.write_beside(value, bound),
            None => figure.measure.unseen().to_owned(),
        };
        let bound = figure.measure.write(bound);
        write!(formatter, "{figure}: {measured} ({words} {bound})")
    }
}
