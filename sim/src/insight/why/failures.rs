//! Why requests of a class aren't answered well: who refuses or loses them, how many, and because of what.

use super::nouns::resource;
use super::{busy, class_name, name};
use crate::catalog::Parameter;
use crate::network::Role;
use crate::quantities::{number, rate, share, time};
use crate::report::{Loss, LossCause, Report, StationReport};
use crate::scenario::{ClassId, Scenario};
use crate::units::PerSecond;

/// Causes that are told.
const MOST: usize = 4;
/// Less is what the solver leaves of a difference of two equal rates.
const ROUNDING: f64 = 1e-6;

pub(super) fn failures(
    scenario: &Scenario,
    report: &Report,
    class: ClassId,
) -> Option<Vec<String>> {
    let own = report.classes.iter().find(|own| own.class == class)?;
    let called = class_name(scenario, class);
    if own.offered.0 <= 0.0 {
        return Some(vec![format!("Nobody sends {called}.")]);
    }
    let lost = 1.0 - own.goodput.0 / own.offered.0;
    if lost < ROUNDING {
        return Some(vec![format!(
            "All of {called} is answered well: {} of {}.",
            rate(own.goodput),
            rate(own.offered)
        )]);
    }
    let mut sentences = vec![format!(
        "{} of {called} isn't answered well: {} of {} a second.",
        share(lost),
        number(own.offered.0 - own.goodput.0),
        number(own.offered.0)
    )];
    let mut losses = own.losses.clone();
    losses.sort_by(|one, other| other.share.total_cmp(&one.share));
    let told = losses.iter().filter(|loss| loss.share >= ROUNDING);
    sentences.extend(told.take(MOST).map(|loss| sentence(scenario, report, loss)));
    Some(sentences)
}

/// One cause at one part, for the share of a class's requests that it takes.
pub(super) fn sentence(scenario: &Scenario, report: &Report, loss: &Loss) -> String {
    let (share, who) = (share(loss.share), name(scenario, loss.component));
    let component = scenario.component(loss.component);
    let number_of = |parameter: Parameter| {
        let value = component.map_or(f64::NAN, |component| component.number(parameter));
        (value.is_finite() && value > 0.0).then_some(value)
    };
    let own = || {
        report
            .stations
            .iter()
            .filter(|station| station.component == loss.component)
    };
    let fullest = || {
        own().max_by(|one, other| {
            (one.loss, one.utilisation)
                .partial_cmp(&(other.loss, other.utilisation))
                .unwrap_or(std::cmp::Ordering::Equal)
        })
    };
    let because = |station: Option<&StationReport>| {
        station.map_or(String::new(), |station| {
            format!(" ({}, {})", resource(station), busy(station))
        })
    };
    match loss.cause {
        LossCause::QueueFull => {
            let room = number_of(Parameter::QueueLimit).map_or(String::new(), |room| {
                format!(", which has room for {} waiting", number(room))
            });
            format!(
                "{share} finds no room at {who}{room}{}.",
                because(fullest())
            )
        }
        LossCause::RateLimited => {
            let limit = own().find(|station| station.role == Role::RateLimit);
            let figures = limit.map_or(String::new(), |station| {
                format!(
                    ": {} come and it lets {} through",
                    rate(station.arrival),
                    rate(PerSecond(station.arrival.0 * (1.0 - station.loss)))
                )
            });
            format!("{share} is over the rate limit of {who}{figures}.")
        }
        LossCause::Error => format!(
            "{share} is an error answer of {who}, which is set to fail so often whatever the load."
        ),
        LossCause::TimedOut => format!(
            "{share} isn't waited for any longer by whoever calls {who}: the answer takes longer than the time-out{}.",
            report
                .components
                .iter()
                .find(|part| part.component == loss.component)
                .and_then(|part| part.sojourn)
                .map_or(String::new(), |sojourn| format!(
                    " (a visit takes {} on average)",
                    time(sojourn)
                ))
        ),
        LossCause::Backlog => {
            let growing = report
                .components
                .iter()
                .find(|part| part.component == loss.component)
                .and_then(|part| part.backlog_growth);
            let growth = growing.map_or(String::new(), |growth| {
                format!(", which grows by {}", rate(growth))
            });
            format!(
                "{share} stays in the backlog at {who}{growth}{}.",
                because(fullest())
            )
        }
        LossCause::NoRoute => {
            format!("{share} ends at {who}: no link leads on to anything that could answer.")
        }
        LossCause::BreakerOpen => {
            format!(
                "{share} isn't even sent to {who}: the caller's circuit breaker is open, for too many calls have failed."
            )
        }
        LossCause::QueueTimedOut => {
            let limit = number_of(Parameter::QueueTimeout)
                .map_or(String::new(), |limit| format!(" of {} ms", number(limit)));
            format!(
                "{share} has waited at {who} for longer than the queue's time-out{limit}{}.",
                because(fullest())
            )
        }
        LossCause::Shed => format!(
            "{share} is dropped by {who} so that the others needn't wait so long{}.",
            because(fullest())
        ),
        LossCause::Unreachable => {
            format!(
                "{share} finds nobody at {who}: an instance is away, or the call is lost on its way."
            )
        }
        LossCause::InstanceLost => {
            format!("{share} is lost with an instance of {who}.")
        }
        LossCause::TooManyInFlight => {
            format!("{share} is more than can be in flight at once at {who}.")
        }
        LossCause::DeadLetter => {
            format!(
                "{share} is handed out by {who} as often as may be, and never worked off in time."
            )
        }
    }
}
