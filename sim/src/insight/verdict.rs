//! What a fault has come to, in words and against the document's objectives. It doesn't know how it was found out.

use super::drawn_to_the_dead;
use crate::catalog::Parameter;
use crate::des::{ClassVerdict, Outcome, Phase, Verdict, Worse};
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
            let failed = most(|phase| success(phase).map(|share| 1.0 - share));
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
    let success = phases.iter().filter_map(success).fold(1.0, f64::min);
    match measured {
        None => Figure::Unseen,
        Some(value) if sign * (value - bound) > 0.0 => Figure::Missed(value),
        Some(seconds) if success < spoken_of => Figure::MetByTheAnswered { seconds, success },
        Some(value) => Figure::Met(value),
    }
}

/// Requests under way that are always there, as a share of those sent: more are a backlog.
const ALWAYS_UNDER_WAY: f64 = 0.1;

/// The share of a span's requests that are answered well, 0 to 1; `None` where there were none. It is of those sent, without those who are still on
/// their way at its end as long as they are no backlog: the same in a span as over a whole run.
pub fn success(phase: &Phase) -> Option<f64> {
    let waits = phase.offered - phase.ended();
    let is_backlog = phase.offered > 0.0 && waits > ALWAYS_UNDER_WAY * phase.offered;
    match is_backlog {
        true => Some(phase.succeeded / phase.offered),
        false => phase.success,
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
            Some(after) if after > 0.0 => match verdict.worse.map(until_then) {
                Some(until) => format!(
                    "Recovered {} after it was over: until then {until} before it.",
                    span(after)
                ),
                None => format!("Recovered {} after it was over.", span(after)),
            },
            _ => "Recovered as soon as it was over.".to_owned(),
        },
        Outcome::Recovering => format!("It ended {since} ago, and not all is as before yet."),
        Outcome::Draining => {
            let waits = "less and less is waiting";
            match verdict.drained_in_seconds {
                Some(left) => format!(
                    "It ended {since} ago, and the backlog still drains: {waits}, and at this rate none of it is left in about {}.",
                    span(rough(left))
                ),
                None => format!("It ended {since} ago, and the backlog still drains: {waits}."),
            }
        }
        Outcome::Unsettled => format!(
            "It ended {since} ago, and things are worse than before it; the run is too short to say whether they get better."
        ),
        Outcome::Impaired => {
            format!("It ended {since} ago, and things are still somewhat worse than before it.")
        }
        Outcome::Down => format!(
            "Metastable: it ended {since} ago, and things don't get better. What it set off keeps itself going."
        ),
        Outcome::Busier if verdict.recovered_seconds.is_some() => {
            let after = verdict.recovered_seconds.map_or(0.0, |at| at - ended);
            format!(
                "All was as before {} after it ended; but until then more was sent than before it, so that this need not be its doing.",
                span(after)
            )
        }
        Outcome::Busier => format!(
            "It ended {since} ago, and things are worse than before it; but more is sent than before it, so that this need not be its doing."
        ),
        Outcome::Growing => format!(
            "It ended {since} ago, and things are worse than before it; but the backlog grew before it as well, so that this need not be its doing."
        ),
        Outcome::Interrupted => interrupted_words(scenario, verdict, ended),
        Outcome::Unknown => {
            "Too little was seen before the first fault to say whether all is as before.".to_owned()
        }
    };
    let worse = worse_words(scenario, verdict);
    let objectives = objectives_words(scenario, verdict);
    let reads =
        (worse.into_iter().chain(objectives)).fold(reads, |reads, more| format!("{reads} {more}"));
    // Of one that was interrupted that is said already.
    if verdict.overlapped && verdict.outcome != Outcome::Interrupted {
        format!("{reads} Another fault lasted meanwhile.")
    } else {
        reads
    }
}

