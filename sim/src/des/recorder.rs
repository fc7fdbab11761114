//! Figures point by point through time, for those who want to see a run's course: what was offered and answered, how long it took, and how
//! full stations were. It doesn't know what happened meanwhile.
//!
//! Memory is bounded: after [`MOST_POINTS`] points (fewer in large networks) no more are kept, and the series says so.

use super::Simulation;
use super::agenda::{Agenda, Topic};
use super::histogram::Histogram;
use super::station::Station;
use super::tally::{AnswerTally, LookupTally, Tally};
use crate::network::Role;
use crate::report::LossCause;
use crate::scenario::{ClassId, ComponentId};
use serde::Serialize;

/// Most points of a series.
pub const MOST_POINTS: usize = 4_096;
/// Cells that all points together may take.
const MOST_CELLS: usize = 4_000_000;

/// Figures through time; every list has one entry for each point, and a point stands for the time since the one before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Course {
    /// Seconds from one point to the next; the first comes so long after the beginning.
    pub resolution_seconds: f64,
    /// How many points there are.
    pub points: usize,
    /// Whether the run went on beyond what there is room for.
    pub truncated: bool,
    /// By class, in the document's order.
    pub classes: Vec<ClassCourse>,
    /// By station, in the network's order.
    pub stations: Vec<StationCourse>,
    /// By component whose stores are asked.
    pub stores: Vec<StoreCourse>,
}

/// One class through time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCourse {
    /// Which.
    pub class: ClassId,
    /// Requests sent, a second.
    pub offered: Vec<f64>,
    /// Requests answered well, a second.
    pub succeeded: Vec<f64>,
    /// Requests answered with an error, a second.
    pub errors: Vec<f64>,
    /// Requests that nobody answered, a second.
    pub refused: Vec<f64>,
    /// Half of the answered took less than this, seconds; `None` without two of them.
    pub p50: Vec<Option<f64>>,
    /// The same of 95 %; `None` with fewer than 20.
    pub p95: Vec<Option<f64>>,
    /// The same of 99 %; `None` with fewer than 100.
    pub p99: Vec<Option<f64>>,
    /// Failures by who and why.
    pub failures: Vec<FailureCourse>,
}

/// Failures of one cause through time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureCourse {
    /// Who refuses or fails; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
    /// A second.
    pub per_second: Vec<f64>,
}

/// One station through time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StationCourse {
    /// Whose.
    pub component: ComponentId,
    /// Which of its resources.
    #[serde(serialize_with = "crate::report::role_name")]
    pub role: Role,
    /// Share of busy servers, 0 to 1; `None` where there were none.
    pub utilisation: Vec<Option<f64>>,
    /// Mean requests waiting.
    pub queue_length: Vec<f64>,
    /// Mean instances that serve.
    pub instances: Vec<f64>,
}

/// A component's stores through time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreCourse {
    /// Whose.
    pub component: ComponentId,
    /// Share of look-ups that found their key, 0 to 1; `None` when nobody looked.
    pub hit_ratio: Vec<Option<f64>>,
}

/// Writes a series down.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    pub width: f64,
    /// When recording began, seconds.
    origin: f64,
    classes: usize,
    causes: usize,
    stations: usize,
    lookups: usize,
    most: usize,
    points: usize,
    truncated: bool,
    /// Whether the network has other parts now than those that are written down.
    closed: bool,
    last: Vec<f64>,
    rows: Vec<f64>,
    /// Response times since the last point, by class.
    times: Vec<Histogram>,
    /// Response times before, during and after the faults, by class.
    pub phases: [Vec<Histogram>; 3],
    /// When each phase began, and what had been counted by then.
    pub marks: Vec<(f64, Vec<AnswerTally>)>,
}

const OF_CLASS: usize = 7;
const OF_STATION: usize = 3;

/// What a point is made of.
pub(super) struct Sums<'a> {
    pub answers: &'a [AnswerTally],
    pub failures: &'a [u64],
    pub lookups: &'a [LookupTally],
}

impl Recorder {
    /// Records a point every so many seconds (above 0) from the beginning on.
    pub fn new(width: f64, classes: usize, causes: usize, stations: usize, lookups: usize) -> Self {
        let columns = classes * (OF_CLASS + causes) + stations * OF_STATION + 2 * lookups;
        let times = vec![Histogram::default(); classes];
        Recorder {
            width,
            origin: 0.0,
            classes,
            causes,
            stations,
            lookups,
            most: MOST_POINTS.min(MOST_CELLS / columns.max(1)).max(16),
            points: 0,
            truncated: false,
            closed: false,
            last: vec![0.0; columns],
            rows: Vec::new(),
            phases: [times.clone(), times.clone(), times.clone()],
            times,
            marks: vec![(0.0, vec![AnswerTally::default(); classes])],
        }
    }

