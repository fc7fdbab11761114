//! A hot key at machines among which a balancer divides the keys: whose key it is gets it all, and where nobody divides keys it can't happen.

use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Findings, Settings, Simulation};
use loadscape_sim::network::{Instances, compile};
use loadscape_sim::scenario::generate::generate;
use loadscape_sim::scenario::{
    ComponentFault, ComponentId, Fault, Incident, Scenario, Severity, read, validate,
};

fn hot(component: ComponentId, share: f64) -> Fault {
    Fault {
        start_seconds: 20.0,
        duration_seconds: Some(60.0),
        incident: Incident::Component {
            id: component,
            what: ComponentFault::HotKey { share },
        },
    }
}

/// A balancer that hashes, and four machines that take 100 requests a second each.
fn hashed() -> Scenario {
    let reading = read(
        r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 100000, "zipf_exponent": 0.2, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 120, "client_round_trip": 0}},
        {"id": 2, "kind": "load_balancer", "name": "balancer", "position": {"x": 200, "y": 0}, "parameters": {"balancing_policy": "consistent_hash"}},
        {"id": 3, "kind": "service", "name": "machines", "position": {"x": 400, "y": 0}, "parameters": {"instances": 4, "cores": 1, "service_time": 10, "threads": 100000}}],
        "links": [{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}, {"id": 2, "from": 2, "to": 3, "round_trip_seconds": 0}]}"#,
    );
    assert_eq!(reading.problems, []);
    reading.scenario.unwrap()
}

fn set(scenario: &mut Scenario, component: usize, parameter: Parameter, value: Value) {
    let parameters = &mut scenario.components[component].parameters;
    parameters.insert(parameter, value);
}

fn found(scenario: &Scenario) -> Findings {
    let settings = Settings {
        series_seconds: Some(1.0),
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    assert!(simulation.run_until(160.0, u64::MAX));
    assert_eq!(simulation.violations(), []);
    simulation.findings()
}

#[test]
fn a_hot_key_fills_the_machine_to_which_a_balancer_sends_it() {
    let mut scenario = hashed();
    // Nine tenths of 120 a second are more than the 100 that one machine serves: some 11 more wait each second, the others idle.
    scenario.faults = vec![hot(ComponentId(3), 0.9)];
    assert!(validate(&scenario).is_empty(), "{:?}", validate(&scenario));
    let findings = found(&scenario);
    let series = findings.series.as_ref().unwrap();
    let present = |second: usize| -> f64 {
        let own = series.stations.iter();
        let own = own.filter(|station| station.component == ComponentId(3));
        own.map(|station| station.present[second])
            .fold(0.0, f64::max)
    };
    assert!(present(19) < 12.0, "{}", present(19));
    let grown = present(79) / 60.0;
    assert!((6.0..18.0).contains(&grown), "{grown}");
}

#[test]
fn a_hot_key_can_happen_where_keys_are_divided_and_nowhere_else() {
    let can = |scenario: &Scenario| hot(ComponentId(3), 0.5).can_happen(scenario);
    let (mut alone, mut scaled, mut in_turn, mut first) = (hashed(), hashed(), hashed(), hashed());
    assert!(can(&hashed()));
    set(&mut alone, 2, Parameter::Instances, Value::Number(1.0));
    assert!(!can(&alone));
    set(&mut scaled, 2, Parameter::Autoscaling, Value::Flag(true));
    assert!(can(&scaled));
    let policy = |choice| Value::Choice(choice);
    set(
        &mut in_turn,
        1,
        Parameter::BalancingPolicy,
        policy(Choice::RoundRobin),
    );
    assert!(!can(&in_turn));
    // Clients that know the first machine alone ask it whatever the key; else they would look at no key.
    let mut link = first.links[0].clone();
    (link.id.0, link.to) = (3, ComponentId(3));
    first.links.push(link);
    assert!(can(&first));
    // As the network has it, in whatever is drawn.
    let (mut yes, mut no) = (0, 0);
    for seed in 0..400 {
        let mut scenario = generate(seed, 12);
        let doors: Vec<usize> = (0..scenario.components.len())
            .filter(|place| {
                scenario.components[*place]
                    .choice(Parameter::BalancingPolicy)
                    .is_some()
            })
            .filter(|place| !(seed as usize + place).is_multiple_of(3))
            .collect();
        for door in doors {
            let hash = policy(Choice::ConsistentHash);
            set(&mut scenario, door, Parameter::BalancingPolicy, hash);
        }
        if validate(&scenario)
            .iter()
            .any(|own| own.severity == Severity::Error)
        {
            continue;
        }
        let network = compile(&scenario).network;
        for component in &scenario.components {
            let stores = [Kind::ShardedDatabase, Kind::KeyValueStore, Kind::Cache];
            let mut stations = network
                .stations
                .iter()
                .filter(|own| own.component == component.id);
            if stores.contains(&component.kind) || stations.clone().count() == 0 {
                continue;
            }
            let several = stations.any(|own| own.instances != Instances::Fixed(1));
            let divided = network
                .rings
                .iter()
                .any(|ring| ring.component == component.id);
            let can = hot(component.id, 0.5).can_happen(&scenario);
            assert_eq!(
                can,
                several && divided,
                "seed {seed}: {} ({:?})",
                component.name,
                component.kind
            );
            *(if can { &mut yes } else { &mut no }) += 1;
        }
    }
    assert!(yes > 20 && no > 200, "{yes} {no}");
}
