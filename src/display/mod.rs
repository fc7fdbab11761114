//! How quantities, states and findings are put into words and marks for people; it knows no DOM and changes nothing.

pub mod node;
pub mod slider;
