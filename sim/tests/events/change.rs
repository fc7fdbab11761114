//! A network that is changed while it runs.

use crate::edits::edit;
use crate::support::{run, scenario, simulation};
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::generate::{Random, generate};
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point, Scenario};

fn set(scenario: &mut Scenario, kind: Kind, parameter: Parameter, value: f64) {
    for component in &mut scenario.components {
        if component.kind == kind {
            component.parameters.insert(parameter, Value::Number(value));
        }
    }
}

/// Clients and a station beside all else.
fn with_others(scenario: &Scenario) -> Scenario {
    let mut larger = scenario.clone();
    let (clients, station) = (ComponentId(901), ComponentId(902));
    let at = Point { x: 0.0, y: 9000.0 };
    (larger.components).insert(0, Component::new(clients, Kind::Clients, "More", at));
    (larger.components).insert(1, Component::new(station, Kind::Station, "Other", at));
    (larger.links).insert(0, Link::new(LinkId(901), clients, station));
    larger
}

/// What happens to the next requests of the clients that were there from the beginning, to the last bit.
fn course(simulation: &mut Simulation, seconds: f64) -> String {
    simulation.trace_next(100_000);
    run(simulation, simulation.now() + seconds);
    let traces = simulation.traces().into_iter();
    let here = |component: ComponentId| component.0 < 900;
    let own =
        traces.filter(|trace| (trace.spans.iter()).any(|span| span.component.is_some_and(here)));
    format!("{:?}", own.collect::<Vec<_>>())
}

#[test]
fn parts_that_come_and_go_elsewhere_change_nothing_here() {
    for name in [
        "validation/scenarios/tandem-2",
        "validation/scenarios/jackson-3tier",
        "validation/scenarios/mva-interactive-3tier",
    ] {
        let alone = scenario(name);
        let together = compile(&with_others(&alone));
        let mut unbroken = simulation(name, 3);
        run(&mut unbroken, 50.0);
        let mut changed = unbroken.clone();
        changed.change(&together);
        assert!(changed.violations().is_empty());
        let expected = course(&mut unbroken, 200.0);
        assert!(expected.len() > 10_000, "{name}: {}", expected.len());
        let found = course(&mut changed, 200.0);
        assert_eq!(found.len(), expected.len(), "{name}");
        assert!(found == expected, "{name}");
        changed.change(&compile(&alone));
        assert!(
            course(&mut changed, 20.0) == course(&mut unbroken, 20.0),
            "{name}"
        );
    }
}

#[test]
fn any_edits_leave_the_books_balanced() {
    for seed in 0..100 {
        edits_leave_the_books_balanced(generate(seed, 10), seed, 5.0);
    }
}

/// Edits a design while it runs and goes on for some seconds: the books are balanced all the time.
pub(super) fn edits_leave_the_books_balanced(mut scenario: Scenario, seed: u64, afterwards: f64) {
    let mut random = Random(seed);
    let settings = Settings {
        seed,
        most_in_flight: 5_000,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(&scenario), &settings);
    for round in 0..25 {
        simulation.run_until(simulation.now() + 5.0, 4_000);
        for _ in 0..1 + random.below(3) {
            edit(&mut scenario, &mut random);
        }
        simulation.change(&compile(&scenario));
        let violations = simulation.violations();
        assert!(
            violations.is_empty(),
            "seed {seed}, round {round}: {violations:?}"
        );
        let _ = simulation.findings();
    }
    simulation.run_until(simulation.now() + afterwards, 20_000);
    let violations = simulation.violations();
    assert!(violations.is_empty(), "seed {seed}: {violations:?}");
}

