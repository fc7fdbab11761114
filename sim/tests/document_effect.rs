//! No control is without effect: every parameter that the catalog lists for a kind changes the network or the price of some design.

use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{
    Condition, Domain, KINDS, Kind, Parameter, ParameterSpecification, Value, ZONE_KINDS, ZoneKind,
    parameter, specification,
};
use loadscape_sim::insight::price;
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, CurvePoint, Link, LinkId, Operation, Point, Rectangle,
    RequestClass, Scenario, Zone, ZoneId,
};

/// A design in which this kind has everything to do that it can, and the component of that kind.
fn around(kind: Kind) -> (Scenario, ComponentId) {
    use Kind::*;
    let (kinds, links): (&[Kind], &[(u32, u32)]) = match kind {
        Clients => (
            &[Clients, LoadBalancer, Service, SqlPrimary],
            &[(1, 2), (2, 3), (3, 4)],
        ),
        Dns => (&[Clients, Dns, Service, Service], &[(1, 2), (1, 3), (1, 4)]),
        ReverseProxy => (
            &[Clients, LoadBalancer, ReverseProxy, Service, Service],
            &[(1, 2), (2, 3), (3, 4), (3, 5)],
        ),
        Cdn | LoadBalancer | ApiGateway => (
            &[Clients, kind, Service, Service, SqlPrimary],
            &[(1, 2), (2, 3), (2, 4), (3, 5), (4, 5)],
        ),
        Service | Function => (
            &[Clients, LoadBalancer, kind, SqlPrimary],
            &[(1, 2), (2, 3), (3, 4)],
        ),
        SingleBox | Station | ThirdPartyApi => (&[Clients, kind], &[(1, 2)]),
        Worker => (
            &[Clients, Service, Queue, Worker, SqlPrimary],
            &[(1, 2), (2, 3), (3, 4), (4, 5)],
        ),
        SqlPrimary => (
            &[
                Clients,
                Service,
                SqlPrimary,
                ReadReplica,
                ReadReplica,
                ReadReplica,
            ],
            &[(1, 2), (2, 3), (3, 4), (3, 5), (3, 6)],
        ),
        ReadReplica => (
            &[Clients, Service, SqlPrimary, ReadReplica],
            &[(1, 2), (2, 3), (3, 4), (2, 4)],
        ),
        ShardedDatabase | FederatedDatabase | KeyValueStore | ObjectStorage => {
            (&[Clients, Service, kind], &[(1, 2), (2, 3)])
        }
        Cache => (
            &[Clients, Service, Cache, SqlPrimary],
            &[(1, 2), (2, 3), (2, 4)],
        ),
        Queue | Topic => (
            &[Clients, Service, kind, Worker, Worker],
            &[(1, 2), (2, 3), (3, 4), (3, 5)],
        ),
    };
    let classes: Vec<RequestClass> = Operation::ALL
        .iter()
        .zip(1..)
        .map(|(operation, id)| RequestClass::new(ClassId(id), operation.name(), *operation))
        .collect();
    let mut scenario = Scenario {
        classes,
        ..Scenario::default()
    };
    for (part, id) in kinds.iter().zip(1..) {
        let position = Point {
            x: f64::from(id) * 300.0,
            y: 0.0,
        };
        let mut component = Component::new(ComponentId(id), *part, part.name(), position);
        if *part == Service && kind != Service {
            component
                .parameters
                .insert(Parameter::Instances, Value::Number(3.0));
        }
        if *part == Clients {
            component.curve.push(CurvePoint {
                seconds: 10.0,
                per_second: 80.0,
            });
        }
        scenario.components.push(component);
    }
    for ((from, to), id) in links.iter().zip(1..) {
        let mut link = Link::new(LinkId(id), ComponentId(*from), ComponentId(*to));
        link.weight = f64::from(id);
        link.round_trip_seconds = (kind == Dns).then_some(0.01 * f64::from(id));
        scenario.links.push(link);
    }
    let meant = scenario
        .components
        .iter()
        .find(|component| component.kind == kind);
    let id = meant.expect("every design has its kind").id;
    (scenario, id)
}

/// Everything that a design comes to, as text.
fn outcome(scenario: &Scenario) -> String {
    let analysis = analyse(scenario);
    let price = price(scenario, &analysis);
    format!("{:?}\n{price:?}", analysis.compiled.network)
}

/// Other values of a parameter, far from one another.
fn alternatives(specification: &ParameterSpecification) -> Vec<Value> {
    match specification.domain {
        Domain::Flag => vec![Value::Flag(false), Value::Flag(true)],
        Domain::Choice(choices) => choices
            .iter()
            .map(|known| Value::Choice(known.choice))
            .collect(),
        Domain::Number {
            minimum,
            maximum,
            whole,
            ..
        } => {
            let middle = match specification.default {
                Value::Number(default) if default > 0.0 => {
                    [default * 0.5, default * 1.5, default * 3.0]
                }
                _ => [0.3, 2.0, 50.0],
            };
            let numbers = middle.into_iter().chain([minimum]);
            numbers
                .map(|number| if whole { number.round() } else { number }.clamp(minimum, maximum))
                .map(Value::Number)
                .collect()
        }
    }
}

