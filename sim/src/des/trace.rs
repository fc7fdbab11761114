//! Where the time of single requests went, span by span. It doesn't know which requests are worth looking at.

use super::engine::Engine;
use super::program::NONE;
use crate::report::TimeCause;
use crate::scenario::{ClassId, ComponentId, LinkId};
use serde::Serialize;
use std::collections::BTreeMap;

/// One request from its beginning to its end, with all that was done for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trace {
    /// Its class.
    pub class: ClassId,
    /// When it began, seconds since the start of the run.
    pub began: f64,
    /// When it was answered or refused; `None` while it is under way.
    pub ended: Option<f64>,
    /// Whether it was answered well.
    pub succeeded: bool,
    /// What was done, in the order in which it ended; calls at once overlap, and what nobody waits for may end after the request.
    pub spans: Vec<Span>,
}

/// A span of a request's time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Span {
    /// Whose it is; `None` for the network.
    pub component: Option<ComponentId>,
    /// Along which link it went; `None` for what isn't the network's, or isn't drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// What was done.
    pub activity: Activity,
    /// Seconds since the start of the run.
    pub start: f64,
    /// See [`Span::start`].
    pub end: f64,
}

/// What a span of a request's time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// A visit of the component as a whole, with everything in it and below.
    Visit,
    /// One thing of a visit.
    Part(TimeCause),
}

/// The traces of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Traces {
    /// Requests that will be traced from their beginning on.
    pub wanted: u32,
    /// The number of the next.
    pub next: u32,
    /// By number, the classes, as numbers, with what was seen. Links are numbers, too.
    pub seen: BTreeMap<u32, (u16, Trace)>,
    /// Of all those that end, only these are kept.
    pub slowest: Option<Slowest>,
}

/// The slowest of the requests that end within a span of time.
#[derive(Clone, Debug)]
pub(super) struct Slowest {
    /// Of this class, as a number; `None` is all.
    pub class: Option<u16>,
    /// From when, seconds.
    pub from: f64,
    /// Until when, seconds.
    pub to: f64,
    /// How many.
    pub most: usize,
    /// How long those took that are kept so far, and their numbers.
    pub kept: Vec<(f64, u32)>,
}

impl Traces {
    /// Whether any request may be traced, so that others needn't be asked.
    #[inline]
    pub fn are_any(&self) -> bool {
        !self.seen.is_empty()
    }
}

impl Slowest {
    /// A request ended: says whose trace is to be forgotten, if any.
    fn ended(&mut self, number: u32, class: u16, now: f64, took: f64) -> Option<u32> {
        let counts = self.class.is_none_or(|own| own == class);
        if !counts || !(self.from..self.to).contains(&now) {
            return Some(number);
        }
        self.kept.push((took, number));
        if self.kept.len() <= self.most {
            return None;
        }
        // Of equally slow ones those that came first stay.
        let fastest = (0..self.kept.len()).min_by(|one, other| {
            let (one, other) = (self.kept[*one], self.kept[*other]);
            one.0.total_cmp(&other.0).then(other.1.cmp(&one.1))
        })?;
        Some(self.kept.swap_remove(fastest).1)
    }
}

/// Most spans of one request: a fan-out without end must not take all memory.
const MOST_SPANS: usize = 10_000;

impl Engine {
    /// The request of this job begins to be traced, if one is wanted.
    #[cold]
    pub(super) fn begin_trace(&mut self, id: u32) {
        if self.traces.slowest.is_none() {
            self.traces.wanted -= 1;
        }
        let job = &mut self.jobs[id];
        // The number that says that there is none is left out.
        let number = self.traces.next % NONE;
        self.traces.next = number + 1;
        job.trace = number;
        let trace = Trace {
            class: ClassId(0),
            began: self.now,
            ended: None,
            succeeded: false,
            spans: Vec::new(),
        };
        self.traces.seen.insert(number, (job.class, trace));
    }

    /// Something was done for the request of this job, if it is traced and the span isn't empty. The component is a number, [`NONE`] for
    /// the network.
    #[cold]
    pub(super) fn trace(
        &mut self,
        id: u32,
        component: u32,
        activity: Activity,
        start: f64,
        end: f64,
    ) {
        self.trace_way(id, (component, NONE), activity, start, end);
    }

    /// The same, along a link (as a number; [`NONE`] for none).
    #[cold]
    fn trace_way(
        &mut self,
        id: u32,
        (component, link): (u32, u32),
        activity: Activity,
        start: f64,
        end: f64,
    ) {
        let trace = self.jobs[id].trace;
        if let Some((_, trace)) = self.traces.seen.get_mut(&trace)
            && end > start
            && trace.spans.len() < MOST_SPANS
        {
            trace.spans.push(Span {
                component: (component != NONE).then_some(ComponentId(component)),
                link: (link != NONE).then_some(LinkId(link)),
                activity,
                start,
                end,
            });
        }
    }

    /// The span that a job is about to spend on a link belongs to its trace.
    #[inline]
    pub(super) fn trace_hop(&mut self, id: u32, link: u32, seconds: f64) {
        if self.traces.are_any() && self.jobs[id].trace != NONE {
            let activity = Activity::Part(TimeCause::Network);
            let end = self.now + seconds;
            self.trace_way(id, (NONE, link), activity, self.now, end);
        }
    }

    /// The request of this job has come to its end.
    #[cold]
    pub(super) fn end_trace(&mut self, id: u32, succeeded: bool) {
        let job = &mut self.jobs[id];
        let number = std::mem::replace(&mut job.trace, NONE);
        let traces = &mut self.traces;
        let Some((class, trace)) = traces.seen.get_mut(&number) else {
            return;
        };
        trace.ended = Some(self.now);
        trace.succeeded = succeeded;
        let (class, took) = (*class, self.now - trace.began);
        if let Some(slowest) = &mut traces.slowest
            && let Some(forgotten) = slowest.ended(number, class, self.now, took)
        {
            traces.seen.remove(&forgotten);
        }
    }
}
