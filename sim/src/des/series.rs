//! How a run's figures went through time, at a chosen resolution. It knows no intervals: what is sure about a steady state stands in the
//! findings.
//!
//! Figures are kept in windows, which double in length whenever all are used. A series therefore has points as long as a whole number of
//! windows: never finer than these, and as close above the wish as they allow. Response times are kept in fewer, longer spans, so that
//! their quantiles have a resolution of their own.

use super::Simulation;
use super::estimate::LEAST_BEYOND;
use super::histogram::Histogram;
use super::tally::{OfClass, OfStation};
use crate::network::{Discipline, Role};
use crate::report::LossCause;
use crate::scenario::{ClassId, ComponentId, LinkId};
use serde::Serialize;

/// Figures through time. Each list has one value a point, the earliest first; a point is the mean over its span of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// When the first point's span begins, seconds since the start of the run.
    pub start: f64,
    /// Length of a point's span, seconds.
    pub seconds: f64,
    /// How many points there are; what came after the last whole one isn't told.
    pub points: usize,
    /// Length of the spans of quantiles, seconds; the first begins with the first point's.
    pub quantile_seconds: f64,
    /// By class, in the document's order.
    pub classes: Vec<ClassSeries>,
    /// By station, in the network's order.
    pub stations: Vec<StationSeries>,
    /// By autoscaled component.
    pub instances: Vec<InstanceSeries>,
    /// By store, in the network's order.
    pub stores: Vec<StoreSeries>,
    /// By link that something travels along.
    pub links: Vec<LinkSeries>,
}

/// A class's requests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassSeries {
    /// Which.
    pub class: ClassId,
    /// Sent a second.
    pub offered: Vec<f64>,
    /// Answered well a second.
    pub succeeded: Vec<f64>,
    /// Failed a second, by cause; causes that never happened are left out.
    pub failures: Vec<FailureSeries>,
    /// Mean response time of the answered, seconds; `None` where nobody was answered.
    pub mean: Vec<Option<f64>>,
    /// Response times that half, 95 % and 99 % stay below, in spans of their own, seconds; `None` where too few were slower to say.
    pub p50: Vec<Option<f64>>,
    /// See [`ClassSeries::p50`].
    pub p95: Vec<Option<f64>>,
    /// See [`ClassSeries::p50`].
    pub p99: Vec<Option<f64>>,
}

/// A class's failures of one cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureSeries {
    /// Who refuses or fails; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
    /// Failures a second.
    pub per_second: Vec<f64>,
}

/// A station.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StationSeries {
    /// Whose.
    pub component: ComponentId,
    /// Which of its resources.
    #[serde(serialize_with = "crate::report::role_name")]
    pub role: Role,
    /// Share of busy servers, 0 to 1 (more while servers that were taken away finish); `None` where there is no limit, or no server.
    pub utilisation: Vec<Option<f64>>,
    /// Requests waiting.
    pub waiting: Vec<f64>,
    /// Requests waiting and in service.
    pub present: Vec<f64>,
    /// Served a second.
    pub served_per_second: Vec<f64>,
}

/// An autoscaled component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstanceSeries {
    /// Which.
    pub component: ComponentId,
    /// Instances that serve.
    pub instances: Vec<f64>,
}

/// A store.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreSeries {
    /// Whose.
    pub component: ComponentId,
    /// Look-ups a second.
    pub lookups: Vec<f64>,
    /// Share of them that find their key, 0 to 1; `None` where nobody looked anything up.
    pub hit_ratio: Vec<Option<f64>>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkSeries {
    /// Which.
    pub link: LinkId,
    /// Calls along it a second.
    pub per_second: Vec<f64>,
}

