//! Both engines on the same designs: what they say of each class and station, whether it agrees, and whether the solver says where not.

mod designs;
mod drawing;
mod judge;
mod level;

pub use judge::{Comparison, Extent, Figure, Kind, measured};
