//! What a run has shown of an objective, in words: how much it was, and how it was before each of the run's faults, meanwhile and afterwards. It
//! doesn't know what theory says of it.

use super::check::capital;
use super::figure::{Known, Measure, class};
use super::forms::{Bound, Objective};
use super::grade::graded;
use super::seen::Seen;
use crate::des::{ClassVerdict, Phase, Verdict};
use crate::insight::{because, done_later_by, fault_words, lost_words, outcome_words, success};
use crate::network::compile;
use crate::quantities::{number, percent, share, time, whole};
use crate::scenario::{ClassId, ComponentId, Scenario};
use crate::units::Seconds;

/// Of the requests of a run, a share that still waits at its end and is worth a word.
const WAITING: f64 = 0.02;
/// A part that is busy for less of the time isn't what anybody waits for.
const BUSY: f64 = 0.5;

/// What the run has shown, a paragraph each; nothing without one, nor of what isn't measured in runs.
pub(super) fn shown(objective: &Objective, known: &Known) -> Vec<String> {
    let by_run = objective.figure.is_of_runs(known.scenario);
    let Some(seen) = known.seen.filter(|_| by_run) else {
        return Vec::new();
    };
    let class = asked(objective, known, seen);
    let mut told = vec![verdict(objective, known, class)];
    if objective.figure.measure == Measure::Cost {
        told.push(machines(known.scenario, seen));
        return told;
    }
    let faults = known.scenario.faults.iter().enumerate();
    for (place, fault) in faults {
        let Some(found) = seen.verdicts.iter().find(|own| own.number == place + 1) else {
            continue;
        };
        let first = told.len() == 1;
        let next = next_after(found, &seen.verdicts);
        let (how, harmed) = meanwhile(objective, known, (found, class), (first, next));
        let mut sentences = vec![how];
        if harmed {
            sentences.push(outcome_words(known.scenario, found, seen.seconds));
            sentences.extend(because(known.scenario, fault, found, seen.seconds));
            sentences.push(lost_words(known.scenario, found));
        }
        told.push(sentences.join(" "));
    }
    told.extend(left(objective, known.scenario, seen));
    told.extend(busiest(objective, known, seen));
    told
}

/// Whether it is a figure of a class's answers.
fn is_of_answers(measure: Measure) -> bool {
    matches!(
        measure,
        Measure::Mean
            | Measure::P50
            | Measure::P95
            | Measure::P99
            | Measure::Success
            | Measure::Goodput
    )
}

/// The figure in a span of a run; `None` where there was too little to say.
fn of(measure: Measure, phase: &Phase) -> Option<f64> {
    match measure {
        Measure::Mean => phase.mean,
        Measure::P50 => phase.p50,
        Measure::P95 => phase.p95,
        Measure::P99 => phase.p99,
        Measure::Success => success(phase),
        Measure::Goodput => (phase.seconds > 0.0).then(|| phase.succeeded / phase.seconds),
        _ => None,
    }
}

/// The class that the figure is of: the one that it names, or that fares worst in the run; `None` where it is of all, or of none.
fn asked(objective: &Objective, known: &Known, seen: &Seen) -> Option<ClassId> {
    let measure = objective.figure.measure;
    if let Some(name) = &objective.figure.of {
        return class(known.scenario, name);
    }
    if !is_of_answers(measure) || measure == Measure::Goodput {
        return None;
    }
    let sent = seen.classes.iter().filter(|(_, phase)| phase.offered > 0.0);
    let sign = if measure.is_better_when_higher() {
        -1.0
    } else {
        1.0
    };
    let worst = sent
        .filter_map(|(class, phase)| Some((*class, sign * of(measure, phase)?)))
        .max_by(|one, other| one.1.total_cmp(&other.1));
    worst.map(|(class, _)| class)
}

/// The time that it was in a run until anything went wrong, where it is a time of answers.
pub(super) fn calm(objective: &Objective, known: &Known) -> Option<f64> {
    let (seen, measure) = (known.seen?, objective.figure.measure);
    if !matches!(
        measure,
        Measure::Mean | Measure::P50 | Measure::P95 | Measure::P99
    ) {
        return None;
    }
    let class = asked(objective, known, seen)?;
    let phase = match seen.verdicts.first() {
        Some(verdict) => {
            let own = verdict.classes.iter().find(|own| own.class == class)?;
            own.before?
        }
        None => seen.classes.iter().find(|(id, _)| *id == class)?.1,
    };
    of(measure, &phase)
}

