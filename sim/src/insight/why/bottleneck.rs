//! One or two sentences on why a station is busy, waited for or full, with its numbers; it proposes nothing.

use super::nouns::{Spread, all, capitalised, limited, resource, spread};
use crate::network::Role;
use crate::quantities::{number, percent, rate, share, time};
use crate::report::{Report, StationReport};
use crate::scenario::Scenario;
use crate::units::PerSecond;

/// Why the bottleneck is one, in one or two sentences; `None` when the report has none.
pub(super) fn bottleneck(scenario: &Scenario, report: &Report) -> Option<String> {
    let bottleneck = report.bottleneck.as_ref()?;
    let station = report
        .stations
        .iter()
        .find(|station| station.station == bottleneck.station)?;
    let component = scenario.component(bottleneck.component)?;
    if bottleneck.utilisation >= 1.0
        && station.saturation.is_none()
        && let Some(sentence) = held_back(scenario, report, &component.name, station)
    {
        return Some(sentence);
    }
    Some(sentence(
        report,
        &component.name,
        station,
        Some(report.head_room),
    ))
}

/// A bottleneck that is asked for more than it can do, but not directly: what is too much for it waits in front of it, where it holds
/// all there is to hold.
fn held_back(
    scenario: &Scenario,
    report: &Report,
    name: &str,
    station: &StationReport,
) -> Option<String> {
    let asked = report.bottleneck.as_ref()?.utilisation;
    if asked < 1.0 + ROUNDING {
        return Some(exactly(name, station));
    }
    let asked_for = asked_for(name, station, asked);
    let growth = |station: &StationReport| station.saturation.map_or(0.0, |found| found.growth.0);
    let waiting = report
        .stations
        .iter()
        .filter(|candidate| candidate.saturation.is_some())
        .max_by(|one, other| growth(one).total_cmp(&growth(other)))?;
    let place = if waiting.component == station.component {
        "in front of it".to_owned()
    } else {
        format!("at {}", scenario.component(waiting.component)?.name)
    };
    let fate = if growth(waiting) > 0.0 {
        format!(
            "the backlog there grows by {}",
            rate(PerSecond(growth(waiting)))
        )
    } else {
        "requests are turned away there".to_owned()
    };
    Some(format!(
        "{asked_for}. Requests wait for that {place}: {} taken, and {fate}.",
        all(waiting)
    ))
}

/// "The load asks for 150 % of what the 2 cores of API can do"; from ten times on as a factor.
fn asked_for(name: &str, station: &StationReport, asked: f64) -> String {
    let limited = limited(name, station);
    if asked < 9.95 {
        format!(
            "The load asks for {} of what the {limited} can do",
            share(asked)
        )
    } else {
        format!(
            "The load asks for {} times what the {limited} can do",
            number(asked)
        )
    }
}

/// Two rates that differ by less are the same.
const ROUNDING: f64 = 1e-6;

/// Whether something else has a growing backlog, so that what comes here is only what gets through there.
fn grows_elsewhere(report: &Report, station: &StationReport) -> bool {
    let mut others = report.stations.iter();
    others.any(|other| {
        other.station != station.station
            && other.saturation.is_some_and(|found| found.growth.0 > 0.0)
    })
}

fn exactly(name: &str, station: &StationReport) -> String {
    format!(
        "The load asks for exactly what the {} can do, {}. Without spare capacity a queue that has formed never empties again: it grows beyond every bound, if ever more slowly.",
        limited(name, station),
        rate(station.arrival)
    )
}

/// What the station is busy with and what that costs those who come to it; for the one that gives way first, how far away that is.
pub(super) fn sentence(
    report: &Report,
    name: &str,
    station: &StationReport,
    head_room: Option<f64>,
) -> String {
    let total = f64::from(station.instances) * f64::from(station.servers);
    if let Some(saturation) = &station.saturation {
        let overflow = saturation.time_to_overflow.map_or(String::new(), |span| {
            format!(" Its queue is full after {}.", time(span))
        });
        let (come, pass) = (station.arrival, saturation.passes);
        if saturation.growth.0 <= 0.0 && pass.0 >= come.0 * (1.0 - ROUNDING) {
            return match grows_elsewhere(report, station) {
                true => format!(
                    "{} taken at {name} as well: {} is what {} through, and no more comes for what waits elsewhere.",
                    capitalised(&all(station)),
                    rate(pass),
                    if station.servers.saturating_mul(station.instances) == 1 {
                        "it lets"
                    } else {
                        "they let"
                    }
                ),
                false => exactly(name, station),
            };
        }
        let fate = if saturation.growth.0 > 0.0 {
            format!("the backlog grows by {}", rate(saturation.growth))
        } else {
            format!(
                "{} are turned away",
                rate(PerSecond((come.0 - pass.0).max(0.0)))
            )
        };
        if station.role == Role::RateLimit {
            return format!(
                "{name} may serve {} and the load asks for {}: {fate}.",
                rate(pass),
                rate(come)
            );
        }
        // Of rates alone: for how long each server is held depends on how long it waits for others.
        let asked = come.0 / pass.0;
        let opening = match spread(station) {
            Spread::Uneven => format!(
                "{} taken at {name}, and others have room",
                capitalised(&all(station))
            ),
            _ if asked > 1.0 + ROUNDING && asked.is_finite() => asked_for(name, station, asked),
            _ => format!("{} taken at {name}", capitalised(&all(station))),
        };
        let idle = match (spread(station), station.instances) {
            (Spread::OnOne, 2) => " The other instance idles: nothing spreads the load.".to_owned(),
            (Spread::OnOne, count) => format!(
                " The other {} instances idle: nothing spreads the load over them.",
                count - 1
            ),
            _ => String::new(),
        };
        return format!(
            "{opening}: {} arrive, {} get through, and {fate}.{idle}{overflow}",
            rate(come),
            rate(pass)
        );
    }
    let resource = resource(station);
    let busy = match spread(station) {
        Spread::Even => format!(
            "The {} {} {} busy",
            limited(name, station),
            if total > 1.0 { "are" } else { "is" },
            percent(station.utilisation)
        ),
        Spread::Uneven => format!(
            "The busiest of the {resource} of {name} is {} busy ({} on average)",
            percent(station.busiest_utilisation),
            percent(station.utilisation)
        ),
        Spread::OnOne => format!(
            "The {} {} {} busy, and those of its other instances idle, for nothing spreads the load over them",
            limited(name, station),
            if station.servers > 1 { "are" } else { "is" },
            percent(station.busiest_utilisation)
        ),
    };
    let wait = match (station.waiting, station.role) {
        // What no figure shows isn't worth a clause.
        (Some(waiting), _) if waiting.0 < 1e-3 * station.service.0 || waiting.0 <= 0.0 => {
            String::new()
        }
        (Some(waiting), Role::Threads | Role::Connections | Role::Replay) => format!(
            ": a request waits {} for one and holds it for {}",
            time(waiting),
            time(station.service)
        ),
        (Some(waiting), _) => format!(
            ": a request needs {} of work there and waits another {}",
            time(station.service),
            time(waiting)
        ),
        (None, _) => String::new(),
    };
    let room = head_room
        .filter(|room| room.is_finite())
        .map_or(String::new(), |room| {
            format!(
                ". At {} more load this gives way, before anything else does",
                share(room.max(0.0))
            )
        });
    format!("{busy}{wait}{room}.")
}
