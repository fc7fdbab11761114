//! Figures that stand in no report: how much is answered though parts fail, how old answers are, what is left open, what there is to run. Each
//! is a number of which less is better, for those who compare designs; it explains none.

use super::availability::unanswered;
use super::complexity::complexity;
use super::consistency::consistency_of;
use super::security::security;
use super::subject::Subject;
use crate::network::Compiled;
use crate::report::{ClassReport, Report};
use crate::scenario::{ClassId, Scenario};
use crate::units::{SECONDS_PER_MONTH, Seconds};

/// Seconds of a year, of which a month is a twelfth.
pub(super) const SECONDS_PER_YEAR: f64 = 12.0 * SECONDS_PER_MONTH;

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sought {
    /// How much; less is better.
    pub value: f64,
    /// How far it may be off where it was simulated, else 0.
    pub margin: f64,
    /// What it is the sum of, where that is kinds, hops and stateful parts.
    pub counts: Option<[u32; 3]>,
}

impl From<f64> for Sought {
    fn from(value: f64) -> Self {
        Sought {
            value,
            margin: 0.0,
            counts: None,
        }
    }
}

/// What is asked about, of a compiled and solved design; `None` where it has no such figure, or one without end, and for what stands in its
/// report.
pub(super) fn sought(
    scenario: &Scenario,
    compiled: &Compiled,
    report: &Report,
    subject: Subject,
) -> Option<Sought> {
    match subject {
        Subject::Availability(class) => {
            let lost = unanswered(scenario, compiled, report, class)?;
            Some(Sought {
                margin: (lost.interval).map_or(0.0, |(low, high)| 0.5 * (high - low)),
                ..lost.share.into()
            })
        }
        Subject::StaleReads(class) => {
            let stale = consistency_of(scenario, compiled, report, class).stale;
            stale.map(Sought::from)
        }
        Subject::OldestAnswer(class) => {
            let oldest = consistency_of(scenario, compiled, report, class).oldest();
            oldest.map(|oldest| oldest.0.into())
        }
        Subject::LostWrites => {
            let rows = consistency_of(scenario, compiled, report, None).lost;
            let all = rows.iter().map(|row| row.per_month());
            Some(all.fold(0.0, |sum, own| sum + own).into())
        }
        Subject::Completion(class) => {
            let own = latest(report, class)?;
            own.completion.map(|time| time.0.into())
        }
        Subject::LeftOpen => {
            let found = security(scenario, report);
            let open = found.iter().filter(|finding| finding.weakness.lets_in());
            Some((open.count() as f64).into())
        }
        Subject::Complexity => {
            let found = complexity(scenario, compiled, report);
            let counts = [
                found.kinds.len() as u32,
                found.hops(),
                found.stateful.len() as u32,
            ];
            Some(Sought {
                counts: Some(counts),
                ..counts
                    .iter()
                    .map(|count| f64::from(*count))
                    .sum::<f64>()
                    .into()
            })
        }
        _ => None,
    }
}

/// The class whose work for later is asked about: of all that hand any over the one that waits longest for it.
pub(super) fn latest(report: &Report, class: Option<ClassId>) -> Option<&ClassReport> {
    let end = |own: &ClassReport| own.completion.map_or(f64::INFINITY, |Seconds(time)| time);
    let handing = report.classes.iter().filter(|own| own.hands_over);
    let mut asked = handing.filter(|own| class.is_none_or(|class| own.class == class));
    let first = asked.next()?;
    Some(
        asked.fold(first, |latest, own| match end(own) > end(latest) {
            true => own,
            false => latest,
        }),
    )
}

impl Subject {
    /// Whether what is asked about stands in no report.
    pub(super) fn is_beyond_the_report(self) -> bool {
        matches!(
            self,
            Subject::Availability(_)
                | Subject::StaleReads(_)
                | Subject::OldestAnswer(_)
                | Subject::LostWrites
                | Subject::LeftOpen
                | Subject::Complexity
        )
    }
}
