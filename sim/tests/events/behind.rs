//! Writes that wait in a cache before they go to its store: how many the store sees, and what is lost with the cache.

use crate::support::close;
use loadscape_sim::analysis::analyse;
use loadscape_sim::des::{Findings, Outcome, Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{ComponentFault, ComponentId, Fault, Incident, Scenario, read};

const WRITES: f64 = 200.0;
const DELAY: f64 = 4.0;
const CACHE: u32 = 3;
const STORE: u32 = 4;

/// A service that writes to a cache with a store behind it, or to both.
fn design(keys: u32, zipf_exponent: f64, by_caller: bool, cache: &str) -> Scenario {
    let rate = WRITES * 1.25;
    let class = |id: u32, operation: &str, share: f64| {
        format!(
            r#"{{"id": {id}, "name": "{operation}", "operation": "{operation}", "share": {share}, "request_bytes": 0, "response_bytes": 0, "keys": {keys}, "zipf_exponent": {zipf_exponent}, "priority": 0}}"#
        )
    };
    let classes = [class(1, "read", 0.2), class(2, "write", 0.8)].join(",");
    let from = if by_caller { 2 } else { CACHE };
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [{classes}], "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {rate}}}}},
        {{"id": 2, "kind": "service", "name": "service", "position": {{"x": 200, "y": 0}}, "parameters": {{"cores": 64, "threads": 1000, "service_time": 1}}}},
        {{"id": 3, "kind": "cache", "name": "cache", "position": {{"x": 400, "y": 0}}, "parameters": {{"write_mode": "write_behind", "write_delay": {DELAY}, "cache_size": 100{cache}}}}},
        {{"id": 4, "kind": "key_value_store", "name": "store", "position": {{"x": 600, "y": 0}}, "parameters": {{"instances": 1, "replication_factor": 1, "read_quorum": 1, "write_quorum": 1, "cores": 16}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}, {{"id": 3, "from": {from}, "to": 4}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

fn found(scenario: &Scenario, seed: u64, seconds: f64) -> Findings {
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), []);
    simulation.findings()
}

/// Each key's writes a second.
fn of_each_key(keys: u32, zipf_exponent: f64) -> Vec<f64> {
    let powers = (1..=keys).map(|rank| f64::from(rank).powf(-zipf_exponent));
    let total: f64 = powers.clone().sum();
    powers.map(|power| WRITES * power / total).collect()
}

#[test]
fn the_store_sees_a_key_once_in_the_delay_and_the_time_to_its_next_write() {
    for by_caller in [false, true] {
        let scenario = design(300, 0.9, by_caller, "");
        // Renewals: a key's writes go on every D + 1/λ on average.
        let written: f64 = of_each_key(300, 0.9)
            .into_iter()
            .map(|rate| 1.0 / (DELAY + 1.0 / rate))
            .sum();
        assert!(written < 0.4 * WRITES);
        let findings = found(&scenario, 1, 2_000.0);
        let [behind] = findings.write_behind[..] else {
            panic!("{:?}", findings.write_behind);
        };
        assert_eq!(behind.component, ComponentId(CACHE));
        assert_eq!(behind.lost, 0);
        close(behind.writes.unwrap().value, WRITES, 0.01);
        close(behind.merged.unwrap().value, 1.0 - written / WRITES, 0.01);
        // What the store sees beside the reads that the cache doesn't answer.
        let reads: f64 = (findings.stores.iter())
            .map(|store| store.lookups.unwrap().value * (1.0 - store.hit_ratio.unwrap().value))
            .sum();
        assert_eq!(findings.stores.len(), 1, "what waits isn't looked up");
        let at_store = |component: u32| {
            let mut components = findings.components.iter();
            let found = components.find(|own| own.component == ComponentId(component));
            found.unwrap().arrivals.unwrap().value
        };
        close(at_store(STORE), written + reads, 0.01);
        let report = analyse(&scenario).report;
        let mut components = report.components.iter();
        let solved = components.find(|own| own.component == ComponentId(STORE));
        close(solved.unwrap().arrival.0, written + reads, 0.01);
        let mut components = report.components.iter();
        let cache = components.find(|own| own.component == ComponentId(CACHE));
        assert!(cache.unwrap().hit_ratio.unwrap() > 0.9, "of reads alone");
    }
}

/// Writes lost a second after the fault has begun, on average over runs. It begins at other times of three delays, for keys that are written
/// all the time have all begun to wait together.
fn lost(scenario: &mut Scenario, what: ComponentFault, seeds: u64) -> f64 {
    let mut lost = 0;
    for seed in 1..=seeds {
        let start_seconds = 20.0 + 3.0 * DELAY * (seed as f64 - 0.5) / seeds as f64;
        scenario.faults = vec![Fault {
            start_seconds,
            duration_seconds: Some(2.0),
            incident: Incident::Component {
                id: ComponentId(CACHE),
                what,
            },
        }];
        lost += found(scenario, seed, start_seconds + 1.0).write_behind[0].lost;
    }
    lost as f64 / seeds as f64
}

#[test]
fn a_cache_that_dies_loses_what_has_been_written_within_the_delay() {
    // Keys that hardly ever meet: as many writes wait as come in the delay (Little 1961), a Poisson number.
    let mut scenario = design(1_000_000_000, 0.0, false, "");
    let exact = WRITES * DELAY;
    let seeds = 20;
    let sure = 4.0 * (exact / seeds as f64).sqrt() / exact;
    let kill = ComponentFault::Kill { instances: None };
    close(lost(&mut scenario, kill, seeds), exact, sure);
    let flush = ComponentFault::Flush { instances: None };
    close(lost(&mut scenario, flush, seeds), exact, sure);
    // What comes while it keeps nothing is lost as well: another second.
    let forgets = ComponentFault::LoseMemory { instances: None };
    close(lost(&mut scenario, forgets, seeds), exact + WRITES, sure);
    // A quarter of the keys.
    let mut scenario = design(1_000_000_000, 0.0, false, r#", "instances": 4"#);
    let kill = ComponentFault::Kill { instances: Some(1) };
    close(lost(&mut scenario, kill, seeds), exact / 4.0, 2.0 * sure);
}

#[test]
fn writes_that_have_become_one_are_lost_together() {
    let mut scenario = design(300, 0.9, false, "");
    // A key waits with probability λD / (1 + λD), since a time that is uniform on the delay, and with all that came since then.
    let exact: f64 = of_each_key(300, 0.9)
        .into_iter()
        .map(|rate| rate * DELAY)
        .map(|writes| writes / (1.0 + writes) * (1.0 + writes / 2.0))
        .sum();
    assert!(exact < 0.8 * WRITES * DELAY);
    let flush = ComponentFault::Flush { instances: None };
    close(lost(&mut scenario, flush, 100), exact, 0.02);
}

#[test]
fn a_fault_that_loses_acknowledged_writes_is_harm_though_no_request_notices() {
    // Keys that hardly ever meet, so that a flush costs no read anything.
    let mut scenario = design(1_000_000_000, 0.0, false, "");
    scenario.faults = vec![Fault {
        start_seconds: 20.0,
        duration_seconds: None,
        incident: Incident::Component {
            id: ComponentId(CACHE),
            what: ComponentFault::Flush { instances: None },
        },
    }];
    let findings = found(&scenario, 1, 60.0);
    let verdict = &findings.verdicts[0];
    assert_eq!((verdict.failed, verdict.failed_later), (0.0, 0.0));
    assert_eq!(verdict.writes_lost, findings.write_behind[0].lost);
    close(verdict.writes_lost as f64, WRITES * DELAY, 0.2);
    assert_eq!(verdict.outcome, Outcome::Recovered);
}

#[test]
fn without_a_delay_nothing_waits() {
    let mut scenario = design(300, 0.9, false, "");
    scenario.components[2]
        .parameters
        .remove(&loadscape_sim::catalog::Parameter::WriteDelay);
    let findings = found(&scenario, 1, 200.0);
    assert_eq!(findings.write_behind, []);
}

#[test]
fn a_change_to_the_design_loses_nothing_that_waits() {
    let scenario = design(300, 0.9, false, "");
    let mut other = scenario.clone();
    other.components[2].parameters.extend([(
        loadscape_sim::catalog::Parameter::WriteMode,
        loadscape_sim::catalog::Value::Choice(loadscape_sim::catalog::Choice::WriteThrough),
    )]);
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    assert!(simulation.run_until(20.0, u64::MAX));
    for design in [&other, &scenario, &other] {
        simulation.change(&compile(design));
        assert_eq!(simulation.violations(), []);
        let until = simulation.now() + 1.5;
        assert!(simulation.run_until(until, u64::MAX));
        assert_eq!(simulation.violations(), []);
    }
    assert!(simulation.run_until(60.0, u64::MAX));
    assert_eq!(simulation.violations(), []);
}