/// How much it was, and whether that is kept.
fn verdict(objective: &Objective, known: &Known, class: Option<ClassId>) -> String {
    let graded = graded(objective, known);
    let figure = &objective.figure;
    let (must, limit, bound) = match objective.bound() {
        Bound::AtMost(bound) => ("may", "at most", bound),
        Bound::AtLeast(bound) => ("must", "at least", bound),
    };
    let several = known
        .report
        .classes
        .iter()
        .filter(|own| own.offered.0 > 0.0);
    // Where all fare alike, nobody fares worst.
    let own = class.and_then(|class| {
        let seen = known.seen?.classes.iter();
        let all = seen.filter(|(id, phase)| *id != class && phase.offered > 0.0);
        let measured = graded.measured?;
        let mut alike = all.filter_map(|(_, phase)| of(figure.measure, phase));
        (!alike.any(|other| other == measured)).then_some(class)
    });
    let of_whom = own
        .filter(|_| figure.of.is_none() && several.count() > 1)
        .and_then(|class| known.scenario.class(class))
        .map_or(String::new(), |class| {
            format!(", that of {}, which fared worst", class.name)
        });
    let fate = if graded.met { "kept" } else { "missed" };
    let (were, they_are) = match figure.measure {
        Measure::StaleReads | Measure::Lost | Measure::LostWrites => ("they were", "they are"),
        _ => ("it was", "it is"),
    };
    let was = match graded.measured {
        None => format!("in this run, {}", figure.measure.unseen()),
        Some(f64::INFINITY) => "in this run it had no end".to_owned(),
        Some(value) => format!(
            "in this run {were} {}{of_whom}",
            figure.measure.write_beside(value, bound)
        ),
    };
    format!(
        "{} {must} be {} {limit}: {was}, so that {they_are} {fate}.",
        capital(&called(objective)),
        figure.measure.write(bound)
    )
}

/// Which machines the run is charged for.
fn machines(scenario: &Scenario, seen: &Seen) -> String {
    let pools = seen.pools.iter().filter_map(|own| {
        let part = scenario.component(own.component)?;
        let mean = libm::round(own.mean * 10.0) / 10.0;
        Some(format!("{} {}", number(mean), part.name))
    });
    format!(
        "Machines that come and go are paid for as long as the run had them, booting or serving: on average {}.",
        pools.collect::<Vec<String>>().join(", ")
    )
}

/// What the figure is called in a sentence.
fn called(objective: &Objective) -> String {
    let figure = &objective.figure;
    match (figure.measure, &figure.of) {
        (Measure::Done, Some(of)) => format!("the share of the work of {of} that is done"),
        (Measure::Done, None) => "the share of the work that is done".to_owned(),
        _ => figure.to_string(),
    }
}

/// A moment of a run.
fn at(seconds: f64) -> String {
    /// Whoever writes a lesson writes seconds, and so does the clock of a run up to here.
    const IN_SECONDS: f64 = 600.0;
    match seconds < IN_SECONDS {
        true => format!("{} s", number(seconds)),
        false => time(Seconds(seconds)),
    }
}

/// When the next fault began once this one was over: what is told of afterwards is until then.
fn next_after(found: &Verdict, all: &[Verdict]) -> Option<f64> {
    let ended = found.ended_seconds?;
    let later = all.iter().map(|own| own.began_seconds);
    later.filter(|began| *began > ended).reduce(f64::min)
}

