//! A sweep's points as CSV and JSON, as docs/simulate-output.md describes them; it computes nothing.

use super::{Point, Setting};
use crate::arguments::SimulationOptions;
use crate::simulate::SCHEMA_VERSION;
use crate::simulate::beside::Figure;
use crate::{json, terminal};
use loadscape_sim::catalog::Value;
use loadscape_sim::report::{ClassReport, Report};
use loadscape_sim::scenario::{ClassId, Problem, Scenario};
use serde::Serialize;
use std::collections::BTreeMap;

/// The times that a point has, by class.
const TIMES: [Figure; 4] = [Figure::Mean, Figure::P50, Figure::P95, Figure::P99];

/// A value as a file has it.
pub fn plain(value: Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Flag(on) => on.to_string(),
        Value::Choice(choice) => choice.name().to_owned(),
        Value::Unlimited(_) => "unlimited".to_owned(),
    }
}

/// One row a point, under a row of names.
pub fn csv(scenario: &Scenario, settings: &[Setting], points: &[Point]) -> String {
    let classes = sent(points);
    let simulated = points.iter().any(|point| point.runs.is_some());
    let class_name = |class: ClassId| {
        let class = scenario.class(class);
        class.map_or(String::new(), |class| terminal::line(&class.name))
    };
    let mut names: Vec<String> = settings
        .iter()
        .map(|setting| setting.name.clone())
        .collect();
    names.extend(["throughput_per_second", "goodput_per_second"].map(str::to_owned));
    for class in &classes {
        let name = class_name(*class);
        names.extend(TIMES.map(|figure| format!("{name}.{}_seconds", figure.name())));
    }
    names.extend(
        [
            "bottleneck",
            "bottleneck_utilisation",
            "cost_dollars_per_month",
            "objectives_missed",
        ]
        .map(str::to_owned),
    );
    if simulated {
        names.extend(["simulated_goodput_per_second", "simulated_settled"].map(str::to_owned));
        for class in &classes {
            let name = class_name(*class);
            for figure in TIMES {
                let figure = figure.name();
                names.push(format!("{name}.simulated_{figure}_seconds"));
                names.push(format!("{name}.simulated_{figure}_half_width_seconds"));
            }
        }
    }
    let mut text = row(names);
    for point in points {
        text.push_str(&row(cells(scenario, &classes, point)));
    }
    text
}

fn cells(scenario: &Scenario, classes: &[ClassId], point: &Point) -> Vec<String> {
    let number = |number: f64| number.to_string();
    let optional = |value: Option<f64>| value.map_or(String::new(), number);
    let report = &point.report;
    let mut cells: Vec<String> = point.values.iter().map(|value| plain(*value)).collect();
    cells.push(number(total(report, |class| class.throughput.0)));
    cells.push(number(total(report, |class| class.goodput.0)));
    for id in classes {
        let class = report.classes.iter().find(|class| class.class == *id);
        cells.extend(TIMES.map(|figure| optional(class.and_then(|class| figure.solved(class)))));
    }
    match &report.bottleneck {
        Some(bottleneck) => {
            let name = scenario.component(bottleneck.component);
            cells.push(name.map_or(String::new(), |component| terminal::line(&component.name)));
            cells.push(number(bottleneck.utilisation));
        }
        None => cells.extend([String::new(), String::new()]),
    }
    cells.push(number(report.cost.total.0));
    cells.push(missed(report).to_string());
    if let Some(runs) = &point.runs {
        let findings = &runs.together;
        let goodput: Option<f64> = findings
            .classes
            .iter()
            .map(|class| class.goodput.map(|goodput| goodput.value))
            .sum();
        cells.push(optional(goodput));
        cells.push(findings.settled.to_string());
        for id in classes {
            let class = findings.classes.iter().find(|class| class.class == *id);
            for figure in TIMES {
                let estimate = class.and_then(|class| figure.simulated(class));
                cells.push(optional(estimate.map(|estimate| estimate.value)));
                cells.push(optional(estimate.and_then(|estimate| estimate.half_width)));
            }
        }
    }
    cells
}

