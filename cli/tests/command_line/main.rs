//! The runner as its users call it: a process with arguments, its output and its exit code.

mod comparing;
mod figures;
mod lessons;
mod measuring;
mod precision;
mod replaying;
mod simulating;
mod solving;
mod support;
mod sweeping;
