//! Why one part is as it is: what it is asked for, what waits in it, what holds its threads and connections, what it answers by itself,
//! how far it lags, and how much of its callers' time it is.

use super::nouns::{Spread, noun, resource, spread, uneven};
use super::{class_name, name};
use crate::analysis::Analysis;
use crate::catalog::Kind;
use crate::network::{Arrivals, Role};
use crate::quantities::{percent, rate, share, time, whole};
use crate::report::{Loss, StationReport, TimeCause};
use crate::scenario::{ComponentId, Scenario};
use crate::units::Seconds;

/// A hit ratio from which on nobody speaks of misses.
const ALL: f64 = 0.9995;
/// Resources that are told, the busiest first.
const MOST_RESOURCES: usize = 2;

pub(super) fn part(
    scenario: &Scenario,
    analysis: &Analysis,
    id: ComponentId,
) -> Option<Vec<String>> {
    let report = &analysis.report;
    let component = scenario.component(id)?;
    let called = component.name.as_str();
    let figures = report.components.iter().find(|part| part.component == id)?;
    let mut sentences = sends(analysis, id, called);
    if sentences.is_empty() && figures.arrival.0 <= 0.0 {
        return Some(vec![format!("Nobody calls {called}.")]);
    }
    let limits = report
        .bottleneck
        .as_ref()
        .is_some_and(|bottleneck| bottleneck.component == id);
    let mut stations: Vec<&StationReport> = report
        .stations
        .iter()
        .filter(|station| station.component == id && station.arrival.0 > 0.0)
        .collect();
    let fullness = |station: &StationReport| {
        station.busiest_utilisation
            + if station.saturation.is_some() {
                1.0
            } else {
                0.0
            }
    };
    stations.sort_by(|one, other| fullness(other).total_cmp(&fullness(one)));
    if limits && let Some(sentence) = super::bottleneck::bottleneck(scenario, report) {
        sentences.push(format!("It limits the whole design. {sentence}"));
    }
    let told = |station: &&&StationReport| {
        let bottleneck = report.bottleneck.as_ref();
        bottleneck.is_none_or(|bottleneck| bottleneck.station != station.station)
    };
    for station in stations.iter().filter(told).take(MOST_RESOURCES) {
        if station.role == Role::Replay {
            continue;
        }
        sentences.push(super::bottleneck::sentence(report, called, station, None));
    }
    for station in &stations {
        if let Some((holder, span)) = held_by(scenario, analysis, station)
            && span.0 >= 0.2 * station.service.0
        {
            sentences.push(format!(
                "Each of its {} is held for {}, {} of that by {holder}.",
                noun(station.role, 2),
                time(station.service),
                time(span)
            ));
        }
        if spread(station) == Spread::Uneven {
            sentences.push(format!(
                "The load isn't spread evenly over its {}: {}, and the hottest stay where they are.",
                resource(station),
                uneven(component.kind)
            ));
        }
    }
    sentences.extend(lag(called, &stations));
    if let Some(ratio) = figures.hit_ratio.filter(|ratio| *ratio < ALL) {
        sentences.push(format!(
            "It finds {} of what it is asked for at hand; {} of look-ups miss and take the longer way.",
            share(ratio),
            share(1.0 - ratio)
        ));
    }
    if component.kind == Kind::Clients {
        return Some(sentences);
    }
    if stations.is_empty() && figures.arrival.0 > 0.0 {
        let stay = figures.sojourn.map_or(String::new(), |span| {
            format!(", and a visit takes {}", time(span))
        });
        sentences.push(format!(
            "{called} has no limit in this model: {} come{stay}.",
            rate(figures.arrival)
        ));
    }
    sentences.extend(share_of_time(scenario, analysis, id));
    sentences.extend(losses(scenario, analysis, id));
    Some(sentences)
}

/// What a client population sends, and what of that depends on the answers.
fn sends(analysis: &Analysis, id: ComponentId, called: &str) -> Vec<String> {
    let sources = analysis.compiled.network.sources.iter();
    let own = sources.filter(|source| source.component == id);
    own.map(|source| match source.arrivals {
        Arrivals::Open { peak, .. } => format!(
            "{called}: {} are sent whatever becomes of them. What can't be served waits or fails.",
            rate(peak)
        ),
        Arrivals::Closed { users, think } => format!(
            "{called}: {} users who think for {} between an answer and the next request. Slower answers mean fewer requests, and at most so many are under way at once.",
            whole(f64::from(users)),
            time(think)
        ),
    })
    .collect()
}

