//! How many events a second the simulation runs in the browser, on the models of `sim/benches/events.rs`. `cargo xtask bench wasm` builds it as
//! the page is built and runs it; no test suite does.
#![cfg(target_arch = "wasm32")]

#[path = "../sim/benches/runs/mod.rs"]
mod runs;
#[path = "../sim/benches/systems/mod.rs"]
mod systems;

use runs::{Run, best_and_median};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Turns of each model, and measurements that make a turn: the browser's clock ticks ten times a millisecond.
const TURNS: usize = 100;
const TOGETHER: usize = 5;

#[wasm_bindgen_test]
fn events_a_second() {
    let clock = web_sys::window()
        .and_then(|window| window.performance())
        .expect("a page has a clock");
    for (name, compiled) in runs::models() {
        let mut run = Run::of(&compiled);
        let turns = (0..TURNS).map(|_| {
            let begun = clock.now();
            let events: u64 = (0..TOGETHER).map(|_| run.go_on()).sum();
            events as f64 / (clock.now() - begun) / 1e3
        });
        let (best, median) = best_and_median(turns.collect());
        console_log!("{name:<12} {best:6.1} ({median:.1})");
    }
}
