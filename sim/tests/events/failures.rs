//! Failures: where and why they are booked, alike by both engines, and what they are shares of.

use crate::support::{close, run};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{Parameter, Value};
use loadscape_sim::des::{Estimate, Settings, Simulation};
use loadscape_sim::network::{compile, infer_plan};
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{CallPlan, ClassId, ComponentId, Scenario, generate, read};

/// A service behind a balancer that asks a station for 50 ms, whose time is exponential with a mean of 10 ms at 60 requests a second, and then
/// another that fails once in ten times.
fn impatient() -> Scenario {
    let reading = read(
        r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 60, "client_round_trip": 0}},
        {"id": 2, "kind": "service", "name": "service", "position": {"x": 300, "y": 0}, "parameters": {"instances": 8, "cores": 8, "service_time": 0.001, "threads": 4000}},
        {"id": 3, "kind": "station", "name": "slow", "position": {"x": 600, "y": 0}, "parameters": {"service_time": 10}},
        {"id": 4, "kind": "service", "name": "faulty", "position": {"x": 600, "y": 300}, "parameters": {"cores": 64, "service_time": 0.001, "threads": 4000, "error_share": 0.1}}],
        "links": [{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}, {"id": 2, "from": 2, "to": 3, "round_trip_seconds": 0}, {"id": 3, "from": 2, "to": 4, "round_trip_seconds": 0}]}"#,
    );
    assert_eq!(reading.problems, []);
    let mut scenario = reading.scenario.unwrap();
    let mut plan: CallPlan = infer_plan(&scenario, ComponentId(2), ClassId(1));
    for call in plan.steps.iter_mut().flat_map(|step| &mut step.calls) {
        call.timeout_seconds = Some(0.05);
    }
    scenario.components[1].plans = vec![plan];
    scenario
}

#[test]
fn both_engines_book_failures_at_the_same_part_and_for_the_same_cause() {
    let scenario = impatient();
    let report = analyse(&scenario).report;
    let mut solved: Vec<(Option<ComponentId>, LossCause, f64)> = (report.classes[0].losses.iter())
        .map(|loss| (Some(loss.component), loss.cause, loss.share))
        .collect();
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    run(&mut simulation, 20_000.0);
    let findings = simulation.findings();
    let mut found: Vec<(Option<ComponentId>, LossCause, f64)> = (findings.classes[0].failures)
        .iter()
        .map(|own| (own.component, own.why, own.share.value))
        .collect();
    let by_place = |own: &(Option<ComponentId>, LossCause, f64)| (own.0, own.1);
    solved.sort_by_key(by_place);
    found.sort_by_key(by_place);
    // M/M/1 takes longer than t with e^{−(μ−λ)t} (Erlang 1917), and the others ask on.
    let late = (-(100.0_f64 - 60.0) * 0.05).exp();
    let expected = [
        (Some(ComponentId(3)), LossCause::TimedOut, late),
        (Some(ComponentId(4)), LossCause::Error, 0.1 * (1.0 - late)),
    ];
    assert_eq!((solved.len(), found.len()), (2, 2), "{solved:?} {found:?}");
    for ((solved, found), expected) in solved.iter().zip(&found).zip(&expected) {
        assert_eq!(by_place(solved), by_place(expected));
        assert_eq!(by_place(found), by_place(expected));
        close(solved.2, expected.2, 1e-3);
        close(found.2, expected.2, 0.02);
    }
}

#[test]
fn what_fails_and_what_succeeds_are_all_requests_whatever_goes_wrong() {
    // Requests that all fail when 20 s have passed: more of them end than are sent where fewer have come lately.
    let mut late = impatient();
    let call = &mut late.components[1].plans[0].steps[0].calls[0];
    call.timeout_seconds = Some(20.0);
    let parameters = &mut late.components[2].parameters;
    parameters.insert(Parameter::ServiceTime, Value::Number(1e7));
    let mut scenarios: Vec<(u64, Scenario)> = (0..40)
        .map(|seed| (seed, generate::generate(seed, 10)))
        .collect();
    scenarios.extend((0..12).map(|seed| (seed, late.clone())));
    let mut more_end = 0;
    let mut failing = 0;
    for (place, (seed, scenario)) in scenarios.iter().enumerate() {
        let settings = Settings {
            seed: *seed,
            most_in_flight: 100_000,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compile(scenario), &settings);
        simulation.run_until(300.0, 400_000);
        let hands_over = simulation.handing_over();
        for class in &simulation.findings().classes {
            let failures = class.failures.iter().map(|own| own.share.value);
            let failed: f64 = failures.sum();
            let Some(success) = class.success else {
                continue;
            };
            failing += usize::from(failed > 0.0);
            if hands_over.contains(&class.class) {
                continue;
            }
            let rate = |estimate: Option<Estimate>| estimate.map_or(0.0, |own| own.value);
            let ended = rate(class.throughput) + rate(class.refused);
            more_end += usize::from(failed > 0.5 && ended > rate(class.offered));
            assert!(
                failed + success.value < 1.0 + 1e-9,
                "{place}: {failed} of {:?} fail and {} succeed",
                class.class,
                success.value
            );
        }
    }
    assert!(failing > 10 && more_end > 2, "{failing} {more_end}");
}
