//! What each fault has come to: how requests fared before, during and after it, what was lost for it, and whether everything is again as it
//! was. It doesn't know what the fault did, nor anybody's objectives. When it is, and when a run is to be
//! called metastable, [`Course`] says.

use super::Simulation;
use super::buffers::Buffer;
use super::columns::OfClass;
use super::course::{Course, SIGMAS, Standing};
use super::engine::Engine;
use super::harm::{MORE_STALE, OLDER};
use super::histogram::Histogram;
use super::planned::{Listed, Planned};
use super::recovery::{Phase, counted, known};
use super::tally::AnswerTally;
use crate::report::LossCause;
use crate::scenario::ClassId;
use serde::{Deserialize, Serialize};

/// Histograms that are kept for all faults together: some megabytes.
const MOST_HISTOGRAMS: usize = 256;

/// What a fault has come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Its place in the document's list of faults, from 1.
    pub number: usize,
    /// When it began, seconds from the beginning of the run.
    pub began_seconds: f64,
    /// When it was over; `None` while it lasts.
    pub ended_seconds: Option<f64>,
    /// How things stand.
    pub outcome: Outcome,
    /// Since when everything is as before, seconds from the beginning of the run; `None` where it isn't. Of one that was interrupted this is after
    /// the others, too.
    pub recovered_seconds: Option<f64>,
    /// In how many seconds nothing waits any more that didn't before, at the rate at which it becomes less; `None` where it doesn't, or where
    /// the rate isn't steady or known well enough.
    pub drained_in_seconds: Option<f64>,
    /// Whether another fault lasted at some time between its beginning and now, or its recovery: the figures are of both.
    pub overlapped: bool,
    /// Requests that failed, or that nobody answered, from its beginning until everything was as before, or until now; and until another fault
    /// began once it was over.
    pub failed: f64,
    /// How many more these are than would have been at the share of before.
    pub lost: f64,
    /// Of the failed, those that the simulation itself turned away, since it holds no more at once.
    pub beyond_bound: f64,
    /// The share of reads of replicas and of key-value stores that found what was out of date until the first fault, 0 to 1; `None` where nobody
    /// read. What a cache that isn't told holds is out of date without any fault, and not among them.
    pub stale_before: Option<f64>,
    /// The same while this fault lasted.
    pub stale_during: Option<f64>,
    /// For how long what the out-of-date reads until the first fault found had been so, on average, seconds; `None` where none was.
    pub stale_seconds_before: Option<f64>,
    /// The same while this fault lasted.
    pub stale_seconds_during: Option<f64>,
    /// Messages that were given up from its beginning until now, or until another fault began once it was over (handed out as often as may be, which may take far longer than it lasted), more
    /// than at the rate of before the first fault; 0 where chance alone makes as many.
    pub dead_letters: f64,
    /// Work that failed when its request had been answered, dead letters among it, in the same time and beyond the rate of before as they are:
    /// what was handed over for later, or is done on a part's own accord.
    pub failed_later: f64,
    /// Acknowledged writes that were lost in the same time with a cache's memory, before its store had them.
    pub writes_lost: u64,
    /// What was worse than before last, or is where it isn't as before yet; `None` where nothing was.
    pub worse: Option<Worse>,
    /// By class, in the document's order.
    pub classes: Vec<ClassVerdict>,
}

/// How things stand with a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It lasts.
    Lasting,
    /// It is over, and nothing ever left its limits for longer than a moment.
    Unharmed,
    /// It is over, and everything is as before.
    Recovered,
    /// It is over, things aren't as before, and they get better or it is too early to say.
    Recovering,
    /// It is over, and what has waited since becomes less.
    Draining,
    /// It is over, things are much worse than before, and the run hasn't gone on long enough to say whether they get better.
    Unsettled,
    /// It is over, and things stay somewhat worse than before, though most requests are answered.
    Impaired,
    /// It is over, and the system stays down without it, at a load that it carried before: metastable.
    Down,
    /// Too little was seen before the first fault to say.
    Unknown,
    /// It is over, and things weren't as before for some time, or aren't yet; but more was sent than before meanwhile, so that need not be its
    /// doing.
    Busier,
    /// It is over, and another fault began before all was as before, or so soon that it can't be said; what came later may be that one's doing.
    Interrupted,
    /// It is over, and things are much worse than before; but what waits grew already before the first fault, so that need not be its doing.
    Growing,
}

