//! Runs simulations: how long, over all cores, on until they are precise enough, with a bar that shows how far they are. It prints no result.

use crate::arguments::SimulationOptions;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::des::{
    Estimate, Extent, Findings, Settings, Simulation, Trace, common_extent, pool,
};
use loadscape_sim::network::{Arrivals, Compiled, Effect, Expiry, Instances, Pattern, Profile};
use loadscape_sim::quantities::{number, share as share_of, time};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ComponentId, Scenario};
use loadscape_sim::units::Seconds;
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Requests that a run has time for when nobody says how long it is.
const REQUESTS: f64 = 500_000.0;
/// The same of the rarest class: enough for its 99th percentile with an interval.
const REQUESTS_OF_A_CLASS: f64 = 50_000.0;
/// Times that keys live which a run covers: before the first is over, what a store holds is what it began with.
const KEY_LIVES: f64 = 3.0;
/// A run with faults lasts so many times as long as it takes until they are over.
const AFTER_FAULTS: f64 = 2.0;
/// How much longer a run goes on, as a share of it, before it looks again whether all are answered.
const ANSWERED_STEP: f64 = 0.01;
/// Points of a series when nobody says how far apart they are; rounding leaves fewer.
const POINTS: f64 = 300.0;
/// Shorter runs would end before anything that lasts seconds has been seen.
const SHORTEST: Seconds = Seconds(30.0);
/// Requests that it is never given more time for unasked: a rare class or a short run isn't worth minutes of waiting.
const MOST_REQUESTS: f64 = 3_000_000.0;
/// Times as many it is given to see changing traffic to its end.
const MOST_OF_A_COURSE: f64 = 10.0;
/// Events, over all replications, after which a wanted precision is given up.
const MOST_EVENTS: u64 = 1_000_000_000;
/// So long a run waits at most for the first who comes: thirty years.
const LONGEST_WAIT: Seconds = Seconds(1e9);
/// Runs whose beginnings are looked at together for what all of them leave out.
const LOOKED_AT: u64 = 8;
/// How much longer each slice makes a run that isn't precise enough. Looking seldom matters: whoever looks often enough finds an interval
/// that is narrow by chance (Law & Kelton 1982). For the same reason a run ends only when two looks in a row have found it narrow enough: that
/// the interval holds as often as it says is proven only for ever smaller widths, and for rules that don't end early by chance (Lavenberg &
/// Sauer 1977; Glynn & Whitt 1992).
const GROWTH: f64 = 1.5;
/// Steps between two looks at the bar: some milliseconds.
const STEPS: u64 = 100_000;
/// Marks of the bar.
const MARKS: u64 = 10_000;

/// What runs have shown.
pub struct Runs {
    /// Simulated time of each.
    pub duration: Seconds,
    /// The runs by themselves, in the order of their seeds.
    pub each: Vec<Findings>,
    /// The runs together.
    pub together: Findings,
    /// How precise the means are, when that was asked for.
    pub precision: Option<Precision>,
}

/// A wanted precision and what became of it.
#[derive(Clone, Copy)]
pub struct Precision {
    /// The wanted half-width of an interval as a share of its mean.
    pub wanted: f64,
    /// The widest that there is; `None` when a mean has no interval yet, or a class that is sent no mean.
    pub widest: Option<f64>,
    /// Whether every mean is as precise as wanted, and was so at the look before.
    pub reached: bool,
}

/// How long to simulate when nobody says: long enough for so many requests at the rates that the solver gives, as a round number.
fn default_duration(compiled: &Compiled, report: &Report) -> Seconds {
    let rates = || {
        report
            .classes
            .iter()
            .map(|class| class.offered.0)
            .filter(|rate| *rate > 0.0)
    };
    let all: f64 = rates().sum();
    let rarest = rates().fold(f64::INFINITY, f64::min);
    let course = longest_course(compiled);
    if all <= 0.0 {
        return course.unwrap_or(SHORTEST);
    }
    let most = (MOST_REQUESTS / all).max(1.0);
    if let Some(course) = course {
        return Seconds(round_up(course.0.min(MOST_OF_A_COURSE * most)));
    }
    // What can't be covered anyway makes no run longer.
    let lives = longest_lived(compiled)
        .map(|(_, life)| KEY_LIVES * life.0)
        .filter(|lives| *lives <= most)
        .unwrap_or(0.0);
    let wanted = (REQUESTS / all)
        .max(REQUESTS_OF_A_CLASS / rarest)
        .max(lives)
        .max(SHORTEST.0);
    // Faults have to be over, and what follows them seen, whatever it takes.
    let eventful = AFTER_FAULTS * faults_over(compiled);
    Seconds(round_up(wanted.min(most).max(eventful)))
}

