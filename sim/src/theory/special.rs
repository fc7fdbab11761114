//! Special functions and one-dimensional root finding shared by the formulas.
//!
//! Knows nothing of queues.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

/// Whether x is a number, finite and not negative.
#[inline]
pub fn non_negative(x: f64) -> bool {
    x >= 0.0 && x.is_finite()
}

/// Whether x is a number, finite and above zero.
#[inline]
pub fn positive(x: f64) -> bool {
    x > 0.0 && x.is_finite()
}

/// ln Γ(x) for x > 0.
#[inline]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ln(n!).
#[inline]
pub fn ln_factorial(n: f64) -> f64 {
    libm::lgamma(n + 1.0)
}

/// The Poisson probability P(N = n) with the given mean, accurate in relative terms also for n and mean of 10⁵ and
/// more (Loader 2000, saddle-point expansion).
pub fn poisson_pmf(n: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return if n == 0.0 { 1.0 } else { 0.0 };
    }
    if n < 16.0 {
        return libm::exp(n * libm::log(mean) - mean - ln_factorial(n));
    }
    let n2 = n * n;
    let stirling =
        (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * n2)) / n2) / n2) / n;
    libm::exp(-stirling - deviance(n, mean)) / (libm::sqrt(2.0 * std::f64::consts::PI * n))
}

/// n ln(n / mean) + mean − n, without cancellation near n = mean.
fn deviance(n: f64, mean: f64) -> f64 {
    let difference = n - mean;
    if difference.abs() < 0.1 * (n + mean) {
        let v = difference / (n + mean);
        let mut sum = difference * v;
        let mut term = 2.0 * n * v;
        let v2 = v * v;
        for j in 1..200 {
            term *= v2;
            let next = sum + term / f64::from(2 * j + 1);
            if next == sum {
                break;
            }
            sum = next;
        }
        sum
    } else {
        n * libm::log(n / mean) + mean - n
    }
}

/// The regularised lower incomplete gamma function P(a, x), a > 0, x ≥ 0; the distribution function of a gamma variable
/// with shape a and unit scale. Absolute error below 1e-13.
pub fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if a > UNIFORM_FROM {
        gamma_uniform(a, x, -1.0)
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
    }
}

