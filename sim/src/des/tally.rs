//! What is counted while the simulation runs: sums since the start, and how much they grew in each window of time. It doesn't know what
//! the figures will be used for.
//!
//! Memory is bounded: when all windows are used, each two neighbours become one and windows are twice as long from there.

use super::agenda::{Agenda, Topic};
use super::columns::{Columns, OF_ALL, OF_STATION, OfClass, OfStation};
use super::histogram::Histogram;
use super::recorder::Recorder;
use super::station::Station;

/// One class at one station: a cache line of its own.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(super) struct StationTally {
    pub arrivals: u64,
    pub refused: u64,
    pub served: u64,
    /// Those of the served who had to wait: who found all servers busy, where they are shared.
    pub waited: u64,
    /// Sum of their waits, seconds.
    pub waiting: f64,
    /// Sum of waits and services of the served, seconds.
    pub sojourn: f64,
    /// Sum of service times (of pools: of the time kept), seconds.
    pub work: f64,
    /// Sum of the waits of those of the refused who had waited first, seconds.
    pub dropped: f64,
}

impl StationTally {
    /// Somebody leaves served.
    #[inline]
    pub fn served(&mut self, waiting: f64, sojourn: f64) {
        self.served += 1;
        self.waited += u64::from(waiting > 0.0);
        self.waiting += waiting;
        self.sojourn += sojourn;
    }

    /// Somebody leaves who has shared the servers, slowed from the start or not: what others took of the time is the wait. That they came to
    /// free servers isn't seen from it, which is the difference of two sums.
    #[inline]
    pub fn shared(&mut self, slowed: bool, waiting: f64, sojourn: f64) {
        self.served += 1;
        self.waited += u64::from(slowed);
        self.waiting += waiting;
        self.sojourn += sojourn;
    }
}

/// One class's requests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AnswerTally {
    pub offered: u64,
    pub succeeded: u64,
    /// Answered with an error.
    pub errors: u64,
    /// Not answered.
    pub refused: u64,
    /// Sum of the answered requests' response times, seconds.
    pub sum: f64,
    /// Sum of their squares, seconds².
    pub squares: f64,
    /// Work handed over for later that ended well, and the sum of the times since it was handed over.
    pub detached: u64,
    pub detached_sum: f64,
}

/// Visits of one component.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct VisitTally {
    pub begun: u64,
    pub ended: u64,
    /// Sum of the ended visits' times, seconds.
    pub sojourn: f64,
}

/// Look-ups of one class in one store.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LookupTally {
    pub asked: u64,
    pub found: u64,
    /// Those that waited for somebody else's fetch.
    pub waited: u64,
}

/// Messages of one class in one queue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MessageTally {
    /// Messages that were handed out at least once.
    pub begun: u64,
    /// Times that they were handed out, and those of them that have ended.
    pub handed: u64,
    pub ended: u64,
    /// Times that they were handed out again.
    pub again: u64,
    /// Work that ended well when the message had become visible again.
    pub late: u64,
    /// Messages that were worked off, were given up after the last time, or found no room.
    pub done: u64,
    pub dead: u64,
    pub lost: u64,
}

/// Reads of one class at one replica.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadTally {
    pub asked: u64,
    /// Those that found their key out of date.
    pub stale: u64,
    /// Sum of the times since when it was, seconds; the longest, and how they are distributed, over the whole run.
    pub age: f64,
    pub longest: f64,
    pub ages: Option<Histogram>,
}

/// Writes that one replica has applied.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LagTally {
    pub applied: u64,
    /// Sum of the times since their commits, seconds, and the longest.
    pub lag: f64,
    pub longest: f64,
}

impl LagTally {
    /// A write is applied, so many seconds after its commit.
    pub fn applied(&mut self, lag: f64) {
        self.applied += 1;
        self.lag += lag;
        self.longest = self.longest.max(lag);
    }
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) counted: Columns,
    pub stations: Vec<StationTally>,
    pub answers: Vec<AnswerTally>,
    /// Failures by class and cause.
    pub failures: Vec<u64>,
    pub visits: Vec<VisitTally>,
    /// Calls by link and class.
    pub links: Vec<u64>,
    /// Requests by the population that sent them.
    pub sent: Vec<u64>,
    /// Look-ups by store and class.
    pub lookups: Vec<LookupTally>,
    /// Messages by queue and class.
    pub messages: Vec<MessageTally>,
    /// Reads by replica and class, and writes by replica.
    pub reads: Vec<ReadTally>,
    pub lags: Vec<LagTally>,
    /// By station: those who were there when their instance was killed or who were given up, and the sum of their times there, seconds.
    pub lost: Vec<(u64, f64)>,
    /// Further attempts.
    pub retries: u64,
    /// Attempts that were given up.
    pub timeouts: u64,
    /// Calls that ended when nobody waited for them any more.
    pub orphans: u64,
    /// The run's course, where somebody wants to see it.
    pub series: Option<Box<Recorder>>,
    /// Response times of answered requests since the last segment's end, by class.
    pub(super) current: Vec<Histogram>,
    pub windows: Windows,
}

