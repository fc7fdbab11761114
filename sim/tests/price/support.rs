//! Small drawings, and the built-in ones.

use loadscape_sim::analysis::{Analysis, analyse};
use loadscape_sim::builtin::named;
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::insight::{Availability, ClassAvailability, availability};
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, Link, LinkId, Operation, Point, Rectangle, RequestClass,
    Scenario, Zone, ZoneId, read,
};

/// Parts numbered from 1 in a row, with links between them; 50 requests a second of one class.
pub fn drawing(operation: Operation, kinds: &[Kind], links: &[(u32, u32)]) -> Scenario {
    let components = kinds.iter().zip(1..).map(|(kind, id)| {
        let place = Point {
            x: f64::from(id) * 300.0,
            y: 0.0,
        };
        Component::new(ComponentId(id), *kind, format!("Part {id}"), place)
    });
    let links = links
        .iter()
        .zip(1..)
        .map(|((from, to), id)| Link::new(LinkId(id), ComponentId(*from), ComponentId(*to)));
    let mut scenario = Scenario {
        components: components.collect(),
        links: links.collect(),
        classes: vec![RequestClass::new(ClassId(1), "request", operation)],
        ..Scenario::default()
    };
    set(&mut scenario, 1, Parameter::RequestRate, 50.0);
    scenario
}

/// Sets a number of a part.
pub fn set(scenario: &mut Scenario, id: u32, parameter: Parameter, value: f64) {
    put(scenario, id, parameter, Value::Number(value));
}

/// Sets whatever of a part.
pub fn put(scenario: &mut Scenario, id: u32, parameter: Parameter, value: Value) {
    let part = &mut scenario.components[id as usize - 1];
    part.parameters.insert(parameter, value);
}

/// A zone around the parts of these numbers.
pub fn zone(
    scenario: &mut Scenario,
    kind: loadscape_sim::catalog::ZoneKind,
    parts: std::ops::RangeInclusive<u32>,
    availability: f64,
) -> ZoneId {
    let id = ZoneId(scenario.zones.len() as u32 + 1);
    scenario.zones.push(Zone {
        id,
        kind,
        name: format!("Zone {}", id.0),
        rectangle: Rectangle {
            x: f64::from(*parts.start()) * 300.0 - 10.0,
            y: -50.0,
            width: f64::from(parts.end() - parts.start()) * 300.0 + 200.0,
            height: 300.0,
        },
        parameters: [(Parameter::Availability, Value::Number(availability))].into(),
    });
    id
}

/// What a drawing comes to.
pub fn solved(scenario: &Scenario) -> (Analysis, Availability) {
    let analysis = analyse(scenario);
    let found = availability(scenario, &analysis.compiled, &analysis.report);
    (analysis, found)
}

/// The first class's.
pub fn first(scenario: &Scenario) -> ClassAvailability {
    solved(scenario).1.classes.remove(0)
}

/// A built-in stage.
pub fn stage(number: u32) -> Scenario {
    let builtin = named(&format!("stage-{number}")).expect("it is built in");
    read(builtin.text()).scenario.expect("it can be read")
}
