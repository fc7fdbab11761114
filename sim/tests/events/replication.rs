//! Replicas that lag: against queueing theory, order statistics and probabilistically bounded staleness.

use crate::support::{close, run};
use loadscape_sim::analysis::analyse;
use loadscape_sim::des::{Findings, ReplicaFindings, Settings, Simulation};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{Role, compile};
use loadscape_sim::report::{Assumption, Standing};
use loadscape_sim::scenario::{Scenario, read};
use loadscape_sim::theory::staleness::{DelayMixture, ReplicaDelays, Staleness};

/// What a drawing of a primary with its replica is made of.
struct Drawing {
    traffic: &'static str,
    /// Share of the requests that write.
    writes: f64,
    keys: u32,
    zipf_exponent: f64,
    /// Of the primary, e.g. `, "replication": "quorum"`.
    primary: &'static str,
    /// Of the replica.
    replica: &'static str,
    /// Round trip of the replication, seconds.
    round_trip: f64,
}

impl Drawing {
    fn scenario(&self) -> Scenario {
        let class = |id: u32, operation: &str, share: f64| {
            format!(
                r#"{{"id": {id}, "name": "{operation}", "operation": "{operation}", "share": {share}, "request_bytes": 100, "response_bytes": 100, "keys": {}, "zipf_exponent": {}, "priority": 0}}"#,
                self.keys, self.zipf_exponent
            )
        };
        let classes = [
            class(1, "read", 1.0 - self.writes),
            class(2, "write", self.writes),
        ]
        .join(",");
        let (traffic, primary, replica) = (self.traffic, self.primary, self.replica);
        let round_trip = self.round_trip;
        let many = r#""cores": 64, "connections": 100000, "memory": 100, "read_time": 0.01"#;
        let document = format!(
            r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [{classes}], "components": [
            {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{{traffic}}}}},
            {{"id": 2, "kind": "service", "name": "service", "position": {{"x": 200, "y": 0}}, "parameters": {{"cores": 64, "threads": 100000, "service_time": 0.001}}}},
            {{"id": 3, "kind": "sql_primary", "name": "primary", "position": {{"x": 400, "y": 0}}, "parameters": {{{many}, "indexes": 0, "commit_time": 0{primary}}}}},
            {{"id": 4, "kind": "read_replica", "name": "replica", "position": {{"x": 600, "y": 0}}, "parameters": {{{many}{replica}}}}}],
            "links": [{{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}}, {{"id": 2, "from": 2, "to": 3, "round_trip_seconds": 0}}, {{"id": 3, "from": 2, "to": 4, "round_trip_seconds": 0}},
            {{"id": 4, "from": 3, "to": 4, "round_trip_seconds": {round_trip}}}]}}"#
        );
        let reading = read(&document);
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        reading.scenario.unwrap()
    }

    fn simulate(&self, seconds: f64) -> Findings {
        simulate(&self.scenario(), seconds)
    }
}

fn simulate(scenario: &Scenario, seconds: f64) -> Findings {
    let mut simulation = Simulation::new(&compile(scenario), &Settings::default());
    run(&mut simulation, seconds);
    simulation.findings()
}

fn replica(findings: &Findings) -> &ReplicaFindings {
    assert_eq!(findings.replicas.len(), 1);
    &findings.replicas[0]
}

/// Writes 160 a second, each 5 ms to apply.
const QUEUE: Drawing = Drawing {
    traffic: r#""request_rate": 400"#,
    writes: 0.4,
    keys: 50,
    zipf_exponent: 0.0,
    primary: r#", "write_time": 5"#,
    replica: r#", "instances": 1, "replication_lag": 0, "replay_share": 1, "replay_processes": 1"#,
    round_trip: 0.0,
};

#[test]
fn writes_are_applied_one_after_the_other() {
    let findings = QUEUE.simulate(6_000.0);
    let replica = replica(&findings);
    close(replica.applied.unwrap().value, 160.0, 0.01);
    // M/M/1 at 80 %: 5 ms / (1 − 0.8).
    close(replica.lag.unwrap().value, 0.025, 0.03);
    assert!(replica.longest_lag > 0.1);
    // Reads see the queue as it is at any time. It has N writes with probability 0.2 · 0.8^N, none of which is of the key read with
    // probability 0.98^N.
    let reads = &replica.reads[0];
    close(reads.rate.unwrap().value, 240.0, 0.01);
    let exact = 1.0 - 0.2 / (1.0 - 0.8 * 0.98);
    close(reads.stale.unwrap().value, exact, 0.03);
    assert!(reads.age_p99.unwrap() <= reads.age_longest.unwrap());
}

