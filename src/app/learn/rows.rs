//! The rows of the open lesson's task as they stand: the task itself and the page of objectives both show these, so that neither can say what the
//! other doesn't.

use super::super::page::Page;
use super::super::run::run_of;
use super::super::ui::prelude::*;
use super::grading::differs;
use super::state::{Open, learning};
use crate::display::lesson::Step;
use loadscape_player::RunOf;
use loadscape_sim::insight::BilledBy;
use loadscape_sim::lesson::{Bound, Known, Objective, Seen, graded};
use loadscape_sim::scenario::Objective as OfTheDrawing;
use std::rc::Rc;

/// What is known of a row by now.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What the task's last run came to: whether the row was kept, and what was measured; of what no run decides, what the design comes to.
    pub ran: Option<(bool, String)>,
    /// Whether the design alone decides it: what is left open, and cost where no machines come and go in the run.
    pub by_design: bool,
    /// Whether it is a day's average, of which the run shows only a part.
    pub of_a_day: bool,
    /// Whether that run was of a design that isn't drawn any more.
    pub is_old: bool,
    /// What a run that goes on has measured by now.
    pub so_far: Option<String>,
    /// The solver's figure, empty until it is there; `None` where only a run shows it.
    pub solved: Option<String>,
}

impl Row {
    /// Whether what is drawn keeps it; `None` until its run, where one decides it, has ended.
    pub fn met(&self) -> Option<bool> {
        let ran = self.ran.as_ref().filter(|_| !self.is_old);
        ran.map(|(met, _)| *met)
    }

    /// What a run has to say of it, be that of the design before a change; `None` as long as there was none, and where none decides it.
    pub fn of_run(&self) -> Option<String> {
        if self.by_design {
            return None;
        }
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

    /// What the solver has to say of it; `None` where it has nothing to say.
    fn of_theory(&self) -> Option<String> {
        let solved = self.solved.as_ref().filter(|solved| !solved.is_empty())?;
        Some(format!("solver: {solved}"))
    }

    /// All of that in a line. Once there is a verdict on what is drawn, theory has no say.
    pub fn words(&self) -> String {
        if let (true, Some((met, measured))) = (self.by_design, &self.ran) {
            let verdict = if *met { "kept" } else { "missed" };
            let of_a_day = if self.of_a_day { OF_A_DAY } else { "" };
            return format!("{verdict} as drawn: {measured}{of_a_day}");
        }
        match (self.of_run(), self.met(), self.of_theory()) {
            (Some(run), None, Some(theory)) => format!("{run}; {theory}"),
            (Some(run), ..) => run,
            (None, _, Some(theory)) => theory,
            (None, _, None) if self.solved.is_none() => NOT_RUN.to_owned(),
            (None, _, None) => String::new(),
        }
    }
}

/// Of a bill that a run can't show.
const OF_A_DAY: &str = ", averaged over the day; the run shows only a part of it";

/// Of what only a run decides, before there was one.
pub const NOT_RUN: &str = "not run yet";

/// What is known of the row of the open task at this place; whoever asks is woken when that changes.
pub fn row(page: Page, index: usize, objective: &Objective, is_old: Memo<bool>) -> Row {
    let learning = learning();
    let in_a_run = learning.graded.with(|graded| {
        let row = graded.as_ref()?.grade.objectives.get(index)?;
        Some((row.met, measured(objective, row.measured)))
    });
    let goes_on = learning.watching.with(Option::is_some) && run_of(page) == Some(RunOf::Drawn);
    page.answer.with(|answer| {
        let report = answer.as_ref().map(|answer| &answer.report);
        let by_design = page.read(|scenario| !objective.figure.is_of_runs(scenario));
        let of_a_day =
            page.read(|scenario| objective.figure.billed_by(scenario)) == Some(BilledBy::Day);
        let of = |seen: Option<&Seen>| {
            let report = report?;
            page.read(|scenario| {
                let known = Known {
                    scenario,
                    report,
                    seen,
                };
                let own = graded(objective, &known);
                Some((own.met, measured(objective, own.measured)))
            })
        };
        let so_far = (goes_on && !by_design).then_some(page.run.estimates);
        let so_far = so_far
            .and_then(|estimates| estimates.with(|estimates| of(Some(&estimates.as_ref()?.seen))));
        let solved = (!objective.figure.measure.needs_a_run()).then(|| of(None));
        Row {
            ran: match by_design {
                true => solved.clone().flatten(),
                false => in_a_run,
            },
            by_design,
            of_a_day,
            is_old: !by_design && is_old.get(),
            so_far: so_far.map(|(_, measured)| measured),
            solved: solved.map(|solved| solved.map_or_else(String::new, |(_, measured)| measured)),
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
