//! One evaluation of a transform, turned into a function of time by a continued fraction.

use super::super::complex::{Complex64, inverse, real, sqrt};
use super::super::special::root_between;
use super::{MOST_POINTS, Precision};
use std::f64::consts::PI;

/// A transform evaluated at a fixed set of points, ready to give the survival function for 0 < t ≤ [`Panel::range`].
#[derive(Clone, Debug)]
pub struct Panel {
    pub(super) half_period: f64,
    precision: Precision,
    fraction: [Complex64; MOST_POINTS],
}

impl Panel {
    /// The half period to use when the largest wanted quantile is about `t`: a power of two, so that classes of similar
    /// size share their points. `t` then lies between 0.67 and 1.34 half periods ([`Precision::Fast`]) or 0.5 and 1
    /// ([`Precision::Exact`]).
    pub fn half_period_for(t: f64, precision: Precision) -> f64 {
        let room = match precision {
            Precision::Fast => 0.75,
            Precision::Exact => 1.0,
        };
        libm::exp2(libm::ceil(libm::log2(t * room)))
    }

    /// Fills `points` with the [`Precision::points`] places at which the transform is wanted, and returns their number.
    /// They depend on the half period (seconds, > 0) and the precision only.
    pub fn points(
        half_period: f64,
        precision: Precision,
        points: &mut [Complex64; MOST_POINTS],
    ) -> usize {
        let count = precision.points();
        for (k, point) in points.iter_mut().take(count).enumerate() {
            *point = Complex64::new(
                precision.damping() / half_period,
                k as f64 * PI / half_period,
            );
        }
        count
    }

    /// Evaluates a batch transform of Y at this panel's points and builds the panel of P(Y > t).
    pub fn survival(
        half_period: f64,
        precision: Precision,
        transform: &mut impl FnMut(&[Complex64], &mut [Complex64]),
    ) -> Self {
        let mut points = [real(0.0); MOST_POINTS];
        let mut values = [real(0.0); MOST_POINTS];
        let count = Self::points(half_period, precision, &mut points);
        transform(&points[..count], &mut values[..count]);
        Self::survival_from(half_period, precision, &values[..count])
    }

    /// Builds the panel of the survival function P(Y > t) from the values of `E[e^{-sY}]` at [`Panel::points`]; values that
    /// are missing count as zero.
    pub fn survival_from(half_period: f64, precision: Precision, values: &[Complex64]) -> Self {
        let mut points = [real(0.0); MOST_POINTS];
        let count = Self::points(half_period, precision, &mut points);
        let mut terms = [real(0.0); MOST_POINTS];
        for ((term, value), s) in terms.iter_mut().zip(values).zip(&points).take(count) {
            *term = (real(1.0) - value) * inverse(*s);
        }
        Self::from_terms(half_period, precision, terms)
    }

    /// Builds the panel of the density of Y from the same values; sensible only where Y has a density.
    pub fn density_from(half_period: f64, precision: Precision, values: &[Complex64]) -> Self {
        let mut terms = [real(0.0); MOST_POINTS];
        for (term, value) in terms.iter_mut().zip(values) {
            *term = *value;
        }
        Self::from_terms(half_period, precision, terms)
    }

    /// The quotient-difference algorithm: turns the power series Σ a_k z^k into a continued fraction.
    fn from_terms(
        half_period: f64,
        precision: Precision,
        mut terms: [Complex64; MOST_POINTS],
    ) -> Self {
        let half_terms = precision.half_terms();
        terms[0] *= 0.5;
        let mut fraction = [real(0.0); MOST_POINTS];
        fraction[0] = terms[0];
        let mut q = [real(0.0); MOST_POINTS];
        let mut e = [real(0.0); MOST_POINTS];
        let mut width = 2 * half_terms;
        for i in 0..width {
            q[i] = quotient(terms[i + 1], terms[i]);
        }
        for r in 1..=half_terms {
            fraction[2 * r - 1] = -q[0];
            width -= 1;
            for i in 0..width {
                e[i] = q[i + 1] - q[i] + e[i + 1];
            }
            fraction[2 * r] = -e[0];
            if r < half_terms {
                width -= 1;
                for i in 0..width {
                    q[i] = quotient(q[i + 1] * e[i + 1], e[i]);
                }
            }
        }
        Self {
            half_period,
            precision,
            fraction,
        }
    }

