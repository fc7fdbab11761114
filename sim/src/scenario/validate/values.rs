//! Values out of range, and values that contradict one another within one part.

use crate::catalog::{self, Choice, Kind, Parameter, ParameterSpecification, Value};
use crate::scenario::problem::{Place, Problem};
use crate::scenario::{Component, Scenario, check_curve, limits};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

pub(super) fn check(scenario: &Scenario, problems: &mut Vec<Problem>) {
    for component in &scenario.components {
        let specification = catalog::specification(component.kind);
        parameters(
            &Place::component(component),
            specification.label,
            specification.parameters,
            &component.parameters,
            problems,
        );
        contradictions(component, problems);
        curve(component, problems);
        plan_numbers(component, problems);
        let mut field = Numbers {
            place: &|| Place::component(component),
            problems,
        };
        field.within("position", component.position.x, &limits::COORDINATE);
        field.within("position", component.position.y, &limits::COORDINATE);
        for (_, weight) in &component.mix {
            field.within("mix", *weight, &limits::WEIGHT);
        }
    }
    for zone in &scenario.zones {
        let specification = catalog::zone_specification(zone.kind);
        parameters(
            &Place::zone(zone),
            specification.label,
            specification.parameters,
            &zone.parameters,
            problems,
        );
        let mut field = Numbers {
            place: &|| Place::zone(zone),
            problems,
        };
        field.within("rectangle", zone.rectangle.x, &limits::COORDINATE);
        field.within("rectangle", zone.rectangle.y, &limits::COORDINATE);
        field.within("rectangle", zone.rectangle.width, &limits::EXTENT);
        field.within("rectangle", zone.rectangle.height, &limits::EXTENT);
    }
    for link in &scenario.links {
        let mut field = Numbers {
            place: &|| Place::link(scenario, link),
            problems,
        };
        field.within("weight", link.weight, &limits::WEIGHT);
        field.within(
            "round_trip_seconds",
            link.round_trip_seconds.unwrap_or(0.0),
            &limits::ROUND_TRIP_SECONDS,
        );
    }
    for class in &scenario.classes {
        let mut field = Numbers {
            place: &|| Place::class(class),
            problems,
        };
        field.within("share", class.share, &limits::WEIGHT);
        field.within("request_bytes", class.request_bytes, &limits::BYTES);
        field.within("response_bytes", class.response_bytes, &limits::BYTES);
        field.within("keys", class.keys, &limits::KEYS);
        field.within("zipf_exponent", class.zipf_exponent, &limits::ZIPF_EXPONENT);
    }
    for (index, objective) in scenario.objectives.iter().enumerate() {
        let (name, bound) = objective.target.name_and_bound();
        let mut field = Numbers {
            place: &|| Place::Objective { number: index + 1 },
            problems,
        };
        if let Some((_, range)) = crate::scenario::Target::constructor(name) {
            field.within("target", bound, &range);
        }
    }
}

/// Checks plain numbers of one place.
pub(super) struct Numbers<'a> {
    pub(super) place: &'a dyn Fn() -> Place,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Numbers<'_> {
    pub(super) fn within(&mut self, field: &str, number: f64, range: &RangeInclusive<f64>) {
        if range.contains(&number) {
            return;
        }
        let plain = |number| catalog::format_number(catalog::Unit::None, number);
        let allowed = format!("{} to {}", plain(*range.start()), plain(*range.end()));
        self.problems.push(
            Problem::error(
                (self.place)(),
                format!("{} lies outside {allowed}.", plain(number)),
                format!("Set a number from {allowed}."),
            )
            .of_field(field),
        );
    }
}

fn parameters(
    place: &Place,
    kind: &str,
    specifications: &[ParameterSpecification],
    values: &BTreeMap<Parameter, Value>,
    problems: &mut Vec<Problem>,
) {
    for (parameter, value) in values {
        let Some(specification) = specifications
            .iter()
            .find(|known| known.parameter == *parameter)
        else {
            problems.push(
                Problem::error(
                    place.clone(),
                    format!("{kind} has no parameter \"{}\".", parameter.name()),
                    "Remove it.",
                )
                .of_parameter(*parameter, parameter.name()),
            );
            continue;
        };
        if let Err(rejected) = specification.admit(*value) {
            problems.push(
                Problem::error(
                    place.clone(),
                    format!(
                        "{}; allowed is {}.",
                        rejected.reason,
                        specification.allowed()
                    ),
                    format!("Set {}.", specification.allowed()),
                )
                .of_parameter(*parameter, specification.label),
            );
        }
    }
}

