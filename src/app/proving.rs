//! Changes for the sake of a row of a task that its run has shown to fail, each run aside as the task is run, one after the other. Which are run, and
//! what is offered then, is [`loadscape_sim::lesson::Trials`]'s affair.

use super::dom;
use super::run::trial_while;
use super::solve::with_solver;
use loadscape_sim::insight::Remedy;
use loadscape_sim::lesson::{Going, Trials};
use std::cell::RefCell;
use std::rc::Rc;

/// Milliseconds of solving before the page gets its turn.
const SLICE_MS: f64 = 8.0;

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// What is to be run is being worked out; so many changes have been run.
    Solving(usize),
    /// The change of this number is being run, of so many at most.
    Running(usize, usize, String),
    /// So many have been run.
    Over(usize),
}

impl Stage {
    /// What is said of it.
    pub fn words(&self) -> String {
        match self {
            Stage::Solving(0) => "Looking for changes to run as the task is run…".to_owned(),
            Stage::Solving(run) => format!("{run} run as the task is run. Looking for more…"),
            Stage::Running(number, most, title) => {
                format!("Running change {number} of {most} at most, as the task is run: {title}…")
            }
            Stage::Over(0) => "No change was found to run.".to_owned(),
            Stage::Over(1) => "1 changed design was run as the task is run.".to_owned(),
            Stage::Over(run) => format!("{run} changed designs were run as the task is run."),
        }
    }
}

/// What is told of it on the way: where it stands, and what is offered by then.
type Tell = dyn Fn(Stage, Vec<Remedy>);

struct Proof {
    trials: RefCell<Trials>,
    /// What theory offers.
    steady: Vec<Remedy>,
    wanted: Box<dyn Fn() -> bool>,
    tell: Box<Tell>,
}

/// Runs one change after the other for as long as somebody wants to know.
pub fn prove(
    trials: Trials,
    steady: Vec<Remedy>,
    wanted: impl Fn() -> bool + 'static,
    tell: impl Fn(Stage, Vec<Remedy>) + 'static,
) {
    go_on(&Rc::new(Proof {
        trials: RefCell::new(trials),
        steady,
        wanted: Box::new(wanted),
        tell: Box::new(tell),
    }));
}

fn go_on(proof: &Rc<Proof>) {
    if !(proof.wanted)() {
        return;
    }
    let started = dom::now_ms();
    let mut going = Going::Solving;
    while going == Going::Solving && dom::now_ms() - started < SLICE_MS {
        going = with_solver(|solver| proof.trials.borrow_mut().go_on(solver));
    }
    let trials = proof.trials.borrow();
    let tried = trials.tried();
    let offered = || trials.remedies(&proof.steady);
    match going {
        Going::Solving => {
            (proof.tell)(Stage::Solving(tried), offered());
            let proof = proof.clone();
            dom::later(0, move || go_on(&proof));
        }
        Going::Over => (proof.tell)(Stage::Over(tried), offered()),
        Going::Run => {
            let Some(running) = trials.running() else {
                return;
            };
            let stage = Stage::Running(tried + 1, trials.most(), running.title.clone());
            (proof.tell)(stage, offered());
            let (still, then) = (proof.clone(), proof.clone());
            trial_while(
                &running.scenario,
                &running.analysis,
                move || (still.wanted)(),
                move |seen| {
                    then.trials.borrow_mut().told(seen);
                    go_on(&then);
                },
            );
        }
    }
}
