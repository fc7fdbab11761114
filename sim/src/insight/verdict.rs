//! What a fault has come to, in words and against the document's objectives. It doesn't know how it was found out.

use super::drawn_to_the_dead;
use crate::catalog::Parameter;
use crate::des::{ClassVerdict, Outcome, Phase, Verdict};
use crate::quantities::{share, time, whole};
use crate::scenario::{ComponentFault, Fault, Incident, Objective, Scenario, Target, ZoneFault};
use crate::units::Seconds;

/// Whether an objective was kept before the faults, while one lasted and afterwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    /// Its place in the document's list, from 0.
    pub objective: usize,
    /// Before the first fault of all; [`Figure::Unseen`] when that began at once.
    pub before: Figure,
    /// While the fault lasted.
    pub during: Figure,
    /// From its end on; [`Figure::Unseen`] while it lasts.
    pub after: Figure,
}

/// What an objective's figure was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// This, on the right side of the bound.
    Met(f64),
    /// A time on the right side of the bound, of the answered alone, while so many failed that it isn't a time of all requests.
    MetByTheAnswered {
        /// The time, seconds.
        seconds: f64,
        /// The share of requests that ended well, 0 to 1, of the class in which most failed.
        success: f64,
    },
    /// This, on the wrong side.
    Missed(f64),
    /// Too few requests ended to say.
    Unseen,
}

/// Whether an objective counts as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptAs {
    /// It was.
    Met,
    /// By those that were answered, which most were.
    InPart,
    /// It wasn't, or only by a few that were answered.
    Missed,
    /// Too few requests ended to say.
    Unseen,
}

impl Figure {
    /// What it comes to. A time that most never got isn't kept in part.
    pub fn kept_as(self) -> KeptAs {
        match self {
            Figure::Met(_) => KeptAs::Met,
            Figure::MetByTheAnswered { success, .. } if success < 0.5 => KeptAs::Missed,
            Figure::MetByTheAnswered { .. } => KeptAs::InPart,
            Figure::Missed(_) => KeptAs::Missed,
            Figure::Unseen => KeptAs::Unseen,
        }
    }
}

/// The objectives that speak of what clients see; cost and utilisation are no matter of minutes.
pub fn kept(scenario: &Scenario, verdict: &Verdict) -> Vec<Kept> {
    let objectives = scenario.objectives.iter().enumerate();
    objectives
        .filter(|(_, objective)| !objective.target.is_of_whole_design())
        .map(|(place, objective)| Kept {
            objective: place,
            before: figure(objective, verdict, |class| class.before),
            during: figure(objective, verdict, |class| Some(class.during)),
            after: figure(objective, verdict, |class| class.after),
        })
        .collect()
}

/// Whether all is as before, but that wasn't as the document asks for: objectives are missed afterwards, all of which were missed before the
/// faults, too.
pub fn was_no_better(scenario: &Scenario, verdict: &Verdict) -> bool {
    let is_missed = |figure: Figure| figure.kept_as() == KeptAs::Missed;
    let kept = kept(scenario, verdict);
    let mut missed = kept.iter().filter(|kept| is_missed(kept.after)).peekable();
    matches!(verdict.outcome, Outcome::Unharmed | Outcome::Recovered)
        && missed.peek().is_some()
        && missed.all(|kept| is_missed(kept.before))
}