/// What is worse than before a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// Fewer requests succeed.
    Success,
    /// They take longer.
    Times,
    /// More of them are in the system.
    Waiting,
    /// Work that was handed over for later is done later.
    Completion,
    /// Copies show writes later.
    Lag,
    /// More reads of copies find what is out of date, or it is older.
    Stale,
    /// More work fails that was handed over for later.
    Later,
}

/// How a class's requests fared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassVerdict {
    /// Which class.
    pub class: ClassId,
    /// Until the first of the run's faults; `None` when that began at once.
    pub before: Option<Phase>,
    /// While this fault lasted.
    pub during: Phase,
    /// From its end until the next fault or now; `None` while it lasts.
    pub after: Option<Phase>,
}

/// What had been counted at a moment; by default at the beginning of the run, when nothing had.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    at: f64,
    answers: Vec<AnswerTally>,
    /// Failures by class and cause, also of work whose request had been answered.
    failures: Table,
    /// Messages that were given up, by queue and class.
    given_up: Table,
    /// Acknowledged writes that were lost with the memory of caches.
    writes_lost: u64,
    /// Response times by class; empty where there are too many faults to keep them.
    times: Vec<Histogram>,
}

/// Counts by two things.
#[derive(Clone, Debug, Default)]
struct Table {
    columns: usize,
    cells: Vec<u64>,
}

impl Table {
    /// The count of this row and column; none where they weren't there yet.
    fn at(&self, row: usize, column: usize) -> u64 {
        match column < self.columns {
            true => (self.cells.get(row * self.columns + column).copied()).unwrap_or_default(),
            false => 0,
        }
    }
}

/// What was counted from one moment to another.
type Count = fn(&Simulation, &Snapshot, &Snapshot) -> f64;

impl Engine {
    /// What has been counted by now.
    fn snapshot(&self, with_times: bool) -> Snapshot {
        // A shadow has no times of its past, and is asked for no verdict.
        let classes = if with_times && !self.tally.windows.keeps_none {
            self.tally.answers.len()
        } else {
            0
        };
        let times = (0..classes).map(|class| self.tally.times_from(class, 0));
        Snapshot {
            at: self.now,
            answers: self.tally.answers.clone(),
            failures: Table {
                columns: self.tally.columns().causes,
                cells: self.tally.failures.clone(),
            },
            given_up: Table {
                columns: self.tally.columns().classes,
                cells: (self.tally.messages.iter())
                    .map(|messages| messages.dead)
                    .collect(),
            },
            writes_lost: self.buffers.iter().map(Buffer::lost).sum(),
            times: times.collect(),
        }
    }

    fn has_room_for_times(&self) -> bool {
        let of = |snapshot: &Option<Box<Snapshot>>| {
            snapshot.as_ref().map_or(0, |snapshot| snapshot.times.len())
        };
        let timeline = self.faults.timeline.iter();
        let kept: usize = timeline.map(|own| of(&own.before) + of(&own.after)).sum();
        kept + self.tally.answers.len() <= MOST_HISTOGRAMS
    }

    /// A fault is about to begin.
    pub(super) fn note_beginning(&mut self, index: u32) {
        let snapshot = self.snapshot(self.has_room_for_times());
        self.faults.timeline[index as usize].before = Some(Box::new(snapshot));
    }

    /// A fault may have ended.
    pub(super) fn note_end(&mut self, index: u32) {
        let planned = &self.faults.timeline[index as usize];
        if planned.ended.is_some() && planned.after.is_none() {
            let snapshot = self.snapshot(self.has_room_for_times());
            self.faults.timeline[index as usize].after = Some(Box::new(snapshot));
        }
    }
}

