//! How many events a second the simulation runs in the browser, on the models of `sim/benches/events.rs`, and how long an answer to "why?" and
//! a sweep take there, on the design of `sim/benches/insight.rs`. `cargo xtask bench wasm` builds it as the page is built and runs it; no test suite does.
#![cfg(target_arch = "wasm32")]

#[path = "../sim/benches/asked/mod.rs"]
mod asked;
#[path = "../sim/benches/runs/mod.rs"]
mod runs;
#[path = "../sim/benches/systems/mod.rs"]
mod systems;

use asked::{SUBJECTS, ask, drawn, sweep};
use loadscape_sim::analysis::analyse_with;
use loadscape_sim::steady::{Precision, Solver};
use runs::{Run, best_and_median};
use std::hint::black_box;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Turns of each model, and measurements that make a turn: the browser's clock ticks ten times a millisecond.
const TURNS: usize = 100;
const TOGETHER: usize = 5;

fn clock() -> web_sys::Performance {
    let window = web_sys::window();
    let clock = window.and_then(|window| window.performance());
    clock.expect("a page has a clock")
}

#[wasm_bindgen_test]
fn events_a_second() {
    let clock = clock();
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

/// Parts of the design that is asked about, and answers that are timed of each kind.
const PARTS: usize = 50;
const ANSWERS: usize = 15;
/// The longest that the median of them may take, milliseconds.
const WHY_LIMIT: f64 = 50.0;
const SWEEP_LIMIT: f64 = 100.0;

#[wasm_bindgen_test]
fn milliseconds_an_answer() {
    let clock = clock();
    let scenario = drawn(PARTS);
    let mut solver = Solver::new();
    let analysis = analyse_with(&mut solver, &scenario, Precision::Fast);
    let mut over = Vec::new();
    let mut timed = |name: &str, limit: f64, answer: &mut dyn FnMut()| {
        answer();
        let times = (0..ANSWERS).map(|_| {
            let begun = clock.now();
            answer();
            clock.now() - begun
        });
        let mut times: Vec<f64> = times.collect();
        times.sort_by(f64::total_cmp);
        let (median, worst) = (times[ANSWERS / 2], times[ANSWERS - 1]);
        console_log!("{name:<36} {median:6.1} ms (limit {limit}; worst {worst:.1})");
        if median > limit {
            over.push(format!("{name}: {median:.1} ms"));
        }
    };
    for (name, subject) in SUBJECTS {
        timed(name, WHY_LIMIT, &mut || {
            black_box(ask(&mut solver, &scenario, &analysis, subject));
        });
    }
    timed("sweep of 40 points", SWEEP_LIMIT, &mut || {
        black_box(sweep(&mut solver, &scenario));
    });
    // The others' figures are worth having all the same.
    assert!(over.is_empty(), "over the limit: {}", over.join(", "));
}
