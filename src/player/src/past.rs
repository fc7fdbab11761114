//! A run's past, kept as few copies of it, and a part of it run once more to see whose requests took longest. It knows no screen.
//!
//! A copy is taken each time that so much has happened; when all places are used, every other is given up and twice as much has to happen.
//! So whatever moment is looked at, little has to be run again, and memory is bounded.

use loadscape_sim::des::Activity;
use loadscape_sim::des::{Simulation, Trace};
use loadscape_sim::report::TimeCause;
use loadscape_sim::scenario::{ClassId, ComponentId, LinkId};
use serde::{Deserialize, Serialize};

/// Most copies.
const MOST: usize = 16;
/// Events from one to the next at first.
const FIRST_EVENTS: u64 = 100_000;
/// Most requests in flight in all copies together, some hundred bytes each.
const IN_FLIGHT: usize = 400_000;
/// Requests that are told of.
const REQUESTS: usize = 20;
/// Spans of a request that are told.
const SPANS: usize = 400;
/// Steps until somebody may ask for a stop.
const SLICE: u64 = 2_000;

/// A run at a moment.
#[derive(Clone, Debug)]
struct Copy {
    /// Which of the drawings that the run has gone on with.
    drawing: u32,
    events: u64,
    run: Simulation,
}

/// Copies of a run.
#[derive(Clone, Debug)]
pub struct Past {
    copies: Vec<Copy>,
    step: u64,
    drawing: u32,
}

impl Past {
    /// Of a run that begins.
    pub fn new(simulation: &mut Simulation) -> Self {
        let mut past = Past {
            copies: Vec::new(),
            step: FIRST_EVENTS,
            drawing: 0,
        };
        past.keep(simulation);
        past
    }

    /// Whether a copy weighs so much that one does without.
    fn is_heavy(simulation: &Simulation) -> bool {
        simulation.in_flight() > IN_FLIGHT / 4
    }

    fn keep(&mut self, simulation: &mut Simulation) {
        self.copies.push(Copy {
            drawing: self.drawing,
            events: simulation.events(),
            run: simulation.shadow(),
        });
        let in_flight =
            |copies: &[Copy]| -> usize { copies.iter().map(|copy| copy.run.in_flight()).sum() };
        while self.copies.len() > MOST || in_flight(&self.copies) > IN_FLIGHT {
            // The first stays, and the newest.
            let newest = self.copies.len() - 1;
            let mut place = 0;
            self.copies.retain(|_| {
                place += 1;
                (place - 1) % 2 == 0 || place - 1 == newest
            });
            self.step *= 2;
            if self.copies.len() <= 2 {
                return;
            }
        }
    }

    /// Keeps a copy when enough has happened since the last.
    pub fn note(&mut self, simulation: &mut Simulation) {
        let last = self.copies.last().map_or(0, |copy| copy.events);
        if simulation.events() >= last + self.step && !Self::is_heavy(simulation) {
            self.keep(simulation);
        }
    }

    /// The run goes on with another drawing: what was before can't be run on from beyond this moment.
    pub fn change(&mut self, simulation: &mut Simulation) {
        self.drawing += 1;
        if Self::is_heavy(simulation) {
            // What comes now is another drawing's: nothing that was kept leads there.
            self.copies.clear();
        } else {
            self.keep(simulation);
        }
    }

    /// The places of the copies from which a span can be run again, the nearest first. A span in which the drawing was changed is run from
    /// the last change on.
    fn before(&self, from: f64, to: f64) -> Vec<usize> {
        let there = || self.copies.iter().enumerate();
        let drawing = there()
            .filter(|(_, copy)| copy.run.now() < to)
            .map(|(_, copy)| copy.drawing)
            .max();
        let own = || there().filter(move |(_, copy)| Some(copy.drawing) == drawing);
        let mut before: Vec<usize> = own()
            .filter(|(_, copy)| copy.run.now() <= from)
            .map(|(place, _)| place)
            .collect();
        before.reverse();
        if before.is_empty() {
            before.extend(own().map(|(place, _)| place).next());
        }
        before
    }
}

/// Which requests are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Those that ended from this moment on, seconds since the start of the run.
    pub from: f64,
    /// And before this one.
    pub to: f64,
    /// Of one class, or of all.
    pub class: Option<ClassId>,
}

