//! Faults and the settings of a run as parts of a document: read, written, judged.

use loadscape_sim::catalog::Kind;
use loadscape_sim::scenario::generate::{Random, generate_with_faults};
use loadscape_sim::scenario::{
    self, ClientsFault, Component, ComponentFault, ComponentId, Fault, Incident, Link, LinkFault,
    LinkId, Point, RunSettings, Scenario, ZoneFault, ZoneId, limits, validate,
};
use serde_json::{Value as Json, json};

fn document(faults: &Json, run: &Json) -> Json {
    json!({
        "format_version": 1,
        "title": "Shop",
        "components": [
            {"id": 1, "kind": "clients", "name": "Shoppers", "position": {"x": 0, "y": 0}},
            {"id": 2, "kind": "service", "name": "API", "position": {"x": 240, "y": 0}, "parameters": {"instances": 3}},
            {"id": 3, "kind": "cache", "name": "Keys", "position": {"x": 480, "y": 0}}
        ],
        "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}],
        "zones": [
            {"id": 1, "kind": "region", "name": "EU", "rectangle": {"x": -50, "y": -50, "width": 900, "height": 400}},
            {"id": 2, "kind": "availability_zone", "name": "A", "rectangle": {"x": 200, "y": -50, "width": 300, "height": 400}}
        ],
        "classes": [{"id": 1, "name": "browse", "operation": "read", "share": 1, "request_bytes": 500, "response_bytes": 2000, "keys": 1000, "zipf_exponent": 0.8}],
        "faults": faults,
        "run": run
    })
}

fn read(faults: &Json, run: &Json) -> (Scenario, Vec<String>) {
    let reading = scenario::read(&document(faults, run).to_string());
    let texts = reading.problems.iter().map(|problem| {
        assert!(!problem.remedy.is_empty(), "{problem}");
        problem.to_string()
    });
    let texts = texts.collect();
    (reading.scenario.expect("readable"), texts)
}

fn in_component(id: u32, what: ComponentFault) -> Incident {
    Incident::Component {
        id: ComponentId(id),
        what,
    }
}

#[test]
fn every_fault_is_read_as_it_is_written_by_hand() {
    let instances = Some(2);
    let written = [
        (
            json!({"component": {"id": 2, "what": {"kill": {"instances": 2}}}}),
            in_component(2, ComponentFault::Kill { instances }),
        ),
        (
            json!({"component": {"id": 2, "what": "kill"}}),
            in_component(2, ComponentFault::Kill { instances: None }),
        ),
        (
            json!({"component": {"id": 2, "what": {"slow": {"factor": 4, "instances": 2}}}}),
            in_component(
                2,
                ComponentFault::Slow {
                    factor: 4.0,
                    instances,
                },
            ),
        ),
        (
            json!({"component": {"id": 3, "what": {"flush": {}}}}),
            in_component(3, ComponentFault::Flush { instances: None }),
        ),
        (
            json!({"component": {"id": 3, "what": {"lose_memory": null}}}),
            in_component(3, ComponentFault::LoseMemory { instances: None }),
        ),
        (
            json!({"component": {"id": 2, "what": "stop_replication"}}),
            in_component(2, ComponentFault::StopReplication),
        ),
        (
            json!({"component": {"id": 2, "what": {"error_rate": {"probability": 0.25}}}}),
            in_component(2, ComponentFault::ErrorRate { probability: 0.25 }),
        ),
        (
            json!({"component": {"id": 2, "what": {"rolling_deploy": {"restart_seconds": 20}}}}),
            in_component(
                2,
                ComponentFault::RollingDeploy {
                    restart_seconds: 20.0,
                },
            ),
        ),
        (
            json!({"zone": {"id": 2, "what": "kill"}}),
            Incident::Zone {
                id: ZoneId(2),
                what: ZoneFault::Kill,
            },
        ),
        (
            json!({"zone": {"id": 2, "what": {"slow": {"factor": 3}}}}),
            Incident::Zone {
                id: ZoneId(2),
                what: ZoneFault::Slow { factor: 3.0 },
            },
        ),
        (
            json!({"zone": {"id": 2, "what": {"partition": {"from": 1}}}}),
            Incident::Zone {
                id: ZoneId(2),
                what: ZoneFault::Partition {
                    from: Some(ZoneId(1)),
                },
            },
        ),
        (
            json!({"link": {"id": 2, "what": {"drop": {"probability": 0.5}}}}),
            Incident::Link {
                id: LinkId(2),
                what: LinkFault::Drop { probability: 0.5 },
            },
        ),
        (
            json!({"link": {"id": 2, "what": {"delay": {"seconds": 0.2}}}}),
            Incident::Link {
                id: LinkId(2),
                what: LinkFault::Delay { seconds: 0.2 },
            },
        ),
        (
            json!({"clients": {"what": {"multiply": {"factor": 3}}}}),
            Incident::Clients {
                id: None,
                what: ClientsFault::Multiply { factor: 3.0 },
            },
        ),
    ];
    for (mut fault, expected) in written {
        fault["start_seconds"] = json!(60);
        fault["duration_seconds"] = json!(30);
        let (scenario, problems) = read(&json!([fault]), &json!({"seed": 7}));
        assert_eq!(problems, [""; 0], "{fault}");
        assert_eq!(scenario.faults.len(), 1);
        assert_eq!(scenario.faults[0].incident, expected);
        assert_eq!(scenario.faults[0].end_seconds().is_none(), {
            matches!(&expected, Incident::Component { what, .. } if what.ends_by_itself())
        });
        assert_eq!(scenario.run.seed, 7);
        // And as it is written it is read again.
        let again = scenario::read(&scenario::write(&scenario));
        assert_eq!(again.problems, []);
        assert_eq!(again.scenario, Some(scenario));
    }
}