fn figure(
    objective: &Objective,
    verdict: &Verdict,
    phase: fn(&ClassVerdict) -> Option<Phase>,
) -> Figure {
    let classes = verdict.classes.iter();
    let own = classes.filter(|class| objective.class.is_none_or(|wanted| wanted == class.class));
    let phases: Vec<Phase> = own
        .filter_map(phase)
        .filter(|phase| phase.offered > 0.0)
        .collect();
    // As for whole runs, the class that fares worst counts.
    let most = |get: fn(&Phase) -> Option<f64>| {
        let all: Option<Vec<f64>> = phases.iter().map(get).collect();
        all.and_then(|all| all.into_iter().reduce(f64::max))
    };
    let (measured, sign) = match objective.target {
        Target::MeanAtMostSeconds(_) => (most(|phase| phase.mean), 1.0),
        Target::P95AtMostSeconds(_) => (most(|phase| phase.p95), 1.0),
        Target::P99AtMostSeconds(_) => (most(|phase| phase.p99), 1.0),
        Target::SuccessAtLeast(_) => {
            let failed = most(|phase| phase.success.map(|share| 1.0 - share));
            (failed.map(|failed| 1.0 - failed), -1.0)
        }
        Target::GoodputAtLeastPerSecond(_) => {
            let rate = |phase: &Phase| phase.succeeded / phase.seconds;
            let is_seen = phases.iter().all(|phase| phase.seconds > 0.0) && !phases.is_empty();
            (is_seen.then(|| phases.iter().map(rate).sum()), -1.0)
        }
        Target::CostAtMostDollarsPerMonth(_) | Target::UtilisationAtMost(_) => (None, 1.0),
    };
    let (_, bound) = objective.target.name_and_bound();
    // The share of requests that a time speaks of: where as many failed as it leaves out, it says nothing of how all fared.
    let spoken_of = match objective.target {
        Target::MeanAtMostSeconds(_) | Target::P95AtMostSeconds(_) => 0.95,
        Target::P99AtMostSeconds(_) => 0.99,
        _ => 0.0,
    };
    let success = phases.iter().filter_map(|phase| phase.success);
    let success = success.fold(1.0, f64::min);
    match measured {
        None => Figure::Unseen,
        Some(value) if sign * (value - bound) > 0.0 => Figure::Missed(value),
        Some(seconds) if success < spoken_of => Figure::MetByTheAnswered { seconds, success },
        Some(value) => Figure::Met(value),
    }
}

/// The share of what was sent while the fault lasted that failed, 0 to 1; `None` where nothing was.
fn failing_meanwhile(verdict: &Verdict) -> Option<f64> {
    let during = || verdict.classes.iter().map(|class| class.during);
    let failed: f64 = during().map(|phase| phase.errors + phase.refused).sum();
    let sent: f64 = during().map(|phase| phase.offered).sum();
    (sent > 0.0).then(|| (failed / sent).min(1.0))
}

/// What explains how it went, in sentences, where the design does (`now` is in seconds from the beginning of the run).
pub fn because(scenario: &Scenario, fault: &Fault, verdict: &Verdict, now: f64) -> Vec<String> {
    /// More than the share of one machine of many.
    const DRAWN: f64 = 0.05;
    let many = failing_meanwhile(verdict).is_some_and(|share| share >= DRAWN);
    let drawn = many.then(|| drawn_to_the_dead(scenario, fault)).flatten();
    let longer = mended_words(fault, verdict, now);
    let deploy = deploy_words(scenario, fault);
    (longer.into_iter().chain(deploy).chain(drawn)).collect()
}

/// Why a deploy takes long: what scales by itself boots before the next is restarted. `None` where nothing does.
fn deploy_words(scenario: &Scenario, fault: &Fault) -> Option<String> {
    let Incident::Component {
        id,
        what: ComponentFault::RollingDeploy { .. },
    } = fault.incident
    else {
        return None;
    };
    let part = scenario.component(id)?;
    let boots = part.seconds(Parameter::BootTime);
    (part.flag(Parameter::Autoscaling) && boots.0 > 0.0).then(|| {
        format!(
            "{} scales by itself: each machine boots for {} before the next is restarted.",
            part.name,
            time(boots)
        )
    })
}

/// Why it lasts longer than the document says (`now` is in seconds from the beginning of the run): what was killed and scales by itself boots
/// before it serves again. `None` where it doesn't.
fn mended_words(fault: &Fault, verdict: &Verdict, now: f64) -> Option<String> {
    /// Boots are longer, and clocks are written in seconds.
    const MOMENT: f64 = 0.5;
    let kills = matches!(
        fault.incident,
        Incident::Component {
            what: ComponentFault::Kill { .. },
            ..
        } | Incident::Zone {
            what: ZoneFault::Kill,
            ..
        }
    );
    let mended = fault.end_seconds().filter(|_| kills)?;
    let lasted = verdict.ended_seconds.unwrap_or(now) - mended;
    let span = time(Seconds(lasted));
    (lasted > MOMENT).then(|| match verdict.ended_seconds {
        Some(_) => format!("It lasted {span} longer than was set: machines that scale by themselves booted before they served again."),
        None => format!("It was mended {span} ago, but machines that scale by themselves boot before they serve again."),
    })
}

