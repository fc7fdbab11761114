//! A simulation's figures beside the solver's, and whether they part; it prints nothing.

use loadscape_sim::des::{ClassFindings, Estimate, Findings, StationFindings};
use loadscape_sim::report::{ClassReport, Latency, LossCause, Report, StationReport};
use loadscape_sim::scenario::ClassId;
use serde::Serialize;

/// A figure of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Requests that clients send, a second.
    Offered,
    /// Requests that are answered well, a second.
    Goodput,
    /// Mean response time, seconds.
    Mean,
    /// Median, seconds.
    P50,
    /// 95th percentile, seconds.
    P95,
    /// 99th percentile, seconds.
    P99,
    /// 99.9th percentile, seconds.
    P999,
}

impl Figure {
    /// All of them, as a table has them.
    pub const ALL: [Figure; 7] = [
        Figure::Offered,
        Figure::Goodput,
        Figure::Mean,
        Figure::P50,
        Figure::P95,
        Figure::P99,
        Figure::P999,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Figure::Offered => "offered",
            Figure::Goodput => "goodput",
            Figure::Mean => "mean",
            Figure::P50 => "p50",
            Figure::P95 => "p95",
            Figure::P99 => "p99",
            Figure::P999 => "p99.9",
        }
    }

    /// Whether it is a rate; else it is a time.
    pub const fn is_rate(self) -> bool {
        matches!(self, Figure::Offered | Figure::Goodput)
    }

    /// Whether it takes many requests to say: a quantile.
    pub const fn is_quantile(self) -> bool {
        matches!(self, Figure::P50 | Figure::P95 | Figure::P99 | Figure::P999)
    }

    /// What a simulation has shown.
    pub const fn simulated(self, class: &ClassFindings) -> Option<Estimate> {
        match self {
            Figure::Offered => class.offered,
            Figure::Goodput => class.goodput,
            Figure::Mean => class.mean,
            Figure::P50 => class.quantiles.p50,
            Figure::P95 => class.quantiles.p95,
            Figure::P99 => class.quantiles.p99,
            Figure::P999 => class.quantiles.p999,
        }
    }

    /// What the solver says; `None` without a steady state.
    pub fn solved(self, class: &ClassReport) -> Option<f64> {
        let of = |figure: fn(&Latency) -> f64| class.latency.as_ref().map(figure);
        match self {
            Figure::Offered => Some(class.offered.0),
            Figure::Goodput => Some(class.goodput.0),
            Figure::Mean => of(|latency| latency.mean.0),
            Figure::P50 => of(|latency| latency.p50.0),
            Figure::P95 => of(|latency| latency.p95.0),
            Figure::P99 => of(|latency| latency.p99.0),
            Figure::P999 => of(|latency| latency.p999.0),
        }
    }
}

/// One figure from both.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Pair {
    /// Whose.
    pub class: ClassId,
    /// Which.
    pub figure: Figure,
    /// The simulation's; `None` when there were too few samples.
    pub simulated: Option<f64>,
    /// Half the width of its 95 % interval.
    pub half_width: Option<f64>,
    /// The solver's; `None` without a steady state.
    pub theory: Option<f64>,
    /// The simulation's less the solver's, as a share of the solver's; `None` where they aren't of the same load.
    pub difference: Option<f64>,
    /// Whether they are further apart than chance explains; `None` where that can't be said.
    pub parts: Option<bool>,
}

/// Whether the run had no room for some users, or for requests that the solver sees answered: it met less than the load that theory speaks of, so
/// that its figures say nothing of theory's.
pub fn is_cramped(findings: &Findings, report: &Report) -> bool {
    let is_turned_away = |class: &ClassFindings| {
        let mut failures = class.failures.iter();
        failures.any(|failure| failure.why == LossCause::TooManyInFlight)
    };
    let mut classes = findings.classes.iter().zip(&report.classes);
    !findings.unseated.is_empty()
        || classes.any(|(found, solved)| solved.latency.is_some() && is_turned_away(found))
}

/// All figures of all classes that are sent.
pub fn pairs(findings: &Findings, report: &Report) -> Vec<Pair> {
    let sent = findings
        .classes
        .iter()
        .zip(&report.classes)
        .filter(|(found, solved)| {
            solved.offered.0 > 0.0 || found.offered.is_some_and(|offered| offered.value > 0.0)
        });
    let is_cramped = is_cramped(findings, report);
    let pairs = sent.flat_map(|(found, solved)| {
        Figure::ALL
            .into_iter()
            .map(|figure| pair(found, solved, figure))
    });
    pairs
        .map(|pair| match is_cramped {
            true => Pair {
                difference: None,
                parts: None,
                ..pair
            },
            false => pair,
        })
        .collect()
}

fn pair(found: &ClassFindings, solved: &ClassReport, figure: Figure) -> Pair {
    let simulated = figure.simulated(found);
    let theory = figure.solved(solved);
    let distance = simulated
        .zip(theory)
        .map(|(simulated, theory)| (simulated.value - theory, theory));
    Pair {
        class: found.class,
        figure,
        simulated: simulated.map(|simulated| simulated.value),
        half_width: simulated.and_then(|simulated| simulated.half_width),
        theory,
        difference: distance
            .filter(|(_, theory)| *theory > 0.0)
            .map(|(distance, theory)| distance / theory),
        parts: simulated
            .zip(theory)
            .and_then(|(simulated, theory)| simulated.parts_from(theory)),
    }
}

/// Stations that are busier or idler, or make wait longer or shorter, than the solver says, as far as any class would notice.
pub fn parted_stations<'a>(
    findings: &'a Findings,
    report: &'a Report,
) -> Vec<(&'a StationFindings, &'a StationReport)> {
    let shortest = findings
        .classes
        .iter()
        .filter_map(|class| class.mean)
        .map(|mean| mean.value)
        .fold(f64::INFINITY, f64::min);
    let parts = |found: Option<Estimate>, theory: Option<f64>, noticed: f64| {
        let (found, theory) = found.zip(theory)?;
        Some(found.parts_from(theory)? && (found.value - theory).abs() > noticed)
    };
    let both = report.stations.iter().filter_map(|solved| {
        let found = findings
            .stations
            .iter()
            .find(|found| found.station == solved.station)?;
        let waiting = solved.waiting.map(|waiting| waiting.0);
        let parts = parts(found.utilisation, Some(solved.utilisation), 0.01) == Some(true)
            || parts(found.waiting, waiting, 0.01 * shortest) == Some(true);
        parts.then_some((found, solved))
    });
    both.collect()
}