#[test]
fn what_cannot_be_is_left_out_with_its_place_and_remedy() {
    let kill = json!({"id": 2, "what": "kill"});
    let told = [
        (
            json!({"start_seconds": 1, "link": {"id": 2, "what": "flush"}}),
            "Use one of drop, delay.",
        ),
        (
            json!({"start_seconds": 1, "component": {"id": 99, "what": "kill"}}),
            "isn't in the document",
        ),
        (
            json!({"start_seconds": 1, "zone": {"id": 1, "what": {"partition": {"from": 9}}}}),
            "isn't in the document",
        ),
        (
            json!({"start_seconds": 1, "component": kill, "zone": kill}),
            "several places",
        ),
        (json!({"start_seconds": 1}), "doesn't say where"),
        (
            json!({"start_seconds": 1, "component": 2}),
            "has to be an object",
        ),
        (
            json!({"start_seconds": 1, "component": {"what": "kill"}}),
            "An id is a whole number",
        ),
        (
            json!({"start_seconds": 1, "component": {"id": 2, "what": {"kill": 3}}}),
            "knows to happen there",
        ),
        (json!(12), "has to be an object"),
    ];
    for (fault, part) in told {
        let (scenario, problems) = read(&json!([fault]), &json!(null));
        assert_eq!(scenario.faults, [], "{fault}");
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].contains(part), "{part} in {}", problems[0]);
    }
    // Out of range: clamped, with the fault kept.
    let (scenario, problems) = read(
        &json!([{"start_seconds": -5, "duration_seconds": 0, "component": {"id": 2, "what": {"error_rate": {"probability": 7}}}}]),
        &json!({"seed": -1, "duration_seconds": 0}),
    );
    assert_eq!(problems.len(), 5, "{problems:#?}");
    assert_eq!(
        scenario.faults,
        [Fault {
            start_seconds: 0.0,
            duration_seconds: Some(1e-3),
            incident: in_component(2, ComponentFault::ErrorRate { probability: 1.0 }),
        }]
    );
    assert_eq!(
        scenario.run,
        RunSettings {
            seed: 1,
            duration_seconds: Some(1e-3)
        }
    );
    let many = vec![json!({"start_seconds": 1, "component": kill}); limits::FAULTS + 3];
    let (scenario, problems) = read(&json!(many), &json!(null));
    assert_eq!(scenario.faults.len(), limits::FAULTS);
    assert_eq!(problems.len(), 1, "{problems:#?}");
}

#[test]
fn a_document_without_faults_is_written_as_it_always_was() {
    let (scenario, problems) = read(&json!([]), &json!({"seed": 1}));
    assert_eq!(problems, [""; 0]);
    let text = scenario::write(&scenario);
    assert!(
        !text.contains("faults") && !text.contains("\"run\""),
        "{text}"
    );
}

