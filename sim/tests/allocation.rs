//! The event simulation's steady loop asks the system for no memory: what it needs grows to its size at the beginning.

use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::generate::generate;
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point, Scenario, read};
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
        let mut simulation = Simulation::new(&compile(&scenario(name)), &Settings::default());
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

    // An open source at twice what its server can do, for ten million events: the bound on requests in flight is all the memory there is.
    let mut overloaded = scenario("validation/scenarios/mm1-0.8");
    for component in &mut overloaded.components {
        if component.kind == Kind::Clients {
            (component.parameters).insert(Parameter::RequestRate, Value::Number(2.0));
        }
    }
    let settings = Settings {
        most_in_flight: 10_000,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(&overloaded), &settings);
    simulation.run_until(f64::INFINITY, 200_000);
    let region = Region::new(COUNTED);
    simulation.run_until(f64::INFINITY, 10_000_000);
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0));
    let findings = simulation.findings();
    let beyond = (findings.classes[0].failures.iter()).find(|failure| failure.component.is_none());
    let share = beyond.expect("refusals beyond the bound").share.value;
    assert!((share - 0.5).abs() < 0.01, "{share}");

    // Ten thousand edits of a running design leave as much memory as a thousand do.
    let one = scenario("validation/scenarios/jackson-3tier");
    let mut other = one.clone();
    let (mut simulation, mut after) = (Simulation::new(&compile(&one), &Settings::default()), 0);
    for round in 0..10_000_u32 {
        let now = simulation.now();
        simulation.run_until(now + 0.25, 2_000);
        // Always another component, so that names don't come again.
        other.components.clone_from(&one.components);
        other.links.clone_from(&one.links);
        let (clients, station) = (
            ComponentId(1_000 + 2 * round),
            ComponentId(1_001 + 2 * round),
        );
        let at = Point { x: 0.0, y: 9e3 };
        (other.components).push(Component::new(clients, Kind::Clients, "More", at));
        (other.components).push(Component::new(station, Kind::Station, "Other", at));
        (other.links).push(Link::new(LinkId(1_000 + round), clients, station));
        simulation.change(&compile(&other));
        if round == 1_000 || round == 9_999 {
            let region = Region::new(COUNTED);
            let snapshot = simulation.clone();
            let bytes = region.change().bytes_allocated;
            drop(snapshot);
            assert!(
                round == 1_000 || bytes <= after + after / 10,
                "{after} {bytes}"
            );
            after = bytes;
        }
    }
    assert!(simulation.violations().is_empty());

    // A snapshot of a design of twenty parts.
    let twenty = generate(1, 20);
    let settings = Settings {
        most_in_flight: 20_000,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(&twenty), &settings);
    simulation.run_until(f64::INFINITY, 300_000);
    let region = Region::new(COUNTED);
    let snapshot = simulation.clone();
    let bytes = region.change().bytes_allocated;
    drop(snapshot);
    println!("a snapshot of twenty parts takes {bytes} bytes");
    assert!(bytes < 64 << 20, "{bytes}");
}

fn scenario(name: &str) -> Scenario {
    let path = format!("{}/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    read(&text).scenario.unwrap()
}
