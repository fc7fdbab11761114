//! What a run's figures speak of, and what they may say: faults are in them, shares are shares, and nothing is longer than the longest.

use loadscape_sim::analysis::analyse;
use loadscape_sim::des::{Extent, Findings, Settings, Simulation};
use loadscape_sim::insight::grade_findings;
use loadscape_sim::scenario::{Scenario, read};

/// Clients that send so many requests a second to one station with these parameters.
fn document(rate: f64, station: &str, rest: &str) -> Scenario {
    let text = format!(
        r#"{{
            "format_version": 1, "title": "t", "notes": "",
            "components": [
                {{"id": 1, "kind": "clients", "name": "Users", "position": {{"x": 0, "y": 0}},
                  "parameters": {{"request_rate": {rate}, "client_round_trip": 0}}}},
                {{"id": 2, "kind": "station", "name": "Station", "position": {{"x": 200, "y": 0}}, "parameters": {{{station}}}}}
            ],
            "links": [{{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}}],
            "zones": [], "classes": [{{"id": 1, "name": "job", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0}}]{rest}
        }}"#
    );
    let reading = read(&text);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

fn run(scenario: &Scenario, seed: u64, seconds: f64) -> (Simulation, Findings) {
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&analyse(scenario).compiled, &settings);
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), []);
    let findings = simulation.findings();
    (simulation, findings)
}

