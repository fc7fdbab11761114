//! Documents within the catalog's ranges that once brought the solver down or to a standstill.

use loadscape_sim::analysis::analyse;
use loadscape_sim::report::Report;
use loadscape_sim::scenario::read;
use std::time::{Duration, Instant};

/// The report, within a time that no document of a few parts may exceed even on a busy machine and without optimisation.
fn promptly(components: &str, links: &str) -> Report {
    let text = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "components": [{components}], "links": [{links}],
        "zones": [], "classes": [], "objectives": []}}"#
    );
    let scenario = read(&text).scenario.expect("it is readable");
    let start = Instant::now();
    let report = analyse(&scenario).report;
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "took {:?}",
        start.elapsed()
    );
    report
}

#[test]
fn millions_of_users_who_reach_nothing_take_no_memory_or_time() {
    let users = |id, users| {
        format!(
            r#"{{"id": {id}, "kind": "clients", "parameters": {{"traffic": "closed", "users": {users}}}}}"#
        )
    };
    promptly(&users(1, 10_000_000), "");
    promptly(
        &format!("{}, {}", users(1, 10_000_000), users(2, 153_792)),
        "",
    );
}

#[test]
fn a_query_of_a_million_rows_is_solved_as_promptly_as_one_of_a_few() {
    let database = |rows: u32| {
        format!(
            r#"{{"id": 1, "kind": "clients"}},
            {{"id": 2, "kind": "sharded_database", "parameters": {{"rows_per_read": {rows}, "service_variability": 4}}}}"#
        )
    };
    let link = r#"{"id": 1, "from": 1, "to": 2}"#;
    for rows in [1, 3, 7, 1_000_000] {
        let report = promptly(&database(rows), link);
        assert_eq!(report.classes.len(), 1, "{rows} rows");
    }
}

#[test]
fn a_long_finite_queue_in_overload_passes_no_more_than_its_workers_can_do() {
    // 2 cores × 20 ms serve 100/s; 16 slots and a deep queue in front of them can't change that.
    for depth in [100, 1_740, 1_741, 1_742, 5_000, 10_000, 1_000_000] {
        let report = promptly(
            &format!(
                r#"{{"id": 1, "kind": "clients", "parameters": {{"request_rate": 150}}}},
                {{"id": 2, "kind": "queue", "parameters": {{"depth_limit": {depth}}}}},
                {{"id": 3, "kind": "worker", "parameters": {{"service_time": 20, "cores": 2}}}}"#
            ),
            r#"{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}"#,
        );
        for station in report
            .stations
            .iter()
            .filter(|station| station.arrival.0 > 0.0)
        {
            let passes = station.throughput.0;
            assert!(
                (passes - 100.0).abs() < 0.01,
                "{depth} places, {:?}: {passes} /s pass",
                station.role
            );
        }
    }
}
