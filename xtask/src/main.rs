//! Builds, tests, checks and serves Loadscape.
fn main() {}
