//! One or two sentences on why a station is busy, waited for or full, with its numbers; it proposes nothing.

use super::nouns::{all, capitalised, resource};
use crate::network::Role;
use crate::quantities::{rate, share, time};
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
    Some(sentence(&component.name, station, Some(report.head_room)))
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
        "The load asks for {} of what the {} of {name} can do. Requests wait for that {place}: {} taken, and {fate}.",
        share(asked),
        resource(station),
        all(waiting)
    ))
}

/// Two rates that differ by less are the same.
const ROUNDING: f64 = 1e-6;

fn exactly(name: &str, station: &StationReport) -> String {
    format!(
        "The load asks for exactly what the {} of {name} can do, {}. Without spare capacity a queue that has formed never empties again: it grows beyond every bound, if ever more slowly.",
        resource(station),
        rate(station.arrival)
    )
}

/// What the station is busy with and what that costs those who come to it; for the one that gives way first, how far away that is.
pub(super) fn sentence(name: &str, station: &StationReport, head_room: Option<f64>) -> String {
    let resource = resource(station);
    let total = f64::from(station.instances) * f64::from(station.servers);
    if let Some(saturation) = &station.saturation {
        let asked = station.offered_load / total;
        let overflow = saturation.time_to_overflow.map_or(String::new(), |span| {
            format!(" Its queue is full after {}.", time(span))
        });
        if saturation.growth.0 <= 0.0 && saturation.passes.0 >= station.arrival.0 * (1.0 - ROUNDING)
        {
            return exactly(name, station);
        }
        let fate = if saturation.growth.0 > 0.0 {
            format!("the backlog grows by {}", rate(saturation.growth))
        } else {
            format!(
                "{} are turned away",
                rate(PerSecond(
                    (station.arrival.0 - saturation.passes.0).max(0.0)
                ))
            )
        };
        return if station.role == Role::RateLimit {
            format!(
                "{name} may serve {} and the load asks for {}: {fate}.",
                rate(saturation.passes),
                rate(station.arrival)
            )
        } else if asked > 1.0 && asked.is_finite() {
            format!(
                "The load asks for {} of what the {resource} of {name} can do: {} arrive, {} get through, and {fate}.{overflow}",
                share(asked),
                rate(station.arrival),
                rate(saturation.passes)
            )
        } else {
            format!(
                "{} taken at {name}: {} arrive, {} get through, and {fate}.{overflow}",
                capitalised(&all(station)),
                rate(station.arrival),
                rate(saturation.passes)
            )
        };
    }
    let busy = if station.busiest_utilisation > station.utilisation * 1.02 {
        format!(
            "The busiest of the {resource} of {name} is {} busy ({} on average)",
            share(station.busiest_utilisation),
            share(station.utilisation)
        )
    } else {
        format!(
            "The {resource} of {name} {} {} busy",
            if total > 1.0 { "are" } else { "is" },
            share(station.utilisation)
        )
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
