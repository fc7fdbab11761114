//! Why answers are out of date, and why writes are lost: who keeps copies, how far behind they are, and how often that is found out. It proposes
//! nothing.

use super::nouns::{counted, times};
use super::{class_name, name};
use crate::analysis::Analysis;
use crate::catalog::{Choice, Kind, Parameter};
use crate::insight::consistency::{Consistency, LostWrites, StaleReads, consistency_of};
use crate::network::Role;
use crate::quantities::{number, rate, share, time};
use crate::scenario::{ClassId, Component, Scenario};
use crate::units::Seconds;

/// Places that are told one by one.
const MOST: usize = 4;

/// Why reads of a class, or of all, are out of date.
pub(super) fn stale(
    scenario: &Scenario,
    analysis: &Analysis,
    class: Option<ClassId>,
) -> Option<Vec<String>> {
    let found = found(scenario, analysis, class);
    let whose = whose(scenario, class);
    let Some(stale) = found.stale else {
        return Some(vec![match class {
            Some(class) => format!(
                "{} reads nothing that is written.",
                class_name(scenario, class)
            ),
            None => "Nobody reads anything that is written.".to_owned(),
        }]);
    };
    if found.reads.is_empty() {
        return Some(vec![fresh(&whose)]);
    }
    let mut rows = found.reads;
    let bound = rows.iter().any(|row| row.at_most);
    let mut sentences = vec![match bound {
        // The sum of what is only bounded is only bounded.
        true => format!("At most {} of {whose} is out of date.", share(stale)),
        false => format!("{} of {whose} is out of date.", share(stale)),
    }];
    rows.sort_by(|one, other| (other.rate.0 * other.share).total_cmp(&(one.rate.0 * one.share)));
    sentences.extend(tell(scenario, analysis, &rows));
    Some(sentences)
}

/// What a class reads, or what all do, in words.
fn whose(scenario: &Scenario, class: Option<ClassId>) -> String {
    class.map_or_else(
        || "what is read".to_owned(),
        |class| format!("what {} reads", class_name(scenario, class)),
    )
}

/// Why what is read may be so old.
pub(super) fn oldest(
    scenario: &Scenario,
    analysis: &Analysis,
    class: Option<ClassId>,
) -> Option<Vec<String>> {
    let found = found(scenario, analysis, class);
    let whose = whose(scenario, class);
    let mut rows = found.reads.clone();
    if rows.is_empty() {
        return Some(vec![fresh(&whose)]);
    }
    let mut sentences = vec![match found.oldest() {
        Some(oldest) => format!(
            "What is read{} has been out of date for {} at most.",
            class.map_or(String::new(), |class| format!(
                " by {}",
                class_name(scenario, class)
            )),
            time(oldest)
        ),
        None => format!("Nothing bounds for how long {whose} may have been out of date."),
    }];
    let end = |row: &StaleReads| row.longest.map_or(f64::INFINITY, |longest| longest.0);
    rows.sort_by(|one, other| end(other).total_cmp(&end(one)));
    sentences.extend(tell(scenario, analysis, &rows));
    Some(sentences)
}

/// Why writes are lost.
pub(super) fn lost(scenario: &Scenario, analysis: &Analysis) -> Vec<String> {
    let mut rows = found(scenario, analysis, None).lost;
    if rows.is_empty() {
        return vec![
            "None is: whatever dies, what was confirmed is kept. A replica that takes over from a primary that doesn't wait for it, or a cache that writes later, would lose some.".to_owned(),
        ];
    }
    rows.sort_by(|one, other| other.per_month().total_cmp(&one.per_month()));
    let all: f64 = rows.iter().map(LostWrites::per_month).sum();
    let one = number(all) == "1";
    let mut sentences = vec![format!(
        "{} a month that {} confirmed {} lost.",
        counted(all, "write", "writes"),
        if one { "was" } else { "were" },
        if one { "is" } else { "are" }
    )];
    sentences.extend(rows.iter().take(MOST).map(|row| dies(scenario, row)));
    sentences
}

fn found(scenario: &Scenario, analysis: &Analysis, class: Option<ClassId>) -> Consistency {
    consistency_of(scenario, &analysis.compiled, &analysis.report, class)
}

fn fresh(whose: &str) -> String {
    format!(
        "None of {whose} is out of date: nobody answers from a copy that may be behind, nor keeps an answer while it is written."
    )
}

