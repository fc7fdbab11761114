//! What somebody asks of a design of 20 or 50 parts with four classes: why, with what would move it, and one number over its range. It takes no time.

use crate::systems::design;
use loadscape_sim::analysis::Analysis;
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::insight::{Remedy, Setting, Subject, WhatIf, remedies, values_to_try, why};
use loadscape_sim::scenario::{ClassId, Scenario};
use loadscape_sim::steady::Solver;

/// Points of a sweep, as the page has them.
const POINTS: usize = 40;

/// What is asked about, and what to call it.
pub const SUBJECTS: [(&str, Subject); 7] = [
    ("why with remedies, a class", Subject::Latency(ClassId(1))),
    ("why with remedies, the bottleneck", Subject::Bottleneck),
    ("why with remedies, the bill", Subject::Cost),
    (
        "why with remedies, availability",
        Subject::Availability(None),
    ),
    ("why with remedies, stale reads", Subject::StaleReads(None)),
    (
        "why with remedies, work for later",
        Subject::Completion(None),
    ),
    (
        "why with remedies, what there is to run",
        Subject::Complexity,
    ),
];

/// So many parts of those systems, which are whole up to the last, at a load at which something waits.
pub fn drawn(components: usize) -> Scenario {
    let mut scenario = design(components.next_multiple_of(20));
    scenario.components.truncate(components);
    let last = components as u32;
    scenario
        .links
        .retain(|link| link.from.0 <= last && link.to.0 <= last);
    for component in &mut scenario.components {
        if component.kind == Kind::Clients {
            component
                .parameters
                .insert(Parameter::RequestRate, Value::Number(160.0));
        }
    }
    scenario
}

/// Why, and what would move it.
pub fn ask(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    subject: Subject,
) -> (Option<Vec<String>>, Vec<Remedy>) {
    (
        why(solver, scenario, analysis, subject),
        remedies(solver, scenario, analysis, subject),
    )
}

/// The first clients' rate over its range.
pub fn sweep(solver: &mut Solver, scenario: &Scenario) -> WhatIf {
    let rate = Setting::Component(scenario.components[0].id, Parameter::RequestRate);
    let domain = rate.domain(scenario).expect("clients have a rate");
    let mut what_if = WhatIf::begin(scenario, rate).expect("it is a number");
    for value in values_to_try(domain, what_if.here, POINTS) {
        what_if.extend(solver, scenario, value);
    }
    what_if
}