/// How the sums grew, window by window.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    /// When the first began, seconds.
    pub origin: f64,
    /// Length of each, seconds.
    pub width: f64,
    /// How many are complete.
    pub complete: usize,
    /// How many there are room for; a multiple of twice the span.
    pub(super) most: usize,
    /// Windows in a segment.
    pub(super) span: usize,
    /// How many were asked for.
    pub(super) wanted: usize,
    /// Length of a row.
    pub(super) columns: usize,
    /// As many as have been complete at once.
    pub(super) rows: Vec<f64>,
    /// The sums at the last window's end.
    pub(super) last: Vec<f64>,
    /// Histograms by class of complete segments.
    pub(super) segments: Vec<Histogram>,
    pub(super) classes: usize,
    /// Whether windows end as ever, and nothing is kept of them.
    pub(super) keeps_none: bool,
}

/// Histograms are kept for at most this many equal spans.
pub(super) const SEGMENTS: usize = 32;

/// Cells that the windows may take, all rows together.
const MOST_CELLS: usize = 4_000_000;

/// How many windows there is room for, of those asked for, in rows of this length.
pub(super) fn most_windows(wanted: usize, columns: usize) -> usize {
    wanted
        .min(MOST_CELLS / columns.max(1))
        .next_multiple_of(SEGMENTS)
        .max(2 * SEGMENTS)
}

impl Tally {
    /// Nothing to count yet; the first window (of this many) is `width` seconds long.
    pub fn new(width: f64, windows: usize) -> Self {
        let most = most_windows(windows, 0);
        Tally {
            windows: Windows {
                width,
                most,
                span: most / SEGMENTS,
                wanted: windows,
                ..Windows::default()
            },
            ..Tally::default()
        }
    }

    /// Where the figures of a row stand.
    pub fn columns(&self) -> Columns {
        self.counted
    }

    /// A class at a station.
    #[inline]
    pub fn at(&mut self, station: u32, class: u16) -> &mut StationTally {
        &mut self.stations[station as usize * self.counted.classes + usize::from(class)]
    }

    /// Calls of a class along a link.
    #[inline]
    pub fn link_at(&mut self, link: u32, class: u16) -> &mut u64 {
        &mut self.links[link as usize * self.counted.classes + usize::from(class)]
    }

    /// A class in a store.
    #[inline]
    pub fn lookups_at(&mut self, store: u32, class: u16) -> &mut LookupTally {
        &mut self.lookups[store as usize * self.counted.classes + usize::from(class)]
    }

    /// A class in a queue.
    pub fn messages_at(&mut self, queue: u32, class: u16) -> &mut MessageTally {
        &mut self.messages[queue as usize * self.counted.classes + usize::from(class)]
    }

    /// A class has read at a replica, where its key has been out of date for so many seconds, or is up to date.
    pub fn read_at(&mut self, replica: u32, class: u16, age: Option<f64>) {
        let read = &mut self.reads[replica as usize * self.counted.classes + usize::from(class)];
        read.asked += 1;
        if let Some(age) = age {
            read.stale += 1;
            read.age += age;
            read.longest = read.longest.max(age);
            read.ages.get_or_insert_default().record(age);
        }
    }

    /// A request has been answered well, after so many seconds.
    #[inline]
    pub fn succeeded(&mut self, class: u16, seconds: f64) {
        let answer = &mut self.answers[usize::from(class)];
        answer.succeeded += 1;
        answer.sum += seconds;
        answer.squares += seconds * seconds;
        self.current[usize::from(class)].record(seconds);
        if let Some(series) = &mut self.series {
            series.answered(class, seconds);
        }
    }

    /// A request has failed, after so many seconds: with an answer that says so, or without any.
    pub fn failed(&mut self, class: u16, cause: u32, seconds: f64, answered: bool) {
        let answer = &mut self.answers[usize::from(class)];
        if answered {
            answer.errors += 1;
            answer.sum += seconds;
            answer.squares += seconds * seconds;
            self.current[usize::from(class)].record(seconds);
            if let Some(series) = &mut self.series {
                series.answered(class, seconds);
            }
        } else {
            answer.refused += 1;
        }
        self.failures[usize::from(class) * self.counted.causes + cause as usize] += 1;
    }

