//! How a run's figures went through time. It knows no intervals: what is sure about a steady state stands in the findings.
//!
//! There is always a series of the windows in which figures are kept anyway. They double in length whenever all are used, so that such a
//! series has points as long as a whole number of windows: never finer than these, and as close above the wish as they allow. Its response
//! times are kept in fewer, longer spans, so that their quantiles have a resolution of their own. A run may also record points of one chosen
//! length from its beginning (`recorder`).

use super::Simulation;
use super::columns::{Figure, OfClass};
use super::histogram::Histogram;
use super::recorder::{Recorder, SHARES, quantile};
use crate::network::{Discipline, Role};
use crate::report::LossCause;
use crate::scenario::{ClassId, ComponentId, LinkId};
use serde::Serialize;

/// Figures through time. Each list has one value a point, the earliest first; a point is the mean over its span of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// When the first point's span begins, seconds since the start of the run.
    pub start_seconds: f64,
    /// Length of a point's span, seconds.
    pub resolution_seconds: f64,
    /// How many points there are; what came after the last whole one isn't told.
    pub points: usize,
    /// Whether the run went on beyond what there is room for.
    pub truncated: bool,
    /// Length of the spans of quantiles, seconds; the first begins with the first point's.
    pub quantile_seconds: f64,
    /// By class, in the document's order.
    pub classes: Vec<ClassSeries>,
    /// By station, in the network's order.
    pub stations: Vec<StationSeries>,
    /// By component whose stores are asked.
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
    /// Answered with an error a second.
    pub errors: Vec<f64>,
    /// Answered by nobody a second.
    pub refused: Vec<f64>,
    /// Failed a second, by cause; causes that never happened are left out.
    pub failures: Vec<FailureSeries>,
    /// Mean response time of the answered, seconds; `None` where nobody was answered.
    pub mean: Vec<Option<f64>>,
    /// Half of the answered took less than this, in spans of their own, seconds; `None` without two of them.
    pub p50: Vec<Option<f64>>,
    /// The same of 95 %; `None` with fewer than 20.
    pub p95: Vec<Option<f64>>,
    /// The same of 99 %; `None` with fewer than 100.
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
    /// Share of busy servers, 0 to 1 (servers that were taken away count while they finish); `None` where there is no limit, or no server.
    pub utilisation: Vec<Option<f64>>,
    /// Requests waiting.
    pub queue_length: Vec<f64>,
    /// Requests waiting and in service.
    pub present: Vec<f64>,
    /// Served a second.
    pub served_per_second: Vec<f64>,
    /// Instances that serve.
    pub instances: Vec<f64>,
}

/// A component's stores.
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

/// Points and what is known of them.
struct Points<'a> {
    start: f64,
    seconds: f64,
    points: usize,
    truncated: bool,
    quantile_seconds: f64,
    /// How much a figure grew, point by point.
    sums: &'a dyn Fn(Figure) -> Vec<f64>,
    /// A class's quantile of one of the shares, span by span.
    quantiles: &'a dyn Fn(usize, usize) -> Vec<Option<f64>>,
}

impl Simulation {
    /// How the figures went through time from the start of the run, in points at least this many seconds long: the next whole number of
    /// windows. Parts that have come in the meantime have zeros before, parts that have left are left out.
    pub fn series(&self, seconds: f64) -> Series {
        let tally = &self.engine.tally;
        let windows = &tally.windows;
        let columns = tally.columns();
        let in_point = times(seconds, windows.width, windows.complete);
        let points = windows.complete / in_point;
        let segment = windows.width * windows.segment() as f64;
        let segments = windows.complete / windows.segment();
        let in_quantile = times(seconds, segment, segments);
        let sums = |figure: Figure| -> Vec<f64> {
            let sum = |point: usize| {
                let own = point * in_point..(point + 1) * in_point;
                own.flat_map(|window| {
                    let cells = columns.cells(figure);
                    cells.map(move |cell| windows.cell(window, cell))
                })
                .sum()
            };
            (0..points).map(sum).collect()
        };
        let quantiles = |class: usize, share: usize| -> Vec<Option<f64>> {
            let kept: Vec<&Histogram> = tally.segments_from(class, 0).collect();
            let span = |chunk: &[&Histogram]| {
                let mut sum = Histogram::default();
                chunk.iter().for_each(|part| sum.add(part));
                quantile(&sum, SHARES[share])
            };
            kept.chunks_exact(in_quantile).map(span).collect()
        };
        self.series_of(&Points {
            start: windows.origin,
            seconds: windows.width * in_point as f64,
            points,
            truncated: false,
            quantile_seconds: segment * in_quantile as f64,
            sums: &sums,
            quantiles: &quantiles,
        })
    }

