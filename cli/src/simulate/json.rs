//! A simulation as JSON for programs, as docs/simulate-output.md describes it.

use super::Simulated;
use super::beside::Pair;
use crate::arguments::SimulationOptions;
use crate::json::{Names, text};
use crate::runs::Runs;
use loadscape_sim::des::{Findings, Trace};
use loadscape_sim::insight::Graded;
use loadscape_sim::report::{ObjectiveOutcome, Report};
use serde::Serialize;

/// Raised whenever a field changes its meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    title: &'a str,
    names: Names<'a>,
    simulation: Run,
    findings: &'a Findings,
    theory: &'a Report,
    comparison: &'a [Pair],
    objectives: Vec<Outcome<'a>>,
    remarks: &'a [String],
    traces: &'a [Trace],
    problems: Vec<String>,
}

/// What was run.
#[derive(Serialize)]
pub struct Run {
    seed: u64,
    replications: u32,
    duration: f64,
    precision: Option<Wanted>,
}

impl Run {
    /// What the options led to.
    pub fn of(options: &SimulationOptions, runs: &Runs) -> Self {
        Run {
            seed: options.first_seed(),
            replications: options.replications,
            duration: runs.duration.0,
            precision: runs.precision.map(|precision| Wanted {
                wanted: precision.wanted,
                widest: precision.widest,
                reached: precision.reached,
            }),
        }
    }
}

#[derive(Serialize)]
struct Wanted {
    wanted: f64,
    widest: Option<f64>,
    reached: bool,
}

/// A graded objective.
#[derive(Serialize)]
pub struct Outcome<'a> {
    #[serde(flatten)]
    outcome: &'a ObjectiveOutcome,
    half_width: Option<f64>,
    sure: bool,
    undecided: bool,
}

impl<'a> Outcome<'a> {
    /// How it was graded, and how surely.
    pub fn of(graded: &'a Graded) -> Self {
        Outcome {
            outcome: &graded.outcome,
            half_width: graded.half_width,
            sure: graded.sure,
            undecided: graded.undecided,
        }
    }
}

/// The whole result; numbers that are infinite or undefined are `null`.
///
/// # Errors
/// Never in practice: every part of a result is plain data.
pub fn render(simulated: &Simulated) -> Result<String, String> {
    let scenario = &simulated.input.scenario;
    let problems = &simulated.input.problems;
    text(&Output {
        schema_version: SCHEMA_VERSION,
        title: &scenario.title,
        names: Names::of(scenario),
        simulation: Run::of(simulated.options, &simulated.runs),
        findings: &simulated.runs.together,
        theory: &simulated.analysis.report,
        comparison: &simulated.pairs,
        objectives: simulated.objectives.iter().map(Outcome::of).collect(),
        remarks: &simulated.remarks,
        traces: &simulated.traces,
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}
