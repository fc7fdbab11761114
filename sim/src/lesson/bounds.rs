//! What becomes of all rows of a task with a changed design, as far as theory can say without running it.

use super::figure::{Known, Measure};
use super::forms::{Bound, Objective};
use super::grade::graded;
use crate::insight::{Bounds, while_it_lasts};
use crate::network::compile;
use crate::report::Report;
use crate::scenario::Scenario;
use crate::steady::Solver;

/// Which of the rows hold by theory, which don't, and which only a run decides. Nothing of a run counts: it is of a design that hasn't been run.
pub fn bounds(objectives: &[Objective], known: &Known) -> Bounds {
    let calm = Known {
        seen: None,
        ..*known
    };
    let troubled = is_troubled(known.scenario);
    let mut bounds = Bounds::default();
    let mut strains = None;
    for objective in objectives {
        let figure = &objective.figure;
        if figure.measure.needs_a_run() {
            bounds.open.push(figure.to_string());
            continue;
        }
        let now = graded(objective, &calm);
        let (limit, bound) = match objective.bound() {
            Bound::AtMost(bound) => ("at most", bound),
            Bound::AtLeast(bound) => ("at least", bound),
        };
        let written = now.measured.map_or_else(
            || figure.measure.unseen().to_owned(),
            |value| figure.measure.write_beside(value, bound),
        );
        let of_runs = figure.is_of_runs(known.scenario);
        if now.met && !(of_runs && troubled) {
            bounds.hold += 1;
        } else if now.met {
            let strains = strains.get_or_insert_with(|| strains_of(known.scenario));
            let strained = strained(objective, &calm, strains);
            let how = match &strained {
                Some((value, _)) => {
                    let value = figure.measure.write_beside(*value, bound);
                    if value == written {
                        " throughout".to_owned()
                    } else {
                        let when = match known.scenario.faults.len() {
                            1 => "while the fault lasts",
                            _ => "at worst",
                        };
                        format!(", {value} {when}")
                    }
                }
                None => String::new(),
            };
            bounds.strained += usize::from(strained.is_some_and(|(_, met)| !met));
            bounds.in_calm.push(format!("{figure} {written}{how}"));
        } else if of_runs && waits_unended(objective, &calm) {
            bounds.open.push(figure.to_string());
        } else {
            let bound = figure.measure.write(bound);
            bounds
                .missed
                .push(format!("{figure} {written} ({limit} {bound})"));
        }
    }
    bounds
}

/// What it is like while each of its faults lasts, as far as a steady state has that.
fn strains_of(scenario: &Scenario) -> Vec<Report> {
    let (mut solver, compiled) = (Solver::new(), compile(scenario));
    let faults = (0..scenario.faults.len()).filter(|fault| begins(scenario, *fault));
    let strains =
        faults.filter_map(|fault| while_it_lasts(&mut solver, scenario, &compiled, fault));
    strains.collect()
}

/// The worst that a time is in any of these, and whether that is kept. Of shares it says nothing: those who wait for as long as a fault lasts are
/// answered when it is over.
fn strained(objective: &Objective, calm: &Known, strains: &[Report]) -> Option<(f64, bool)> {
    let measure = objective.figure.measure;
    if !measure.is_time() {
        return None;
    }
    let all = strains.iter().filter_map(|report| {
        let graded = graded(objective, &Known { report, ..*calm });
        Some((graded.measured?, graded.met))
    });
    all.reduce(|one, other| if other.0 > one.0 { other } else { one })
}

/// Whether anything goes wrong in a run of it.
fn is_troubled(scenario: &Scenario) -> bool {
    (0..scenario.faults.len()).any(|fault| begins(scenario, fault))
}

/// Whether the fault at this place of the list begins before a run ends.
fn begins(scenario: &Scenario, fault: usize) -> bool {
    let seconds = scenario.run.duration_seconds;
    let start = scenario.faults[fault].start_seconds;
    seconds.is_none_or(|seconds| start < seconds)
}

/// Whether it counts what ends, and much doesn't: theory counts those who wait for ever as lost, and a run doesn't count them before they end.
fn waits_unended(objective: &Objective, calm: &Known) -> bool {
    let sent = calm.report.classes.iter().filter(|own| own.offered.0 > 0.0);
    objective.figure.measure == Measure::Success
        && sent.into_iter().any(|own| own.latency.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::lesson::Figure;
    use crate::scenario::{ClientsFault, Fault, Incident, read};

    fn objective(figure: &str, at_most: Option<f64>, at_least: Option<f64>) -> Objective {
        Objective {
            figure: Figure::parse(figure).expect("it is one"),
            at_most,
            at_least,
        }
    }

    #[test]
    fn rows_hold_or_are_missed_by_theory_and_a_run_decides_what_a_fault_may_break() {
        let built_in = crate::builtin::named("knee").expect("it is built in");
        let mut scenario = read(built_in.text()).scenario.expect("it is sound");
        let report = analyse(&scenario).report;
        let rows = [
            objective("p99", Some(1.0), None),
            objective("p99", Some(0.5), None),
            objective("cost", Some(1e6), None),
            objective("lost requests", Some(10.0), None),
        ];
        let found = |scenario: &Scenario| {
            let known = Known {
                scenario,
                report: &report,
                seen: None,
            };
            bounds(&rows, &known)
        };
        let calm = found(&scenario);
        assert_eq!(calm.hold, 2);
        assert_eq!(calm.missed, ["p99 661 ms (at most 500 ms)"]);
        assert_eq!(calm.open, ["lost requests"]);
        // What would begin after the run's end never does.
        scenario.run.duration_seconds = Some(60.0);
        scenario.faults.push(Fault {
            start_seconds: 90.0,
            duration_seconds: None,
            incident: Incident::Clients {
                id: None,
                what: ClientsFault::Multiply { factor: 2.0 },
            },
        });
        assert_eq!(found(&scenario), calm);
        scenario.faults.clear();
        scenario.faults.push(Fault {
            start_seconds: 10.0,
            duration_seconds: Some(5.0),
            incident: Incident::Clients {
                id: None,
                what: ClientsFault::Multiply { factor: 2.0 },
            },
        });
        let troubled = found(&scenario);
        // A bill is the same whatever goes wrong; what is missed in calm is missed.
        assert_eq!(troubled.hold, 1);
        assert_eq!(troubled.missed, calm.missed);
        // Twice the load is all that the server can do.
        assert_eq!(
            troubled.in_calm,
            ["p99 661 ms, without end while the fault lasts"]
        );
        assert_eq!(troubled.strained, 1);
        assert_eq!(troubled.open, calm.open);
    }
}
