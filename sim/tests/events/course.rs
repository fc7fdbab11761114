//! The course of a run: the same however it is cut, resumed or watched, and with books that balance.

use crate::support::{run, scenario, simulation};
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{
    ClientsFault, Component, ComponentId, Fault, Incident, Link, LinkId, Point, Scenario, generate,
};

#[test]
fn a_run_that_is_cut_into_pieces_ends_as_an_unbroken_one() {
    let mut whole = simulation("scenarios/stage-2", 3);
    run(&mut whole, 20.0);
    let mut pieces = simulation("scenarios/stage-2", 3);
    let mut slices = 0;
    while !pieces.run_until(20.0, 1_000) {
        slices += 1;
    }
    assert!(slices > 50);
    assert_eq!(pieces.findings(), whole.findings());
}

#[test]
fn a_snapshot_goes_on_as_the_run_it_was_taken_of() {
    let mut run_on = simulation("scenarios/stage-3", 4);
    run(&mut run_on, 3.0);
    let mut snapshot = run_on.clone();
    run(&mut run_on, 8.0);
    run(&mut snapshot, 8.0);
    assert_eq!(snapshot.findings(), run_on.findings());
}

#[test]
fn looking_at_a_run_does_not_change_it() {
    let mut watched = simulation("scenarios/stage-1", 5);
    let mut alone = simulation("scenarios/stage-1", 5);
    for second in 1..=20 {
        run(&mut watched, f64::from(second));
        let _ = watched.findings();
    }
    run(&mut alone, 20.0);
    assert_eq!(watched.findings(), alone.findings());
}

#[test]
fn seeds_give_different_runs() {
    let mut one = simulation("scenarios/stage-1", 1);
    let mut other = simulation("scenarios/stage-1", 2);
    run(&mut one, 20.0);
    run(&mut other, 20.0);
    assert_ne!(one.findings().events, other.findings().events);
}

#[test]
fn a_new_part_leaves_the_others_draws_as_they_were() {
    let base = scenario("validation/scenarios/tandem-2");
    let mut larger = base.clone();
    let clients = ComponentId(901);
    let station = ComponentId(902);
    let at = Point { x: 0.0, y: 900.0 };
    larger
        .components
        .insert(0, Component::new(clients, Kind::Clients, "More", at));
    larger
        .components
        .insert(1, Component::new(station, Kind::Station, "Other", at));
    larger
        .links
        .insert(0, Link::new(LinkId(901), clients, station));
    let figures = |scenario: &Scenario| {
        let mut simulation = Simulation::new(&compile(scenario), &Settings::default());
        run(&mut simulation, 20_000.0);
        let findings = simulation.findings();
        let station = findings.stations.iter().find(|found| {
            base.components
                .iter()
                .any(|component| component.id == found.component)
        });
        let station = station.unwrap();
        (
            station.arrivals.unwrap().value,
            station.service.unwrap().value,
        )
    };
    assert_eq!(figures(&base), figures(&larger));
}

#[test]
fn books_balance_in_every_builtin_scenario() {
    for name in [
        "stage-0", "stage-1", "stage-2", "stage-3", "stage-4", "stage-5", "stage-6", "knee",
    ] {
        let mut simulation = simulation(&format!("scenarios/{name}"), 7);
        for second in 1..=4 {
            run(&mut simulation, f64::from(second));
        }
    }
}

#[test]
fn books_balance_in_generated_scenarios() {
    for seed in 0..150 {
        let scenario = generate::generate(seed, 12);
        let mut simulation = Simulation::new(
            &compile(&scenario),
            &Settings {
                seed,
                most_in_flight: 20_000,
                ..Settings::default()
            },
        );
        simulation.run_until(30.0, 200_000);
        let violations = simulation.violations();
        assert!(violations.is_empty(), "seed {seed}: {violations:?}");
    }
}

#[test]
fn requests_beyond_the_bound_are_refused_and_counted() {
    let mut overloaded = scenario("validation/scenarios/mm1-0.8");
    let rate = loadscape_sim::catalog::Parameter::RequestRate;
    let clients = overloaded
        .components
        .iter_mut()
        .find(|component| component.kind == Kind::Clients)
        .unwrap();
    clients
        .parameters
        .insert(rate, loadscape_sim::catalog::Value::Number(100.0));
    let settings = Settings {
        most_in_flight: 1_000,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(&overloaded), &settings);
    run(&mut simulation, 2_000.0);
    let findings = simulation.findings();
    let class = &findings.classes[0];
    let refused = class
        .failures
        .iter()
        .find(|failure| failure.component.is_none())
        .unwrap();
    assert_eq!(refused.why, LossCause::TooManyInFlight);
    assert!((refused.share.value - 0.99).abs() < 0.005, "{refused:?}");
}