    /// A request has been answered after so many seconds.
    pub fn answered(&mut self, class: u16, seconds: f64) {
        if self.closed {
            return;
        }
        self.times[usize::from(class)].record(seconds);
        let phase = (self.marks.len() - 1).min(2);
        self.phases[phase][usize::from(class)].record(seconds);
    }

    /// When the next point is due; `None` when there is no room for it.
    pub fn next(&self) -> Option<f64> {
        (self.points < self.most && !self.closed)
            .then(|| self.origin + self.width * (self.points + 1) as f64)
    }

    /// The network has changed: what is written down stays, and nothing is added.
    pub fn close(&mut self) {
        self.closed = true;
        self.truncated = true;
    }

    /// The next phase begins.
    pub fn mark(&mut self, now: f64, answers: &[AnswerTally]) {
        self.marks.push((now, answers.to_vec()));
    }

    /// The last phase hasn't begun after all: what has been since belongs to the one before.
    pub fn take_back(&mut self) {
        if self.marks.len() < 3 {
            return;
        }
        self.marks.pop();
        let [_, during, after] = &mut self.phases;
        for (during, after) in during.iter_mut().zip(after) {
            during.add(after);
            after.clear();
        }
    }

    fn failures(&self) -> usize {
        self.classes * OF_CLASS
    }

    fn of_stations(&self) -> usize {
        self.failures() + self.classes * self.causes
    }

    fn of_lookups(&self) -> usize {
        self.of_stations() + self.stations * OF_STATION
    }

    /// A point is due.
    pub fn point(&mut self, now: f64, sums: &Sums, stations: &mut [Station]) {
        if self.closed {
            return;
        }
        let mut row = vec![0.0; self.last.len()];
        for (class, answer) in sums.answers.iter().enumerate() {
            let start = class * OF_CLASS;
            row[start..start + 4].copy_from_slice(&[
                answer.offered as f64,
                answer.succeeded as f64,
                answer.errors as f64,
                answer.refused as f64,
            ]);
        }
        let start = self.failures();
        for (cell, count) in row[start..].iter_mut().zip(sums.failures) {
            *cell = *count as f64;
        }
        for (place, station) in stations.iter_mut().enumerate() {
            station.count_to(now);
            station.count_capacity_to(now);
            let start = self.of_stations() + place * OF_STATION;
            row[start..start + OF_STATION].copy_from_slice(&[
                station.present_area,
                station.busy_area,
                station.capacity_area,
            ]);
        }
        for (place, lookups) in sums.lookups.iter().enumerate() {
            let start = self.of_lookups() + 2 * place;
            row[start] = lookups.asked as f64;
            row[start + 1] = lookups.found as f64;
        }
        let from = self.rows.len();
        self.rows
            .extend(row.iter().zip(&self.last).map(|(now, last)| now - last));
        for (class, times) in self.times.iter_mut().enumerate() {
            for (place, share) in [0.5, 0.95, 0.99].into_iter().enumerate() {
                let known = times.total() as f64 * (1.0 - share) >= 1.0 - 1e-9;
                let quantile = known.then(|| times.quantile(share)).flatten();
                self.rows[from + class * OF_CLASS + 4 + place] = quantile.unwrap_or(f64::NAN);
            }
            times.clear();
        }
        self.last = row;
        self.points += 1;
        self.truncated = self.points == self.most;
    }

    fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        self.rows
            .chunks_exact(self.last.len())
            .map(move |row| row[column])
    }

    fn per_second(&self, column: usize) -> Vec<f64> {
        self.column(column)
            .map(|count| count / self.width)
            .collect()
    }

    fn ratio(&self, above: usize, below: usize) -> Vec<Option<f64>> {
        self.column(above)
            .zip(self.column(below))
            .map(|(above, below)| (below > 0.0).then(|| above / below))
            .collect()
    }
}

impl Tally {
    /// Records a series with a point every so many seconds.
    pub fn record_series(&mut self, width: f64, agenda: &mut Agenda) {
        let counted = self.columns();
        let lookups = self.lookups.len();
        let recorder = Recorder::new(
            width,
            counted.classes,
            counted.causes,
            counted.stations,
            lookups,
        );
        if let Some(time) = recorder.next() {
            agenda.plan(time, Topic::Series);
        }
        self.series = Some(Box::new(recorder));
    }