/// How it was before the fault, while it lasted, and afterwards; and whether it wasn't the same all the time.
fn meanwhile(
    objective: &Objective,
    known: &Known,
    (found, class): (&Verdict, Option<ClassId>),
    (first, next): (bool, Option<f64>),
) -> (String, bool) {
    let (measure, scenario) = (objective.figure.measure, known.scenario);
    let fault = scenario.faults.get(found.number - 1);
    let what = fault.map_or(String::new(), |fault| fault_words(scenario, fault));
    let began = found.began_seconds;
    let ended = found.ended_seconds.filter(|ended| *ended > began);
    let when = match (ended, found.ended_seconds) {
        (Some(ended), _) => format!("from {} to {}", at(began), at(ended)),
        (None, Some(_)) => format!("at {}", at(began)),
        (None, None) => format!("from {} on", at(began)),
    };
    if !is_of_answers(measure) || (class.is_none() && measure != Measure::Goodput) {
        return (format!("{}: {what}.", capital(&when)), true);
    }
    let of_span = |phase: fn(&ClassVerdict) -> Option<Phase>| -> Option<f64> {
        if class.is_none() {
            let all: Option<Vec<f64>> = (found.classes.iter())
                .map(|own| of(measure, &phase(own)?))
                .collect();
            return all.map(|all| all.into_iter().fold(0.0, |sum, own| sum + own));
        }
        let own = found.classes.iter().find(|own| Some(own.class) == class)?;
        of(measure, &phase(own)?)
    };
    let (short, write) = (measure.name(), |value: f64| measure.write(value));
    let before = of_span(|class| class.before).map(write);
    let during = of_span(|class| Some(class.during)).map(write);
    let after = of_span(|class| class.after).map(write);
    // What a share was all the time needs no more words.
    let all = [&before, &during, &after];
    if measure == Measure::Success
        && all.iter().all(|own| own.as_deref() == before.as_deref())
        && let Some(same) = &before
    {
        return (
            format!("{} ({what}) it was {same}, as before.", capital(&when)),
            false,
        );
    }
    let mut words = String::new();
    let mut named = short;
    if let Some(before) = before.filter(|_| first) {
        words = format!("Until {} {short} was {before}. ", at(began));
        named = "it";
    }
    let nobody = found.classes.iter().all(|own| own.during.succeeded == 0.0);
    let none = match nobody {
        true => "nothing was answered",
        false => "too few were answered to say",
    };
    let said = |value: &Option<String>| {
        value
            .as_ref()
            .map_or_else(|| none.to_owned(), |value| format!("{named} was {value}"))
    };
    let how = match (ended, found.ended_seconds) {
        (Some(_), _) => match &after {
            Some(after) => format!(
                "{} ({what}) {}, and from then {} {after}",
                capital(&when),
                said(&during),
                next.map_or("on".to_owned(), |next| format!("until {}", at(next)))
            ),
            None => format!("{} ({what}) {}", capital(&when), said(&during)),
        },
        // It was over at once.
        (None, Some(_)) => format!("From {} on ({what}) {}", at(began), said(&after)),
        (None, None) => format!("{} ({what}) {}", capital(&when), said(&during)),
    };
    (format!("{words}{how}."), true)
}

/// Requests that still waited when the run ended, which are in none of its times: those of the class that the figure names, else of all. Where
/// they are few of all but many of one class, it is of that.
fn left(objective: &Objective, scenario: &Scenario, seen: &Seen) -> Option<String> {
    let measure = objective.figure.measure;
    if !is_of_answers(measure) {
        return None;
    }
    let waiting = |phase: &Phase| (phase.offered - phase.ended(), phase.offered);
    // However few they are: a backlog is what keeps such a share below all.
    let is_counted = |phase: &Phase| measure == Measure::Success && phase.counts_backlog();
    let is_told = |(left, all): (f64, f64)| all > 0.0 && left > WAITING * all;
    let each = || seen.classes.iter().map(|(id, own)| (*id, waiting(own)));
    let worst = || {
        let told = seen.classes.iter();
        told.filter(|(_, own)| is_told(waiting(own)) || is_counted(own))
            .map(|(id, own)| (*id, waiting(own)))
            .max_by(|(_, one), (_, other)| (one.0 / one.1).total_cmp(&(other.0 / other.1)))
    };
    let (of, (left, all)) = match &objective.figure.of {
        Some(name) => {
            let named = class(scenario, name)?;
            let own = each().find(|(id, _)| *id == named)?.1;
            (Some(named), own)
        }
        None => {
            let all = each().fold((0.0, 0.0), |sum, (_, own)| (sum.0 + own.0, sum.1 + own.1));
            match is_told(all) {
                true => (None, all),
                false => worst().map(|(id, own)| (Some(id), own))?,
            }
        }
    };
    let several = seen.classes.len() > 1;
    let whose = of
        .filter(|_| several)
        .and_then(|of| scenario.class(of))
        .map_or(String::new(), |own| format!(" of {}", own.name));
    let counts = (seen.classes.iter())
        .filter(|(id, _)| of.is_none_or(|of| of == *id))
        .any(|(_, own)| own.counts_backlog());
    (is_told((left, all)) || counts && measure == Measure::Success).then(|| {
        format!(
            "When the run ended, {} of the {}{whose} that had been sent still waited ({}): {}.",
            whole(left),
            whole(all),
            share(left / all),
            match measure {
                Measure::Success if counts => "it is a backlog, and counts as not answered",
                Measure::Success => "they are left out of the success",
                Measure::Goodput => "they count for nothing",
                _ => "what they took isn't among the times",
            }
        )
    })
}

