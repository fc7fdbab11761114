//! What each thing that fails costs: how many more requests would be answered if it never did. It proposes nothing.
//!
//! What a request needs is a function of what works; if one thing never failed, the probability of that function would be higher by the
//! thing's unavailability times Birnbaum's importance of it (Birnbaum 1969; Barlow & Proschan 1975, chapter 2). The gains of several things
//! don't add up: where any of two is enough, either gains all.

use super::causes::{Causes, Failing};
use super::structure::{Root, Structure};
use super::{Cause, Chance, MOST_NODES, MOST_PARTS, simulated};
use crate::network::Compiled;
use crate::report::Report;
use crate::scenario::{ClassId, ComponentFault, Incident, Scenario, ZoneFault};
use crate::theory::reliability::{Diagram, Function};

/// What fails, and what that costs.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::insight) struct Blame {
    /// Share of the requests that isn't answered for want of something.
    pub lost: Chance,
    /// By thing that fails: the share of the requests that would be answered besides if it never did, the most first.
    pub causes: Vec<(Cause, f64)>,
}

/// What the requests of a class, or all, are lost for; `None` where nobody sends any.
pub(in crate::insight) fn blame(
    scenario: &Scenario,
    compiled: &Compiled,
    report: &Report,
    class: Option<ClassId>,
) -> Option<Blame> {
    let question = Question::of(scenario, compiled, report, class)?;
    let mut gains = vec![0.0; question.causes.all.len()];
    let mut lost = Vec::with_capacity(question.roots.len());
    for (root, weight) in &question.roots {
        let answered = match question.exactly(root.answer) {
            Some((diagram, function)) => {
                let share = question.probability(&diagram, function, |cause| question.works(cause));
                for (cause, gain) in gains.iter_mut().enumerate() {
                    let without = question.probability(&diagram, function, |own| {
                        if own == cause {
                            1.0
                        } else {
                            question.works(own)
                        }
                    });
                    *gain += weight * (without - share).max(0.0);
                }
                Chance {
                    share,
                    interval: None,
                }
            }
            None => {
                let alone = simulated::alone(&question.structure, &question.causes, root.answer);
                for (cause, share) in alone {
                    gains[cause] += weight * share;
                }
                simulated::answered(&question.structure, &question.causes, root.answer)
            }
        };
        lost.push((*weight, answered));
    }
    let causes = question.causes.all.iter().zip(gains);
    let causes = causes.filter(|(_, gain)| *gain > LEAST);
    let mut causes: Vec<(Cause, f64)> = causes
        .map(|(failing, gain)| (failing.cause, gain))
        .collect();
    causes.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Some(Blame {
        lost: over_all(&lost),
        causes,
    })
}

/// Share of the requests of a class, or of all, that isn't answered for want of something; `None` where nobody sends any.
pub(in crate::insight) fn unanswered(
    scenario: &Scenario,
    compiled: &Compiled,
    report: &Report,
    class: Option<ClassId>,
) -> Option<Chance> {
    let question = Question::of(scenario, compiled, report, class)?;
    let answered = |root: &Root| match question.exactly(root.answer) {
        Some((diagram, function)) => Chance {
            share: question.probability(&diagram, function, |cause| question.works(cause)),
            interval: None,
        },
        None => simulated::answered(&question.structure, &question.causes, root.answer),
    };
    let all: Vec<(f64, Chance)> = (question.roots.iter())
        .map(|(root, weight)| (*weight, answered(root)))
        .collect();
    Some(over_all(&all))
}

/// Share of the requests of a class, or of all, that isn't answered while what this kills is away and all else works, once whatever takes over
/// has done so. `None` where it kills nothing that is needed, or so many that those which are left have more to do than they can.
pub(in crate::insight) fn unanswered_while(
    scenario: &Scenario,
    compiled: &Compiled,
    report: &Report,
    class: Option<ClassId>,
    incident: &Incident,
) -> Option<f64> {
    let question = Question::of(scenario, compiled, report, class)?;
    let mut works = vec![1.0; question.causes.all.len()];
    let mut kills = false;
    for (failing, works) in question.causes.all.iter().zip(&mut works) {
        if let Some(left) = left_of(failing, incident) {
            *works = left?;
            kills = true;
        }
    }
    if !kills {
        return None;
    }
    let mut lost = 0.0;
    for (root, weight) in &question.roots {
        let (diagram, function) = question.exactly(root.answer)?;
        lost += weight * (1.0 - question.probability(&diagram, function, |cause| works[cause]));
    }
    Some(lost.max(0.0))
}