    /// A point of the series is due.
    pub fn close_point(&mut self, now: f64, stations: &mut [Station], agenda: &mut Agenda) {
        let Some(series) = &mut self.series else {
            return;
        };
        let sums = Sums {
            answers: &self.answers,
            failures: &self.failures,
            lookups: &self.lookups,
        };
        series.point(now, &sums, stations);
        if let Some(time) = series.next() {
            agenda.plan(time, Topic::Series);
        }
    }

    /// The next phase of a run with faults begins: the first of them, or what comes after the last.
    pub fn mark_phase(&mut self, now: f64) {
        if let Some(series) = &mut self.series {
            series.mark(now, &self.answers);
        }
    }

    /// A fault begins after what was taken for the last.
    pub fn take_back_phase(&mut self) {
        if let Some(series) = &mut self.series {
            series.take_back();
        }
    }
}

/// The series that a run has recorded.
pub(super) fn find(simulation: &Simulation) -> Option<Course> {
    let engine = &simulation.engine;
    let recorder = engine.tally.series.as_deref()?;
    let network = &simulation.network;
    let own = network.classes.iter().zip(&simulation.places.classes);
    let own = own.filter(|(_, place)| (**place as usize) < recorder.classes);
    let classes = own.map(|(class, index)| {
        let index = *index as usize;
        let column = |figure: usize| index * OF_CLASS + figure;
        let quantile = |figure: usize| -> Vec<Option<f64>> {
            let times = recorder.column(column(figure));
            times.map(|time| (!time.is_nan()).then_some(time)).collect()
        };
        let causes = engine
            .causes
            .iter()
            .enumerate()
            .filter_map(|(place, cause)| {
                let column = recorder.failures() + index * recorder.causes + place;
                let per_second = recorder.per_second(column);
                per_second
                    .iter()
                    .any(|rate| *rate > 0.0)
                    .then_some(FailureCourse {
                        component: cause.component,
                        why: cause.why,
                        per_second,
                    })
            });
        ClassCourse {
            class: class.class,
            offered: recorder.per_second(column(0)),
            succeeded: recorder.per_second(column(1)),
            errors: recorder.per_second(column(2)),
            refused: recorder.per_second(column(3)),
            p50: quantile(4),
            p95: quantile(5),
            p99: quantile(6),
            failures: causes.collect(),
        }
    });
    let stations = network
        .stations
        .iter()
        .zip(&simulation.places.stations)
        .filter(|(_, place)| (**place as usize) < recorder.stations)
        .map(|(spec, place)| {
            let start = recorder.of_stations() + *place as usize * OF_STATION;
            let waiting = recorder
                .column(start)
                .zip(recorder.column(start + 1))
                .map(|(present, busy)| (present - busy) / recorder.width);
            let servers = f64::from(spec.servers) * recorder.width;
            StationCourse {
                component: spec.component,
                role: spec.role,
                utilisation: recorder.ratio(start + 1, start + 2),
                queue_length: waiting.collect(),
                instances: recorder
                    .column(start + 2)
                    .map(|capacity| capacity / servers)
                    .collect(),
            }
        });
    let mut stores: Vec<StoreCourse> = Vec::new();
    for store in &network.stores {
        let known = |known: &StoreCourse| known.component == store.component;
        if store.is_write_buffer || stores.iter().any(known) {
            continue;
        }
        let columns: Vec<usize> = (0..recorder.lookups)
            .filter(|place| {
                let store_of = place / network.classes.len().max(1);
                let store_of = &network.stores[store_of];
                store_of.component == store.component && !store_of.is_write_buffer
            })
            .map(|place| recorder.of_lookups() + 2 * place)
            .collect();
        let hit_ratio = (0..recorder.points)
            .map(|point| {
                let row = &recorder.rows[point * recorder.last.len()..];
                let asked: f64 = columns.iter().map(|column| row[*column]).sum();
                let found: f64 = columns.iter().map(|column| row[*column + 1]).sum();
                (asked > 0.0).then(|| found / asked)
            })
            .collect();
        stores.push(StoreCourse {
            component: store.component,
            hit_ratio,
        });
    }
    Some(Course {
        resolution_seconds: recorder.width,
        points: recorder.points,
        truncated: recorder.truncated,
        classes: classes.collect(),
        stations: stations.collect(),
        stores,
    })
}
