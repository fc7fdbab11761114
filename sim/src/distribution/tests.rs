//! What the distributions promise, held against second methods and values worked out by hand.

use super::*;
use crate::theory::complex::{exp, real};
use crate::theory::special::integrate;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs().max(1e-300),
        "{got} against {expected}"
    );
}

fn laws() -> Vec<Distribution> {
    vec![
        Distribution::exponential(0.3).unwrap(),
        Distribution::erlang(2.0, 3).unwrap(),
        Distribution::erlang_with_scv(1.5, 0.7).unwrap(),
        Distribution::erlang_with_scv(0.4, 0.19).unwrap(),
        Distribution::hyper_exponential(1.5, 4.0).unwrap(),
        Distribution::gamma(0.7, 0.35).unwrap(),
        Distribution::gamma(0.7, 16.0).unwrap(),
        Distribution::log_normal(1.2, 0.3).unwrap(),
        Distribution::log_normal(1.2, 2.0).unwrap(),
        Distribution::log_normal(1.2, 8.0).unwrap(),
        Distribution::log_normal(1.2, 0.01).unwrap(),
        Distribution::pareto(1.0, 3.7).unwrap(),
    ]
}

#[test]
fn quantiles_invert_the_distribution_function() {
    for law in laws() {
        for p in [0.01, 0.5, 0.95, 0.999] {
            let t = law.quantile(p).unwrap();
            assert!((law.cdf(t) - p).abs() < 1e-10, "{law:?} {p}");
        }
    }
}

/// `E[g(X)]` = ∫ g(F⁻¹(u)) du by quadrature in u = v⁸/2 on the left and 1 − v⁸/2 on the right, which resolves both ends.
fn expectation(law: &Distribution, g: impl Fn(f64) -> f64) -> f64 {
    integrate(
        |v| {
            let tail = 0.5 * libm::pow(v, 8.0);
            let left = g(law.quantile(tail).unwrap());
            let right = g(law.quantile((1.0 - tail).min(1.0 - 1e-16)).unwrap());
            (left + right) * 4.0 * libm::pow(v, 7.0)
        },
        0.0,
        1.0,
        400,
    )
}

#[test]
fn moments_match_quadrature_over_the_quantiles() {
    for law in laws() {
        if law.scv() < 3.0 {
            close(expectation(&law, |x| x), law.mean(), 1e-6);
            close(expectation(&law, |x| x * x), law.second_moment(), 1e-3);
        }
    }
    // By hand: a balanced hyperexponential of scv 3 has p = (1 ± √½)/2 and E X³ = 6 Σ p (m / 2p)³.
    let (p, q) = (0.5 * (1.0 + 0.5_f64.sqrt()), 0.5 * (1.0 - 0.5_f64.sqrt()));
    let by_hand = 6.0 * (p * (0.5 / p).powi(3) + q * (0.5 / q).powi(3));
    close(
        Distribution::hyper_exponential(1.0, 3.0)
            .unwrap()
            .third_moment(),
        by_hand,
        1e-13,
    );
    assert_eq!(
        Distribution::pareto(3.0, 1.5).unwrap().second_moment(),
        f64::INFINITY
    );
}

#[test]
fn transforms_match_quadrature_over_the_quantiles() {
    for law in laws() {
        let prepared = law.prepare();
        for s in [(0.05, 0.0), (0.7, 0.0), (0.3, 1.1), (2.0, 4.0)] {
            let s = Complex64::new(s.0, s.1) / law.mean();
            let got = prepared.at(s);
            let re = expectation(&law, |x| exp(-s * x).re);
            let im = expectation(&law, |x| exp(-s * x).im);
            let tolerance = if matches!(law, Distribution::LogNormal { .. }) {
                6e-5
            } else {
                2e-6
            };
            let error = (got - Complex64::new(re, im)).norm_sqr().sqrt();
            assert!(
                error < tolerance,
                "{law:?} at {s}: {got} against {re} + {im}i"
            );
        }
    }
}