/// When the last of the faults is over, or has begun where it stays, in seconds; 0 without any.
fn faults_over(compiled: &Compiled) -> f64 {
    let ends = compiled.disturbances.iter().map(|disturbance| {
        let end = disturbance.end.unwrap_or(disturbance.start).0;
        match &disturbance.effect {
            Effect::Deploy { component, restart } => {
                let own = compiled
                    .network
                    .stations
                    .iter()
                    .filter(|station| station.component == *component);
                let instances = own.map(|station| match station.instances {
                    Instances::Fixed(count) => count,
                    Instances::Scaled { minimum, .. } => minimum,
                });
                end + f64::from(instances.max().unwrap_or(1)) * restart.0
            }
            _ => end,
        }
    });
    ends.fold(0.0, f64::max)
}

/// How long changing traffic takes for all that it does: a run shows it whole, and as long again of what follows. `None` when it never changes.
fn longest_course(compiled: &Compiled) -> Option<Seconds> {
    let courses = compiled.network.sources.iter().filter_map(|source| {
        let Arrivals::Open {
            pattern, profile, ..
        } = &source.arrivals
        else {
            return None;
        };
        match (pattern, profile) {
            (Pattern::Replayed(moments), _) => moments.last().copied(),
            (_, Profile::Constant) => None,
            (_, Profile::Daily { period, .. }) => Some(*period),
            (_, Profile::Lines(points)) => points.last().map(|last| last.at * 2.0),
        }
    });
    courses
        .filter(|course| course.0 > 0.0)
        .max_by(|one, other| one.0.total_cmp(&other.0))
}

/// The store whose keys live longest by rule, and how long.
pub fn longest_lived(compiled: &Compiled) -> Option<(ComponentId, Seconds)> {
    let lives = compiled
        .network
        .stores
        .iter()
        .filter_map(|store| match store.expiry {
            Expiry::AfterFetch(life) | Expiry::AfterLastUse(life) => Some((store.component, life)),
            Expiry::Never => None,
        });
    lives.max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0))
}

/// A scenario that is ready to be simulated.
pub struct Subject<'a> {
    compiled: &'a Compiled,
    /// Instances that autoscaled components begin with.
    instances: Vec<(ComponentId, u32)>,
    /// How long a run is when nobody says.
    duration: Seconds,
    /// By class: whether it is sent and answered in time, by the solver.
    answered: Vec<bool>,
    /// Time from one point of the series to the next, when one is wanted.
    resolution: Option<Seconds>,
    /// Most requests, calls and users at once.
    pub most_in_flight: usize,
    /// Windows in which figures are kept, and the length of the first in seconds; `None` where the load chooses them.
    windows: Option<(usize, f64)>,
    /// Whether a run goes on until everything that was sent is answered.
    answers_all: bool,
}

impl<'a> Subject<'a> {
    /// The scenario that was solved.
    pub fn new(scenario: &Scenario, analysis: &'a Analysis) -> Self {
        let (compiled, report) = (&analysis.compiled, &analysis.report);
        Subject {
            compiled,
            instances: analysis.first_instances(scenario),
            duration: default_duration(compiled, report),
            answered: (report.classes.iter())
                .map(|class| class.offered.0 > 0.0 && class.latency.is_some())
                .collect(),
            resolution: None,
            most_in_flight: Settings::default().most_in_flight,
            windows: None,
            answers_all: false,
        }
    }

    /// The same, with runs that go on until everything that was sent is answered, where nothing comes but what is replayed.
    pub fn until_all_is_answered(self) -> Self {
        let sources = &self.compiled.network.sources;
        let is_replayed = |arrivals: &Arrivals| {
            matches!(
                arrivals,
                Arrivals::Open {
                    pattern: Pattern::Replayed(_),
                    ..
                }
            )
        };
        Subject {
            answers_all: sources.iter().all(|source| is_replayed(&source.arrivals)),
            ..self
        }
    }

    /// The same two, with figures that are kept of the same moments: what one of them doesn't touch is then the same in both.
    pub fn alike(self, other: Self) -> [Self; 2] {
        let [own, others] = [&self, &other].map(|subject| subject.start(1, None).windows());
        let windows = Some((own.0.min(others.0), own.1.max(others.1)));
        [self, other].map(|subject| Subject { windows, ..subject })
    }

