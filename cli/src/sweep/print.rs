//! A sweep's points as CSV and JSON, as docs/simulate-output.md describes them; it computes nothing.

use super::{Point, Setting, TIMES};
use crate::arguments::SimulationOptions;
use crate::simulate::SCHEMA_VERSION;
use crate::{json, terminal};
use loadscape_sim::catalog::Value;
use loadscape_sim::scenario::{ClassId, Problem, Scenario};
use serde::Serialize;
use std::collections::BTreeMap;

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
    let simulated = points.iter().any(|point| point.simulation.is_some());
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
    let mut cells: Vec<String> = point.values.iter().map(|value| plain(*value)).collect();
    cells.extend([point.throughput, point.goodput].map(number));
    let class = |id| point.classes.iter().find(|class| class.class == id);
    for id in classes {
        let solved = class(*id).map_or([None; TIMES.len()], |class| class.solved);
        cells.extend(solved.map(optional));
    }
    match point.bottleneck {
        Some((component, utilisation)) => {
            let name = scenario.component(component);
            cells.push(name.map_or(String::new(), |component| terminal::line(&component.name)));
            cells.push(number(utilisation));
        }
        None => cells.extend([String::new(), String::new()]),
    }
    cells.push(number(point.cost));
    cells.push(point.objectives_missed.to_string());
    if let Some(simulation) = &point.simulation {
        cells.push(optional(simulation.goodput));
        cells.push(simulation.settled.to_string());
        for id in classes {
            let simulated = class(*id).map_or([None; TIMES.len()], |class| class.simulated);
            for estimate in simulated {
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
    for class in points.iter().flat_map(|point| &point.classes) {
        if !sent.contains(&class.class) {
            sent.push(class.class);
        }
    }
    sent.sort();
    sent
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
        seed: simulated.map(|options| options.first_seed()),
        points: points
            .iter()
            .map(|point| json_row(scenario, settings, point))
            .collect(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

fn json_row<'a>(scenario: &'a Scenario, settings: &'a [Setting], point: &Point) -> Row<'a> {
    let simulated = point.simulation.is_some();
    let classes = point.classes.iter().map(|class| Class {
        name: scenario
            .class(class.class)
            .map_or("", |class| class.name.as_str()),
        offered: class.offered,
        goodput: class.goodput,
        times: TIMES
            .iter()
            .zip(class.solved)
            .map(|(figure, solved)| Some((figure.name(), solved?)))
            .collect(),
        simulated: simulated.then(|| {
            TIMES
                .iter()
                .zip(class.simulated)
                .filter_map(|(figure, simulated)| Some((figure.name(), simulated?)))
                .collect()
        }),
    });
    Row {
        values: settings
            .iter()
            .map(|setting| setting.name.as_str())
            .zip(point.values.iter().copied())
            .collect(),
        throughput: point.throughput,
        goodput: point.goodput,
        classes: classes.collect(),
        bottleneck: point
            .bottleneck
            .and_then(|(component, _)| scenario.component(component))
            .map(|component| component.name.as_str()),
        bottleneck_utilisation: point.bottleneck.map(|(_, utilisation)| utilisation),
        cost: point.cost,
        objectives_missed: point.objectives_missed,
        simulation: point.simulation.as_ref().map(|simulation| Simulation {
            duration: simulation.duration.0,
            events: simulation.events,
            settled: simulation.settled,
        }),
    }
}
