//! How a run's figures went through time, as plots want them. It knows no screen.

use crate::chronicle::{Chronicle, QuantileCourse, SHARES};
use loadscape_sim::des::{ComponentHistory, HistorySpan, Simulation};
use loadscape_sim::insight::Tariff;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ClassId, ComponentId};
use loadscape_sim::units::SECONDS_PER_MONTH;
use serde::{Deserialize, Serialize};

/// Points of a course, about: as many as a plot has room for.
const POINTS: usize = 240;
/// The same of quantiles.
const QUANTILES: usize = 128;

/// Figures through time: each list has one value a point, the earliest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Which run.
    pub run: u32,
    /// From when to when, as it was asked for; `None` for the whole run.
    pub span: Option<(f64, f64)>,
    /// Up to when the run had come, seconds since its start.
    pub reached: f64,
    /// When the first point's span begins, seconds since the start.
    pub start: f64,
    /// Length of a point's span, seconds.
    pub seconds: f64,
    /// By class, in the document's order.
    pub classes: Vec<ClassCourse>,
    /// Failures by who and why, of all classes.
    pub failures: Vec<FailureCourse>,
    /// Those that are watched and have something to tell, in the order in which they were asked for.
    pub components: Vec<ComponentCourse>,
    /// What it costs, dollars a second.
    pub cost: Vec<f64>,
    /// What it cost up to the first point, dollars.
    pub cost_before: f64,
}

/// A class's requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCourse {
    /// Which.
    pub class: ClassId,
    /// Sent a second.
    pub offered: Vec<f64>,
    /// Answered well a second.
    pub succeeded: Vec<f64>,
    /// Failed a second, whoever and whyever.
    pub failed: Vec<f64>,
    /// Response times that half, 95 % and 99 % stay below, in spans of their own.
    pub quantiles: [QuantileCourse; 3],
}

/// Failures of one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailureCourse {
    /// Who refuses or fails; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
    /// Failures a second.
    pub per_second: Vec<f64>,
}

/// A component: what it has none of is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentCourse {
    /// Which.
    pub component: ComponentId,
    /// Share of busy servers of its busiest resource, 0 to 1; `None` while nothing serves.
    pub utilisation: Option<Vec<Option<f64>>>,
    /// Requests waiting in it.
    pub waiting: Option<Vec<f64>>,
    /// Instances that serve.
    pub instances: Option<Vec<f64>>,
    /// Instances that have been started and don't serve yet.
    pub booting: Option<Vec<f64>>,
    /// Share of look-ups that find their key, 0 to 1; `None` while nobody looks anything up.
    pub hit_ratio: Option<Vec<Option<f64>>>,
    /// Mean time from a write's commit until it is applied here, seconds; `None` while nothing is applied.
    pub lag: Option<Vec<Option<f64>>>,
    /// Share of reads that find what is out of date, 0 to 1; `None` while nobody reads.
    pub stale: Option<Vec<Option<f64>>>,
}

/// What a course is asked of.
pub(crate) struct Asked<'a> {
    pub run: u32,
    pub simulation: &'a Simulation,
    pub chronicle: &'a Chronicle,
    pub tariff: &'a Tariff,
    pub watched: &'a [ComponentId],
    pub span: Option<(f64, f64)>,
}

/// The course of a run up to now.
pub(crate) fn course(asked: &Asked<'_>) -> Course {
    let simulation = asked.simulation;
    let now = simulation.now();
    let (from, to) = asked.span.unwrap_or((0.0, now));
    let history = simulation.history(&HistorySpan {
        from,
        to,
        points: POINTS,
        components: asked.watched,
        weights: &asked.tariff.charges,
    });
    let classes = history.classes.into_iter().map(|class| ClassCourse {
        class: class.class,
        offered: class.offered,
        succeeded: class.succeeded,
        failed: class.failed,
        quantiles: SHARES.map(|share| {
            let (chronicle, span) = (asked.chronicle, (from, to));
            chronicle.quantile(class.class, share, span, QUANTILES)
        }),
    });
    let failures = history.failures.into_iter().map(|own| FailureCourse {
        component: own.component,
        why: own.why,
        per_second: own.per_second,
    });
    let (start, seconds, points) = (history.start, history.seconds, history.points);
    let components = history.components.into_iter().map(|own| {
        let ComponentHistory {
            component,
            utilisation,
            waiting,
            instances,
            hit_ratio,
            lag,
            stale,
        } = own;
        let scales = simulation.boot_seconds(component).is_some();
        let booting = || asked.chronicle.booting(component, start, seconds, points);
        ComponentCourse {
            component,
            utilisation,
            waiting,
            instances,
            booting: scales.then(booting),
            hit_ratio,
            lag,
            stale,
        }
    });
    let fixed = asked.tariff.fixed.0 / SECONDS_PER_MONTH;
    Course {
        run: asked.run,
        span: asked.span,
        reached: now,
        start,
        seconds,
        classes: classes.collect(),
        failures: failures.collect(),
        components: components.collect(),
        cost: history.weighted.iter().map(|rate| rate + fixed).collect(),
        cost_before: history.weighted_before + fixed * start,
    }
}
