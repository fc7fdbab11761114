//! How chosen figures went through a span of a run, read from the windows in which they are kept anyway. It knows no prices and no screen,
//! and looking changes nothing of the run's course.

use super::Simulation;
use super::columns::{Figure, OfClass};
use super::histogram::Histogram;
use super::tally::Windows;
use crate::network::Discipline;
use crate::report::LossCause;
use crate::scenario::{ClassId, ComponentId, LinkId};

/// Which span of a run is looked at, how closely, and whose figures.
#[derive(Clone, Copy, Debug)]
pub struct HistorySpan<'a> {
    /// From when, seconds since the start.
    pub from: f64,
    /// Until when, seconds; what isn't over yet isn't told.
    pub to: f64,
    /// Most points.
    pub points: usize,
    /// Whose resources, stores and copies.
    pub components: &'a [ComponentId],
    /// What is summed up, each with its weight.
    pub weights: &'a [(Measure, f64)],
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Seconds for which instances serve.
    InstanceSeconds(ComponentId),
    /// Requests, calls or messages that reach a component.
    Visits(ComponentId),
    /// The time of visits that have ended, seconds.
    VisitSeconds(ComponentId),
    /// Calls of a class along a link.
    Calls(LinkId, ClassId),
}

/// Figures through time: each list has one value a point, the earliest first; a point is the mean over its span of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// When the first point's span begins, seconds since the start.
    pub start: f64,
    /// Length of a point's span, seconds.
    pub seconds: f64,
    /// How many points there are.
    pub points: usize,
    /// By class, in the document's order.
    pub classes: Vec<ClassHistory>,
    /// Failures by who and why, of all classes; those that happened in the span.
    pub failures: Vec<FailureHistory>,
    /// Those of the components that were asked for which have something to tell, in that order.
    pub components: Vec<ComponentHistory>,
    /// The weighted sum a second.
    pub weighted: Vec<f64>,
    /// The weighted sum of all that was before the first point.
    pub weighted_before: f64,
}

/// A class's requests.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassHistory {
    /// Which.
    pub class: ClassId,
    /// Sent a second.
    pub offered: Vec<f64>,
    /// Answered well a second.
    pub succeeded: Vec<f64>,
    /// Answered with an error, or not at all, a second.
    pub failed: Vec<f64>,
}

/// Failures of one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureHistory {
    /// Who refuses or fails; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
    /// Failures a second.
    pub per_second: Vec<f64>,
}

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentHistory {
    /// Which.
    pub component: ComponentId,
    /// Share of busy servers of its busiest resource, 0 to 1; `None` while nothing serves. Nothing for parts without a limit.
    pub utilisation: Option<Vec<Option<f64>>>,
    /// Requests waiting in it, where it has resources or is what workers take their messages from.
    pub waiting: Option<Vec<f64>>,
    /// Instances that serve, where it has any.
    pub instances: Option<Vec<f64>>,
    /// Share of look-ups that find their key, 0 to 1, where it holds keys; `None` while nobody looks anything up.
    pub hit_ratio: Option<Vec<Option<f64>>>,
    /// Mean time from a write's commit until it is applied, seconds, where it applies another's writes; `None` while nothing is applied.
    pub lag: Option<Vec<Option<f64>>>,
    /// Share of reads that find what is out of date, 0 to 1, where that may be; `None` while nobody reads.
    pub stale: Option<Vec<Option<f64>>>,
}

/// Windows put together to points.
struct Points<'a> {
    windows: &'a Windows,
    first: usize,
    in_point: usize,
    points: usize,
    seconds: f64,
}

impl Points<'_> {
    /// How much these cells grew, point by point.
    fn sums(&self, cells: &[usize]) -> Vec<f64> {
        let sum = |point: usize| {
            let begin = self.first + point * self.in_point;
            let own = begin..begin + self.in_point;
            let of = |window: usize| {
                cells
                    .iter()
                    .map(move |cell| self.windows.cell(window, *cell))
            };
            own.flat_map(of).sum()
        };
        (0..self.points).map(sum).collect()
    }

    /// The same a second.
    fn rates(&self, cells: &[usize]) -> Vec<f64> {
        let mut sums = self.sums(cells);
        sums.iter_mut().for_each(|sum| *sum /= self.seconds);
        sums
    }

    /// One figure by another; `None` where that is nought. Nothing where there are no such figures at all.
    fn ratios(&self, above: &[usize], below: &[usize]) -> Option<Vec<Option<f64>>> {
        let pairs = || self.sums(above).into_iter().zip(self.sums(below));
        let ratio = |(above, below): (f64, f64)| (below > 0.0).then(|| above / below);
        (!below.is_empty()).then(|| pairs().map(ratio).collect())
    }
}

