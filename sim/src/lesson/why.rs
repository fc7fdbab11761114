//! Why a figure that a task bounds is what it is: whom to ask about it, and what a run has shown of it before what theory says.

use super::figure::{Known, Measure, class, part};
use super::forms::{Bound, Objective};
use super::grade::graded;
use super::shown::{calm, shown};
use crate::analysis::Analysis;
use crate::catalog::Parameter;
use crate::insight::{Subject, why, why_without_faults};
use crate::quantities::time;
use crate::report::Standing;
use crate::scenario::{ClassId, ComponentFault, Fault, Incident, Target, ZoneFault};
use crate::steady::Solver;

/// An answer to "why?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it answers.
    pub question: String,
    /// Paragraphs: what the run has shown, where there is one, and then what theory says.
    pub paragraphs: Vec<String>,
}

/// Why the objective's figure is what it is; `None` where nothing answers for it. The analysis is of the design that is known.
pub fn answer(
    solver: &mut Solver,
    objective: &Objective,
    known: &Known,
    analysis: &Analysis,
) -> Option<Answer> {
    let (scenario, report) = (known.scenario, known.report);
    let subject = subject(objective, known)?;
    let mut paragraphs = shown(objective, known);
    let has_run = !paragraphs.is_empty();
    if objective.figure.measure == Measure::Completion
        && let Some(of) = &objective.figure.of
        && !hands_over(known, class(scenario, of))
    {
        paragraphs.push(format!(
            "{of} hands nothing over: its work is done when it is answered, so that this is how long an answer takes on average."
        ));
    }
    // What goes wrong in a run has been told only where there was one.
    let theory = if !has_run {
        why(solver, scenario, analysis, subject)?
    } else {
        let mut theory = why_without_faults(solver, scenario, analysis, subject)?;
        if let (Some(first), Some(apart)) = (theory.first_mut(), apart(objective, known)) {
            first.push(' ');
            first.push_str(&apart);
        }
        let wrong = !scenario.faults.is_empty();
        let from = match objective.figure.measure {
            Measure::Cost => Some(AT_ONCE),
            _ => introduced(subject, wrong),
        };
        if let (Some(first), Some(from)) = (theory.first_mut(), from) {
            first.insert_str(0, from);
        }
        theory
    };
    paragraphs.extend(theory);
    Some(Answer {
        question: question(objective, subject, (subject.question(scenario, report))?),
        paragraphs,
    })
}

/// What theory's bill of a run of machines that come and go begins with.
const AT_ONCE: &str = "In theory there are at once as many machines as the load wants. ";

/// What theory's answer begins with after that of a run in which something went wrong or not, where it doesn't say by itself what it is about.
fn introduced(subject: Subject, wrong: bool) -> Option<&'static str> {
    match subject {
        Subject::Asked(..) | Subject::Objective(_) | Subject::Cost => None,
        Subject::Availability(_) => Some("Over a year, as often as parts fail: "),
        Subject::LostWrites => Some("Over a month, as often as parts fail, theory says this. "),
        _ if wrong => Some("Without that, under a steady load, theory says this. "),
        _ => Some("Under a steady load theory says this. "),
    }
}

/// Times so much longer in a run, before anything goes wrong in it, than theory says call for a reason.
const APART: f64 = 1.5;

/// Why a run was slower than theory says even before anything went wrong in it, where it was and the design says why.
fn apart(objective: &Objective, known: &Known) -> Option<String> {
    let (scenario, measure) = (known.scenario, objective.figure.measure);
    let before = calm(objective, known)?;
    let theory = graded(
        objective,
        &Known {
            seen: None,
            ..*known
        },
    );
    let theory = theory.measured.filter(|time| time.is_finite())?;
    if before <= APART * theory {
        return None;
    }
    let mut reasons = Vec::new();
    for part in &scenario.components {
        let boots = part.seconds(Parameter::BootTime);
        if part.flag(Parameter::Autoscaling) && boots.0 > 0.0 {
            reasons.push(format!(
                "machines of {} boot for {}, and in theory there are at once as many as the load wants",
                part.name,
                time(boots)
            ));
        }
    }
    let doubtful = known.report.assumptions.iter();
    let doubtful = doubtful.filter(|own| own.standing == Standing::Doubtful);
    reasons.extend(doubtful.filter_map(|own| {
        let part = scenario.component(own.component?)?;
        Some(format!(
            "{}: {}",
            part.name,
            own.because.trim_end_matches('.')
        ))
    }));
    reasons.truncate(MOST_REASONS);
    (!reasons.is_empty()).then(|| {
        format!(
            "A run takes longer ({} before anything went wrong): {}.",
            measure.write(before),
            reasons.join("; ")
        )
    })
}

/// Reasons that are told.
const MOST_REASONS: usize = 2;

/// The row's own figure where it has a name of its own, and else what is asked about for its sake.
fn question(objective: &Objective, subject: Subject, otherwise: String) -> String {
    let figure = &objective.figure;
    match figure.measure {
        Measure::Mean
        | Measure::P50
        | Measure::P95
        | Measure::P99
        | Measure::Success
        | Measure::Goodput => format!("Why is the {figure} as it is?"),
        Measure::Completion if matches!(subject, Subject::Asked(..)) => {
            format!("Why is the {figure} as it is?")
        }
        Measure::Lost => "Why are requests lost?".to_owned(),
        Measure::Recovery => "Why does it take so long until all is as before?".to_owned(),
        Measure::Done => match &figure.of {
            Some(of) => format!("How much of the work of {of} is done by the end, and why?"),
            None => "How much of the work is done by the end, and why?".to_owned(),
        },
        _ => otherwise,
    }
}

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
        Measure::P50 => of_class.or_else(slowest).map(Subject::Median),
        Measure::Success => at_least(Target::SuccessAtLeast),
        Measure::Goodput => at_least(Target::GoodputAtLeastPerSecond),
        Measure::Cost => match objective.bound() {
            Bound::AtMost(bound) => Some(Subject::Asked(
                None,
                Target::CostAtMostDollarsPerMonth(bound),
            )),
            Bound::AtLeast(_) => Some(Subject::Cost),
        },
        Measure::Completion if !hands_over(known, of_class) => at_most(Target::MeanAtMostSeconds),
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
        Measure::Capacity | Measure::HeadRoom => {
            Some(of_part.map_or(Subject::SustainableLoad, Subject::Component))
        }
        Measure::HighestLoad => Some(Subject::SustainableLoad),
        Measure::Bottleneck => Some(Subject::Bottleneck),
        Measure::Lost | Measure::Recovery => Some(Subject::Availability(None)),
    }
}

/// Whether anything is handed over for later, by this class or by any.
fn hands_over(known: &Known, class: Option<ClassId>) -> bool {
    let mut classes = known.report.classes.iter();
    classes.any(|own| own.hands_over && class.is_none_or(|class| own.class == class))
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
    use crate::scenario::{Scenario, read};

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
