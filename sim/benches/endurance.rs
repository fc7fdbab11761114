//! A thousand million events of one run: how much memory it holds on the way, and how fast it stays.

#[allow(dead_code)]
mod runs;
mod systems;

use loadscape_sim::des::{Settings, Simulation};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::time::Instant;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Events of each run, and between two lines of what is printed.
const EVENTS: u64 = 1_000_000_000;
const STEP: u64 = 100_000_000;

fn main() {
    for (name, compiled) in runs::models() {
        if !matches!(name, "M/M/1" | "20 parts") {
            continue;
        }
        let region = Region::new(COUNTED);
        let mut simulation = Simulation::new(&compiled, &Settings::default());
        let mut next = 1_000_000;
        let mut begun = (Instant::now(), 0);
        while next <= EVENTS {
            while simulation.events() < next {
                simulation.run_until(f64::INFINITY, 1_000_000);
            }
            let change = region.change();
            let held = change.bytes_allocated as i64 - change.bytes_deallocated as i64;
            let events = simulation.events() - begun.1;
            println!(
                "{name}: {:>6.0} M events, {:.3} MB held, {:.1} M events a second",
                simulation.events() as f64 / 1e6,
                held as f64 / 1e6,
                events as f64 / begun.0.elapsed().as_secs_f64() / 1e6
            );
            begun = (Instant::now(), simulation.events());
            next = if next < STEP { STEP } else { next + STEP };
        }
        assert_eq!(simulation.violations(), []);
    }
}