    /// The same, with a series where there are faults or where a resolution is asked for, and with as many requests at once as is asked for.
    pub fn told(self, options: &SimulationOptions) -> Self {
        let duration = options.duration.unwrap_or(self.duration);
        let faulty = !self.compiled.disturbances.is_empty();
        let chosen = faulty.then(|| Seconds(round_up(duration.0 / POINTS)));
        Subject {
            resolution: options.resolution.or(chosen),
            most_in_flight: options.most_in_flight.unwrap_or(self.most_in_flight),
            ..self
        }
    }

    /// How long a run is when nobody says.
    pub fn duration(&self) -> Seconds {
        self.duration
    }

    /// Lets a run whose last request has come go on until all are answered, or for as long again and a minute where some never are.
    fn answer_all(&self, simulation: &mut Simulation) {
        let end = simulation.now();
        let step = (ANSWERED_STEP * end).max(1.0);
        let is_open = |simulation: &Simulation| {
            simulation
                .whole()
                .iter()
                .any(|(_, phase)| phase.offered > phase.succeeded + phase.errors + phase.refused)
        };
        while self.answers_all && simulation.now() < 2.0 * end + 60.0 && is_open(simulation) {
            simulation.run_until(simulation.now() + step, u64::MAX);
        }
    }

    /// A run of this seed; of how long it is going to be, where its figures needn't be of the same moments as another design's.
    fn start(&self, seed: u64, expected: Option<Seconds>) -> Simulation {
        let chosen = Settings::default();
        let settings = Settings {
            seed,
            series_seconds: self.resolution.map(|resolution| resolution.0),
            most_in_flight: self.most_in_flight,
            windows: self.windows.map_or(chosen.windows, |(most, _)| most),
            window_seconds: self.windows.map(|(_, seconds)| seconds),
            expected_seconds: expected.map(|seconds| seconds.0),
            ..chosen
        };
        let mut simulation = Simulation::new(self.compiled, &settings);
        for (component, instances) in &self.instances {
            simulation.run_instances(*component, *instances);
        }
        simulation
    }
}

/// The next of 1, 1.5, 2, 3, 4, 5, 6, 8 and 10 times a power of ten seconds, minutes, hours or days.
fn round_up(seconds: f64) -> f64 {
    let unit = [86_400.0, 3600.0, 60.0]
        .into_iter()
        .find(|unit| seconds >= *unit)
        .unwrap_or(1.0);
    let ten = 10_f64.powf((seconds / unit).log10().floor());
    let times = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .find(|times| seconds <= times * ten * unit * (1.0 + 1e-9))
        .unwrap_or(10.0);
    times * ten * unit
}

/// Simulates two designs under the same random numbers, seed by seed, under a bar of this name. The figures of both are of the same part of
/// their runs: what of a run is left out as warm-up would else be a difference.
pub fn run_both(
    subjects: &[Subject; 2],
    options: &SimulationOptions,
    what: &'static str,
) -> [Runs; 2] {
    let bar = Bar::new(what);
    let duration = options.duration.unwrap_or(subjects[0].duration);
    let marks = 0.5 / (duration.0 * f64::from(options.replications));
    let pairs: Vec<[Findings; 2]> = (0..u64::from(options.replications))
        .into_par_iter()
        .map(|place| {
            let seed = options.first_seed().wrapping_add(place);
            let mut pair = subjects.each_ref().map(|subject| subject.start(seed, None));
            for simulation in &mut pair {
                advance(simulation, duration.0, marks, &bar);
            }
            let [own, others]: [Extent; 2] = pair.each_ref().map(Simulation::extent);
            pair.map(|simulation| simulation.findings_over(own.of_both(others)))
        })
        .collect();
    bar.end();
    let (own, others) = pairs.into_iter().map(<(_, _)>::from).unzip();
    [own, others].map(|each| together(duration, each, None))
}

/// Simulates as the options say, under a bar of this name.
pub fn run(subject: &Subject, options: &SimulationOptions, what: &'static str) -> Runs {
    let bar = Bar::new(what);
    let runs = run_beside(subject, options, &bar);
    bar.end();
    runs
}

