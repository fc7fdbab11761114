//! A run that is watched: played at a pace, paused, stepped, changed and looked back at, and told of in frames. It knows neither a clock nor
//! threads: whoever holds it says how late it is and when it must stop, and carries the messages.
//!
//! The page and its worker speak in [`Order`]s and [`Telling`]s, as bytes. Both are built from the same source, so there are no versions.

mod band;
mod chronicle;
mod course;
mod designs;
mod estimates;
mod linger;
mod message;
mod past;
mod player;
#[cfg(test)]
mod tests;

pub use band::Band;
pub use chronicle::{QuantileCourse, SHARES};
pub use course::{ClassCourse, ComponentCourse, Course, FailureCourse};
pub use designs::RunOf;
pub use estimates::{ClassEstimates, Estimates, Pool};
pub use message::{
    Flow, Frame, Opening, Order, Pace, RetryPicture, State, Telling, Unreadable, pack, unpack,
};
pub use past::{Question, SlowRequest, SlowSpan, Slowest};
pub use player::Player;