/// A row of CSV (RFC 4180, with a plain line feed). Text that a spreadsheet would take for a formula is kept from it.
fn row(cells: Vec<String>) -> String {
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| {
            let formula = cell.starts_with(['=', '+', '@'])
                || (cell.starts_with('-') && cell.parse::<f64>().is_err());
            let cell = if formula { format!("'{cell}") } else { cell };
            if cell.contains([',', '"', '\n']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        })
        .collect();
    cells.join(",") + "\n"
}

/// Classes that somebody sends at some point.
fn sent(points: &[Point]) -> Vec<ClassId> {
    let mut sent: Vec<ClassId> = Vec::new();
    for class in points.iter().flat_map(|point| &point.report.classes) {
        if class.offered.0 > 0.0 && !sent.contains(&class.class) {
            sent.push(class.class);
        }
    }
    sent.sort();
    sent
}

fn total(report: &Report, figure: fn(&ClassReport) -> f64) -> f64 {
    report
        .classes
        .iter()
        .map(figure)
        .fold(0.0, |sum, rate| sum + rate)
}

fn missed(report: &Report) -> usize {
    report
        .objectives
        .iter()
        .filter(|outcome| !outcome.met)
        .count()
}

#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    title: &'a str,
    seed: Option<u64>,
    points: Vec<Row<'a>>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    values: BTreeMap<&'a str, Value>,
    throughput: f64,
    goodput: f64,
    classes: Vec<Class<'a>>,
    bottleneck: Option<&'a str>,
    bottleneck_utilisation: Option<f64>,
    cost: f64,
    objectives_missed: usize,
    simulation: Option<Simulation>,
}

#[derive(Serialize)]
struct Class<'a> {
    name: &'a str,
    offered: f64,
    goodput: f64,
    times: Option<BTreeMap<&'static str, f64>>,
    simulated: Option<BTreeMap<&'static str, loadscape_sim::des::Estimate>>,
}

#[derive(Serialize)]
struct Simulation {
    duration: f64,
    events: u64,
    settled: bool,
}

/// The whole sweep; numbers that are infinite or undefined are `null`.
///
/// # Errors
/// Never in practice: every part of a result is plain data.
pub fn json(
    scenario: &Scenario,
    settings: &[Setting],
    points: &[Point],
    simulated: Option<&SimulationOptions>,
    problems: &[Problem],
) -> Result<String, String> {
    json::text(&Output {
        schema_version: SCHEMA_VERSION,
        title: &scenario.title,
        seed: simulated.map(|options| options.seed),
        points: points
            .iter()
            .map(|point| json_row(scenario, settings, point))
            .collect(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

fn json_row<'a>(scenario: &'a Scenario, settings: &'a [Setting], point: &Point) -> Row<'a> {
    let report = &point.report;
    let bottleneck = report.bottleneck.as_ref();
    let classes = report
        .classes
        .iter()
        .filter(|class| class.offered.0 > 0.0)
        .map(|class| {
            let found = point
                .runs
                .iter()
                .flat_map(|runs| &runs.together.classes)
                .find(|found| found.class == class.class);
            Class {
                name: scenario
                    .class(class.class)
                    .map_or("", |class| class.name.as_str()),
                offered: class.offered.0,
                goodput: class.goodput.0,
                times: TIMES
                    .iter()
                    .map(|figure| Some((figure.name(), figure.solved(class)?)))
                    .collect(),
                simulated: found.map(|found| {
                    TIMES
                        .iter()
                        .filter_map(|figure| Some((figure.name(), figure.simulated(found)?)))
                        .collect()
                }),
            }
        });
    Row {
        values: settings
            .iter()
            .map(|setting| setting.name.as_str())
            .zip(point.values.iter().copied())
            .collect(),
        throughput: total(report, |class| class.throughput.0),
        goodput: total(report, |class| class.goodput.0),
        classes: classes.collect(),
        bottleneck: bottleneck
            .and_then(|bottleneck| scenario.component(bottleneck.component))
            .map(|component| component.name.as_str()),
        bottleneck_utilisation: bottleneck.map(|bottleneck| bottleneck.utilisation),
        cost: report.cost.total.0,
        objectives_missed: missed(report),
        simulation: point.runs.as_ref().map(|runs| Simulation {
            duration: runs.duration.0,
            events: runs.together.events,
            settled: runs.together.settled,
        }),
    }
}
