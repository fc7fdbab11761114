//! Customers that arrive in groups.

use super::special::non_negative;

/// The steady state of a single server fed by batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchQueue {
    /// Share of time that the server is busy.
    pub utilisation: f64,
    /// Mean wait before service, over all customers, seconds.
    pub mean_wait: f64,
    /// Mean sojourn time, seconds.
    pub mean_sojourn: f64,
    /// Mean number present.
    pub mean_number: f64,
}

/// `M^[X]/G/1` (Gaver 1959): batches come at `batch_rate` (1/s), with sizes of mean `E[X]` ≥ 1 and second moment `E[X²]`, to a server with
/// service time moments `E[S]` (s) and `E[S²]` (s²). `None` at or above saturation.
///
/// Wait = (λ `E[X]` `E[S²]` + `E[X(X − 1)]` `E[S]` / `E[X]`) / 2(1 − ρ): the second part is the time behind one's own batch and its
/// like.
pub fn batch_arrivals(
    batch_rate: f64,
    batch_mean: f64,
    batch_second_moment: f64,
    mean_service: f64,
    service_second_moment: f64,
) -> Option<BatchQueue> {
    let usable = batch_rate >= 0.0
        && batch_mean >= 1.0
        && batch_second_moment >= batch_mean * batch_mean * (1.0 - 1e-12)
        && non_negative(mean_service)
        && batch_second_moment.is_finite()
        && service_second_moment >= 0.0;
    let rate = batch_rate * batch_mean;
    let utilisation = rate * mean_service;
    let stable = utilisation < 1.0;
    if !usable || !stable {
        return None;
    }
    let others = (batch_second_moment - batch_mean) * mean_service / batch_mean;
    let behind_earlier = if rate == 0.0 {
        0.0
    } else {
        rate * service_second_moment
    };
    let mean_wait = (behind_earlier + others) / (2.0 * (1.0 - utilisation));
    let mean_sojourn = mean_wait + mean_service;
    Some(BatchQueue {
        utilisation,
        mean_wait,
        mean_sojourn,
        mean_number: rate * mean_sojourn,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    #[test]
    fn exponential_service_matches_the_textbook_formula() {
        // L = ρ(1 + E[X²]/E[X]) / 2(1 − ρ).
        for (rate, size) in [(0.16, 5.0), (0.1, 3.0), (0.8, 1.0)] {
            let got = batch_arrivals(rate, size, size * size, 1.0, 2.0).unwrap();
            let rho = rate * size;
            close(
                got.mean_number,
                rho * (1.0 + size) / (2.0 * (1.0 - rho)),
                1e-13,
            );
        }
    }

    #[test]
    fn impossible_batches_are_refused() {
        assert!(batch_arrivals(0.2, 5.0, 25.0, 1.0, 2.0).is_none());
        assert!(batch_arrivals(0.1, 0.5, 1.0, 1.0, 2.0).is_none());
        assert!(batch_arrivals(0.1, 5.0, 5.0, 1.0, 2.0).is_none());
        assert!(batch_arrivals(f64::NAN, 1.0, 1.0, 1.0, 2.0).is_none());
    }
}
