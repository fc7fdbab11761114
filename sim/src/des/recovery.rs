//! Faults as they happened, and how requests fared before, during and after them. It doesn't know what the faults did.

use super::Simulation;
use super::course::Told;
use super::findings::has_backlog;
use super::histogram::Histogram;
use super::planned::Listed;
use super::series::{ClassSeries, Series};
use super::tally::AnswerTally;
use crate::scenario::{ClassId, Incident};
use serde::{Deserialize, Serialize};

/// A point is as before when its 99th percentile is at most so many times the largest that was seen before.
const SLACK: f64 = 1.05;
/// And when its share of successes is at most so much below the smallest that was seen before.
const LESS_SUCCESS: f64 = 0.002;
/// So many points in a row have to be as before.
const STEADY_POINTS: usize = 3;

/// A fault as it happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FaultFindings {
    /// Its place in the document's list, from 1; `None` for one that has been taken out of it since.
    pub number: Option<usize>,
    /// What it was, and where.
    #[serde(skip)]
    pub incident: Incident,
    /// When it began, in seconds from the beginning of the run; `None` when the run ended before, or when it was over before the document had
    /// it.
    pub began_seconds: Option<f64>,
    /// When it was over, with its instances back; `None` when it still lasted.
    pub ended_seconds: Option<f64>,
}

/// How a class's requests fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recovery {
    /// Which class.
    pub class: ClassId,
    /// From the beginning of the run until the first fault; `None` when it began at once.
    pub before: Option<Phase>,
    /// From then until all faults were over.
    pub during: Phase,
    /// From then on; `None` when they never were.
    pub after: Option<Phase>,
    /// Seconds from the end of the faults until the 99th percentile and the share of successes stayed within what was seen in the second half
    /// of the time before them; `None` when that didn't happen, or nothing was seen before.
    pub recovered_after_seconds: Option<f64>,
}

/// A span of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// How long it was, seconds.
    pub seconds: f64,
    /// Requests sent.
    pub offered: f64,
    /// Requests answered well.
    pub succeeded: f64,
    /// Requests answered with an error.
    pub errors: f64,
    /// Requests that nobody answered.
    pub refused: f64,
    /// The share of the requests that ended which ended well, 0 to 1; `None` when none ended. Of a whole run that leaves a growing backlog
    /// behind, the share of those sent.
    pub success: Option<f64>,
    /// Mean response time of the answered, seconds.
    pub mean: Option<f64>,
    /// Half of the answered took less than this, seconds.
    pub p50: Option<f64>,
    /// The same of 95 %; `None` with fewer than 20.
    pub p95: Option<f64>,
    /// The same of 99 %; `None` with fewer than 100.
    pub p99: Option<f64>,
}

impl Phase {
    /// Requests that ended, whichever way.
    pub fn ended(&self) -> f64 {
        self.succeeded + self.errors + self.refused
    }

    /// Whether the share of a whole run's successes is of all that were sent, since a backlog grew. Where none succeeded the share doesn't tell, and
    /// where all have ended there is none.
    pub fn counts_backlog(&self) -> bool {
        let is_of_all = self.success == Some(self.succeeded / self.offered);
        is_of_all && self.succeeded > 0.0 && self.ended() < self.offered
    }
}

/// What has become of the faults: those of the document in its order, then those that it had before.
pub(super) fn faults(simulation: &Simulation) -> Vec<FaultFindings> {
    let timeline = simulation.engine.faults.timeline.iter();
    timeline
        .filter(|planned| planned.listed != Listed::InPart)
        .map(|planned| FaultFindings {
            number: (planned.listed == Listed::There).then_some(planned.disturbance.fault + 1),
            incident: planned.disturbance.incident,
            began_seconds: planned.began,
            ended_seconds: planned.ended,
        })
        .collect()
}

/// How each class fared; nobody when no fault has begun or nothing was recorded.
pub(super) fn find(simulation: &Simulation, series: Option<&Series>) -> Vec<Recovery> {
    let engine = &simulation.engine;
    let (Some(recorder), Some(series)) = (engine.tally.series.as_deref(), series) else {
        return Vec::new();
    };
    if recorder.marks.len() < 2 {
        return Vec::new();
    }
    let classes = simulation.network.classes.iter();
    classes
        .zip(&simulation.places.classes)
        .filter_map(|(class, place)| {
            let course = series
                .classes
                .iter()
                .find(|course| course.class == class.class)?;
            let index = *place as usize;
            let phase = |place: usize| -> Option<Phase> {
                let (began, from) = recorder.marks.get(place)?;
                from.get(index)?;
                let (ended, to) = match recorder.marks.get(place + 1) {
                    Some((ended, to)) => (*ended, *to.get(index)?),
                    None => (engine.now, engine.tally.answers[index]),
                };
                let times = recorder.phases[place].get(index)?;
                Some(Phase {
                    p50: known(times, 0.5),
                    p95: known(times, 0.95),
                    p99: known(times, 0.99),
                    ..counted(ended - began, &from[index], &to)
                })
            };
            let end = recorder.marks.get(2).map(|(end, _)| *end);
            Some(Recovery {
                class: class.class,
                before: phase(0).filter(|phase| phase.seconds > 0.0),
                during: phase(1)
                    .unwrap_or_else(|| counted(0.0, &Default::default(), &Default::default())),
                after: phase(2),
                recovered_after_seconds: end
                    .and_then(|end| recovered(series, course, recorder.marks[1].0, end)),
            })
        })
        .collect()
}

