//! How often the intervals hold the exact answer, over many seeds.

use super::cases::{Known, Standing, known};
use super::figures::{Model, Reading};
use super::run::simulation;
use super::{files, on_all_cores};
use loadscape_sim::des::{Estimate, Findings};

/// The seeds: as many as the promise says, from the first on.
pub const SEEDS: u64 = 1_000;

/// The cases, and steps (arrivals, ended services and what else is due) of each run.
pub const RUNS: [(&str, u64); 5] = [
    ("mm1-0.8", 240_000),
    ("mmc-8-0.8", 240_000),
    ("jackson-3tier", 320_000),
    ("mva-interactive-3tier", 80_000),
    ("mva-bcmp-line", 40_000),
];

/// The quantile of Student's t that makes a half-width of twenty batches' standard error (Abramowitz & Stegun 1964, table 26.10: 19 degrees of freedom).
const T_OF_TWENTY: f64 = 2.093;

/// Of one figure of one case.
#[derive(Clone, Debug)]
pub struct Coverage {
    pub case: String,
    pub figure: String,
    pub exact: f64,
    /// Arrivals and ended services of a run.
    pub events: f64,
    /// Share of the seeds whose interval held the exact value.
    pub held: f64,
    /// Share of the seeds that gave no interval.
    pub silent: f64,
    /// Mean half-width, relative to the exact value.
    pub half_width: f64,
    /// Mean of the estimates' errors, relative to the exact value.
    pub bias: f64,
    /// Share of the warm-up in the run, on average.
    pub warm_up: f64,
    /// Standard deviation of the estimates over that which their intervals claim.
    pub optimism: f64,
}

impl Coverage {
    /// Share of the intervals that were given which held the exact value; NaN where none was.
    pub fn held_of_given(&self) -> f64 {
        self.held / (1.0 - self.silent)
    }
}

/// Measures such runs, with this many seeds.
pub fn measured(runs: &[(&str, u64)], seeds: u64) -> Vec<Coverage> {
    let known = known();
    runs.iter()
        .filter_map(|(id, steps)| {
            let known = known.iter().find(|known| known.id == *id)?;
            Some(of_case(known, *steps, seeds))
        })
        .flatten()
        .collect()
}

fn of_case(known: &Known, steps: u64, seeds: u64) -> Vec<Coverage> {
    let Some(Model { compiled, readings }) = files::models(known).into_iter().next() else {
        return Vec::new();
    };
    // A common end in time: a run that ends at an event is longer where little happens.
    let seconds = {
        let mut first = simulation(&compiled, 0);
        first.run_until(f64::INFINITY, steps);
        first.now()
    };
    let all: Vec<Findings> = on_all_cores(seeds as usize, |seed| {
        let mut simulation = simulation(&compiled, seed as u64 + 1);
        simulation.run_until(seconds, u64::MAX);
        simulation.findings()
    });
    let of = |reading: &Reading| -> Vec<Option<Estimate>> { all.iter().map(&reading.of).collect() };
    let sum = |get: &dyn Fn(&Findings) -> f64| all.iter().map(get).sum::<f64>() / all.len() as f64;
    let (events, warm_up) = (
        sum(&|one| one.events as f64),
        sum(&|one| one.warm_up) / seconds,
    );
    exact(known, &readings)
        .map(|(reading, exact)| Coverage {
            case: known.id.clone(),
            figure: reading.name.clone(),
            events,
            warm_up,
            ..counted(exact, &of(reading), T_OF_TWENTY)
        })
        .collect()
}

/// The readings of figures that are known exactly, with what they are.
pub(super) fn exact<'a>(
    known: &'a Known,
    readings: &'a [Reading],
) -> impl Iterator<Item = (&'a Reading, f64)> {
    let own = readings
        .iter()
        .filter(|reading| reading.standing == Standing::Exact);
    own.filter_map(|reading| {
        let (_, exact) = known
            .expected
            .iter()
            .find(|(known, _)| *known == reading.name)?;
        Some((reading, *exact))
    })
}

/// What became of estimates of a figure whose exact value is known; half-widths are so many standard errors (a quantile of Student's t).
pub(super) fn counted(exact: f64, estimates: &[Option<Estimate>], t: f64) -> Coverage {
    let count = estimates.len() as f64;
    let share = |test: &dyn Fn(&Estimate) -> bool| {
        estimates.iter().flatten().filter(|one| test(one)).count() as f64 / count
    };
    let known_width = share(&|estimate| estimate.half_width.is_some());
    let widths = estimates.iter().flatten().filter_map(|one| one.half_width);
    let half_width = widths.sum::<f64>() / (count * known_width) / exact.abs();
    let errors: Vec<f64> = estimates
        .iter()
        .flatten()
        .map(|one| one.value / exact - 1.0)
        .collect();
    let bias = errors.iter().sum::<f64>() / errors.len() as f64;
    let squares = errors.iter().map(|error| (error - bias) * (error - bias));
    let variance = squares.sum::<f64>() / errors.len() as f64;
    Coverage {
        case: String::new(),
        figure: String::new(),
        exact,
        events: 0.0,
        held: share(&|estimate| estimate.holds(exact)),
        silent: 1.0 - known_width,
        half_width,
        bias,
        warm_up: 0.0,
        optimism: variance.sqrt() * t / half_width,
    }
}