fn tell(scenario: &Scenario, analysis: &Analysis, rows: &[StaleReads]) -> Vec<String> {
    let mut sentences: Vec<String> = (rows.iter().take(MOST))
        .filter_map(|row| {
            let part = scenario.component(row.component)?;
            Some(place(scenario, analysis, row, part))
        })
        .collect();
    match rows.len().saturating_sub(MOST) {
        0 => {}
        1 => sentences.push("There is one more such place.".to_owned()),
        more => sentences.push(format!("There are {more} more such places.")),
    }
    sentences
}

/// How reads of a class come to be out of date at one place.
fn place(scenario: &Scenario, analysis: &Analysis, row: &StaleReads, part: &Component) -> String {
    let class = class_name(scenario, row.class);
    let up_to = if row.at_most { "up to " } else { "" };
    let found = format!(
        "At {}, {up_to}{} of the {} that {class} reads are out of date",
        part.name,
        share(row.share),
        rate(row.rate)
    );
    let age = row.age.filter(|age| age.0 > 0.0);
    let age = age.map_or(String::new(), |age| {
        format!(", for {} on average", time(age))
    });
    match part.kind {
        Kind::ReadReplica if row.falls_behind => {
            let stations = analysis.report.stations.iter();
            let mut replay = stations.filter(|own| own.component == part.id);
            let replay = replay.find(|station| station.role == Role::Replay);
            let rates = replay.map_or(String::new(), |station| {
                let passes = station
                    .saturation
                    .map_or(station.throughput, |own| own.passes);
                format!(
                    ": {} come and {} are applied, so that it falls further and further behind",
                    rate(station.arrival),
                    rate(passes)
                )
            });
            format!("{found}{rates}.")
        }
        Kind::ReadReplica => {
            let lag = row.longest.unwrap_or(Seconds(0.0));
            let set = part.seconds(Parameter::ReplicationLag);
            let rest = (lag - set).0.max(0.0);
            let of = match (set.0 > 0.0, rest > 1e-3 * lag.0) {
                (true, true) => format!(
                    " ({} is its lag, {} the way and applying it)",
                    time(set),
                    time(Seconds(rest))
                ),
                (true, false) => " (its lag)".to_owned(),
                _ => " (the way and applying it)".to_owned(),
            };
            format!(
                "{found}{age}: the primary doesn't wait for its copies, and a write shows there {} after it was confirmed{of}.",
                time(lag)
            )
        }
        Kind::KeyValueStore => {
            let count = |parameter| part.number(parameter);
            let copies = count(Parameter::ReplicationFactor).min(count(Parameter::Instances));
            let write = count(Parameter::WriteQuorum).min(copies);
            format!(
                "{found}: a write waits for {} of {} copies and a read asks {}, which needn't be among those; the others have it {} later on average.",
                number(write),
                number(copies),
                number(count(Parameter::ReadQuorum).min(copies)),
                time(part.seconds(Parameter::ReplicationLag))
            )
        }
        _ => {
            let life = row.longest.unwrap_or(Seconds(0.0));
            let why = match part.choice(Parameter::WriteMode) {
                None => "nobody can tell it that something was written",
                Some(Choice::WriteBehind) => "what is written elsewhere doesn't pass it",
                Some(_) => "not everything that is written passes it",
            };
            format!(
                "{found}{age}: it keeps an answer for its time to live of {}, and {why}.",
                time(life)
            )
        }
    }
}

/// How often something dies, and what goes with it.
fn dies(scenario: &Scenario, row: &LostWrites) -> String {
    let part = scenario.component(row.component);
    let seconds = |parameter| part.map_or(Seconds(0.0), |part| part.seconds(parameter));
    let works = part.map_or(f64::NAN, |part| part.number(Parameter::Availability));
    let who = name(scenario, row.component);
    let often = format!(
        "{who} dies {} a month (it works {} of the time and a repair takes {})",
        times(row.failures_per_month),
        share(works),
        time(seconds(Parameter::RepairTime))
    );
    let each = counted(row.per_failure, "write", "writes");
    let (goes, waited, is, was) = match each.starts_with("1 ") {
        true => ("goes", "it went", "is", "it was"),
        false => ("go", "they went", "are", "they were"),
    };
    match part.map(|part| part.kind) {
        Some(Kind::Cache) => format!(
            "{often}, and each time {each} {goes} with it that waited there for {} before {waited} to the store.",
            time(seconds(Parameter::WriteDelay))
        ),
        _ => format!(
            "{often}, and each time {each} {is} lost: {was} confirmed, but the replica that takes over hadn't received {} yet.",
            if was == "it was" { "it" } else { "them" }
        ),
    }
}
