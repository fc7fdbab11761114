//! How often the intervals hold the exact answer, over many seeds.

use super::cases::{Known, Standing, known};
use super::figures::{Model, Reading};
use super::run::simulation;
use super::{files, on_all_cores};
use loadscape_sim::des::Findings;

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
    let count = all.len() as f64;
    readings
        .iter()
        .filter(|reading| reading.standing == Standing::Exact)
        .filter_map(|Reading { name, of, .. }| {
            let (_, exact) = known.expected.iter().find(|(known, _)| known == name)?;
            let estimates: Vec<_> = all.iter().map(of).collect();
            let share = |test: &dyn Fn(&loadscape_sim::des::Estimate) -> bool| {
                estimates.iter().flatten().filter(|one| test(one)).count() as f64 / count
            };
            let held = share(&|estimate| estimate.holds(*exact));
            let known_width = share(&|estimate| estimate.half_width.is_some());
            let widths = estimates.iter().flatten().filter_map(|one| one.half_width);
            let half_width = widths.sum::<f64>() / (count * known_width) / exact.abs();
            let errors = estimates
                .iter()
                .flatten()
                .map(|one| one.value / exact - 1.0);
            let bias = errors.clone().sum::<f64>() / count;
            let variance = errors
                .map(|error| (error - bias) * (error - bias))
                .sum::<f64>()
                / count;
            Some(Coverage {
                case: known.id.clone(),
                figure: name.clone(),
                exact: *exact,
                events: all.iter().map(|one| one.events as f64).sum::<f64>() / count,
                held,
                silent: 1.0 - known_width,
                half_width,
                bias,
                warm_up: all.iter().map(|one| one.warm_up).sum::<f64>() / count / seconds,
                optimism: variance.sqrt() * T_OF_TWENTY / half_width,
            })
        })
        .collect()
}