#[test]
fn users_beyond_the_bound_are_told_and_come_when_there_is_room() {
    let mut crowded = scenario("validation/scenarios/mva-interactive-3tier");
    let have = |scenario: &mut Scenario, users: f64| {
        let mut components = scenario.components.iter_mut();
        let clients = components.find(|component| component.kind == Kind::Clients);
        let clients = clients.unwrap();
        clients
            .parameters
            .insert(Parameter::Users, Value::Number(users));
        clients.id
    };
    let clients = have(&mut crowded, 50.0);
    let settings = Settings {
        most_in_flight: 30,
        ..Settings::default()
    };
    let missing = |simulation: &Simulation| {
        let findings = simulation.findings();
        let unseated = findings.unseated.iter();
        let own = unseated.filter(|row| row.component == clients);
        own.map(|row| row.users).sum::<u32>()
    };
    let mut simulation = Simulation::new(&compile(&crowded), &settings);
    run(&mut simulation, 10.0);
    assert_eq!((simulation.users(), missing(&simulation)), (30, 20));
    // A change elsewhere, fewer but still too many, few enough, and more again.
    for (users, there) in [(40.0, 30), (25.0, 25), (33.0, 30)] {
        have(&mut crowded, users);
        simulation.change(&compile(&crowded));
        let end = simulation.now() + 500.0;
        run(&mut simulation, end);
        assert_eq!(simulation.users(), there);
        assert_eq!(missing(&simulation), users as u32 - there);
    }
    // Three times as many for a while: those who never came needn't leave.
    have(&mut crowded, 20.0);
    crowded.faults = vec![Fault {
        start_seconds: 100.0,
        duration_seconds: Some(100.0),
        incident: Incident::Clients {
            id: None,
            what: ClientsFault::Multiply { factor: 3.0 },
        },
    }];
    let mut simulation = Simulation::new(&compile(&crowded), &settings);
    run(&mut simulation, 150.0);
    assert_eq!((simulation.users(), missing(&simulation)), (30, 30));
    run(&mut simulation, 1_000.0);
    assert_eq!((simulation.users(), missing(&simulation)), (20, 0));
}

#[test]
fn runs_have_the_bits_that_every_build_has() {
    crate::bits::check();
}

#[test]
fn a_query_of_a_great_many_rows_is_looked_up_in_many_steps_at_one_instant() {
    let rows = 100_000.0;
    let mut design = scenario("scenarios/stage-1");
    for component in &mut design.components {
        let number = |value| Value::Number(value);
        match component.kind {
            Kind::Clients => {
                component
                    .parameters
                    .insert(Parameter::RequestRate, number(2.0));
            }
            Kind::SqlPrimary => {
                let own = [
                    (Parameter::RowsPerRead, rows),
                    (Parameter::Memory, 100_000.0),
                ];
                let own = own.map(|(parameter, value)| (parameter, number(value)));
                component.parameters.extend(own);
            }
            _ => {}
        }
    }
    // All of them are in memory.
    for class in &mut design.classes {
        class.keys = 100.0;
    }
    let settings = Settings {
        window_seconds: Some(0.125),
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(&design), &settings);
    let mut watched = simulation.clone();
    let (mut steps, mut most, mut before) = (0, 0, -1.0);
    while !simulation.run_until(2.0, 1) {
        steps = if simulation.now() == before {
            steps + 1
        } else {
            1
        };
        before = simulation.now();
        most = most.max(steps);
    }
    assert!((97..1_000).contains(&most), "{most}");
    // No row is left out, and to whoever looks on it is one happening.
    let lookups: f64 = (simulation.series(0.0).stores.iter())
        .map(|store| store.lookups.iter().sum::<f64>() * 0.125)
        .sum();
    assert!(lookups >= rows && lookups % rows < 100.0, "{lookups}");
    let mut happened = 0;
    while watched
        .step()
        .is_some_and(|happening| happening.at_seconds < 2.0)
    {
        happened += 1;
    }
    assert!((5..60).contains(&happened), "{happened}");
    assert_eq!(simulation.violations(), []);
}
