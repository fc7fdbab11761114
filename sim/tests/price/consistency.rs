//! How often readers get what is out of date, against closed forms and against what runs count.

use super::support::{drawing, put, set, stage};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::Kind::{
    Cache, Clients, KeyValueStore, ReadReplica, Service, SqlPrimary,
};
use loadscape_sim::catalog::{Choice, Parameter, Value};
use loadscape_sim::des::{Findings, Settings, Simulation};
use loadscape_sim::insight::{Consistency, consistency};
use loadscape_sim::scenario::{ClassId, Operation, RequestClass, Scenario};
use loadscape_sim::units::Seconds;

fn found(scenario: &Scenario) -> Consistency {
    let analysis = analyse(scenario);
    consistency(scenario, &analysis.compiled, &analysis.report)
}

/// A primary with a replica that is `lag` behind: 900 reads and 100 writes a second of so many keys.
fn replicated(keys: f64, exponent: f64, lag: f64) -> Scenario {
    let kinds = [Clients, Service, SqlPrimary, ReadReplica];
    let mut scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3), (3, 4), (2, 4)]);
    scenario.classes[0].share = 9.0;
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "write", Operation::Write));
    for class in &mut scenario.classes {
        (class.keys, class.zipf_exponent) = (keys, exponent);
    }
    set(&mut scenario, 1, Parameter::RequestRate, 1_000.0);
    for (part, parameter, value) in [
        (2, Parameter::Cores, 64.0),
        (2, Parameter::ServiceTime, 1.0),
        (2, Parameter::Threads, 10_000.0),
        (3, Parameter::Cores, 64.0),
        (4, Parameter::Cores, 64.0),
        (4, Parameter::ReplicationLag, lag),
    ] {
        set(&mut scenario, part, parameter, value);
    }
    scenario
}

/// What a run of five minutes counts.
fn run_of(scenario: &Scenario) -> Findings {
    let compiled = analyse(scenario).compiled;
    let mut run = Simulation::new(&compiled, &Settings::default());
    run.run_until(300.0, u64::MAX);
    assert_eq!(run.violations(), []);
    run.findings()
}

#[test]
fn stale_reads_of_a_replica_are_what_a_run_counts() {
    for (keys, exponent, lag) in [(100.0, 0.0, 100.0), (10_000.0, 1.0, 500.0)] {
        let scenario = replicated(keys, exponent, lag);
        let own = found(&scenario);
        let [row] = own.reads[..] else {
            panic!("one class reads at one replica: {:?}", own.reads);
        };
        let findings = run_of(&scenario);
        let seen = findings.replicas[0].reads[0];
        let stale = seen.stale.expect("there are reads");
        let (low, high) = (row.share * 0.95, row.share * 1.05);
        assert!(
            (low..=high).contains(&stale.value),
            "{keys} keys: {stale:?} against {row:?}"
        );
        let age = seen.age.expect("some are stale").value;
        let told = row.age.expect("it is worked out").0;
        assert!(
            (age / told - 1.0).abs() < 0.06,
            "{keys} keys: {age} against {told}"
        );
        assert!(row.longest.expect("a constant lag").0 * 1.05 > seen.age_longest.unwrap_or(0.0));
        let all = own.stale.expect("somebody reads");
        assert!((all - row.share).abs() < 1e-12, "every read goes there");
    }
}

#[test]
fn who_waits_for_the_copies_never_reads_what_is_old() {
    let mut scenario = replicated(100.0, 0.0, 100.0);
    put(
        &mut scenario,
        3,
        Parameter::Replication,
        Value::Choice(Choice::Synchronous),
    );
    let own = found(&scenario);
    assert_eq!(
        (own.stale, own.reads.len(), own.lost.len()),
        (Some(0.0), 0, 0)
    );
}

#[test]
fn a_failover_loses_what_no_replica_had() {
    let mut scenario = replicated(100.0, 0.0, 200.0);
    assert!(
        found(&scenario).lost.is_empty(),
        "nobody takes over, so nothing is lost"
    );
    put(
        &mut scenario,
        3,
        Parameter::AutomaticFailover,
        Value::Flag(true),
    );
    let [lost] = found(&scenario).lost[..] else {
        panic!("a primary that may die");
    };
    // 100 writes a second that are 0.2 s behind; 0.5 % of a month in outages of 0.5 % of a month is one a month.
    assert!((lost.per_failure - 20.0).abs() < 1e-9, "{lost:?}");
    assert!((lost.failures_per_month - 1.0).abs() < 1e-9, "{lost:?}");
    put(
        &mut scenario,
        3,
        Parameter::Replication,
        Value::Choice(Choice::Quorum),
    );
    assert!(found(&scenario).lost.is_empty());
}

