//! Grades a report against the document's objectives; it knows bounds and figures, not how either came about.

use super::reach::out_of_reach;
use crate::report::{ClassReport, ObjectiveOutcome, Report};
use crate::scenario::{Objective, Scenario, Target};

/// Each objective of the document with its grade, in its order.
pub fn grade(scenario: &Scenario, report: &Report) -> Vec<ObjectiveOutcome> {
    scenario
        .objectives
        .iter()
        .map(|objective| outcome(scenario, objective, report))
        .collect()
}

/// A figure and which way it has to lie from the bound.
enum Measure {
    /// At most this.
    AtMost { bound: f64, measured: Option<f64> },
    /// At least this.
    AtLeast { bound: f64, measured: Option<f64> },
}

fn outcome(scenario: &Scenario, objective: &Objective, report: &Report) -> ObjectiveOutcome {
    let (met, measured, margin) = match measure(objective, report) {
        Measure::AtMost { bound, measured } => (
            measured.is_some_and(|measured| measured <= bound),
            measured,
            measured.map(|measured| relative(bound - measured, bound)),
        ),
        Measure::AtLeast { bound, measured } => (
            measured.is_some_and(|measured| measured >= bound),
            measured,
            measured.map(|measured| relative(measured - bound, bound)),
        ),
    };
    // An objective on a class that nobody sends has nothing to miss.
    let silent = speaks_of_latency(objective) && sent(objective, report).next().is_none();
    let met = met || silent;
    let out_of_reach = if met {
        None
    } else {
        out_of_reach(scenario, report, objective.target, sent(objective, report))
    };
    ObjectiveOutcome {
        objective: objective.clone(),
        met,
        measured,
        margin,
        out_of_reach,
    }
}

fn relative(distance: f64, bound: f64) -> f64 {
    if bound > 0.0 {
        distance / bound
    } else {
        distance
    }
}

fn speaks_of_latency(objective: &Objective) -> bool {
    matches!(
        objective.target,
        Target::MeanAtMostSeconds(_)
            | Target::P95AtMostSeconds(_)
            | Target::P99AtMostSeconds(_)
            | Target::SuccessAtLeast(_)
    )
}

/// The classes that an objective speaks of, as far as they are sent.
fn sent<'a>(objective: &Objective, report: &'a Report) -> impl Iterator<Item = &'a ClassReport> {
    let wanted = objective.class;
    report.classes.iter().filter(move |class| {
        class.offered.0 > 0.0 && wanted.is_none_or(|wanted| wanted == class.class)
    })
}

fn measure(objective: &Objective, report: &Report) -> Measure {
    // The slowest class counts; one without a steady state leaves nothing to measure.
    let slowest = |figure: fn(&crate::report::Latency) -> f64| {
        let mut worst: Option<f64> = None;
        for class in sent(objective, report) {
            let value = figure(class.latency.as_ref()?);
            worst = Some(worst.map_or(value, |worst| worst.max(value)));
        }
        worst
    };
    match objective.target {
        Target::MeanAtMostSeconds(bound) => Measure::AtMost {
            bound,
            measured: slowest(|latency| latency.mean.0),
        },
        Target::P95AtMostSeconds(bound) => Measure::AtMost {
            bound,
            measured: slowest(|latency| latency.p95.0),
        },
        Target::P99AtMostSeconds(bound) => Measure::AtMost {
            bound,
            measured: slowest(|latency| latency.p99.0),
        },
        Target::SuccessAtLeast(bound) => {
            let measured = sent(objective, report)
                .map(|class| class.goodput.0 / class.offered.0)
                .reduce(f64::min);
            Measure::AtLeast { bound, measured }
        }
        Target::GoodputAtLeastPerSecond(bound) => Measure::AtLeast {
            bound,
            measured: Some(sent(objective, report).map(|class| class.goodput.0).sum()),
        },
        Target::CostAtMostDollarsPerMonth(bound) => Measure::AtMost {
            bound,
            measured: Some(report.cost.total.0),
        },
        Target::UtilisationAtMost(bound) => {
            let busiest = report
                .stations
                .iter()
                .map(|station| station.busiest_utilisation)
                .fold(0.0, f64::max);
            Measure::AtMost {
                bound,
                measured: Some(busiest),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Latency;
    use crate::scenario::ClassId;
    use crate::units::{PerSecond, Seconds};

    fn report(p99: Option<f64>) -> Report {
        let latency = p99.map(|p99| Latency {
            mean: Seconds(0.1),
            deviation: Seconds(0.1),
            p50: Seconds(0.1),
            p95: Seconds(0.15),
            p99: Seconds(p99),
            p999: Seconds(0.5),
        });
        let class = ClassReport {
            class: ClassId(1),
            offered: PerSecond(100.0),
            throughput: PerSecond(100.0),
            goodput: PerSecond(99.0),
            latency,
            breakdown: Vec::new(),
            completion: None,
            losses: Vec::new(),
        };
        Report {
            classes: vec![class],
            ..Report::default()
        }
    }

    fn graded(target: Target, p99: Option<f64>) -> ObjectiveOutcome {
        let scenario = Scenario {
            objectives: vec![Objective {
                class: None,
                target,
            }],
            ..Scenario::default()
        };
        grade(&scenario, &report(p99)).remove(0)
    }

    #[test]
    fn a_bound_that_is_kept_has_a_positive_margin() {
        let outcome = graded(Target::P99AtMostSeconds(0.25), Some(0.2));
        assert!(outcome.met && (outcome.margin.unwrap() - 0.2).abs() < 1e-12);
        let outcome = graded(Target::SuccessAtLeast(0.999), Some(0.2));
        assert!(!outcome.met && outcome.margin.unwrap() < 0.0);
    }

    #[test]
    fn without_a_steady_state_a_latency_objective_is_missed() {
        let outcome = graded(Target::P99AtMostSeconds(0.25), None);
        assert!(!outcome.met && outcome.measured.is_none() && outcome.margin.is_none());
    }
}
