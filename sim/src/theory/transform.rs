//! Numerical inversion of Laplace-Stieltjes transforms: distribution functions and percentiles of a non-negative time
//! from `E[e^{-sX}]`; knows nothing of where the transform comes from.
//!
//! A [`Panel`] evaluates the transform at one fixed set of points and then answers for every t in its range by a
//! continued fraction (de Hoog, Knight & Stokes 1982, "An improved method for numerical inversion of Laplace
//! transforms"), so that all percentiles of a class usually cost 22 transform evaluations, and stations shared by several
//! classes can be evaluated once for all of them. [`euler_survival`] (Abate & Whitt 1995) needs fresh points for each t; it
//! is the independent second method, and the fallback for heavy-tailed laws.
//!
//! Limits: a distribution function with jumps away from zero (a constant that can't be factored out as a shift) is
//! answered near a jump only to within the width of the jump's oscillation, a few per cent of t; results stay finite,
//! non-negative and in the order of their probabilities.

use super::complex::{Complex64, inverse, real, sqrt};
use super::special::wilson_hilferty;
use std::f64::consts::PI;

/// How precisely to invert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Error of the distribution function about 1e-6 or less for smooth laws; about 21 transform evaluations for all
    /// percentiles together, 42 to 63 when they lie far apart.
    #[default]
    Fast,
    /// Relative error of percentiles about 1e-9 for smooth laws; 39 evaluations for each group of percentiles that lie
    /// within a factor of three of each other, and as many again while they are being located.
    Exact,
}

impl Precision {
    /// Half the number of terms of the continued fraction.
    const fn half_terms(self) -> usize {
        match self {
            Self::Fast => 10,
            Self::Exact => 19,
        }
    }

    /// The number of points at which a panel wants the transform.
    pub const fn points(self) -> usize {
        2 * self.half_terms() + 1
    }

    /// γT: aliases of the survival function are weighted by e^{-2γT}, rounding errors by e^{γt}.
    const fn damping(self) -> f64 {
        match self {
            Self::Fast => 6.5,
            Self::Exact => 10.5,
        }
    }

    /// The accepted estimate of the survival function's error, relative to the survival itself. The estimate compares two
    /// orders of approximation, so that the error of the better one is usually a hundred times smaller.
    const fn tolerance(self) -> f64 {
        match self {
            Self::Fast => 5e-5,
            Self::Exact => 1e-9,
        }
    }
}

/// The most points that any panel uses.
pub const MOST_POINTS: usize = Precision::Exact.points();

/// What is known beforehand of the variable X = shift + Y whose percentiles are wanted. The transform given is that of Y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline {
    /// Mean of Y, seconds, > 0.
    pub mean: f64,
    /// Variance of Y, seconds²; infinite when there is none.
    pub variance: f64,
    /// The constant part of X, seconds, ≥ 0, factored out of the transform.
    pub shift: f64,
}

impl Outline {
    /// An outline without a constant part.
    pub fn new(mean: f64, variance: f64) -> Self {
        Self {
            mean,
            variance,
            shift: 0.0,
        }
    }

    /// A first guess of the quantile of Y: that of a gamma variable of the same mean and variance.
    pub fn guess(&self, probability: f64) -> f64 {
        let scv = self.variance / (self.mean * self.mean);
        let scv = if scv.is_finite() {
            scv.clamp(1e-4, 25.0)
        } else {
            4.0
        };
        self.mean * scv * wilson_hilferty(1.0 / scv, probability)
    }

    fn usable(&self) -> bool {
        self.mean.is_finite()
            && self.mean > 0.0
            && self.variance >= 0.0
            && self.shift >= 0.0
            && self.shift.is_finite()
    }
}