/// Traces of so many requests of the first run, one after the other from the end of its warm-up on. The run is run again for it: traces
/// take memory that most runs don't need, and its course is the same. Requests that the run's time doesn't see end are traced as far as it goes.
pub fn traces(
    subject: &Subject,
    options: &SimulationOptions,
    runs: &Runs,
    count: u32,
) -> Vec<Trace> {
    let mut simulation = subject.start(options.first_seed(), None);
    let first = &runs.each[0];
    simulation.run_until(first.warm_up, u64::MAX);
    simulation.trace_next(count);
    let end = first.warm_up + runs.duration.0;
    while !simulation.run_until(end, 10_000) {
        let traces = simulation.traces();
        if traces.len() == count as usize && traces.iter().all(|trace| trace.ended.is_some()) {
            break;
        }
    }
    simulation.traces()
}

/// The same without a bar.
pub fn run_quietly(subject: &Subject, options: &SimulationOptions) -> Runs {
    run_beside(subject, options, &Bar::hidden())
}

fn run_beside(subject: &Subject, options: &SimulationOptions, bar: &Bar) -> Runs {
    let duration = options.duration.unwrap_or(subject.duration);
    let seeds = 0..u64::from(options.replications);
    let start =
        |place: u64| subject.start(options.first_seed().wrapping_add(place), Some(duration));
    let Some(wanted) = options.until else {
        let run = |place: u64| {
            let mut simulation = start(place);
            let marks = 1.0 / (duration.0 * f64::from(options.replications));
            advance(&mut simulation, duration.0, marks, bar);
            subject.answer_all(&mut simulation);
            simulation
        };
        // The first few say what all leave out: to keep every run until the last is over would take too much memory.
        let first = seeds.end.min(LOOKED_AT);
        let kept: Vec<Simulation> = (0..first).into_par_iter().map(run).collect();
        let (extent, settled) = common_extent(&kept);
        let of = |simulation: &Simulation| simulation.findings_in(extent, settled);
        let mut each: Vec<Findings> = kept.par_iter().map(of).collect();
        drop(kept);
        each.par_extend(
            (first..seeds.end)
                .into_par_iter()
                .map(|place| of(&run(place))),
        );
        let longest = each.iter().map(|run| run.seconds);
        return together(Seconds(longest.fold(duration.0, f64::max)), each, None);
    };
    let mut simulations: Vec<Simulation> = seeds.into_par_iter().map(start).collect();
    let mut end = duration.0;
    let mut held = false;
    loop {
        simulations.par_iter_mut().for_each(|simulation| {
            advance(simulation, end, 0.0, bar);
            subject.answer_all(simulation);
        });
        let (extent, settled) = common_extent(&simulations);
        let of = |simulation: &Simulation| simulation.findings_in(extent, settled);
        let each: Vec<Findings> = simulations.par_iter().map(of).collect();
        let mut runs = together(Seconds(end), each, None);
        let stationary = runs.together.stationary;
        let classes = runs.together.classes.iter_mut().enumerate();
        for (place, class) in classes.filter(|_| stationary) {
            class.mean = class.mean.map(|mean| Estimate {
                half_width: by_batches(&runs.each, place),
                ..mean
            });
        }
        let mut precision = precision(&runs.together, &subject.answered, wanted);
        // What isn't stationary is looked at once.
        let holds = std::mem::replace(&mut held, precision.reached);
        precision.reached &= holds || !stationary;
        runs.precision = Some(precision);
        bar.say_precision(&precision);
        let events = runs.together.events as f64;
        let left = MOST_EVENTS as f64 - events;
        // What isn't stationary is another matter over another time: only more runs make it surer.
        let ends = precision.reached || !stationary;
        // Where nobody has come there is nothing to wait for beyond the time in which some hundred thousands should have.
        let is_deserted = events == 0.0 && end >= subject.duration.0.min(LONGEST_WAIT.0);
        if ends || is_deserted || left < 0.01 * events {
            return runs;
        }
        end *= GROWTH.min(1.0 + left / events);
    }
}

fn together(duration: Seconds, each: Vec<Findings>, precision: Option<Precision>) -> Runs {
    // There is at least one run.
    let together = pool(&each).unwrap_or_else(|| each[0].clone());
    Runs {
        duration,
        each,
        together,
        precision,
    }
}

/// Half the width of the interval of a class's mean response time over all runs, from how the batches within each differ; `None` when a run
/// has none.
///
/// Between few runs the spread is narrow by chance every so often, and whoever goes on until it is would end just then: two runs tell it with
/// a single degree of freedom, their batches with 38.
fn by_batches(each: &[Findings], class: usize) -> Option<f64> {
    let squares: Option<f64> = each
        .iter()
        .map(|run| {
            let half_width = run.classes.get(class)?.mean?.half_width?;
            Some(half_width * half_width)
        })
        .sum();
    Some(squares?.sqrt() / each.len() as f64)
}

