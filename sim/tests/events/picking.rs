//! Balancers with several services to choose from that pick in turn or by what each has in progress, against theory and against one service of as
//! many instances.

use crate::support::{close, run};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Findings, Settings, Simulation};
use loadscape_sim::network::Role;
use loadscape_sim::network::compile;
use loadscape_sim::report::Standing;
use loadscape_sim::scenario::{
    ClassId, Component, ComponentFault, ComponentId, Fault, Incident, Link, LinkId, Operation,
    Point, RequestClass, Scenario,
};
use loadscape_sim::theory::balancing::{
    Candidates, RoundRobin, shortest_of_few, shortest_queue_sojourn,
};

/// Mean service time, milliseconds.
const SERVICE: f64 = 10.0;
const CLIENTS: ComponentId = ComponentId(1);
const BALANCER: ComponentId = ComponentId(2);
/// The first service; the others follow.
const FIRST: u32 = 10;

/// Clients who ask for so much of all instances together, a balancer that takes no time and picks so, and services of these many instances of one
/// core each.
fn drawing(policy: Choice, load: f64, services: &[u32]) -> Scenario {
    let mut scenario = Scenario {
        classes: vec![RequestClass::new(ClassId(1), "read", Operation::Read)],
        ..Scenario::default()
    };
    let part = |id: ComponentId, kind| {
        let at = Point {
            x: 200.0 * f64::from(id.0),
            y: 0.0,
        };
        Component::new(id, kind, "part", at)
    };
    let set = |component: &mut Component, values: &[(Parameter, f64)]| {
        for (parameter, value) in values {
            (component.parameters).insert(*parameter, Value::Number(*value));
        }
    };
    let instances: u32 = services.iter().sum();
    let mut clients = part(CLIENTS, Kind::Clients);
    let rate = load * f64::from(instances) * 1_000.0 / SERVICE;
    let asks = [
        (Parameter::RequestRate, rate),
        (Parameter::ClientRoundTrip, 0.0),
    ];
    set(&mut clients, &asks);
    let mut balancer = part(BALANCER, Kind::LoadBalancer);
    (balancer.parameters).insert(Parameter::BalancingPolicy, Value::Choice(policy));
    set(&mut balancer, &[(Parameter::AddedLatency, 0.0)]);
    scenario.components = vec![clients, balancer];
    scenario.links = vec![Link::new(LinkId(1), CLIENTS, BALANCER)];
    for (id, count) in (FIRST..).zip(services) {
        let mut service = part(ComponentId(id), Kind::Service);
        let own = [
            (Parameter::Instances, f64::from(*count)),
            (Parameter::Cores, 1.0),
            (Parameter::ServiceTime, SERVICE),
            (Parameter::Threads, 10_000.0),
        ];
        set(&mut service, &own);
        scenario.components.push(service);
        let link = Link::new(LinkId(id), BALANCER, ComponentId(id));
        scenario.links.push(link);
    }
    scenario
}