/// How things stand `now` (seconds from the beginning of the run), as a sentence.
pub fn outcome_words(scenario: &Scenario, verdict: &Verdict, now: f64) -> String {
    let span = |seconds: f64| time(Seconds(seconds));
    let ended = verdict.ended_seconds.unwrap_or(now);
    let since = span((now - ended).max(0.0));
    let no_better = was_no_better(scenario, verdict);
    let reads = match verdict.outcome {
        Outcome::Unharmed if no_better => {
            "Nothing left its usual range; but what is missed was missed before it, too.".to_owned()
        }
        Outcome::Recovered if no_better => {
            let after = verdict.recovered_seconds.map_or(0.0, |at| at - ended);
            let when = match after > 0.0 {
                true => format!("{} after it was over", span(after)),
                false => "as soon as it was over".to_owned(),
            };
            format!("As it was before, {when}; but what is missed since was missed before it, too.")
        }
        Outcome::Lasting => {
            let lasts = span((now - verdict.began_seconds).max(0.0));
            format!("It has lasted for {lasts}.")
        }
        Outcome::Unharmed => "Nothing left its usual range.".to_owned(),
        Outcome::Recovered => match verdict.recovered_seconds.map(|at| at - ended) {
            // What was left when none failed.
            Some(after) if after > 0.0 && verdict.failed == 0.0 => format!(
                "Recovered {} after it was over: until then requests took longer than before it, or more of them waited.",
                span(after)
            ),
            Some(after) if after > 0.0 => format!("Recovered {} after it was over.", span(after)),
            _ => "Recovered as soon as it was over.".to_owned(),
        },
        Outcome::Recovering => format!("Over for {since}, and not yet as before."),
        Outcome::Draining => {
            let waits = "what has waited since becomes less";
            match verdict.drained_in_seconds {
                Some(left) => format!(
                    "Over for {since}, and still draining: {waits}, and at this rate none of it is left in about {}.",
                    span(rough(left))
                ),
                None => format!("Over for {since}, and still draining: {waits}."),
            }
        }
        Outcome::Unsettled => format!(
            "Over for {since}, and worse than before; the run is too short to say whether it gets better."
        ),
        Outcome::Impaired => format!("Over for {since}, and still somewhat worse than before."),
        Outcome::Down => format!(
            "Metastable: over for {since}, and it doesn't get better without it. What it set off keeps itself going."
        ),
        Outcome::Busier if verdict.recovered_seconds.is_some() => {
            let after = verdict.recovered_seconds.map_or(0.0, |at| at - ended);
            format!(
                "As before {} after it was over; but until then more was sent than before it, so that this need not be its doing.",
                span(after)
            )
        }
        Outcome::Busier => format!(
            "Over for {since}, and worse than before; but more is sent than before it, so that need not be its doing."
        ),
        Outcome::Growing => format!(
            "Over for {since}, and worse than before; but what waits grew before it as well, so that need not be its doing."
        ),
        Outcome::Unknown => {
            "Too little was seen before the first fault to say whether all is as before.".to_owned()
        }
    };
    if verdict.overlapped {
        format!("{reads} Another fault lasted meanwhile.")
    } else {
        reads
    }
}

/// To two figures, as what is only known about.
fn rough(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(value)) - 1.0);
    libm::round(value / unit) * unit
}