/// Whether what is somewhat worse than before is still as good as the document asks for; `None` where it asks for nothing, and of other outcomes.
fn objectives_words(scenario: &Scenario, verdict: &Verdict) -> Option<String> {
    if verdict.outcome != Outcome::Impaired {
        return None;
    }
    let kept: Vec<KeptAs> = (kept(scenario, verdict).iter())
        .map(|own| own.after.kept_as())
        .collect();
    let count = |as_what| kept.iter().filter(|own| **own == as_what).count();
    let (all, met, missed) = (kept.len(), count(KeptAs::Met), count(KeptAs::Missed));
    match (all, met, missed) {
        (0, ..) => None,
        (1, 1, _) => Some("The objective is kept all the same.".to_owned()),
        (1, _, 1) => Some("The objective is missed.".to_owned()),
        (all, met, _) if met == all => Some(format!("All {all} objectives are kept all the same.")),
        (all, _, 1) => Some(format!("1 of {all} objectives is missed.")),
        (all, _, missed) if missed > 1 => Some(format!("{missed} of {all} objectives are missed.")),
        (_, 0, _) if count(KeptAs::Unseen) == all => {
            Some("Too few requests ended to say whether objectives are kept.".to_owned())
        }
        (all, met, _) => Some(format!(
            "No objective is missed, but only {met} of {all} surely kept: the others by those that were answered, or too few were seen."
        )),
    }
}

/// What was worse, to be followed by what it is compared to.
fn until_then(worse: Worse) -> &'static str {
    match worse {
        Worse::Success => "fewer requests succeeded than",
        Worse::Times => "requests took longer than",
        Worse::Waiting => "more requests were under way than",
        Worse::Completion => "what was handed over for later was done later than",
        Worse::Lag => "copies were further behind than",
        Worse::Stale => "more reads of copies were out of date, or for longer, than",
        Worse::Later => "more of what was handed over for later failed than",
    }
}

/// When the next fault of the document begins once this one is over, seconds from the beginning of the run.
fn next_fault(scenario: &Scenario, ended: f64) -> Option<f64> {
    let starts = scenario.faults.iter().map(|fault| fault.start_seconds);
    starts.filter(|start| *start > ended).reduce(f64::min)
}

/// That another fault came before it could be said how this one ended.
fn interrupted_words(scenario: &Scenario, verdict: &Verdict, ended: f64) -> String {
    let span = |seconds: f64| time(Seconds(seconds));
    let began = match next_fault(scenario, ended) {
        Some(next) => format!(
            "The next fault began {} after it was over, before all had been as before for long enough to say so",
            span(next - ended)
        ),
        None => {
            "Another fault began before all had been as before for long enough to say so".to_owned()
        }
    };
    match verdict.recovered_seconds {
        Some(at) => format!(
            "{began}: how long this one alone would have taken isn't known. With both, all is as before {} after it was over.",
            span(at - ended)
        ),
        None => format!("{began}: how long this one alone takes isn't known."),
    }
}

