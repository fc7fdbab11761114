//! Why work that was handed over is done as late as it is, or never: what of that is waiting for whom, and what is given up. It proposes nothing.

use super::latency::{Statistic, Told, further_on, latency};
use super::nouns::{one_of, times};
use super::route::{Afterwards, afterwards};
use super::{bottleneck, busy, class_name, failures, name};
use crate::analysis::Analysis;
use crate::catalog::Parameter;
use crate::insight::sought::latest;
use crate::network::StationId;
use crate::quantities::{rate, share, time};
use crate::report::{LossCause, Report, StationReport};
use crate::scenario::{ClassId, Scenario};
use crate::steady::{Precision, Solver};
use crate::units::Seconds;

/// Waits that are looked at.
const MOST: usize = 4;
/// A wait that is less than this share of the whole isn't worth a sentence.
const WORTH_A_SENTENCE: f64 = 0.02;
/// Times as many servers as there are, so that nobody waits for one.
const PLENTY: u32 = 16;

pub(super) fn later(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    class: Option<ClassId>,
) -> Option<Vec<String>> {
    let report = &analysis.report;
    let Some(own) = latest(report, class) else {
        let Some(class) = class else {
            return Some(vec![
                "Nobody hands anything over to be done later.".to_owned(),
            ]);
        };
        let mut sentences = vec![format!(
            "{} hands nothing over: its work is done when it is answered, however long that takes.",
            class_name(scenario, class)
        )];
        let asked = (class, Statistic::Mean);
        sentences.extend(latency(solver, scenario, analysis, asked, Told::Nothing)?);
        return Some(sentences);
    };
    let called = class_name(scenario, own.class);
    let way = afterwards(&analysis.compiled.network, own.class);
    let stations: Vec<&StationReport> = (report.stations.iter())
        .filter(|station| way.stations.contains(&station.station))
        .collect();
    let mut sentences = Vec::new();
    match own.completion {
        Some(completion) => {
            sentences.push(format!(
                "Work of {called} is done {} after it was handed over, on average.",
                time(completion)
            ));
            sentences.extend(waits(
                solver, scenario, analysis, own.class, completion, &stations,
            ));
        }
        None => sentences.extend(never(scenario, report, called, &stations)),
    }
    sentences.extend(again(scenario, report, &way));
    let given_up = own.losses.iter();
    let given_up = given_up.filter(|loss| loss.cause == LossCause::DeadLetter);
    sentences.extend(given_up.map(|loss| failures::sentence(scenario, report, loss)));
    Some(sentences)
}

/// What of the time is waiting: solved without each wait.
fn waits(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    class: ClassId,
    completion: Seconds,
    stations: &[&StationReport],
) -> Vec<String> {
    let mut waits: Vec<&&StationReport> = stations.iter().collect();
    let waiting = |station: &StationReport| {
        station
            .waiting
            .map_or(0.0, |wait| wait.0 * station.arrival.0)
    };
    waits.sort_by(|one, other| waiting(other).total_cmp(&waiting(one)));
    let mut found: Vec<(f64, String)> = Vec::new();
    for station in waits.into_iter().take(MOST) {
        if waiting(station) <= 0.0 {
            continue;
        }
        let without = without_waiting(solver, scenario, analysis, class, station.station);
        let adds = completion.0 - without.unwrap_or(completion).0;
        if adds >= WORTH_A_SENTENCE * completion.0 {
            found.push((
                adds,
                format!(
                    "{} of that is waiting for {} of {}, {}, because {} come and each takes {}.",
                    time(Seconds(adds)),
                    one_of(station),
                    name(scenario, station.component),
                    busy(station),
                    rate(station.arrival),
                    time(station.service)
                ),
            ));
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    let adds: f64 = found.iter().map(|(adds, _)| adds).sum();
    let rest = completion.0 - adds;
    let mut sentences: Vec<String> = found.into_iter().map(|(_, words)| words).collect();
    if rest > WORTH_A_SENTENCE * completion.0 {
        sentences.push(match sentences.is_empty() {
            true => "Next to nothing of that is waiting: it is handing it out and the work itself."
                .to_owned(),
            false => format!(
                "The other {} is handing it out and the work itself.",
                time(Seconds(rest))
            ),
        });
    }
    sentences
}

/// How soon it would be done if there were enough servers there: solved.
fn without_waiting(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    class: ClassId,
    station: StationId,
) -> Option<Seconds> {
    let mut relieved = analysis.compiled.clone();
    let own = &mut relieved.network.stations[station.0 as usize];
    own.servers = own.servers.saturating_mul(PLENTY);
    own.capacity = None;
    let report = solver.figures(scenario, &relieved, Precision::Fast);
    let mut classes = report.classes.iter();
    classes.find(|own| own.class == class)?.completion
}

/// Where it stands in a backlog.
fn never(
    scenario: &Scenario,
    report: &Report,
    called: &str,
    stations: &[&StationReport],
) -> Vec<String> {
    let mut sentences = vec![format!(
        "Work of {called} is done ever later: more is handed over than can be done, and what waits grows without end."
    )];
    let full = stations
        .iter()
        .filter(|station| station.saturation.is_some());
    sentences.extend(full.take(2).map(|station| {
        let name = name(scenario, station.component);
        bottleneck::sentence(report, name, station, None)
    }));
    if sentences.len() == 1 {
        sentences.extend(bottleneck::bottleneck(scenario, report));
    } else {
        sentences.extend(further_on(scenario, report));
    }
    sentences
}

/// How often messages are handed out, where that is more than once.
fn again(scenario: &Scenario, report: &Report, way: &Afterwards) -> Vec<String> {
    let mut sentences = Vec::new();
    for id in &way.handed_by {
        let Some(door) = scenario
            .component(*id)
            .filter(|door| door.flag(Parameter::Redelivery))
        else {
            continue;
        };
        let calls = |from_it: bool| -> f64 {
            let links = scenario.links.iter();
            let own = links.filter(|link| match from_it {
                true => link.from == *id,
                false => link.to == *id,
            });
            let rates = own.filter_map(|link| {
                let row = report.links.iter().find(|row| row.link == link.id)?;
                Some(row.rate.0)
            });
            rates.sum::<f64>().max(0.0)
        };
        let subscribers = scenario.links_from(*id).count().max(1) as f64;
        let (taken, sent) = (calls(true) / subscribers, calls(false));
        if sent > 0.0 && taken > 1.01 * sent {
            sentences.push(format!(
                "{} hands a message out {} on average: what fails, or takes longer than its visibility time-out of {}, is done again{}.",
                door.name,
                times(taken / sent),
                time(door.seconds(Parameter::VisibilityTimeout)),
                match door.number(Parameter::PoisonShare) {
                    poison if poison > 0.0 => format!(
                        ", and {} always fails, up to {}",
                        share(poison),
                        times(door.number(Parameter::MaximumReceives))
                    ),
                    _ => String::new(),
                }
            ));
        }
    }
    sentences
}
