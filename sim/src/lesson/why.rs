//! What to ask "why?" of, of an objective that a task has: it knows figures and subjects, no answers.

use super::figure::{Known, Measure, class, part};
use super::forms::{Bound, Objective};
use super::grade::graded;
use crate::insight::Subject;
use crate::scenario::{ComponentFault, Fault, Incident, Target, ZoneFault};

/// Whom or what to ask about for this objective's sake; `None` where nothing answers for its figure.
///
/// What goes wrong in a run is nothing that a steady state knows. So where a share of requests is asked for, something is killed in the run and
/// the solver's figure is kept without that, what is asked about is how much is answered while parts fail.
pub fn subject(objective: &Objective, known: &Known) -> Option<Subject> {
    let scenario = known.scenario;
    let figure = &objective.figure;
    let of_class = match &figure.of {
        Some(name) => class(scenario, name),
        None => None,
    };
    let of_part = figure.of.as_ref().and_then(|name| part(scenario, name));
    let slowest = || known.report.slowest().map(|(class, _)| class);
    let at_most = |target: fn(f64) -> Target| match objective.bound() {
        Bound::AtMost(bound) => Some(Subject::Asked(of_class, target(bound))),
        Bound::AtLeast(_) => of_class.or_else(slowest).map(Subject::Latency),
    };
    let at_least = |target: fn(f64) -> Target| match objective.bound() {
        _ if survives(objective, known) => Some(Subject::Availability(of_class)),
        Bound::AtLeast(bound) => Some(Subject::Asked(of_class, target(bound))),
        Bound::AtMost(_) => of_class.map(Subject::Failures),
    };
    match figure.measure {
        Measure::Mean => at_most(Target::MeanAtMostSeconds),
        Measure::P95 => at_most(Target::P95AtMostSeconds),
        Measure::P99 => at_most(Target::P99AtMostSeconds),
        Measure::P50 => of_class.or_else(slowest).map(Subject::Latency),
        Measure::Success => at_least(Target::SuccessAtLeast),
        Measure::Goodput => at_least(Target::GoodputAtLeastPerSecond),
        Measure::Cost => match objective.bound() {
            Bound::AtMost(bound) => Some(Subject::Asked(
                None,
                Target::CostAtMostDollarsPerMonth(bound),
            )),
            Bound::AtLeast(_) => Some(Subject::Cost),
        },
        Measure::Completion | Measure::Done => Some(Subject::Completion(of_class)),
        Measure::Utilisation | Measure::HitRatio => match (of_part, objective.bound()) {
            (Some(part), _) => Some(Subject::Component(part)),
            (None, Bound::AtMost(bound)) if figure.measure == Measure::Utilisation => {
                Some(Subject::Asked(None, Target::UtilisationAtMost(bound)))
            }
            _ => None,
        },
        Measure::StaleReads => Some(Subject::StaleReads(None)),
        Measure::OldestAnswer => Some(Subject::OldestAnswer(of_class)),
        Measure::LostWrites => Some(Subject::LostWrites),
        Measure::LeftOpen => Some(Subject::LeftOpen),
        Measure::HighestLoad => Some(Subject::SustainableLoad),
        Measure::Bottleneck => Some(Subject::Bottleneck),
        Measure::Lost | Measure::Recovery => Some(Subject::Availability(None)),
    }
}

/// Whether the objective would be kept if nothing went wrong, and something is killed.
fn survives(objective: &Objective, known: &Known) -> bool {
    let calm = Known {
        seen: None,
        ..*known
    };
    let kills = |fault: &Fault| {
        matches!(
            fault.incident,
            Incident::Component {
                what: ComponentFault::Kill { .. } | ComponentFault::RollingDeploy { .. },
                ..
            } | Incident::Zone {
                what: ZoneFault::Kill,
                ..
            }
        )
    };
    known.scenario.faults.iter().any(kills) && graded(objective, &calm).met
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::lesson::Figure;
    use crate::scenario::{ClassId, Scenario, read};

    fn asked(
        scenario: &Scenario,
        figure: &str,
        at_most: Option<f64>,
        at_least: Option<f64>,
    ) -> Option<Subject> {
        let report = analyse(scenario).report;
        let known = Known {
            scenario,
            report: &report,
            seen: None,
        };
        let objective = Objective {
            figure: Figure::parse(figure).expect("it is one"),
            at_most,
            at_least,
        };
        subject(&objective, &known)
    }

    #[test]
    fn every_figure_is_asked_about_by_what_it_is() {
        let built_in = crate::builtin::named("stage-5").expect("it is built in");
        let mut scenario = read(built_in.text()).scenario.expect("it is sound");
        let view = class(&scenario, "View post");
        let p95 = Target::P95AtMostSeconds(0.2);
        assert_eq!(
            asked(&scenario, "p95 of View post", Some(0.2), None),
            Some(Subject::Asked(view, p95))
        );
        let success = Target::SuccessAtLeast(0.9);
        assert_eq!(
            asked(&scenario, "success of View post", None, Some(0.9)),
            Some(Subject::Asked(view, success))
        );
        for (figure, subject) in [
            ("completion", Subject::Completion(None)),
            ("done", Subject::Completion(None)),
            ("lost writes", Subject::LostWrites),
            ("oldest answer of View post", Subject::OldestAnswer(view)),
            ("left open", Subject::LeftOpen),
            ("highest load", Subject::SustainableLoad),
            ("stale reads", Subject::StaleReads(None)),
        ] {
            assert_eq!(
                asked(&scenario, figure, Some(1.0), None),
                Some(subject),
                "{figure}"
            );
        }
        // With something that goes wrong, it is what fails that is asked about, unless it is missed in calm as well.
        let id = scenario.components[2].id;
        scenario.faults.push(Fault {
            start_seconds: 1.0,
            duration_seconds: Some(1.0),
            incident: Incident::Component {
                id,
                what: ComponentFault::Kill { instances: None },
            },
        });
        assert_eq!(
            asked(&scenario, "success of View post", None, Some(0.9)),
            Some(Subject::Availability(view))
        );
        assert_eq!(
            asked(&scenario, "success", None, Some(1.0 + 1e-9)),
            Some(Subject::Asked(None, Target::SuccessAtLeast(1.0 + 1e-9)))
        );
        let none: Option<ClassId> = None;
        assert_eq!(
            asked(&scenario, "lost requests", Some(1.0), None),
            Some(Subject::Availability(none))
        );
    }
}
