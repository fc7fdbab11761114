//! Figures point by point through time, for those who want to see a run's course at a resolution of their own. It doesn't know what happened
//! meanwhile, nor what its figures are called.
//!
//! Memory is bounded: after [`MOST_POINTS`] points (fewer in large networks) no more are kept, and the series says so. When the network
//! changes, what is there goes on, and what is new has nothing before.

use super::agenda::{Agenda, Topic};
use super::columns::{Columns, Figure, Kind, OfClass};
use super::histogram::Histogram;
use super::station::Station;
use super::tally::{AnswerTally, Tally};

/// Most points of a series.
pub const MOST_POINTS: usize = 4_096;
/// Cells that all points together may take.
const MOST_CELLS: usize = 4_000_000;
/// Points that there is always room for.
const LEAST_POINTS: usize = 16;

/// Quantiles that are kept for each point.
pub(super) const SHARES: [f64; 3] = [0.5, 0.95, 0.99];

/// Writes a series down.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    pub width: f64,
    counted: Columns,
    pub points: usize,
    pub truncated: bool,
    /// All sums at the last point, and now.
    last: Vec<f64>,
    now: Vec<f64>,
    /// How much the figures grew, point by point.
    rows: Vec<f64>,
    /// By point, class and share; not a number where too few were seen.
    quantiles: Vec<f64>,
    /// Response times since the last point, by class.
    times: Vec<Histogram>,
    /// Response times before, during and after the faults, by class.
    pub phases: [Vec<Histogram>; 3],
    /// When each phase began, and what had been counted by then.
    pub marks: Vec<(f64, Vec<AnswerTally>)>,
}

/// The figures of a class that are kept.
const OF_CLASS: [OfClass; 5] = [
    OfClass::Offered,
    OfClass::Succeeded,
    OfClass::Errors,
    OfClass::Refused,
    OfClass::Sum,
];
/// How many of a station and of a store are.
const OF_STATION: usize = 5;
const OF_STORE: usize = 2;

/// The figures of a point, in their order.
fn figures(of: Columns) -> impl Iterator<Item = Figure> {
    let classes = (0..of.classes).flat_map(|class| OF_CLASS.map(|own| Figure::Class(class, own)));
    let failures = (0..of.classes)
        .flat_map(move |class| (0..of.causes).map(move |cause| Figure::Failures(class, cause)));
    let stations = (0..of.stations).flat_map(|station| {
        [
            Figure::Present(station),
            Figure::Busy(station),
            Figure::Capacity(station),
            Figure::Instances(station),
            Figure::Served(station),
        ]
    });
    let links = (0..of.links).map(Figure::Calls);
    let stores = (0..of.stores).flat_map(|store| [Figure::Asked(store), Figure::Found(store)]);
    let first = classes.chain(failures).chain(stations);
    first.chain(links).chain(stores)
}

/// Where a figure stands among them.
fn place(of: &Columns, figure: Figure) -> usize {
    let failures = of.classes * OF_CLASS.len();
    let stations = failures + of.classes * of.causes;
    let links = stations + of.stations * OF_STATION;
    let stores = links + of.links;
    match figure {
        Figure::Class(class, own) => class * OF_CLASS.len() + own as usize,
        Figure::Failures(class, cause) => failures + class * of.causes + cause,
        Figure::Present(station) => stations + station * OF_STATION,
        Figure::Busy(station) => stations + station * OF_STATION + 1,
        Figure::Capacity(station) => stations + station * OF_STATION + 2,
        Figure::Instances(station) => stations + station * OF_STATION + 3,
        Figure::Served(station) => stations + station * OF_STATION + 4,
        Figure::Calls(link) => links + link,
        Figure::Asked(store) => stores + store * OF_STORE,
        Figure::Found(store) => stores + store * OF_STORE + 1,
    }
}

/// How many there are.
fn count(of: &Columns) -> usize {
    place(of, Figure::Asked(of.stores))
}

impl Figure {
    /// Whether it is of this one of a kind.
    fn is_of(&self, kind: Kind, place: usize) -> bool {
        match *self {
            Figure::Class(class, _) => kind == Kind::Class && class == place,
            Figure::Failures(class, cause) => {
                (kind == Kind::Class && class == place) || (kind == Kind::Cause && cause == place)
            }
            Figure::Present(station)
            | Figure::Busy(station)
            | Figure::Capacity(station)
            | Figure::Instances(station)
            | Figure::Served(station) => kind == Kind::Station && station == place,
            Figure::Calls(link) => kind == Kind::Link && link == place,
            Figure::Asked(store) | Figure::Found(store) => kind == Kind::Store && store == place,
        }
    }
}

impl Recorder {
    /// Records a point every so many seconds (above 0) from the beginning on.
    pub fn new(width: f64, counted: Columns) -> Self {
        let times = vec![Histogram::default(); counted.classes];
        Recorder {
            width,
            counted,
            points: 0,
            truncated: false,
            last: vec![0.0; counted.count()],
            now: vec![0.0; counted.count()],
            rows: Vec::new(),
            quantiles: Vec::new(),
            phases: [times.clone(), times.clone(), times.clone()],
            times,
            marks: vec![(0.0, vec![AnswerTally::default(); counted.classes])],
        }
    }

    /// A request has been answered after so many seconds.
    pub fn answered(&mut self, class: u16, seconds: f64) {
        self.times[usize::from(class)].record(seconds);
        let phase = (self.marks.len() - 1).min(2);
        self.phases[phase][usize::from(class)].record(seconds);
    }

    fn has_room(&self) -> bool {
        let columns = count(&self.counted) + self.counted.classes * SHARES.len();
        self.points
            < MOST_POINTS
                .min(MOST_CELLS / columns.max(1))
                .max(LEAST_POINTS)
    }

