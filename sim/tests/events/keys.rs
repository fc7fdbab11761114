//! Stores that hold keys, in whole drawings: against the solver's theory, and through the findings.

use crate::support::{run, scenario};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::Kind;
use loadscape_sim::des::{Findings, Settings, Simulation, Stores};
use loadscape_sim::network::{Role, compile};
use loadscape_sim::scenario::{ComponentId, Scenario, read};

/// A service that reads two classes through a small cache, cache-aside, and writes a third.
fn cached(cache: &str) -> Scenario {
    let class = |id: u32, operation: &str, share: f64, keys: u32, zipf: f64, bytes: u32| {
        format!(
            r#"{{"id": {id}, "name": "{id}", "operation": "{operation}", "share": {share}, "request_bytes": 100, "response_bytes": {bytes}, "keys": {keys}, "zipf_exponent": {zipf}, "priority": 0}}"#
        )
    };
    let classes = [
        class(1, "read", 0.6, 10_000, 0.8, 100),
        class(2, "read", 0.2, 500, 0.5, 400),
        class(3, "write", 0.2, 10_000, 0.8, 100),
    ]
    .join(",");
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [{classes}], "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 200, "y": 0}}, "parameters": {{"request_rate": 500}}}},
        {{"id": 2, "kind": "service", "name": "service", "position": {{"x": 400, "y": 0}}, "parameters": {{"cores": 16, "service_time": 1}}}},
        {{"id": 3, "kind": "cache", "name": "cache", "position": {{"x": 600, "y": 0}}, "parameters": {{"cache_size": 0.0001{cache}}}}},
        {{"id": 4, "kind": "sql_primary", "name": "sql_primary", "position": {{"x": 800, "y": 0}}, "parameters": {{"cores": 16, "memory": 100}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}, {{"id": 3, "from": 2, "to": 4}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

fn simulate(scenario: &Scenario, stores: Stores, seconds: f64) -> Findings {
    let settings = Settings {
        stores,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    run(&mut simulation, seconds);
    simulation.findings()
}

fn hit_ratio(findings: &Findings, component: ComponentId) -> f64 {
    let found = findings
        .components
        .iter()
        .find(|found| found.component == component);
    found.unwrap().hit_ratio.unwrap().value
}

#[test]
fn stores_of_the_built_in_drawings_hit_as_the_solver_says_from_the_first_second() {
    for name in ["stage-0", "stage-1", "stage-2", "stage-3"] {
        let scenario = scenario(&format!("scenarios/{name}"));
        let findings = simulate(&scenario, Stores::Warm, 12.0);
        let report = analyse(&scenario).report;
        for component in &report.components {
            let Some(expected) = component.hit_ratio else {
                continue;
            };
            let found = hit_ratio(&findings, component.component);
            assert!(
                (found - expected).abs() < 0.03,
                "{name}, component {}: {found} against {expected}",
                component.component.0
            );
        }
    }
}

#[test]
fn classes_that_share_a_cache_hit_as_the_solver_says() {
    for cache in [
        "",
        r#", "time_to_live": 10"#,
        r#", "eviction": "first_in_first_out""#,
        r#", "eviction": "least_frequently_used", "write_mode": "write_through""#,
        r#", "write_mode": "write_through""#,
        r#", "write_mode": "write_behind", "time_to_live": 20"#,
    ] {
        let scenario = cached(cache);
        let id = scenario.components[2].id;
        assert_eq!(scenario.components[2].kind, Kind::Cache);
        let findings = simulate(&scenario, Stores::Warm, 400.0);
        let report = analyse(&scenario).report;
        let expected = report
            .components
            .iter()
            .find(|report| report.component == id)
            .and_then(|report| report.hit_ratio)
            .unwrap();
        let found = hit_ratio(&findings, id);
        assert!(
            (found / expected - 1.0).abs() < 0.02,
            "{cache}: {found} against {expected}"
        );
    }
}

#[test]
fn look_ups_are_found_by_store_and_class() {
    let scenario = cached("");
    let findings = simulate(&scenario, Stores::Warm, 200.0);
    let of_cache: Vec<_> = findings
        .stores
        .iter()
        .filter(|store| store.component == scenario.components[2].id)
        .collect();
    assert_eq!(of_cache.len(), 2);
    let rates: Vec<f64> = of_cache
        .iter()
        .map(|store| store.lookups.unwrap().value)
        .collect();
    assert!((rates[0] / 300.0 - 1.0).abs() < 0.02 && (rates[1] / 100.0 - 1.0).abs() < 0.03);
    let hits: Vec<f64> = of_cache
        .iter()
        .map(|store| store.hit_ratio.unwrap().value)
        .collect();
    let all = (hits[0] * rates[0] + hits[1] * rates[1]) / (rates[0] + rates[1]);
    let whole = hit_ratio(&findings, scenario.components[2].id);
    assert!((all - whole).abs() < 1e-12, "{all} against {whole}");
    assert!(
        of_cache
            .iter()
            .all(|store| store.waited.unwrap().value == 0.0)
    );
}

#[test]
fn an_empty_cache_misses_more_than_a_warm_one() {
    let scenario = cached("");
    let cache = scenario.components[2].id;
    let [cold, warm] = [Stores::Cold, Stores::Warm]
        .map(|stores| hit_ratio(&simulate(&scenario, stores, 1.0), cache));
    assert!(cold < 0.75 * warm, "{cold} against {warm}");
}

/// One key, asked for 100 times a second at each of so many places that keep it for a second, in front of a store that takes a tenth of
/// one.
fn stampede(keeper: &str, places: u32, rest: &str, errors: f64) -> Scenario {
    let rate = 100 * places;
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{{"id": 1, "name": "page", "operation": "static", "share": 1, "request_bytes": 100, "response_bytes": 100, "keys": 1, "zipf_exponent": 0, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {rate}}}}},
        {{"id": 2, "kind": "{keeper}", "name": "keeper", "position": {{"x": 200, "y": 0}}, "parameters": {{"time_to_live": 1{rest}}}}},
        {{"id": 3, "kind": "third_party_api", "name": "store", "position": {{"x": 400, "y": 0}}, "parameters": {{"response_time": 100, "response_variability": 0, "error_share": {errors}, "rate_limit": "unlimited"}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}}, {{"id": 2, "from": 2, "to": 3, "round_trip_seconds": 0}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

/// Fetches a second at the store, and the share of the look-ups that wait for somebody else's.
fn fetches(scenario: &Scenario, seconds: f64) -> (f64, f64) {
    let findings = simulate(scenario, Stores::Warm, seconds);
    let store = findings
        .components
        .iter()
        .find(|found| found.component == scenario.components[2].id);
    let waited = findings.stores[0].waited.unwrap().value;
    (store.unwrap().arrivals.unwrap().value, waited)
}

#[test]
fn coalesced_fetches_come_once_for_each_time_to_live() {
    let (alone, none) = fetches(
        &stampede(
            "cdn",
            1,
            r#", "edge_locations": 1, "coalescing": false"#,
            0.0,
        ),
        400.0,
    );
    let (together, waited) = fetches(&stampede("cdn", 1, r#", "edge_locations": 1"#, 0.0), 400.0);
    // A cycle is the fetch, the time to live, and the wait for the next request; who comes during the fetch waits or fetches too.
    let cycle = 0.1 + 1.0 + 0.01;
    assert!((together * cycle - 1.0).abs() < 0.02, "{together}");
    assert!((waited - 0.1 / cycle).abs() < 0.01, "{waited}");
    // Who comes while it is fetched fetches it again, and so puts off its end; each fetch is one of a burst.
    assert!(alone > 5.0 * together, "{alone}");
    assert_eq!(none, 0.0);
}

#[test]
fn some_of_many_edges_coalesce_as_each_of_them_does() {
    let (few, waited_few) = fetches(&stampede("cdn", 20, r#", "edge_locations": 20"#, 0.0), 60.0);
    let (many, waited_many) = fetches(
        &stampede("cdn", 200, r#", "edge_locations": 200"#, 0.0),
        20.0,
    );
    assert!(
        (many / (10.0 * few) - 1.0).abs() < 0.1,
        "{many} against {few}"
    );
    assert!(
        (waited_many - waited_few).abs() < 0.015,
        "{waited_many} against {waited_few}"
    );
}

#[test]
fn whoever_waits_for_a_fetch_that_fails_fetches_in_its_place() {
    let scenario = stampede("cdn", 1, r#", "edge_locations": 1"#, 0.5);
    let findings = simulate(&scenario, Stores::Warm, 400.0);
    let class = &findings.classes[0];
    let (offered, answered) = (
        class.offered.unwrap().value,
        class.throughput.unwrap().value,
    );
    assert!(
        (answered / offered - 1.0).abs() < 0.01,
        "{answered} of {offered}"
    );
    // Two fetches on average until one succeeds: only those that fetch can fail, one in each cycle.
    let failed = offered - class.goodput.unwrap().value;
    assert!((failed * (0.2 + 1.0 + 0.01) - 1.0).abs() < 0.1, "{failed}");
}

#[test]
fn copies_of_a_key_lie_on_nodes_of_their_own() {
    // Each of three nodes is asked by two requests in three and never twice by one: Poisson arrivals, so that its one core, shared, is as
    // M/M/1's, S/(1 − ρ) (Kleinrock 1967). Copies that met at one node would wait for each other.
    let document = r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 100, "response_bytes": 100, "keys": 30000, "zipf_exponent": 0, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 100}},
        {"id": 2, "kind": "service", "name": "service", "position": {"x": 200, "y": 0}, "parameters": {"cores": 64, "threads": 100000, "service_time": 0.001}},
        {"id": 3, "kind": "key_value_store", "name": "store", "position": {"x": 400, "y": 0}, "parameters": {"instances": 3, "cores": 1, "read_time": 9, "read_quorum": 2, "replication_factor": 3}}],
        "links": [{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}, {"id": 2, "from": 2, "to": 3, "round_trip_seconds": 0}]}"#;
    let reading = read(document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let scenario = reading.scenario.unwrap();
    let findings = simulate(&scenario, Stores::Warm, 4_000.0);
    let nodes = findings
        .stations
        .iter()
        .find(|station| station.component == ComponentId(3) && station.role == Role::Cores);
    let sojourn = nodes.unwrap().sojourn.unwrap().value;
    let expected = 0.009 / (1.0 - 0.6);
    assert!((sojourn / expected - 1.0).abs() < 0.02, "{sojourn}");
}
