//! What numerical inversion promise, held against second methods and values worked out by hand.

use super::super::complex::{exp, powf};
use super::*;

const PROBABILITIES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

fn solve(
    transform: impl FnMut(Complex64) -> Complex64,
    mean: f64,
    variance: f64,
    precision: Precision,
) -> ([f64; 4], usize) {
    let mut evaluations = 0;
    let mut inner = batched(transform);
    let mut counted = |s: &[Complex64], v: &mut [Complex64]| {
        evaluations += s.len();
        inner(s, v);
    };
    let mut out = [0.0; 4];
    quantiles(
        &mut counted,
        &Outline::new(mean, variance),
        &PROBABILITIES,
        precision,
        &mut out,
    )
    .unwrap();
    (out, evaluations)
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got} against {expected}"
    );
}

fn survival_of_hypoexponential(rates: &[f64], t: f64) -> f64 {
    rates
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let others = rates.iter().enumerate().filter(|(j, _)| *j != i);
            libm::exp(-a * t) * others.map(|(_, b)| b / (b - a)).product::<f64>()
        })
        .sum()
}

#[test]
fn exponential_percentiles_come_within_the_promised_error_and_evaluations() {
    for mean in [1e-6, 0.37, 1.0, 5.0, 1234.5] {
        for (precision, tolerance, most) in
            [(Precision::Fast, 1e-5, 43), (Precision::Exact, 1e-9, 250)]
        {
            let (got, evaluations) = solve(
                |s| inverse(real(1.0) + s * mean),
                mean,
                mean * mean,
                precision,
            );
            for (got, p) in got.iter().zip(PROBABILITIES) {
                close(*got, -mean * libm::log1p(-p), tolerance);
            }
            assert!(evaluations <= most, "{evaluations} evaluations");
        }
    }
}

#[test]
fn hypoexponential_percentiles_satisfy_the_exact_survival_function() {
    for rates in [[0.5, 0.4, 7.0], [1.0, 2.0, 3.0], [0.01, 1.0, 50.0]] {
        let mean: f64 = rates.iter().map(|r| 1.0 / r).sum();
        let variance: f64 = rates.iter().map(|r| 1.0 / (r * r)).sum();
        for (precision, tolerance) in [(Precision::Fast, 1e-4), (Precision::Exact, 1e-9)] {
            let transform = |s: Complex64| {
                rates
                    .iter()
                    .fold(real(1.0), |f, r| f * inverse(real(1.0) + s / *r))
            };
            let (got, evaluations) = solve(transform, mean, variance, precision);
            for (got, p) in got.iter().zip(PROBABILITIES) {
                close(
                    survival_of_hypoexponential(&rates, *got),
                    1.0 - p,
                    tolerance,
                );
            }
            assert!(
                precision == Precision::Exact || evaluations <= 100,
                "{evaluations}"
            );
        }
    }
}

#[test]
fn a_very_spread_out_mixture_is_answered_within_a_hundred_evaluations() {
    // 60 % with mean 0.1, 40 % with mean 20: the median and p999 are a factor of several hundred apart.
    let transform =
        |s: Complex64| inverse(real(1.0) + s * 0.1) * 0.6 + inverse(real(1.0) + s * 20.0) * 0.4;
    let mean = 0.6 * 0.1 + 0.4 * 20.0;
    let second = 2.0 * (0.6 * 0.01 + 0.4 * 400.0);
    for (precision, tolerance) in [(Precision::Fast, 1e-4), (Precision::Exact, 1e-9)] {
        let (got, evaluations) = solve(transform, mean, second - mean * mean, precision);
        for (t, p) in got.iter().zip(PROBABILITIES) {
            close(
                0.6 * libm::exp(-t / 0.1) + 0.4 * libm::exp(-t / 20.0),
                1.0 - p,
                tolerance,
            );
        }
        assert!(
            precision == Precision::Exact || evaluations <= 100,
            "{evaluations}"
        );
    }
}

#[test]
fn mass_at_zero_gives_quantiles_of_zero() {
    let transform = |s: Complex64| real(0.7) + inverse(real(1.0) + s) * 0.3;
    let (got, _) = solve(transform, 0.3, 0.51, Precision::Exact);
    assert_eq!(got[0], 0.0);
    close(got[1], libm::log(0.3 / 0.05), 1e-9);
    close(got[3], libm::log(0.3 / 0.001), 1e-9);
}

#[test]
fn nearly_constant_variables_keep_their_percentiles() {
    // Gamma variables; the narrower the law, the more of its transform lies beyond the points of a panel.
    for (shape, fast, exact) in [(25.0, 1e-4, 1e-8), (400.0, 5e-4, 1e-6)] {
        let transform = |s: Complex64| powf(real(1.0) + s / shape, -shape);
        for (precision, tolerance) in [(Precision::Fast, fast), (Precision::Exact, exact)] {
            let (got, _) = solve(transform, 1.0, 1.0 / shape, precision);
            for (got, p) in got.iter().zip(PROBABILITIES) {
                close(
                    *got,
                    crate::theory::special::gamma_quantile(shape, p) / shape,
                    tolerance,
                );
            }
        }
    }
}

#[test]
fn a_jump_leaves_the_percentiles_finite_ordered_and_near() {
    // Half the requests take exactly 1 s, half an exponential time of mean 1 s.
    let transform = |s: Complex64| exp(-s) * 0.5 + inverse(real(1.0) + s) * 0.5;
    let (got, _) = solve(transform, 1.0, 0.5, Precision::Fast);
    assert!(got.windows(2).all(|pair| pair[0] <= pair[1]));
    assert!((0.9..1.1).contains(&got[0]), "{got:?}");
    close(got[2], libm::log(50.0), 0.02);
}

#[test]
fn the_two_methods_agree_with_each_other_and_the_closed_form() {
    let transform = |s: Complex64| inverse((real(1.0) + s) * (real(1.0) + s * 0.5));
    let outline = Outline::new(1.5, 1.25);
    for t in [0.2, 1.0, 3.0, 9.0] {
        let exact = 2.0 * libm::exp(-t) - libm::exp(-2.0 * t);
        assert!((euler_survival(&mut { transform }, t) - exact).abs() < 1e-10);
        let got = distribution(&mut batched(transform), &outline, &[t], Precision::Exact).unwrap();
        close(got[0].0, exact, 1e-9);
        close(
            got[0].1,
            2.0 * libm::exp(-t) - 2.0 * libm::exp(-2.0 * t),
            1e-8,
        );
    }
}

#[test]
fn unusable_outlines_and_probabilities_are_refused() {
    let mut out = [0.0];
    let mut transform = batched(|s| inverse(real(1.0) + s));
    for (mean, variance, p) in [
        (f64::NAN, 1.0, 0.5),
        (0.0, 1.0, 0.5),
        (1.0, -1.0, 0.5),
        (1.0, 1.0, 1.0),
    ] {
        let outline = Outline::new(mean, variance);
        assert!(quantiles(&mut transform, &outline, &[p], Precision::Fast, &mut out).is_none());
    }
}
