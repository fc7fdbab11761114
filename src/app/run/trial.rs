//! Designs run aside, in threads of their own, for what their whole runs show. What is drawn and what is played go on undisturbed.

use super::super::dom;
use super::thread::Thread;
use loadscape_player::{Opening, Order, Pace, State, Telling};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::lesson::Seen;
use loadscape_sim::scenario::Scenario;
use loadscape_sim::share;
use std::cell::RefCell;
use std::rc::Rc;

struct Trial {
    thread: Option<Thread>,
    ended_at: Option<f64>,
    then: Option<Box<dyn FnOnce(Option<Seen>)>>,
}

/// Runs a design to the end that it wants, as fast as it goes; `None` where it can't be run.
pub fn trial(scenario: &Scenario, analysis: &Analysis, then: impl FnOnce(Option<Seen>) + 'static) {
    trial_while(scenario, analysis, || true, then);
}

/// The same as long as somebody wants to know; `None` where nobody does any more.
pub fn trial_while(
    scenario: &Scenario,
    analysis: &Analysis,
    wanted: impl Fn() -> bool + 'static,
    then: impl FnOnce(Option<Seen>) + 'static,
) {
    const RUN: u32 = 1;
    let trial = Rc::new(RefCell::new(Trial {
        thread: None,
        ended_at: None,
        then: Some(Box::new(then)),
    }));
    let (heard, stopped) = (Rc::downgrade(&trial), Rc::downgrade(&trial));
    let hear = move |telling: Telling| {
        let Some(trial) = heard.upgrade() else {
            return;
        };
        if !wanted() {
            return finish(&trial, None);
        }
        match telling {
            Telling::Frame(frame) => {
                let mut trial = trial.borrow_mut();
                if frame.state == State::Ended {
                    trial.ended_at = Some(frame.at);
                }
                if let Some(thread) = &trial.thread {
                    thread.send(&Order::Shown);
                }
            }
            Telling::Estimates(estimates) => {
                let ended_at = trial.borrow().ended_at;
                if ended_at.is_some_and(|end| estimates.seconds >= end * (1.0 - 1e-9)) {
                    finish(&trial, Some(estimates.seen));
                }
            }
            Telling::Refused(_) => finish(&trial, None),
            Telling::Ready | Telling::Course(_) | Telling::Slowest(_) => {}
        }
    };
    let stop = move || {
        if let Some(trial) = stopped.upgrade() {
            finish(&trial, None);
        }
    };
    match Thread::start(hear, stop) {
        Err(_) => finish(&trial, None),
        Ok(thread) => {
            thread.send(&Order::Open(Opening {
                run: RUN,
                document: share::encode(scenario),
                instances: analysis.first_instances(scenario),
            }));
            thread.send(&Order::Pace(Pace::Fastest));
            thread.send(&Order::Play);
            trial.borrow_mut().thread = Some(thread);
            // The thread's closures know it weakly; until its end it is held here.
            RUNNING.with_borrow_mut(|running| running.push(trial));
        }
    }
}

thread_local! {
    static RUNNING: RefCell<Vec<Rc<RefCell<Trial>>>> = const { RefCell::new(Vec::new()) };
}

fn finish(trial: &Rc<RefCell<Trial>>, seen: Option<Seen>) {
    let then = trial.borrow_mut().then.take();
    let own = trial.clone();
    // Afterwards: what is called now belongs to the thread that is dropped with it.
    dom::later(0, move || {
        RUNNING.with_borrow_mut(|running| running.retain(|other| !Rc::ptr_eq(other, &own)));
        drop(own);
        if let Some(then) = then {
            then(seen);
        }
    });
}
