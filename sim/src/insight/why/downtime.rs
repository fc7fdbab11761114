//! Why a design doesn't always answer: what fails, how often and for how long, and what that costs of a year. It proposes nothing.

use super::nouns::times;
use super::{class_name, name};
use crate::analysis::Analysis;
use crate::catalog::Parameter;
use crate::insight::availability::{
    Availability, Blame, Cause, PartAvailability, availability, blame, unanswered_while,
};
use crate::insight::faults::fault_words;
use crate::insight::sought::SECONDS_PER_YEAR;
use crate::quantities::{Decimal, share, time};
use crate::scenario::{ClassId, Scenario};
use crate::theory::reliability::failure_rate;
use crate::units::{SECONDS_PER_MONTH, Seconds};

/// Things that are told one by one.
const MOST: usize = 4;
/// Less than this share of what is lost isn't worth a sentence.
const WORTH_A_SENTENCE: f64 = 0.01;

/// A share of the requests that is less is what is left of rounding.
const LEAST: f64 = 1e-12;

/// For so much of a year.
fn a_year(away: f64) -> String {
    time(Seconds(away * SECONDS_PER_YEAR))
}

pub(super) fn downtime(
    scenario: &Scenario,
    analysis: &Analysis,
    class: Option<ClassId>,
) -> Option<Vec<String>> {
    let (whose, is) = match class {
        Some(class) => (format!("of {}", class_name(scenario, class)), "is"),
        None => ("of all requests".to_owned(), "are"),
    };
    let (compiled, report) = (&analysis.compiled, &analysis.report);
    let Some(blame) = blame(scenario, compiled, report, class) else {
        return Some(vec![match class {
            Some(class) => format!("Nobody sends {}.", class_name(scenario, class)),
            None => "Nobody sends anything.".to_owned(),
        }]);
    };
    let lost = blame.lost.share;
    if lost <= 0.0 {
        return Some(vec![format!(
            "All {whose} {is} answered: nothing that is needed for it ever fails."
        )]);
    }
    let found = availability(scenario, compiled, report);
    let about = match blame.lost.interval {
        Some((low, high)) => format!(
            " (between {} and {}: the design is too large for an exact answer, and was drawn by lot)",
            a_year(low),
            a_year(high)
        ),
        None => String::new(),
    };
    let mut sentences = vec![format!(
        "{} {whose} {is} answered. That is as if {} a year nothing were{about}, {} a month.",
        works(1.0 - lost),
        a_year(lost),
        time(Seconds(lost * SECONDS_PER_MONTH))
    )];
    sentences.extend(in_a_run(scenario, analysis, class));
    sentences.extend(costs(scenario, &found, &blame));
    sentences.extend(cuts(scenario, &found, class));
    Some(sentences)
}

/// What a run of the document takes away, and what isn't answered meanwhile.
fn in_a_run(scenario: &Scenario, analysis: &Analysis, class: Option<ClassId>) -> Vec<String> {
    let (compiled, report) = (&analysis.compiled, &analysis.report);
    let mut sentences = Vec::new();
    for fault in &scenario.faults {
        let lost = unanswered_while(scenario, compiled, report, class, &fault.incident);
        let Some(lost) = lost.filter(|_| sentences.len() < MOST) else {
            continue;
        };
        let whose = class.map_or("all requests", |class| class_name(scenario, class));
        let are_not = if class.is_some() { "isn't" } else { "aren't" };
        let what = fault_words(scenario, fault);
        sentences.push(match lost > LEAST {
            true => format!(
                "With {what}, as in a run of this, {} of {whose} {are_not} answered until that is mended.",
                share(lost)
            ),
            false => format!(
                "With {what}, as in a run of this, {whose} would still be answered, once that has been noticed."
            ),
        });
    }
    sentences
}

/// What each thing that fails costs, and why so much.
fn costs(scenario: &Scenario, found: &Availability, blame: &Blame) -> Vec<String> {
    let lost = blame.lost.share;
    let told = blame.causes.iter();
    let told = told.filter(|(_, gain)| *gain >= WORTH_A_SENTENCE * lost);
    let mut sentences: Vec<String> = told
        .clone()
        .take(MOST)
        .map(|(cause, gain)| {
            format!(
                "{} ({}) of that would be gone if {} never failed: {}.",
                a_year(*gain),
                share(gain / lost),
                called(scenario, *cause),
                because(scenario, found, *cause)
            )
        })
        .collect();
    let rest: Vec<&(Cause, f64)> = told.skip(MOST).collect();
    if !rest.is_empty() {
        let (cause, gain) = rest[0];
        let (most, gain) = (called(scenario, *cause), a_year(*gain));
        sentences.push(match rest.len() {
            1 => format!("One more thing costs less: {most} ({gain})."),
            more => format!("{more} more things cost less, {most} the most of them ({gain})."),
        });
    }
    sentences
}

/// What never failing is said of.
fn called(scenario: &Scenario, cause: Cause) -> String {
    match cause {
        Cause::Component {
            id, database: None, ..
        } => name(scenario, id).to_owned(),
        Cause::Takeover(id) => format!("taking over from {}", name(scenario, id)),
        _ => cause.words(scenario),
    }
}

