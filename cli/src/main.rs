//! Solves Loadscape scenarios without a browser.
fn main() {}
