//! `sweep`: a scenario solved, and simulated if wanted, at every point of a grid, over all cores. It knows neither solver nor engine.

mod print;
mod setting;

use crate::arguments::{SimulationOptions, SweepOptions};
use crate::input::unusable;
use crate::runs::{self, Bar, Runs};
use crate::{BAD_INPUT, OBJECTIVE_MISSED, load, print, terminal};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::Value;
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{Problem, Scenario, validate};
use rayon::prelude::*;
use setting::Setting;
use std::process::ExitCode;

/// Most points of a grid.
const MOST_POINTS: usize = 1_000_000;

/// One point of the grid and what came of it.
struct Point {
    /// The value of each setting, in their order.
    values: Vec<Value>,
    report: Report,
    runs: Option<Runs>,
    /// What is wrong with the scenario at this point.
    problems: Vec<Problem>,
}

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
        let same = |other: &&Setting| {
            (other.component, other.parameter) == (setting.component, setting.parameter)
        };
        if settings[..place].iter().any(|other| same(&other)) {
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
    let bar = Bar::new("sweeping");
    let points: Vec<Point> = (0..count)
        .into_par_iter()
        .map(|place| {
            let point = solve(scenario, &settings, place, options.simulation.as_ref());
            let events = point.runs.as_ref().map_or(0, |runs| runs.together.events);
            bar.advance(1.0 / count as f64, events);
            point
        })
        .collect();
    bar.end();
    let bad = complain(&settings, &points, &input.problems);
    if options.json {
        print(&print::json(
            scenario,
            &settings,
            &points,
            options.simulation.as_ref(),
            &input.problems,
        )?)?;
    } else {
        print(&print::csv(scenario, &settings, &points))?;
    }
    let missed = points
        .iter()
        .any(|point| point.report.objectives.iter().any(|outcome| !outcome.met));
    Ok(if bad || unusable(&input.problems) {
        ExitCode::from(BAD_INPUT)
    } else if missed {
        ExitCode::from(OBJECTIVE_MISSED)
    } else {
        ExitCode::SUCCESS
    })
}

/// The point at this place of the grid: the last setting changes fastest.
fn solve(
    scenario: &Scenario,
    settings: &[Setting],
    place: usize,
    simulated: Option<&SimulationOptions>,
) -> Point {
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
    let mut changed = scenario.clone();
    for (setting, value) in settings.iter().zip(&values) {
        for component in &mut changed.components {
            if component.id == setting.component {
                component.parameters.insert(setting.parameter, *value);
            }
        }
    }
    let analysis = analyse(&changed);
    let runs = simulated.map(|options| runs::run_quietly(&runs::Subject::new(&analysis), options));
    Point {
        values,
        report: analysis.report,
        runs,
        problems: validate(&changed),
    }
}

/// Says what is wrong at some point and wasn't before, once; true when such a point can't be trusted.
fn complain(settings: &[Setting], points: &[Point], known: &[Problem]) -> bool {
    let mut said: Vec<String> = known.iter().map(ToString::to_string).collect();
    let mut bad = false;
    for point in points {
        for problem in &point.problems {
            let text = problem.to_string();
            if said.contains(&text) {
                continue;
            }
            bad |= unusable(std::slice::from_ref(problem));
            let at: Vec<String> = settings
                .iter()
                .zip(&point.values)
                .map(|(setting, value)| format!("{}={}", setting.name, print::plain(*value)))
                .collect();
            eprintln!("at {}: {}", at.join(" "), terminal::line(&text));
            said.push(text);
        }
    }
    bad
}