fn simulated(scenario: &Scenario, seconds: f64) -> Findings {
    let settings = Settings {
        seed: 4,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    run(&mut simulation, seconds);
    simulation.findings()
}

/// Mean sojourn at the services, in service times.
fn sojourn(findings: &Findings) -> f64 {
    let own = findings.components.iter();
    let own = own.filter(|own| own.component.0 >= FIRST);
    let (mut sum, mut rate) = (0.0, 0.0);
    for row in own {
        let each = row.arrivals.unwrap().value;
        sum += each * row.sojourn.unwrap().value;
        rate += each;
    }
    sum / rate / (SERVICE / 1_000.0)
}

/// The share of all calls that each service got.
fn shares(findings: &Findings) -> Vec<f64> {
    let rates = findings.components.iter();
    let rates = rates.filter(|own| own.component.0 >= FIRST);
    let rates: Vec<f64> = rates.map(|own| own.arrivals.unwrap().value).collect();
    let sum: f64 = rates.iter().sum();
    rates.iter().map(|rate| rate / sum).collect()
}

#[test]
fn services_in_turn_wait_as_queues_of_every_nth_arrival_do() {
    for (load, services) in [(0.7, 2), (0.85, 4)] {
        let count = services as usize;
        let found = simulated(&drawing(Choice::RoundRobin, load, &vec![1; count]), 6_000.0);
        // E_n/M/1 (Takács 1962): in equal turns every server gets each n-th request.
        let exact = RoundRobin::new(load * f64::from(services), 1.0, services).unwrap();
        close(sojourn(&found), exact.mean_sojourn(), 0.02);
        for share in shares(&found) {
            close(share, 1.0 / f64::from(services), 1e-3);
        }
    }
}

#[test]
fn services_with_the_fewest_in_progress_wait_as_joining_the_shortest_queue_does() {
    for (load, services) in [(0.7, 2), (0.85, 4)] {
        let count = services as usize;
        let scenario = drawing(Choice::LeastConnections, load, &vec![1; count]);
        let exact = shortest_queue_sojourn(load, services).unwrap();
        close(sojourn(&simulated(&scenario, 6_000.0)), exact, 0.02);
    }
}

#[test]
fn the_emptier_of_two_services_waits_as_the_refined_mean_field_says() {
    let scenario = drawing(Choice::TwoChoices, 0.85, &[1; 8]);
    let exact = shortest_of_few(0.85, 8, 2, Candidates::Distinct).unwrap();
    close(sojourn(&simulated(&scenario, 6_000.0)), exact, 0.025);
}

#[test]
fn several_services_wait_as_one_of_all_their_instances() {
    let of =
        |policy, services: &[u32]| sojourn(&simulated(&drawing(policy, 0.8, services), 6_000.0));
    for policy in [Choice::RoundRobin, Choice::LeastConnections] {
        close(of(policy, &[1, 2, 3]), of(policy, &[6]), 0.04);
    }
    // Whoever of two is picked has two of its own instances looked at once more.
    let (several, two) = (
        of(Choice::TwoChoices, &[1, 2, 3]),
        of(Choice::TwoChoices, &[6]),
    );
    let fewest = of(Choice::LeastConnections, &[6]);
    assert!((fewest..two).contains(&several), "{fewest} {several} {two}");
}

#[test]
fn services_in_turn_get_as_many_as_they_have_instances_one_after_the_other() {
    let found = simulated(&drawing(Choice::RoundRobin, 0.5, &[1, 3]), 100.0);
    let shares = shares(&found);
    close(shares[0], 0.25, 2e-3);
}

/// A service takes so many times as long all the time.
fn slow(scenario: &mut Scenario, service: u32, factor: f64) {
    let mut parts = scenario.components.iter_mut();
    let part = parts.find(|part| part.id.0 == service).unwrap();
    let time = Value::Number(SERVICE * factor);
    part.parameters.insert(Parameter::ServiceTime, time);
}

#[test]
fn a_slow_service_gets_less_from_who_looks_and_its_turns_from_who_does_not() {
    let load = 0.4;
    for (policy, least, most) in [
        (Choice::RoundRobin, 0.249, 0.251),
        (Choice::LeastConnections, 0.02, 0.19),
        (Choice::TwoChoices, 0.02, 0.21),
    ] {
        let mut scenario = drawing(policy, load, &[1; 4]);
        slow(&mut scenario, FIRST, 3.0);
        let share = shares(&simulated(&scenario, 500.0))[0];
        assert!((least..most).contains(&share), "{policy:?} {share}");
    }
}

#[test]
fn a_dead_service_that_nobody_notices_draws_requests_to_itself() {
    let mut failed = Vec::new();
    for policy in [Choice::RoundRobin, Choice::LeastConnections] {
        let mut scenario = drawing(policy, 0.7, &[1; 4]);
        scenario.faults.push(Fault {
            start_seconds: 0.0,
            duration_seconds: None,
            incident: Incident::Component {
                id: ComponentId(FIRST),
                what: ComponentFault::Kill { instances: None },
            },
        });
        let share = shares(&simulated(&scenario, 200.0))[0];
        failed.push(share);
    }
    close(failed[0], 0.25, 1e-2);
    // It has never anything in progress, and is asked unless another has nothing either.
    assert!(failed[1] > 0.4, "{failed:?}");
}

#[test]
fn the_solver_waits_as_the_simulation_does_where_services_are_alike_and_says_so_where_not() {
    let doubts = |scenario: &Scenario| {
        let report = analyse(scenario).report;
        let doubts = report.assumptions.iter();
        let doubts = doubts.filter(|own| own.standing == Standing::Doubtful);
        doubts.filter(|own| own.component == Some(BALANCER)).count()
    };
    for policy in [
        Choice::RoundRobin,
        Choice::LeastConnections,
        Choice::TwoChoices,
    ] {
        let scenario = drawing(policy, 0.8, &[1; 4]);
        let report = analyse(&scenario).report;
        let found = simulated(&scenario, 6_000.0);
        let rows = report
            .components
            .iter()
            .filter(|own| own.component.0 >= FIRST);
        let mut count = 0;
        for row in rows {
            close(
                row.sojourn.unwrap().0 / (SERVICE / 1_000.0),
                sojourn(&found),
                0.03,
            );
            close(row.utilisation.unwrap(), 0.8, 1e-6);
            close(row.arrival.0, 80.0, 1e-9);
            // Little's law.
            let waiting = row.sojourn.unwrap().0 - SERVICE / 1_000.0;
            close(row.queue_length.unwrap(), 80.0 * waiting, 1e-6);
            assert_eq!(row.instances, Some(1));
            count += 1;
        }
        assert_eq!(count, 4);
        let class = &report.classes[0];
        let mut spent = class.breakdown.iter();
        let at_last = spent.any(|part| part.component == Some(ComponentId(FIRST + 3)));
        assert!(at_last, "{:?}", class.breakdown);
        assert_eq!(doubts(&scenario), 0);
        // One that is slower makes them unlike, and one that somebody else asks as well. How much more evenly turns come is known then too.
        let known = policy == Choice::RoundRobin;
        let mut unlike = scenario.clone();
        slow(&mut unlike, FIRST, 1.1);
        assert_eq!(doubts(&unlike) == 0, known, "{policy:?}");
        let mut shared = scenario;
        (shared.links).push(Link::new(LinkId(99), CLIENTS, ComponentId(FIRST)));
        assert_eq!(doubts(&shared) == 0, known, "{policy:?}");
    }
    assert_eq!(doubts(&drawing(Choice::Random, 0.8, &[1, 2])), 0);
}

/// What each service's requests spend there, by the solver and by the simulation, in service times.
fn sojourns(scenario: &Scenario, seconds: f64) -> Vec<(f64, f64)> {
    let (report, found) = (analyse(scenario).report, simulated(scenario, seconds));
    let rows = report.components.iter();
    let rows = rows.filter(|own| own.component.0 >= FIRST);
    rows.map(|solved| {
        let mut found = found.components.iter();
        let found = found.find(|own| own.component == solved.component);
        let (solved, found) = (solved.sojourn.unwrap().0, found.unwrap().sojourn.unwrap());
        (solved * 1_000.0 / SERVICE, found.value * 1_000.0 / SERVICE)
    })
    .collect()
}

#[test]
fn the_solver_knows_how_evenly_turns_come_to_services_that_are_not_alike() {
    for (services, load) in [
        (vec![1, 1], 0.8),
        (vec![1, 3], 0.8),
        (vec![1, 2, 4], 0.85),
        (vec![1; 6], 0.9),
    ] {
        let mut scenario = drawing(Choice::RoundRobin, load, &services);
        slow(&mut scenario, FIRST, 0.9);
        for (solved, found) in sojourns(&scenario, 6_000.0) {
            close(solved, found, 0.05);
        }
    }
}

/// One more part behind the three services, which all of them ask.
fn all_three_ask(scenario: &mut Scenario, kind: Kind, values: &[(Parameter, f64)]) {
    let behind = ComponentId(FIRST + 3);
    let at = Point { x: 4e3, y: 0.0 };
    let mut part = Component::new(behind, kind, "behind", at);
    for (parameter, value) in values {
        (part.parameters).insert(*parameter, Value::Number(*value));
    }
    scenario.components.push(part);
    for id in FIRST..FIRST + 3 {
        let link = Link::new(LinkId(100 + id), ComponentId(id), behind);
        scenario.links.push(link);
    }
}

#[test]
fn the_solver_knows_that_turns_are_no_longer_seen_where_their_ways_meet() {
    let mut scenario = drawing(Choice::RoundRobin, 0.6, &[1, 1, 2]);
    slow(&mut scenario, FIRST, 0.5);
    // One core for all of them, as busy as theirs.
    let own = [
        (Parameter::Instances, 1.0),
        (Parameter::Cores, 1.0),
        (Parameter::ServiceTime, 3.0),
        (Parameter::Threads, 10_000.0),
    ];
    all_three_ask(&mut scenario, Kind::Service, &own);
    for (solved, found) in sojourns(&scenario, 6_000.0) {
        close(solved, found, 0.05);
    }
}

#[test]
fn the_solver_knows_how_evenly_turns_ask_for_tokens() {
    let mut scenario = drawing(Choice::RoundRobin, 0.4, &[1, 1, 2]);
    slow(&mut scenario, FIRST, 0.9);
    // Threads are held while somebody outside answers, and so are what is short.
    let own = [(Parameter::ResponseTime, 4.0 * SERVICE)];
    all_three_ask(&mut scenario, Kind::ThirdPartyApi, &own);
    for component in &mut scenario.components {
        if (FIRST..FIRST + 3).contains(&component.id.0) {
            (component.parameters).insert(Parameter::Threads, Value::Number(3.0));
        }
    }
    let solved = analyse(&scenario).report;
    let mut tokens = solved.stations.iter();
    assert!(tokens.any(|own| own.role == Role::Threads && own.utilisation > 0.65));
    for (solved, found) in sojourns(&scenario, 6_000.0) {
        close(solved, found, 0.03);
    }
}