    /// Largest t that this panel answers for, seconds.
    pub fn range(&self) -> f64 {
        1.5 * self.half_period
    }

    /// The inverted function at t (0 < t ≤ range), with a cautious estimate of its absolute error.
    pub fn at(&self, t: f64) -> (f64, f64) {
        let last = 2 * self.precision.half_terms();
        let d = &self.fraction;
        let (sin, cos) = libm::sincos(PI * t / self.half_period);
        let z = Complex64::new(cos, sin);
        let (mut a_before, mut b_before) = (real(0.0), real(1.0));
        let (mut a, mut b) = (d[0], real(1.0));
        for d in &d[1..last] {
            let dz = d * z;
            (a, a_before) = (a + dz * a_before, a);
            (b, b_before) = (b + dz * b_before, b);
        }
        let scale = libm::exp(self.precision.damping() * t / self.half_period) / self.half_period;
        let rough = (a * inverse(b)).re * scale;
        // The tail of the fraction is summed as if its last two coefficients repeated for ever.
        let half = (real(1.0) + (d[last - 1] - d[last]) * z) * 0.5;
        let tail = half * (sqrt(real(1.0) + d[last] * z * inverse(half * half)) - real(1.0));
        let best = ((a + tail * a_before) * inverse(b + tail * b_before)).re * scale;
        match (best.is_finite(), rough.is_finite()) {
            (true, true) => (best, (best - rough).abs()),
            (true, false) => (best, f64::INFINITY),
            (false, true) => (rough, f64::INFINITY),
            (false, false) => (0.0, f64::INFINITY),
        }
    }

    /// The t in (0, range] where the survival function falls to `survival`, with the error estimate there; `None` when it
    /// doesn't fall that low within the range.
    pub(super) fn quantile(&self, survival: f64, start: f64) -> Option<(f64, f64)> {
        let range = self.range();
        let target = libm::log(survival);
        // Increasing in t; the floor keeps the logarithm out of the noise below the panel's resolution.
        let excess = |t: f64| target - libm::log(self.at(t).0.max(survival * 1e-6));
        let start = if start > 0.0 && start < range {
            start
        } else {
            0.5 * range
        };
        let at_start = excess(start);
        let (mut low, mut high, mut f_low, mut f_high) =
            (0.0, range, f64::NEG_INFINITY, f64::INFINITY);
        let mut bracketed_low = false;
        let mut bracketed_high = false;
        if at_start > 0.0 {
            (high, f_high, bracketed_high) = (start, at_start, true);
        } else {
            (low, f_low, bracketed_low) = (start, at_start, true);
        }
        let mut factor = 0.8;
        while !bracketed_low {
            let trial = high * factor;
            factor *= 0.7;
            let value = excess(trial);
            if value <= 0.0 {
                (low, f_low, bracketed_low) = (trial, value, true);
            } else {
                (high, f_high) = (trial, value);
                if trial < range * 1e-7 {
                    return Some((trial, self.at(trial).1));
                }
            }
        }
        let mut growth = 1.25;
        while !bracketed_high {
            let trial = (low * growth).min(range);
            growth *= 1.4;
            let value = excess(trial);
            if value > 0.0 {
                (high, f_high, bracketed_high) = (trial, value, true);
            } else if trial >= range {
                return None;
            } else {
                (low, f_low) = (trial, value);
            }
        }
        let tolerance = if self.precision == Precision::Fast {
            2e-7
        } else {
            1e-14
        };
        // On the logarithm the slope times t is of order one or more: a residual as small as the tolerance ends the search.
        let t = root_between(excess, (low, f_low), (high, f_high), tolerance);
        Some((t, self.at(t).1))
    }
}

/// a / b that stays finite when the quotient-difference scheme terminates early.
#[inline]
fn quotient(a: Complex64, b: Complex64) -> Complex64 {
    if b.norm_sqr() < 1e-280 {
        real(0.0)
    } else {
        a * inverse(b)
    }
}
