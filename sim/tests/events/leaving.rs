//! Servers that only finish what they have begun: how busy a part is while its machines are restarted.

use loadscape_sim::des::{Settings, Simulation, StationSeries};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{ComponentFault, ComponentId, Fault, Incident, Scenario, read};

/// A fifth of a second at each of four machines with a core, 12 of them a second: 0.6 of what they can.
fn busy_machines(balancing: &str) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 100, "zipf_exponent": 0.5, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": 12, "client_round_trip": 0}}}},
        {{"id": 2, "kind": "load_balancer", "name": "balancer", "position": {{"x": 200, "y": 0}}, "parameters": {{"balancing_policy": "{balancing}"}}}},
        {{"id": 3, "kind": "service", "name": "machines", "position": {{"x": 400, "y": 0}}, "parameters": {{"instances": 4, "cores": 1, "service_time": 200, "threads": 100}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}}, {{"id": 2, "from": 2, "to": 3, "round_trip_seconds": 0}}]}}"#
    );
    let reading = read(&document);
    assert_eq!(reading.problems, []);
    reading.scenario.unwrap()
}

#[test]
fn machines_that_finish_while_they_are_restarted_count_as_busy_ones() {
    for policy in ["round_robin", "least_connections", "two_choices"] {
        let mut scenario = busy_machines(policy);
        let deploy = ComponentFault::RollingDeploy {
            restart_seconds: 2.0,
        };
        scenario.faults = (0..20)
            .map(|turn| Fault {
                start_seconds: 10.0 + 12.0 * f64::from(turn),
                duration_seconds: None,
                incident: Incident::Component {
                    id: ComponentId(3),
                    what: deploy,
                },
            })
            .collect();
        let settings = Settings {
            series_seconds: Some(0.05),
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compile(&scenario), &settings);
        assert!(simulation.run_until(300.0, u64::MAX));
        assert_eq!(simulation.violations(), []);
        let findings = simulation.findings();
        let own = |station: &&StationSeries| station.component == ComponentId(3);
        let series = findings.series.as_ref().unwrap();
        let mut full = 0;
        for station in series.stations.iter().filter(own) {
            let shares = station.utilisation.iter().flatten();
            for share in shares {
                assert!(*share <= 1.0 + 1e-9, "{policy}: {share}");
                full += usize::from(*share > 1.0 - 1e-9);
            }
        }
        assert!(full > 0, "{policy}");
        let whole = findings.stations.iter().filter_map(|own| own.utilisation);
        for share in whole {
            assert!(share.value <= 1.0, "{policy}: {share:?}");
        }
    }
}