    /// The series that the run has recorded ([`Settings::series_seconds`](super::Settings::series_seconds)).
    pub(super) fn recorded(&self) -> Option<Series> {
        let recorder: &Recorder = self.engine.tally.series.as_deref()?;
        Some(self.series_of(&Points {
            start: 0.0,
            seconds: recorder.width,
            points: recorder.points,
            truncated: recorder.truncated,
            quantile_seconds: recorder.width,
            sums: &|figure| recorder.sums(figure),
            quantiles: &|class, share| recorder.quantiles(class, share),
        }))
    }

    fn series_of(&self, points: &Points) -> Series {
        let engine = &self.engine;
        let network = &self.network;
        let sums = points.sums;
        let a_second = |figure: Figure| -> Vec<f64> {
            let sums = sums(figure);
            sums.iter().map(|sum| sum / points.seconds).collect()
        };
        let class = |(class, place): (&crate::network::NetworkClass, &u32)| {
            let place = *place as usize;
            let of = |figure| Figure::Class(place, figure);
            let answered = added(sums(of(OfClass::Succeeded)), &sums(of(OfClass::Errors)));
            let quantiles = |share| (points.quantiles)(place, share);
            ClassSeries {
                class: class.class,
                offered: a_second(of(OfClass::Offered)),
                succeeded: a_second(of(OfClass::Succeeded)),
                errors: a_second(of(OfClass::Errors)),
                refused: a_second(of(OfClass::Refused)),
                failures: (engine.causes.iter().enumerate())
                    .map(|(cause, own)| FailureSeries {
                        component: own.component,
                        why: own.why,
                        per_second: a_second(Figure::Failures(place, cause)),
                    })
                    .filter(|failures| failures.per_second.iter().any(|rate| *rate > 0.0))
                    .collect(),
                mean: ratios(&sums(of(OfClass::Sum)), &answered),
                p50: quantiles(0),
                p95: quantiles(1),
                p99: quantiles(2),
            }
        };
        let station = |(station, place): (&crate::network::Station, &u32)| {
            let place = *place as usize;
            let (present, busy) = (sums(Figure::Present(place)), sums(Figure::Busy(place)));
            let limited = !matches!(
                station.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            );
            StationSeries {
                component: station.component,
                role: station.role,
                utilisation: if limited {
                    ratios(&busy, &sums(Figure::Capacity(place)))
                } else {
                    vec![None; points.points]
                },
                queue_length: (present.iter().zip(&busy))
                    .map(|(present, busy)| (present - busy).max(0.0) / points.seconds)
                    .collect(),
                present: a_second(Figure::Present(place)),
                served_per_second: a_second(Figure::Served(place)),
                instances: a_second(Figure::Instances(place)),
            }
        };
        let asked = network.stores.iter().zip(&self.places.stores);
        let asked = asked.filter(|(store, _)| !store.is_write_buffer);
        let mut stores: Vec<(ComponentId, Vec<f64>, Vec<f64>)> = Vec::new();
        for (store, place) in asked {
            let place = *place as usize;
            let (asks, finds) = (sums(Figure::Asked(place)), sums(Figure::Found(place)));
            match stores.iter_mut().find(|own| own.0 == store.component) {
                Some((_, asked, found)) => {
                    *asked = added(std::mem::take(asked), &asks);
                    *found = added(std::mem::take(found), &finds);
                }
                None => stores.push((store.component, asks, finds)),
            }
        }
        Series {
            start_seconds: points.start,
            resolution_seconds: points.seconds,
            points: points.points,
            truncated: points.truncated,
            quantile_seconds: points.quantile_seconds,
            classes: (network.classes.iter().zip(&self.places.classes))
                .map(class)
                .collect(),
            stations: (network.stations.iter().zip(&self.places.stations))
                .map(station)
                .collect(),
            stores: (stores.into_iter())
                .map(|(component, asked, found)| StoreSeries {
                    component,
                    hit_ratio: ratios(&found, &asked),
                    lookups: asked.iter().map(|sum| sum / points.seconds).collect(),
                })
                .collect(),
            links: (self.registry.links.iter())
                .map(|(link, place)| LinkSeries {
                    link: *link,
                    per_second: a_second(Figure::Calls(place as usize)),
                })
                .collect(),
        }
    }
}

fn added(mut sums: Vec<f64>, more: &[f64]) -> Vec<f64> {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
    sums
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
