//! Drives the editor without a DOM: press, drag, type, undo, with a mock view that sees nothing but effects.

mod clipboard;
mod commands;
mod faults;
mod harness;
mod history;
mod incidents;
mod insertion;
mod keyboard;
mod parameters;
mod plans;
mod pointer;
mod random;
mod session;
mod view;
mod zones;