/// How each class's requests fared from the beginning of the run until now.
pub(super) fn whole(simulation: &Simulation) -> Vec<(ClassId, Phase)> {
    let engine = &simulation.engine;
    let classes = simulation.network.classes.iter();
    classes
        .zip(&simulation.places.classes)
        .map(|(class, place)| {
            let index = *place as usize;
            let times = engine.tally.times_from(index, 0);
            let all = counted(
                engine.now,
                &AnswerTally::default(),
                &engine.tally.answers[index],
            );
            let phase = Phase {
                success: match has_backlog(simulation, index) {
                    true => Some(all.succeeded / all.offered),
                    false => all.success,
                },
                p50: known(&times, 0.5),
                p95: known(&times, 0.95),
                p99: known(&times, 0.99),
                ..all
            };
            (class.class, phase)
        })
        .collect()
}

/// What this share of times stays below; `None` where fewer than one is beyond.
pub(super) fn known(times: &Histogram, share: f64) -> Option<f64> {
    let enough = times.total() as f64 * (1.0 - share) >= 1.0 - 1e-9;
    enough.then(|| times.quantile(share)).flatten()
}

pub(super) fn counted(seconds: f64, from: &AnswerTally, to: &AnswerTally) -> Phase {
    let grown = |figure: fn(&AnswerTally) -> u64| (figure(to) - figure(from)) as f64;
    let (succeeded, errors, refused) = (
        grown(|answer| answer.succeeded),
        grown(|answer| answer.errors),
        grown(|answer| answer.refused),
    );
    let all = succeeded + errors + refused;
    Phase {
        seconds,
        offered: grown(|answer| answer.offered),
        succeeded,
        errors,
        refused,
        success: (all > 0.0).then(|| succeeded / all),
        mean: (succeeded + errors > 0.0).then(|| (to.sum - from.sum) / (succeeded + errors)),
        p50: None,
        p95: None,
        p99: None,
    }
}

/// Seconds from `end` until everything is, and stays, as it was before `start`.
fn recovered(series: &Series, course: &ClassSeries, start: f64, end: f64) -> Option<f64> {
    let width = series.resolution_seconds;
    let success = |point: usize| {
        let all = course.succeeded[point] + course.errors[point] + course.refused[point];
        (all > 0.0).then(|| course.succeeded[point] / all)
    };
    let begins = |point: usize| point as f64 * width;
    let before = || {
        (0..series.points).filter(|point| {
            begins(*point) >= start / 2.0 && begins(*point + 1) <= start * (1.0 + 1e-12)
        })
    };
    let slowest = before()
        .filter_map(|point| course.p99[point])
        .fold(None, |slowest: Option<f64>, p99| {
            Some(slowest.map_or(p99, |slowest| slowest.max(p99)))
        });
    let worst = before()
        .filter_map(success)
        .fold(None, |worst: Option<f64>, share| {
            Some(worst.map_or(share, |worst| worst.min(share)))
        })?;
    // Requests under way when a point begins; those that usually are.
    let mut under_way = 0.0;
    let waits = (0..series.points).map(|point| {
        let ended = course.succeeded[point] + course.errors[point] + course.refused[point];
        let now = under_way;
        under_way += (course.offered[point] - ended) * width;
        now
    });
    let waits: Vec<f64> = waits.collect();
    let most = before().map(|point| waits[point]).fold(0.0, f64::max);
    let told = (0..series.points).map(|point| match success(point) {
        Some(share) => Some(share < worst - LESS_SUCCESS),
        // Nobody was answered, which is a failure where somebody has waited for it all the time, and tells nothing where nobody has.
        None => (waits[point] > most + 0.5).then_some(true),
    });
    let fails = Told::of(&told.collect::<Vec<Option<bool>>>());
    let is_as_before = |point: usize| {
        let fast = match (course.p99[point], slowest) {
            (Some(p99), Some(slowest)) => p99 <= slowest * SLACK,
            // Too few requests to know, then as now.
            _ => true,
        };
        fast && !fails.is_so(point, series.points)
    };
    let first = (0..series.points).find(|point| begins(*point) >= end * (1.0 - 1e-12))?;
    (first..series.points)
        .find(|point| {
            let row = *point..(*point + STEADY_POINTS).min(series.points);
            row.len() == STEADY_POINTS && row.clone().all(is_as_before)
        })
        .map(|point| (begins(point) - end).max(0.0))
}
