//! The event simulation's steady loop asks the system for no memory: what it needs grows to its size at the beginning.

use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::read;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

// One test, since the counts are those of the whole process.
#[test]
fn the_steady_loop_allocates_nothing() {
    for name in [
        "validation/scenarios/mm1-0.8",
        "validation/scenarios/jackson-3tier",
        "validation/scenarios/priority-nonpreemptive",
        "validation/scenarios/ps-mg1",
        "validation/scenarios/forkjoin-4-0.7",
        "validation/scenarios/mva-interactive-3tier",
        "scenarios/knee",
        "scenarios/stage-1",
        "scenarios/stage-2",
    ] {
        let path = format!("{}/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let scenario = read(&std::fs::read_to_string(path).unwrap())
            .scenario
            .unwrap();
        let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
        // Deep enough that longer queues than so far are rare.
        simulation.run_until(f64::INFINITY, 3_000_000);
        let region = Region::new(COUNTED);
        simulation.run_until(f64::INFINITY, 500_000);
        let change = region.change();
        assert_eq!(
            (change.allocations, change.reallocations),
            (0, 0),
            "{name}: {change:?}"
        );
    }
}
