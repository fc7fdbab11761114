//! Runs both engines on a design and compares them, by one stated rule. It doesn't know how either works.

use super::designs::design;
use crate::measure::cases::Effort;
use crate::measure::{on_all_cores, run};
use loadscape_sim::analysis::analyse_with;
use loadscape_sim::catalog::Kind as PartKind;
use loadscape_sim::des::{Estimate, Findings};
use loadscape_sim::network::{Arrivals, Network, Step, StepId};
use loadscape_sim::report::{Assumption, Report, Standing, StationClassReport};
use loadscape_sim::scenario::{ClassId, ComponentId};
use loadscape_sim::steady::{Precision, Solver};
use std::collections::BTreeSet;

/// What is compared, and by how much it may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Mean,
    P99,
    Throughput,
    Goodput,
    Completion,
    Utilisation,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::Mean,
        Kind::P99,
        Kind::Throughput,
        Kind::Goodput,
        Kind::Completion,
        Kind::Utilisation,
    ];

    /// How it is called.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Mean => "mean response time",
            Kind::P99 => "99th percentile",
            Kind::Throughput => "answers a second",
            Kind::Goodput => "good answers a second",
            Kind::Completion => "mean time to completion",
            Kind::Utilisation => "utilisation",
        }
    }

    /// Relative difference that is still agreement.
    pub fn tolerance(self) -> f64 {
        match self {
            Kind::P99 => 0.1,
            _ => 0.05,
        }
    }

    /// Difference that is agreement whatever the figure: a utilisation of 1 % needn't be known to a twentieth.
    pub fn least(self) -> f64 {
        match self {
            Kind::Utilisation => 0.01,
            _ => 0.0,
        }
    }
}

/// One figure by both engines.
#[derive(Clone, Debug)]
pub struct Figure {
    pub kind: Kind,
    /// Whose: a class, or a station by its component and role.
    pub place: String,
    /// The class; `None` for stations.
    pub class: Option<ClassId>,
    pub steady: f64,
    pub simulated: Estimate,
    /// Assumptions of the solver on the way that it says itself are doubtful here, by what they rest on.
    pub marks: BTreeSet<&'static str>,
}

impl Figure {
    /// How far the solver is off, as a share of the simulated figure.
    pub fn error(&self) -> f64 {
        (self.steady - self.simulated.value) / self.simulated.value
    }

    /// Half the width of the simulation's interval as a share of the figure.
    pub fn half_width(&self) -> f64 {
        self.simulated.relative().unwrap_or(f64::INFINITY)
    }

    /// Whether the estimates alone are within the tolerance of each other.
    pub fn is_within(&self) -> bool {
        (self.steady - self.simulated.value).abs() <= self.allowed()
    }

    /// The rule: off by more than the tolerance and the half-width of the simulation's 95 % interval together.
    pub fn differs(&self) -> bool {
        let width = self.simulated.half_width.unwrap_or(f64::INFINITY);
        let off = (self.steady - self.simulated.value).abs();
        off.is_nan() || off > self.allowed() + width
    }

    /// By how much the solver's may be off.
    fn allowed(&self) -> f64 {
        self.kind.tolerance() * self.simulated.value + self.kind.least()
    }

    /// Whether the run was long enough to tell agreement from difference: the interval is within the tolerance.
    pub fn is_decided(&self) -> bool {
        self.half_width() <= self.kind.tolerance() || self.steady < self.kind.least()
    }
}

/// A design by both engines.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub seed: u64,
    /// The kinds of its parts.
    pub kinds: BTreeSet<PartKind>,
    pub figures: Vec<Figure>,
    /// Arrivals and ended services of the run, or of both.
    pub events: u64,
    /// Whether a figure differed without a mark, so that the design was run once more.
    pub again: bool,
}

/// So many times longer than the first is the run that says whether a figure really differs without a mark. Of thousands of figures some are far
/// outside an interval that is right nineteen times in twenty, and a percentile of a busy queue more often: its slow requests come in bunches, of which
/// a short run has few, or none and doesn't know it.
const LONGER: f64 = 16.0;

