//! Queues that drop those who have waited too long, against the formulas for impatient customers.

use crate::build::Build;
use crate::support::run;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Estimate, Findings, Settings, Simulation};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{ControlledDelay, Role, Shedding, StationId, Step, compile};
use loadscape_sim::report::{LossCause, Standing};
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point, Scenario};
use loadscape_sim::theory::abandonment::fixed_patience;
use loadscape_sim::units::Seconds;

#[track_caller]
fn agrees(estimate: Option<Estimate>, exact: f64) {
    let estimate = estimate.expect("an estimate");
    let half_width = estimate.half_width.expect("an interval");
    assert!(
        (estimate.value - exact).abs() < 2.0 * half_width,
        "{estimate:?} against {exact}"
    );
    assert!(
        (estimate.value / exact - 1.0).abs() < 0.05,
        "{estimate:?} against {exact}"
    );
}

/// A pool of threads, each kept for an exponential time with mean 1.
fn pool(threads: u32, rate: f64, rule: impl FnOnce(StationId) -> Shedding) -> Build {
    let mut build = Build::new();
    let pool = build.station(2, threads);
    build.network.stations[0].role = Role::Threads;
    let body = build.network.push(Step::Delay {
        component: ComponentId(2),
        time: Distribution::exponential(1.0).unwrap(),
    });
    let step = build.network.push(Step::Hold { pool, body });
    build.network.shedding.push(rule(pool));
    build.source(rate, 1.0, step);
    build
}

fn simulated(build: &Build, seconds: f64) -> Findings {
    let mut simulation = build.simulation(1);
    run(&mut simulation, seconds);
    simulation.findings()
}

#[test]
fn who_waits_too_long_is_lost_as_barrer_says() {
    for (threads, rate, timeout) in [(1, 0.5, 2.0), (3, 2.7, 1.0), (3, 4.5, 1.5), (10, 8.0, 0.2)] {
        let build = pool(threads, rate, |station| Shedding {
            station,
            queue_timeout: Seconds(timeout),
            controlled_delay: None,
        });
        let findings = simulated(&build, 100_000.0);
        let exact = fixed_patience(rate, 1.0, threads, timeout).unwrap();
        let station = &findings.stations[0];
        agrees(station.loss, exact.abandon_probability);
        agrees(station.utilisation, exact.utilisation);
        agrees(station.throughput, exact.throughput);
        // Nobody who was served has waited for longer; all together waited for as long as is known.
        let gave_up = rate * exact.abandon_probability;
        let served = (rate * exact.mean_wait - gave_up * timeout) / exact.throughput;
        agrees(station.waiting, served);
        let failure = findings.classes[0].failures[0];
        assert_eq!(failure.why, LossCause::QueueTimedOut);
        agrees(Some(failure.share), exact.abandon_probability);
    }
}

fn controlled(last_first: bool) -> impl FnOnce(StationId) -> Shedding {
    move |station| Shedding {
        station,
        queue_timeout: Seconds(f64::INFINITY),
        controlled_delay: Some(ControlledDelay {
            target: Seconds(20.0),
            interval: Seconds(100.0),
            last_first,
        }),
    }
}

#[test]
fn a_queue_that_stands_keeps_to_its_target() {
    // Three times the capacity: the queue never empties, and everybody may wait for the target alone.
    let findings = simulated(&pool(1, 3.0, controlled(false)), 100_000.0);
    let exact = fixed_patience(3.0, 1.0, 1, 20.0).unwrap();
    let station = &findings.stations[0];
    agrees(station.loss, exact.abandon_probability);
    let gave_up = 3.0 * exact.abandon_probability;
    let served = (3.0 * exact.mean_wait - gave_up * 20.0) / exact.throughput;
    agrees(station.waiting, served);
    assert_eq!(findings.classes[0].failures[0].why, LossCause::Shed);
}

#[test]
fn serving_the_last_first_answers_most_at_once() {
    let findings = simulated(&pool(1, 3.0, controlled(true)), 50_000.0);
    let station = &findings.stations[0];
    // As many are served, but whoever is served came a moment ago: 1/3 of a second on average since the last arrival, were
    // nobody overtaken twice.
    assert!(station.throughput.unwrap().value > 0.98);
    let waiting = station.waiting.unwrap().value;
    assert!(waiting < 2.0, "{waiting}");
}

#[test]
fn a_queue_that_empties_sheds_nobody() {
    let findings = simulated(&pool(1, 0.3, controlled(false)), 50_000.0);
    assert!(findings.classes[0].failures.is_empty());
}

/// Clients and a service of two threads on two cores, 300 requests a second of 10 ms.
fn drawn(parameters: &[(Parameter, Value)]) -> Scenario {
    let at = Point { x: 0.0, y: 0.0 };
    let mut scenario = Scenario::default();
    let mut clients = Component::new(ComponentId(1), Kind::Clients, "Users", at);
    clients
        .parameters
        .insert(Parameter::RequestRate, Value::Number(300.0));
    let mut service = Component::new(ComponentId(2), Kind::Service, "Service", at);
    service
        .parameters
        .insert(Parameter::ServiceTime, Value::Number(10.0));
    service
        .parameters
        .insert(Parameter::Threads, Value::Number(2.0));
    service.parameters.extend(parameters.iter().copied());
    scenario.components = vec![clients, service];
    scenario
        .links
        .push(Link::new(LinkId(1), ComponentId(1), ComponentId(2)));
    scenario
}

#[test]
fn a_drawn_service_sheds_as_its_parameters_say() {
    let timeout = (Parameter::QueueTimeout, Value::Number(40.0));
    let scenario = drawn(&[timeout]);
    let compiled = compile(&scenario);
    let mut simulation = Simulation::new(&compiled, &Settings::default());
    run(&mut simulation, 2_000.0);
    let exact = fixed_patience(300.0, 100.0, 2, 0.04).unwrap();
    let findings = simulation.findings();
    agrees(findings.stations[0].loss, exact.abandon_probability);
    let doubted = loadscape_sim::steady::solve(&scenario, &compiled)
        .assumptions
        .into_iter()
        .any(|assumption| {
            assumption.rests_on == "Requests wait for a thread however long it takes"
                && assumption.standing == Standing::Doubtful
        });
    assert!(doubted);
    let shedding = (Parameter::Shedding, Value::Choice(Choice::ControlledDelay));
    let mut simulation = Simulation::new(&compile(&drawn(&[shedding])), &Settings::default());
    run(&mut simulation, 100.0);
    let shed = simulation.findings().classes[0].failures[0];
    assert_eq!(shed.why, LossCause::Shed);
    assert!((shed.share.value - 1.0 / 3.0).abs() < 0.05, "{shed:?}");
    assert!(compile(&drawn(&[])).network.shedding.is_empty());
}
