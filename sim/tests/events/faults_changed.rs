//! Faults of a network that is changed while they last.

use crate::change::edits_leave_the_books_balanced;
use crate::faults::{in_component, kill};
use crate::support::run;
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::generate::generate_with_faults;
use loadscape_sim::scenario::{
    ClientsFault, Component, ComponentFault, ComponentId, Fault, Incident, Link, LinkFault, LinkId,
    Point, Scenario, read,
};

/// Clients, a balancer that goes round, a service of four, a database with a replica.
pub(super) fn drawing() -> Scenario {
    let document = r#"{"format_version": 1, "title": "", "notes": "", "objectives": [], "zones": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 0.9, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0},
                    {"id": 2, "name": "write", "operation": "write", "share": 0.1, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 300, "client_round_trip": 0}},
        {"id": 2, "kind": "load_balancer", "name": "balancer", "position": {"x": 300, "y": 0}, "parameters": {"balancing_policy": "round_robin"}},
        {"id": 3, "kind": "service", "name": "service", "position": {"x": 600, "y": 0}, "parameters": {"instances": 4, "cores": 8, "service_time": 5, "threads": 50}},
        {"id": 4, "kind": "cache", "name": "cache", "position": {"x": 900, "y": 200}},
        {"id": 5, "kind": "sql_primary", "name": "database", "position": {"x": 900, "y": 0}, "parameters": {"cores": 32, "memory": 100}},
        {"id": 6, "kind": "read_replica", "name": "replica", "position": {"x": 900, "y": 300}}],
        "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}, {"id": 3, "from": 3, "to": 5}, {"id": 4, "from": 3, "to": 4},
                  {"id": 5, "from": 3, "to": 6}, {"id": 6, "from": 5, "to": 6}]}"#;
    let reading = read(document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

/// What may happen, here and there.
pub(super) fn incidents() -> Vec<Incident> {
    let slow = |id, instances| {
        let factor = 3.0;
        in_component(id, ComponentFault::Slow { factor, instances })
    };
    let link = |id, what| Incident::Link {
        id: LinkId(id),
        what,
    };
    vec![
        kill(3, Some(1)),
        kill(3, None),
        kill(5, None),
        kill(6, None),
        slow(3, Some(2)),
        slow(5, None),
        in_component(4, ComponentFault::LoseMemory { instances: None }),
        in_component(5, ComponentFault::StopReplication),
        in_component(3, ComponentFault::ErrorRate { probability: 0.3 }),
        in_component(
            3,
            ComponentFault::RollingDeploy {
                restart_seconds: 8.0,
            },
        ),
        link(3, LinkFault::Drop { probability: 0.4 }),
        link(4, LinkFault::Delay { seconds: 0.05 }),
        Incident::Clients {
            id: None,
            what: ClientsFault::Multiply { factor: 1.5 },
        },
    ]
}

pub(super) fn with(scenario: &Scenario, incident: Incident) -> Scenario {
    Scenario {
        faults: vec![Fault {
            start_seconds: 20.0,
            duration_seconds: Some(20.0),
            incident,
        }],
        ..scenario.clone()
    }
}

pub(super) fn start(scenario: &Scenario) -> Simulation {
    let settings = Settings {
        window_seconds: Some(0.5),
        ..Settings::default()
    };
    Simulation::new(&compile(scenario), &settings)
}

/// The same with clients and a station beside all else.
fn with_others(scenario: &Scenario) -> Scenario {
    let mut larger = scenario.clone();
    let (clients, station) = (ComponentId(901), ComponentId(902));
    let at = Point { x: 0.0, y: 9000.0 };
    (larger.components).insert(0, Component::new(clients, Kind::Clients, "More", at));
    (larger.components).insert(1, Component::new(station, Kind::Station, "Other", at));
    (larger.links).insert(0, Link::new(LinkId(901), clients, station));
    larger
}

/// What has happened to the requests of the clients that were there from the beginning.
pub(super) fn traces(simulation: &Simulation) -> String {
    let here = |component: ComponentId| component.0 < 900;
    let traces = simulation.traces().into_iter();
    let own = traces.filter(|trace| {
        let mut spans = trace.spans.iter();
        spans.any(|span| span.component.is_some_and(here))
    });
    format!("{:?}", own.collect::<Vec<_>>())
}

#[test]
fn a_change_elsewhere_leaves_every_fault_as_it_is() {
    for (place, incident) in incidents().into_iter().enumerate() {
        let scenario = with(&drawing(), incident);
        // A multiplied population is every one, also one that is new.
        let mut unbroken = start(&scenario);
        run(&mut unbroken, 25.0);
        let mut changed = unbroken.clone();
        changed.change(&compile(&with_others(&scenario)));
        for simulation in [&mut unbroken, &mut changed] {
            simulation.trace_next(100_000);
            run(simulation, 31.0);
        }
        assert!(traces(&unbroken).len() > 100_000);
        assert!(traces(&unbroken) == traces(&changed), "fault {place}");
        changed.change(&compile(&scenario));
        for simulation in [&mut unbroken, &mut changed] {
            simulation.trace_next(100_000);
            run(simulation, 70.0);
        }
        assert!(traces(&unbroken) == traces(&changed), "fault {place}");
        let (one, other) = (unbroken.findings(), changed.findings());
        assert_eq!(one.faults, other.faults, "fault {place}");
        assert!(one.faults[0].ended_seconds.is_some());
    }
}

/// Failures and requests, a second, between two times.
pub(super) fn rates(simulation: &Simulation, why: LossCause, from: f64, to: f64) -> (f64, f64) {
    let series = simulation.series(0.5);
    let span =
        (from / series.resolution_seconds) as usize..(to / series.resolution_seconds) as usize;
    let points = span.len() as f64;
    let mean = |rates: &[f64]| rates[span.clone()].iter().sum::<f64>() / points;
    let classes = series.classes.iter();
    classes.fold((0.0, 0.0), |(failed, offered), class| {
        let failures = class.failures.iter().filter(|failure| failure.why == why);
        let failures: f64 = failures.map(|failure| mean(&failure.per_second)).sum();
        (failed + failures, offered + mean(&class.offered))
    })
}

#[test]
fn a_dead_instance_stays_dead_among_more_and_among_fewer_and_comes_back() {
    for (instances, share) in [(6.0, 1.0 / 6.0), (2.0, 0.5), (3.0, 1.0 / 3.0)] {
        let mut scenario = with(&drawing(), kill(3, Some(1)));
        let mut simulation = start(&scenario);
        run(&mut simulation, 30.0);
        let own = &mut scenario.components[2].parameters;
        own.insert(Parameter::Instances, Value::Number(instances));
        simulation.change(&compile(&scenario));
        run(&mut simulation, 60.0);
        let (failed, offered) = rates(&simulation, LossCause::Unreachable, 20.0, 30.0);
        assert!((failed / offered - 0.25).abs() < 0.002, "{failed}");
        let (failed, offered) = rates(&simulation, LossCause::Unreachable, 30.0, 40.0);
        assert!((failed / offered - share).abs() < 0.002, "{failed}");
        let (failed, _) = rates(&simulation, LossCause::Unreachable, 40.0, 60.0);
        assert_eq!(failed, 0.0);
    }
}

#[test]
fn what_is_multiplied_stays_so_at_another_rate_and_for_other_users() {
    let factor = 3.0;
    let multiply = Incident::Clients {
        id: Some(ComponentId(1)),
        what: ClientsFault::Multiply { factor },
    };
    let mut scenario = with(&drawing(), multiply);
    let mut simulation = start(&scenario);
    run(&mut simulation, 30.0);
    let set = |scenario: &mut Scenario, parameter, value| {
        scenario.components[0].parameters.insert(parameter, value);
    };
    set(&mut scenario, Parameter::RequestRate, Value::Number(100.0));
    simulation.change(&compile(&scenario));
    run(&mut simulation, 60.0);
    for (from, to, rate) in [
        (22.0, 30.0, 900.0),
        (30.0, 40.0, 300.0),
        (40.0, 60.0, 100.0),
    ] {
        let (_, offered) = rates(&simulation, LossCause::Error, from, to);
        let deviation = (rate / (to - from)).sqrt();
        assert!(
            (offered - rate).abs() < 4.0 * deviation,
            "{from}: {offered}"
        );
    }
    let closed = loadscape_sim::catalog::Choice::Closed;
    set(&mut scenario, Parameter::Traffic, Value::Choice(closed));
    set(&mut scenario, Parameter::Users, Value::Number(10.0));
    let mut simulation = start(&scenario);
    run(&mut simulation, 30.0);
    assert_eq!(simulation.users(), 30);
    set(&mut scenario, Parameter::Users, Value::Number(20.0));
    simulation.change(&compile(&scenario));
    run(&mut simulation, 39.0);
    assert_eq!(simulation.users(), 60);
    run(&mut simulation, 300.0);
    assert_eq!(simulation.users(), 20);
}

#[test]
fn slow_instances_stay_slow_in_a_station_that_has_become_another() {
    // Without load a request takes its 5 ms, or three times that at two of four instances; with more cores, too.
    let factor = 3.0;
    let slow = ComponentFault::Slow {
        factor,
        instances: Some(2),
    };
    let mut scenario = with(&drawing(), in_component(3, slow));
    let mut simulation = start(&scenario);
    run(&mut simulation, 30.0);
    let own = &mut scenario.components[2].parameters;
    own.insert(Parameter::Cores, Value::Number(16.0));
    own.insert(Parameter::Threads, Value::Number(60.0));
    simulation.change(&compile(&scenario));
    run(&mut simulation, 60.0);
    let network = compile(&scenario).network;
    let cores = network.stations.iter().position(|station| {
        station.component == ComponentId(3) && station.role == loadscape_sim::network::Role::Cores
    });
    let series = simulation.series(0.5);
    let station = &series.stations[cores.unwrap()];
    // By Little's law the time in service is the number there over the rate.
    let time = |from: usize, to: usize| {
        let sum = |figures: &[f64]| figures[from..to].iter().sum::<f64>();
        sum(&station.present) / sum(&station.served_per_second)
    };
    let usual = time(84, 120);
    for (from, to, times) in [(42, 60, 2.0), (61, 80, 2.0)] {
        let found = time(from, to) / usual;
        assert!((found - times).abs() < 0.1, "{from}: {found}");
    }
}

#[test]
fn any_edits_during_any_faults_leave_the_books_balanced() {
    for seed in 0..100 {
        let mut scenario = generate_with_faults(seed, 10);
        // All of them within the first minutes.
        for fault in &mut scenario.faults {
            fault.start_seconds = fault.start_seconds.rem_euclid(40.0);
            fault.duration_seconds = fault.duration_seconds.map(|span| span.rem_euclid(60.0));
        }
        edits_leave_the_books_balanced(scenario, seed, 50.0);
    }
}