#[test]
fn an_outage_is_no_warm_up() {
    // Nobody is served for a part of the run, which is the share that fails.
    for (start, duration, seconds) in [
        (10.0, 60.0, 600.0),
        (60.0, 60.0, 1_200.0),
        (300.0, 60.0, 400.0),
    ] {
        let rest = format!(
            r#", "objectives": [{{"target": {{"success_at_least": 0.99}}}}],
               "faults": [{{"start_seconds": {start}, "duration_seconds": {duration}, "component": {{"id": 2, "what": {{"kill": {{}}}}}}}}]"#
        );
        let scenario = document(50.0, r#""service_time": 4, "servers": 2"#, &rest);
        for seed in 1..=4 {
            let (simulation, findings) = run(&scenario, seed, seconds);
            let class = &findings.classes[0];
            let success = class.success.unwrap().value;
            let expected = 1.0 - duration / seconds;
            // The requests of a span are Poisson.
            let apart = 4.0 * (expected / (50.0 * duration)).sqrt();
            assert!(
                (success - expected).abs() < apart * duration / seconds,
                "{success} for {expected}"
            );
            let (_, whole) = simulation.whole()[0];
            assert_eq!(Some(success), whole.success);
            assert!(!findings.stationary && !findings.settled && findings.warm_up == 0.0);
            assert!(class.goodput.unwrap().half_width.is_none());
            let graded = grade_findings(&scenario, &findings, &analyse(&scenario).report);
            assert!(!graded[0].outcome.met && !graded[0].sure, "{graded:?}");
        }
        // As long as nothing has happened, it is a run like any other.
        let (_, before) = run(&scenario, 1, 0.99 * start);
        assert!(before.stationary);
    }
}

#[test]
fn who_is_on_the_way_has_not_failed_and_a_backlog_was_not_answered() {
    // Two servers with four seconds each serve 0.5 a second, and nobody gives up.
    let station = r#""service_time": 4000, "servers": 2"#;
    for seed in 1..=20 {
        for (rate, seconds) in [(0.45, 60_000.0), (0.4, 600.0), (0.01, 20_000.0)] {
            let (simulation, findings) = run(&document(rate, station, ""), seed, seconds);
            let success = findings.classes[0].success.unwrap();
            assert_eq!(success.value, 1.0);
            assert!(
                success
                    .half_width
                    .is_none_or(|half_width| half_width == 0.0)
            );
            assert_eq!(simulation.whole()[0].1.success, Some(1.0));
        }
        for (rate, seconds) in [(0.6, 20_000.0), (1.25, 2_000.0), (50.0, 200.0)] {
            let (simulation, findings) = run(&document(rate, station, ""), seed, seconds);
            let (_, whole) = simulation.whole()[0];
            let figures = [
                findings.classes[0].success.map(|all| all.value),
                whole.success,
            ];
            for success in figures {
                // Sent and served are counts that vary about as their roots.
                let expected = 0.5 / rate;
                let apart = 5.0 * expected / libm::sqrt(0.25 * seconds);
                let success = success.unwrap();
                assert!(
                    (success - expected).abs() < apart,
                    "{success} for {expected}"
                );
            }
        }
        // A time at which ten times as many came is long over.
        let rest = r#", "faults": [{"start_seconds": 3000, "duration_seconds": 100, "clients": {"id": 1, "what": {"multiply": {"factor": 10}}}}]"#;
        let scenario = document(0.2, station, rest);
        let (simulation, _) = run(&scenario, seed, 9_000.0);
        assert_eq!(simulation.whole()[0].1.success, Some(1.0));
        // In the midst of it nobody knows when it ends.
        let (simulation, _) = run(&scenario, seed, 3_099.0);
        assert!(simulation.whole()[0].1.success.unwrap() < 0.9);
    }
}

#[test]
fn a_share_of_those_who_asked_is_at_most_all() {
    let scenario = document(0.9, r#""service_time": 1000"#, "");
    for seed in 1..=30 {
        let (_, findings) = run(&scenario, seed, 500.0);
        let success = findings.classes[0].success.unwrap();
        assert!(success.value <= 1.0, "{success:?}");
    }
}

#[test]
fn who_shares_servers_waits_when_all_are_busy() {
    // Those present are as many as in M/M/c (Kleinrock 1976, section 4.4), and arrivals see them: Erlang's C for two servers is 2ρ² / (1 + ρ).
    for load in [0.1, 0.5, 0.9] {
        let station = r#""service_time": 1000, "servers": 2, "discipline": "processor_sharing""#;
        let scenario = document(2.0 * load, station, "");
        let (_, findings) = run(&scenario, 3, 200_000.0);
        let expected = 2.0 * load * load / (1.0 + load);
        let found = findings.stations[0].wait_probability.unwrap();
        let apart = (found.value - expected).abs();
        assert!(
            apart < 1.5 * found.half_width.unwrap() && apart < 0.1 * expected,
            "{found:?} for {expected}"
        );
        let solved = analyse(&scenario).report.stations[0]
            .wait_probability
            .unwrap();
        assert!((solved / expected - 1.0).abs() < 1e-9);
    }
    // Nobody is ever there when somebody comes, but what is left of the time is a difference of sums.
    let station = r#""service_time": 20, "servers": 64, "discipline": "processor_sharing""#;
    let (_, findings) = run(&document(10.0, station, ""), 1, 10_000.0);
    assert_eq!(findings.stations[0].wait_probability.unwrap().value, 0.0);
}

#[test]
fn constant_times_have_constant_quantiles() {
    for milliseconds in [1.0, 100.0, 1_000.0, 12_345.0] {
        let station = format!(
            r#""service_time": {milliseconds}, "discipline": "infinite", "service_distribution": "deterministic""#
        );
        let (_, findings) = run(&document(100.0, &station, ""), 1, 300.0);
        let quantiles = findings.classes[0].quantiles;
        for quantile in [quantiles.p50, quantiles.p95, quantiles.p99, quantiles.p999] {
            let quantile = quantile.unwrap();
            assert!(
                (quantile.value / (1e-3 * milliseconds) - 1.0).abs() < 1e-9,
                "{quantile:?}"
            );
            assert!(quantile.half_width.unwrap() < 1e-6 * quantile.value);
        }
    }
}

#[test]
fn figures_may_be_asked_of_another_part_of_a_run() {
    let scenario = document(0.8, r#""service_time": 1000"#, "");
    let (simulation, findings) = run(&scenario, 1, 20_000.0);
    let own = simulation.extent();
    assert_eq!(own, Extent::From(findings.warm_up));
    assert_eq!(simulation.findings_over(own), findings);
    let later = Extent::From(10_000.0);
    assert_eq!(own.of_both(later), later);
    assert_eq!(later.of_both(Extent::Whole), Extent::Whole);
    let late = simulation.findings_over(later);
    assert!(late.settled && late.warm_up >= 10_000.0 && late.warm_up < 11_000.0);
    let answered = late.classes[0].answered as f64;
    assert!((answered / (0.8 * (20_000.0 - late.warm_up)) - 1.0).abs() < 0.05);
    let whole = simulation.findings_over(Extent::Whole);
    assert!(!whole.settled && !whole.stationary && whole.warm_up == 0.0);
    let (_, phase) = simulation.whole()[0];
    assert_eq!(whole.classes[0].answered as f64, phase.succeeded);
}

#[test]
fn an_erlang_service_time_is_as_variable_as_it_says() {
    // Pollaczek & Khinchine: a wait of λ E[S]² (1 + c²) / (2 (1 − ρ)), in both engines.
    for scv in [0.9, 0.7, 0.4, 0.15] {
        let station = format!(
            r#""service_time": 1000, "service_distribution": "erlang", "service_variability": {scv}"#
        );
        let scenario = document(0.5, &station, "");
        let expected = 1.0 + 0.5 * (1.0 + scv);
        let solved = analyse(&scenario).report.classes[0].latency.unwrap().mean.0;
        assert!(
            (solved / expected - 1.0).abs() < 1e-9,
            "{solved} for {expected}"
        );
        let (_, findings) = run(&scenario, 2, 400_000.0);
        let class = &findings.classes[0];
        let mean = class.mean.unwrap();
        let apart = (mean.value - expected).abs();
        assert!(
            apart < 1.5 * mean.half_width.unwrap() && apart < 0.01 * expected,
            "{mean:?} for {expected}"
        );
    }
}