impl Simulation {
    /// How the figures went through time from the start of the run, in points at least this many seconds long: the next whole number of
    /// windows. Parts that have come in the meantime have zeros before, parts that have left are left out.
    pub fn series(&self, seconds: f64) -> Series {
        let engine = &self.engine;
        let tally = &engine.tally;
        let windows = &tally.windows;
        let columns = tally.columns();
        let in_point = times(seconds, windows.width, windows.complete);
        let points = windows.complete / in_point;
        let span = windows.width * in_point as f64;
        let sums = |column: usize| -> Vec<f64> {
            let sum = |point: usize| {
                let own = point * in_point..(point + 1) * in_point;
                own.map(|window| windows.cell(window, column)).sum()
            };
            (0..points).map(sum).collect()
        };
        let add = |sum: Vec<f64>, column: usize| -> Vec<f64> {
            let more = sums(column);
            sum.iter()
                .zip(&more)
                .map(|(one, other)| one + other)
                .collect()
        };
        let zero = || vec![0.0; points];
        let a_second = |sums: Vec<f64>| -> Vec<f64> { sums.iter().map(|sum| sum / span).collect() };
        let segment = windows.width * windows.segment() as f64;
        let segments = windows.complete / windows.segment();
        let in_quantile = times(seconds, segment, segments);

        let class = |(class, place): (&crate::network::NetworkClass, &u32)| {
            let place = *place as usize;
            let of = |figure| sums(columns.class(place, figure));
            let answered = add(
                of(OfClass::Succeeded),
                columns.class(place, OfClass::Errors),
            );
            let kept: Vec<&Histogram> = tally.segments_from(place, 0).collect();
            let spans: Vec<Histogram> = kept
                .chunks_exact(in_quantile)
                .map(|chunk| {
                    let mut sum = Histogram::default();
                    chunk.iter().for_each(|part| sum.add(part));
                    sum
                })
                .collect();
            let at = |share: f64| -> Vec<Option<f64>> {
                let quantile = |times: &Histogram| {
                    let beyond = (1.0 - share) * times.total() as f64;
                    times.quantile(share).filter(|_| beyond >= LEAST_BEYOND)
                };
                spans.iter().map(quantile).collect()
            };
            ClassSeries {
                class: class.class,
                offered: a_second(of(OfClass::Offered)),
                succeeded: a_second(of(OfClass::Succeeded)),
                failures: (engine.causes.iter().enumerate())
                    .map(|(cause, own)| FailureSeries {
                        component: own.component,
                        why: own.why,
                        per_second: a_second(sums(columns.failures(place, cause))),
                    })
                    .filter(|failures| failures.per_second.iter().any(|rate| *rate > 0.0))
                    .collect(),
                mean: ratios(&of(OfClass::Sum), &answered),
                p50: at(0.5),
                p95: at(0.95),
                p99: at(0.99),
            }
        };
        let station = |(station, place): (&crate::network::Station, &u32)| {
            let place = *place as usize;
            let (present, busy) = (sums(columns.present(place)), sums(columns.busy(place)));
            let limited = !matches!(
                station.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            );
            let served = (0..columns.classes).fold(zero(), |sum, class| {
                add(sum, columns.station(place, class, OfStation::Served))
            });
            StationSeries {
                component: station.component,
                role: station.role,
                utilisation: if limited {
                    ratios(&busy, &sums(columns.capacity(place)))
                } else {
                    vec![None; points]
                },
                waiting: (present.iter().zip(&busy))
                    .map(|(present, busy)| (present - busy).max(0.0) / span)
                    .collect(),
                present: a_second(present),
                served_per_second: a_second(served),
            }
        };
        let store = |(store, place): (&crate::network::Store, &u32)| {
            let (mut asked, mut found) = (zero(), zero());
            for class in 0..columns.classes {
                let (asks, finds, _) = columns.lookups(*place as usize, class);
                asked = add(asked, asks);
                found = add(found, finds);
            }
            StoreSeries {
                component: store.component,
                hit_ratio: ratios(&found, &asked),
                lookups: a_second(asked),
            }
        };
        let network = &self.network;
        Series {
            start: windows.origin,
            seconds: span,
            points,
            quantile_seconds: segment * in_quantile as f64,
            classes: (network.classes.iter().zip(&self.places.classes))
                .map(class)
                .collect(),
            stations: (network.stations.iter().zip(&self.places.stations))
                .map(station)
                .collect(),
            instances: (self.registry.scalers.iter())
                .filter_map(|(component, scaler)| {
                    let station = engine.scalers[scaler as usize].stations.first()?;
                    Some(InstanceSeries {
                        component: *component,
                        instances: a_second(sums(columns.instances(*station as usize))),
                    })
                })
                .collect(),
            stores: (network.stores.iter().zip(&self.places.stores))
                .filter(|(store, _)| !store.is_write_buffer)
                .map(store)
                .collect(),
            links: (self.registry.links.iter())
                .map(|(link, place)| LinkSeries {
                    link: *link,
                    per_second: a_second(sums(columns.link(place as usize))),
                })
                .collect(),
        }
    }
}

/// How many spans of this length make one of at least `seconds`: one or more, and no more than there are.
fn times(seconds: f64, length: f64, there_are: usize) -> usize {
    let wanted = libm::ceil(seconds / length - 1e-9);
    (wanted.max(1.0) as usize).min(there_are.max(1))
}

fn ratios(above: &[f64], below: &[f64]) -> Vec<Option<f64>> {
    (above.iter().zip(below))
        .map(|(above, below)| (*below > 0.0).then(|| above / below))
        .collect()
}
