//! `compare`: two designs under the same random numbers, and which is better at what. It knows neither how events happen nor how theory
//! is solved.

mod difference;
mod print;

use crate::arguments::{CompareOptions, Format, SimulationOptions};
use crate::input::{Input, unusable};
use crate::runs::{self, Runs};
use crate::service::{self, analyse};
use crate::simulate::remarks;
use crate::{BAD_INPUT, OBJECTIVE_MISSED, load, print};
use difference::{Difference, Side, common_classes, differences};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::insight::{Graded, grade_findings};
use loadscape_sim::units::Seconds;
use std::process::ExitCode;

/// One of the two.
struct Design {
    input: Input,
    analysis: Analysis,
    runs: Runs,
    objectives: Vec<Graded>,
    remarks: Vec<String>,
}

impl Design {
    fn graded(input: Input, analysis: Analysis, runs: Runs) -> Self {
        Design {
            objectives: grade_findings(&input.scenario, &runs.together, &analysis.report),
            remarks: remarks(&input.scenario, &analysis, &runs),
            input,
            analysis,
            runs,
        }
    }

    fn side(&self) -> Side<'_> {
        Side {
            scenario: &self.input.scenario,
            report: &self.analysis.report,
            runs: &self.runs.each,
        }
    }

    fn misses(&self) -> bool {
        self.objectives.iter().any(|graded| !graded.outcome.met)
    }
}

/// Simulates both for the same time, prints what differs, and grades both.
///
/// # Errors
/// Why nothing could be compared, and what to do.
pub fn compare(options: &CompareOptions) -> Result<ExitCode, String> {
    let [a, b] = &options.sources;
    let (a, b) = (load(a, "A: ")?, load(b, "B: ")?);
    let designs = [(&a.scenario, "A: "), (&b.scenario, "B: ")];
    let [of_a, of_b] = service::services(designs, &options.services)?;
    let (solved_a, solved_b) = (analyse(&a.scenario, &of_a)?, analyse(&b.scenario, &of_b)?);
    let subjects = runs::Subject::new(&a.scenario, &solved_a)
        .alike(runs::Subject::new(&b.scenario, &solved_b));
    let [default_a, default_b] = subjects.each_ref().map(|subject| subject.duration().0);
    let longest = Seconds(default_a.max(default_b));
    // Both run alike: as A says, and for as long as B says where A doesn't.
    let asked = options.simulation.or_as_in(&a.scenario.run);
    let asked = asked.or_as_in(&b.scenario.run);
    let simulation = SimulationOptions {
        duration: Some(asked.duration.unwrap_or(longest)),
        ..asked
    };
    let [runs_a, runs_b] = runs::run_both(&subjects, &simulation, "simulating A and B");
    let a = Design::graded(a, solved_a, runs_a);
    let b = Design::graded(b, solved_b, runs_b);
    if common_classes(&a.side(), &b.side()).is_empty() {
        return Err(
            "the designs have no request class in common that is sent; give the classes that stand for the same requests the same name"
                .to_owned(),
        );
    }
    let found: Vec<Difference> = differences(&a.side(), &b.side());
    match options.format {
        Format::Table => print(&print::table(&a, &b, &found, &simulation))?,
        Format::Json => print(&print::json(&a, &b, &found, &simulation)?)?,
    };
    Ok(
        if unusable(&a.input.problems) || unusable(&b.input.problems) {
            ExitCode::from(BAD_INPUT)
        } else if a.misses() || b.misses() {
            ExitCode::from(OBJECTIVE_MISSED)
        } else {
            ExitCode::SUCCESS
        },
    )
}