#[test]
fn a_fault_that_can_do_nothing_is_told_why() {
    let mut scenario = Scenario::default();
    for (id, kind) in [(1, Kind::Clients), (2, Kind::Service), (3, Kind::Cache)] {
        let position = Point {
            x: f64::from(id) * 240.0,
            y: 0.0,
        };
        let name = scenario.next_component_name(kind);
        let component = Component::new(ComponentId(id), kind, name, position);
        scenario.components.push(component);
    }
    for (id, from, to) in [(1, 1, 2), (2, 2, 3)] {
        let link = Link::new(LinkId(id), ComponentId(from), ComponentId(to));
        scenario.links.push(link);
    }
    scenario.run.duration_seconds = Some(100.0);
    assert_eq!(validate(&scenario), []);
    let kill = ComponentFault::Kill { instances: None };
    let flush = ComponentFault::Flush { instances: None };
    let told = [
        (
            10.0,
            None,
            in_component(1, kill),
            "clients send more or less",
        ),
        (10.0, None, in_component(2, flush), "holds no keys"),
        (
            10.0,
            None,
            in_component(2, ComponentFault::StopReplication),
            "doesn't replicate",
        ),
        (10.0, None, in_component(9, kill), "isn't in the document"),
        (
            100.0,
            None,
            in_component(2, kill),
            "It begins when the run is over",
        ),
        (10.0, Some(5.0), in_component(3, flush), "It ends by itself"),
        (-1.0, None, in_component(2, kill), "-1 lies outside"),
        (10.0, Some(f64::NAN), in_component(2, kill), "lies outside"),
        (
            10.0,
            None,
            in_component(2, ComponentFault::Kill { instances: Some(5) }),
            "it happens to all",
        ),
        (
            10.0,
            None,
            in_component(
                2,
                ComponentFault::Slow {
                    factor: 0.0,
                    instances: None,
                },
            ),
            "0 lies outside",
        ),
        (
            10.0,
            None,
            Incident::Clients {
                id: Some(ComponentId(2)),
                what: ClientsFault::Multiply { factor: 2.0 },
            },
            "no requests of its own",
        ),
    ];
    for (start_seconds, duration_seconds, incident, part) in told {
        scenario.faults = vec![Fault {
            start_seconds,
            duration_seconds,
            incident,
        }];
        let problems = validate(&scenario);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        let text = problems[0].to_string();
        assert!(text.contains(part), "{part} in {text}");
        assert!(text.starts_with("Fault 1"), "{text}");
        assert!(!problems[0].remedy.is_empty(), "{text}");
    }
}

#[test]
fn generated_faults_have_no_problems_and_are_read_back_bit_for_bit() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..300 {
        let scenario = generate_with_faults(seed, 3 + seed as usize % 40);
        assert_eq!(validate(&scenario), [], "seed {seed}");
        let reading = scenario::read(&scenario::write(&scenario));
        assert_eq!(reading.problems, [], "seed {seed}");
        assert_eq!(
            format!("{:?}", reading.scenario),
            format!("{:?}", Some(&scenario)),
            "seed {seed}"
        );
        for fault in &scenario.faults {
            let name = format!("{:?}", fault.incident);
            let names: Vec<&str> = name
                .split(|letter: char| !letter.is_alphabetic())
                .filter(|word| word.starts_with(char::is_uppercase) && *word != "Some")
                .collect();
            seen.insert(names.join(" "));
        }
    }
    let all = ComponentFault::NAMES.len()
        + ZoneFault::NAMES.len()
        + LinkFault::NAMES.len()
        + ClientsFault::NAMES.len();
    assert!(seen.len() >= all, "{seen:?}");
}

#[test]
fn mutated_faults_are_read_without_panic_and_leave_a_document_that_can_be_written() {
    let mut random = Random(43);
    let texts: Vec<Vec<u8>> = (0..10)
        .map(|seed| scenario::write(&generate_with_faults(seed, 5)).into_bytes())
        .collect();
    for _ in 0..3_000 {
        let mut bytes = random.pick(&texts).cloned().unwrap_or_default();
        let from = bytes
            .windows(8)
            .position(|window| window == b"\"faults\"")
            .unwrap_or(0);
        for _ in 0..1 + random.below(3) {
            let at = from + random.below(bytes.len() - from);
            match random.below(3) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, *random.pick(b"0123456789-.e\"{},:n").unwrap_or(&b'0')),
                _ => bytes[at] = *random.pick(b"0123456789-.e\"{},:n").unwrap_or(&b'0'),
            }
        }
        if let Some(scenario) = scenario::read(&String::from_utf8_lossy(&bytes)).scenario {
            let again = scenario::read(&scenario::write(&scenario));
            assert_eq!(again.problems, [], "what was kept is sound");
            assert_eq!(again.scenario, Some(scenario));
        }
    }
}
