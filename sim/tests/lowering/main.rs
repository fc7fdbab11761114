//! Each kind behaves as itself, in terms of the network: what is visited how often, what is held meanwhile, who waits for what.

mod any;
mod data;
mod measured;
mod messaging;
mod plans;
mod support;
mod traffic;