/// The slowest requests of a span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slowest {
    /// Which run.
    pub run: u32,
    /// What was asked.
    pub question: Question,
    /// From when on the span could be run again: later than asked where the drawing was changed within it.
    pub since: f64,
    /// Requests that had begun before that, and of which nothing is known.
    pub unknown: u64,
    /// The requests, those that took longest first.
    pub requests: Vec<SlowRequest>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlowRequest {
    /// Its class.
    pub class: ClassId,
    /// When it began, seconds since the start of the run.
    pub began: f64,
    /// How long it took, seconds.
    pub took: f64,
    /// Whether it was answered well.
    pub succeeded: bool,
    /// Where its time went, in the order in which it began; calls at once overlap.
    pub spans: Vec<SlowSpan>,
    /// Spans that were too many to be told.
    pub more: u64,
}

/// A span of its time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlowSpan {
    /// Whose it is; `None` for the network.
    pub component: Option<ComponentId>,
    /// Along which link.
    pub link: Option<LinkId>,
    /// On what.
    pub cause: TimeCause,
    /// From the request's beginning, seconds.
    pub after: f64,
    /// How long, seconds; what nobody waited for may end after the request.
    pub lasted: f64,
}

/// A part of the past that is being run again.
#[derive(Debug)]
pub struct Closer {
    question: Question,
    /// The copies from which it may be begun, the nearest last.
    copies: Vec<usize>,
    since: f64,
    began: f64,
    unknown: u64,
    run: Simulation,
    /// Whether those are known who are left from before.
    counted: bool,
    through: bool,
}

impl Closer {
    /// Begins to look; `None` where there is nothing yet.
    pub fn new(past: &Past, question: Question) -> Option<Self> {
        if question.from >= question.to {
            return None;
        }
        let mut copies = past.before(question.from, question.to);
        copies.reverse();
        let first = copies.pop()?;
        Some(Self::from(past, question, first, copies))
    }

    fn from(past: &Past, question: Question, place: usize, copies: Vec<usize>) -> Self {
        let mut run = past.copies[place].run.clone();
        let since = question.from.max(run.now());
        run.trace_slowest(question.class, (since, question.to), REQUESTS);
        Closer {
            question,
            copies,
            since,
            began: run.now(),
            unknown: 0,
            run,
            counted: false,
            through: false,
        }
    }

    /// What was asked.
    pub fn question(&self) -> Question {
        self.question
    }

    /// Whether all of it has been run.
    pub fn is_through(&self) -> bool {
        self.through
    }

    /// How much of it has been run, 0 to 1.
    pub fn share(&self) -> f64 {
        let whole = self.question.to - self.began;
        if whole > 0.0 {
            ((self.run.now() - self.began) / whole).clamp(0.0, 1.0)
        } else {
            1.0
        }
    }

    /// Runs on until it is through or has to stop; true when it is through.
    pub fn advance(&mut self, past: &Past, mut must_stop: impl FnMut() -> bool) -> bool {
        loop {
            let end = if self.counted {
                self.question.to
            } else {
                self.since
            };
            if self.run.run_until(end, SLICE) {
                if self.counted {
                    self.through = true;
                    return true;
                }
                self.counted = true;
                // Who began before the copy was taken, and is still there, may be the slowest of all: an earlier copy knows.
                self.unknown = self.run.untraced() as u64;
                if self.unknown > 0
                    && let Some(earlier) = self.copies.pop()
                {
                    let copies = std::mem::take(&mut self.copies);
                    *self = Self::from(past, self.question, earlier, copies);
                }
            }
            if must_stop() {
                return false;
            }
        }
    }

    /// That nothing can be seen.
    pub fn nothing(run: u32, question: Question) -> Slowest {
        Slowest {
            run,
            question,
            since: question.from,
            unknown: 0,
            requests: Vec::new(),
        }
    }

    /// What has been seen.
    pub fn found(&self, run: u32) -> Slowest {
        Slowest {
            run,
            question: self.question,
            since: self.since,
            unknown: self.unknown,
            requests: self.run.slowest().iter().filter_map(told).collect(),
        }
    }
}

fn told(trace: &Trace) -> Option<SlowRequest> {
    let ended = trace.ended?;
    let parts = trace.spans.iter().filter_map(|span| match span.activity {
        Activity::Visit => None,
        Activity::Part(cause) => Some(SlowSpan {
            component: span.component,
            link: span.link,
            cause,
            after: span.start - trace.began,
            lasted: span.end - span.start,
        }),
    });
    let mut spans: Vec<SlowSpan> = parts.collect();
    spans.sort_by(|one, other| one.after.total_cmp(&other.after));
    let more = spans.len().saturating_sub(SPANS) as u64;
    spans.truncate(SPANS);
    Some(SlowRequest {
        class: trace.class,
        began: trace.began,
        took: ended - trace.began,
        succeeded: trace.succeeded,
        spans,
        more,
    })
}
