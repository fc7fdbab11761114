//! Execution environments of functions: against the idle times of one and of two servers without a queue.

use crate::support::{close, run};
use loadscape_sim::catalog::{Parameter, Value};
use loadscape_sim::des::{Findings, Settings, Simulation, Stores};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{ComponentFault, ComponentId, Fault, Incident, Scenario, read};

/// Two requests a second of half a second each; environments are kept for a second.
fn drawing(limit: u32) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 100, "response_bytes": 100, "keys": 1, "zipf_exponent": 0, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": 2}}}},
        {{"id": 2, "kind": "api_gateway", "name": "gateway", "position": {{"x": 200, "y": 0}}}},
        {{"id": 3, "kind": "function", "name": "function", "position": {{"x": 400, "y": 0}}, "parameters": {{"service_time": 500, "cold_start_time": 0.001, "keep_alive": 1, "concurrency_limit": {limit}}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

fn simulate(limit: u32, stores: Stores, seconds: f64) -> Findings {
    let settings = Settings {
        stores,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(&drawing(limit)), &settings);
    run(&mut simulation, seconds);
    simulation.findings()
}

fn cold(findings: &Findings) -> f64 {
    let function = findings
        .components
        .iter()
        .find(|found| found.component.0 == 3);
    function.unwrap().cold_starts.unwrap().value
}

/// The probability that a birth-death process that has just fallen from `level` stays below it for a second: births two a second, and two
/// deaths a second for each that is there. By uniformisation.
fn stays_below(level: usize) -> f64 {
    let fastest = 2.0 + 2.0 * level as f64;
    let mut here = vec![0.0; level];
    here[level - 1] = 1.0;
    let (mut stays, mut poisson) = (0.0, (-fastest).exp());
    for jumps in 1..200 {
        stays += poisson * here.iter().sum::<f64>();
        poisson *= fastest / f64::from(jumps);
        let mut next = vec![0.0; level];
        for (state, mass) in here.iter().enumerate() {
            let deaths = 2.0 * state as f64;
            next[state] += mass * (1.0 - (2.0 + deaths) / fastest);
            if state > 0 {
                next[state - 1] += mass * deaths / fastest;
            }
            // From the highest it leaves.
            if state + 1 < level {
                next[state + 1] += mass * 2.0 / fastest;
            }
        }
        here = next;
    }
    stays
}

#[test]
fn one_environment_is_cold_when_nobody_came_for_as_long_as_it_is_kept() {
    // The time without a request is exponential, whatever the work.
    close(stays_below(1), (-2.0_f64).exp(), 1e-9);
    close(
        cold(&simulate(1, Stores::Warm, 40_000.0)),
        (-2.0_f64).exp(),
        0.03,
    );
}

#[test]
fn each_further_environment_is_cold_when_so_many_were_not_needed_for_that_long() {
    // With at most n at once, k are busy with a probability in proportion to 1/k! (Erlang 1917, one unit of load). The k-th environment is
    // used again when the number busy rises to k, and is gone when it has stayed below for a second.
    for limit in [2_usize, 3, 6] {
        let (mut arrivals, mut starts, mut weight) = (0.0, 0.0, 1.0);
        for busy in 0..limit {
            arrivals += weight;
            starts += weight * stays_below(busy + 1);
            weight /= busy as f64 + 1.0;
        }
        let found = cold(&simulate(limit as u32, Stores::Warm, 40_000.0));
        close(found, starts / arrivals, 0.03);
    }
}

#[test]
fn functions_that_nobody_has_used_start_cold_until_there_are_enough() {
    // Kept for good, each is started once: as many as are ever needed at once.
    let kept = |stores| {
        let mut scenario = drawing(100);
        let keep = Value::Number(86_400.0);
        scenario.components[2]
            .parameters
            .insert(Parameter::KeepAlive, keep);
        let settings = Settings {
            stores,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compile(&scenario), &settings);
        run(&mut simulation, 20_000.0);
        cold(&simulation.findings())
    };
    let (empty, warm) = (kept(Stores::Cold), kept(Stores::Warm));
    assert!(empty < 0.001 && warm <= empty, "{empty} and {warm}");
}

#[test]
fn a_run_that_was_cut_and_copied_goes_on_the_same() {
    let mut whole = Simulation::new(&compile(&drawing(6)), &Settings::default());
    let mut resumed = whole.clone();
    run(&mut whole, 300.0);
    run(&mut resumed, 73.1);
    let mut resumed = resumed.clone();
    run(&mut resumed, 300.0);
    assert_eq!(whole.findings(), resumed.findings());
}

#[test]
fn a_function_that_was_killed_or_deployed_starts_cold() {
    // Kept for good, at most six environments are ever needed: as many start cold again.
    let starts = |what: Option<ComponentFault>| {
        let mut scenario = drawing(6);
        let keep = Value::Number(86_400.0);
        (scenario.components[2].parameters).insert(Parameter::KeepAlive, keep);
        scenario.faults.extend(what.map(|what| Fault {
            start_seconds: 20_000.0,
            duration_seconds: (!what.ends_by_itself()).then_some(1.0),
            incident: Incident::Component {
                id: ComponentId(3),
                what,
            },
        }));
        let settings = Settings {
            stores: Stores::Cold,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compile(&scenario), &settings);
        run(&mut simulation, 40_000.0);
        let findings = simulation.findings();
        let arrivals = findings.classes[0].throughput.unwrap().value;
        cold(&findings) * arrivals * (findings.seconds - findings.warm_up)
    };
    let at_first = starts(None);
    for what in [
        ComponentFault::Kill { instances: None },
        ComponentFault::RollingDeploy {
            restart_seconds: 1.0,
        },
    ] {
        let again = starts(Some(what)) - at_first;
        assert!((4.5..6.6).contains(&again), "{again}");
    }
}