/// How far a copy is behind.
fn lag(called: &str, stations: &[&StationReport]) -> Option<String> {
    let replay = stations
        .iter()
        .find(|station| station.role == Role::Replay)?;
    if replay.saturation.is_some() {
        return Some(format!(
            "{called} falls ever further behind: {} of writes come, and its {} can apply {}.",
            rate(replay.arrival),
            resource(replay),
            rate(replay.throughput)
        ));
    }
    let waits = replay
        .waiting
        .filter(|waiting| waiting.0 > 0.01 * replay.service.0)
        .map_or(String::new(), |waiting| {
            format!(", after waiting {} for a replay process", time(waiting))
        });
    Some(format!(
        "As a copy it lags: a write takes {} to be applied once it has come{waits}. Its {} {} {} busy with {}.",
        time(replay.service),
        resource(replay),
        if replay.servers.saturating_mul(replay.instances) == 1 {
            "is"
        } else {
            "are"
        },
        percent(replay.utilisation),
        rate(replay.arrival)
    ))
}

/// What holds a pool's threads or connections for longest, of all that runs meanwhile: one of the part's own resources, or a part that is
/// called; with how long of the time for which each is held. `None` for what isn't held, and for saturated pools.
pub(super) fn held_by(
    scenario: &Scenario,
    analysis: &Analysis,
    station: &StationReport,
) -> Option<(String, Seconds)> {
    let (holder, span) = holder(scenario, analysis, station)?;
    let words = match holder {
        Holder::Own(place) => {
            format!("its own {}", resource(&analysis.report.stations[place]))
        }
        Holder::Below(id) => name(scenario, id).to_owned(),
    };
    Some((words, span))
}

/// Who keeps a thread or connection busy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) enum Holder {
    /// The part's own station, by its place in the report.
    Own(usize),
    /// A part that it calls.
    Below(ComponentId),
}

/// See [`held_by`].
pub(in super::super) fn holder(
    scenario: &Scenario,
    analysis: &Analysis,
    station: &StationReport,
) -> Option<(Holder, Seconds)> {
    if !matches!(station.role, Role::Threads | Role::Connections) || station.arrival.0 <= 0.0 {
        return None;
    }
    let report = &analysis.report;
    let held = station.service;
    let own = report
        .stations
        .iter()
        .enumerate()
        .filter(|(_, other)| {
            other.component == station.component && matches!(other.role, Role::Cores | Role::Disk)
        })
        .filter_map(|(place, other)| {
            let span = other.sojourn?.0 * other.arrival.0 / station.arrival.0;
            Some((Holder::Own(place), span))
        });
    let below = scenario
        .links
        .iter()
        .zip(&report.links)
        .filter(|(link, figures)| link.from == station.component && !figures.asynchronous)
        .filter_map(|(link, figures)| {
            let called = report
                .components
                .iter()
                .find(|part| part.component == link.to)?;
            let span = called.sojourn?.0 * figures.rate.0 / station.arrival.0;
            Some((Holder::Below(link.to), span))
        });
    own.chain(below)
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .map(|(holder, span)| (holder, Seconds(span.min(held.0))))
}

/// Of which class it is the largest part of the time, and how large.
fn share_of_time(scenario: &Scenario, analysis: &Analysis, id: ComponentId) -> Option<String> {
    let classes = analysis.report.classes.iter();
    let (class, span, mean) = classes
        .filter_map(|class| {
            let mean = class.latency?.mean.0;
            let parts = class
                .breakdown
                .iter()
                .filter(|part| part.component == Some(id) && part.cause != TimeCause::Network);
            let span: f64 = parts.map(|part| part.mean.0).sum();
            (mean > 0.0 && span > 0.0).then_some((class.class, span, mean))
        })
        .max_by(|one, other| (one.1 / one.2).total_cmp(&(other.1 / other.2)))?;
    Some(format!(
        "Of the {} that {} takes on average, {} is spent here.",
        time(Seconds(mean)),
        class_name(scenario, class),
        time(Seconds(span))
    ))
}

/// What it loses of the class that it loses most of.
fn losses(scenario: &Scenario, analysis: &Analysis, id: ComponentId) -> Option<String> {
    let classes = analysis.report.classes.iter();
    let worst: (Loss, _) = classes
        .flat_map(|class| class.losses.iter().map(|loss| (*loss, class.class)))
        .filter(|(loss, _)| loss.component == id && loss.share >= 1e-6)
        .max_by(|one, other| one.0.share.total_cmp(&other.0.share))?;
    Some(format!(
        "Of {}: {}",
        class_name(scenario, worst.1),
        super::failures::sentence(scenario, &analysis.report, &worst.0)
    ))
}
