//! Servers that fail and are repaired.

/// The steady state of an M/M/1 queue whose server breaks down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breakdowns {
    /// Share of time that the server is up.
    pub availability: f64,
    /// Mean sojourn time, seconds.
    pub mean_sojourn: f64,
    /// Mean number present.
    pub mean_number: f64,
}

/// M/M/1 whose server fails at any time after exponential up times (mean `time_between_failures`, seconds, > 0) and is repaired
/// in exponential times (mean `time_to_repair`, seconds, ≥ 0); customers wait and their service resumes (Avi-Itzhak & Naor
/// 1963): W = (1 + μξ/(ξ + η)²) / (μη/(ξ + η) − λ), ξ failures and η repairs a second.
///
/// `None` unless the arrival rate stays below the service rate × availability.
pub fn interrupted_server(
    arrival_rate: f64,
    service_rate: f64,
    time_between_failures: f64,
    time_to_repair: f64,
) -> Option<Breakdowns> {
    let usable = arrival_rate >= 0.0
        && service_rate > 0.0
        && service_rate.is_finite()
        && time_between_failures > 0.0
        && time_to_repair >= 0.0
        && time_to_repair.is_finite();
    if !usable {
        return None;
    }
    let availability = if time_between_failures.is_infinite() {
        1.0
    } else {
        time_between_failures / (time_between_failures + time_to_repair)
    };
    let spare = service_rate * availability - arrival_rate;
    // A wait beyond the range of a double counts as none that ends.
    if spare < 1e-300 {
        return None;
    }
    // μξ/(ξ + η)² = μ · availability · repair time · unavailability.
    let delay = service_rate * availability * time_to_repair * (1.0 - availability);
    let mean_sojourn = (1.0 + delay) / spare;
    Some(Breakdowns {
        availability,
        mean_sojourn,
        mean_number: arrival_rate * mean_sojourn,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_matches_the_two_phase_chain() {
        // Balance of the two-phase birth-death chain by plain iteration on a truncated state space.
        let (lambda, mu, fail, repair) = (0.6, 1.0, 0.05, 0.5);
        const MOST: usize = 200;
        let (mut up, mut down) = (vec![1.0_f64; MOST + 1], vec![1.0_f64; MOST + 1]);
        for _ in 0..40_000 {
            for n in 0..=MOST {
                let arrivals = if n < MOST { lambda } else { 0.0 };
                let below = |v: &[f64]| if n > 0 { lambda * v[n - 1] } else { 0.0 };
                let above = if n < MOST { mu * up[n + 1] } else { 0.0 };
                let served = if n > 0 { mu } else { 0.0 };
                up[n] = (below(&up) + above + repair * down[n]) / (arrivals + served + fail);
                down[n] = (below(&down) + fail * up[n]) / (arrivals + repair);
            }
        }
        let total: f64 = up.iter().chain(&down).sum();
        let number: f64 = (0..=MOST)
            .map(|n| n as f64 * (up[n] + down[n]))
            .sum::<f64>()
            / total;
        let got = interrupted_server(lambda, mu, 1.0 / fail, 1.0 / repair).unwrap();
        assert!(
            (got.mean_number - number).abs() < 1e-6 * number,
            "{} {number}",
            got.mean_number
        );
    }

    #[test]
    fn a_server_that_never_fails_is_the_plain_queue() {
        assert_eq!(
            interrupted_server(0.5, 1.0, f64::INFINITY, 10.0)
                .unwrap()
                .mean_sojourn,
            2.0
        );
        assert_eq!(
            interrupted_server(0.5, 1.0, 100.0, 0.0)
                .unwrap()
                .mean_sojourn,
            2.0
        );
        assert!(interrupted_server(0.95, 1.0, 100.0, 10.0).is_none());
        assert!(interrupted_server(0.5, 1.0, 0.0, 10.0).is_none());
    }
}