/// The part that was busiest, where one was busy; of what is done later, the busiest of those that do it.
fn busiest(objective: &Objective, known: &Known, seen: &Seen) -> Option<String> {
    let figure = &objective.figure;
    let later = matches!(figure.measure, Measure::Completion | Measure::Done);
    if !later && !is_of_answers(figure.measure) {
        return None;
    }
    let doing = later.then(|| {
        let named = figure.of.as_ref().and_then(|of| class(known.scenario, of));
        let classes = seen.handing.iter().copied();
        let classes = classes.filter(|own| named.is_none_or(|named| named == *own));
        let network = compile(known.scenario).network;
        let parts = classes.flat_map(|class| done_later_by(&network, class));
        parts.collect::<Vec<ComponentId>>()
    });
    let parts = seen.parts.iter().filter(|part| {
        let mut doing = doing.iter();
        doing.all(|doing| doing.contains(&part.component))
    });
    let busy = parts.filter_map(|part| Some((part.component, part.utilisation?)));
    let (id, most) = busy
        .filter(|(_, busy)| *busy >= BUSY)
        .max_by(|one, other| one.1.total_cmp(&other.1))?;
    let name = &known.scenario.component(id)?.name;
    let whole = match doing {
        None => "Busiest over the whole run",
        Some(_) => "Busiest over the whole run of those that do what was handed over",
    };
    Some(format!("{whole}: {name}, {} of the time.", percent(most)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Figure;
    use crate::scenario::read;

    fn phase(offered: f64, succeeded: f64) -> Phase {
        Phase {
            seconds: 60.0,
            offered,
            succeeded,
            errors: 0.0,
            refused: 0.0,
            success: Some(1.0),
            mean: None,
            p50: None,
            p95: None,
            p99: None,
        }
    }

    #[test]
    fn whoever_still_waits_is_counted_over_all_or_named() {
        let built_in = crate::builtin::named("knee").expect("it is built in");
        let mut scenario = read(built_in.text()).scenario.expect("it is sound");
        let mut other = scenario.classes[0].clone();
        scenario.classes.truncate(1);
        scenario.classes[0].name = "View".to_owned();
        other.id = ClassId(scenario.classes[0].id.0 + 1);
        other.name = "Edit".to_owned();
        scenario.classes.push(other);
        let ids = [scenario.classes[0].id, scenario.classes[1].id];
        let seen = |view: (f64, f64), edit: (f64, f64)| Seen {
            classes: vec![
                (ids[0], phase(view.0, view.1)),
                (ids[1], phase(edit.0, edit.1)),
            ],
            ..Seen::default()
        };
        let row = |figure: &str| Objective {
            figure: Figure::parse(figure).expect("it is one"),
            at_most: None,
            at_least: Some(0.99),
        };
        let told = |figure: &str, seen: &Seen| left(&row(figure), &scenario, seen);
        // 100 % of what ended succeeded in both: the row is of neither alone.
        let both = seen((900.0, 700.0), (100.0, 90.0));
        let words = told("success", &both).expect("many wait");
        assert!(
            words.contains("210 of the 1,000 that had been sent still waited (21 %)"),
            "{words}"
        );
        let words = told("success of Edit", &both).expect("many wait");
        assert!(
            words.contains("10 of the 100 of Edit that had been sent"),
            "{words}"
        );
        // Few of all, but many of one.
        let one = seen((9_900.0, 9_900.0), (100.0, 50.0));
        let words = told("success", &one).expect("many of one wait");
        assert!(
            words.contains("50 of the 100 of Edit that had been sent"),
            "{words}"
        );
        assert_eq!(told("success of View", &one), None);
        assert_eq!(told("success", &seen((0.0, 0.0), (0.0, 0.0))), None);
        // Where all have ended, failures are no backlog; where a backlog is counted, few are told, too.
        let mut failing = seen((1000.0, 900.0), (0.0, 0.0));
        let all = &mut failing.classes[0].1;
        (all.errors, all.success) = (100.0, Some(0.9));
        assert_eq!(told("success", &failing), None);
        let mut growing = seen((1000.0, 985.0), (0.0, 0.0));
        growing.classes[0].1.success = Some(0.985);
        let words = told("success", &growing).expect("they are counted");
        assert!(
            words.contains(
                "15 of the 1,000 of View that had been sent still waited (1.5 %): it is a backlog"
            ),
            "{words}"
        );
    }
}