    /// When the next point is due; `None` when there is no room for it.
    fn next(&self) -> Option<f64> {
        (!self.truncated).then(|| self.width * (self.points + 1) as f64)
    }

    /// There are more classes, stations and so on than before; `moved` says where each sum of a row stands now.
    pub fn grow(&mut self, new: Columns, moved: &[usize]) {
        let old = std::mem::replace(&mut self.counted, new);
        let mut last = vec![0.0; new.count()];
        for (sum, to) in self.last.iter().zip(moved) {
            last[*to] = *sum;
        }
        self.last = last;
        self.now = vec![0.0; new.count()];
        let (width, wider) = (count(&old), count(&new));
        let mut rows = vec![0.0; self.points * wider];
        for (cell, figure) in figures(old).enumerate() {
            let to = place(&new, figure);
            for point in 0..self.points {
                rows[point * wider + to] = self.rows[point * width + cell];
            }
        }
        self.rows = rows;
        let (width, wider) = (old.classes * SHARES.len(), new.classes * SHARES.len());
        let mut quantiles = vec![f64::NAN; self.points * wider];
        for point in 0..self.points {
            quantiles[point * wider..point * wider + width]
                .copy_from_slice(&self.quantiles[point * width..(point + 1) * width]);
        }
        self.quantiles = quantiles;
        for times in self.phases.iter_mut().chain([&mut self.times]) {
            times.resize(new.classes, Histogram::default());
        }
        for (_, answers) in &mut self.marks {
            answers.resize(new.classes, AnswerTally::default());
        }
        self.truncated |= !self.has_room();
    }

    /// Another part has this place now; `cells` are those of its sums.
    pub fn forget(&mut self, kind: Kind, place: usize, cells: impl Iterator<Item = usize>) {
        cells.for_each(|cell| self.last[cell] = 0.0);
        let width = count(&self.counted);
        let own = figures(self.counted).enumerate();
        for (cell, _) in own.filter(|(_, figure)| figure.is_of(kind, place)) {
            for point in 0..self.points {
                self.rows[point * width + cell] = 0.0;
            }
        }
        if kind != Kind::Class {
            return;
        }
        let width = self.counted.classes * SHARES.len();
        for point in 0..self.points {
            let start = point * width + place * SHARES.len();
            self.quantiles[start..start + SHARES.len()].fill(f64::NAN);
        }
        for times in self.phases.iter_mut().chain([&mut self.times]) {
            times[place].clear();
        }
        for (_, answers) in &mut self.marks {
            answers[place] = AnswerTally::default();
        }
    }

    /// The next phase begins.
    fn mark(&mut self, now: f64, answers: &[AnswerTally]) {
        self.marks.push((now, answers.to_vec()));
    }

    /// The last phase hasn't begun after all: what has been since belongs to the one before.
    fn take_back(&mut self) {
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

    /// A point is due; `now` are the sums.
    fn point(&mut self) {
        for figure in figures(self.counted) {
            let cells = self.counted.cells(figure);
            let grown = cells.map(|cell| self.now[cell] - self.last[cell]);
            self.rows.push(grown.sum());
        }
        for times in &mut self.times {
            for share in SHARES {
                let quantile = quantile(times, share);
                self.quantiles.push(quantile.unwrap_or(f64::NAN));
            }
            times.clear();
        }
        std::mem::swap(&mut self.last, &mut self.now);
        self.points += 1;
        self.truncated = !self.has_room();
    }

    /// How much a figure grew, point by point.
    pub fn sums(&self, figure: Figure) -> Vec<f64> {
        let cell = place(&self.counted, figure);
        let rows = self.rows.chunks_exact(count(&self.counted));
        rows.map(|row| row[cell]).collect()
    }

    /// A class's quantile of one of the [`SHARES`], point by point.
    pub fn quantiles(&self, class: usize, share: usize) -> Vec<Option<f64>> {
        let rows = self
            .quantiles
            .chunks_exact(self.counted.classes * SHARES.len());
        rows.map(|row| row[class * SHARES.len() + share])
            .map(|time| (!time.is_nan()).then_some(time))
            .collect()
    }
}

/// What this share took at most; `None` where fewer than one is beyond.
pub(super) fn quantile(times: &Histogram, share: f64) -> Option<f64> {
    let known = times.total() as f64 * (1.0 - share) >= 1.0 - 1e-9;
    known.then(|| times.quantile(share)).flatten()
}

impl Tally {
    /// Records a series with a point every so many seconds.
    pub fn record_series(&mut self, width: f64, agenda: &mut Agenda) {
        let recorder = Recorder::new(width, self.columns());
        if let Some(time) = recorder.next() {
            agenda.plan(time, Topic::Series);
        }
        self.series = Some(Box::new(recorder));
    }

    /// A point of the series is due.
    #[inline(never)]
    pub fn close_point(&mut self, now: f64, stations: &mut [Station], agenda: &mut Agenda) {
        let Some(mut series) = self.series.take() else {
            return;
        };
        if !series.truncated {
            let row = &mut series.now;
            self.sum_up(now, stations, |at, sums| {
                row[at..at + sums.len()].copy_from_slice(sums);
            });
            series.point();
            if let Some(time) = series.next() {
                agenda.plan(time, Topic::Series);
            }
        }
        self.series = Some(series);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_stands_where_it_is_looked_for() {
        let columns = Columns {
            classes: 2,
            stations: 3,
            causes: 4,
            visits: 5,
            links: 6,
            stores: 7,
            ..Columns::default()
        };
        let mut all = 0;
        for (index, figure) in figures(columns).enumerate() {
            assert_eq!(place(&columns, figure), index, "{figure:?}");
            all += 1;
        }
        assert_eq!(all, count(&columns));
    }
}