#[test]
fn after_an_edit_the_figures_become_those_of_the_new_design() {
    let base = scenario("validation/scenarios/jackson-3tier");
    let edits: [fn(&mut Scenario); 3] = [
        |scenario| set(scenario, Kind::Clients, Parameter::RequestRate, 60.0),
        |scenario| set(scenario, Kind::Station, Parameter::Servers, 7.0),
        |scenario| set(scenario, Kind::Station, Parameter::ServiceTime, 10.0),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let mut edited = base.clone();
        edit(&mut edited);
        assert!(edited != base, "edit {index}");
        let edited = compile(&edited);
        let mut changed = simulation("validation/scenarios/jackson-3tier", 5);
        run(&mut changed, 1_000.0);
        changed.change(&edited);
        run(&mut changed, 20_000.0);
        let mut fresh = Simulation::new(&edited, &Settings::default());
        run(&mut fresh, 20_000.0);
        let (changed, fresh) = (changed.findings(), fresh.findings());
        let pairs = (changed.stations.iter().zip(&fresh.stations))
            .flat_map(|(one, other)| {
                [
                    (one.sojourn, other.sojourn),
                    (one.utilisation, other.utilisation),
                    (one.throughput, other.throughput),
                ]
            })
            .chain([(changed.classes[0].mean, fresh.classes[0].mean)])
            .chain([(
                changed.classes[0].quantiles.p99,
                fresh.classes[0].quantiles.p99,
            )]);
        for (one, other) in pairs {
            let (one, other) = (one.unwrap(), other.unwrap());
            let apart = (one.value - other.value).abs();
            let near = one.half_width.unwrap() + other.half_width.unwrap();
            assert!(apart < 1.5 * near, "edit {index}: {one:?} {other:?}");
        }
        assert!(changed.warm_up >= 1_000.0);
    }
}

#[test]
fn users_come_and_go_as_told() {
    let mut scenario = scenario("validation/scenarios/mva-interactive-3tier");
    let mut simulation = simulation("validation/scenarios/mva-interactive-3tier", 1);
    run(&mut simulation, 100.0);
    for users in [50.0, 3.0, 1.0, 120.0] {
        set(&mut scenario, Kind::Clients, Parameter::Users, users);
        simulation.change(&compile(&scenario));
        let changed = simulation.now();
        run(&mut simulation, changed + 200.0);
        assert_eq!(f64::from(simulation.users()), users);
    }
}

#[test]
fn a_snapshot_goes_on_as_the_unbroken_run_even_in_the_middle_of_edits() {
    for seed in 0..25 {
        let mut scenario = generate(seed, 10);
        let mut random = Random(seed);
        let settings = Settings {
            seed,
            most_in_flight: 5_000,
            ..Settings::default()
        };
        let mut unbroken = Simulation::new(&compile(&scenario), &settings);
        for _ in 0..4 {
            unbroken.run_until(unbroken.now() + 5.0, 3_000);
            edit(&mut scenario, &mut random);
            unbroken.change(&compile(&scenario));
            let mut resumed = unbroken.clone();
            edit(&mut scenario, &mut random);
            let next = compile(&scenario);
            for simulation in [&mut unbroken, &mut resumed] {
                simulation.run_until(simulation.now() + 5.0, 3_000);
                simulation.change(&next);
                simulation.run_until(simulation.now() + 5.0, 3_000);
            }
            assert_eq!(resumed.findings(), unbroken.findings(), "seed {seed}");
            assert_eq!(resumed.series(0.0), unbroken.series(0.0), "seed {seed}");
        }
    }
}

#[test]
fn steps_tell_what_happens_and_are_the_run() {
    use loadscape_sim::des::What;
    let mut stepped = simulation("validation/scenarios/jackson-3tier", 1);
    let mut unbroken = stepped.clone();
    let (mut arrivals, mut services, mut answered, mut before) = (0, 0, 0, 0.0);
    while arrivals + services < 5_000 {
        let happened = stepped.step().expect("there is always a next request");
        assert!(happened.at_seconds >= before);
        before = happened.at_seconds;
        match happened.what {
            What::Arrival => arrivals += 1,
            What::ServiceEnd => services += 1,
            What::DelayEnd
            | What::Delivery
            | What::Deadline
            | What::Fault
            | What::Scaling { .. } => {}
        }
        assert!(happened.what != What::ServiceEnd || happened.component.is_some());
        answered += happened.answered;
    }
    // Each request is served three times.
    assert!(answered > 1_000 && services > 3 * answered - 1 && arrivals > answered);
    assert_eq!(stepped.events(), arrivals + services);
    unbroken.run_until(before, u64::MAX);
    assert_eq!(unbroken.findings(), stepped.findings());
}

#[test]
fn a_run_stops_after_as_many_steps_as_it_may_take() {
    let mut simulation = simulation("validation/scenarios/jackson-3tier", 1);
    let mut before = simulation.events();
    for _ in 0..100 {
        assert!(!simulation.run_until(f64::INFINITY, 10));
        assert!(simulation.events() - before <= 10);
        before = simulation.events();
    }
}