impl Simulation {
    /// How figures went through a span, in points that are whole numbers of windows.
    pub fn history(&self, span: &HistorySpan<'_>) -> History {
        let windows = &self.engine.tally.windows;
        let place = |moment: f64| (moment - windows.origin) / windows.width;
        // A moment on the edge of a window is of the one that it begins.
        let first = libm::floor(place(span.from) + 1e-9).max(0.0) as usize;
        let end = (libm::ceil(place(span.to) - 1e-9).max(0.0) as usize).min(windows.complete);
        let first = first.min(end);
        let in_point = (end - first).div_ceil(span.points.max(1)).max(1);
        let points = Points {
            windows,
            first,
            in_point,
            points: (end - first) / in_point,
            seconds: windows.width * in_point as f64,
        };
        let weights: Vec<(Vec<usize>, f64)> = (span.weights.iter())
            .map(|(measure, weight)| (self.cells_of(*measure), *weight))
            .collect();
        let mut weighted = vec![0.0; points.points];
        let mut weighted_before = 0.0;
        for (cells, weight) in &weights {
            for (sum, rate) in weighted.iter_mut().zip(points.rates(cells)) {
                *sum += weight * rate;
            }
            let before = (0..first).flat_map(|window| {
                let of = move |cell: &usize| windows.cell(window, *cell);
                cells.iter().map(of)
            });
            weighted_before += weight * before.sum::<f64>();
        }
        History {
            start: windows.origin + first as f64 * windows.width,
            seconds: points.seconds,
            points: points.points,
            classes: self.classes_through(&points),
            failures: self.failures_through(&points),
            components: (span.components.iter())
                .filter_map(|component| self.component_through(*component, &points))
                .collect(),
            weighted,
            weighted_before,
        }
    }

    /// Time for which instances of an autoscaled component have booted so far, all together, in seconds; `None` for components that don't
    /// scale.
    pub fn boot_seconds(&self, component: ComponentId) -> Option<f64> {
        let scaler = &self.engine.scalers[self.scaler(component)?];
        Some(scaler.boot_seconds(self.engine.now))
    }

    /// Instances of an autoscaled component that boot now; `None` for components that don't scale.
    pub fn booting(&self, component: ComponentId) -> Option<u32> {
        Some(self.engine.scalers[self.scaler(component)?].boots())
    }

    /// The response times of a class's answered requests since the start; `None` for a class that isn't this network's.
    pub fn response_times(&self, class: ClassId) -> Option<Histogram> {
        let classes = self.network.classes.iter().zip(&self.places.classes);
        let mut own = classes.filter(|(own, _)| own.class == class);
        let (_, place) = own.next()?;
        Some(self.engine.tally.times_from(*place as usize, 0))
    }

    /// The request classes of the network, in the document's order.
    pub fn classes(&self) -> impl Iterator<Item = ClassId> {
        self.network.classes.iter().map(|class| class.class)
    }

    /// The components whose instances an autoscaler starts and stops.
    pub fn autoscaled(&self) -> Vec<ComponentId> {
        let scalers = self.engine.scalers.iter();
        let first = scalers.filter_map(|scaler| scaler.stations.first());
        first
            .map(|place| ComponentId(self.engine.stations[*place as usize].component))
            .collect()
    }

    /// Length of the windows in which figures are kept by now, seconds.
    pub fn window_seconds(&self) -> f64 {
        self.engine.tally.windows.width
    }

    /// The cells of a row that count this; none for what isn't in this network.
    fn cells_of(&self, measure: Measure) -> Vec<usize> {
        let columns = self.engine.tally.columns();
        match measure {
            Measure::InstanceSeconds(component) => {
                let own = self.network.stations.iter().zip(&self.places.stations);
                let mut own = own.filter(|(station, _)| {
                    station.component == component
                        && !matches!(station.discipline, Discipline::Infinite)
                });
                let first = own.next();
                first
                    .map(|(_, place)| columns.instances(*place as usize))
                    .into_iter()
                    .collect()
            }
            Measure::Visits(component) => {
                let entry = self.registry.entries.find(&component);
                let cell = entry.map(|entry| columns.visits(entry as usize).0);
                cell.into_iter().collect()
            }
            Measure::VisitSeconds(component) => {
                let entry = self.registry.entries.find(&component);
                let cell = entry.map(|entry| columns.visits(entry as usize).2);
                cell.into_iter().collect()
            }
            Measure::Calls(link, class) => {
                let classes = self.network.classes.iter().zip(&self.places.classes);
                let mut own = classes.filter(|(own, _)| own.class == class);
                let place = own.next().zip(self.registry.links.find(&link));
                place
                    .map(|((_, class), link)| columns.link(link as usize, *class as usize))
                    .into_iter()
                    .collect()
            }
        }
    }

    fn classes_through(&self, points: &Points<'_>) -> Vec<ClassHistory> {
        let columns = self.engine.tally.columns();
        let classes = self.network.classes.iter().zip(&self.places.classes);
        classes
            .map(|(class, place)| {
                let of = |figure| columns.class(*place as usize, figure);
                ClassHistory {
                    class: class.class,
                    offered: points.rates(&[of(OfClass::Offered)]),
                    succeeded: points.rates(&[of(OfClass::Succeeded)]),
                    failed: points.rates(&[of(OfClass::Errors), of(OfClass::Refused)]),
                }
            })
            .collect()
    }

