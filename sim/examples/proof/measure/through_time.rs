//! What is no steady state: one server from empty, and how long a retrying system holds out.

use super::networks::{retrying, side_by_side};
use super::on_all_cores;
use loadscape_sim::des::{Estimate, Settings, Simulation, mean};
use loadscape_sim::network::{Arrivals, StationId};
use loadscape_sim::theory::transient;
use loadscape_sim::units::PerSecond;

/// One server a while after it was empty.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Seconds since it was empty.
    pub elapsed: f64,
    /// Mean number there: exact, and simulated.
    pub number: (f64, Estimate),
    /// Probability that nobody is there: exact, and simulated.
    pub empty: (f64, Estimate),
}

/// Servers that are simulated side by side.
const COPIES: u32 = 500;

/// M/M/1 from empty at these times, over 500 times as many independent servers as there are `rounds`.
pub fn from_empty(rate: f64, service_rate: f64, times: &[f64], rounds: usize) -> Vec<Moment> {
    let compiled = side_by_side(COPIES, 1, &Arrivals::poisson(PerSecond(rate)), service_rate);
    let rounds = on_all_cores(rounds, |round| {
        let settings = Settings {
            seed: 1 + round as u64,
            windows: 64,
            window_seconds: times.last().copied(),
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compiled, &settings);
        times
            .iter()
            .map(|time| {
                simulation.run_until(*time, u64::MAX);
                let there = || (0..COPIES).map(|copy| simulation.present(StationId(copy)));
                let number: u32 = there().sum();
                let empty = there().filter(|present| *present == 0).count();
                let share = |count: f64| count / f64::from(COPIES);
                [share(f64::from(number)), share(empty as f64)]
            })
            .collect::<Vec<_>>()
    });
    let over = |time: usize, figure: usize| {
        let figures: Vec<f64> = rounds.iter().map(|round| round[time][figure]).collect();
        mean(&figures)
    };
    times
        .iter()
        .enumerate()
        .filter_map(|(index, elapsed)| {
            let exact = transient::after(rate, service_rate, 1, 0, *elapsed)?;
            Some(Moment {
                elapsed: *elapsed,
                number: (exact.mean_number, over(index, 0)?),
                empty: (exact.empty_probability, over(index, 1)?),
            })
        })
        .collect()
}

/// How long a retrying system held out.
#[derive(Clone, Debug)]
pub struct Escape {
    /// Requests a second.
    pub rate: f64,
    /// Seconds until the backlog was beyond twenty seconds of work, by seed; `None` when it wasn't within the horizon.
    pub times: Vec<Option<f64>>,
}

/// Seconds for which a system is watched.
pub const HORIZON: f64 = 20_000.0;
/// Twenty seconds of work.
const COLLAPSED: u32 = 2_000;

/// Escape times of the retrying system (100 requests a second at most, a time-out of 200 ms, three immediate retries, no
/// cancellation) at these rates, for seeds 1 to `seeds`.
pub fn escapes(rates: &[f64], seeds: usize) -> Vec<Escape> {
    let times = on_all_cores(rates.len() * seeds, |index| {
        escape(rates[index / seeds], 1 + (index % seeds) as u64)
    });
    rates
        .iter()
        .zip(times.chunks(seeds))
        .map(|(rate, times)| Escape {
            rate: *rate,
            times: times.to_vec(),
        })
        .collect()
}

fn escape(rate: f64, seed: u64) -> Option<f64> {
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&retrying(rate).compiled(), &settings);
    let mut time = 0.0;
    while time < HORIZON {
        time += 1.0;
        simulation.run_until(time, u64::MAX);
        if simulation.present(StationId(0)) > COLLAPSED {
            return Some(time);
        }
    }
    None
}
