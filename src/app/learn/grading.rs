//! Runs of a lesson's designs, watched to their end: what the event showed, and whether the task is done. How is the core's to say.

use super::super::dom;
use super::super::page::Page;
use super::super::run::{self, Control};
use super::super::ui::follow;
use super::aim::take_aim;
use super::state::{Learning, Open, Solved, draw, learning};
use crate::display::lesson::{Step, called};
use crate::display::run::pace_for;
use loadscape_player::State;
use loadscape_sim::lesson::{Altered, Grade, Seen, altered, grade};
use loadscape_sim::scenario::Scenario;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How long a lesson's run is played at most, seconds: long enough to see, and whoever can't wait goes to its end.
const PLAYED_SECONDS: f64 = 20.0;

/// What is said of a run in which the design changed.
pub const MIXED: &str =
    "The design changed while it ran, so the run shows nothing of any one design. Run it again.";

/// A run that is waited for.
#[derive(Debug)]
pub struct Watching {
    step: Step,
    /// What was drawn when it began.
    drawn: RefCell<Scenario>,
    /// Whether it went on with another design since, be that gone again.
    mixed: Cell<bool>,
}

/// What the task's run came to.
#[derive(Debug)]
pub struct Graded {
    /// By objective.
    pub grade: Grade,
    /// What isn't the learner's to change and was changed.
    pub altered: Vec<Altered>,
    /// The design that it was of.
    pub drawn: Scenario,
    /// What the run has shown.
    pub seen: Seen,
}

impl Graded {
    /// Whether the task is done.
    pub fn passed(&self) -> bool {
        self.grade.passed() && self.altered.is_empty()
    }
}

/// Begins a run of what is drawn, whose end is waited for.
pub fn run(page: Page) {
    let learning = learning();
    let step = learning.record_now().step;
    // What is bet on is what happens to the lesson's own design.
    if let (Step::Reveal, Some(open)) = (step, learning.open.get_untracked()) {
        draw(page, step.label(), open.event.scenario.clone());
    }
    take_aim(page);
    let seconds = page.read(|scenario| scenario.run.duration_seconds);
    wait_for_the_end(page, &learning, step);
    run::control(page, Control::Restart);
    let pace = pace_for(seconds.unwrap_or(0.0), PLAYED_SECONDS);
    run::control(page, Control::PaceOnce(pace));
    page.announcement.set("The run has begun.".to_owned());
    dom::focus_if_lost("lesson-hurry");
}

fn wait_for_the_end(page: Page, learning: &Learning, step: Step) {
    learning.graded.set(None);
    learning.mixed.set(false);
    learning.watching.set(Some(Rc::new(Watching {
        step,
        drawn: RefCell::new(page.read(Scenario::clone)),
        mixed: Cell::new(false),
    })));
}

/// Waits for the end of a run that somebody has begun elsewhere on the page, where it shows what the lesson's own would.
fn join(page: Page, learning: &Learning) {
    let Some(open) = learning.open.get_untracked() else {
        return;
    };
    let step = learning.record_now().step;
    let shows = match step {
        Step::Bet => false,
        Step::Reveal => page.read(|drawn| !differs(drawn, &open.event.scenario)),
        Step::Task => true,
    };
    if shows {
        wait_for_the_end(page, learning, step);
    }
}

/// Plays what runs to its end, as fast as it goes.
pub fn hurry(page: Page) {
    run::control(page, Control::ToTheEnd);
}

/// How far the run is that is waited for, 0 to 1.
pub fn progress(page: Page) -> f64 {
    page.run.frame.with(|frame| {
        let Some(frame) = frame else {
            return 0.0;
        };
        frame.end.map_or(0.0, |end| frame.at / end)
    })
}

/// Waits for ends of runs, as long as the panel is there.
pub fn watch(page: Page) {
    follow(Box::new(move || {
        let changes = page.run.changes.get();
        let learning = learning();
        let Some(watching) = learning.watching.get_untracked() else {
            // Nothing has changed yet in a run that has just begun.
            if changes == 0 && page.run.open.get_untracked() {
                join(page, &learning);
            }
            return;
        };
        let drawn = page.read(Scenario::clone);
        if changes == 0 {
            // It was begun anew.
            watching.mixed.set(false);
            watching.drawn.replace(drawn);
        } else if differs(&drawn, &watching.drawn.borrow()) {
            watching.mixed.set(true);
        }
    }));
    follow(Box::new(move || {
        let learning = learning();
        let Some(watching) = learning.watching.get() else {
            return;
        };
        if !page.run.open.get() {
            // Somebody has ended it.
            learning.watching.set(None);
            return;
        }
        let ended_at = page.run.frame.with(|frame| {
            let frame = frame.as_ref()?;
            (frame.state == State::Ended).then_some(frame.at)
        });
        let Some(ended_at) = ended_at else {
            return;
        };
        let estimates = page.run.estimates.get();
        let Some(estimates) =
            estimates.filter(|estimates| estimates.seconds >= ended_at * (1.0 - 1e-9))
        else {
            return;
        };
        learning.watching.set(None);
        let Some(open) = learning.open.get_untracked() else {
            return;
        };
        // The button that led to the end is gone with the run.
        dom::focus_if_lost("lesson-outcome");
        let drawn = page.read(Scenario::clone);
        if watching.mixed.get() || differs(&drawn, &watching.drawn.borrow()) {
            learning.mixed.set(true);
            return page.announcement.set(MIXED.to_owned());
        }
        match watching.step {
            Step::Task => grade_task(page, &learning, &open, drawn, &estimates.seen),
            Step::Bet | Step::Reveal => {
                learning.keep_run(&open, watching.step, &drawn, &estimates.seen);
                learning.seen.set(Some(Rc::new(estimates.seen.clone())));
                let judged = open.judged(learning.record_now().bet.as_ref(), &estimates.seen);
                let said = judged.map_or_else(String::new, |(closeness, words)| {
                    format!(" {}. {words}", called(closeness))
                });
                page.announcement.set(format!("The run has ended.{said}"));
            }
        }
    }));
}

/// What a run of this design comes to.
pub fn graded(open: &Open, drawn: Scenario, seen: &Seen) -> Graded {
    let solved = Solved::new(drawn);
    Graded {
        grade: grade(
            &open.lesson().task,
            &solved.scenario,
            &solved.analysis().report,
            seen,
        ),
        altered: altered(&open.lesson().task, &open.task.scenario, &solved.scenario),
        drawn: solved.scenario,
        seen: seen.clone(),
    }
}

fn grade_task(page: Page, learning: &Learning, open: &Open, drawn: Scenario, seen: &Seen) {
    learning.keep_run(open, Step::Task, &drawn, seen);
    let graded = graded(open, drawn, seen);
    let passed = graded.passed();
    learning.graded.set(Some(Rc::new(graded)));
    learning.keep_design(page);
    if passed {
        learning.note(page, |record| record.passed = true);
    }
    let said = if passed {
        "Done: every objective is kept."
    } else {
        "Not yet: see which objective is missed."
    };
    page.announcement.set(said.to_owned());
}

/// Whether two designs do differently; where their parts stand doesn't matter.
pub fn differs(one: &Scenario, other: &Scenario) -> bool {
    let plain = |scenario: &Scenario| {
        let mut plain = scenario.clone();
        if scenario.zones.is_empty() {
            for part in &mut plain.components {
                part.position = Default::default();
            }
        }
        plain.title.clear();
        plain.notes.clear();
        plain
    };
    plain(one) != plain(other)
}
