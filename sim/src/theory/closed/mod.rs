//! Closed queueing networks: a fixed number of users who think, ask and wait. Exact mean-value analysis, exact convolution
//! for one class with multi-server stations, good approximations for populations too large for either, and the
//! operational bounds.
//!
//! Exact results hold for product-form networks (Baskett, Chandy, Muntz & Palacios 1975): processor sharing or
//! infinite-server stations with any service time, first-come-first-served ones with exponential times of one mean.

mod bounds;
mod exact;
mod linearizer;

pub use bounds::{Bounds, asymptotic_bounds};
use exact::{convolution, mean_value_analysis};
use linearizer::linearizer;

/// What a station of a closed network does with those who find its servers busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationKind {
    /// A queue for this many servers (≥ 1).
    Queue {
        /// Number of servers.
        servers: u32,
    },
    /// Infinitely many servers: a pure delay.
    Delay,
}

/// A station and what each class asks of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Kind of station.
    pub kind: StationKind,
    /// Service demand of each class: visits × mean service time, seconds, ≥ 0; at each copy.
    pub demand: Vec<f64>,
    /// How many such stations there are, all alike; ≥ 1.
    pub copies: u32,
    /// Servers that open traffic keeps busy at each copy, erlangs, ≥ 0 and below the number of servers; 0 at delays.
    pub background: f64,
}

impl Station {
    /// A single-server queue.
    pub fn queue(demand: Vec<f64>) -> Self {
        Self {
            kind: StationKind::Queue { servers: 1 },
            demand,
            copies: 1,
            background: 0.0,
        }
    }

    /// A queue for several servers.
    pub fn multi_server(servers: u32, demand: Vec<f64>) -> Self {
        Self {
            kind: StationKind::Queue { servers },
            demand,
            copies: 1,
            background: 0.0,
        }
    }

    /// A delay.
    pub fn delay(demand: Vec<f64>) -> Self {
        Self {
            kind: StationKind::Delay,
            demand,
            copies: 1,
            background: 0.0,
        }
    }

    /// So many of this one.
    pub fn times(self, copies: u32) -> Self {
        Self { copies, ..self }
    }

    /// The same with open traffic that keeps so many servers of each copy busy.
    pub fn beside(self, background: f64) -> Self {
        Self { background, ..self }
    }

    /// Servers that open traffic leaves at each copy.
    fn free(&self) -> f64 {
        self.servers().map_or(1.0, f64::from) - self.background
    }

    fn servers(&self) -> Option<u32> {
        match self.kind {
            StationKind::Queue { servers } => Some(servers),
            StationKind::Delay => None,
        }
    }
}

/// How a closed network was solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Exact mean-value analysis or convolution.
    Exact,
    /// Linearizer (Chandy & Neuse 1982), several servers by the open-queue correction: usually within 1 %, with several
    /// servers within 5 %.
    Linearizer,
}

/// The steady state of a closed network.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Throughput of each class, 1/s.
    pub throughput: Vec<f64>,
    /// Response time of each class (all stations, without think time), seconds.
    pub response_time: Vec<f64>,
    /// Residence time, seconds: `[station][class]`, all visits to all copies together.
    pub residence_time: Vec<Vec<f64>>,
    /// Mean number present: `[station][class]`, at all copies together.
    pub number: Vec<Vec<f64>>,
    /// Mean number of open requests present at each station, all copies together; 0 where none come.
    pub open: Vec<f64>,
    /// Utilisation of each server of each station, all classes and open traffic; for a delay, the mean number present at each copy.
    pub utilisation: Vec<f64>,
    /// How these were obtained.
    pub method: Method,
}

/// Solves a closed network of `population[r]` users of class r with mean think time `think_time[r]` (seconds, ≥ 0).
///
/// Exact when that takes at most about `exact_steps` elementary steps (1e6 is about 2 ms), by [`Method::Linearizer`]
/// otherwise. Open traffic beside the users shares the stations with them, as in a mixed network of product form (Baskett, Chandy, Muntz &
/// Palacios 1975). `None` when lengths differ, a number is negative or not finite, open traffic leaves no server, or a class with users has
/// neither think time nor demand.
pub fn solve(
    population: &[u32],
    think_time: &[f64],
    stations: &[Station],
    exact_steps: u64,
) -> Option<Solution> {
    let classes = population.len();
    let good = |x: &f64| *x >= 0.0 && x.is_finite();
    let shapes = think_time.len() == classes
        && think_time.iter().all(good)
        && stations.iter().all(|s| {
            s.demand.len() == classes
                && s.demand.iter().all(good)
                && s.servers() != Some(0)
                && s.copies > 0
                && good(&s.background)
                && (s.background == 0.0 || (s.servers().is_some() && s.free() > 0.0))
        });
    if !shapes {
        return None;
    }
    for class in 0..classes {
        let cycle = think_time[class]
            + stations
                .iter()
                .map(|s| s.demand[class] * f64::from(s.copies))
                .sum::<f64>();
        if population[class] > 0 && cycle <= 0.0 {
            return None;
        }
    }
    let several_servers = stations.iter().any(|s| s.servers().is_some_and(|c| c > 1));
    let steps = |users: u64| {
        let passes = stations.iter().map(|s| {
            let copies = if several_servers { s.copies } else { 1 };
            u64::from(copies) * (u64::from(s.servers().unwrap_or(0).min(1 << 20)) + 1)
        });
        let several = stations
            .iter()
            .filter(|s| s.servers().is_some_and(|c| c > 1))
            .count() as u64;
        users
            .saturating_mul(classes as u64)
            // The vectors themselves have to be kept, even where nobody queues.
            .saturating_mul(passes.sum::<u64>().max(1))
            .saturating_mul(several + 1)
    };
    let points = population.iter().fold(1_u64, |product, n| {
        product.saturating_mul(u64::from(*n) + 1)
    });
    if steps(points) > exact_steps || classes > 32 {
        return Some(linearizer(population, think_time, stations));
    }
    if several_servers {
        return convolution(population, think_time, stations);
    }
    Some(mean_value_analysis(population, think_time, stations))
}

fn collect(
    population: &[u32],
    stations: &[Station],
    throughput: Vec<f64>,
    residence_time: Vec<Vec<f64>>,
    open: Vec<f64>,
    method: Method,
) -> Solution {
    let classes = population.len();
    let response_time = (0..classes)
        .map(|r| residence_time.iter().map(|station| station[r]).sum())
        .collect();
    let number = residence_time
        .iter()
        .map(|station| {
            station
                .iter()
                .zip(&throughput)
                .map(|(time, x)| time * x)
                .collect()
        })
        .collect();
    let utilisation = stations
        .iter()
        .map(|station| {
            let load: f64 = station
                .demand
                .iter()
                .zip(&throughput)
                .map(|(d, x)| d * x)
                .sum();
            // The Linearizer may pass full utilisation by some 1e-4.
            station.servers().map_or(load, |c| {
                ((load + station.background) / f64::from(c)).min(1.0)
            })
        })
        .collect();
    Solution {
        throughput,
        response_time,
        residence_time,
        number,
        open,
        utilisation,
        method,
    }
}

#[cfg(test)]
mod tests;