/// What it has cost in requests, as a sentence.
pub fn lost_words(verdict: &Verdict) -> String {
    let count = |requests: f64| match requests {
        1.0 => "1 request".to_owned(),
        requests => format!("{} requests", whole(requests)),
    };
    let (failed, lost) = (verdict.failed, libm::round(verdict.lost));
    let words = if failed == 0.0 {
        "No request failed.".to_owned()
    } else if lost < 1.0 {
        format!("{} failed, no more than usual.", count(failed))
    } else if lost >= failed {
        format!("{} failed for it.", count(failed))
    } else {
        format!("{} failed, {} more than usual.", count(failed), whole(lost))
    };
    let mut all = vec![words];
    let meanwhile = failing_meanwhile(verdict).filter(|share| lost >= 1.0 && *share >= 0.01);
    if let Some(meanwhile) = meanwhile.map(share) {
        all.push(match verdict.ended_seconds {
            Some(_) => format!("While it lasted, {meanwhile} of what was sent failed."),
            None => format!("So far that is {meanwhile} of what was sent."),
        });
    }
    let under_way = under_way(verdict);
    if under_way >= 1.0 {
        let still = match verdict.ended_seconds {
            Some(_) => "still waited when it was over",
            None => "wait",
        };
        all.push(format!("{} {still}.", count(under_way)));
    }
    if libm::round(verdict.beyond_bound) >= 1.0 {
        let turned_away = whole(libm::round(verdict.beyond_bound));
        all.push(format!(
            "{turned_away} of the failed were turned away because a run holds no more at once: a real system would have let them wait."
        ));
    }
    all.extend(stale_words(verdict));
    all.extend(dead_letter_words(verdict));
    all.join(" ")
}

/// Requests that were sent while it lasted and hadn't ended by its end, where that is a good part of them; else 0.
fn under_way(verdict: &Verdict) -> f64 {
    /// As many are always under way.
    const MANY: f64 = 0.1;
    let during = || verdict.classes.iter().map(|class| class.during);
    let sent: f64 = during().map(|phase| phase.offered).sum();
    let ended = during().map(|phase| phase.succeeded + phase.errors + phase.refused);
    let left = sent - ended.sum::<f64>();
    if left > MANY * sent {
        libm::round(left)
    } else {
        0.0
    }
}

/// That reads were out of date, where far more were than before.
fn stale_words(verdict: &Verdict) -> Option<String> {
    /// Fewer aren't worth a word.
    const SEEN: f64 = 0.01;
    let before = verdict.stale_before.unwrap_or(0.0);
    let during = verdict
        .stale_during
        .filter(|during| *during >= SEEN && *during > 2.0 * before)?;
    Some(format!(
        "{} of the reads of copies were out of date meanwhile, {} before.",
        share(during),
        share(before)
    ))
}

