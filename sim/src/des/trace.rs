//! Where the time of single requests went, span by span. It doesn't know which requests are worth looking at.

use super::engine::Engine;
use super::program::NONE;
use crate::report::TimeCause;
use crate::scenario::{ClassId, ComponentId};
use serde::Serialize;

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
    /// Classes, as numbers, with what was seen.
    pub seen: Vec<(u16, Trace)>,
}

/// Most spans of one request: a fan-out without end must not take all memory.
const MOST_SPANS: usize = 10_000;

impl Engine {
    /// The request of this job begins to be traced, if one is wanted.
    #[cold]
    pub(super) fn begin_trace(&mut self, id: u32) {
        self.traces.wanted -= 1;
        let job = &mut self.jobs[id];
        job.trace = self.traces.seen.len() as u32;
        self.traces.seen.push((
            job.class,
            Trace {
                class: ClassId(0),
                began: self.now,
                ended: None,
                succeeded: false,
                spans: Vec::new(),
            },
        ));
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
        let trace = self.jobs[id].trace;
        if let Some((_, trace)) = self.traces.seen.get_mut(trace as usize)
            && end > start
            && trace.spans.len() < MOST_SPANS
        {
            trace.spans.push(Span {
                component: (component != NONE).then_some(ComponentId(component)),
                activity,
                start,
                end,
            });
        }
    }

    /// The request of this job has come to its end.
    #[cold]
    pub(super) fn end_trace(&mut self, id: u32, succeeded: bool) {
        let job = &mut self.jobs[id];
        let trace = std::mem::replace(&mut job.trace, NONE);
        if let Some((_, trace)) = self.traces.seen.get_mut(trace as usize) {
            trace.ended = Some(self.now);
            trace.succeeded = succeeded;
        }
    }
}
