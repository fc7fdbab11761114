//! A fault of the timeline, and what has become of it. It doesn't know what the fault does.

use super::agenda::Serial;
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
