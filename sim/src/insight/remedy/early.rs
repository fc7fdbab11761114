//! When a change can be told not to help before all of it is worked out: it knows what a remedy has to do, not how anything is solved.

use super::Candidate;
use super::effect::{better, bounds_time, is_cheaper, is_slower, loses_more, lost, p99, shortens};
use crate::analysis::Trial;
use crate::insight::cost::goes_by_time;
use crate::insight::sought::{Sought, sought};
use crate::insight::subject::Subject;
use crate::report::Report;
use crate::scenario::{ClassId, Scenario};
use crate::steady::Solver;

/// Whether what is known of the change first is enough to say that it doesn't help: its bill, what it loses, or one class's time. What isn't told
/// apart here is told apart by its whole effect, in the same terms.
pub(super) fn fails(
    solver: &mut Solver,
    trial: &mut Trial<'_>,
    candidate: &Candidate,
    subject: Subject,
    (scenario, before, known): (&Scenario, &Report, Option<Sought>),
) -> bool {
    let class = subject.class(scenario);
    if subject.is_beyond_the_report() {
        // Rates and machines are all that these figures rest on.
        let outline = trial.outline(solver);
        let after = sought(trial.scenario(), trial.compiled(), &outline, subject);
        return !is_better(subject, known, after)
            || loses_more((lost(before, class), lost(&outline, class)));
    }
    if candidate.saves {
        let outline = trial.outline(solver);
        let cost_ratio = outline.cost.total.0 / before.cost.total.0;
        let dear = !is_cheaper(cost_ratio) && !goes_by_time(trial.scenario());
        return dear
            || loses_more((lost(before, class), lost(&outline, class)))
            || takes_longer(solver, trial, (scenario, before), &outline, class);
    }
    // Where there was no time, being nearer to one counts, which only the whole tells.
    match (subject, p99(before, class)) {
        (Subject::Latency(class), Some(time)) => {
            let after = trial.latency(solver, class);
            after.is_none_or(|after| !shortens(time, after.p99))
        }
        _ => false,
    }
}

/// Whether a figure is so much better that it counts, and that chance can't be the reason where it was simulated.
fn is_better(subject: Subject, before: Option<Sought>, after: Option<Sought>) -> bool {
    let value = |sought: Option<Sought>| sought.map(|sought| sought.value);
    let margin = |sought: Option<Sought>| sought.map_or(0.0, |sought| sought.margin);
    let by = match (before, after) {
        (Some(before), Some(after)) => before.value - after.value,
        _ => f64::INFINITY,
    };
    better(subject, (value(before), value(after))) > f64::ln_1p(super::LEAST)
        && by > margin(before) + margin(after)
}

/// Whether one of the classes that the change is judged by has no time any more, or too long a one: the slowest is asked first.
fn takes_longer(
    solver: &mut Solver,
    trial: &mut Trial<'_>,
    (scenario, before): (&Scenario, &Report),
    outline: &Report,
    class: Option<ClassId>,
) -> bool {
    let Some(time) = p99(before, class) else {
        return false;
    };
    let slow_is_fine = bounds_time(scenario);
    let sent = outline.classes.iter().filter(|own| own.offered.0 > 0.0);
    let all = sent.map(|own| own.class);
    let mut asked: Vec<ClassId> = match class {
        Some(class) => vec![class],
        None => all.collect(),
    };
    let slowest = before.slowest().map(|(class, _)| class);
    asked.sort_by_key(|class| Some(*class) != slowest);
    asked.into_iter().any(|class| {
        let after = trial.latency(solver, class);
        after.is_none_or(|after| !slow_is_fine && is_slower(time, after.p99))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{helps, tried};
    use super::*;
    use crate::analysis::{analyse_with, figures_with};
    use crate::builtin::builtin;
    use crate::catalog::{Kind, Parameter, Value};
    use crate::insight::Effect;
    use crate::scenario::read;
    use crate::steady::Precision;

    /// The scenario with so many times its open requests.
    fn at(scenario: &Scenario, load: f64) -> Scenario {
        let mut changed = scenario.clone();
        for own in &mut changed.components {
            let rate = own.number(Parameter::RequestRate);
            if own.kind == Kind::Clients && rate.is_finite() {
                let more = Value::Number(rate * load);
                own.parameters.insert(Parameter::RequestRate, more);
            }
        }
        changed
    }

    #[test]
    fn what_fails_early_fails_in_the_end() {
        let mut solver = Solver::new();
        let (mut early, mut late) = (0, 0);
        for drawn in builtin() {
            for load in [0.3, 1.0, 2.5] {
                let scenario = at(
                    &read(drawn.text()).scenario.expect("it is a document"),
                    load,
                );
                let analysis = analyse_with(&mut solver, &scenario, Precision::Fast);
                let before = &analysis.report;
                let classes = scenario.classes.iter().map(|class| class.id);
                let mut subjects: Vec<Subject> = classes.map(Subject::Latency).collect();
                subjects.extend((0..scenario.objectives.len()).map(Subject::Objective));
                subjects.extend([
                    Subject::Cost,
                    Subject::Availability(None),
                    Subject::StaleReads(None),
                    Subject::OldestAnswer(None),
                    Subject::LostWrites,
                    Subject::Completion(None),
                    Subject::LeftOpen,
                    Subject::Complexity,
                ]);
                subjects.extend(
                    (scenario.classes.iter()).map(|class| Subject::Availability(Some(class.id))),
                );
                for subject in subjects {
                    let sought_now = sought(&scenario, &analysis.compiled, before, subject);
                    for candidate in tried(&scenario, &analysis, subject) {
                        let mut changed = scenario.clone();
                        candidate.edit.apply(&mut changed);
                        let mut trial = Trial::begin(&mut solver, &changed, Precision::Fast);
                        let known = (&scenario, before, sought_now);
                        let failed = fails(&mut solver, &mut trial, &candidate, subject, known);
                        // What was asked for on the way changes nothing of the whole.
                        let whole = trial.finish(&mut solver);
                        let anew = figures_with(&mut solver, &changed, Precision::Fast);
                        assert_eq!(whole, anew, "{}", candidate.title);
                        let after = sought(&changed, trial.compiled(), &anew, subject);
                        let effect = Effect::between(
                            &scenario,
                            before,
                            &changed,
                            &anew,
                            subject,
                            (sought_now, after),
                        );
                        let helped = helps(&candidate, subject, &effect);
                        assert!(!(failed && helped), "{}: {effect:?}", candidate.title);
                        early += usize::from(failed);
                        late += usize::from(!failed && !helped);
                    }
                }
            }
        }
        assert!(early > late, "{early} early, {late} late");
    }
}