/// The regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x), accurate in relative terms in the tail.
pub fn gamma_q(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if a > UNIFORM_FROM {
        gamma_uniform(a, x, 1.0)
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// Shapes from which the uniform expansion is used: series and fraction would take √a steps.
const UNIFORM_FROM: f64 = 1e5;

/// Temme's uniform asymptotic expansion (1979) for large a, to two terms: Q(a, x) for `side` = 1, P(a, x) for −1. Error about
/// 1e-3 a^{-5/2}.
fn gamma_uniform(a: f64, x: f64, side: f64) -> f64 {
    let half_square = deviance(a, x) / a;
    let mu = (x - a) / a;
    let eta = libm::copysign(libm::sqrt(2.0 * half_square), mu);
    let (first, second) = if eta.abs() < 0.02 {
        let first = -1.0 / 3.0 + eta * (1.0 / 12.0 + eta * (-2.0 / 135.0 + eta / 864.0));
        (first, -1.0 / 540.0 - eta / 288.0)
    } else {
        let (m2, e2) = (mu * mu, eta * eta);
        (
            1.0 / mu - 1.0 / eta,
            1.0 / (e2 * eta) - 1.0 / (m2 * mu) - 1.0 / m2 - 1.0 / (12.0 * mu),
        )
    };
    let density = libm::exp(-a * half_square) / libm::sqrt(2.0 * std::f64::consts::PI * a);
    let main = 0.5 * libm::erfc(side * eta * libm::sqrt(0.5 * a));
    (main + side * density * (first + second / a)).clamp(0.0, 1.0)
}

/// x^a e^{-x} / Γ(a + 1).
fn gamma_prefix(a: f64, x: f64) -> f64 {
    poisson_pmf(a, x)
}

fn gamma_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = a;
    for _ in 0..100_000 {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    (sum * gamma_prefix(a, x)).min(1.0)
}

fn gamma_fraction(a: f64, x: f64) -> f64 {
    // Modified Lentz evaluation of the continued fraction of Γ(a, x).
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..100_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        if d.abs() < tiny {
            d = tiny;
        }
        c = b + an / c;
        if c.abs() < tiny {
            c = tiny;
        }
        d = 1.0 / d;
        let delta = d * c;
        h *= delta;
        if (delta - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (gamma_prefix(a, x) * a * h).clamp(0.0, 1.0)
}

/// The quantile of a gamma variable with the given shape and unit scale, for 0 ≤ probability < 1.
pub fn gamma_quantile(shape: f64, probability: f64) -> f64 {
    if probability <= 0.0 {
        return 0.0;
    }
    let start = wilson_hilferty(shape, probability);
    let upper_tail = probability > 0.5;
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut x = start.max(1e-300);
    for _ in 0..200 {
        let error = if upper_tail {
            (1.0 - probability) - gamma_q(shape, x)
        } else {
            gamma_p(shape, x) - probability
        };
        if error > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let density = gamma_prefix(shape, x) * shape / x;
        let mut next = x - error / density;
        let inside = next > low && next < high && next.is_finite();
        if !inside {
            next = if high.is_finite() {
                if low > 0.0 {
                    libm::sqrt(low * high)
                } else {
                    high * 0.1
                }
            } else {
                low * 2.0
            };
        }
        if (next - x).abs() <= 1e-15 * x {
            return next;
        }
        x = next;
    }
    x
}

/// The Wilson-Hilferty (1931) approximation of a unit-scale gamma quantile, used as a starting point.
pub fn wilson_hilferty(shape: f64, probability: f64) -> f64 {
    let ninth = 1.0 / (9.0 * shape);
    let cube = 1.0 - ninth + normal_quantile(probability) * libm::sqrt(ninth);
    if cube > 0.1 && shape > 0.3 {
        return shape * cube * cube * cube;
    }
    // Small shapes and far left: P(a, x) ≈ x^a / Γ(a + 1), capped by an exponential right tail.
    let left = libm::exp((libm::log(probability) + ln_gamma(shape + 1.0)) / shape);
    if left < 0.3 {
        return left;
    }
    (-libm::log1p(-probability) + libm::log(shape.min(1.0))).max(0.3)
}

/// The standard normal distribution function.
#[inline]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The standard normal quantile: Acklam's rational approximation polished by one step of Halley's method
/// (relative error below 1e-14 in the centre).
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    const A: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const B: [f64; 5] = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
    ];
    const C: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 4] = [
        7.784695709041462e-3,
        3.224671290700398e-1,
        2.445134137142996,
        3.754408661907416,
    ];
    let tail = |p: f64| {
        let q = libm::sqrt(-2.0 * libm::log(p));
        (((((C[0] * q + C[1]) * q + C[2]) * q + C[3]) * q + C[4]) * q + C[5])
            / ((((D[0] * q + D[1]) * q + D[2]) * q + D[3]) * q + 1.0)
    };
    let x = if p < 0.02425 {
        tail(p)
    } else if p > 1.0 - 0.02425 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        (((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5]) * q
            / (((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0)
    };
    let error = if p < 0.5 {
        normal_cdf(x) - p
    } else {
        (1.0 - p) - normal_cdf(-x)
    };
    let step = error * SQRT_2 * libm::sqrt(std::f64::consts::PI) * libm::exp(0.5 * x * x);
    x - step / (1.0 + 0.5 * x * step)
}

/// (1 − e^{−x}) / x, continued to 1 at x = 0.
#[inline]
pub fn relative_decay(x: f64) -> f64 {
    if x.abs() < 1e-12 {
        1.0 - 0.5 * x
    } else {
        -libm::expm1(-x) / x
    }
}

/// The root of an increasing function between two ends given with their values, by the Illinois variant of false position with a
/// bisection now and then. It ends where the ends are, or the value is, within the tolerance: for functions of order one that are dear.
pub(crate) fn root_between(
    mut f: impl FnMut(f64) -> f64,
    (mut low, mut f_low): (f64, f64),
    (mut high, mut f_high): (f64, f64),
    tolerance: f64,
) -> f64 {
    let mut side = 0;
    for step in 0..100 {
        if high - low <= tolerance * high {
            break;
        }
        let mut t = low - f_low * (high - low) / (f_high - f_low);
        if step % 6 == 5 || !(t > low && t < high) {
            t = 0.5 * (low + high);
        }
        if t <= low || t >= high {
            break;
        }
        let value = f(t);
        if value.abs() <= tolerance {
            return t;
        }
        if value > 0.0 {
            (high, f_high) = (t, value);
            if side == 1 {
                f_low *= 0.5;
            }
            side = 1;
        } else {
            (low, f_low) = (t, value);
            if side == -1 {
                f_high *= 0.5;
            }
            side = -1;
        }
    }
    0.5 * (low + high)
}

/// The root of an increasing function between `low` and `high`, by bisection on the real line combined with the
/// Illinois variant of false position. `None` when the ends don't bracket a root or a value is NaN.
pub fn increasing_root(
    mut f: impl FnMut(f64) -> f64,
    low: f64,
    high: f64,
    relative_tolerance: f64,
) -> Option<f64> {
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    if fa.is_nan() || fb.is_nan() || fa > 0.0 || fb < 0.0 {
        return None;
    }
    if fa == 0.0 {
        return Some(a);
    }
    if fb == 0.0 {
        return Some(b);
    }
    let mut side = 0;
    for step in 0..400 {
        let width = b - a;
        if width.abs() <= relative_tolerance * (a.abs() + b.abs()) * 0.5 {
            break;
        }
        let mut x = a - fa * width / (fb - fa);
        if step % 8 == 7 || !(x > a && x < b) {
            x = 0.5 * (a + b);
        }
        if x == a || x == b {
            break;
        }
        let fx = f(x);
        if fx.is_nan() {
            return None;
        }
        if fx == 0.0 {
            return Some(x);
        }
        if fx < 0.0 {
            a = x;
            fa = fx;
            if side == -1 {
                fb *= 0.5;
            }
            side = -1;
        } else {
            b = x;
            fb = fx;
            if side == 1 {
                fa *= 0.5;
            }
            side = 1;
        }
    }
    Some(0.5 * (a + b))
}

/// The point where a continuous survival function P(X > t), t ≥ 0, falls to `survival`, for a variable whose typical
/// size is `scale`. Works on the logarithm, where the tails of queues are nearly straight.
pub fn survival_quantile(
    mut survival_at: impl FnMut(f64) -> f64,
    survival: f64,
    scale: f64,
) -> Option<f64> {
    if !(survival > 0.0 && survival <= 1.0 && scale > 0.0 && scale.is_finite()) {
        return None;
    }
    if survival_at(0.0) <= survival {
        return Some(0.0);
    }
    let target = libm::log(survival);
    let mut high = scale;
    let mut low = 0.0;
    for _ in 0..2000 {
        if survival_at(high) <= survival {
            break;
        }
        low = high;
        high *= 2.0;
        if !high.is_finite() {
            return None;
        }
    }
    increasing_root(
        |t| {
            let s = survival_at(t);
            if s > 0.0 {
                target - libm::log(s)
            } else {
                800.0
            }
        },
        low,
        high,
        1e-15,
    )
}

/// Nodes and weights of the eight-point Gauss-Legendre rule on [−1, 1], positive half.
pub(crate) const GAUSS_8: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_27),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

/// The integral of `f` over [low, high] by composite eight-point Gauss-Legendre quadrature on `panels` equal panels.
pub fn integrate(mut f: impl FnMut(f64) -> f64, low: f64, high: f64, panels: u32) -> f64 {
    let width = (high - low) / f64::from(panels.max(1));
    let half = 0.5 * width;
    let mut sum = 0.0;
    for panel in 0..panels.max(1) {
        let middle = low + width * (f64::from(panel) + 0.5);
        for (node, weight) in GAUSS_8 {
            sum += weight * (f(middle - half * node) + f(middle + half * node));
        }
    }
    sum * half
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
    fn incomplete_gamma_matches_the_poisson_and_exponential_laws() {
        close(gamma_q(1.0, 3.0), libm::exp(-3.0), 1e-14);
        close(gamma_p(1.0, 0.2), -libm::expm1(-0.2), 1e-14);
        // Q(3, x) = e^{-x}(1 + x + x²/2)
        close(
            gamma_q(3.0, 7.0),
            libm::exp(-7.0) * (1.0 + 7.0 + 24.5),
            1e-14,
        );
        close(gamma_p(3.0, 1.0), 1.0 - libm::exp(-1.0) * 2.5, 1e-13);
    }

    #[test]
    fn large_shapes_agree_with_the_series() {
        for a in [1e5, 2e5] {
            for deviations in [-6.0, -2.0, -0.1, 0.0, 0.5, 3.0, 8.0_f64] {
                let x: f64 = a + deviations * libm::sqrt(a);
                let plain = if x < a + 1.0 {
                    gamma_series(a, x)
                } else {
                    1.0 - gamma_fraction(a, x)
                };
                assert!((gamma_uniform(a, x, -1.0) - plain).abs() < 2e-11, "{a} {x}");
                if x > a {
                    close(gamma_uniform(a, x, 1.0), gamma_fraction(a, x), 1e-8);
                }
            }
        }
    }

    #[test]
    fn gamma_quantiles_invert_the_distribution_function() {
        for shape in [0.06, 0.3, 1.0, 2.5, 40.0, 5000.0] {
            for p in [0.001, 0.3, 0.5, 0.95, 0.999, 0.999_999] {
                let x = gamma_quantile(shape, p);
                assert!((gamma_p(shape, x) - p).abs() < 1e-11, "{shape} {p} {x}");
            }
        }
    }

    #[test]
    fn normal_quantiles_match_the_tables() {
        close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-13);
        close(normal_quantile(0.999), 3.090_232_306_167_813_5, 1e-12);
        close(normal_quantile(1e-6), -4.753_424_308_822_899, 1e-12);
    }

    #[test]
    fn large_poisson_probabilities_keep_their_digits() {
        // P(N = 1000), mean 1000, from the exact product computed with 50 digits.
        close(
            poisson_pmf(1000.0, 1000.0),
            0.012_614_611_348_721_499,
            1e-13,
        );
        close(poisson_pmf(3.0, 2.0), 8.0 / 6.0 * libm::exp(-2.0), 1e-14);
    }

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        close(integrate(|x| x.powi(7), 0.0, 2.0, 1), 32.0, 1e-13);
    }
}