/// The values under which the others matter: `busy` turns what is zero or unlimited into something, `flags` go on or off.
fn prepare(component: &mut Component, busy: bool, flags: bool) {
    for known in specification(component.kind).parameters {
        let value = match (known.domain, known.default) {
            (Domain::Flag, _) => Value::Flag(flags),
            (Domain::Number { .. }, Value::Unlimited(_)) if busy => Value::Number(40.0),
            (
                Domain::Number {
                    minimum, maximum, ..
                },
                Value::Number(0.0),
            ) if busy => Value::Number(0.2_f64.clamp(minimum, maximum)),
            _ => continue,
        };
        component.parameters.insert(known.parameter, value);
    }
}

/// Sets what the parameter's condition asks for, and what that one's condition asks for in turn.
fn satisfy(component: &mut Component, wanted: Parameter) {
    let condition = parameter(component.kind, wanted).and_then(|known| known.applies_when);
    match condition {
        None => {}
        Some(Condition::FlagIsOn(flag)) => {
            component.parameters.insert(flag, Value::Flag(true));
            satisfy(component, flag);
        }
        Some(Condition::ChoiceIs(choice, values)) => {
            // The last one is the least ordinary: the others include defaults.
            if let Some(value) = values.last() {
                component.parameters.insert(choice, Value::Choice(*value));
            }
            satisfy(component, choice);
        }
    }
}

#[test]
fn every_parameter_of_every_kind_changes_something() {
    let mut dead = Vec::new();
    for kind in KINDS {
        for known in kind.parameters {
            let settings = [(false, false), (true, true), (true, false)];
            let alive = settings.into_iter().any(|(busy, flags)| {
                let (mut scenario, id) = around(kind.kind);
                let at = scenario
                    .components
                    .iter()
                    .position(|component| component.id == id)
                    .expect("there");
                prepare(&mut scenario.components[at], busy, flags);
                satisfy(&mut scenario.components[at], known.parameter);
                let outcomes = alternatives(known).into_iter().map(|value| {
                    let mut changed = scenario.clone();
                    changed.components[at]
                        .parameters
                        .insert(known.parameter, value);
                    outcome(&changed)
                });
                outcomes
                    .collect::<std::collections::BTreeSet<String>>()
                    .len()
                    > 1
            });
            if !alive {
                dead.push(format!("{}: {}", kind.label, known.label));
            }
        }
    }
    assert!(dead.is_empty(), "without effect: {dead:#?}");
}

#[test]
fn every_choice_of_every_kind_differs_from_the_others() {
    let mut same = Vec::new();
    for kind in KINDS {
        for known in kind.parameters {
            let Domain::Choice(choices) = known.domain else {
                continue;
            };
            let (mut scenario, id) = around(kind.kind);
            let at = scenario
                .components
                .iter()
                .position(|component| component.id == id)
                .expect("there");
            satisfy(&mut scenario.components[at], known.parameter);
            let mut seen: Vec<(String, &str)> = Vec::new();
            for choice in choices {
                scenario.components[at]
                    .parameters
                    .insert(known.parameter, Value::Choice(choice.choice));
                let outcome = outcome(&scenario);
                match seen.iter().find(|(before, _)| *before == outcome) {
                    Some((_, other)) => same.push(format!(
                        "{}, {}: {} is {other}",
                        kind.label, known.label, choice.label
                    )),
                    None => seen.push((outcome, choice.label)),
                }
            }
        }
    }
    assert!(
        same.is_empty(),
        "choices that make no difference: {same:#?}"
    );
}

#[test]
fn every_parameter_of_every_zone_changes_something() {
    for kind in ZONE_KINDS {
        for known in kind.parameters {
            let zone = |id, x: f64, kind: ZoneKind| Zone {
                id: ZoneId(id),
                kind,
                name: String::new(),
                rectangle: Rectangle {
                    x,
                    y: -100.0,
                    width: 600.0,
                    height: 400.0,
                },
                parameters: Default::default(),
            };
            // The balancer and the service lie in one zone, the database in another.
            let (mut scenario, _) = around(Kind::Clients);
            scenario.zones = vec![zone(1, 500.0, kind.kind), zone(2, 1200.0, kind.kind)];
            let outcomes = alternatives(known).into_iter().map(|value| {
                let mut changed = scenario.clone();
                changed.zones[0].parameters.insert(known.parameter, value);
                outcome(&changed)
            });
            let distinct = outcomes
                .collect::<std::collections::BTreeSet<String>>()
                .len();
            assert!(
                distinct > 1,
                "{}: {} is without effect",
                kind.label,
                known.label
            );
        }
    }
}
