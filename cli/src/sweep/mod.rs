//! `sweep`: a scenario solved, and simulated if wanted, at every point of a grid, over all cores. It knows neither solver nor engine.

mod names;
mod print;
mod setting;
mod target;

pub use names::component;

use crate::arguments::{SimulationOptions, SweepOptions};
use crate::input::{Input, unusable};
use crate::runs::{self, Bar};
use crate::service::{self, Service};
use crate::simulate::beside::Figure;
use crate::{BAD_INPUT, OBJECTIVE_MISSED, load, print, terminal};
use loadscape_sim::catalog::{Condition, Value};
use loadscape_sim::des::Estimate;
use loadscape_sim::insight;
use loadscape_sim::report::ClassReport;
use loadscape_sim::scenario::{ClassId, ComponentId, Problem, Scenario, validate};
use loadscape_sim::units::Seconds;
use rayon::prelude::*;
use setting::Setting;
use std::process::ExitCode;

/// Most points of a grid.
const MOST_POINTS: usize = 1_000_000;

/// One point of the grid and what came of it: no more than is printed, since there may be a million of them.
struct Point {
    /// The value of each setting, in their order.
    values: Vec<Value>,
    /// Whether each setting has an effect here.
    applies: Vec<bool>,
    /// Requests that are answered, over all classes, a second.
    throughput: f64,
    /// The same, answered well.
    goodput: f64,
    /// The classes that are sent.
    classes: Vec<PointClass>,
    /// What gives way first, and what it is asked for over what it can do.
    bottleneck: Option<(ComponentId, f64)>,
    /// Dollars a month.
    cost: f64,
    objectives_missed: usize,
    simulation: Option<PointSimulation>,
    /// What is wrong with the scenario here and isn't elsewhere.
    problems: Vec<Problem>,
}

/// A class at a point.
struct PointClass {
    class: ClassId,
    offered: f64,
    goodput: f64,
    /// Of each of [`TIMES`], in seconds; `None` without a steady state.
    solved: [Option<f64>; TIMES.len()],
    /// The same, simulated; `None` where nothing was, or there were too few samples.
    simulated: [Option<Estimate>; TIMES.len()],
}

/// A point's simulation.
struct PointSimulation {
    duration: Seconds,
    events: u64,
    settled: bool,
    /// Requests answered well, over all classes, a second.
    goodput: Option<f64>,
}

/// The times that a point has, by class.
const TIMES: [Figure; 4] = [Figure::Mean, Figure::P50, Figure::P95, Figure::P99];

/// Solves all points and prints a row for each.
///
/// # Errors
/// Why nothing could be solved, and what to do.
pub fn sweep(options: &SweepOptions) -> Result<ExitCode, String> {
    let input = load(&options.source, "")?;
    let scenario = &input.scenario;
    let settings = options
        .settings
        .iter()
        .map(|text| setting::parse(scenario, text))
        .collect::<Result<Vec<Setting>, String>>()?;
    for (place, setting) in settings.iter().enumerate() {
        let same = |other: &Setting| other.setting == setting.setting;
        if settings[..place].iter().any(same) {
            return Err(format!(
                "{} is set twice; put its values into one --set",
                setting.name
            ));
        }
    }
    let count = settings.iter().try_fold(1_usize, |count, setting| {
        count
            .checked_mul(setting.values.len())
            .filter(|count| *count <= MOST_POINTS)
    });
    let Some(count) = count else {
        return Err(format!(
            "that is a grid of more than {MOST_POINTS} points; take fewer steps, or sweep one parameter after the other"
        ));
    };
    let simulation = options
        .simulation
        .map(|given| given.or_as_in(&scenario.run));
    let [services] = service::services([(scenario, "")], &options.services)?;
    let bar = Bar::new("sweeping");
    let points: Result<Vec<Point>, String> = (0..count)
        .into_par_iter()
        .map(|place| {
            let simulated = simulation.as_ref();
            let point = solve(&input, &services, &settings, place, simulated)?;
            let events = point.simulation.as_ref();
            let events = events.map_or(0, |simulation| simulation.events);
            bar.advance(1.0 / count as f64, events);
            Ok(point)
        })
        .collect();
    bar.end();
    let points = points?;
    point_out_idle(&settings, &points);
    if simulation.is_none() {
        point_out_runs(scenario, &settings);
    }
    let bad = complain(&settings, &points);
    if options.json {
        print(&print::json(
            scenario,
            &settings,
            &points,
            simulation.as_ref(),
            &input.problems,
        )?)?;
    } else {
        print(&print::csv(scenario, &settings, &points))?;
    }
    let missed = points.iter().any(|point| point.objectives_missed > 0);
    Ok(if bad || unusable(&input.problems) {
        ExitCode::from(BAD_INPUT)
    } else if missed {
        ExitCode::from(OBJECTIVE_MISSED)
    } else {
        ExitCode::SUCCESS
    })
}