/// Which designs, and how long the runs may be.
#[derive(Clone, Debug)]
pub struct Extent {
    pub seeds: std::ops::Range<u64>,
    pub effort: Effort,
}

/// Both engines on all of these designs.
pub fn measured(extent: &Extent) -> Vec<Comparison> {
    let count = (extent.seeds.end - extent.seeds.start) as usize;
    on_all_cores(count, |index| {
        compare(extent.seeds.start + index as u64, extent.effort)
    })
}

fn compare(seed: u64, effort: Effort) -> Comparison {
    let scenario = design(seed);
    let analysis = analyse_with(&mut Solver::new(), &scenario, Precision::Fast);
    let (network, report) = (&analysis.compiled.network, analysis.report);
    let wanted = |findings: &Findings| {
        let figures = figures(network, &report, &|kind, index| {
            simulated(findings, kind, index)
        });
        figures
            .into_iter()
            .filter(|figure| figure.steady >= figure.kind.least())
            .map(|figure| {
                let goal = figure.kind.tolerance() / effort.half_widths;
                (Some(figure.simulated), goal)
            })
            .collect()
    };
    let judged = |findings: &Findings| {
        figures(network, &report, &|kind, index| {
            let mut estimate = simulated(findings, kind, index)?;
            if misses_rare(&report, kind, index, findings.seconds) {
                estimate.half_width = None;
            }
            Some(estimate)
        })
    };
    let findings = run::run(&analysis.compiled, effort, &wanted);
    let mut comparison = Comparison {
        seed,
        kinds: scenario.components.iter().map(|part| part.kind).collect(),
        figures: judged(&findings),
        events: findings.events,
        again: false,
    };
    let mut figures = comparison.figures.iter();
    if figures.any(|figure| figure.differs() && figure.marks.is_empty()) {
        let findings = run::run_apart(&analysis.compiled, LONGER * findings.seconds);
        comparison.figures = judged(&findings);
        comparison.events += findings.events;
        comparison.again = true;
    }
    comparison
}

/// Whether a run of so many seconds is too short for services that are long and rare: for fewer than so many of a length, or so many of them in all,
/// of what makes up this share of the class's time, or of the station's. Its intervals then know nothing of what the run never saw.
fn misses_rare(report: &Report, kind: Kind, index: usize, seconds: f64) -> bool {
    const FEWEST: f64 = 100.0;
    const SHARE: f64 = 0.01;
    let rare = |load: &StationClassReport, time: f64| {
        let few = seconds < FEWEST * load.service.0 || seconds * load.arrival.0 < FEWEST;
        few && load.arrival.0 * load.service.0 > SHARE * time
    };
    if kind == Kind::Utilisation {
        let station = &report.stations[index];
        let mut loads = station.by_class.iter();
        return loads.any(|load| rare(load, station.offered_load));
    }
    let class = &report.classes[index];
    let time = class.offered.0
        * class
            .latency
            .map_or(f64::INFINITY, |latency| latency.mean.0);
    let stations = report.stations.iter().flat_map(|station| &station.by_class);
    let mut theirs = stations.filter(|load| load.class == class.class && load.arrival.0 > 0.0);
    theirs.any(|load| rare(load, time))
}

/// What a run says: a figure of the class or station in this place.
fn simulated(findings: &Findings, kind: Kind, index: usize) -> Option<Estimate> {
    if kind == Kind::Utilisation {
        return findings.stations[index].utilisation;
    }
    let class = &findings.classes[index];
    match kind {
        Kind::Mean => class.mean,
        Kind::P99 => class.quantiles.p99,
        Kind::Throughput => class.throughput,
        Kind::Goodput => class.goodput,
        Kind::Completion | Kind::Utilisation => class.completion,
    }
}

