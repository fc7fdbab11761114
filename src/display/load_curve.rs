//! How latency grows with load: the same design solved at other loads; it draws nothing.

use loadscape_sim::analysis::analyse_with;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{Scenario, Target};
use loadscape_sim::steady::{Precision, Solver};

/// The slowest class's response time as the load grows, everything else unchanged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadCurve {
    /// Load in requests a second over all classes, with the slowest class's median and p99 in seconds; loads ascend.
    pub points: Vec<Point>,
    /// Today's load in requests a second, and its p99 where there is a steady state.
    pub here: (f64, Option<f64>),
    /// The load that every station sustains; infinite when nothing saturates.
    pub sustainable: f64,
    /// The strictest p99 objective in seconds.
    pub objective: Option<f64>,
}

/// One load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Requests a second.
    pub load: f64,
    /// Median in seconds.
    pub p50: f64,
    /// 99th percentile in seconds.
    pub p99: f64,
}

/// Requests a second over all classes.
pub fn offered(report: &Report) -> f64 {
    report.classes.iter().map(|class| class.offered.0).sum()
}

/// The loads to solve at, as multiples of today's: even at first, dense where the curve turns upwards.
pub fn factors(report: &Report, steps: usize) -> Vec<f64> {
    let today = offered(report);
    if today <= 0.0 {
        return Vec::new();
    }
    let limit = if report.sustainable.0.is_finite() {
        report.sustainable.0 / today
    } else {
        2.0
    };
    (1..=steps)
        .map(|step| {
            let along = step as f64 / steps as f64;
            // Utilisations 0 to 0.995, closer together towards the end.
            limit * (1.0 - (1.0 - along).powf(1.8)) * 0.995
        })
        .collect()
}

/// The document under so many times its load.
pub fn scaled(scenario: &Scenario, factor: f64) -> Scenario {
    let mut scaled = scenario.clone();
    for component in scaled
        .components
        .iter_mut()
        .filter(|component| component.kind == Kind::Clients)
    {
        let closed = component.choice(Parameter::Traffic) == Some(Choice::Closed);
        let parameter = if closed {
            Parameter::Users
        } else {
            Parameter::RequestRate
        };
        let value = component.number(parameter) * factor;
        component.parameters.insert(
            parameter,
            Value::Number(if closed {
                value.round().max(1.0)
            } else {
                value
            }),
        );
    }
    scaled
}

impl LoadCurve {
    /// A curve with today's figures and no points yet.
    pub fn begin(scenario: &Scenario, report: &Report) -> Self {
        let objective = scenario
            .objectives
            .iter()
            .filter_map(|objective| match objective.target {
                Target::P99AtMostSeconds(bound) => Some(bound),
                _ => None,
            })
            .reduce(f64::min);
        LoadCurve {
            points: Vec::new(),
            here: (
                offered(report),
                report.slowest().map(|(_, latency)| latency.p99.0),
            ),
            sustainable: report.sustainable.0,
            objective,
        }
    }

    /// Solves at this multiple of today's load and adds the point, if there is a steady state.
    pub fn extend(&mut self, solver: &mut Solver, scenario: &Scenario, factor: f64) {
        let report = analyse_with(solver, &scaled(scenario, factor), Precision::Fast).report;
        if let Some((_, latency)) = report.slowest() {
            self.points.push(Point {
                load: offered(&report),
                p50: latency.p50.0,
                p99: latency.p99.0,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point as Place};

    fn single_server(rate: f64) -> Scenario {
        let mut clients =
            Component::new(ComponentId(1), Kind::Clients, "Clients", Place::default());
        clients
            .parameters
            .insert(Parameter::RequestRate, Value::Number(rate));
        clients
            .parameters
            .insert(Parameter::ClientRoundTrip, Value::Number(0.0));
        let mut station =
            Component::new(ComponentId(2), Kind::Station, "Station", Place::default());
        station
            .parameters
            .insert(Parameter::ServiceTime, Value::Number(10.0));
        Scenario {
            components: vec![clients, station],
            links: vec![Link::new(LinkId(1), ComponentId(1), ComponentId(2))],
            ..Scenario::default()
        }
    }

    #[test]
    fn the_curve_of_a_single_server_is_the_books() {
        let scenario = single_server(50.0);
        let mut solver = Solver::new();
        let report = analyse_with(&mut solver, &scenario, Precision::Fast).report;
        let mut curve = LoadCurve::begin(&scenario, &report);
        for factor in factors(&report, 12) {
            curve.extend(&mut solver, &scenario, factor);
        }
        assert_eq!(curve.points.len(), 12);
        assert!(
            (curve.sustainable - 100.0).abs() < 1e-6,
            "{}",
            curve.sustainable
        );
        for point in &curve.points {
            // M/M/1: the response time is exponential with rate μ − λ.
            let expected = 100f64.ln() / (100.0 - point.load);
            assert!(
                (point.p99 / expected - 1.0).abs() < 1e-3,
                "at {}: {} for {expected}",
                point.load,
                point.p99
            );
        }
        assert!(
            curve
                .points
                .windows(2)
                .all(|pair| pair[0].load < pair[1].load && pair[0].p99 < pair[1].p99)
        );
    }

    #[test]
    fn above_saturation_today_has_no_latency_but_the_curve_has() {
        let scenario = single_server(150.0);
        let mut solver = Solver::new();
        let report = analyse_with(&mut solver, &scenario, Precision::Fast).report;
        let mut curve = LoadCurve::begin(&scenario, &report);
        for factor in factors(&report, 8) {
            curve.extend(&mut solver, &scenario, factor);
        }
        assert_eq!(curve.here.1, None);
        assert!(curve.points.len() == 8 && curve.points.iter().all(|point| point.load < 100.0));
    }
}