#[test]
fn writes_that_are_applied_at_once_are_seen_in_their_order() {
    let drawing = Drawing {
        replica: r#", "instances": 1, "replication_lag": 0, "replay_share": 1, "replay_processes": 1024"#,
        ..QUEUE
    };
    let findings = drawing.simulate(2_000.0);
    // Each takes 5 ms by itself. It is seen within t when it takes no longer, and each that came u before no longer than t + u (Baccelli,
    // Gelenbe & Plateau 1984, resequencing behind M/M/∞): (1 − e^−μt) e^(−λ/μ · e^−μt).
    let (arrivals, mean, step) = (160.0, 0.005, 1e-5);
    let exact: f64 = (0..20_000)
        .map(|number| {
            let left = (-(f64::from(number) + 0.5) * step / mean).exp();
            1.0 - (1.0 - left) * (-arrivals * mean * left).exp()
        })
        .sum::<f64>()
        * step;
    assert!(exact > 1.2 * mean);
    close(replica(&findings).lag.unwrap().value, exact, 0.01);
}

#[test]
fn two_instances_lag_each_by_itself() {
    let drawing = Drawing {
        replica: r#", "instances": 2, "replication_lag": 0, "replay_share": 1, "replay_processes": 1"#,
        ..QUEUE
    };
    let findings = drawing.simulate(4_000.0);
    let replica = replica(&findings);
    close(replica.applied.unwrap().value, 320.0, 0.01);
    close(replica.lag.unwrap().value, 0.025, 0.03);
    close(
        replica.reads[0].stale.unwrap().value,
        1.0 - 0.2 / (1.0 - 0.8 * 0.98),
        0.03,
    );
}

#[test]
fn the_lag_that_is_drawn_makes_reads_as_stale_as_popularity_says() {
    let drawing = Drawing {
        keys: 200,
        zipf_exponent: 0.9,
        primary: r#", "write_time": 0.01"#,
        replica: r#", "instances": 3, "replication_lag": 30, "replay_share": 0"#,
        round_trip: 0.04,
        ..QUEUE
    };
    let findings = drawing.simulate(3_000.0);
    let replica = replica(&findings);
    // Half of the round trip, and the lag.
    let lag = 0.05;
    close(replica.lag.unwrap().value, lag, 1e-6);
    let total: f64 = (1..=200).map(|rank| f64::from(rank).powf(-0.9)).sum();
    let (mut stale, mut age) = (0.0, 0.0);
    for rank in 1..=200 {
        let share = f64::from(rank).powf(-0.9) / total;
        let written = 160.0 * share;
        let none = (-written * lag).exp();
        stale += share * (1.0 - none);
        // The oldest write of the last 50 ms: the integral over t of the probability that one is older than t.
        age += share * (lag - (1.0 - none) / written);
    }
    let reads = &replica.reads[0];
    close(reads.stale.unwrap().value, stale, 0.01);
    close(reads.age.unwrap().value, age / stale, 0.01);
    assert!(reads.age_longest.unwrap() <= lag + 1e-9);
}

#[test]
fn an_overloaded_replica_falls_behind_for_ever() {
    let drawing = Drawing {
        primary: r#", "write_time": 8"#,
        ..QUEUE
    };
    let [early, late] = [100.0, 200.0].map(|seconds| {
        let findings = drawing.simulate(seconds);
        replica(&findings).longest_lag
    });
    // 160 a second come and 125 are applied: after t seconds it is 0.28 t/1.28 behind what it is applying.
    close(early, 100.0 * (1.0 - 125.0 / 160.0), 0.1);
    close(late, 200.0 * (1.0 - 125.0 / 160.0), 0.1);
    // The solver says that it is.
    let report = analyse(&drawing.scenario()).report;
    let replay = report
        .stations
        .iter()
        .find(|station| station.role == Role::Replay);
    let growth = replay.unwrap().saturation.as_ref().unwrap().growth.0;
    close(growth, 160.0 - 125.0, 1e-6);
    let doubt = |assumption: &&Assumption| assumption.rests_on.contains("replay process");
    let doubt = report.assumptions.iter().find(doubt).unwrap();
    assert_eq!(doubt.standing, Standing::Doubtful);
}