/// What every fault of the document that has begun has come to, in the document's order.
pub(super) fn find(simulation: &Simulation) -> Vec<Verdict> {
    let engine = &simulation.engine;
    let begun = || {
        let all = engine.faults.timeline.iter();
        all.filter(|planned| planned.listed != Listed::InPart && planned.began.is_some())
    };
    let first = begun()
        .filter_map(|planned| planned.before.as_deref())
        .min_by(|one, other| one.at.total_cmp(&other.at));
    let Some(first) = first else {
        return Vec::new();
    };
    let now = engine.snapshot(true);
    let a_second = |count: Count| match first.at > 0.0 {
        true => count(simulation, &Snapshot::default(), first) / first.at,
        false => 0.0,
    };
    let known = Before {
        first,
        course: Course::of(simulation, first.at),
        stale: Stale::between(simulation, 0.0, first.at),
        dead_letters: a_second(dead_letters),
        failed_later: a_second(failed_later),
    };
    let listed = begun().filter(|planned| planned.listed == Listed::There);
    let mut verdicts: Vec<Verdict> = listed
        .filter_map(|planned| verdict(simulation, planned, &now, &known))
        .collect();
    verdicts.sort_by_key(|verdict| verdict.number);
    verdicts
}

/// What is the same for all faults of a run: how it was before the first.
struct Before<'a> {
    first: &'a Snapshot,
    course: Option<Course>,
    /// See [`Verdict::stale_before`].
    stale: Stale,
    /// Messages that were given up, a second.
    dead_letters: f64,
    /// See [`Verdict::failed_later`]; a second.
    failed_later: f64,
}

/// Reads of copies, those that found what was out of date, and for how long it had been, all together, seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Stale {
    asked: f64,
    stale: f64,
    age: f64,
}

impl Stale {
    fn between(simulation: &Simulation, from: f64, to: f64) -> Self {
        let columns = simulation.engine.tally.columns();
        let mut all = Stale::default();
        for (_, place) in simulation.copies_read() {
            for class in &simulation.places.classes {
                let (asked, stale, age) = columns.reads(place, *class as usize);
                all.asked += grown(simulation, asked, from, to);
                all.stale += grown(simulation, stale, from, to);
                all.age += grown(simulation, age, from, to);
            }
        }
        all
    }

    fn share(&self) -> Option<f64> {
        (self.asked > 0.0).then(|| self.stale / self.asked)
    }

    fn seconds(&self) -> Option<f64> {
        (self.stale > 0.0).then(|| self.age / self.stale)
    }
}

impl Verdict {
    /// Whether far more reads of copies were out of date while it lasted than before, or for far longer.
    pub fn spoiled_reads(&self) -> bool {
        let (before, during) = (
            self.stale_before.unwrap_or(0.0),
            self.stale_during.unwrap_or(0.0),
        );
        let older = self
            .stale_seconds_before
            .zip(self.stale_seconds_during)
            .is_some_and(|(before, during)| during > OLDER * before);
        during >= MORE_STALE && (during > OLDER * before || (during >= before && older))
    }
}

