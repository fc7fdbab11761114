//! `simulate`: one scenario event by event, beside the solver's answer. It knows neither how events happen nor how theory is solved.

pub mod beside;
mod copies;
mod faults;
mod json;
mod messages;
mod protection;
mod remarks;
mod table;
mod waterfall;

pub use json::{Outcome, Run, SCHEMA_VERSION};
pub use remarks::remarks;
use remarks::short_runs;
pub use table::objectives;

use crate::arguments::{Format, SimulateOptions, SimulationOptions};
use crate::input::{self, Input};
use crate::replay::replay;
use crate::{OBJECTIVE_MISSED, load, print, runs, service};
use beside::Pair;
use loadscape_sim::analysis::Analysis;
use loadscape_sim::des::Trace;
use loadscape_sim::insight::{Graded, grade_findings};
use loadscape_sim::units::Seconds;
use std::process::ExitCode;

/// Everything that there is to say.
struct Simulated<'a> {
    input: &'a Input,
    analysis: &'a Analysis,
    options: &'a SimulationOptions,
    runs: runs::Runs,
    pairs: Vec<Pair>,
    objectives: Vec<Graded>,
    remarks: Vec<String>,
    traces: Vec<Trace>,
}

/// Simulates, prints and grades.
///
/// # Errors
/// Why nothing could be simulated, and what to do.
pub fn simulate(options: &SimulateOptions) -> Result<ExitCode, String> {
    let mut input = load(&options.source, "")?;
    let mut replays = Vec::new();
    for word in &options.replays {
        let replay = replay(&mut input.scenario, word)?;
        replay.check_beside(&replays)?;
        eprintln!("{}", replay.told());
        replays.push(replay);
    }
    let [services] = service::services([(&input.scenario, "")], &options.services)?;
    let mut analysis = service::analyse(&input.scenario, &services)?;
    let mut simulation = options.simulation.or_as_in(&input.scenario.run);
    for replay in &replays {
        replay.follow(&mut analysis.compiled.network)?;
        if options.simulation.duration.is_none() && replay.end.0 > 0.0 {
            let longest = simulation.duration.map_or(0.0, |longest| longest.0);
            simulation.duration = Some(Seconds(replay.end.0.max(longest)));
        }
    }
    let mut subject = runs::Subject::new(&input.scenario, &analysis).told(&simulation);
    if !replays.is_empty() && options.simulation.duration.is_none() {
        subject = subject.until_all_is_answered();
    }
    let runs = runs::run(&subject, &simulation, "simulating");
    let traces = match options.traces {
        0 => Vec::new(),
        count => runs::traces(&subject, &simulation, &runs, count),
    };
    let together = &runs.together;
    let mut remarks = remarks(&input.scenario, &analysis, &runs);
    remarks.extend(short_runs(&input.scenario, &runs));
    let simulated = Simulated {
        pairs: beside::pairs(together, &analysis.report),
        objectives: grade_findings(&input.scenario, together, &analysis.report),
        remarks,
        input: &input,
        analysis: &analysis,
        options: &simulation,
        runs,
        traces,
    };
    match options.format {
        Format::Table => print(&table::render(&simulated))?,
        Format::Json => print(&json::render(&simulated)?)?,
    };
    if input::unusable(&input.problems) {
        return Ok(ExitCode::from(crate::BAD_INPUT));
    }
    let missed = simulated
        .objectives
        .iter()
        .any(|graded| !graded.outcome.met);
    Ok(if missed {
        ExitCode::from(OBJECTIVE_MISSED)
    } else {
        ExitCode::SUCCESS
    })
}
