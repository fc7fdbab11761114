//! How a run's figures went through time, as plots want them. It knows no screen.

use loadscape_sim::des::Simulation;
use loadscape_sim::scenario::{ClassId, ComponentId};
use serde::{Deserialize, Serialize};

/// Points of a course, about: as many as a plot has room for.
const POINTS: f64 = 240.0;

/// Figures through time: each list has one value a point, the earliest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Which run.
    pub run: u32,
    /// When the first point's span begins, seconds since the start.
    pub start: f64,
    /// Length of a point's span, seconds.
    pub seconds: f64,
    /// Length of the spans of quantiles, seconds; the first begins with the first point's.
    pub quantile_seconds: f64,
    /// By class, in the document's order.
    pub classes: Vec<ClassCourse>,
    /// Those that are watched and have resources, in the order in which they were asked for.
    pub components: Vec<ComponentCourse>,
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
    /// Response times that half, 95 % and 99 % stay below, in spans of their own, seconds; `None` where too few were slower to say.
    pub p50: Vec<Option<f64>>,
    /// See [`ClassCourse::p50`].
    pub p95: Vec<Option<f64>>,
    /// See [`ClassCourse::p50`].
    pub p99: Vec<Option<f64>>,
}

/// A component's resources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentCourse {
    /// Which.
    pub component: ComponentId,
    /// Share of busy servers of its busiest resource, 0 to 1; `None` where nothing serves, or nothing is limited.
    pub utilisation: Vec<Option<f64>>,
    /// Requests waiting in it.
    pub waiting: Vec<f64>,
    /// Instances that serve.
    pub instances: Vec<f64>,
}

/// The course of a run up to now.
pub(crate) fn course(run: u32, simulation: &Simulation, watched: &[ComponentId]) -> Course {
    let series = simulation.series(simulation.now() / POINTS);
    let classes = series.classes.iter().map(|class| {
        let mut failed = vec![0.0; series.points];
        for cause in &class.failures {
            for (sum, rate) in failed.iter_mut().zip(&cause.per_second) {
                *sum += rate;
            }
        }
        ClassCourse {
            class: class.class,
            offered: class.offered.clone(),
            succeeded: class.succeeded.clone(),
            failed,
            p50: class.p50.clone(),
            p95: class.p95.clone(),
            p99: class.p99.clone(),
        }
    });
    let components = watched.iter().filter_map(|component| {
        let mut stations =
            (series.stations.iter()).filter(|station| station.component == *component);
        let first = stations.next()?;
        let mut own = ComponentCourse {
            component: *component,
            utilisation: first.utilisation.clone(),
            waiting: first.queue_length.clone(),
            instances: first.instances.clone(),
        };
        for station in stations {
            for (most, share) in own.utilisation.iter_mut().zip(&station.utilisation) {
                *most = most.map_or(*share, |most| {
                    Some(share.map_or(most, |share| most.max(share)))
                });
            }
            for (sum, more) in own.waiting.iter_mut().zip(&station.queue_length) {
                *sum += more;
            }
        }
        Some(own)
    });
    Course {
        run,
        start: series.start_seconds,
        seconds: series.resolution_seconds,
        quantile_seconds: series.quantile_seconds,
        components: components.collect(),
        classes: classes.collect(),
    }
}
