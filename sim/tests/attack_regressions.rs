//! Documents within the catalog's ranges that once brought the solver down or to a standstill.

mod hard;

use hard::{document, ten_thousand_proxies, thousand_populations, users_over_threads};
use loadscape_sim::analysis::analyse;
use loadscape_sim::report::{LossCause, Report};
use loadscape_sim::scenario::{read, validate};

#[test]
fn what_once_brought_the_solver_to_a_standstill_is_answered() {
    for (name, text) in hard::documents() {
        let scenario = read(&text).scenario.expect("it is readable");
        let report = analyse(&scenario).report;
        assert_eq!(report.components.len(), scenario.components.len(), "{name}");
    }
}

/// The report of a drawing.
fn answer(components: &str, links: &str) -> Report {
    report(&document(components, links))
}

fn report(text: &str) -> Report {
    let scenario = read(text).scenario.expect("it is readable");
    analyse(&scenario).report
}

#[test]
fn millions_of_users_who_reach_nothing_are_no_burden() {
    let users = |id, users| {
        format!(
            r#"{{"id": {id}, "kind": "clients", "parameters": {{"traffic": "closed", "users": {users}}}}}"#
        )
    };
    answer(&users(1, 10_000_000), "");
    answer(
        &format!("{}, {}", users(1, 10_000_000), users(2, 153_792)),
        "",
    );
}

#[test]
fn a_query_of_a_million_rows_is_solved_like_one_of_a_few() {
    let database = |rows: u32| {
        format!(
            r#"{{"id": 1, "kind": "clients"}},
            {{"id": 2, "kind": "sharded_database", "parameters": {{"rows_per_read": {rows}, "service_variability": 4}}}}"#
        )
    };
    let link = r#"{"id": 1, "from": 1, "to": 2}"#;
    for rows in [1, 3, 7, 1_000_000] {
        let report = answer(&database(rows), link);
        assert_eq!(report.classes.len(), 1, "{rows} rows");
    }
}

#[test]
fn a_long_finite_queue_in_overload_passes_no_more_than_its_workers_can_do() {
    // 2 cores × 20 ms serve 100/s; 16 slots and a deep queue in front of them can't change that.
    for depth in [100, 1_740, 1_741, 1_742, 5_000, 10_000, 1_000_000] {
        let report = answer(
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

#[test]
fn a_thousand_closed_populations_are_answered_or_said_to_be_too_many() {
    let scenario = read(&thousand_populations())
        .scenario
        .expect("it is readable");
    let idle = scenario.idle_populations().count();
    assert_eq!(idle, 800);
    let problems = validate(&scenario);
    let named = problems
        .iter()
        .filter(|problem| problem.message.contains("this one sends nothing"));
    assert_eq!(named.count(), idle);
    let report = analyse(&scenario).report;
    assert!(report.classes[0].throughput.0 > 0.0);
}

#[test]
fn ten_thousand_proxies_for_millions_of_impatient_users_are_answered() {
    let report = report(&ten_thousand_proxies());
    let class = &report.classes[0];
    // Without a balancer one instance gets all: X = 1/D, and R = N/X − Z is Little's law.
    let served = class.throughput.0;
    assert!((served - 1000.0 / 15.0).abs() < 1e-3 * served, "{served}");
    let mean = class.latency.expect("users wait for each other").mean.0;
    assert!(
        (mean * served - 4_331_847.0).abs() < 1e-3 * 4_331_847.0,
        "{mean} s at {served}/s"
    );
}

#[test]
fn users_who_wait_for_threads_obey_littles_law() {
    for users in [5_u32, 50, 80, 100, 150, 300, 3_000, 100_000] {
        let report = report(&users_over_threads(users));
        let class = &report.classes[0];
        let mean = class.latency.expect("they wait for each other").mean.0;
        let present = class.throughput.0 * (mean + 1.0);
        assert!(
            (present - f64::from(users)).abs() < 1e-3 * f64::from(users),
            "{users} users: {mean} s at {:?}",
            class.throughput
        );
    }
}

#[test]
fn a_write_that_waits_for_several_overloaded_nodes_is_lost_once() {
    let report = answer(
        r#"{"id": 1, "kind": "clients"},
        {"id": 2, "kind": "key_value_store", "parameters": {"write_time": 600000}}"#,
        r#"{"id": 1, "from": 1, "to": 2}"#,
    );
    for class in &report.classes {
        let lost: f64 = class.losses.iter().map(|loss| loss.share).sum();
        let good = class.goodput.0 / class.offered.0;
        assert!((good + lost - 1.0).abs() < 1e-9, "{good} good, {lost} lost");
    }
}

#[test]
fn a_gateway_refuses_some_below_its_rate_too() {
    for (rate, burst, refused) in [(99, 10, 0.046_34), (50, 1, 1.0 / 3.0), (150, 10, 0.333_39)] {
        let report = answer(
            &format!(
                r#"{{"id": 1, "kind": "clients", "parameters": {{"request_rate": {rate}, "arrival_pattern": "poisson"}}}},
                {{"id": 2, "kind": "api_gateway", "parameters": {{"rate_limit": 100, "burst_allowance": {burst}, "error_share": 0}}}},
                {{"id": 3, "kind": "service"}}"#
            ),
            r#"{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}"#,
        );
        let class = &report.classes[0];
        let lost = class
            .losses
            .iter()
            .find(|loss| loss.cause == LossCause::RateLimited)
            .map_or(0.0, |loss| loss.share);
        assert!((lost - refused).abs() < 1e-3 * refused, "{rate}/s: {lost}");
    }
}
