//! A fault of the timeline, what has become of it, and when it begins or goes on. It doesn't know what the fault does.

use super::agenda::{Serial, Topic};
use super::engine::Engine;
use super::outages::Outage;
use super::verdict::Snapshot;
use crate::network::Disturbance;

/// Where a fault stands in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// In its list of faults.
    There,
    /// It was there when it happened.
    Before,
    /// What is over already of one that is there.
    InPart,
}

/// A fault, and what has become of it.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub disturbance: Disturbance,
    pub listed: Listed,
    /// Its beginning, or how it goes on.
    pub pending: Serial,
    /// When that is, seconds.
    pub due: f64,
    /// Whether it was over, or would have begun and ended by itself, before the document had it: it never happens.
    pub missed: bool,
    /// When it began and ended, seconds.
    pub began: Option<f64>,
    pub ended: Option<f64>,
    /// Whether it is mended and boots.
    pub boots: bool,
    /// What is away for it.
    pub outages: Vec<Outage>,
    /// Of a deploy: the instance whose turn it is; [`NO_TURN`] when nobody has one any more.
    pub turn: u32,
    /// Queues that it slows, by station and number there, and how much.
    pub slowed: Vec<(u32, u32, f64)>,
    /// Servers that it has taken, by station and queue there, and how many.
    pub leaked: Vec<(u32, u32, u32)>,
    /// Whether it goes on by taking another server.
    pub leaks: bool,
    /// What had been counted when it began and when it ended.
    pub before: Option<Box<Snapshot>>,
    pub after: Option<Box<Snapshot>>,
}

/// The turn of nobody.
pub(super) const NO_TURN: u32 = u32::MAX;

impl Planned {
    /// Nothing has happened yet.
    pub fn new(disturbance: Disturbance) -> Self {
        Planned {
            disturbance,
            listed: Listed::There,
            pending: Serial::NONE,
            due: f64::INFINITY,
            missed: false,
            began: None,
            ended: None,
            boots: false,
            outages: Vec::new(),
            turn: 0,
            slowed: Vec::new(),
            leaked: Vec::new(),
            leaks: false,
            before: None,
            after: None,
        }
    }

    /// Whether it is under way.
    pub fn is_active(&self) -> bool {
        self.began.is_some() && self.ended.is_none()
    }

    /// Whether nothing will come of it any more.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() || self.missed
    }
}

/// So many faults that are added while a run goes on come among what happens at the same instant as if they had been there from its beginning.
const MOST_ADDED: u64 = 1 << 20;

impl Engine {
    /// Puts the beginnings of all faults into the agenda.
    pub fn start_faults(&mut self) {
        for index in 0..self.faults.timeline.len() {
            let start = self.faults.timeline[index].disturbance.start.0;
            self.plan_fault(index as u32, start);
        }
        let first = self.agenda.set_aside(MOST_ADDED);
        self.faults.set_aside = first..first + MOST_ADDED;
    }

    /// A fault begins or goes on at this time (seconds), and at no other that was planned before.
    pub(super) fn plan_fault(&mut self, index: u32, time: f64) {
        let planned = &mut self.faults.timeline[index as usize];
        planned.pending = self.agenda.plan(time, Topic::Fault(index));
        planned.due = time;
    }

    /// A fault that the document has got since the run began will begin at this time (seconds), which is finite.
    pub(super) fn plan_beginning(&mut self, planned: &mut Planned, index: u32, time: f64) {
        let topic = Topic::Fault(index);
        planned.due = time;
        planned.pending = match self.faults.set_aside.next() {
            Some(number) => self.agenda.plan_as(number, time, topic),
            None => self.agenda.plan(time, topic),
        };
    }
}
