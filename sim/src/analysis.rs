//! The whole way from a document to its report: compile, solve, price and grade. It decides nothing of its own.

use crate::insight;
use crate::network::{Compiled, Instances, compile};
use crate::report::{Latency, Report};
use crate::scenario::{ClassId, ComponentId, Scenario};
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
    solved(solver, scenario, compile(scenario), precision)
}

/// The same of a document that is compiled already: its network may have been told since what no document says.
pub fn analyse_compiled(scenario: &Scenario, compiled: Compiled) -> Analysis {
    solved(&mut Solver::new(), scenario, compiled, Precision::Fast)
}

fn solved(
    solver: &mut Solver,
    scenario: &Scenario,
    compiled: Compiled,
    precision: Precision,
) -> Analysis {
    let report = solver.solve(scenario, &compiled, precision);
    let report = priced(solver, scenario, &compiled, report);
    Analysis { compiled, report }
}

/// The report alone, and without what its figures rest on: for those who try one change after the other and compare figures.
pub fn figures_with(solver: &mut Solver, scenario: &Scenario, precision: Precision) -> Report {
    Trial::begin(solver, scenario, precision).finish(solver)
}

/// A changed document that is worked out only as far as somebody asks: each step of it takes as long as the one before.
pub(crate) struct Trial<'a> {
    scenario: &'a Scenario,
    compiled: Compiled,
    precision: Precision,
    prepared: bool,
    /// By class, as far as they have been asked for.
    latencies: Vec<Option<Option<Latency>>>,
}

impl<'a> Trial<'a> {
    /// Compiles the document and solves its means. The solver is to solve nothing else until the end.
    pub fn begin(solver: &mut Solver, scenario: &'a Scenario, precision: Precision) -> Self {
        let compiled = compile(scenario);
        solver.means(&compiled.network);
        Trial {
            scenario,
            prepared: false,
            latencies: vec![None; compiled.network.classes.len()],
            compiled,
            precision,
        }
    }

    /// The changed document.
    pub fn scenario(&self) -> &Scenario {
        self.scenario
    }

    /// The network that it was compiled to.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// Rates and costs. Costs that go by time are those of means.
    pub fn outline(&self, solver: &Solver) -> Report {
        let (scenario, network) = (self.scenario, &self.compiled.network);
        let mut report = solver.outline(scenario, &self.compiled);
        report.cost = insight::cost(scenario, network, &report, &solver.calls(network));
        report
    }

    /// The response times of a class as its own stations have them: what limits the whole may still leave it without any.
    pub fn latency(&mut self, solver: &mut Solver, class: ClassId) -> Option<Latency> {
        let mut classes = self.compiled.network.classes.iter();
        let place = classes.position(|own| own.class == class)?;
        self.latency_at(solver, place)
    }

    fn latency_at(&mut self, solver: &mut Solver, place: usize) -> Option<Latency> {
        let network = &self.compiled.network;
        if !self.prepared {
            solver.prepare_percentiles(network, self.precision);
            self.prepared = true;
        }
        *self.latencies[place]
            .get_or_insert_with(|| solver.latency(network, place as u32, self.precision))
    }

    /// The report, as [`figures_with`] gives it.
    pub fn finish(&mut self, solver: &mut Solver) -> Report {
        let latencies: Vec<Option<Latency>> = (0..self.latencies.len())
            .map(|place| self.latency_at(solver, place))
            .collect();
        let report = solver.add_up(self.scenario, &self.compiled, &latencies);
        priced(solver, self.scenario, &self.compiled, report)
    }
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