/// That messages were given up.
fn dead_letter_words(verdict: &Verdict) -> Option<String> {
    let count = libm::round(verdict.dead_letters);
    match count {
        count if count < 1.0 => None,
        1.0 => Some("1 message became a dead letter since it began.".to_owned()),
        count => Some(format!(
            "{} messages became dead letters since it began: handed out as often as may be, and never worked off.",
            whole(count)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Kind, Value};
    use crate::scenario::{ClassId, Component, ComponentId, Point};

    fn phase(success: f64, p95: f64) -> Phase {
        Phase {
            seconds: 10.0,
            offered: 100.0,
            succeeded: 100.0 * success,
            errors: 100.0 * (1.0 - success),
            refused: 0.0,
            success: Some(success),
            mean: Some(p95 / 3.0),
            p50: Some(p95 / 4.0),
            p95: Some(p95),
            p99: None,
        }
    }

    fn verdict() -> Verdict {
        let class = |id, during, after| ClassVerdict {
            class: ClassId(id),
            before: None,
            during,
            after,
        };
        Verdict {
            number: 1,
            began_seconds: 10.0,
            ended_seconds: Some(20.0),
            outcome: Outcome::Recovered,
            recovered_seconds: Some(22.5),
            drained_in_seconds: None,
            overlapped: false,
            failed: 12.0,
            lost: 10.0,
            beyond_bound: 0.0,
            stale_before: Some(0.004),
            stale_during: Some(0.005),
            dead_letters: 0.0,
            classes: vec![
                class(1, phase(0.99, 0.1), Some(phase(1.0, 0.1))),
                class(2, phase(0.8, 0.5), Some(phase(1.0, 0.2))),
            ],
        }
    }

    #[test]
    fn the_worst_class_decides_and_another_objective_is_not_asked() {
        let objective = |class, target| Objective { class, target };
        let scenario = Scenario {
            objectives: vec![
                objective(None, Target::P95AtMostSeconds(0.25)),
                objective(Some(ClassId(1)), Target::SuccessAtLeast(0.95)),
                objective(None, Target::UtilisationAtMost(0.7)),
                objective(None, Target::P99AtMostSeconds(1.0)),
                objective(None, Target::GoodputAtLeastPerSecond(18.0)),
            ],
            ..Scenario::default()
        };
        let kept = kept(&scenario, &verdict());
        let found: Vec<_> = kept
            .iter()
            .map(|own| (own.objective, own.during, own.after))
            .collect();
        assert_eq!(
            found,
            [
                (0, Figure::Missed(0.5), Figure::Met(0.2)),
                (1, Figure::Met(0.99), Figure::Met(1.0)),
                (3, Figure::Unseen, Figure::Unseen),
                (4, Figure::Missed(17.9), Figure::Met(20.0)),
            ]
        );
    }

    #[test]
    fn it_is_said_how_long_and_how_many() {
        let mut verdict = verdict();
        assert_eq!(
            outcome_words(&Scenario::default(), &verdict, 60.0),
            "Recovered 2.5 s after it was over."
        );
        assert_eq!(
            lost_words(&verdict),
            "12 requests failed, 10 more than usual. While it lasted, 10 % of what was sent failed."
        );
        // 21 of 200 failed meanwhile.
        let meanwhile = failing_meanwhile(&verdict).unwrap();
        assert!((meanwhile - 21.0 / 200.0).abs() < 1e-12);
        (verdict.beyond_bound, verdict.stale_during) = (4.0, Some(0.17));
        let words = lost_words(&verdict);
        assert!(
            words.contains("4 of the failed were turned away"),
            "{words}"
        );
        assert!(
            words
                .ends_with("17 % of the reads of copies were out of date meanwhile, 0.4 % before."),
            "{words}"
        );
        (verdict.beyond_bound, verdict.stale_during) = (0.0, None);
        verdict.dead_letters = 30.8;
        let words = lost_words(&verdict);
        assert!(
            words.contains(" 31 messages became dead letters"),
            "{words}"
        );
        verdict.dead_letters = 0.0;
        verdict.classes[0].during.offered = 200.0;
        let words = lost_words(&verdict);
        assert!(
            words.ends_with("100 requests still waited when it was over."),
            "{words}"
        );
        verdict.classes[0].during.offered = 100.0;
        verdict.ended_seconds = None;
        assert!(lost_words(&verdict).ends_with("So far that is 10 % of what was sent."));
        verdict.ended_seconds = Some(20.0);
        (verdict.failed, verdict.lost) = (1.0, 1.0);
        assert!(lost_words(&verdict).starts_with("1 request failed for it."));
        verdict.outcome = Outcome::Down;
        verdict.overlapped = true;
        let words = outcome_words(&Scenario::default(), &verdict, 80.0);
        assert!(
            words.starts_with("Metastable: over for 60") && words.ends_with("meanwhile."),
            "{words}"
        );
    }

    #[test]
    fn what_was_missed_before_is_not_called_recovered() {
        let objective = |bound| Objective {
            class: Some(ClassId(1)),
            target: Target::P95AtMostSeconds(bound),
        };
        let asks = |bound| Scenario {
            objectives: vec![objective(bound)],
            ..Scenario::default()
        };
        let mut verdict = verdict();
        verdict.classes[0].before = Some(phase(1.0, 0.2));
        verdict.recovered_seconds = Some(20.0);
        // Afterwards it is 0.1: kept, or missed as before, or missed and kept before.
        let words = |verdict: &Verdict, bound| outcome_words(&asks(bound), verdict, 60.0);
        assert_eq!(words(&verdict, 0.15), "Recovered as soon as it was over.");
        let no_better = words(&verdict, 0.05);
        assert!(
            no_better.starts_with("As it was before, as soon as it was over;")
                && no_better.ends_with("was missed before it, too."),
            "{no_better}"
        );
        assert!(was_no_better(&asks(0.05), &verdict));
        verdict.classes[0].before = Some(phase(1.0, 0.04));
        assert_eq!(words(&verdict, 0.05), "Recovered as soon as it was over.");
        verdict.classes[0].before = Some(phase(1.0, 0.2));
        verdict.outcome = Outcome::Unharmed;
        let unharmed = words(&verdict, 0.05);
        assert!(unharmed.ends_with("missed before it, too."), "{unharmed}");
        // Without anything before it nothing is known of that.
        verdict.classes[0].before = None;
        assert!(!was_no_better(&asks(0.05), &verdict));
    }

    #[test]
    fn what_drains_is_said_to_with_the_time_that_it_takes_where_that_is_known() {
        let mut verdict = verdict();
        verdict.outcome = Outcome::Draining;
        let words = |verdict: &Verdict| outcome_words(&Scenario::default(), verdict, 60.0);
        assert!(
            words(&verdict).ends_with("becomes less."),
            "{}",
            words(&verdict)
        );
        verdict.drained_in_seconds = Some(1217.0);
        assert!(
            words(&verdict).ends_with("in about 20 min."),
            "{}",
            words(&verdict)
        );
        verdict.outcome = Outcome::Unsettled;
        assert!(
            words(&verdict).contains("too short to say"),
            "{}",
            words(&verdict)
        );
    }

    #[test]
    fn a_time_of_those_who_were_answered_is_none_of_all() {
        let objective = |class, target| Objective { class, target };
        let scenario = Scenario {
            objectives: vec![
                objective(Some(ClassId(2)), Target::P95AtMostSeconds(0.6)),
                objective(Some(ClassId(2)), Target::P95AtMostSeconds(0.4)),
                objective(Some(ClassId(1)), Target::P95AtMostSeconds(0.6)),
                objective(Some(ClassId(2)), Target::SuccessAtLeast(0.5)),
            ],
            ..Scenario::default()
        };
        let found: Vec<_> = (kept(&scenario, &verdict()).iter())
            .map(|own| own.during)
            .collect();
        let by_the_answered = Figure::MetByTheAnswered {
            seconds: 0.5,
            success: 0.8,
        };
        let others = [Figure::Missed(0.5), Figure::Met(0.1), Figure::Met(0.8)];
        assert_eq!(found[0], by_the_answered);
        assert_eq!(found[1..], others);
        let few = Figure::MetByTheAnswered {
            seconds: 0.5,
            success: 0.4,
        };
        let kept = [by_the_answered, few, others[0], others[1]].map(Figure::kept_as);
        let wanted = [KeptAs::InPart, KeptAs::Missed, KeptAs::Missed, KeptAs::Met];
        assert_eq!(kept, wanted);
    }

    #[test]
    fn booting_machines_make_a_fault_longer_than_it_was_set() {
        let kill = Incident::Component {
            id: ComponentId(1),
            what: ComponentFault::Kill { instances: None },
        };
        let mut fault = Fault {
            start_seconds: 10.0,
            duration_seconds: Some(4.0),
            incident: kill,
        };
        let mut verdict = verdict();
        let words = mended_words(&fault, &verdict, 60.0).unwrap();
        assert!(words.starts_with("It lasted 6 s longer"), "{words}");
        verdict.ended_seconds = None;
        let words = mended_words(&fault, &verdict, 17.0).unwrap();
        assert!(words.starts_with("It was mended 3 s ago"), "{words}");
        // What lasts no longer needs no words.
        assert_eq!(mended_words(&fault, &verdict, 12.0), None);
        fault.duration_seconds = None;
        assert_eq!(mended_words(&fault, &verdict, 60.0), None);
    }

    #[test]
    fn a_deploy_of_what_scales_by_itself_waits_for_each_machine() {
        let mut part = Component::new(ComponentId(1), Kind::Service, "API", Point::default());
        part.parameters
            .insert(Parameter::BootTime, Value::Number(40.0));
        let mut scenario = Scenario {
            components: vec![part],
            ..Scenario::default()
        };
        let fault = Fault {
            start_seconds: 10.0,
            duration_seconds: None,
            incident: Incident::Component {
                id: ComponentId(1),
                what: ComponentFault::RollingDeploy {
                    restart_seconds: 1.0,
                },
            },
        };
        assert_eq!(because(&scenario, &fault, &verdict(), 60.0), [""; 0]);
        let parameters = &mut scenario.components[0].parameters;
        parameters.insert(Parameter::Autoscaling, Value::Flag(true));
        let words = because(&scenario, &fault, &verdict(), 60.0).join(" ");
        assert!(words.contains("each machine boots for 40 s"), "{words}");
    }
}
