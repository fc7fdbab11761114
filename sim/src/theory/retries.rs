//! Retries: how they multiply load, and where a retrying system has a healthy state at all.

use super::special::{increasing_root, non_negative, positive};

/// What a number of retries does to one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amplification {
    /// Mean number of attempts.
    pub attempts: f64,
    /// Probability that every attempt fails.
    pub final_failure: f64,
}

/// A request that is tried again up to `retries` times while attempts fail independently with `failure_probability` (0 to 1): a
/// geometric law cut off.
pub fn amplification(failure_probability: f64, retries: u32) -> Option<Amplification> {
    if !(0.0..=1.0).contains(&failure_probability) {
        return None;
    }
    Some(Amplification {
        attempts: attempts(failure_probability, retries),
        final_failure: libm::pow(failure_probability, f64::from(retries) + 1.0),
    })
}

/// Σ_{i ≤ retries} q^i.
fn attempts(q: f64, retries: u32) -> f64 {
    if retries <= 64 {
        return (0..retries).fold(1.0, |sum, _| 1.0 + q * sum);
    }
    let terms = f64::from(retries) + 1.0;
    if 1.0 - q < 1e-12 {
        terms
    } else {
        -libm::expm1(terms * libm::log(q)) / (1.0 - q)
    }
}

/// The load at the bottom of a stack in which each of `layers` layers makes up to `attempts_per_layer` attempts (≥ 1) when
/// everything fails: their product.
pub fn layered_amplification(layers: u32, attempts_per_layer: f64) -> Option<f64> {
    (attempts_per_layer >= 1.0)
        .then(|| libm::pow(attempts_per_layer, f64::from(layers)))
        .filter(|x| x.is_finite())
}

/// Where the load that a retrying system makes for itself settles, in the mean-field picture.
///
/// The picture treats retries as fresh Poisson arrivals and knows no fluctuations: a system with a healthy state may leave it by
/// itself within minutes when the unstable state is near.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryStates {
    /// The attempt rate of the healthy state, 1/s; `None` when there is none.
    pub healthy: Option<f64>,
    /// The attempt rate beyond which the system runs away, 1/s; `None` when it can't or always does.
    pub unstable: Option<f64>,
    /// The attempt rate when every attempt times out, 1/s.
    pub collapsed_rate: f64,
    /// Whether the capacity covers the requests but not all their retries, so that a collapse would sustain itself.
    pub metastable: bool,
}

/// An M/M/1 server whose callers time out after `timeout` seconds (≥ 0) and try again at once, up to `retries` times, abandoned
/// attempts still being served: attempts x solve x = λ Σ_{i ≤ k} q^i with q = e^{−(μ − x)·timeout}. Rates in 1/s.
pub fn single_server_states(
    request_rate: f64,
    service_rate: f64,
    timeout: f64,
    retries: u32,
) -> Option<RetryStates> {
    if !non_negative(request_rate) || !positive(service_rate) || timeout.is_nan() || timeout < 0.0 {
        return None;
    }
    let wanted = |x: f64| {
        request_rate * attempts(libm::exp(-(service_rate - x).max(0.0) * timeout), retries) - x
    };
    states(request_rate, service_rate, retries, wanted)
}

/// The same for any station: `timeout_probability(x)` is the probability that an attempt times out when attempts come at rate x
/// below `capacity` (1/s). It must grow with x; `None` from it counts as certain time-out.
pub fn states_of(
    request_rate: f64,
    capacity: f64,
    retries: u32,
    mut timeout_probability: impl FnMut(f64) -> Option<f64>,
) -> Option<RetryStates> {
    if !non_negative(request_rate) || !positive(capacity) {
        return None;
    }
    let wanted = |x: f64| {
        let q = if x < capacity {
            timeout_probability(x).unwrap_or(1.0).clamp(0.0, 1.0)
        } else {
            1.0
        };
        request_rate * attempts(q, retries) - x
    };
    states(request_rate, capacity, retries, wanted)
}

/// The roots of `surplus` (attempts caused less attempts made), which is convex or nearly so.
fn states(
    request_rate: f64,
    capacity: f64,
    retries: u32,
    mut surplus: impl FnMut(f64) -> f64,
) -> Option<RetryStates> {
    let collapsed_rate = request_rate * (f64::from(retries) + 1.0);
    let metastable = request_rate < capacity && collapsed_rate > capacity;
    let mut found = RetryStates {
        healthy: None,
        unstable: None,
        collapsed_rate,
        metastable,
    };
    if request_rate >= capacity {
        return Some(found);
    }
    if surplus(request_rate) <= 0.0 {
        found.healthy = Some(request_rate);
    }
    // The lowest point by golden section: between the two roots when there are any.
    let (mut low, mut high) = (request_rate, capacity);
    let golden = 0.618_033_988_749_894_9;
    for _ in 0..90 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if surplus(a) <= surplus(b) {
            high = b;
        } else {
            low = a;
        }
    }
    let lowest = 0.5 * (low + high);
    if surplus(lowest) > 0.0 {
        return Some(found);
    }
    if found.healthy.is_none() {
        found.healthy = increasing_root(|x| -surplus(x), request_rate, lowest, 1e-15);
    }
    // Without a way up at full capacity there is no unstable state below it.
    if surplus(capacity) > 0.0 {
        found.unstable = increasing_root(&mut surplus, lowest, capacity, 1e-15);
    }
    Some(found)
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
    fn attempts_follow_the_geometric_law() {
        let got = amplification(0.5, 3).unwrap();
        assert_eq!((got.attempts, got.final_failure), (1.875, 0.0625));
        assert_eq!(amplification(1.0, 3).unwrap().attempts, 4.0);
        assert_eq!(amplification(0.0, 3).unwrap().attempts, 1.0);
        close(amplification(0.9, 1000).unwrap().attempts, 10.0, 1e-12);
        assert_eq!(layered_amplification(5, 3.0), Some(243.0));
        assert_eq!(amplification(1.1, 3), None);
        assert_eq!(layered_amplification(2, 0.5), None);
    }

    #[test]
    fn roots_satisfy_the_equation() {
        for rate in [10.0, 50.0, 60.0, 80.0] {
            let got = single_server_states(rate, 100.0, 0.2, 3).unwrap();
            for x in [got.healthy, got.unstable].into_iter().flatten() {
                let q = libm::exp(-(100.0 - x) * 0.2);
                close(rate * (1.0 + q + q * q + q * q * q), x, 1e-12);
            }
            assert!(got.healthy.is_some());
            assert_eq!(got.unstable.is_some(), rate * 4.0 > 100.0);
        }
        let none = single_server_states(90.0, 100.0, 0.2, 3).unwrap();
        assert_eq!(
            (none.healthy, none.unstable, none.metastable),
            (None, None, true)
        );
        let over = single_server_states(120.0, 100.0, 0.2, 3).unwrap();
        assert_eq!((over.healthy, over.metastable), (None, false));
    }

    #[test]
    fn any_station_agrees_with_the_single_server() {
        let survival =
            |x: f64| MultiServer::new(x, 100.0, 1).map(|queue| queue.sojourn_survival(0.2));
        let (a, b) = (
            states_of(60.0, 100.0, 3, survival).unwrap(),
            single_server_states(60.0, 100.0, 0.2, 3).unwrap(),
        );
        close(a.healthy.unwrap(), b.healthy.unwrap(), 1e-12);
        close(a.unstable.unwrap(), b.unstable.unwrap(), 1e-12);
        assert_eq!(single_server_states(f64::NAN, 1.0, 1.0, 1), None);
    }
}
