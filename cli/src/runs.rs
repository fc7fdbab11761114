//! Runs simulations: how long, over all cores, on until they are precise enough, with a bar that shows how far they are. It prints no result.

use crate::arguments::SimulationOptions;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use loadscape_sim::des::{Findings, Settings, Simulation, pool};
use loadscape_sim::network::{Compiled, Expiry};
use loadscape_sim::quantities::{share, whole};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::ComponentId;
use loadscape_sim::units::Seconds;
use rayon::prelude::*;

/// Requests that a run has time for when nobody says how long it is.
const REQUESTS: f64 = 500_000.0;
/// The same of the rarest class: enough for its 99th percentile with an interval.
const REQUESTS_OF_A_CLASS: f64 = 50_000.0;
/// Times that keys live which a run covers: before the first is over, what a store holds is what it began with.
const KEY_LIVES: f64 = 3.0;
/// Shorter runs would end before anything that lasts seconds has been seen.
const SHORTEST: Seconds = Seconds(30.0);
/// Requests that it is never given more time for unasked: a rare class or a short run isn't worth minutes of waiting.
const MOST_REQUESTS: f64 = 3_000_000.0;
/// Events, over all replications, after which a wanted precision is given up.
pub const MOST_EVENTS: u64 = 1_000_000_000;
/// How much longer each slice makes a run that isn't precise enough. Looking seldom matters: whoever looks often enough finds an interval
/// that is narrow by chance (Law & Kelton 1982).
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
    /// The widest that there is; `None` when a mean has no interval yet.
    pub widest: Option<f64>,
    /// Whether every mean is as precise as wanted.
    pub reached: bool,
}

/// How long to simulate when nobody says: long enough for so many requests at the rates that the solver gives, as a round number.
pub fn default_duration(compiled: &Compiled, report: &Report) -> Seconds {
    let rates = || {
        report
            .classes
            .iter()
            .map(|class| class.offered.0)
            .filter(|rate| *rate > 0.0)
    };
    let all: f64 = rates().sum();
    let rarest = rates().fold(f64::INFINITY, f64::min);
    if all <= 0.0 {
        return SHORTEST;
    }
    let lives = longest_lived(compiled).map_or(0.0, |(_, life)| KEY_LIVES * life.0);
    let wanted = (REQUESTS / all)
        .max(REQUESTS_OF_A_CLASS / rarest)
        .max(lives)
        .max(SHORTEST.0);
    Seconds(round_up(wanted.min((MOST_REQUESTS / all).max(1.0))))
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

/// Simulates as the options say, for so long when they don't, under a bar of this name.
pub fn run(
    compiled: &Compiled,
    options: &SimulationOptions,
    default: Seconds,
    what: &'static str,
) -> Runs {
    let bar = Bar::new(what);
    let runs = run_beside(compiled, options, default, &bar);
    bar.end();
    runs
}

/// The same without a bar.
pub fn run_quietly(compiled: &Compiled, options: &SimulationOptions, default: Seconds) -> Runs {
    run_beside(compiled, options, default, &Bar::hidden())
}

/// The same with somebody else's bar.
fn run_beside(
    compiled: &Compiled,
    options: &SimulationOptions,
    default: Seconds,
    bar: &Bar,
) -> Runs {
    let duration = options.duration.unwrap_or(default);
    let seeds = 0..u64::from(options.replications);
    let start = |place: u64| {
        let settings = Settings {
            seed: options.seed.wrapping_add(place),
            ..Settings::default()
        };
        Simulation::new(compiled, &settings)
    };
    let Some(wanted) = options.until else {
        let each: Vec<Findings> = seeds
            .into_par_iter()
            .map(|place| {
                let mut simulation = start(place);
                let marks = 1.0 / (duration.0 * f64::from(options.replications));
                advance(&mut simulation, duration.0, marks, bar);
                simulation.findings()
            })
            .collect();
        return together(duration, each, None);
    };
    let mut simulations: Vec<Simulation> = seeds.into_par_iter().map(start).collect();
    let mut end = duration.0;
    loop {
        simulations
            .par_iter_mut()
            .for_each(|simulation| advance(simulation, end, 0.0, bar));
        let each: Vec<Findings> = simulations.par_iter().map(Simulation::findings).collect();
        let mut runs = together(Seconds(end), each, None);
        let precision = precision(&runs.together, wanted);
        runs.precision = Some(precision);
        bar.say_precision(&precision, runs.together.events);
        let events = runs.together.events as f64;
        let left = MOST_EVENTS as f64 - events;
        if precision.reached || left < 0.01 * events || events == 0.0 {
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

fn precision(findings: &Findings, wanted: f64) -> Precision {
    let means = || findings.classes.iter().filter_map(|class| class.mean);
    // A mean of nought with an interval of nought is as precise as can be.
    let widths = means().map(|mean| match mean.half_width {
        Some(half_width) if half_width <= 0.0 => Some(0.0),
        _ => mean.relative(),
    });
    let widest = widths.reduce(|one, other| Some(one?.max(other?))).flatten();
    Precision {
        wanted,
        widest,
        reached: findings.settled && widest.is_some_and(|widest| widest <= wanted),
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
    events: std::sync::atomic::AtomicU64,
    /// What part of a mark has been covered, in millionths.
    parts: std::sync::atomic::AtomicU64,
}

impl Bar {
    /// A bar for something that has not begun.
    pub fn new(what: &'static str) -> Self {
        // Drawn only where somebody looks: not into a pipe.
        let bar = ProgressBar::with_draw_target(Some(MARKS), ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) =
            ProgressStyle::with_template("{prefix} {bar:30} {percent:>3} %  {msg}  {eta} left")
        {
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
        }
    }

    /// Moves it by a share of the whole, after so many events.
    pub fn advance(&self, share: f64, events: u64) {
        use std::sync::atomic::Ordering::Relaxed;
        let events = self.events.fetch_add(events, Relaxed) + events;
        if share > 0.0 {
            let parts = (share * MARKS as f64 * 1e6) as u64;
            let parts = self.parts.fetch_add(parts, Relaxed) + parts;
            self.bar.set_position((parts / 1_000_000).min(MARKS));
            self.bar
                .set_message(format!("{} M events", whole(events as f64 / 1e6)));
        } else {
            self.bar.tick();
        }
    }

    fn say_precision(&self, precision: &Precision, events: u64) {
        let (wanted, millions) = (share(precision.wanted), whole(events as f64 / 1e6));
        let most = whole(MOST_EVENTS as f64 / 1e6);
        match precision.widest {
            Some(widest) => {
                // An interval narrows with the square root of the time.
                let ratio = (precision.wanted / widest).min(1.0);
                self.bar.set_position((ratio * ratio * MARKS as f64) as u64);
                self.bar.set_message(format!(
                    "± {} of ± {wanted}, {millions} of at most {most} M events",
                    share(widest)
                ));
            }
            None => self
                .bar
                .set_message(format!("{millions} of at most {most} M events")),
        }
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
