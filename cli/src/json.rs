//! The result as JSON for programs, as docs/solve-output.md describes it.

use crate::terminal;
use loadscape_sim::analysis::Analysis;
use loadscape_sim::insight::{self, Availability, Complexity, Consistency, Price, SecurityFinding};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{Problem, Scenario};
use serde::Serialize;
use std::collections::BTreeMap;

/// Raised whenever a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    title: &'a str,
    /// Names of what the report names by id.
    names: Names<'a>,
    /// Why the bottleneck is one.
    why: Option<String>,
    report: &'a Report,
    /// What the design costs besides money.
    price: Paid,
    problems: Vec<String>,
}

/// The price without the money, which the report has.
#[derive(Serialize)]
struct Paid {
    availability: Availability,
    consistency: Consistency,
    security: Vec<SecurityFinding>,
    complexity: Complexity,
}

impl Paid {
    fn of(price: Price) -> Self {
        Paid {
            availability: price.availability,
            consistency: price.consistency,
            security: price.security,
            complexity: price.complexity,
        }
    }
}

/// What ids stand for.
#[derive(Serialize)]
pub struct Names<'a> {
    components: BTreeMap<u32, &'a str>,
    classes: BTreeMap<u32, &'a str>,
}

impl<'a> Names<'a> {
    /// The names of a scenario's parts.
    pub fn of(scenario: &'a Scenario) -> Self {
        let components = scenario.components.iter();
        let classes = scenario.classes.iter();
        Names {
            components: components
                .map(|component| (component.id.0, component.name.as_str()))
                .collect(),
            classes: classes
                .map(|class| (class.id.0, class.name.as_str()))
                .collect(),
        }
    }
}

/// Any result as text that a terminal doesn't obey.
///
/// # Errors
/// Never in practice: every part of a result is plain data.
pub fn text(output: &impl Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(output)
        .map(|text| terminal::json(&text) + "\n")
        .map_err(|error| format!("can't write the result as JSON: {error}"))
}

/// The whole result; numbers that are infinite or undefined are `null`.
///
/// # Errors
/// Never in practice: every part of a report is plain data.
pub fn render(
    scenario: &Scenario,
    analysis: &Analysis,
    problems: &[Problem],
) -> Result<String, String> {
    let output = Output {
        schema_version: SCHEMA_VERSION,
        title: &scenario.title,
        names: Names::of(scenario),
        why: insight::why_bottleneck(scenario, &analysis.report),
        report: &analysis.report,
        price: Paid::of(insight::price(scenario, analysis)),
        problems: problems.iter().map(ToString::to_string).collect(),
    };
    text(&output)
}
