//! The whole way from a document to its report: compile, solve, price and grade. It decides nothing of its own.

use crate::insight;
use crate::network::{Compiled, Instances, compile};
use crate::report::Report;
use crate::scenario::{ComponentId, Scenario};
use crate::steady::{Precision, Solver};

/// A document's network and what it does.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The network, with how the drawing was understood.
    pub compiled: Compiled,
    /// What it does under today's load.
    pub report: Report,
}

/// Compiles and solves a document. Any document: problems become notes and failing routes, never a panic.
pub fn analyse(scenario: &Scenario) -> Analysis {
    analyse_with(&mut Solver::new(), scenario, Precision::Fast)
}

/// The same with a solver whose workspace is reused from edit to edit.
pub fn analyse_with(solver: &mut Solver, scenario: &Scenario, precision: Precision) -> Analysis {
    let compiled = compile(scenario);
    let report = solver.solve(scenario, &compiled, precision);
    let report = priced(solver, scenario, &compiled, report);
    Analysis { compiled, report }
}

/// The report alone, and without what its figures rest on: for those who try one change after the other and compare figures.
pub fn figures_with(solver: &mut Solver, scenario: &Scenario, precision: Precision) -> Report {
    let compiled = compile(scenario);
    let report = solver.figures(scenario, &compiled, precision);
    priced(solver, scenario, &compiled, report)
}

/// The report with costs and objectives, of the network that was solved last.
fn priced(solver: &Solver, scenario: &Scenario, compiled: &Compiled, mut report: Report) -> Report {
    report.cost = insight::cost(
        scenario,
        &compiled.network,
        &report,
        &solver.calls(&compiled.network),
    );
    report.objectives = insight::grade(scenario, &report);
    report
}

impl Analysis {
    /// Instances with which a simulation's autoscaled components should begin: as many as the load wants that traffic begins with. From the
    /// fewest, a full load at once would break down what has long been running.
    pub fn first_instances(&self, scenario: &Scenario) -> Vec<(ComponentId, u32)> {
        let is_scaled = |instances: Instances| matches!(instances, Instances::Scaled { .. });
        let network = &self.compiled.network;
        if !network
            .stations
            .iter()
            .any(|station| is_scaled(station.instances))
        {
            return Vec::new();
        }
        let begun = network.as_begun().map(|network| {
            let compiled = Compiled {
                network,
                ..self.compiled.clone()
            };
            Solver::new().solve(scenario, &compiled, Precision::Fast)
        });
        let report = begun.as_ref().unwrap_or(&self.report);
        report
            .stations
            .iter()
            .filter(|solved| is_scaled(network.station(solved.station).instances))
            .map(|solved| (solved.component, solved.instances))
            .collect()
    }
}
