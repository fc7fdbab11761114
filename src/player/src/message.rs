//! What the page and the worker tell each other, and how it becomes bytes. It knows nothing of how bytes travel.

use crate::{Course, Estimates, Question, RunOf, Slowest};
use loadscape_sim::des::{FailurePicture, Happening, LinkPicture, Picture};
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ComponentId, LinkId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the page asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// A run begins, at time 0 and paused.
    Open(Opening),
    /// The run goes on with this document, as a share link's text.
    Change {
        /// See [`Opening::document`].
        document: String,
    },
    /// Time goes on.
    Play,
    /// Time stands still.
    Pause,
    /// One thing happens.
    Step,
    /// How fast time goes.
    Pace(Pace),
    /// Whether time goes slower while something is broken, where it would hardly be seen at this pace.
    Linger(bool),
    /// Shows this moment of the run, in seconds since its start; `None` shows the present again.
    Look(Option<f64>),
    /// Whose course is to be told, beside the classes'.
    Watch(Vec<ComponentId>),
    /// From when to when the course is told, seconds since the start; `None` is the whole run.
    Span(Option<(f64, f64)>),
    /// Finds the slowest requests of a span, by running it once more; `None` stops looking for them.
    Slowest(Option<Question>),
    /// The last frame has been shown: there may be another.
    Shown,
}

/// What a run begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// Tells this run's frames from those of the one before.
    pub run: u32,
    /// The document, as a share link's text: it brings its seed, its faults and how long it wants to run.
    pub document: String,
    /// Instances that autoscaled components begin with.
    pub instances: Vec<(ComponentId, u32)>,
}

/// How fast time goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pace {
    /// So many simulated seconds a second.
    Times(f64),
    /// As fast as the machine can.
    Fastest,
}

/// What the worker tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Telling {
    /// The worker is there and listens.
    Ready,
    /// How the run stands.
    Frame(Box<Frame>),
    /// How its figures went through time.
    Course(Box<Course>),
    /// What can be said about its steady state by now.
    Estimates(Box<Estimates>),
    /// The slowest requests of the span that was asked for.
    Slowest(Box<Slowest>),
    /// An order that nothing could be done with, and why.
    Refused(String),
}

/// Whether time goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It stands still.
    Paused,
    /// It goes on.
    Playing,
    /// The document's run is over; play goes on beyond it.
    Ended,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Which run.
    pub run: u32,
    /// Simulated time, seconds since the start.
    pub at: f64,
    /// When the document wants it to end, seconds; `None` where it never does.
    pub end: Option<f64>,
    /// Whether it goes on.
    pub state: State,
    /// The simulated seconds that went by in the last second or so, a second; 0 while time stands still.
    pub speed: f64,
    /// Whether time goes slower than it was asked to, so that what is broken is seen.
    pub lingers: bool,
    /// Arrivals and ended services so far.
    pub events: u64,
    /// Of which design its figures are.
    pub of: RunOf,
    /// What the last moments looked like, or the moment that is looked at.
    pub picture: Picture,
    /// Instances of what scales by itself that have been started and don't serve yet; components without any are left out.
    pub booting: Vec<(ComponentId, u32)>,
    /// Instances that serve and don't get their full share of the requests yet, since they have just come or come back (slow start); components
    /// without any are left out. It is known of the present alone: empty while another moment is looked at.
    pub warming: Vec<(ComponentId, u32)>,
    /// The moment that is looked at, seconds since the start; `None` is the present.
    pub looking: Option<f64>,
    /// What went along links and what failed since the last frame.
    pub flow: Flow,
    /// How much of the span has been run again whose slowest requests are looked for, 0 to 1; `None` while nobody looks.
    pub searched: Option<f64>,
    /// What happened in the last step, while time stands still after it.
    pub happened: Option<Happening>,
}

/// What happened from one frame to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// How long that took on the wall, seconds.
    pub wall_seconds: f64,
    /// Calls by link and class.
    pub links: Vec<LinkPicture>,
    /// Failures by class, who and why.
    pub failures: Vec<FailurePicture>,
    /// Further attempts after failures, by who calls and along which link.
    pub retries: Vec<RetryPicture>,
    /// Work on messages that failed, and that a queue hands out again, by who failed and why.
    pub returned: Vec<(ComponentId, LossCause, f64)>,
    /// Reads that found what was out of date, by who was read.
    pub stale: Vec<(ComponentId, f64)>,
}

/// Further attempts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetryPicture {
    /// Who calls.
    pub component: ComponentId,
    /// Along which link; `None` where none is drawn.
    pub link: Option<LinkId>,
    /// How many.
    pub count: f64,
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "The page and its run don't understand each other. Reload the page: it may have been updated meanwhile.",
        )
    }
}

impl std::error::Error for Unreadable {}

/// A message as bytes.
///
/// # Errors
/// None in practice: every message can be written.
pub fn pack(message: &impl Serialize) -> Result<Vec<u8>, Unreadable> {
    postcard::to_stdvec(message).map_err(|_| Unreadable)
}

/// A message from its bytes.
///
/// # Errors
/// The bytes are none of this message, or not all of one.
pub fn unpack<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, Unreadable> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        _ => Err(Unreadable),
    }
}