fn verdict(
    simulation: &Simulation,
    planned: &Planned,
    now: &Snapshot,
    known: &Before<'_>,
) -> Option<Verdict> {
    let first = known.first;
    let began = planned.before.as_deref()?;
    let ended = planned.after.as_deref();
    let others = || {
        let all = simulation.engine.faults.timeline.iter();
        all.filter(|other| other.began.is_some() && !std::ptr::eq(*other, planned))
    };
    // Until the next fault it is this one's doing.
    let next = others()
        .filter_map(|other| other.before.as_deref())
        .filter(|other| ended.is_some_and(|ended| other.at > ended.at))
        .min_by(|one, other| one.at.total_cmp(&other.at));
    let next_began = next.map(|next| next.at);
    let next = next.unwrap_or(now);
    let Standing {
        outcome,
        recovered,
        drained_in,
        worse,
    } = match (&known.course, ended) {
        (_, None) => Standing::of(Outcome::Lasting),
        (None, Some(_)) => Standing::of(Outcome::Unknown),
        (Some(course), Some(ended)) => course.outcome(began.at, ended.at, next_began),
    };
    // Whatever fails once the next has begun is that one's doing.
    let standing_until = recovered.unwrap_or(now.at);
    let until = standing_until.min(next.at);
    let until = Until {
        seconds: until,
        exact: ended.filter(|ended| until <= ended.at).unwrap_or(next),
    };
    let overlapped = others().any(|other| {
        let from = other.began.unwrap_or(f64::INFINITY);
        let to = other.ended.unwrap_or(f64::INFINITY);
        from <= standing_until && to > began.at
    });
    let places = || {
        let classes = simulation.network.classes.iter();
        classes.zip(&simulation.places.classes)
    };
    let (failed, all) = places()
        .map(|(_, place)| failures(simulation, began, &until, *place as usize))
        .fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
    let (failed_before, all_before) = places()
        .filter_map(|(_, place)| first.answers.get(*place as usize))
        .fold((0.0, 0.0), |sum, answer| {
            let failed = (answer.errors + answer.refused) as f64;
            (sum.0 + failed, sum.1 + failed + answer.succeeded as f64)
        });
    let usual = if all_before > 0.0 {
        failed_before / all_before * all
    } else {
        0.0
    };
    let start = Snapshot {
        times: now.times.iter().map(|_| Histogram::default()).collect(),
        ..Snapshot::default()
    };
    let classes = places().map(|(class, place)| {
        let place = *place as usize;
        ClassVerdict {
            class: class.class,
            before: (first.at > 0.0).then(|| phase(&start, first, place)),
            during: phase(began, ended.unwrap_or(now), place),
            after: ended.map(|ended| phase(ended, next, place)),
        }
    });
    let more = |count: Count, usual: f64| {
        let span = next.at - began.at;
        beyond_chance(count(simulation, began, next), usual * span)
    };
    let during = Stale::between(simulation, began.at, ended.map_or(now.at, |ended| ended.at));
    let mut verdict = Verdict {
        number: planned.disturbance.fault + 1,
        began_seconds: began.at,
        ended_seconds: ended.map(|ended| ended.at),
        outcome,
        recovered_seconds: recovered,
        drained_in_seconds: drained_in,
        overlapped,
        failed,
        lost: (failed - usual).max(0.0),
        beyond_bound: beyond_bound(simulation, began, &until).min(failed),
        stale_before: known.stale.share(),
        stale_during: during.share(),
        stale_seconds_before: known.stale.seconds(),
        stale_seconds_during: during.seconds(),
        dead_letters: more(dead_letters, known.dead_letters),
        failed_later: more(failed_later, known.failed_later),
        // Nothing but a fault makes caches forget.
        writes_lost: next.writes_lost.saturating_sub(began.writes_lost),
        worse,
        classes: classes.collect(),
    };
    // What is spread too thinly to show at any point of time shows in the sum.
    let harmed = beyond_chance(failed, usual) > 0.0
        || verdict.failed_later > 0.0
        || verdict.dead_letters > 0.0
        || verdict.writes_lost > 0
        || verdict.spoiled_reads();
    if verdict.outcome == Outcome::Unharmed && harmed {
        verdict.outcome = Outcome::Recovered;
    }
    Some(verdict)
}

/// How many more there are than usual (both are counts of what comes by chance); 0 where chance alone makes as many.
fn beyond_chance(counted: f64, usual: f64) -> f64 {
    let more = counted - usual;
    if more > 1.0 + SIGMAS * libm::sqrt(usual) {
        more
    } else {
        0.0
    }
}

/// How much a column has grown in the windows between two moments.
fn grown(simulation: &Simulation, column: usize, from: f64, to: f64) -> f64 {
    let windows = &simulation.engine.tally.windows;
    let ends = |window: usize| windows.origin + windows.width * (window + 1) as f64;
    (0..windows.complete)
        .filter(|window| ends(*window) - windows.width >= from - 1e-9 && ends(*window) <= to + 1e-9)
        .map(|window| windows.cell(window, column))
        // A sum of nothing is −0, of which builds make different minima.
        .fold(0.0, std::ops::Add::add)
}

/// The moment up to which a fault's failures are counted: that of the snapshot, or the end of a window before it.
struct Until<'a> {
    seconds: f64,
    /// What had been counted by then, or later.
    exact: &'a Snapshot,
}

/// How much a count in this column has grown until a moment since it was that much; `by_exact` is what it was at the moment's snapshot. What
/// happened in the very window in which a fault began, or at its very instant, is its doing as well.
fn grown_until(
    simulation: &Simulation,
    until: &Until<'_>,
    column: usize,
    at_beginning: u64,
    by_exact: u64,
) -> f64 {
    if until.seconds >= until.exact.at {
        return by_exact.saturating_sub(at_beginning) as f64;
    }
    let windows = &simulation.engine.tally.windows;
    // Sums at a window's end are sums of windows.
    let last = (0..windows.complete).take_while(|window| {
        windows.origin + windows.width * (*window + 1) as f64 <= until.seconds + 1e-9
    });
    let sum: f64 = last.map(|window| windows.cell(window, column)).sum();
    (sum - at_beginning as f64).max(0.0)
}

