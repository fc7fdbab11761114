//! Ordinary systems of twenty parts, as many beside one another as a benchmark wants.

use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, Link, LinkId, Operation, Point, RequestClass, Scenario,
};

/// The parts of one system of twenty, by kind; a link calls the part with the later index.
const PARTS: [Kind; 20] = [
    Kind::Clients,
    Kind::Dns,
    Kind::Cdn,
    Kind::LoadBalancer,
    Kind::ReverseProxy,
    Kind::Service,
    Kind::Service,
    Kind::Service,
    Kind::Service,
    Kind::Cache,
    Kind::SqlPrimary,
    Kind::ReadReplica,
    Kind::ObjectStorage,
    Kind::Queue,
    Kind::Worker,
    Kind::KeyValueStore,
    Kind::ThirdPartyApi,
    Kind::Service,
    Kind::SqlPrimary,
    Kind::Cache,
];

/// Who calls whom in one system.
const LINKS: [(u32, u32); 26] = [
    (0, 1),
    (0, 2),
    (0, 3),
    (2, 12),
    (3, 4),
    (4, 5),
    (4, 6),
    (4, 7),
    (5, 9),
    (5, 10),
    (5, 11),
    (6, 10),
    (6, 13),
    (7, 8),
    (7, 12),
    (8, 15),
    (8, 16),
    (13, 14),
    (14, 17),
    (17, 18),
    (17, 19),
    (10, 11),
    (4, 12),
    (8, 17),
    (5, 8),
    (7, 15),
];

/// As many systems of twenty beside one another as make up this many components, with one set of four classes.
pub fn design(components: usize) -> Scenario {
    let mut scenario = Scenario::default();
    let operations = [
        Operation::Read,
        Operation::Write,
        Operation::Static,
        Operation::Asynchronous,
    ];
    scenario.classes = operations
        .into_iter()
        .zip(1..)
        .map(|(operation, id)| RequestClass::new(ClassId(id), operation.name(), operation))
        .collect();
    for system in 0..(components / PARTS.len()) as u32 {
        let first = system * PARTS.len() as u32 + 1;
        for (kind, id) in PARTS.into_iter().zip(first..) {
            let position = Point {
                x: f64::from(id % 40) * 240.0,
                y: f64::from(id / 40) * 130.0,
            };
            let mut component = Component::new(ComponentId(id), kind, "part", position);
            if kind == Kind::Clients {
                component
                    .parameters
                    .insert(Parameter::RequestRate, Value::Number(120.0));
            }
            if matches!(kind, Kind::Service | Kind::ReverseProxy) {
                component
                    .parameters
                    .insert(Parameter::Instances, Value::Number(4.0));
            }
            scenario.components.push(component);
        }
        for (from, to) in LINKS {
            let id = LinkId(scenario.links.len() as u32 + 1);
            scenario.links.push(Link::new(
                id,
                ComponentId(first + from),
                ComponentId(first + to),
            ));
        }
    }
    scenario
}
