//! The simulation core: turns a drawn scenario into a queueing network and says what it does under load.
//!
//! It knows nothing of the DOM, of wall clocks or of global state, and gives the same answer natively and in WebAssembly.

pub mod distribution;
pub mod theory;

pub mod analysis;
pub mod builtin;
pub mod catalog;
pub mod des;
pub mod incident;
pub mod insight;
pub mod lesson;
pub mod network;
pub mod quantities;
pub mod report;
pub mod scenario;
pub mod share;
pub mod steady;
pub mod units;