    /// Work handed over for later has ended well, so many seconds after it was handed over.
    #[inline]
    pub fn detached(&mut self, class: u16, seconds: f64) {
        let answer = &mut self.answers[usize::from(class)];
        answer.detached += 1;
        answer.detached_sum += seconds;
    }

    /// Detached work has failed.
    pub fn detached_failed(&mut self, class: u16, cause: u32) {
        self.failures[usize::from(class) * self.counted.causes + cause as usize] += 1;
    }

    /// Plans the end of the first window.
    pub fn start(&self, agenda: &mut Agenda) {
        agenda.plan(self.windows.next_end(), Topic::Clock(0));
    }

    /// A window is complete.
    #[inline(never)]
    pub fn close_window(&mut self, now: f64, stations: &mut [Station], agenda: &mut Agenda) {
        // Planned when windows were shorter.
        if now < self.windows.next_end() {
            return;
        }
        if self.windows.keeps_none {
            for station in stations {
                station.count_all_to(now);
            }
            let windows = &mut self.windows;
            windows.complete += 1;
            if windows.complete == windows.most {
                windows.complete /= 2;
                windows.width *= 2.0;
            }
            agenda.plan(windows.next_end(), Topic::Clock(0));
            return;
        }
        let windows = &mut self.windows;
        let (mut rows, mut last) = (
            std::mem::take(&mut windows.rows),
            std::mem::take(&mut windows.last),
        );
        let start = windows.complete * windows.columns;
        let end = start + windows.columns;
        if rows.len() < end {
            rows.resize(end, 0.0);
        }
        let row = &mut rows[start..end];
        // In a large network a row is as much as a processor keeps near: every sum is looked at once.
        self.sum_up(now, stations, |at, sums| {
            let cells = row[at..].iter_mut().zip(&mut last[at..]);
            for ((cell, last), sum) in cells.zip(sums) {
                *cell = sum - *last;
                *last = *sum;
            }
        });
        let windows = &mut self.windows;
        (windows.rows, windows.last) = (rows, last);
        windows.complete += 1;
        let span = windows.span;
        if windows.complete.is_multiple_of(span) {
            let segment = windows.complete / span - 1;
            for (class, current) in self.current.iter_mut().enumerate() {
                std::mem::swap(
                    &mut windows.segments[segment * windows.classes + class],
                    current,
                );
                current.clear();
            }
        }
        if windows.complete == windows.most {
            windows.halve(&mut self.current);
        }
        agenda.plan(windows.next_end(), Topic::Clock(0));
    }

    /// Counts everything up to this moment and tells the sums of a row, as [`Tally::tell_sums`] does.
    pub fn sum_up(&self, now: f64, stations: &mut [Station], tell: impl FnMut(usize, &[f64])) {
        let areas = |place: usize| {
            let station: &mut Station = &mut stations[place];
            station.count_all_to(now);
            station.areas_at(now)
        };
        self.tell_sums(areas, tell);
    }

    /// The sums of a row from the beginning up to this moment.
    pub fn sums_at(&self, now: f64, stations: &[Station]) -> Vec<f64> {
        let mut row = vec![0.0; self.windows.columns];
        let areas = |place: usize| stations[place].areas_at(now);
        self.tell_sums(areas, |at, sums| {
            row[at..at + sums.len()].copy_from_slice(sums);
        });
        row
    }

