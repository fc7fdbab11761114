//! Queues on the way to their steady state: M/M/c started with a given number present, by uniformisation.

use super::special::{non_negative, poisson_pmf, positive};

/// A queue at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Mean number present.
    pub mean_number: f64,
    /// Probability that nobody is present.
    pub empty_probability: f64,
}

/// The most elementary steps that [`after`] spends, about half a second.
const MOST_STEPS: f64 = 5e8;

/// M/M/c `elapsed` seconds after `start` customers were present, at any load (Jensen 1953, uniformisation; the error is below
/// 1e-12). Rates in 1/s (arrival ≥ 0, service > 0), servers ≥ 1. `None` outside the ranges, or where events × states would pass
/// 5·10⁸.
pub fn after(
    arrival_rate: f64,
    service_rate: f64,
    servers: u32,
    start: u32,
    elapsed: f64,
) -> Option<Moment> {
    let usable = non_negative(arrival_rate) && non_negative(elapsed) && positive(service_rate);
    if !usable || servers == 0 {
        return None;
    }
    // More arrivals than this don't happen in the time, and in a stable queue no more than the second limit are ever present.
    let arrivals = arrival_rate * elapsed;
    let reach = |mean: f64| mean + 8.0 * libm::sqrt(mean) + 40.0;
    let mut most = f64::from(start) + reach(arrivals);
    let utilisation = arrival_rate / (service_rate * f64::from(servers));
    if utilisation < 1.0 {
        let tail = -34.0 / libm::log(utilisation.max(1e-10));
        most = most.min(f64::from(start).max(f64::from(servers)) + reach(0.0).max(2.0 * tail));
    }
    let busy = f64::from(servers).min(most);
    let rate = arrival_rate + service_rate * busy;
    let mean_events = rate * elapsed;
    let events = reach(mean_events);
    if events * most > MOST_STEPS {
        return None;
    }
    let states = most as usize + 1;
    let up = arrival_rate / rate;
    let down: Vec<f64> = (0..states)
        .map(|n| (n as f64).min(f64::from(servers)) * service_rate / rate)
        .collect();
    let mut p = vec![0.0; states];
    p[start as usize] = 1.0;
    let mut next = p.clone();
    let (mut mean, mut empty, mut mass) = (0.0, 0.0, 0.0);
    let first = (mean_events - 9.0 * libm::sqrt(mean_events) - 20.0).max(0.0) as u64;
    for event in 0..=events as u64 {
        if event >= first {
            let weight = poisson_pmf(event as f64, mean_events);
            mass += weight;
            empty += weight * p[0];
            mean += weight * p.iter().enumerate().map(|(n, p)| n as f64 * p).sum::<f64>();
        }
        for n in 0..states {
            let last = n + 1 == states;
            let stay = 1.0 - down[n] - if last { 0.0 } else { up };
            let below = if n > 0 { up * p[n - 1] } else { 0.0 };
            let above = if last { 0.0 } else { down[n + 1] * p[n + 1] };
            next[n] = stay * p[n] + below + above;
        }
        std::mem::swap(&mut p, &mut next);
    }
    Some(Moment {
        mean_number: mean / mass,
        empty_probability: empty / mass,
    })
}

#[cfg(test)]
mod tests {
    use super::super::multi_server::MultiServer;
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    #[test]
    fn it_starts_where_it_starts_and_ends_in_the_steady_state() {
        let start = after(0.8, 1.0, 1, 3, 0.0).unwrap();
        assert_eq!((start.mean_number, start.empty_probability), (3.0, 0.0));
        let queue = MultiServer::new(1.2, 1.0, 2).unwrap();
        let end = after(1.2, 1.0, 2, 0, 400.0).unwrap();
        close(end.mean_number, queue.mean_number(), 1e-9);
        close(end.empty_probability, queue.empty_probability(), 1e-9);
    }

    #[test]
    fn an_infinite_server_from_empty_is_poisson() {
        // With many servers: mean a(1 − e^{−μt}), P(0) = e^{−mean}.
        let got = after(3.0, 2.0, 60, 0, 0.7).unwrap();
        let mean = 1.5 * (1.0 - libm::exp(-1.4));
        close(got.mean_number, mean, 1e-10);
        close(got.empty_probability, libm::exp(-mean), 1e-10);
    }

    #[test]
    fn overload_grows_by_the_difference_of_the_rates() {
        let a = after(3.0, 1.0, 1, 0, 200.0).unwrap().mean_number;
        let b = after(3.0, 1.0, 1, 0, 300.0).unwrap().mean_number;
        close((b - a) / 100.0, 2.0, 1e-6);
        assert!(after(1.0, 1.0, 1, 0, 1e9).is_none());
        assert!(after(f64::NAN, 1.0, 1, 0, 1.0).is_none());
        assert_eq!(after(0.0, 1.0, 1, 0, 5.0).unwrap().mean_number, 0.0);
    }
}
