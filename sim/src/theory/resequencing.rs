//! Work that overtakes and must not be seen to: results that are given out in the order in which the work began.

/// By how much longer work takes that shows only when all that began before it is done, seconds: it begins at random, `rate` times a second,
/// and takes independent times, of which `law` says P(T > t) and E[min(T, t)].
///
/// Of the work under way when this piece begins the numbers that are left after t are Poisson, so that everything is done by then with probability
/// P(T ≤ t) exp(−λ ∫ₜ^∞ P(T > s) ds) (resequencing behind M/G/∞; Harrus & Plateau 1982), which is integrated here by Simpson's rule.
pub fn waiting_for_earlier(
    rate: f64,
    (mean, deviation): (f64, f64),
    law: impl Fn(f64) -> (f64, f64),
) -> f64 {
    const STEPS: usize = 32;
    let crowd = rate * deviation;
    if !(crowd > 0.0 && crowd.is_finite() && mean.is_finite()) {
        return 0.0;
    }
    // Beyond that the last of so many is done all but surely.
    let most = mean + deviation * (8.0 + 2.0 * libm::log1p(crowd));
    // Hardly anything is done before that.
    let least = (mean - 5.0 * deviation).max(0.0);
    let step = (most - least) / STEPS as f64;
    let late = |t: f64| {
        let (survival, until) = law(t);
        // What this piece takes is known; what the others add to it is left.
        (1.0 - survival) * -libm::expm1(-rate * (mean - until).max(0.0))
    };
    let mut sum = late(least) + late(most);
    for place in 1..STEPS {
        let weight = if place % 2 == 1 { 4.0 } else { 2.0 };
        sum += weight * late(least + step * place as f64);
    }
    sum * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_work_waits_as_the_closed_form_says() {
        // In service times, with a = λ/μ under way: Ein(a) + (1 − e^−a)/a − 1, Ein(a) = Σ (−1)^(k+1) a^k / (k k!).
        for a in [0.01_f64, 0.3, 1.0, 3.0, 10.0] {
            let (mut term, mut ein) = (1.0, 0.0);
            for k in 1..80 {
                term *= -a / f64::from(k);
                ein -= term / f64::from(k);
            }
            let expected = ein + (1.0 - (-a).exp()) / a - 1.0;
            let got = waiting_for_earlier(a, (1.0, 1.0), |t| ((-t).exp(), 1.0 - (-t).exp()));
            assert!((got / expected - 1.0).abs() < 5e-3, "{a}: {got} {expected}");
        }
    }

    #[test]
    fn constant_work_never_overtakes() {
        assert_eq!(waiting_for_earlier(5.0, (1.0, 0.0), |_| (0.0, 0.0)), 0.0);
    }
}