    fn failures_through(&self, points: &Points<'_>) -> Vec<FailureHistory> {
        let tally = &self.engine.tally;
        let columns = tally.columns();
        let own = self.engine.causes.iter().enumerate();
        own.filter_map(|(cause, own)| {
            let classes = self.places.classes.iter();
            let cells: Vec<usize> = classes
                .map(|class| columns.failures(*class as usize, cause))
                .collect();
            // Most causes of a drawing never happen.
            let ever = (self.places.classes.iter())
                .any(|class| tally.failures[*class as usize * columns.causes + cause] > 0);
            let per_second = ever.then(|| points.rates(&cells))?;
            (per_second.iter().any(|rate| *rate > 0.0)).then_some(FailureHistory {
                component: own.component,
                why: own.why,
                per_second,
            })
        })
        .collect()
    }

    fn component_through(
        &self,
        component: ComponentId,
        points: &Points<'_>,
    ) -> Option<ComponentHistory> {
        let columns = self.engine.tally.columns();
        let mut own = ComponentHistory {
            component,
            utilisation: None,
            waiting: None,
            instances: None,
            hit_ratio: None,
            lag: None,
            stale: None,
        };
        for (station, place) in self.network.stations.iter().zip(&self.places.stations) {
            let place = *place as usize;
            if matches!(station.discipline, Discipline::Infinite) {
                continue;
            }
            if station.waits_at.unwrap_or(station.component) == component {
                let present = points.rates(&[columns.present(place)]);
                let busy = points.rates(&[columns.busy(place)]);
                let waiting = own.waiting.get_or_insert_with(|| vec![0.0; points.points]);
                for (sum, (present, busy)) in waiting.iter_mut().zip(present.iter().zip(&busy)) {
                    *sum += (present - busy).max(0.0);
                }
            }
            if station.component != component {
                continue;
            }
            let instances = points.rates(&[columns.instances(place)]);
            own.instances = Some(match own.instances.take() {
                Some(mut most) => {
                    for (most, there) in most.iter_mut().zip(instances) {
                        *most = most.max(there);
                    }
                    most
                }
                None => instances,
            });
            if matches!(station.discipline, Discipline::TokenBucket { .. }) {
                continue;
            }
            let shares = points.ratios(&[columns.busy(place)], &[columns.capacity(place)]);
            own.utilisation = match (own.utilisation.take(), shares) {
                (Some(mut most), Some(shares)) => {
                    for (most, share) in most.iter_mut().zip(shares) {
                        *most = match (*most, share) {
                            (Some(one), Some(other)) => Some(one.max(other)),
                            (one, other) => one.or(other),
                        };
                    }
                    Some(most)
                }
                (most, shares) => most.or(shares),
            };
        }
        let (mut asked, mut found) = (Vec::new(), Vec::new());
        for (store, place) in self.network.stores.iter().zip(&self.places.stores) {
            if store.component == component && !store.is_write_buffer {
                asked.extend(columns.cells(Figure::Asked(*place as usize)));
                found.extend(columns.cells(Figure::Found(*place as usize)));
            }
        }
        own.hit_ratio = points.ratios(&found, &asked);
        self.copies_through(&mut own, points);
        let silent = own.waiting.is_none()
            && own.instances.is_none()
            && own.hit_ratio.is_none()
            && own.lag.is_none()
            && own.stale.is_none();
        (!silent).then_some(own)
    }

    /// What is told of a component as a replica, as a store whose quorums needn't meet, or as a cache that some writers don't tell.
    fn copies_through(&self, own: &mut ComponentHistory, points: &Points<'_>) {
        let columns = self.engine.tally.columns();
        let (mut applied, mut lags, mut asked, mut stale) = (vec![], vec![], vec![], vec![]);
        let mut seen_at = |place: u32, applies: bool| {
            if applies {
                let (own, lag) = columns.lags(place as usize);
                applied.push(own);
                lags.push(lag);
            }
            for class in &self.places.classes {
                let (reads, old, _) = columns.reads(place as usize, *class as usize);
                asked.push(reads);
                stale.push(old);
            }
        };
        for log in &self.network.logs {
            for (place, replica) in log.replicas.iter().enumerate() {
                let name = (log.primary, place as u32);
                if replica.component == own.component
                    && let Some(place) = self.registry.replicas.find(&name)
                {
                    seen_at(place, true);
                }
            }
        }
        let quorums = self.network.quorums.iter().map(|quorum| quorum.component);
        for component in quorums.chain(self.network.caches_untold()) {
            if component == own.component
                && let Some(place) = self.registry.replicas.find(&(component, 0))
            {
                seen_at(place, false);
            }
        }
        own.lag = points.ratios(&lags, &applied);
        own.stale = points.ratios(&stale, &asked);
    }
}
