//! Token buckets under a station's load. It knows what arrives, not whose requests these are.

use super::flow::Admission;
use super::station::{Basis, Load};
use crate::theory::token_bucket::refused;

/// What a bucket of `burst` tokens lets through when asked for `pressure` times its rate, how that is known, and how well.
///
/// Irregular arrivals drift about their mean as Poisson ones do that bring several requests at a time (their variance over their mean,
/// c² + E[X(X − 1)]/E[X] with batches of X), so that the same bucket is shallower to them.
pub(super) fn admit(load: &Load, pressure: f64, burst: f64) -> (Admission, &'static str, Basis) {
    let company = if load.rate > 0.0 {
        load.company / load.rate
    } else {
        0.0
    };
    let irregularity = load.arrival_scv() + company;
    let poisson = (irregularity - 1.0).abs() < 1e-9;
    let depth = if poisson {
        burst - 1.0
    } else {
        (burst - 1.0) / irregularity.max(1e-9)
    };
    let refused = if load.rate > 0.0 {
        refused(pressure, 1.0 + depth.max(0.0)).unwrap_or(0.0)
    } else {
        0.0
    };
    // Of a batch larger than the bucket the rest is refused however long it was quiet.
    let refuse = f64::max(refused, 1.0 - burst / (1.0 + company));
    let admission = Admission {
        pass: 1.0 - refuse,
        refuse,
    };
    if poisson {
        (
            admission,
            "token bucket: missing tokens are an M/D/1 queue with a bound (Berger 1991)",
            Basis::Exact,
        )
    } else {
        (
            admission,
            "token bucket: missing tokens are an M/D/1 queue with a bound (Berger 1991), scaled to irregular arrivals",
            Basis::GeneralArrivals,
        )
    }
}
