//! The rows of the open lesson's task as they stand: the task itself and the page of objectives both show these, so that neither can say what the
//! other doesn't.

use super::super::page::Page;
use super::super::run::run_of;
use super::super::ui::prelude::*;
use super::grading::differs;
use super::state::{Open, learning};
use crate::display::lesson::Step;
use loadscape_player::RunOf;
use loadscape_sim::lesson::{Bound, Known, Objective, Seen, graded};
use loadscape_sim::scenario::Objective as OfTheDrawing;
use std::rc::Rc;

/// What is known of a row by now.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What the task's last run came to: whether the row was kept, and what was measured.
    pub ran: Option<(bool, String)>,
    /// Whether that run was of a design that isn't drawn any more.
    pub is_old: bool,
    /// What a run that goes on has measured by now.
    pub so_far: Option<String>,
    /// The solver's figure, empty until it is there; `None` where only a run shows it.
    pub solved: Option<String>,
}

impl Row {
    /// Whether what is drawn keeps it; `None` until its run has ended.
    pub fn met(&self) -> Option<bool> {
        let ran = self.ran.as_ref().filter(|_| !self.is_old);
        ran.map(|(met, _)| *met)
    }

    /// What a run has to say of it, be that of the design before a change.
    pub fn of_run(&self) -> Option<String> {
        if let Some(measured) = &self.so_far {
            return Some(format!("so far {measured}"));
        }
        let (met, measured) = self.ran.as_ref()?;
        let verdict = if *met { "kept" } else { "missed" };
        Some(match self.is_old {
            true => format!("before your change {verdict}: {measured}"),
            false => format!("{verdict}: {measured}"),
        })
    }

    /// What the solver has to say of it.
    pub fn of_theory(&self) -> String {
        match &self.solved {
            Some(solved) if solved.is_empty() => String::new(),
            Some(solved) => format!("solver: {solved}"),
            None => "only a run shows it".to_owned(),
        }
    }

    /// All of that in a line. Once there is a verdict on what is drawn, theory has no say.
    pub fn words(&self) -> String {
        match (self.of_run(), self.met()) {
            (Some(run), Some(_)) => run,
            (Some(run), None) => format!("{run}; {}", self.of_theory()),
            (None, _) => self.of_theory(),
        }
    }
}

/// What is known of the row of the open task at this place; whoever asks is woken when that changes.
pub fn row(page: Page, index: usize, objective: &Objective, is_old: Memo<bool>) -> Row {
    let learning = learning();
    let ran = learning.graded.with(|graded| {
        let row = graded.as_ref()?.grade.objectives.get(index)?;
        Some((row.met, measured(objective, row.measured)))
    });
    let goes_on = learning.watching.with(Option::is_some) && run_of(page) == Some(RunOf::Drawn);
    page.answer.with(|answer| {
        let report = answer.as_ref().map(|answer| &answer.report);
        let of = |seen: Option<&Seen>| {
            let report = report?;
            page.read(|scenario| {
                let known = Known {
                    scenario,
                    report,
                    seen,
                };
                Some(measured(objective, graded(objective, &known).measured))
            })
        };
        let so_far = goes_on && objective.figure.measure.is_of_runs();
        Row {
            ran,
            is_old: is_old.get(),
            so_far: (so_far.then_some(&page.run.estimates)).and_then(|estimates| {
                estimates.with(|estimates| of(Some(&estimates.as_ref()?.seen)))
            }),
            solved: (!objective.figure.measure.needs_a_run()).then(|| of(None).unwrap_or_default()),
        }
    })
}

/// Whether the design has changed since the task's last run.
pub fn is_old(page: Page) -> Memo<bool> {
    let graded = learning().graded;
    Memo::new(move |_| {
        page.steps.track();
        graded.with(|graded| {
            let graded = graded.as_ref();
            graded.is_some_and(|graded| page.read(|drawn| differs(drawn, &graded.drawn)))
        })
    })
}

/// The lesson at whose task somebody is.
pub fn at_the_task() -> Option<Rc<Open>> {
    let learning = learning();
    let open = learning.open.get()?;
    (learning.record().step == Step::Task).then_some(open)
}

impl Open {
    /// Whether an objective of what is drawn is the task's, whose row says more of it.
    pub fn gives(&self, objective: &OfTheDrawing) -> bool {
        self.task.scenario.objectives.contains(objective)
    }
}

/// What has to hold, in words.
pub fn asked(objective: &Objective) -> String {
    let (sign, bound) = bound(objective);
    format!("{} {sign} {bound}", objective.figure)
}

/// The bound, and on which side of it the figure has to be.
pub fn bound(objective: &Objective) -> (&'static str, String) {
    let measure = objective.figure.measure;
    match objective.bound() {
        Bound::AtMost(bound) => ("≤", measure.write(bound)),
        Bound::AtLeast(bound) => ("≥", measure.write(bound)),
    }
}

/// What was measured for an objective, in words.
pub fn measured(objective: &Objective, value: Option<f64>) -> String {
    value.map_or_else(
        || objective.figure.measure.unseen().to_owned(),
        |value| {
            let (Bound::AtMost(bound) | Bound::AtLeast(bound)) = objective.bound();
            objective.figure.measure.write_beside(value, bound)
        },
    )
}