/// What the solver says, beside what the simulation says of the same figures.
fn figures(
    network: &Network,
    report: &Report,
    simulated: &dyn Fn(Kind, usize) -> Option<Estimate>,
) -> Vec<Figure> {
    let doubtful: Vec<&Assumption> = report
        .assumptions
        .iter()
        .filter(|assumption| assumption.standing == Standing::Doubtful)
        .collect();
    let mut figures = Vec::new();
    let ways: Vec<BTreeSet<ComponentId>> = (0..network.classes.len())
        .map(|class| way(network, class))
        .collect();
    let marks_of = |way: &BTreeSet<ComponentId>| -> BTreeSet<&'static str> {
        let concerns = |assumption: &&&Assumption| {
            assumption
                .component
                .is_none_or(|place| way.contains(&place))
        };
        let concerning = doubtful.iter().filter(concerns);
        concerning.map(|assumption| assumption.rests_on).collect()
    };
    let mut compare = |kind, index, place, class, steady: Option<f64>, marks| {
        if let (Some(steady), Some(simulated)) = (steady, simulated(kind, index))
            && simulated.value > 0.0
        {
            figures.push(Figure {
                kind,
                place,
                class,
                steady,
                simulated,
                marks,
            });
        }
    };
    for (index, class) in report.classes.iter().enumerate() {
        let Some(latency) = class.latency else {
            continue;
        };
        let completion = class.completion.map(|time| time.0);
        for (kind, steady) in [
            (Kind::Mean, Some(latency.mean.0)),
            (Kind::P99, Some(latency.p99.0)),
            (Kind::Throughput, Some(class.throughput.0)),
            (Kind::Goodput, Some(class.goodput.0)),
            (Kind::Completion, completion),
        ] {
            let place = format!("class {}", class.class.0);
            let marks = match kind {
                Kind::Throughput | Kind::Goodput => marks_of(&cycle(network, index, &ways)),
                _ => marks_of(&ways[index]),
            };
            compare(kind, index, place, Some(class.class), steady, marks);
        }
    }
    for (index, station) in report.stations.iter().enumerate() {
        if station.arrival.0 > 0.0 {
            let place = format!("{:?} of {}", station.role, station.component.0);
            let visitors = ways.iter().filter(|way| way.contains(&station.component));
            let marks = visitors.flat_map(marks_of).collect();
            let steady = Some(station.utilisation);
            compare(Kind::Utilisation, index, place, None, steady, marks);
        }
    }
    figures
}

/// Every component on which it depends how often requests of this class are sent and answered: users who wait for one thing don't ask for another.
fn cycle(network: &Network, class: usize, ways: &[BTreeSet<ComponentId>]) -> BTreeSet<ComponentId> {
    let of_closed = network.sources.iter().filter(|source| {
        matches!(source.arrivals, Arrivals::Closed { .. })
            && source
                .routes
                .iter()
                .any(|route| route.class.0 as usize == class)
    });
    let with = of_closed.flat_map(|source| &source.routes);
    let others = with.flat_map(|route| &ways[route.class.0 as usize]);
    ways[class].iter().chain(others).copied().collect()
}

/// Every component that requests of this class reach.
fn way(network: &Network, class: usize) -> BTreeSet<ComponentId> {
    let senders = network.sources.iter().filter(|source| {
        let mut routes = source.routes.iter();
        routes.any(|route| route.class.0 as usize == class)
    });
    let mut reached: BTreeSet<ComponentId> = senders.map(|source| source.component).collect();
    let mut open: Vec<StepId> = network
        .sources
        .iter()
        .flat_map(|source| &source.routes)
        .filter(|route| route.class.0 as usize == class)
        .map(|route| route.step)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let step = network.step(id);
        match step {
            Step::Serve { station, .. } | Step::Hold { pool: station, .. } => {
                reached.insert(network.station(*station).component);
            }
            Step::Lookup { store, .. } => {
                reached.insert(network.stores[store.0 as usize].component);
            }
            Step::Delay { component, .. } | Step::Fail { component, .. } => {
                reached.insert(*component);
            }
            _ => {}
        }
        step.for_each_child(|child| open.push(child));
    }
    reached
}
