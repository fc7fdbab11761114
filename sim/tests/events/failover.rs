//! Primaries that die: how long nobody may write, what is lost with them, and how stale reads are afterwards; against plain reckoning.

use loadscape_sim::des::{Findings, Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{
    ComponentFault, ComponentId, Fault, Incident, LinkFault, LinkId, Scenario, read,
};

const READS: f64 = 240.0;
const WRITES: f64 = 160.0;
const PRIMARY: u32 = 3;
const REPLICA: u32 = 4;
const OTHER: u32 = 5;

/// A service that reads replicas and writes to their primary; `more` is the primary's, of the form `, "detection_time": 1`.
fn design(more: &str, replica: &str, lags: [f64; 2]) -> Scenario {
    let many = r#""cores": 64, "connections": 100000, "memory": 100, "read_time": 0.01"#;
    let class = |id: u32, operation: &str, share: f64| {
        format!(
            r#"{{"id": {id}, "name": "{operation}", "operation": "{operation}", "share": {share}, "request_bytes": 0, "response_bytes": 0, "keys": 200, "zipf_exponent": 0.9, "priority": 0}}"#
        )
    };
    let classes = [class(1, "read", 0.6), class(2, "write", 0.4)].join(",");
    let rate = READS + WRITES;
    let [lag, other] = lags;
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [{classes}], "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {rate}, "client_round_trip": 0}}}},
        {{"id": 2, "kind": "service", "name": "service", "position": {{"x": 200, "y": 0}}, "parameters": {{"cores": 64, "threads": 100000, "service_time": 0.001}}}},
        {{"id": 3, "kind": "sql_primary", "name": "primary", "position": {{"x": 400, "y": 0}}, "parameters": {{{many}, "write_time": 0.01, "indexes": 0, "commit_time": 0{more}}}}},
        {{"id": 4, "kind": "read_replica", "name": "replica", "position": {{"x": 600, "y": 0}}, "parameters": {{{many}, "replay_share": 0, "replication_lag": {lag}{replica}}}}},
        {{"id": 5, "kind": "read_replica", "name": "unread", "position": {{"x": 800, "y": 0}}, "parameters": {{{many}, "replay_share": 0, "replication_lag": {other}}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}}, {{"id": 2, "from": 2, "to": 3, "round_trip_seconds": 0}}, {{"id": 3, "from": 2, "to": 4, "round_trip_seconds": 0}},
        {{"id": 4, "from": 3, "to": 4, "round_trip_seconds": 0.04}}, {{"id": 5, "from": 3, "to": 5, "round_trip_seconds": 0.04}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

const FAILS_OVER: &str =
    r#", "automatic_failover": true, "detection_time": 1, "promotion_time": 0.5"#;

fn kill(id: u32, start: f64, duration: impl Into<Option<f64>>) -> Fault {
    Fault {
        start_seconds: start,
        duration_seconds: duration.into(),
        incident: Incident::Component {
            id: ComponentId(id),
            what: ComponentFault::Kill { instances: None },
        },
    }
}

fn found(scenario: &Scenario, seed: u64, seconds: f64) -> Findings {
    let settings = Settings {
        seed,
        series_seconds: Some(0.1),
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), []);
    simulation.findings()
}

/// Requests of a class (0 reads, 1 writes) that found nobody between two times.
fn failed(findings: &Findings, class: usize, from: f64, to: f64) -> f64 {
    let series = findings.series.as_ref().unwrap();
    let width = series.resolution_seconds;
    let span = (from / width).round() as usize..(to / width).round() as usize;
    let failures = series.classes[class].failures.iter();
    failures
        .filter(|failure| failure.why == LossCause::Unreachable)
        .map(|failure| failure.per_second[span.clone()].iter().sum::<f64>() * width)
        .sum()
}

#[track_caller]
fn near(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{value} against {expected} ± {tolerance}"
    );
}

/// The share of stale reads, when each write is seen this much later: a read is stale when its key was written within the lag.
fn stale_share(lag: f64) -> f64 {
    let total: f64 = (1..=200).map(|rank| f64::from(rank).powf(-0.9)).sum();
    (1..=200)
        .map(|rank| f64::from(rank).powf(-0.9) / total)
        .map(|share| share * (1.0 - (-WRITES * share * lag).exp()))
        .sum()
}

#[test]
fn writes_fail_for_as_long_as_nobody_takes_them_and_the_lag_is_lost() {
    let mut design = design(FAILS_OVER, "", [30.0, 200.0]);
    design.faults = vec![kill(PRIMARY, 4.0, None)];
    let (seeds, mut lost, mut refused) = (150, 0.0, 0.0);
    for seed in 1..=seeds {
        let findings = found(&design, seed, 7.0);
        let [failover] = findings.failovers[..] else {
            panic!("{:?}", findings.failovers);
        };
        assert_eq!(failover.primary, ComponentId(PRIMARY));
        assert_eq!(failover.failed_seconds, 4.0);
        near(failover.taken_over_seconds.unwrap(), 5.5, 1e-9);
        // The one that is less far behind.
        assert_eq!(failover.successor, Some(ComponentId(REPLICA)));
        assert_eq!(failover.instance, Some(0));
        lost += failover.writes_lost as f64;
        refused += failed(&findings, 1, 4.0, 5.5);
        assert_eq!(failed(&findings, 1, 0.0, 4.0), 0.0);
        assert_eq!(failed(&findings, 1, 5.6, 7.0), 0.0);
        assert_eq!(failed(&findings, 0, 0.0, 7.0), 0.0, "reads go on");
    }
    // Poisson, with half of the round trip on top of the lag: within four deviations.
    let runs = seeds as f64;
    let mean = WRITES * 0.05;
    near(lost / runs, mean, 4.0 * (mean / runs).sqrt());
    let mean = WRITES * 1.5;
    near(refused / runs, mean, 4.0 * (mean / runs).sqrt());
}

#[test]
fn what_copies_have_confirmed_is_not_lost() {
    for (replication, replicas) in [("synchronous", 1), ("quorum", 3), ("quorum", 4)] {
        let more = format!(r#"{FAILS_OVER}, "replication": "{replication}""#);
        let replicas = format!(r#", "instances": {replicas}"#);
        let mut design = design(&more, &replicas, [30.0, 200.0]);
        design.faults = vec![kill(PRIMARY, 4.0, None)];
        for seed in 1..=5 {
            let findings = found(&design, seed, 8.0);
            let [failover] = findings.failovers[..] else {
                panic!("{:?}", findings.failovers);
            };
            assert_eq!(failover.writes_lost, 0);
            near(failover.taken_over_seconds.unwrap(), 5.5, 1e-9);
            // Nobody waits for the copy of the machine that is away.
            assert_eq!(failed(&findings, 1, 5.6, 8.0), 0.0);
            let served = &findings.recovery[1].during;
            near(served.succeeded, WRITES * 2.5, 6.0 * (WRITES * 2.5).sqrt());
        }
    }
}

#[test]
fn the_old_primary_comes_back_as_a_replica_and_reads_are_as_stale_as_before() {
    let mut design = design(FAILS_OVER, "", [30.0, 200.0]);
    design.faults = vec![kill(PRIMARY, 10.0, 10.0)];
    let findings = found(&design, 1, 2_000.0);
    assert_eq!(findings.failovers.len(), 1);
    assert_eq!(failed(&findings, 1, 12.0, 400.0), 0.0);
    let replica = &findings.replicas[0];
    assert_eq!(replica.component, ComponentId(REPLICA));
    near(replica.applied.unwrap().value, WRITES, 3.0);
    near(replica.lag.unwrap().value, 0.05, 1e-6);
    let stale = replica.reads[0].stale.unwrap().value;
    near(stale / stale_share(0.05), 1.0, 0.02);
    // Requests of the primary are served by the replica's cores.
    let work = |component: u32| {
        let mut stations = findings.stations.iter();
        let cores = stations.find(|station| {
            station.component == ComponentId(component)
                && station.role == loadscape_sim::network::Role::Cores
        });
        cores.unwrap().arrivals.unwrap().value
    };
    near(work(PRIMARY), READS, 4.0);
    near(work(REPLICA), WRITES, 4.0);
}

#[test]
fn without_a_failover_everybody_waits_for_the_primary() {
    let off = r#", "detection_time": 1, "promotion_time": 0.5"#;
    let mut design = design(off, "", [30.0, 200.0]);
    design.faults = vec![kill(PRIMARY, 4.0, 10.0)];
    let findings = found(&design, 1, 20.0);
    assert_eq!(findings.failovers, []);
    near(failed(&findings, 1, 4.0, 14.0), WRITES * 10.0, 160.0);
    assert_eq!(failed(&findings, 1, 14.1, 20.0), 0.0);
}

#[test]
fn a_primary_that_is_back_before_it_is_given_up_stays_one_and_loses_nothing() {
    let mut design = design(FAILS_OVER, "", [30.0, 200.0]);
    design.faults = vec![kill(PRIMARY, 10.0, 0.8)];
    let findings = found(&design, 1, 1_000.0);
    assert_eq!(findings.failovers, []);
    assert_eq!(failed(&findings, 1, 10.9, 400.0), 0.0);
    let stale = findings.replicas[0].reads[0].stale.unwrap().value;
    near(stale / stale_share(0.05), 1.0, 0.03);
}

#[test]
fn a_successor_that_dies_is_followed_by_whoever_is_there() {
    let mut design = design(FAILS_OVER, "", [30.0, 200.0]);
    design.faults = vec![
        kill(PRIMARY, 4.0, 6.0),
        kill(REPLICA, 20.0, 10.0),
        // Everybody, until the second of them is back.
        kill(PRIMARY, 40.0, 30.0),
        kill(REPLICA, 40.0, 20.0),
        kill(OTHER, 40.0, 20.5),
    ];
    let findings = found(&design, 1, 90.0);
    let taken = |index: usize| {
        let failover = &findings.failovers[index];
        (
            failover.successor.unwrap().0,
            failover.taken_over_seconds.unwrap(),
        )
    };
    assert_eq!(findings.failovers.len(), 3);
    assert_eq!(taken(0), (REPLICA, 5.5));
    // The old primary keeps the replica's copy, which is less far behind than the other.
    assert_eq!(taken(1), (PRIMARY, 21.5));
    assert_eq!(taken(2), (REPLICA, 60.0));
    assert_eq!(failed(&findings, 1, 21.6, 40.0), 0.0);
    assert!(failed(&findings, 1, 41.5, 60.0) > 2_000.0);
    assert_eq!(failed(&findings, 1, 60.1, 90.0), 0.0);
}

#[test]
fn a_run_that_was_cut_and_copied_in_the_gap_goes_on_the_same() {
    let mut design = design(FAILS_OVER, "", [30.0, 200.0]);
    design.faults = vec![kill(PRIMARY, 4.0, 6.0)];
    let mut whole = Simulation::new(&compile(&design), &Settings::default());
    let mut cut = whole.clone();
    assert!(whole.run_until(30.0, u64::MAX));
    assert!(cut.run_until(5.2, u64::MAX));
    let mut resumed = cut.clone();
    assert!(resumed.run_until(30.0, u64::MAX));
    assert_eq!(whole.findings(), resumed.findings());
    // A change to the design meanwhile ends the faults, and whoever acts goes on acting.
    cut.change(&compile(&design));
    assert!(cut.run_until(30.0, u64::MAX));
    assert_eq!(cut.violations(), []);
    let mut off = design.clone();
    off.components[2]
        .parameters
        .remove(&loadscape_sim::catalog::Parameter::AutomaticFailover);
    resumed.change(&compile(&off));
    assert!(resumed.run_until(60.0, u64::MAX));
    assert_eq!(resumed.violations(), []);
}

/// Nothing gets through along a link.
fn cut(link: u32, start: f64, duration: f64) -> Fault {
    Fault {
        start_seconds: start,
        duration_seconds: Some(duration),
        incident: Incident::Link {
            id: LinkId(link),
            what: LinkFault::Drop { probability: 1.0 },
        },
    }
}

#[test]
fn a_primary_that_nobody_reaches_is_followed_like_a_dead_one() {
    // Its callers alone, or, as with a zone that is parted, its replicas as well.
    for links in [&[2][..], &[2, 4, 5]] {
        let mut design = design(FAILS_OVER, "", [30.0, 200.0]);
        design.faults = links.iter().map(|link| cut(*link, 10.0, 20.0)).collect();
        let findings = found(&design, 1, 2_000.0);
        let [failover] = findings.failovers[..] else {
            panic!("{:?}", findings.failovers);
        };
        assert_eq!(failover.failed_seconds, 10.0);
        near(failover.taken_over_seconds.unwrap(), 11.5, 1e-9);
        assert_eq!(failover.successor, Some(ComponentId(REPLICA)));
        // What was sent until then is waited for for five seconds, and fails.
        near(
            failed(&findings, 1, 15.0, 16.6),
            WRITES * 1.5,
            4.0 * (WRITES * 1.5_f64).sqrt(),
        );
        assert_eq!(failed(&findings, 1, 16.7, 400.0), 0.0);
        assert_eq!(failed(&findings, 0, 0.0, 400.0), 0.0, "reads go on");
        if links.len() == 1 {
            // The writes on their way get there until somebody follows.
            assert_eq!(failover.writes_lost, 0);
        }
        // The old one keeps the replica's copy from when it is reached again.
        let replica = &findings.replicas[0];
        near(replica.applied.unwrap().value, WRITES, 3.0);
        let stale = replica.reads[0].stale.unwrap().value;
        near(stale / stale_share(0.05), 1.0, 0.1);
    }
}

#[test]
fn nobody_follows_a_primary_that_its_callers_reach() {
    let mut design = design(FAILS_OVER, "", [30.0, 200.0]);
    design.faults = vec![cut(4, 10.0, 20.0), cut(5, 10.0, 20.0)];
    let findings = found(&design, 1, 100.0);
    assert_eq!(findings.failovers, []);
    assert_eq!(failed(&findings, 1, 0.0, 100.0), 0.0);
    near(findings.replicas[0].longest_lag, 20.0, 0.2);
    // Nor one that is reached again before it is given up.
    design.faults = vec![cut(2, 10.0, 0.9)];
    assert_eq!(found(&design, 1, 100.0).failovers, []);
}