/// To a hundredth of a per cent, and finer where only that tells it from all.
fn works(part: f64) -> String {
    match (0.5..0.999).contains(&part) {
        true => format!("{} %", Decimal::fixed(part * 100.0, 2)),
        false => share(part),
    }
}

/// How often it fails, how long it is away, and who stands in for it.
fn because(scenario: &Scenario, found: &Availability, cause: Cause) -> String {
    match cause {
        Cause::Region(_) | Cause::DataCentre(_) => {
            let what = match cause {
                Cause::Region(_) => "region",
                _ => "data centre",
            };
            let share = found
                .single_points
                .iter()
                .find(|point| point.cause == cause);
            let away = share.map_or(String::new(), |point| {
                format!(", which is away for {} a year", a_year(point.share))
            });
            format!("every machine in it goes with the {what}{away}")
        }
        Cause::Takeover(id) => {
            let part = scenario.component(id);
            let seconds = |parameter| part.map_or(Seconds(0.0), |part| part.seconds(parameter));
            let (detected, promoted) = (
                seconds(Parameter::DetectionTime),
                seconds(Parameter::PromotionTime),
            );
            format!(
                "each time it fails, {} pass until that is noticed and {} until a replica has taken over",
                time(detected),
                time(promoted)
            )
        }
        Cause::Component { id, .. } => {
            let parts = found.parts.iter();
            let Some(part) = parts.clone().find(|part| part.component == id) else {
                return format!("{} fails", name(scenario, id));
            };
            instances(scenario, part)
        }
    }
}

/// How often an instance is away, where the design says how long a repair takes, or else for how long; and who stands in for it.
fn instances(scenario: &Scenario, part: &PartAvailability) -> String {
    let component = scenario.component(part.component);
    let repair = component
        .filter(|component| component.applies(Parameter::RepairTime))
        .map(|component| component.seconds(Parameter::RepairTime));
    let rate = repair.and_then(|repair| failure_rate(part.instance, repair.0));
    let works = share(part.instance);
    let away = match (repair, rate) {
        (Some(repair), Some(rate)) if rate > 0.0 => format!(
            "away {} a year for {} (it works {works} of the time)",
            times(rate * SECONDS_PER_YEAR),
            time(repair)
        ),
        _ => format!(
            "away for {} a year (it works {works} of the time)",
            a_year(1.0 - part.instance)
        ),
    };
    match (part.instances, part.needed, part.shared) {
        (_, None, _) => format!("its provider keeps the spares, and as a whole it is {away}"),
        (1, ..) => format!("there is one of it, {away}"),
        (count, Some(needed), true) if needed >= count => {
            format!(
                "each of its {count} instances is {away}, and the load at its peak needs all of them"
            )
        }
        (count, Some(needed), true) => format!(
            "each of its {count} instances is {away}, and the load at its peak needs {needed} of them"
        ),
        (count, _, false) => format!(
            "each of its {count} instances is {away}, and keeps getting its share of the requests meanwhile"
        ),
    }
}

/// What brings a class, or any, down altogether.
fn cuts(scenario: &Scenario, found: &Availability, class: Option<ClassId>) -> Vec<String> {
    let mut sentences = Vec::new();
    let points = found.single_points.iter();
    let points = points.filter(|point| class.is_none_or(|class| point.classes.contains(&class)));
    let single: Vec<String> = points
        .map(|point| format!("{} ({})", point.cause.words(scenario), a_year(point.share)))
        .collect();
    let whom = match class {
        Some(class) => class_name(scenario, class).to_owned(),
        None if found.classes.len() > 1 => "a class".to_owned(),
        None => "everything".to_owned(),
    };
    match single.len() {
        0 => sentences.push(format!("Nothing brings {whom} down by itself.")),
        count => {
            let shown = single[..count.min(MOST)].join(", ");
            let more = match count.saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            sentences.push(format!(
                "By itself each of these brings {whom} down, for so much of a year: {shown}{more}."
            ));
        }
    }
    let mut together: Vec<(f64, String)> = Vec::new();
    let classes = found.classes.iter();
    for own in classes.filter(|own| class.is_none_or(|class| own.class == class)) {
        for cut in own.cuts.iter().filter(|cut| is_together(&cut.causes)) {
            let words: Vec<String> = cut.causes.iter().map(|own| own.words(scenario)).collect();
            let words = words.join(" with ");
            if together.iter().all(|(_, known)| *known != words) {
                together.push((cut.share, words));
            }
        }
    }
    together.sort_by(|one, other| other.0.total_cmp(&one.0));
    if let Some((share, words)) = together.first() {
        let others = match together.len() - 1 {
            0 => String::new(),
            1 => ", and there is one more such set".to_owned(),
            more => format!(", and there are {more} more such sets"),
        };
        sentences.push(format!(
            "Likeliest of what does so only together: {words}, {} a year{others}.",
            a_year(*share)
        ));
    }
    sentences
}

/// Whether several things have to be away at once.
fn is_together(causes: &[Cause]) -> bool {
    match causes {
        [] => false,
        [only] => !only.is_single(),
        _ => true,
    }
}