/// How precise the means are of all classes that have one, or are still to have one: those that should be answered and weren't refused.
fn precision(findings: &Findings, answered: &[bool], wanted: f64) -> Precision {
    let classes = findings.classes.iter().zip(answered);
    let counted = classes.filter(|(class, answered)| {
        let is_refused = class.refused.is_some_and(|refused| refused.value > 0.0);
        class.mean.is_some() || (**answered && !is_refused)
    });
    // A mean of nought with an interval of nought is as precise as can be.
    let widths = counted.map(|(class, _)| match class.mean?.half_width? {
        none if none <= 0.0 => Some(0.0),
        _ => class.mean?.relative(),
    });
    let widest = widths.reduce(|one, other| Some(one?.max(other?))).flatten();
    Precision {
        wanted,
        widest,
        reached: (findings.settled || !findings.stationary)
            && widest.is_some_and(|widest| widest <= wanted),
    }
}

/// Lets a simulation run up to this time (seconds), in slices; each second moves the bar by this share.
fn advance(simulation: &mut Simulation, end: f64, share_of_second: f64, bar: &Bar) {
    let mut shown = (simulation.now(), simulation.events());
    loop {
        let done = simulation.run_until(end, STEPS);
        let now = (simulation.now(), simulation.events());
        bar.advance((now.0 - shown.0) * share_of_second, now.1 - shown.1);
        shown = now;
        if done {
            return;
        }
    }
}

/// A bar on standard error, if that is a terminal; it may be moved from any thread.
pub struct Bar {
    bar: ProgressBar,
    events: AtomicU64,
    /// What has been covered, in millionths of a mark.
    parts: AtomicU64,
    /// How precise the means were when last looked at, if that matters.
    so_far: Mutex<Option<Precision>>,
}

impl Bar {
    /// A bar for something that has not begun.
    pub fn new(what: &'static str) -> Self {
        // Drawn only where somebody looks: not into a pipe.
        let bar = ProgressBar::with_draw_target(Some(MARKS), ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {percent:>3} %  {msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(what);
        Bar::of(bar)
    }

    fn hidden() -> Self {
        Bar::of(ProgressBar::hidden())
    }

    fn of(bar: ProgressBar) -> Self {
        Bar {
            bar,
            events: Default::default(),
            parts: Default::default(),
            so_far: Mutex::new(None),
        }
    }

    /// Moves it by a share of the whole, after so many events.
    pub fn advance(&self, share: f64, events: u64) {
        let events = self.events.fetch_add(events, Relaxed) + events;
        let parts = (share * MARKS as f64 * 1e6) as u64;
        let parts = self.parts.fetch_add(parts, Relaxed) + parts;
        if share > 0.0 {
            self.bar.set_position((parts / 1_000_000).min(MARKS));
        }
        let reached = match *self
            .so_far
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
        {
            Some(Precision {
                widest: Some(widest),
                wanted,
                ..
            }) => format!("± {} of ± {}, ", share_of(widest), share_of(wanted)),
            _ => String::new(),
        };
        let left = if self.bar.position() > 0 {
            format!(", {} left", time(Seconds(self.bar.eta().as_secs_f64())))
        } else {
            String::new()
        };
        let millions = number(events as f64 / 1e6);
        self.bar
            .set_message(format!("{reached}{millions} M events{left}"));
    }

    fn say_precision(&self, precision: &Precision) {
        if let Some(widest) = precision.widest {
            // An interval narrows with the square root of the time.
            let ratio = (precision.wanted / widest).min(1.0);
            self.bar.set_position((ratio * ratio * MARKS as f64) as u64);
        }
        *self
            .so_far
            .lock()
            .unwrap_or_else(|broken| broken.into_inner()) = Some(*precision);
    }

    /// Takes it away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_duration_is_a_round_number() {
        for (seconds, rounded) in [
            (30.0, 30.0),
            (31.0, 40.0),
            (61.0, 90.0),
            (250_000.0, 3.0 * 86_400.0),
            (1.6, 2.0),
            (700.0, 900.0),
        ] {
            assert_eq!(round_up(seconds), rounded, "{seconds}");
        }
    }
}