fn curve(component: &Component, problems: &mut Vec<Problem>) {
    let place = || Place::component(component);
    if component.choice(Parameter::TrafficProfile) == Some(Choice::Curve)
        && component.applies(Parameter::TrafficProfile)
        && component.curve.is_empty()
    {
        let problem = Problem::warning(
            place(),
            "The curve has no points, so that the request rate stays as it is.",
            "Give it points, or let the traffic go another way.",
        );
        problems.push(problem.of_parameter(Parameter::TrafficProfile, "Through time"));
    }
    if !component.curve.is_empty() && component.kind != Kind::Clients {
        let problem = Problem::warning(
            place(),
            "Only the traffic of clients follows a curve.",
            "Remove it.",
        );
        problems.push(problem.of_field("curve"));
    }
    if let Err(wrong) = check_curve(&component.curve) {
        let problem = Problem::error(
            place(),
            format!("The curve can't be followed: {wrong}."),
            "Set the curve anew.",
        );
        problems.push(problem.of_field("curve"));
    }
}

fn plan_numbers(component: &Component, problems: &mut Vec<Problem>) {
    let calls = component
        .plans
        .iter()
        .flat_map(|plan| &plan.steps)
        .flat_map(|step| &step.calls);
    let mut field = Numbers {
        place: &|| Place::component(component),
        problems,
    };
    for call in calls {
        for number in call.numbers() {
            field.within(number.field, number.value, &number.range);
        }
    }
}

/// The parameters of which the values contradict others of the same component.
pub(in crate::scenario) fn contradictory_parameters(component: &Component) -> Vec<Parameter> {
    let mut problems = Vec::new();
    contradictions(component, &mut problems);
    problems
        .into_iter()
        .filter_map(|problem| problem.parameter)
        .collect()
}

/// Two parameters of which each is in its range, but not together.
fn contradictions(component: &Component, problems: &mut Vec<Problem>) {
    let mut report = |parameter: Parameter, message: String, remedy: String| {
        let label = catalog::parameter(component.kind, parameter)
            .map_or(parameter.name(), |known| known.label);
        problems.push(
            Problem::warning(Place::component(component), message, remedy)
                .of_parameter(parameter, label),
        );
    };
    let number = |parameter| component.number(parameter);
    if component.flag(Parameter::Autoscaling) {
        let (fewest, most) = (
            number(Parameter::MinimumInstances),
            number(Parameter::MaximumInstances),
        );
        if fewest > most {
            report(
                Parameter::MinimumInstances,
                format!("The fewest instances ({fewest}) are more than the most ({most})."),
                format!("Set at most {most}, or allow more instances."),
            );
        }
        let percent = |share| catalog::format_number(catalog::Unit::Share, share);
        let (lower, upper) = (
            number(Parameter::LowerThreshold),
            number(Parameter::UpperThreshold),
        );
        if component.applies(Parameter::LowerThreshold) && lower >= upper {
            report(
                Parameter::LowerThreshold,
                format!(
                    "Instances are removed below {} and added above {}: each would call for the other.",
                    percent(lower),
                    percent(upper)
                ),
                format!("Set less than {}.", percent(upper)),
            );
        }
    }
    match component.kind {
        Kind::KeyValueStore => {
            let copies = number(Parameter::ReplicationFactor);
            let nodes = number(Parameter::Instances);
            if copies > nodes {
                report(
                    Parameter::ReplicationFactor,
                    format!("{copies} copies of a key need as many nodes, and there are {nodes}."),
                    format!("Set at most {nodes}, or add nodes."),
                );
            }
            for (quorum, what) in [
                (Parameter::ReadQuorum, "read"),
                (Parameter::WriteQuorum, "write"),
            ] {
                if number(quorum) > copies {
                    report(
                        quorum,
                        format!(
                            "A {what} waits for {} nodes, but only {copies} keep the key.",
                            number(quorum)
                        ),
                        format!("Set at most {copies}."),
                    );
                }
            }
        }
        Kind::SingleBox => {
            let threads = number(Parameter::Threads) * number(Parameter::ThreadMemory) / 1000.0;
            let memory = number(Parameter::Memory);
            if threads > memory {
                report(
                    Parameter::ThreadMemory,
                    format!(
                        "All threads together take {threads} GB of the machine's {memory} GB: nothing is left for rows."
                    ),
                    "Use fewer threads, less memory for each, or a bigger machine.".to_owned(),
                );
            }
        }
        Kind::Station => {
            let (servers, capacity) = (number(Parameter::Servers), number(Parameter::Capacity));
            if capacity < servers {
                report(
                    Parameter::Capacity,
                    format!(
                        "A capacity of {capacity} leaves some of the {servers} servers idle for ever."
                    ),
                    format!("Set at least {servers}."),
                );
            }
            let variability = number(Parameter::ServiceVariability);
            let bound = match component.choice(Parameter::ServiceDistribution) {
                Some(Choice::Erlang) if variability > 1.0 => Some(
                    "An Erlang service time varies less than an exponential one: from above 0 to 1.",
                ),
                Some(Choice::HyperExponential) if variability < 1.0 => Some(
                    "A hyperexponential service time varies more than an exponential one: 1 or more.",
                ),
                _ => None,
            };
            if let Some(bound) = bound {
                report(
                    Parameter::ServiceVariability,
                    format!("{bound} This is {variability}."),
                    "Change the variability, or choose the gamma distribution.".to_owned(),
                );
            }
        }
        _ => {}
    }
}