/// Of which figure it is that things are worse than before it; `None` where they aren't.
fn worse_words(scenario: &Scenario, verdict: &Verdict) -> Option<String> {
    /// A share of successes, or a time by a share of itself, that differs by less is no worse.
    const FEWER: f64 = 0.002;
    const LONGER: f64 = 1.05;
    /// Nor is a time that differs by less than so many standard deviations.
    const SIGMAS: f64 = 3.0;
    let is_worse = match verdict.outcome {
        Outcome::Busier => verdict.recovered_seconds.is_none(),
        outcome => matches!(
            outcome,
            Outcome::Recovering | Outcome::Unsettled | Outcome::Impaired | Outcome::Growing
        ),
    };
    let pairs = || {
        let classes = verdict.classes.iter().filter(|_| is_worse);
        classes.filter_map(|own| Some((own.class, own.before?, own.after?)))
    };
    let named = |id| {
        let class = scenario.class(id).filter(|_| verdict.classes.len() > 1);
        class.map_or_else(String::new, |class| format!(" of {}", class.name))
    };
    let fewer = pairs().filter_map(|(id, before, after)| {
        let (before, after) = (success(&before)?, success(&after)?);
        (before - after > FEWER).then_some((id, before, after))
    });
    if let Some((id, before, after)) =
        fewer.max_by(|one, other| (one.1 - one.2).total_cmp(&(other.1 - other.2)))
    {
        return Some(format!(
            "Since then {}{} succeeded, {} before it.",
            share(after),
            named(id),
            share(before)
        ));
    }
    let longer = pairs().filter_map(|(id, before, after)| {
        // Of times like an exponential law's the deviation is as large as the mean, and that of a mean of n is 1/√n of it.
        let of_one = |phase: &Phase| 1.0 / (phase.succeeded + phase.errors);
        let chance = SIGMAS * libm::sqrt(of_one(&before) + of_one(&after));
        let (before, after) = (before.mean?, after.mean?);
        let is_longer = before > 0.0 && after > LONGER.max(1.0 + chance) * before;
        is_longer.then_some((id, before, after))
    });
    let (id, before, after) =
        longer.max_by(|one, other| (one.2 / one.1).total_cmp(&(other.2 / other.1)))?;
    Some(format!(
        "Since then the mean response time{} is {}, {} before it.",
        named(id),
        time(Seconds(after)),
        time(Seconds(before))
    ))
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
pub fn lost_words(scenario: &Scenario, verdict: &Verdict) -> String {
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
    all.extend(dead_letter_words(scenario, verdict));
    all.extend(failed_later_words(verdict));
    all.extend(writes_lost_words(verdict));
    all.join(" ")
}

/// Requests that were sent while it lasted and hadn't ended by its end, where that is a good part of them; else 0.
fn under_way(verdict: &Verdict) -> f64 {
    let during = || verdict.classes.iter().map(|class| class.during);
    let sent: f64 = during().map(|phase| phase.offered).sum();
    let ended = during().map(|phase| phase.succeeded + phase.errors + phase.refused);
    let left = sent - ended.sum::<f64>();
    if left > ALWAYS_UNDER_WAY * sent {
        libm::round(left)
    } else {
        0.0
    }
}

/// That reads were out of date, where far more were than before.
fn stale_words(verdict: &Verdict) -> Option<String> {
    let during = verdict.stale_during.filter(|_| verdict.spoiled_reads())?;
    let by = |seconds: Option<f64>| match seconds {
        Some(seconds) => format!(" (for {} on average)", time(Seconds(seconds))),
        None => String::new(),
    };
    Some(format!(
        "{} of the reads of copies were out of date meanwhile{}, {} before{}.",
        share(during),
        by(verdict.stale_seconds_during),
        share(verdict.stale_before.unwrap_or(0.0)),
        by(verdict.stale_seconds_before)
    ))
}

/// That what had been handed over for later failed, but for the dead letters.
fn failed_later_words(verdict: &Verdict) -> Option<String> {
    let count = libm::round(verdict.failed_later - verdict.dead_letters);
    (count >= 1.0).then(|| {
        let further = match verdict.dead_letters > 0.0 {
            true => " further",
            false => "",
        };
        match count {
            1.0 => format!("1{further} piece of work failed after its request had been answered."),
            count => format!(
                "{}{further} pieces of work failed after their requests had been answered.",
                whole(count)
            ),
        }
    })
}

/// That writes were lost that somebody takes for written.
fn writes_lost_words(verdict: &Verdict) -> Option<String> {
    match verdict.writes_lost {
        0 => None,
        1 => Some(
            "1 acknowledged write was lost with a cache's memory, before its store had it."
                .to_owned(),
        ),
        many => Some(format!(
            "{} acknowledged writes were lost with a cache's memory, before its store had them.",
            whole(many as f64)
        )),
    }
}

/// That messages were given up.
fn dead_letter_words(scenario: &Scenario, verdict: &Verdict) -> Option<String> {
    let count = libm::round(verdict.dead_letters);
    let next = (verdict.ended_seconds).and_then(|ended| next_fault(scenario, ended));
    let since = match next {
        Some(_) => "between its beginning and the next fault's",
        None => "since it began",
    };
    match count {
        count if count < 1.0 => None,
        1.0 => Some(format!("1 message became a dead letter {since}.")),
        count => Some(format!(
            "{} messages became dead letters {since}: handed out as often as may be, and never worked off.",
            whole(count)
        )),
    }
}

#[cfg(test)]
mod tests;