fn beyond_bound(simulation: &Simulation, began: &Snapshot, until: &Until<'_>) -> f64 {
    let columns = simulation.engine.tally.columns();
    let causes = simulation.engine.causes.iter().enumerate();
    let bound = causes.filter(|(_, own)| own.why == LossCause::TooManyInFlight);
    let classes = &simulation.places.classes;
    bound
        .flat_map(|(cause, _)| classes.iter().map(move |class| (cause, *class as usize)))
        .map(|(cause, class)| {
            let by = |snapshot: &Snapshot| snapshot.failures.at(class, cause);
            let column = columns.failures(class, cause);
            grown_until(simulation, until, column, by(began), by(until.exact))
        })
        .fold(0.0, std::ops::Add::add)
}

/// How much a count has grown; all of it where it is less than it was, for then its place was something else's.
fn more_than(then: u64, now: u64) -> f64 {
    now.checked_sub(then).unwrap_or(now) as f64
}

/// Work that failed when its request had been answered.
fn failed_later(simulation: &Simulation, from: &Snapshot, to: &Snapshot) -> f64 {
    let places = simulation.places.classes.iter();
    let of_class = places.map(|place| {
        let place = *place as usize;
        let answers =
            |snapshot: &Snapshot| snapshot.answers.get(place).copied().unwrap_or_default();
        let (then, now) = (answers(from), answers(to));
        let causes = 0..simulation.engine.causes.len();
        let all = causes
            .map(|cause| more_than(from.failures.at(place, cause), to.failures.at(place, cause)));
        all.sum::<f64>() - more_than(then.errors, now.errors) - more_than(then.refused, now.refused)
    });
    of_class.fold(0.0, |sum, own| sum + own.max(0.0))
}

fn dead_letters(simulation: &Simulation, from: &Snapshot, to: &Snapshot) -> f64 {
    let queues = simulation.registry.queues.iter();
    let places = simulation.places.classes.iter();
    queues
        .flat_map(|(_, queue)| places.clone().map(move |class| (queue, *class)))
        .map(|(queue, class)| (queue as usize, class as usize))
        .map(|(queue, class)| {
            more_than(from.given_up.at(queue, class), to.given_up.at(queue, class))
        })
        .fold(0.0, std::ops::Add::add)
}

/// What a class did between two moments.
fn phase(from: &Snapshot, to: &Snapshot, place: usize) -> Phase {
    let answers = |snapshot: &Snapshot| snapshot.answers.get(place).copied().unwrap_or_default();
    let (mut before, after) = (answers(from), answers(to));
    let counts = |of: &AnswerTally| [of.offered, of.succeeded, of.errors, of.refused];
    if counts(&before)
        .iter()
        .zip(counts(&after))
        .any(|(before, after)| *before > after)
    {
        // The place was another class's then.
        before = AnswerTally::default();
    }
    let own = |snapshot: &Snapshot| snapshot.times.get(place).cloned();
    let times = own(from).zip(own(to)).map(|(from, to)| to.since(&from));
    let quantile = |share: f64| times.as_ref().and_then(|times| known(times, share));
    Phase {
        p50: quantile(0.5),
        p95: quantile(0.95),
        p99: quantile(0.99),
        ..counted(to.at - from.at, &before, &after)
    }
}

/// A class's failures from a fault's beginning until a moment, and all requests that ended meanwhile.
fn failures(
    simulation: &Simulation,
    began: &Snapshot,
    until: &Until<'_>,
    place: usize,
) -> (f64, f64) {
    let columns = simulation.engine.tally.columns();
    let answers = |snapshot: &Snapshot| snapshot.answers.get(place).copied().unwrap_or_default();
    let (from, to) = (answers(began), answers(until.exact));
    let grown = |of: OfClass, at_beginning: u64, by_exact: u64| {
        let column = columns.class(place, of);
        grown_until(simulation, until, column, at_beginning, by_exact)
    };
    let failed = grown(OfClass::Errors, from.errors, to.errors)
        + grown(OfClass::Refused, from.refused, to.refused);
    (
        failed,
        failed + grown(OfClass::Succeeded, from.succeeded, to.succeeded),
    )
}
