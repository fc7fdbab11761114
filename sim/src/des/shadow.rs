//! A run once more from a moment of its past, to see what nobody looked at then: whose requests took longest. It knows no screen.
//!
//! A shadow goes its way as the run did, bit by bit: figures are counted at the same moments, but none are kept.

use super::Simulation;
use super::job::Kind;
use super::program::{NONE, Op};
use super::trace::{Slowest, Trace, Traces};
use crate::scenario::ClassId;

impl Simulation {
    /// The run as it stands, without the figures of its past, which are most of what a copy weighs. It takes the same course as the run, and
    /// has findings, series and pictures of nothing.
    pub fn shadow(&mut self) -> Simulation {
        let series = self.engine.tally.series.take();
        let windows = &mut self.engine.tally.windows;
        let rows = std::mem::take(&mut windows.rows);
        let segments = std::mem::take(&mut windows.segments);
        let mut shadow = self.clone();
        shadow.engine.tally.windows.keeps_none = true;
        let tally = &mut self.engine.tally;
        (tally.windows.rows, tally.windows.segments, tally.series) = (rows, segments, series);
        shadow
    }

    /// Traces all requests that begin from now on and keeps the slowest of those that end within a span of time (seconds since the start):
    /// of a class or of all, at most so many. Traces from before are forgotten.
    pub fn trace_slowest(&mut self, class: Option<ClassId>, (from, to): (f64, f64), most: usize) {
        self.trace_next(0);
        let classes = self.network.classes.iter().zip(&self.places.classes);
        let place_of = |class| {
            let mut own = classes.clone().filter(|(own, _)| own.class == class);
            own.next().map(|(_, place)| *place as u16)
        };
        self.engine.traces = Traces {
            wanted: 1,
            slowest: Some(Slowest {
                // A class that isn't there has no requests.
                class: class.map(|class| place_of(class).unwrap_or(u16::MAX)),
                from,
                to,
                most: most.max(1),
                kept: Vec::new(),
            }),
            ..Traces::default()
        };
    }

    /// Requests, calls and users in flight: most of what a shadow weighs.
    pub fn in_flight(&self) -> usize {
        self.engine.jobs.used()
    }

    /// Requests under way that aren't traced: they had begun before.
    pub fn untraced(&self) -> usize {
        let engine = &self.engine;
        let thinks = |at: u32| {
            let before = at.checked_sub(1).map(|at| engine.program.ops[at as usize]);
            matches!(before, Some(Op::Think { .. }))
        };
        let under_way = engine.jobs.in_use().filter(|job| match job.kind {
            Kind::Request => true,
            Kind::User => !thinks(job.at),
            _ => false,
        });
        under_way.filter(|job| job.trace == NONE).count()
    }

    /// What was kept of the slowest, those that took longest first.
    pub fn slowest(&self) -> Vec<Trace> {
        let mut ended: Vec<Trace> = self.traces();
        ended.retain(|trace| trace.ended.is_some());
        let took = |trace: &Trace| trace.ended.map_or(0.0, |ended| ended - trace.began);
        ended.sort_by(|one, other| took(other).total_cmp(&took(one)));
        ended
    }
}