#[test]
fn transforms_start_at_one_and_fall_with_the_mean() {
    let mut all = laws();
    all.push(Distribution::deterministic(0.4).unwrap());
    all.push(
        Distribution::empirical((0..1000).map(|i| 0.1 + f64::from(i) * 1e-3).collect()).unwrap(),
    );
    all.push(Distribution::pareto(1.0, 2.0).unwrap());
    for law in all {
        let h = 1e-7 / law.mean();
        let prepared = law.prepare();
        close(prepared.at(real(0.0)).re, 1.0, 1e-12);
        close((1.0 - prepared.at(real(h)).re) / h, law.mean(), 2e-5);
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let error = Distribution::hyper_exponential(1.0, 0.5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "scv is 0.5, but must be from 1 to 1,000,000"
    );
    assert!(Distribution::exponential(f64::NAN).is_err());
    assert!(Distribution::exponential(-1.0).is_err());
    assert!(Distribution::empirical(vec![]).is_err());
    assert!(Distribution::pareto(1.0, 1.0).is_err());
    assert!(Distribution::erlang(1.0, 0).is_err());
}

#[test]
fn a_zero_mean_is_zero_throughout() {
    for law in [
        Distribution::exponential(0.0).unwrap(),
        Distribution::log_normal(0.0, 2.0).unwrap(),
    ] {
        assert_eq!(law.quantile(0.99), Some(0.0));
        assert_eq!(law.second_moment(), 0.0);
        close(law.transform(Complex64::new(3.0, 4.0)).re, 1.0, 1e-12);
    }
}

#[test]
fn an_erlang_law_has_the_variability_that_is_asked_for() {
    // By hand, from 0.7: one stage with p = (1.4 − √0.6) / 1.7, else two, each of mean / (2 − p).
    let law = Distribution::erlang_with_scv(1.0, 0.7).unwrap();
    let p = (1.4 - 0.6_f64.sqrt()) / 1.7;
    let rate = 2.0 - p;
    close(
        law.cdf(1.0),
        1.0 - (-rate).exp() * (1.0 + (1.0 - p) * rate),
        1e-14,
    );
    let third = (6.0 * p + 24.0 * (1.0 - p)) / (rate * rate * rate);
    close(law.third_moment(), third, 1e-14);
    for scv in [
        0.999_999,
        0.9,
        0.7,
        0.501,
        0.5,
        0.45,
        1.0 / 3.0,
        0.1,
        0.013,
        0.0021,
    ] {
        let law = Distribution::erlang_with_scv(2.0, scv).unwrap();
        // The transform knows the mean and the variance by its derivatives.
        let step = 1e-3;
        let log = |s: f64| law.transform(real(s)).re.ln();
        let mean = (log(0.0) * 3.0 - 4.0 * log(step) + log(2.0 * step)) / (2.0 * step);
        close(mean, 2.0, 1e-4);
        let variance = (2.0 * log(0.0) - 5.0 * log(step) + 4.0 * log(2.0 * step) - log(3.0 * step))
            / (step * step);
        close(variance, 4.0 * scv, 2e-2);
        close(law.scv(), scv, 1e-9);
    }
    assert_eq!(
        Distribution::erlang_with_scv(1.0, 0.25),
        Distribution::erlang(1.0, 4)
    );
    assert!(Distribution::erlang_with_scv(1.0, 1.5).is_err());
}

#[test]
fn groups_of_measured_values_keep_moments_and_the_tail() {
    // The quantiles of a Pareto law with the shape 2.5: heavy, but with a variance.
    let law = Distribution::pareto(1.0, 2.5).unwrap();
    let count = 20_000;
    let values: Vec<f64> = (0..count)
        .map(|place| {
            law.quantile((f64::from(place) + 0.5) / f64::from(count))
                .unwrap()
        })
        .collect();
    let measured = Distribution::empirical(values.clone()).unwrap();
    let prepared = measured.prepare();
    let at = |s: f64| prepared.at(real(s)).re;
    // By differences in both directions around 0, where the transform is the moment generating function's mirror.
    let step = 1e-4;
    close((at(-step) - at(step)) / (2.0 * step), measured.mean(), 1e-5);
    let second = (at(-step) - 2.0 * at(0.0) + at(step)) / (step * step);
    close(second, measured.second_moment(), 1e-3);
    // Sums over all values themselves, for times from far below the mean to far above it.
    for time in [0.1, 1.0, 10.0, 100.0] {
        for turn in [0.0, 1.0, 3.0] {
            let s = Complex64::new(1.0 / time, turn / time);
            let sum = values
                .iter()
                .fold(real(0.0), |sum, value| sum + exp(-s * *value));
            let off = prepared.at(s) - sum * (1.0 / f64::from(count));
            assert!(off.norm_sqr().sqrt() < 1e-3, "{s:?}: {off:?}");
        }
    }
    // A few values stay what they are.
    let few = Distribution::empirical(vec![0.5, 0.2, 3.0]).unwrap();
    let s = Complex64::new(0.3, 2.0);
    let sum = exp(-s * 0.2) + exp(-s * 0.5) + exp(-s * 3.0);
    assert!((few.transform(s) - sum * (1.0 / 3.0)).norm_sqr().sqrt() < 1e-14);
}