/// A transform evaluated at a fixed set of points, ready to give the survival function for 0 < t ≤ [`Panel::range`].
#[derive(Clone, Debug)]
pub struct Panel {
    half_period: f64,
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
    fn quantile(&self, survival: f64, start: f64) -> Option<(f64, f64)> {
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
            let value = excess(t);
            // On the logarithm the slope times t is of order one or more: a residual this small ends the search.
            if value.abs() <= tolerance {
                return Some((t, self.at(t).1));
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
        let t = 0.5 * (low + high);
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

/// The quantiles of X = shift + Y at `probabilities` (each in [0, 1), any order), written to `out` in the same order.
///
/// `transform` fills its second argument with `E[e^{-sY}]` for every s of the first; the points of one call are a panel's
/// ([`Panel::points`]), or a single large real one to find the mass of Y at zero. Returns `None`, leaving `out` unspecified,
/// when the outline is not usable, a probability lies outside the range, or no quantile could be located.
pub fn quantiles(
    transform: &mut impl FnMut(&[Complex64], &mut [Complex64]),
    outline: &Outline,
    probabilities: &[f64],
    precision: Precision,
    out: &mut [f64],
) -> Option<()> {
    let in_range = probabilities.iter().all(|p| (0.0..1.0).contains(p));
    if !outline.usable() || !in_range || out.len() != probabilities.len() {
        return None;
    }
    let mut at_zero = [real(0.0)];
    transform(&[real(1e12 / outline.mean)], &mut at_zero);
    let mass_at_zero = at_zero[0].re;
    let mut panels = PanelCache { held: None };
    let largest = probabilities.iter().fold(0.0_f64, |a, b| a.max(*b));
    let mut shared = Panel::half_period_for(outline.guess(largest).max(outline.mean), precision);
    for (p, out) in probabilities.iter().zip(out.iter_mut()) {
        if *p <= mass_at_zero + 1e-12 {
            *out = outline.shift;
            continue;
        }
        let survival = 1.0 - p;
        let guess = outline.guess(*p);
        let mut half_period = match precision {
            Precision::Fast => shared,
            Precision::Exact => Panel::half_period_for(guess.max(outline.mean * 1e-9), precision),
        };
        let mut best: Option<(f64, f64)> = None;
        for _attempt in 0..60 {
            let panel = panels.get(half_period, precision, transform);
            let Some((t, error)) = panel.quantile(survival, guess) else {
                half_period *= 2.0;
                if best.is_none() && precision == Precision::Fast {
                    shared = half_period;
                }
                if !half_period.is_finite() {
                    break;
                }
                continue;
            };
            let place = t / half_period;
            // Accuracy falls towards both ends of a panel: move the panel so that the quantile lies in its middle.
            let settled = match precision {
                Precision::Fast => error <= precision.tolerance() * survival || place > 0.6,
                Precision::Exact => place > 0.3 && place <= 1.02,
            };
            if settled {
                best = Some((t, error));
                break;
            }
            if best.is_none_or(|(_, before)| error < before) {
                best = Some((t, error));
            }
            let next = Panel::half_period_for(t.max(half_period * 1e-3), precision);
            if next == half_period {
                break;
            }
            half_period = next;
        }
        *out = outline.shift + best?.0;
    }
    settle_order(probabilities, out);
    Some(())
}

/// The last panel built, kept because neighbouring percentiles mostly want the same one.
struct PanelCache {
    held: Option<Panel>,
}

impl PanelCache {
    fn get(
        &mut self,
        half_period: f64,
        precision: Precision,
        transform: &mut impl FnMut(&[Complex64], &mut [Complex64]),
    ) -> &Panel {
        let fresh = match self.held.take() {
            Some(panel) if panel.half_period == half_period => panel,
            _ => Panel::survival(half_period, precision, transform),
        };
        self.held.insert(fresh)
    }
}

/// Makes the quantiles non-decreasing in their probabilities, whatever noise the inversion left.
fn settle_order(probabilities: &[f64], out: &mut [f64]) {
    for i in 0..out.len() {
        for j in 0..out.len() {
            if probabilities[j] < probabilities[i] && out[j] > out[i] {
                out[i] = out[j];
            }
        }
    }
}

/// P(X > t) and the density of X at each of `times` (seconds, > 0), from one panel for every group of times within a factor
/// of eight of each other; for plots of the response-time distribution. Values are clamped to what is possible.
pub fn distribution(
    transform: &mut impl FnMut(&[Complex64], &mut [Complex64]),
    outline: &Outline,
    times: &[f64],
    precision: Precision,
) -> Option<Vec<(f64, f64)>> {
    if !outline.usable() || times.iter().any(|t| !t.is_finite()) {
        return None;
    }
    let mut result = vec![(1.0, 0.0); times.len()];
    let mut order: Vec<usize> = (0..times.len())
        .filter(|i| times[*i] > outline.shift)
        .collect();
    order.sort_by(|a, b| times[*b].total_cmp(&times[*a]));
    let mut panels: Option<(Panel, Panel)> = None;
    let mut points = [real(0.0); MOST_POINTS];
    let mut values = [real(0.0); MOST_POINTS];
    for index in order {
        let t = times[index] - outline.shift;
        let reusable = panels
            .as_ref()
            .is_some_and(|(panel, _)| t > 0.12 * panel.half_period && t <= panel.range());
        if !reusable {
            // Short times gain nothing from a panel much narrower than the law itself.
            let half_period = Panel::half_period_for(t.max(outline.mean * 1e-6), precision);
            let count = Panel::points(half_period, precision, &mut points);
            transform(&points[..count], &mut values[..count]);
            panels = Some((
                Panel::survival_from(half_period, precision, &values[..count]),
                Panel::density_from(half_period, precision, &values[..count]),
            ));
        }
        if let Some((survival, density)) = &panels {
            result[index] = (survival.at(t).0.clamp(0.0, 1.0), density.at(t).0.max(0.0));
        }
    }
    Some(result)
}

/// P(Y > t) by the Euler method (Abate & Whitt 1995, "Numerical inversion of Laplace transforms of probability
/// distributions"): the trapezoidal rule on the Bromwich integral, its alternating series summed by binomial averages.
/// About 55 transform evaluations for one t (seconds, > 0); absolute error about 1e-11 where the survival function is smooth.
pub fn euler_survival(transform: &mut impl FnMut(Complex64) -> Complex64, t: f64) -> f64 {
    const DAMPING: f64 = 23.0;
    const PLAIN_TERMS: usize = 38;
    const AVERAGED_TERMS: usize = 16;
    let mut value = |s: Complex64| ((real(1.0) - transform(s)) * inverse(s)).re;
    let scale = libm::exp(0.5 * DAMPING) / t;
    let mut partial = 0.5 * value(real(DAMPING / (2.0 * t)));
    let mut average = 0.0;
    let mut binomial = 1.0;
    for k in 1..=PLAIN_TERMS + AVERAGED_TERMS {
        let s = Complex64::new(DAMPING, 2.0 * PI * k as f64) / (2.0 * t);
        partial += if k % 2 == 0 { value(s) } else { -value(s) };
        if k >= PLAIN_TERMS {
            let j = k - PLAIN_TERMS;
            average += binomial * partial;
            binomial *= (AVERAGED_TERMS - j) as f64 / (j + 1) as f64;
        }
    }
    average * libm::exp2(-(AVERAGED_TERMS as f64)) * scale
}

/// Turns a transform of one point into one of many.
pub fn batched(
    mut transform: impl FnMut(Complex64) -> Complex64,
) -> impl FnMut(&[Complex64], &mut [Complex64]) {
    move |points, values| {
        for (value, s) in values.iter_mut().zip(points) {
            *value = transform(*s);
        }
    }
}

#[cfg(test)]
mod tests {
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
            let got =
                distribution(&mut batched(transform), &outline, &[t], Precision::Exact).unwrap();
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
}