/// Share of the requests that find this working while it lasts; nothing where it isn't meant, and no share where that depends on the load.
fn left_of(failing: &Failing, incident: &Incident) -> Option<Option<f64>> {
    match (failing.cause, incident) {
        (Cause::Component { id, of, .. }, Incident::Component { id: meant, what })
            if id == *meant =>
        {
            let killed = match what {
                ComponentFault::Kill { instances } => instances.unwrap_or(of),
                // One after the other.
                ComponentFault::RollingDeploy { .. } => 1,
                _ => return None,
            };
            let left = of.saturating_sub(killed);
            Some(match (left, failing.is_shared()) {
                (0, _) => Some(0.0),
                (left, true) => (left >= failing.needed().unwrap_or(1)).then_some(1.0),
                (left, false) => Some(f64::from(left) / f64::from(of)),
            })
        }
        (
            Cause::Region(Some(zone)) | Cause::DataCentre(Some(zone)),
            Incident::Zone {
                id: meant,
                what: ZoneFault::Kill,
            },
        ) if zone == *meant => Some(Some(0.0)),
        _ => None,
    }
}

/// A difference of two probabilities that are this near is what is left of rounding.
const LEAST: f64 = 1e-13;

/// What isn't answered of all, given what is of each.
fn over_all(answered: &[(f64, Chance)]) -> Chance {
    let lost = |figure: fn(&Chance) -> f64| -> f64 {
        let lost = answered
            .iter()
            .map(|(weight, chance)| weight * (1.0 - figure(chance)));
        lost.fold(0.0, |sum, own| sum + own)
    };
    let simulated = answered.iter().any(|(_, own)| own.interval.is_some());
    Chance {
        share: lost(|own| own.share),
        interval: simulated.then(|| {
            (
                lost(|own| own.interval.map_or(own.share, |(_, high)| high)),
                lost(|own| own.interval.map_or(own.share, |(low, _)| low)),
            )
        }),
    }
}

struct Question {
    causes: Causes,
    structure: Structure,
    /// The classes that are asked about, with the share that each is of them.
    roots: Vec<(Root, f64)>,
}

impl Question {
    fn of(
        scenario: &Scenario,
        compiled: &Compiled,
        report: &Report,
        class: Option<ClassId>,
    ) -> Option<Question> {
        let causes = Causes::of(scenario, &compiled.network, report);
        let structure = Structure::of(scenario, compiled, report, &causes);
        let offered = |id: ClassId| {
            let sent = report.classes.iter().find(|row| row.class == id);
            sent.map_or(0.0, |row| row.offered.0)
        };
        let asked = structure.roots.iter();
        let asked = asked.filter(|root| class.is_none_or(|class| root.class == class));
        let mut roots: Vec<(Root, f64)> = asked.map(|root| (*root, offered(root.class))).collect();
        let total: f64 = roots.iter().map(|(_, rate)| rate).sum();
        if roots.is_empty() || total <= 0.0 {
            return None;
        }
        roots.iter_mut().for_each(|(_, rate)| *rate /= total);
        Some(Question {
            causes,
            structure,
            roots,
        })
    }

    /// When a request is answered, as a diagram; `None` where that would be too large.
    fn exactly(&self, root: usize) -> Option<(Diagram, Function)> {
        if self.structure.choices.len() + self.causes.all.len() > MOST_PARTS {
            return None;
        }
        let mut diagram = Diagram::new(MOST_NODES);
        let function = self.structure.by_request(&mut diagram, root)?;
        Some((diagram, function))
    }

    /// Share of the requests that find this cause working.
    fn works(&self, cause: usize) -> f64 {
        self.causes.all[cause].works_for_a_request
    }

    /// How likely that is, if each cause works for so many of the requests.
    fn probability(
        &self,
        diagram: &Diagram,
        function: Function,
        works: impl Fn(usize) -> f64,
    ) -> f64 {
        diagram.probability(function, |part| self.structure.chosen_or(part, &works))
    }
}