#[test]
fn a_cache_that_no_writer_tells_is_as_old_as_its_time_to_live() {
    // Stage 3's writers don't touch the cache of the readers.
    let scenario = stage(3);
    let own = found(&scenario);
    let cache = scenario
        .components
        .iter()
        .find(|part| part.kind == Cache)
        .expect("a cache")
        .id;
    let row = own
        .reads
        .iter()
        .find(|row| row.component == cache)
        .expect("its reads");
    let life = scenario
        .component(cache)
        .expect("drawn")
        .seconds(Parameter::TimeToLive);
    // And as the replica by which it is filled.
    let replicas = own.reads.iter().filter(|row| row.component != cache);
    let lags = replicas.filter_map(|row| row.longest.map(|lag| lag.0));
    let lag = lags.fold(0.0, f64::max);
    assert!(lag > 0.0 && lag < 1.0, "{lag}");
    assert_eq!(row.longest, Some(life + Seconds(lag)));
    assert!(row.share > 0.01 && row.share < 1.0, "{row:?}");
    assert!(
        row.age.is_some_and(|age| age.0 > 0.0 && age.0 < life.0),
        "{row:?}"
    );
    // A shorter life is fresher.
    let mut short = scenario.clone();
    let place = short
        .components
        .iter()
        .position(|part| part.id == cache)
        .expect("drawn");
    short.components[place]
        .parameters
        .insert(Parameter::TimeToLive, Value::Number(20.0));
    let after = found(&short).reads.into_iter();
    let mut after = after.filter(|row| row.component == cache);
    let after = after.next().expect("its reads").share;
    assert!(after < 0.9 * row.share, "{after} of {}", row.share);
}

#[test]
fn writers_that_pass_the_cache_keep_it_fresh() {
    let kinds = [Clients, Service, Cache, SqlPrimary];
    let mut scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3), (2, 4)]);
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "write", Operation::Write));
    assert_eq!(found(&scenario).stale, Some(0.0));
    // Written behind, what waits is lost when the node dies.
    put(
        &mut scenario,
        3,
        Parameter::WriteMode,
        Value::Choice(Choice::WriteBehind),
    );
    set(&mut scenario, 3, Parameter::WriteDelay, 10.0);
    let [lost] = found(&scenario).lost[..] else {
        panic!("a cache that may die");
    };
    // 25 writes a second wait for ten seconds at most; of popular keys several together.
    assert!(
        lost.per_failure > 150.0 && lost.per_failure <= 250.0,
        "{lost:?}"
    );
    assert!((lost.failures_per_month - 1.0).abs() < 1e-9, "{lost:?}");
}

#[test]
fn quorums_that_needn_t_meet_miss_what_has_not_spread() {
    let kinds = [Clients, Service, KeyValueStore];
    let mut scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3)]);
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "write", Operation::Write));
    for class in &mut scenario.classes {
        (class.keys, class.zipf_exponent) = (100.0, 0.0);
    }
    set(&mut scenario, 3, Parameter::ReplicationLag, 500.0);
    assert_eq!(
        found(&scenario).stale,
        Some(0.0),
        "two and two of three meet"
    );
    for quorum in [Parameter::ReadQuorum, Parameter::WriteQuorum] {
        set(&mut scenario, 3, quorum, 1.0);
    }
    let own = found(&scenario);
    let [row] = own.reads[..] else {
        panic!("one class reads: {:?}", own.reads);
    };
    let mut run = Simulation::new(&analyse(&scenario).compiled, &Settings::default());
    run.run_until(4_000.0, u64::MAX);
    let stale = run.findings().quorums[0].reads[0]
        .stale
        .expect("reads")
        .value;
    assert!(
        (stale / row.share - 1.0).abs() < 0.1,
        "{stale} against {row:?}"
    );
}

/// 900 reads and 100 writes a second of so many keys; reads come through a cache of which the writers know nothing, whose keys live so long.
fn untold(keys: f64, exponent: f64, life: f64) -> Scenario {
    let kinds = [Clients, Service, Cache, SqlPrimary, Service];
    // The readers' service has a cache, the writers' hasn't.
    let links = [(1, 2), (2, 3), (2, 4), (1, 5), (5, 4)];
    let mut scenario = drawing(Operation::Read, &kinds, &links);
    scenario.classes[0].share = 9.0;
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "write", Operation::Write));
    for class in &mut scenario.classes {
        (class.keys, class.zipf_exponent) = (keys, exponent);
    }
    for (link, class) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2)] {
        scenario.links[link].classes = vec![ClassId(class)];
    }
    for part in [2, 4, 5] {
        set(&mut scenario, part, Parameter::Cores, 64.0);
    }
    for part in [2, 5] {
        set(&mut scenario, part, Parameter::ServiceTime, 1.0);
        set(&mut scenario, part, Parameter::Threads, 10_000.0);
    }
    set(&mut scenario, 1, Parameter::RequestRate, 1_000.0);
    set(&mut scenario, 3, Parameter::TimeToLive, life);
    scenario
}

#[test]
fn stale_hits_of_a_cache_are_what_a_run_counts() {
    for (keys, exponent, life) in [(100.0, 0.0, 2.0), (10_000.0, 1.0, 30.0), (1e6, 0.8, 60.0)] {
        let scenario = untold(keys, exponent, life);
        let own = found(&scenario);
        let [row] = own.reads[..] else {
            panic!("one class reads through one cache: {:?}", own.reads);
        };
        let findings = run_of(&scenario);
        let seen = findings.caches[0].reads[0];
        let stale = seen.stale.expect("there are reads");
        let age = seen.age.expect("some are stale").value;
        let told = row.age.expect("it is worked out").0;
        assert!(
            (stale.value / row.share - 1.0).abs() < 0.02,
            "{keys} keys: {stale:?} against {row:?}"
        );
        assert!(stale.half_width.is_some_and(|half| half < 0.03 * row.share));
        assert!(
            (age / told - 1.0).abs() < 0.03,
            "{keys} keys: {age} against {told}"
        );
        let longest = seen.age_longest.expect("some are stale");
        assert!(longest < life && longest > 0.9 * life, "{longest}");
    }
}
