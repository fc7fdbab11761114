//! The whole way from a document to its report: compile, solve, price and grade. It decides nothing of its own.

use crate::insight;
use crate::network::{Compiled, compile};
use crate::report::Report;
use crate::scenario::Scenario;
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
    let mut report = solver.solve(scenario, &compiled, precision);
    report.cost = insight::cost(
        scenario,
        &compiled.network,
        &report,
        &solver.calls(&compiled.network),
    );
    report.objectives = insight::grade(scenario, &report);
    Analysis { compiled, report }
}
