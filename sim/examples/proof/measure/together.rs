//! How often the intervals of several runs together hold the exact answer, over many seeds.

use super::cases::known;
use super::coverage::{Coverage, counted, exact};
use super::figures::{Model, Reading};
use super::{files, on_all_cores};
use loadscape_sim::des::{Estimate, Findings, Settings, Simulation, common_extent, pool};
use loadscape_sim::network::Compiled;

/// How many runs are put together, with the quantile of Student's t of their intervals (Abramowitz & Stegun 1964, table 26.10).
pub const RUNS: [(u64, f64); 2] = [(5, 2.776), (10, 2.262)];

/// The cases, and the simulated seconds of each of the runs: too few for any percentile but the median, and enough for the 95th.
pub const LENGTHS: [(&str, &[f64]); 1] = [("mm1-0.8", &[2_000.0, 8_000.0])];

/// What became of the intervals of so many runs of this length.
#[derive(Clone, Debug)]
pub struct Together {
    pub runs: u64,
    pub seconds: f64,
    pub coverage: Coverage,
}

/// Measures these lengths, with so many sets of runs for each.
pub fn measured(lengths: &[(&str, &[f64])], sets: u64) -> Vec<Together> {
    let known = known();
    let mut all = Vec::new();
    for (id, lengths) in lengths {
        let Some(known) = known.iter().find(|known| known.id == *id) else {
            continue;
        };
        let Some(Model { compiled, readings }) = files::models(known).into_iter().next() else {
            continue;
        };
        let mut wanted: Vec<(&str, Reader, f64)> = Vec::new();
        for (Reading { name, of, .. }, exact) in exact(known, &readings) {
            wanted.push((name, of, exact));
        }
        for seconds in *lengths {
            for (runs, t) in RUNS {
                let sets: Vec<Findings> = on_all_cores(sets as usize, |set| {
                    together(&compiled, set as u64 * runs + 1, runs, *seconds)
                });
                let count = sets.len() as f64;
                let sum = |get: fn(&Findings) -> f64| sets.iter().map(get).sum::<f64>() / count;
                for (name, of, exact) in &wanted {
                    let estimates: Vec<Option<Estimate>> = sets.iter().map(of).collect();
                    all.push(Together {
                        runs,
                        seconds: *seconds,
                        coverage: Coverage {
                            case: known.id.clone(),
                            figure: (*name).to_owned(),
                            events: sum(|set| set.events as f64) / runs as f64,
                            warm_up: sum(|set| set.warm_up) / seconds,
                            ..counted(*exact, &estimates, t)
                        },
                    });
                }
            }
        }
    }
    all
}

/// Reads a figure.
type Reader<'a> = &'a dyn Fn(&Findings) -> Option<Estimate>;

/// So many runs from this seed on, each so many seconds long, put together as `loadscape simulate --replications` does.
fn together(compiled: &Compiled, seed: u64, runs: u64, seconds: f64) -> Findings {
    let simulations: Vec<Simulation> = (seed..seed + runs)
        .map(|seed| {
            let settings = Settings {
                seed,
                expected_seconds: Some(seconds),
                ..Settings::default()
            };
            let mut simulation = Simulation::new(compiled, &settings);
            simulation.run_until(seconds, u64::MAX);
            simulation
        })
        .collect();
    let (extent, settled) = common_extent(&simulations);
    let each: Vec<Findings> = simulations
        .iter()
        .map(|simulation| simulation.findings_in(extent, settled))
        .collect();
    pool(&each).expect("there are runs")
}