/// The point at this place of the grid: the last setting changes fastest.
///
/// # Errors
/// When measured service times can't be those of the point.
fn solve(
    input: &Input,
    services: &[Service],
    settings: &[Setting],
    place: usize,
    simulated: Option<&SimulationOptions>,
) -> Result<Point, String> {
    let mut rest = place;
    let mut values: Vec<Value> = settings
        .iter()
        .rev()
        .map(|setting| {
            let value = setting.values[rest % setting.values.len()];
            rest /= setting.values.len();
            value
        })
        .collect();
    values.reverse();
    let mut changed = input.scenario.clone();
    for (setting, value) in settings.iter().zip(&values) {
        setting.setting.set(&mut changed, *value);
    }
    let applies = settings
        .iter()
        .map(|setting| applies(&changed, setting.setting));
    let applies: Vec<bool> = applies.collect();
    let analysis = service::analyse(&changed, services)
        .map_err(|error| format!("at {}: {error}", at(settings, &values)))?;
    let runs = simulated
        .map(|options| runs::run_quietly(&runs::Subject::new(&changed, &analysis), options));
    let findings = runs.as_ref().map(|runs| &runs.together);
    let report = &analysis.report;
    let classes = report
        .classes
        .iter()
        .enumerate()
        .filter(|(_, class)| class.offered.0 > 0.0)
        .map(|(place, class)| {
            let found = findings.and_then(|findings| findings.classes.get(place));
            PointClass {
                class: class.class,
                offered: class.offered.0,
                goodput: class.goodput.0,
                solved: TIMES.map(|figure| figure.solved(class)),
                simulated: TIMES.map(|figure| figure.simulated(found?)),
            }
        });
    let total = |figure: fn(&ClassReport) -> f64| report.classes.iter().map(figure).sum::<f64>();
    let bottleneck = report.bottleneck.as_ref();
    let mut problems = validate(&changed);
    problems.retain(|problem| !input.problems.contains(problem));
    Ok(Point {
        values,
        applies,
        throughput: total(|class| class.throughput.0),
        goodput: total(|class| class.goodput.0),
        classes: classes.collect(),
        bottleneck: bottleneck.map(|found| (found.component, found.utilisation)),
        cost: report.cost.total.0,
        objectives_missed: report
            .objectives
            .iter()
            .filter(|outcome| !outcome.met)
            .count(),
        simulation: runs.as_ref().map(|runs| PointSimulation {
            duration: runs.duration,
            events: runs.together.events,
            settled: runs.together.settled,
            goodput: runs
                .together
                .classes
                .iter()
                .map(|class| class.goodput.map(|goodput| goodput.value))
                .sum(),
        }),
        problems,
    })
}

/// Whether a setting has an effect as the others stand.
fn applies(scenario: &Scenario, setting: insight::Setting) -> bool {
    match setting {
        insight::Setting::Component(id, parameter) => {
            let component = scenario.component(id);
            component.is_some_and(|component| component.applies(parameter))
        }
        _ => true,
    }
}

/// Says which settings only a run depends on, where nothing is run.
fn point_out_runs(scenario: &Scenario, settings: &[Setting]) {
    for setting in settings {
        if setting.setting.is_through_time(scenario) {
            eprintln!(
                "a steady state doesn't depend on {}; add --simulate to see what does",
                setting.name
            );
        }
    }
}

/// The values of a point in words.
fn at(settings: &[Setting], values: &[Value]) -> String {
    let values = settings.iter().zip(values);
    let at: Vec<String> = values
        .map(|(setting, value)| format!("{}={}", setting.name, print::plain(*value)))
        .collect();
    at.join(" ")
}

/// Says which settings change nothing wherever they are set, and why.
fn point_out_idle(settings: &[Setting], points: &[Point]) {
    for (place, setting) in settings.iter().enumerate() {
        if points.iter().any(|point| point.applies[place]) {
            continue;
        }
        let remedy = match setting.condition {
            Some(Condition::FlagIsOn(flag)) => format!("{}=on", flag.name()),
            Some(Condition::ChoiceIs(other, choices)) => {
                let names: Vec<&str> = choices.iter().map(|choice| choice.name()).collect();
                format!("{}={}", other.name(), names.join(","))
            }
            None => continue,
        };
        let (component, _) = setting.name.rsplit_once('.').unwrap_or((&setting.name, ""));
        eprintln!(
            "{} has no effect here, so that all its points are the same; it has with --set '{component}.{remedy}'",
            setting.name
        );
    }
}

/// Says what is wrong at some point and wasn't before, once; true when such a point can't be trusted.
fn complain(settings: &[Setting], points: &[Point]) -> bool {
    let mut said: Vec<String> = Vec::new();
    let mut bad = false;
    for point in points {
        for problem in &point.problems {
            let text = problem.to_string();
            if said.contains(&text) {
                continue;
            }
            bad |= unusable(std::slice::from_ref(problem));
            let at = at(settings, &point.values);
            eprintln!("at {at}: {}", terminal::line(&text));
            said.push(text);
        }
    }
    bad
}
