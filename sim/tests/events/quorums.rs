//! Stores whose quorums needn't meet: how often a read misses the latest write, against probabilistically bounded staleness.

use crate::support::close;
use loadscape_sim::des::{Findings, Settings, Simulation};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{ComponentFault, ComponentId, Fault, Incident, Scenario, read};
use loadscape_sim::theory::staleness::{DelayMixture, ReplicaDelays, Staleness};

const STORE: u32 = 3;
/// Requests a second, of which one in a hundred writes, each copy for 20 ms on average and exponential.
const RATE: f64 = 50.0;
const WRITES: f64 = 0.5;
const WRITE_TIME: f64 = 0.02;

fn design(copies: u32, reads: u32, writes: u32) -> Scenario {
    let class = |id: u32, operation: &str, share: f64| {
        format!(
            r#"{{"id": {id}, "name": "{operation}", "operation": "{operation}", "share": {share}, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0, "priority": 0}}"#
        )
    };
    let classes = [class(1, "read", 0.99), class(2, "write", 0.01)].join(",");
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [{classes}], "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {RATE}}}}},
        {{"id": 2, "kind": "service", "name": "service", "position": {{"x": 200, "y": 0}}, "parameters": {{"cores": 64, "threads": 1000, "service_time": 0.001}}}},
        {{"id": 3, "kind": "key_value_store", "name": "store", "position": {{"x": 400, "y": 0}}, "parameters": {{"instances": {copies}, "cores": 64, "read_time": 0.0001, "write_time": 0.0001, "replication_lag": {}, "replication_factor": {copies}, "read_quorum": {reads}, "write_quorum": {writes}}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}]}}"#,
        WRITE_TIME * 1e3
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

fn found(scenario: &Scenario, seconds: f64) -> Findings {
    let mut simulation = Simulation::new(&compile(scenario), &Settings::default());
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), []);
    simulation.findings()
}

/// For how long after a write a read may be stale: the probability, integrated over the time since it counts.
fn stale_for(copies: u32, reads: u32, writes: u32) -> f64 {
    let always = |mean: f64| {
        let law = Distribution::Exponential { mean };
        DelayMixture::new(vec![(1.0, law)]).unwrap()
    };
    let delays = ReplicaDelays {
        write: always(WRITE_TIME),
        acknowledge: always(1e-9),
        read: always(1e-9),
        respond: always(1e-9),
    };
    let staleness = Staleness::simulate(copies, reads, writes, &delays, 200_000, 1).unwrap();
    let step = 1e-4;
    let middles = (0..4_000).map(|number| (f64::from(number) + 0.5) * step);
    middles
        .map(|time| 1.0 - staleness.fresh_probability(time))
        .sum::<f64>()
        * step
}

#[test]
fn reads_are_as_stale_as_partial_quorums_make_them() {
    for (copies, reads, writes, exact) in [
        // Two thirds of the reads go to a copy that hasn't the write yet, and has it after another 20 ms on average.
        (3, 1, 1, Some(WRITE_TIME * 2.0 / 3.0)),
        // Both are the other two with one third, and the first of these has it after half of that.
        (3, 2, 1, Some(WRITE_TIME / 2.0 / 3.0)),
        (3, 1, 2, Some(WRITE_TIME / 3.0)),
        (5, 2, 2, None),
    ] {
        let expected = stale_for(copies, reads, writes);
        if let Some(exact) = exact {
            close(expected, exact, 0.02);
        }
        let findings = found(&design(copies, reads, writes), 60_000.0);
        let [quorum] = &findings.quorums[..] else {
            panic!("{:?}", findings.quorums);
        };
        assert_eq!(quorum.component, ComponentId(STORE));
        let reads = &quorum.reads[0];
        close(reads.rate.unwrap().value, RATE - WRITES, 0.01);
        // Writes that meet are one in a hundred.
        close(reads.stale.unwrap().value, WRITES * expected, 0.05);
        assert!(reads.age.unwrap().value < 2.0 * WRITE_TIME);
        assert!(reads.age_p99.unwrap() <= reads.age_longest.unwrap());
    }
}

#[test]
fn quorums_that_meet_have_nothing_to_count() {
    for (copies, reads, writes) in [(3, 2, 2), (3, 1, 3), (1, 1, 1)] {
        assert_eq!(found(&design(copies, reads, writes), 100.0).quorums, []);
    }
}

/// So many nodes of the store are away from 100 s on, for so long.
fn kill(design: &mut Scenario, nodes: u32, seconds: f64) {
    design.faults = vec![Fault {
        start_seconds: 100.0,
        duration_seconds: Some(seconds),
        incident: Incident::Component {
            id: ComponentId(STORE),
            what: ComponentFault::Kill {
                instances: Some(nodes),
            },
        },
    }];
}

#[test]
fn reads_ask_the_copies_that_are_there() {
    // The copies, the quorums, and how many nodes are away: a read or a write is answered when as many copies are there as it needs.
    for (copies, reads, writes, away) in [
        (3, 2, 2, 1),
        (3, 1, 1, 2),
        (3, 3, 1, 1),
        (3, 1, 3, 1),
        (5, 3, 3, 2),
        (5, 3, 3, 3),
    ] {
        let mut design = design(copies, reads, writes);
        kill(&mut design, away, 1_000.0);
        let findings = found(&design, 1_000.0);
        let there = copies - away;
        for (recovery, needed) in findings.recovery.iter().zip([reads, writes]) {
            let success = recovery.during.success.unwrap();
            // Who was there when the node died fails in any case.
            if needed <= there {
                close(success, 1.0, 1e-3);
            } else {
                assert_eq!(success, 0.0, "{copies} {reads} {writes}");
            }
        }
    }
}

#[test]
fn a_node_that_is_away_makes_no_read_stale_and_has_all_when_it_is_back() {
    let mut design = design(3, 1, 1);
    let stale = |design: &Scenario| {
        let reads = &found(design, 30_000.0).quorums[0].reads[0];
        reads.stale.unwrap().value
    };
    kill(&mut design, 1, 29_900.0);
    // Of the two copies that are there, one hasn't the write yet, and has it after another 20 ms.
    close(stale(&design), WRITES * WRITE_TIME / 2.0, 0.1);
    kill(&mut design, 1, 100.0);
    close(stale(&design), WRITES * WRITE_TIME * 2.0 / 3.0, 0.1);
}

#[test]
fn a_run_that_was_cut_and_changed_goes_on() {
    let design = design(3, 1, 1);
    let mut whole = Simulation::new(&compile(&design), &Settings::default());
    assert!(whole.run_until(100.02, u64::MAX));
    let mut resumed = whole.clone();
    assert!(whole.run_until(200.0, u64::MAX));
    assert!(resumed.run_until(200.0, u64::MAX));
    assert_eq!(whole.findings(), resumed.findings());
    for (copies, reads, writes) in [(3, 2, 2), (3, 1, 2), (4, 1, 2), (2, 1, 1)] {
        resumed.change(&compile(&self::design(copies, reads, writes)));
        let until = resumed.now() + 20.013;
        assert!(resumed.run_until(until, u64::MAX));
        assert_eq!(resumed.violations(), []);
    }
}