/// One user who writes, and reads now and then.
fn alone(replication: &'static str, instances: &'static str) -> Drawing {
    Drawing {
        traffic: r#""traffic": "closed", "users": 1, "think_time": 2"#,
        writes: 0.9,
        primary: replication,
        replica: instances,
        ..QUEUE
    }
}

#[test]
fn a_write_waits_for_the_copies_that_it_needs() {
    // 2 ms at the primary, and each copy takes 20 ms, exponential.
    for (replication, replica, copies) in [
        (
            r#", "write_time": 20"#,
            r#", "instances": 3, "replication_lag": 0, "replay_share": 1, "replay_processes": 1"#,
            0.0,
        ),
        (
            r#", "write_time": 20, "replication": "synchronous""#,
            r#", "instances": 3, "replication_lag": 0, "replay_share": 1, "replay_processes": 1"#,
            1.0 + 1.0 / 2.0 + 1.0 / 3.0,
        ),
        (
            r#", "write_time": 20, "replication": "quorum""#,
            r#", "instances": 3, "replication_lag": 0, "replay_share": 1, "replay_processes": 1"#,
            1.0 / 3.0 + 1.0 / 2.0,
        ),
        (
            r#", "write_time": 20, "replication": "quorum""#,
            r#", "instances": 4, "replication_lag": 0, "replay_share": 1, "replay_processes": 1"#,
            1.0 / 4.0 + 1.0 / 3.0,
        ),
    ] {
        let drawing = alone(replication, replica);
        let scenario = drawing.scenario();
        let exact = 0.000_001 + 0.02 * (1.0 + copies);
        let findings = simulate(&scenario, 40_000.0);
        close(findings.classes[1].mean.unwrap().value, exact, 0.02);
        let solved = analyse(&scenario).report.classes[1].latency;
        close(solved.unwrap().mean.0, exact, 0.03);
    }
}

#[test]
fn nothing_is_stale_that_every_copy_has_confirmed() {
    let drawing = Drawing {
        primary: r#", "write_time": 5, "replication": "synchronous""#,
        ..QUEUE
    };
    let findings = drawing.simulate(200.0);
    let replica = replica(&findings);
    assert!(replica.lag.unwrap().value > 0.01);
    assert_eq!(replica.reads[0].stale.unwrap().value, 0.0);
    assert_eq!(replica.reads[0].age, None);
}

#[test]
fn quorums_leave_reads_as_stale_as_bounded_staleness_says() {
    // One key; 2 writes a second so that they hardly meet; each of three copies takes 20 ms, and two have to confirm.
    let drawing = Drawing {
        traffic: r#""request_rate": 200"#,
        writes: 0.01,
        keys: 1,
        zipf_exponent: 0.0,
        primary: r#", "write_time": 20, "replication": "quorum""#,
        replica: r#", "instances": 3, "replication_lag": 0, "replay_share": 1, "replay_processes": 1"#,
        round_trip: 0.0,
    };
    let always = |mean: f64| {
        let law = Distribution::Exponential { mean };
        DelayMixture::new(vec![(1.0, law)]).unwrap()
    };
    let delays = ReplicaDelays {
        write: always(0.02),
        acknowledge: always(1e-9),
        read: always(1e-9),
        respond: always(1e-9),
    };
    let staleness = Staleness::simulate(3, 1, 2, &delays, 200_000, 1).unwrap();
    // A read comes some time after the last write: the rate of writes by the mean time for which a read after one is stale.
    let step = 1e-4;
    let stale_for: f64 = (0..4_000)
        .map(|step_number| 1.0 - staleness.fresh_probability((f64::from(step_number) + 0.5) * step))
        .sum::<f64>()
        * step;
    // A third of the reads go to the last of the three, which takes another 20 ms.
    close(stale_for, 0.02 / 3.0, 0.02);
    let findings = drawing.simulate(30_000.0);
    let found = replica(&findings).reads[0].stale.unwrap().value;
    // Writes that do meet wait for each other: at 4 % busy that is what the tolerance is for.
    close(found, 2.0 * stale_for, 0.06);
}

#[test]
fn a_run_that_was_cut_and_copied_goes_on_the_same() {
    let scenario = QUEUE.scenario();
    let mut whole = Simulation::new(&compile(&scenario), &Settings::default());
    let mut cut = whole.clone();
    run(&mut whole, 30.0);
    run(&mut cut, 7.3);
    let mut resumed = cut.clone();
    drop(cut);
    run(&mut resumed, 30.0);
    assert_eq!(whole.findings(), resumed.findings());
}