    /// Tells all the sums of a row, a few at a time with the column in which the first of them stands; each station's areas are asked for.
    fn tell_sums(
        &self,
        mut areas: impl FnMut(usize) -> [f64; OF_ALL],
        mut tell: impl FnMut(usize, &[f64]),
    ) {
        let columns = self.columns();
        for (class, answer) in self.answers.iter().enumerate() {
            let cells = [
                answer.offered as f64,
                answer.succeeded as f64,
                answer.errors as f64,
                answer.refused as f64,
                answer.sum,
                answer.squares,
                answer.detached as f64,
                answer.detached_sum,
            ];
            tell(columns.class(class, OfClass::Offered), &cells);
        }
        let start = columns.failures(0, 0);
        for (cell, count) in self.failures.iter().enumerate() {
            tell(start + cell, &[*count as f64]);
        }
        let of_all = columns.present(0);
        let by_class = columns.station(0, 0, OfStation::Arrivals);
        for place in 0..columns.stations {
            tell(of_all + OF_ALL * place, &areas(place));
            for class in 0..columns.classes {
                let cell = place * columns.classes + class;
                let tally = &self.stations[cell];
                let cells = [
                    tally.arrivals as f64,
                    tally.refused as f64,
                    tally.served as f64,
                    tally.waited as f64,
                    tally.waiting,
                    tally.sojourn,
                    tally.work,
                ];
                tell(by_class + OF_STATION * cell, &cells);
            }
        }
        let (start, ..) = columns.visits(0);
        for (entry, visit) in self.visits.iter().enumerate() {
            let cells = [visit.begun as f64, visit.ended as f64, visit.sojourn];
            tell(start + 3 * entry, &cells);
        }
        let start = columns.link(0, 0);
        for (link, count) in self.links.iter().enumerate() {
            tell(start + link, &[*count as f64]);
        }
        let start = columns.sent(0);
        for (source, count) in self.sent.iter().enumerate() {
            tell(start + source, &[*count as f64]);
        }
        let (start, ..) = columns.lookups(0, 0);
        for (cell, lookups) in self.lookups.iter().enumerate() {
            let cells = [lookups.asked, lookups.found, lookups.waited];
            tell(start + 3 * cell, &cells.map(|count| count as f64));
        }
        let start = columns.messages(0, 0).handed;
        for (cell, messages) in self.messages.iter().enumerate() {
            let cells = [
                messages.handed,
                messages.again,
                messages.late,
                messages.dead,
            ];
            tell(start + 4 * cell, &cells.map(|count| count as f64));
        }
        for (replica, lags) in self.lags.iter().enumerate() {
            let (start, _) = columns.lags(replica);
            tell(start, &[lags.applied as f64, lags.lag]);
            for class in 0..columns.classes {
                let read = &self.reads[replica * columns.classes + class];
                let (start, ..) = columns.reads(replica, class);
                tell(start, &[read.asked as f64, read.stale as f64, read.age]);
            }
        }
    }

    /// The response times of a class from a window on (the first of a segment).
    pub fn times_from(&self, class: usize, window: usize) -> Histogram {
        let windows = &self.windows;
        let span = windows.span;
        let mut sum = self.current[class].clone();
        for segment in window / span..windows.complete / span {
            sum.add(&windows.segments[segment * windows.classes + class]);
        }
        sum
    }

    /// The response times of a class in each complete segment from a window on.
    pub fn segments_from(&self, class: usize, window: usize) -> impl Iterator<Item = &Histogram> {
        let windows = &self.windows;
        let span = windows.span;
        (window / span..windows.complete / span)
            .map(move |segment| &windows.segments[segment * windows.classes + class])
    }
}

impl Windows {
    /// A figure's growth in a window.
    pub fn cell(&self, window: usize, column: usize) -> f64 {
        self.rows[window * self.columns + column]
    }

    /// Windows in a segment.
    pub fn segment(&self) -> usize {
        self.span
    }

    /// The first window of the first segment that begins at this moment (seconds) or later; the one under way where none does.
    pub fn segment_from(&self, seconds: f64) -> usize {
        // Moments are sums of widths, give or take the last digits.
        let before = libm::ceil((seconds - self.origin) / self.width - 1e-6).max(0.0) as usize;
        let first = before.next_multiple_of(self.span);
        if first <= self.complete {
            first
        } else {
            self.complete
        }
    }

    /// Each two neighbours become one; what is left over is counted again, in the window (and among the times) under way.
    pub(super) fn halve(&mut self, current: &mut [Histogram]) {
        let columns = self.columns;
        if !self.complete.is_multiple_of(2) {
            let start = (self.complete - 1) * columns;
            let row = &self.rows[start..start + columns];
            for (last, cell) in self.last.iter_mut().zip(row) {
                *last -= cell;
            }
        }
        for window in 0..self.complete / 2 {
            for column in 0..columns {
                self.rows[window * columns + column] = self.rows[2 * window * columns + column]
                    + self.rows[(2 * window + 1) * columns + column];
            }
        }
        let segments = self.complete / self.span;
        for (class, current) in current.iter_mut().enumerate().take(self.classes) {
            for segment in 0..segments / 2 {
                let (to, one, other) = (
                    segment * self.classes + class,
                    2 * segment * self.classes + class,
                    (2 * segment + 1) * self.classes + class,
                );
                if to != one {
                    self.segments.swap(to, one);
                }
                let (left, right) = self.segments.split_at_mut(other);
                left[to].add(&right[0]);
            }
            if !segments.is_multiple_of(2) {
                current.add(&self.segments[(segments - 1) * self.classes + class]);
            }
        }
        self.complete /= 2;
        self.width *= 2.0;
    }

    /// When the window under way ends, seconds.
    pub(super) fn next_end(&self) -> f64 {
        self.origin + self.width * (self.complete + 1) as f64
    }
}
